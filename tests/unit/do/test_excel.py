"""Workbooks: one sheet, its header, every cell as the text that it stands for, and a word on each that cannot be trusted."""

import zipfile

import pytest

from cycles.core.errors import ContractError, CyclesError, ParameterError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import AS_IT_IS, Reading
from workbooks import DATE, ERROR, MOMENT, PADDED, UNCALCULATED, Raw, number, write_xlsx

IDS = [["id", "mark"], ["007", 3], ["008", 4.5]]


@pytest.fixture
def excel(tmp_path):
    """Write a workbook and read it."""

    def read(sheets, *, columns=None, reading=AS_IT_IS, **how):
        file = write_xlsx(tmp_path / "book.xlsx", sheets, **how)
        return ADAPTERS.get("excel")(file, columns=columns, reading=reading)

    return read


def refused(read, *args, **how) -> CyclesError:
    with pytest.raises(CyclesError) as caught:
        read(*args, **how)
    return caught.value


# -- cells -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("007", "007"),
        (" NA ", " NA "),
        ('="0640011"', "0640011"),
        (7, "7"),
        (7.0, "7"),
        (0.1, "0.1"),
        (True, "TRUE"),
        (number(46000, DATE), "2025-12-09"),
        (number(46000.5, MOMENT), "2025-12-09T12:00:00"),
        (None, ""),
    ],
)
def test_a_cell_becomes_the_text_that_it_stands_for(excel, cell, text):
    assert excel([["id", "value"], ["x", cell]]).table["value"].tolist() == [text]


def test_dates_of_a_workbook_that_counts_from_1904_are_the_days_that_it_shows(excel):
    rows = [["id", "on"], ["x", number(44538, DATE)]]
    assert excel(rows, date1904=True).table["on"].tolist() == ["2025-12-09"]
    assert excel(rows).table["on"].tolist() == ["2021-12-08"]


def test_a_declared_date_system_corrects_a_workbook_that_says_the_wrong_one(excel):
    rows = [["id", "on"], ["x", number(44538, DATE)]]
    assert excel(rows, reading=Reading(date_system=1904)).table["on"].tolist() == ["2025-12-09"]
    assert excel(rows, reading=Reading(date_system=1904), date1904=True).table["on"].tolist() == ["2025-12-09"]


def test_errors_and_formulas_without_a_value_are_empty_and_told_by_column_and_row(excel):
    read = excel([["id", "mark", "sum"], ["007", ERROR, 1], ["008", 4, UNCALCULATED], ["009", "#REF!", 3]])
    assert read.table["mark"].tolist() == ["", "4", ""]
    assert read.table["sum"].tolist() == ["1", "", "3"]
    assert [warning.split(":")[:2] for warning in read.facts["warnings"]] == [
        ["CY229", " column 'mark'"],
        ["CY229", " column 'mark'"],
        ["CY229", " column 'sum'"],
    ]
    assert "(rows 2)" in read.facts["warnings"][0]


def test_a_column_of_nothing_but_errors_is_refused_only_where_it_is_asked_for(excel):
    rows = [["id", "sum"], ["007", UNCALCULATED], ["008", ERROR]]
    assert refused(excel, rows).code == "CY229"
    assert excel(rows, columns=["id"]).table["id"].tolist() == ["007", "008"]


def test_zeros_that_only_the_format_shows_are_told_as_lost(excel):
    read = excel([["id", "x"], [number(640011, PADDED), "a"], [number(1640011, PADDED), "b"]])
    assert read.table["id"].tolist() == ["640011", "1640011"]
    assert [
        warning
        for warning in read.facts["warnings"]
        if warning.startswith("CY226") and "zeros" in warning and "1 (rows 2)" in warning
    ]


def test_numbers_longer_than_a_workbook_can_hold_are_told(excel):
    read = excel([["id", "x"], [12345678901234567890.0, "a"]])
    assert read.table["id"].tolist() == ["1.2345678901234567e+19"]
    assert read.facts["warnings"][0].startswith("CY226: column 'id'")


# -- header and rows ---------------------------------------------------------------------------------------------------


def test_the_header_is_found_under_titles_and_lines_are_those_of_the_sheet(excel):
    read = excel([["Spring survey"], [], *IDS])
    assert read.header == ("id", "mark")
    assert read.table.to_dict("records") == [
        {"id": "007", "mark": "3", "_line": 4},
        {"id": "008", "mark": "4.5", "_line": 5},
    ]


