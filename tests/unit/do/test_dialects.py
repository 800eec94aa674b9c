"""Dialects: what the file shows is read, what is declared is obeyed, what can be read in two ways is asked about."""

import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.reading import Reading

RECORDS = [["007", "Ann Lee", "3"], ["008", "Bo, or B; Diaz", "4"], ["009", "", "5"]]


def values(data: str, **declared) -> list[list[str]]:
    table = read_delimited(data.encode(), where="x.csv", reading=Reading(**declared)).table
    return table.drop(columns="_line").to_numpy().tolist()


def warnings(data: str, **declared) -> list[str]:
    return read_delimited(data.encode(), where="x.csv", reading=Reading(**declared)).facts["warnings"]


def refusal(data: str, **declared) -> str:
    with pytest.raises(ContractError) as caught:
        values(data, **declared)
    return caught.value.code


def written(delimiter: str, quote: str = '"') -> str:
    rows = [["id", "name", "mark"], *RECORDS]
    return "".join(delimiter.join(f"{quote}{text}{quote}" for text in row) + "\n" for row in rows)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "~", "^", ", ", "||", "; "])
def test_a_delimiter_of_one_or_two_characters_is_found(delimiter):
    assert values(written(delimiter)) == RECORDS


@pytest.mark.parametrize("delimiter", [" ", ":"])
def test_a_delimiter_that_occurs_in_prose_is_taken_when_every_row_fits_it(delimiter):
    assert values(written(delimiter)) == RECORDS
    assert "CY220" in warnings(written(delimiter))[0]


def test_one_column_of_two_words_is_not_split_in_silence():
    assert refusal("full name\nAnn Lee\nBo Diaz\n") == "CY220"
    assert values("full name\nAnn Lee\nBo Diaz\n", delimiter=",") == [["Ann Lee"], ["Bo Diaz"]]


def test_times_do_not_make_a_colon_the_delimiter():
    assert values("id,start,end\n1,10:00,11:00\n") == [["1", "10:00", "11:00"]]


def test_two_delimiters_that_fit_equally_are_asked_about():
    data = "a;b,c\n1;2,3\n4;5,6\n"
    assert refusal(data) == "CY220"
    assert values(data, delimiter=";") == [["1", "2,3"], ["4", "5,6"]]


def test_a_delimiter_always_followed_by_a_space_is_both():
    assert values('id, said\n1, "a, b"\n2, c,d\n') == [["1", "a, b"], ["2", "c,d"]]


def test_single_quotes_enclose_when_they_always_do():
    assert values(written(",", "'")) == RECORDS
    assert "single quotes" in warnings(written(",", "'"))[0]


def test_an_apostrophe_encloses_nothing():
    assert values("id,name\n1,O'Hara\n2,D'Souza\n") == [["1", "O'Hara"], ["2", "D'Souza"]]


def test_quotes_escaped_by_a_backslash_are_read_and_other_backslashes_stay():
    data = 'id,said\n1,"he said \\"no\\", twice"\n2,"C:\\new"\n'
    assert values(data) == [["1", 'he said "no", twice'], ["2", "C:\\new"]]
    assert "backslash" in warnings(data)[0]


def test_an_escape_that_is_declared_is_obeyed_even_if_it_is_nul():
    assert values('id,said\n1,"a \0"b\0" c"\n', escape="\0", delimiter=",") == [["1", 'a "b" c']]


def test_without_a_quote_quotes_are_text():
    assert values('id,said\n1,"a\n2,b"\n', quote="") == [["1", '"a'], ["2", 'b"']]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_line(end):
    assert values(written(",").replace("\n", end)) == RECORDS


def test_line_ends_may_be_mixed():
    assert values("id,n\r1,2\r\n3,4\n5,6\r") == [["1", "2"], ["3", "4"], ["5", "6"]]


def test_a_line_separator_of_unicode_does_not_end_a_line():
    assert values("id,said\n1,a\u2028b\x85c\x1cd\n") == [["1", "a\u2028b\x85c\x1cd"]]


@pytest.mark.parametrize(
    "declared", [{"delimiter": "\n"}, {"quote": "\r"}, {"delimiter": '"'}, {"quote": ";", "delimiter": ";"}]
)
def test_a_declared_dialect_that_cannot_be_is_a_wrong_parameter(declared):
    with pytest.raises(ParameterError) as caught:
        values("a,b\n1,2\n", **declared)
    assert caught.value.code == "CY105"


def test_a_text_that_holds_the_private_marks_is_refused_rather_than_changed():
    assert refusal("a, b\n1, \ue0f0\n", delimiter=", ") == "CY201"


def test_excels_forced_text_is_unwrapped_and_counted():
    read = read_delimited(b'"Code","n"\n"=""0640011""",1\n"=1+1",2\n', where="x.csv")
    assert read.table["Code"].tolist() == ["0640011", "=1+1"]
    assert read.facts["unwrapped"] == 1


def test_spaces_around_values_stay():
    assert values("id;said\n 1; x \n") == [[" 1", " x "]]


def test_a_line_of_megabytes_is_refused():
    assert refusal("a,b\n1," + "x" * 6_000_000 + "\n") == "CY201"


def test_rows_by_the_thousand_stay_in_order():
    data = "id,n\n" + "".join(f"{n:05d},{n}\n" for n in range(2500))
    read = read_delimited(data.encode(), where="x.csv", columns=["id"])
    assert read.table["id"].tolist() == [f"{n:05d}" for n in range(2500)]
    assert read.table["_line"].tolist() == list(range(2, 2502))
