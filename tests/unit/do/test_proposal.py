"""Looking at a file that nobody has described: what is recognised, what is guessed, and drafts that our own readers accept."""

import csv
import io
import sqlite3
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from cycles.core.errors import CyclesError
from cycles.do.contracts import hold
from cycles.do.contracts.odcs import read_contract
from cycles.do.intake import read
from cycles.do.intake.mapping import read_mapping
from cycles.do.intake.proposing import propose
from cycles.do.intake.proposing.codebook import codebook_csv, codebook_md
from cycles.do.intake.proposing.columns import look_at
from cycles.do.intake.proposing.drafts import contract_draft, mapping_draft, plan_of, quoted
from cycles.do.intake.proposing.matching import instruments_like
from cycles.do.intake.recognise import recognise
from cycles.plan.cycle_file import Source
from cycles.plan.instruments import read_instrument

# -- what a file is ------------------------------------------------------------------------------------------------------

ROW = '{"ImportId":"QID1"}'
BEGINNINGS = {
    "qualtrics": f'Q1,Q2\nOne,Two\n"{ROW.replace(chr(34), chr(34) * 2)}",x\n1,2\n',
    "surveymonkey": "Respondent ID,I feel safe,\n,At school,On the way\n1001,4,5\n",
    "google_forms": "Timestamp,I feel at home\n10/5/2026 8:00:00,4\n",
    "redcap": "record_id,redcap_event_name,glad\n1,baseline_arm_1,2\n",
    "limesurvey": '"id","submitdate","lastpage","G1Q1"\n"1","2026-10-05 08:00:00","2","A1"\n',
    "csv": "student_id;mark\n007;3,5\n",
    "attendance_xml": "<?xml version='1.0'?>\n<days><day/></days>\n",
    "parquet": b"PAR1" + b"\0" * 9,
    "spss": b"$FL2@(#) SPSS DATA FILE",
    "stata": b"<stata_dta><header>",
    "sas": b"\0" * 12 + bytes.fromhex("c2ea8160b31411cfbd92080009c7318c") + b"\0" * 200,
    "excel": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    "sql": b"SQLite format 3\0" + b"\0" * 84,
}


@pytest.mark.parametrize("adapter", BEGINNINGS)
def test_a_file_is_recognised_by_what_is_in_it_whatever_it_is_called(tmp_path, adapter):
    content = BEGINNINGS[adapter]
    (tmp_path / "download.bin").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert recognise(tmp_path / "download.bin").adapter == adapter


@pytest.mark.parametrize(
    ("members", "adapter"),
    [
        (["xl/workbook.xml"], "excel"),
        (["content.xml", "META-INF/manifest.xml"], "excel"),
        (["district/users.csv", "district/enrollments.csv"], "oneroster"),
    ],
)
def test_an_archive_is_recognised_by_the_names_in_it(tmp_path, members, adapter):
    with zipfile.ZipFile(tmp_path / "x", "w") as archive:
        for name in members:
            archive.writestr(name, "")
    assert recognise(tmp_path / "x").adapter == adapter


@pytest.mark.parametrize(
    ("address", "adapter"), [("postgresql://host/db", "sql"), ("env:X", "sql"), ("https://api.example.org", "edfi")]
)
def test_an_address_is_recognised_without_asking(address, adapter):
    assert recognise(address).adapter == adapter


NOTHING = [
    b"",
    b"%PDF-1.7",
    b"<html><body>Sign in</body></html>",
    b'{"rows": []}',
    b"\x00\x01\x02\x03" * 9,
    b"PK\x03\x04broken",
]


