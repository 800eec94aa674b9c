"""Sheets that continue one another to the right."""

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.raw import RawTable, text_frame
from cycles.do.intake.side_by_side import side_by_side


def sheet(columns: dict[str, list[str]], lines: tuple[int, ...] = (5, 6)) -> RawTable:
    facts = {"warnings": ["CY229: something"]}
    return RawTable(
        table=text_frame(columns, list(lines)), header=tuple(columns), sha256="0", rows_raw=len(lines), facts=facts
    )


def test_rows_on_the_same_lines_become_one_row_and_the_warning_says_what_ties_them():
    both = side_by_side([sheet({"trust": [".9", "."]}), sheet({"DBN": ["01M015", "01M019"]})], where="x.xlsx")
    assert both.table.to_dict("list") == {"trust": [".9", "."], "DBN": ["01M015", "01M019"], "_line": [5, 6]}
    assert both.header == ("trust", "DBN")
    assert both.rows_raw == 2
    assert both.facts["warnings"] == [
        "CY229: something",
        "CY226: 2 sheets were read side by side, as the mapping says; only the line ties their rows together",
    ]


@pytest.mark.parametrize("lines", [(5, 7), (6, 7)])
def test_sheets_with_rows_on_other_lines_are_refused(lines):
    with pytest.raises(ContractError) as caught:
        side_by_side([sheet({"a": ["1", "2"]}), sheet({"b": ["3", "4"]}, lines)], where="x.xlsx")
    assert caught.value.code == "CY203"


def test_a_column_of_both_sheets_must_say_the_same():
    parts = [sheet({"DBN": ["01M015", "01M019"]}), sheet({"DBN": ["01M015", "01M020"]})]
    with pytest.raises(ContractError) as caught:
        side_by_side(parts, where="x.xlsx")
    assert caught.value.code == "CY204"
    assert "01M0" not in str(caught.value)
    assert side_by_side([parts[0], parts[0]], where="x.xlsx").header == ("DBN",)


def test_one_sheet_stays_as_it_is():
    only = sheet({"a": ["1", "2"]})
    assert side_by_side([only], where="x.xlsx") is only
