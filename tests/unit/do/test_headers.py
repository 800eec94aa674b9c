"""Headers: found below a title, joined over lines when declared, asked about when the file does not show them."""

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.reading import Reading

DAYS = "".join(f"{n:03d},2026-10-05,present\n" for n in range(30))


def read(data: str, **declared):
    return read_delimited(data.encode(), where="x.csv", reading=Reading(**declared))


def refusal(data: str, **declared) -> str:
    with pytest.raises(ContractError) as caught:
        read(data, **declared)
    assert "2026" not in str(caught.value)
    return caught.value.code


def test_title_lines_above_the_header_are_passed_over_and_said():
    found = read('"Chronic absence, 2011-12"\n", All"\n\n"District","Code","%"\n"North","=""007""",8.1\n')
    assert found.header == ("District", "Code", "%")
    assert found.table[["District", "Code"]].to_numpy().tolist() == [["North", "007"]]
    assert found.facts["warnings"] == ["CY209: title lines above the header are not read as rows: lines 1, 2"]


def test_a_title_that_could_be_the_header_is_asked_about():
    assert refusal("Name\nSmith, John\nDoe, Jane\n") == "CY209"
    assert read("Name\nSmith, John\nDoe, Jane\n", header_line=1, delimiter=";").header == ("Name",)


def test_one_long_row_in_a_file_of_one_column_is_not_its_header():
    found = read("said\nyes\nno, never\nyes\nno\n", delimiter=",")
    assert (found.header, found.broken["_line"].tolist()) == (("said",), [3])


def test_a_file_without_a_header_is_asked_about():
    assert refusal(DAYS) == "CY209"
    assert refusal("007,12\n") == "CY209"


def test_names_that_are_declared_stand_for_a_header():
    found = read(DAYS, names=("student_id", "on", "status"))
    assert len(found.table) == 30
    assert found.table["student_id"].iloc[0] == "000"


def test_a_header_that_is_declared_is_obeyed():
    found = read("school,North\nyear,2026\nid,on,status\n" + DAYS, header_line=3)
    assert (found.header, len(found.table)) == (("id", "on", "status"), 30)


def test_a_header_that_is_declared_where_there_is_none_is_refused():
    assert refusal("id,on\n\n1,2\n", header_line=2) == "CY209"
    assert refusal("id,on\n1,2\n", header_line=7) == "CY209"


def test_a_header_of_several_lines_is_joined_by_a_space():
    assert read("Q1,Q1,\na,b,on\n1,2,3\n", header_lines=2).header == ("Q1 a", "Q1 b", "on")


def test_a_header_that_stands_twice_is_not_read_as_a_row():
    found = read("id,on,status\nid,on,status\n" + DAYS)
    assert (found.rows_raw, found.excluded, len(found.table)) == (31, {"repeated_header": 1}, 30)
    assert found.facts["warnings"] == ["CY209: the header stands twice; its second copy is not read as a row: line 2"]


def test_years_may_name_columns():
    assert read("school,2011,2012\nNorth,45.2,40.1\n").header == ("school", "2011", "2012")


def test_words_above_words_are_a_header():
    assert read("unit_id,arm\na,b\n").header == ("unit_id", "arm")


def test_a_trailing_delimiter_on_every_row_makes_no_column():
    found = read("id,n,\n1,2,\n3,4,\n")
    assert list(found.table.columns) == ["id", "n", "_line"]
    assert found.facts["warnings"] == []


def test_values_below_no_name_are_said():
    assert read("id,n,\n1,2,x\n").facts["warnings"] == ["CY226: columns without a name are not read: number 3"]


TWO = "id,on,status\n" + DAYS + "id,on,status\n" + DAYS


def test_several_tables_in_one_file_are_never_mixed():
    assert refusal(TWO) == "CY226"
    assert refusal("id,on,status\n" + DAYS + "\nschool,date,n\nNorth,2026-10-05,7\n") == "CY226"
    assert refusal("id,on,status\n" + DAYS + "id,on\n" + "7,2026-10-05\n" * 30) == "CY203"


def test_the_table_that_is_declared_is_read():
    assert len(read(TWO, table=2).table) == 30
    assert read("a,b\n1,2\n\nid,on,status\n" + DAYS, table=2).header == ("id", "on", "status")
    assert refusal(TWO, table=3) == "CY227"


def test_notes_below_the_table_are_left_out_by_name():
    found = read("id,on,status\n" + DAYS + "\nSource: attendance office\nMade on Monday\n")
    assert (found.excluded, len(found.table), len(found.broken)) == ({"note": 2}, 30, 0)
    assert found.facts["warnings"] == ["CY226: notes below the table are not read: lines 33, 34"]


def test_half_a_row_at_the_end_is_no_note():
    assert read("id,on,status\n" + DAYS + "777\n").broken["_line"].tolist() == [32]


def test_blank_lines_between_rows_begin_no_tables_and_change_nothing():
    data = "id,on,n\n\n" + "".join(f"{n:05d},2026-10-05,{n}\n\n" for n in range(5000)) + "77777,2026-10-05,N/A\n"
    assert len(read(data).table) == 5001