def test_a_header_of_two_lines_is_declared_and_merged_titles_reach_all_their_columns(excel):
    rows = [["id", "Fall", None, "Winter"], [None, "math", "art", "math"], ["007", 1, 2, 3]]
    read = excel(rows, reading=Reading(header_line=1, header_lines=2), merged=["B1:C1"])
    assert read.header == ("id", "Fall math", "Fall art", "Winter math")
    assert read.table["_line"].tolist() == [3]


@pytest.mark.parametrize(
    "rows",
    [
        [["007", 3], ["008", 4]],
        [["", "Fall", None, "Winter"], ["id", "math", "art", "math 2"], ["007", 1, 2, 3]],
    ],
)
def test_a_header_that_cannot_be_seen_is_refused_not_guessed(excel, rows):
    assert refused(excel, rows).code == "CY209"


def test_a_sheet_without_a_header_is_read_by_declared_names(excel):
    assert excel([["007", 3]], reading=Reading(names=("id", "mark"))).table["mark"].tolist() == ["3"]


def test_a_name_that_stands_twice_is_refused(excel):
    assert refused(excel, [["id", "q", "q"], ["007", 1, 2]]).code == "CY204"


def test_empty_rows_and_notes_below_the_table_are_excluded_by_name_and_counted(excel):
    read = excel([*IDS, [], ["Source: the district"], ["* fewer than ten students"]])
    assert read.excluded == {"empty_row": 1, "note_row": 2}
    assert read.rows_raw == len(read.table) + 3 == 5


def test_a_last_row_with_nothing_but_an_id_is_no_note(excel):
    read = excel([*IDS, ["009"]])
    assert read.table["id"].tolist() == ["007", "008", "009"]
    assert read.excluded == {}


def test_values_in_a_column_without_a_name_are_told(excel):
    read = excel([["id", "mark", None], ["007", 3, "aside"]])
    assert read.header == ("id", "mark")
    assert read.facts["warnings"] == ["CY226: values stand in columns without a name, which are not read: 1"]


def test_only_the_columns_that_are_asked_for_are_kept(excel):
    read = excel(IDS, columns=["mark"])
    assert list(read.table.columns) == ["mark", "_line"]
    assert read.header == ("id", "mark")


# -- sheets ------------------------------------------------------------------------------------------------------------


def test_several_sheets_with_data_need_a_name_and_are_listed(excel):
    problem = refused(excel, {"Summary": IDS, "Targets": IDS, "Empty": []})
    assert problem.code == "CY227"
    assert "Summary, Targets" in problem.fix
    assert "Empty" not in problem.fix


def test_a_sheet_is_found_by_its_name_whatever_its_capitals(excel):
    sheets = {"Notes": [["a"]], "Marks": IDS}
    assert excel(sheets, reading=Reading(sheet="MARKS")).facts["sheet"] == "Marks"
    assert refused(excel, sheets, reading=Reading(sheet="Mark")).code == "CY227"


def test_a_hidden_sheet_is_read_only_by_name(excel):
    sheets = {"Marks": IDS, "Old": IDS}
    assert excel(sheets, hidden=["Old"]).facts["sheet"] == "Marks"
    assert excel(sheets, hidden=["Old"], reading=Reading(sheet="Old")).facts["sheet"] == "Old"
    assert refused(excel, sheets, hidden=["Old", "Marks"]).code == "CY227"


# -- unsafe and damaged ------------------------------------------------------------------------------------------------


def test_a_document_type_in_a_sheet_is_refused_and_nothing_outside_is_read(excel, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("canary")
    prolog = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]>'
    rows = [["id", "x"], ["007", Raw('<c r="{at}" t="inlineStr"><is><t>&e;</t></is></c>')]]
    problem = refused(excel, rows, prolog=prolog)
    assert problem.code == "CY207"
    assert "canary" not in str(problem)


def test_a_workbook_that_expands_too_much_is_refused_before_it_is_opened(excel):
    assert refused(excel, IDS, more={"xl/media/bomb.bin": b"0" * 30_000_000}).code == "CY207"


def test_stray_cells_far_from_the_table_do_not_fill_the_memory(excel):
    rows = [*IDS, [Raw('<c r="XFD900000"><v>1</v></c>')]]
    assert refused(excel, rows).code == "CY207"


