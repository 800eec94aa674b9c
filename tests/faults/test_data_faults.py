"""Each way a delivered file can be broken: it is read exactly, set aside by line, or refused with its code. Never silently wrong."""

import gzip
import zipfile
from pathlib import Path

import pytest

from cycles.core.errors import ContractError, CyclesError
from cycles.core.workspace import Workspace
from cycles.do.contracts import as_problems, hold
from cycles.do.intake import read
from cycles.do.intake.adapters import ADAPTERS
from cycles.plan.cycle_file import Source

HEADER = "student_id,on,status\n"
GOOD = "".join(f"{n:03d},2026-10-05,present\n" for n in range(200))


@pytest.fixture
def attendance(tmp_path):
    """Read and judge a file of daily attendance; what comes back is the report, or the error is raised."""
    (tmp_path / "cycles.toml").write_text("")
    workspace = Workspace(tmp_path)

    def judge(content: str | bytes):
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / "attendance.csv").write_bytes(data)
        source = Source(name="attendance", adapter="csv", path="attendance.csv", contract="attendance_days")
        return hold(read(source, workspace=workspace), workspace=workspace, second_engine=False)

    return judge


def refused(attendance, content) -> CyclesError:
    with pytest.raises(ContractError) as caught:
        attendance(content)
    return caught.value


def lines_set_aside(report) -> list[int]:
    return report.quarantined["_line"].tolist()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(b"", "CY201", id="empty"),
        pytest.param(b" \n\n", "CY201", id="only blank lines"),
        pytest.param(b"\xef\xbb\xbf", "CY201", id="only a mark"),
        pytest.param(b",,\n", "CY201", id="nameless columns"),
        pytest.param(b",,\n1,2,3\n", "CY209", id="nothing but values below nameless columns"),
        pytest.param(HEADER.encode() + b"1,2026-10-05,pre\0sent\n", "CY201", id="NUL bytes"),
        pytest.param("id,x\n1,\0\n".encode("utf-16"), "CY201", id="NUL in UTF-16"),
        pytest.param(b"\xff\xfe\x00", "CY201", id="half a UTF-16 character"),
        pytest.param(HEADER.encode() + b"1,2026-10-05,\x81\n", "CY201", id="no encoding at all"),
        pytest.param(HEADER + GOOD + '1,"open,present\n', "CY201", id="a quote that never ends"),
        pytest.param('"student_id,on\n1,2\n', "CY201", id="a quoted header that never ends"),
        pytest.param(gzip.compress((HEADER + GOOD).encode())[:-20], "CY201", id="gzip cut off"),
        pytest.param(b"<!DOCTYPE html><html>Sign in</html>", "CY202", id="a web page"),
        pytest.param(b"\xef\xbb\xbf<?xml version='1.0'?>", "CY202", id="an XML error"),
        pytest.param(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "CY202", id="a storage pointer"),
        pytest.param(b"PK\x03\x04rest", "CY202", id="an Excel workbook"),
        pytest.param(b"%PDF-1.7", "CY202", id="a PDF"),
        pytest.param(HEADER + GOOD.replace("\n", ",\n"), "CY203", id="a trailing delimiter on every row"),
        pytest.param(HEADER + "1,2026-10-05\n" * 50 + GOOD, "CY203", id="many short rows"),
        pytest.param("student_id,on,on\n1,2,3\n", "CY204", id="a column twice"),
        pytest.param(GOOD, "CY209", id="no header"),
        pytest.param("Name\nSmith, John\nDoe, Jane\n", "CY209", id="a title, or a header of one column"),
        pytest.param(HEADER + GOOD[:-3], "CY219", id="cut in its last value"),
        pytest.param("a;b,c\n1;2,3\n4;5,6\n", "CY220", id="two delimiters that fit"),
        pytest.param(HEADER + GOOD + HEADER + GOOD, "CY226", id="two tables in one file"),
        pytest.param(HEADER + GOOD + "1,2026-10-05," + "x" * 6_000_000 + "\n", "CY201", id="a line of megabytes"),
        pytest.param("student_id,on ,on\n1,2,3\n", "CY204", id="a column twice but for a space"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_its_code(attendance, content, code):
    assert refused(attendance, content).code == code


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(attendance):
    assert refused(attendance, gzip.compress(b"a,b\n" + b"0" * 40_000_000)).code == "CY207"


def test_one_short_row_is_set_aside_by_line_and_nothing_shifts(attendance):
    report = attendance(HEADER + GOOD + "777,2026-10-05\n")
    assert lines_set_aside(report) == [202]
    assert report.n_used == 200


def test_one_long_row_is_set_aside_by_line_and_nothing_shifts(attendance):
    report = attendance(HEADER + GOOD + "777,2026-10-05,present,present\n")
    assert lines_set_aside(report) == [202]


def test_a_first_row_that_is_too_long_does_not_turn_ids_into_an_index(attendance):
    report = attendance(HEADER + "777,2026-10-05,present,x\n" + GOOD)
    assert lines_set_aside(report) == [2]
    assert report.used["student_id"].iloc[0] == "000"


def test_a_file_cut_in_its_last_row_is_refused(attendance):
    assert refused(attendance, HEADER + GOOD + "777,2026-10-05,pres").code == "CY219"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param((HEADER + GOOD).encode("utf-16-le"), "CY220", id="UTF-16 without its mark"),
        pytest.param((HEADER + GOOD + "Zoë,2026-10-05,present\n").encode("cp1252"), "CY220", id="Windows text"),
        pytest.param(HEADER + GOOD + "ZoÃ«,2026-10-05,present\n", "CY230", id="text encoded twice"),
        pytest.param(HEADER + GOOD + "777,2026-10-05\n", "CY203", id="a short row"),
        pytest.param(HEADER + GOOD + '777,"2026-10-05,"present"\n', "CY226", id="a stray quote"),
        pytest.param(HEADER + GOOD + "Source: attendance office\n", "CY226", id="a note below the table"),
        pytest.param(HEADER + HEADER + GOOD, "CY209", id="the header twice"),
        pytest.param("Attendance in October\n\n" + HEADER + GOOD, "CY209", id="a title above the header"),
    ],
)
def test_what_is_read_with_a_doubt_is_said_with_its_code(attendance, content, code):
    assert [warning[:5] for warning in attendance(content).facts["warnings"]] == [code]