@pytest.mark.parametrize("content", NOTHING)
def test_what_nobody_reads_is_refused(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(CyclesError) as caught:
        recognise(tmp_path / "x.csv")
    assert caught.value.code == "CY202"


# -- what a column holds -------------------------------------------------------------------------------------------------


def column(*texts: str, name: str = "x", times: int = 1):
    return look_at(pd.Series(list(texts) * times, name=name, dtype="str"))


@pytest.mark.parametrize(
    ("texts", "kind", "kind_of_type"),
    [
        (("3", "-4", "17"), "integer", "integer"),
        (("3.5", ".5", "1e-3"), "number", "number"),
        (("2026-10-05", "2026-11-20"), "date", "date"),
        (("yes", "No"), "boolean", "boolean"),
        (("007", "018"), "id", "string"),
        (("one thing", "another thing"), "text", "string"),
        (("", " "), "empty", "string"),
    ],
)
def test_a_column_is_told_by_its_values(texts, kind, kind_of_type):
    found = column(*texts)
    assert (found.kind, found.type) == (kind, kind_of_type)


def test_numbers_in_a_column_of_ids_are_ids():
    assert column("1", "2", "3", name="StudentID").kind == "id"


@pytest.mark.parametrize(
    ("texts", "formats"),
    [
        (("10/25/2026", "1/5/2026"), ("%m/%d/%Y",)),
        (("25/10/2026", "01/05/2026"), ("%d/%m/%Y",)),
        (("10/05/2026", "01/05/2026"), ("%m/%d/%Y", "%d/%m/%Y")),
        (("10/25/2026 8:01:00",), ("%m/%d/%Y %H:%M:%S",)),
        (("5-Oct-2026",), ("%d-%b-%Y",)),
    ],
)
def test_the_format_of_dates_is_found_and_doubt_stays_doubt(texts, formats):
    assert column(*texts).formats == formats


def test_dates_that_can_be_read_in_two_ways_stay_text():
    found = column("10/05/2026", "01/05/2026")
    assert found.ambiguous
    assert found.type == "string"


@pytest.mark.parametrize(
    ("texts", "codes"),
    [
        (("1", "2", "5", "-9"), ("-9",)),
        (("1", "2", "5", "99"), ("99",)),
        (("1", "2", "5", "9"), ("9",)),
        (("12.5", "80.1", "N/A", "s", "*", "<5", "> 95%"), ("*", "<5", "> 95%", "N/A", "s")),
        (("97", "98", "99", "96"), ()),
        (("-1", "-9", "4"), ()),
        (("7", "8", "9", "6"), ()),
    ],
)
def test_codes_that_may_stand_for_missing_values_are_proposed_where_they_lie_apart(texts, codes):
    assert column(*texts).maybe_missing == codes


def test_codes_that_the_file_itself_marks_are_proposed_too():
    marked = look_at(pd.Series(["1", "2", "3", ".a"], name="x", dtype="str"), missing=("3", ".a", "77"))
    assert marked.maybe_missing == (".a", "3")


def test_a_column_with_words_among_its_numbers_stays_text_until_somebody_says_they_are_missing_codes():
    assert column("12", "80", "N/A").type == "string"


@pytest.mark.parametrize(
    ("texts", "why"),
    [
        (("ana@example.org", "ben@example.org", "cy@example.org", "di@example.org", "none"), "e-mail"),
        (("(203) 555-0101", "203-555-0102"), "telephone"),
        (("203.0.113.9", "2001:db8:0:0:0:0:0:1"), "network"),
        (("078-05-1120", "219-09-9999"), "social security"),
        (("Ana Lopez", "Ben O’Hara", "Cy Young", "Di Wu Li", "Ed Poe", "Flo Rida"), "names"),
    ],
)  # fmt: skip
def test_what_identifies_people_is_told_by_its_values(texts, why):
    found = column(*texts)
    assert found.kind == "identifying"
    assert why in found.why


def test_a_column_called_a_name_identifies_whatever_it_holds():
    assert column("1", "2", name="First name").kind == "identifying"


def test_categories_are_named_only_where_ten_rows_hold_each():
    assert column("a", "b", times=10).categories == ("a", "b")
    assert look_at(pd.Series(["a"] * 30 + ["b"] * 9, name="x", dtype="str")).categories == ()
    assert column(*(f"k{n}" for n in range(21)), times=10).categories == ()
    assert column("a" * 41, "b", times=10).categories == ()


# -- which instrument, which table ---------------------------------------------------------------------------------------

BELONGING = {name: str(item.text) for name, item in read_instrument("school_belonging").items.items()}


def form(n: int = 24, *, labels: bool = False) -> str:
    """A Google Form with the belonging pulse, its questions slightly rewritten."""
    stream = io.StringIO()
    answers = ["Strongly disagree", "Agree"] if labels else ["1", "4"]
    table = csv.writer(stream)
    asked = [text.replace("I feel", "I  feel").rstrip(".") for text in BELONGING.values()]
    table.writerow(["Timestamp", "Student number", "Email Address", *asked, "Anything else?"])
    for row in range(n):
        said = f"My teacher Mrs Hidden{row} said so"
        table.writerow(
            [f"10/{row % 9 + 13}/2026 8:00:00", f"{row:05d}", f"s{row}@example.org", *[answers[row % 2]] * 6, said]
        )
    return stream.getvalue()


@pytest.fixture
def drafted(workspace):
    """Write a file, propose, write the drafts where our readers look, and read it through them."""

    def make(content: str | bytes, name: str = "file.csv"):
        path = workspace.root / name
        if content:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        proposal = propose(path, workspace=workspace)
        plan = plan_of(proposal, workspace.instruments)
        texts = [mapping_draft(proposal, plan), contract_draft(proposal, plan, name="m")]
        texts += [codebook_md(proposal, plan), codebook_csv(proposal, plan)]
        (workspace.root / "params/mappings/m.yml").write_text(texts[0])
        (workspace.root / "data_contracts/m.odcs.yaml").write_text(texts[1])
        read_mapping(workspace.root / "params/mappings/m.yml")
        read_contract(workspace.root / "data_contracts/m.odcs.yaml")
        source = Source(name="file", adapter=proposal.recognised.adapter, path=name, mapping="m", contract="m")
        delivery = read(source, workspace=workspace)
        return proposal, delivery, hold(delivery, workspace=workspace, second_engine=False), "\n".join(texts)

    return make


def test_an_instrument_is_found_by_its_questions(drafted):
    proposal, *_ = drafted(form())
    best = proposal.instruments[0]
    assert (best.key, best.coverage, best.codes_agree) == ("school_belonging", 1.0, 1.0)
    assert best.score > 0.95


def test_labels_of_the_instrument_are_recoded_to_its_codes(drafted):
    _, delivery, report, texts = drafted(form(labels=True))
    assert set(delivery.table["BEL_01"]) == {"1", "4"}
    assert report.used["BEL_01"].dtype == "Int64"
    assert '"Strongly disagree": "1"' in texts


def test_items_are_found_by_their_names_where_no_question_is_known():
    columns = [column("1", "2", name=name) for name in BELONGING]
    assert instruments_like(columns, None)[0].key == "school_belonging"


def test_questions_of_another_survey_are_no_instrument():
    columns = [column("1", "2", name=f"How do you like the number {n} school bus in the morning?") for n in range(6)]
    assert instruments_like(columns, None) == []


@pytest.mark.parametrize(
    ("header", "table"),
    [
        ("SASID,Date,Attendance Code", "attendance_days"),
        ("StudentID,School Year,Enrolled Days,Absent Days", "attendance_totals"),
        ("student_number,term,course_code,subject,final_grade,credits", "courses"),
        ("dbn,year,measure,value,n", "site_measures"),
    ],
)
def test_a_table_is_found_by_the_usual_names_of_its_columns(workspace, header, table):
    (workspace.root / "x.csv").write_text(header + "\n" + ",".join(["7"] * (header.count(",") + 1)) + "\n")
    assert propose(workspace.root / "x.csv").tables[0].table == table


# -- the drafts ----------------------------------------------------------------------------------------------------------

MESSY = (
    "Student ID,School,Date,Status,Suspended,Share,Note,off,=cmd|x\n"
    + "".join(
        f"{n:06d},{'North' if n % 2 else 'South'},10/{n % 12 + 1:02d}/2026,{'P' if n % 3 else 'A'},{'yes' if n % 2 else 'no'},"
        f"{'<5' if n % 7 == 0 else n},talked to Maria Hidden{n},{n % 5},{-9 if n % 5 == 0 else n % 4}\n"
        for n in range(60)
    )
)  # fmt: skip
FILES = {
    "messy": MESSY,
    "form": form(),
    "labels": form(labels=True),
    "semicolons": "id;naïve\n" + "007;3,5\n" * 12,
    "windows": ("id,town\n" + "007,Ñuñoa\n" * 12).encode("cp1252"),
    "one column": "n\n1\n2\n",
    "only words": "a,b\nsome words,other words\nmore words,still others\n",
    "qualtrics": BEGINNINGS["qualtrics"],
    "ragged": "id,mark\n" + "007,3\n" * 12 + "008,1,x\n",
    "odd names": 'id,"say ""hi"": [#]",Ω,1st\n' + "007,1,2,3\n" * 12,
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_passes_its_own_drafts(drafted, name):
    _, delivery, report, _ = drafted(FILES[name])
    assert report.outcome == "pass", report.text
    assert report.n_quarantined == len(delivery.broken)
    assert len(delivery.table) > 0


def test_a_database_passes_its_own_drafts(drafted, workspace):
    with sqlite3.connect(workspace.root / "d.sqlite") as database:
        database.execute("CREATE TABLE days (student_id TEXT, date TEXT, status TEXT)")
        database.executemany("INSERT INTO days VALUES (?, '2026-10-05', 'present')", [(f"{n:04d}",) for n in range(20)])
    database.close()
    proposal, _, report, _ = drafted("", "d.sqlite")
    assert report.outcome == "pass"
    assert proposal.tables[0].table == "attendance_days"


def test_no_draft_holds_a_value_that_few_rows_share(drafted):
    for content in (MESSY, form()):
        proposal, *_, texts = drafted(content)
        said = texts + str(proposal.to_dict())
        assert "Hidden" not in said
        assert "000017" not in said
        assert "00017" not in said
        assert "@example.org" not in said


def test_missing_codes_are_proposed_and_not_applied(drafted):
    _, _, report, texts = drafted(MESSY)
    assert 'GUESS, not applied: - {property: missingCodes, value: {"<5": not_asked}}' in texts
    assert report.facts["missing_codes"] == {}


def test_dates_in_doubt_are_asked_about_and_not_read(drafted):
    _, delivery, _, texts = drafted(MESSY)
    assert "# CY228: on fits %m/%d/%Y and %d/%m/%Y. Which is it? Write it under dates." in texts
    assert delivery.table["on"].iloc[0] == "10/01/2026"


def test_what_identifies_and_free_text_are_left_out_with_a_way_back(drafted):
    proposal, delivery, _, texts = drafted(form())
    assert proposal.dropped == ("Email Address",)
    assert not {"email_address", "anything_else"} & set(delivery.table.columns)
    assert '#   email_address: "Email Address"  # identifies people' in texts
    assert '#   anything_else: "Anything else?"' in texts


def test_an_encoding_that_was_assumed_is_declared_as_a_guess(drafted):
    *_, texts = drafted(FILES["windows"])
    assert 'encoding: "cp1252"  # GUESS' in texts


def test_a_codebook_holds_no_live_formula_and_no_markup(drafted):
    *_, texts = drafted(MESSY)
    assert "\n'=cmd|x," in texts
    assert "| =cmd\\|x |" in texts


@pytest.mark.parametrize("text", ['a"b', "a: b # c", "\\", "\u2028", "\x07", "😀", "- x", "", "ünï\ttab", "{{}}"])
def test_any_name_survives_being_quoted(text):
    from cycles.core import strict_yaml

    assert strict_yaml.loads(f"x: {quoted(text)}") == {"x": text}


def test_a_comment_never_ends_before_its_line(drafted):
    drafted('id,"two\nlines"\n' + "007,1\n" * 12)


@pytest.mark.parametrize(
    "folder", ["formats/format_qualtrics", "formats/format_redcap/simple", "formats/format_limesurvey"]
)
def test_real_exports_pass_their_own_drafts(shared, workspace, folder):
    for path in sorted(Path(shared(f"data/{folder}")).glob("*.csv")):
        proposal = propose(path, workspace=workspace)
        plan = plan_of(proposal, None)
        (workspace.root / "params/mappings/m.yml").write_text(mapping_draft(proposal, plan))
        (workspace.root / "data_contracts/m.odcs.yaml").write_text(contract_draft(proposal, plan, name="m"))
        source = Source(name="file", adapter=proposal.recognised.adapter, path=str(path), mapping="m", contract="m")
        assert hold(read(source, workspace=workspace), workspace=workspace, second_engine=False).outcome == "pass"