def test_cells_far_away_that_hold_nothing_are_no_part_of_the_table(excel):
    rows = [*IDS, [Raw('<c r="XFD900000" s="1"/>')]]
    assert excel(rows).table["id"].tolist() == ["007", "008"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "CY201"),
        (b"id,mark\n007,3\n", "CY202"),
        (b"<html><table></table></html>", "CY202"),
        (b"PK\x03\x04 and nothing else", "CY201"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600, "CY201"),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_code(tmp_path, content, code):
    (tmp_path / "book.xlsx").write_bytes(content)
    assert refused(ADAPTERS.get("excel"), tmp_path / "book.xlsx").code == code


def test_a_workbook_cut_off_at_any_place_is_refused_with_a_code(tmp_path):
    data = write_xlsx(tmp_path / "whole.xlsx", IDS).read_bytes()
    for end in range(1, len(data) - 1, 97):
        (tmp_path / "cut.xlsx").write_bytes(data[:end])
        assert refused(ADAPTERS.get("excel"), tmp_path / "cut.xlsx").code in ("CY201", "CY202")


def test_an_archive_without_a_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "book.xlsx", "w") as archive:
        archive.writestr("users.csv", "id\n")
    assert refused(ADAPTERS.get("excel"), tmp_path / "book.xlsx").code == "CY202"


def test_a_panic_of_the_library_does_not_get_out(excel, monkeypatch):
    import python_calamine

    class PanicException(BaseException):
        """What a library written in Rust raises."""

    def panic(*_):
        raise PanicException("index out of bounds: Canary")

    monkeypatch.setattr(python_calamine, "CalamineWorkbook", type("Broken", (), {"from_filelike": staticmethod(panic)}))
    problem = refused(excel, IDS)
    assert (problem.code, "Canary" in str(problem)) == ("CY201", False)


def test_an_interruption_is_not_taken_for_a_panic(excel, monkeypatch):
    import python_calamine

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(
        python_calamine, "CalamineWorkbook", type("Slow", (), {"from_filelike": staticmethod(interrupt)})
    )
    with pytest.raises(KeyboardInterrupt):
        excel(IDS)


# -- files of others ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["xls", "xlsx", "xlsb"])
@pytest.mark.parametrize("name", ["date", "date_1904"])
def test_real_workbooks_give_the_same_days_from_both_date_systems(shared, kind, name):
    file = shared(f"corpora/calamine/tests/{name}.{kind}")
    read = ADAPTERS.get("excel")(file, reading=Reading(names=("on", "n")))
    assert read.table["on"].tolist() == ["2021-01-01", "2021-01-02", "255:10:10"]
    assert read.table["n"].tolist() == ["15", "16", "17"]


@pytest.mark.parametrize("kind", ["xls", "xlsb"])
def test_formats_that_hide_errors_say_so(shared, kind):
    read = ADAPTERS.get("excel")(
        shared(f"corpora/calamine/tests/issues.{kind}"), reading=Reading(sheet="issue2", names=("a", "b"))
    )
    hidden = [warning for warning in read.facts["warnings"] if "cannot be told from an empty cell" in warning]
    assert bool(hidden) == bool((read.table == "").any(axis=None))


@pytest.mark.parametrize("name", ["pass_protected.xlsx", "pass_protected.xlsb", "pass_protected.ods", "issue_385.xls"])
def test_a_password_is_named_as_the_reason(shared, name):
    problem = refused(ADAPTERS.get("excel"), shared(f"corpora/calamine/tests/{name}"))
    assert (problem.code, "password" in problem.what) == ("CY201", True)


def test_a_table_repeated_beyond_memory_is_refused(shared):
    assert refused(ADAPTERS.get("excel"), shared("corpora/calamine/tests/issue_594_dos.ods")).code == "CY207"


def test_a_date_system_cannot_be_declared_where_the_workbook_does_not_say_its_own(shared):
    with pytest.raises(ParameterError) as caught:
        ADAPTERS.get("excel")(
            shared("corpora/calamine/tests/date.ods"), reading=Reading(names=("on", "n"), date_system=1904)
        )
    assert caught.value.code == "CY105"


def test_a_school_report_of_a_whole_city_is_read_below_its_titles(shared):
    file = shared("data/nyc_hs_quality/201819_hs_sqr_results.xlsx")
    read = ADAPTERS.get("excel")(file, columns=["DBN", "Enrollment"], reading=Reading(sheet="Summary"))
    assert (len(read.table), read.excluded) == (486, {"empty_row": 1})
    assert read.table.iloc[0].tolist() == ["01M292", "197", 6]
    with pytest.raises(ContractError) as caught:
        ADAPTERS.get("excel")(file)
    assert caught.value.code == "CY227"
