"""A row that does not fit is set aside, unless its line can be read in one way only."""

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.delimited import read_delimited

HEADER = "id,on,said,minutes,note\n"
GOOD = [f'{n:03d},2026-10-05,"he said, {"so " * (n % 20)}it is",{n},\n' for n in range(40)]


def read(line: str, *, before: int = 10):
    data = HEADER + "".join(GOOD[:before]) + line + "\n" + "".join(GOOD[before:])
    return read_delimited(data.encode(), where="x.csv")


@pytest.mark.parametrize(
    ("line", "row"),
    [
        pytest.param(
            '777,"2026-10-05,"yes, it is",5,', ["777", '"2026-10-05', "yes, it is", "5", ""], id="stray quote"
        ),
        pytest.param(
            '777,2026-10-05,"so "it" is, yes",5,', ["777", "2026-10-05", 'so "it" is, yes', "5", ""], id="inner quotes"
        ),
        pytest.param(
            '777,,2026-10-05,"yes, it is",5,', ["777", "2026-10-05", "yes, it is", "5", ""], id="one separator more"
        ),
        pytest.param(
            '777,2026-10-05,"yes, it is",5', ["777", "2026-10-05", "yes, it is", "5", ""], id="the last one missing"
        ),
        pytest.param("777 2026-10-05 yes it is 5 ", ["777", "2026-10-05", "yes it is", "5", ""], id="spaces between"),
    ],
)
def test_a_line_that_can_be_read_in_one_way_only_is_repaired_in_its_place_and_said(line, row):
    found = read(line)
    assert found.table.iloc[10].tolist() == [*row, 12]
    assert (len(found.table), len(found.broken)) == (41, 0)
    assert found.facts["warnings"] == ["CY226: rows repaired, as only one reading of them fits the columns: lines 12"]


def test_a_separator_lost_between_two_quoted_fields_is_put_back():
    good = "".join(f'"{n:03d}","2026-10-05","x"\n' for n in range(30))
    found = read_delimited(f'id,on,c\n{good}"777""2026-10-05","x"\n'.encode(), where="x.csv")
    assert found.table.iloc[-1].tolist() == ["777", "2026-10-05", "x", 32]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("777,2026-10-05,yes", id="values lost"),
        pytest.param("777,2026-10-05,no, never,5,", id="an unquoted comma, which could as well be a value too many"),
        pytest.param("777,,,2026-10-05,yes,5,", id="two separators too many"),
        pytest.param("soon,,2026-10-05,yes,5,", id="a value unlike the others"),
    ],
)
def test_a_line_that_lost_something_or_can_be_read_in_two_ways_is_set_aside(line):
    found = read(line)
    assert found.broken["_line"].tolist() == [12]
    assert found.facts["warnings"] == ["CY203: rows of the wrong length, set aside: lines 12"]


def test_an_empty_field_too_many_is_not_guessed_where_several_may_be_empty():
    good = "".join(f"{n},{n % 5 or ''},{n % 3 or ''}\n" for n in range(40))
    found = read_delimited(f"id,a,b\n{good}777,,4,\n".encode(), where="x.csv")
    assert found.broken["_line"].tolist() == [42]


def test_few_rows_are_no_evidence():
    found = read_delimited(b"id,on\n" + b"7,2026-10-05\n" * 10 + b"8,,2026-10-06\n", where="x.csv")
    assert found.broken["_line"].tolist() == [12]


@pytest.mark.parametrize(
    ("n", "broken", "refused"), [(84, 1, False), (80, 3, False), (80, 4, True), (1, 1, True), (8, 2, False)]
)
def test_a_small_file_may_have_a_few_rows_set_aside(n, broken, refused):
    data = ("id,on\n" + "7,x\n" * n + "7,x,y\n" * broken + "7,x\n").encode()
    if refused:
        with pytest.raises(ContractError) as caught:
            read_delimited(data, where="x.csv")
        assert caught.value.code == "CY203"
    else:
        assert len(read_delimited(data, where="x.csv").broken) == broken


def test_a_line_too_long_to_be_read_in_every_way_is_set_aside():
    wide = ",".join(f"c{n}" for n in range(300))
    good = (",".join(["7"] * 300) + "\n") * 40
    found = read_delimited(f"{wide}\n{good}{','.join(['7'] * 150 + [''] + ['7'] * 151)}\n".encode(), where="x.csv")
    assert found.broken["_line"].tolist() == [42]