@pytest.mark.parametrize(
    "ident", ["007", "1E05", "9007199254740993", "TRUE", "NA", "None", "null", "nan", "0x1F", "1_000"]
)
def test_ids_survive(attendance, ident):
    report = attendance(f"{HEADER}{ident},2026-10-05,present\n")
    assert report.used["student_id"].tolist() == [ident]


def test_a_blank_id_does_not_change_its_neighbours(attendance):
    report = attendance(HEADER + GOOD + ",2026-10-05,present\n")
    assert report.used["student_id"].iloc[7] == "007"
    assert report.quarantined["_rules"].tolist() == ["required:student_id"]


def test_carriage_returns_alone_end_lines(attendance):
    assert attendance((HEADER + GOOD).replace("\n", "\r")).n_used == 200


def test_a_field_of_megabytes_is_set_aside(attendance):
    report = attendance(HEADER + GOOD + "777,2026-10-05," + "x" * 5_000_000 + "\n")
    assert lines_set_aside(report) == [202]


@pytest.mark.parametrize("day", ["45935", "10/05/2026", "05.10.2026", "2026-02-30", "2026-1-5", "soon"])
def test_dates_in_any_other_form_are_set_aside_not_guessed(attendance, day):
    report = attendance(HEADER + GOOD + f"777,{day},present\n")
    assert report.quarantined["_rules"].tolist() == ["castable:on; required:on"]


def test_conflicting_statuses_of_one_day_are_both_set_aside(attendance):
    report = attendance(HEADER + GOOD + "007,2026-10-05,tardy\n")
    assert lines_set_aside(report) == [9, 202]
    assert "CY216" in report.text


def test_a_header_without_rows_is_not_a_pass(attendance):
    report = attendance(HEADER)
    assert [problem.code for problem in as_problems(report)] == ["CY215"]


def test_a_misspelt_column_is_a_missing_column_not_bad_data(attendance):
    report = attendance(HEADER.replace("status", "statos") + GOOD)
    assert [problem.code for problem in as_problems(report)] == ["CY211"]


def test_semicolons_with_decimal_commas_do_not_shift(tmp_path):
    (tmp_path / "marks.csv").write_text("student_id;mark\n007;3,5\n008;4,0\n")
    table = ADAPTERS.get("csv")(tmp_path / "marks.csv").table
    assert table[["student_id", "mark"]].values.tolist() == [["007", "3,5"], ["008", "4,0"]]


@pytest.mark.parametrize(("code", "mean"), [("99", 3.0), ("-9", 3.0)])
def test_missing_codes_never_enter_a_mean(tmp_path, code, mean):
    (tmp_path / "cycles.toml").write_text("")
    names = [f"BEL_0{n}" for n in range(1, 7)]
    rows = [f"{n},student,w,2026-10-05," + ",".join(["3"] * 5 + [code if n < 10 else "3"]) for n in range(60)]
    header = ",".join(["respondent_id,respondent_role,wave,answered_on", *names])
    (tmp_path / "survey.csv").write_text("\n".join([header, *rows]) + "\n")
    source = Source(name="survey", adapter="csv", path="survey.csv", instrument="school_belonging")
    report = hold(read(source, workspace=Workspace(tmp_path)), workspace=Workspace(tmp_path), second_engine=False)
    assert (report.used["BEL_06"].mean(), report.n_used) == (mean, 60)
    assert sum(report.facts["missing_codes"]["BEL_06"].values()) == 10


# -- archives ----------------------------------------------------------------------------------------------------------


def archive(path: Path, members: dict[str, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("members", "code"),
    [
        pytest.param({"../users.csv": "a\n"}, "CY207", id="a name above the archive"),
        pytest.param({"/etc/users.csv": "a\n"}, "CY207", id="an absolute name"),
        pytest.param({"C:\\users.csv": "a\n"}, "CY207", id="a drive"),
        pytest.param({"users.csv": b"0" * 30_000_000}, "CY207", id="a bomb"),
        pytest.param({f"{n}.csv": "" for n in range(1001)}, "CY207", id="too many files"),
        pytest.param({"users.csv": "a\n", "x/users.csv": "a\n"}, "CY207", id="one name twice"),
        pytest.param({"readme.txt": "hello"}, "CY208", id="another archive"),
    ],
)
def test_an_unsafe_or_wrong_archive_is_refused_and_nothing_is_written(tmp_path, members, code):
    path = archive(tmp_path / "bundle.zip", members)
    with pytest.raises(ContractError) as caught:
        ADAPTERS.get("oneroster")(path)
    assert caught.value.code == code
    assert [one.name for one in tmp_path.iterdir()] == ["bundle.zip"]


def test_what_is_not_an_archive_is_refused(tmp_path):
    (tmp_path / "bundle.zip").write_text("<html>")
    with pytest.raises(ContractError) as caught:
        ADAPTERS.get("oneroster")(tmp_path / "bundle.zip")
    assert caught.value.code == "CY202"


def test_a_damaged_archive_is_refused(tmp_path):
    path = archive(tmp_path / "bundle.zip", {"users.csv": "sourcedId\n" + "1\n" * 5000})
    data = bytearray(path.read_bytes())
    data[45:60] = b"\xff" * 15
    path.write_bytes(data)
    with pytest.raises(ContractError) as caught:
        ADAPTERS.get("oneroster")(path)
    assert caught.value.code == "CY201"


def test_a_bundle_or_file_that_is_not_there_is_named(tmp_path):
    for adapter in ("oneroster", "csv", "qualtrics"):
        with pytest.raises(CyclesError) as caught:
            ADAPTERS.get(adapter)(tmp_path / "gone")
        assert caught.value.code == "CY104"


def test_zip_slip_archives_write_nothing(shared, tmp_path):
    folder = shared("corpora/zip-slip")
    for path in sorted(folder.rglob("*.zip")):
        with pytest.raises(ContractError) as caught:
            ADAPTERS.get("oneroster")(path)
        assert caught.value.code in ("CY207", "CY208")


def test_polluted_files_are_read_or_refused_with_a_code_and_never_crash(shared):
    outcomes = []
    for path in sorted(shared("corpora/pollock").rglob("*.csv")):
        try:
            outcomes.append(ADAPTERS.get("csv")(path).rows_raw)
        except CyclesError as refusal:
            outcomes.append(refusal.code)
    assert len(outcomes) > 40
