"""SurveyMonkey: two header rows make one name each; ids stay, and who somebody is does not."""

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import Reading

QUESTIONS = (
    "Respondent ID,Collector ID,Start Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,"
    '"<p>How safe\nis it?</p>",,Which clubs?,,,Anything else?'
)
OPTIONS = ",,,,,,,,At school,On the way,Chess,Choir,Other (please specify),Open-Ended Response"
ROW = "10012345678901234567,007,09/21/2026 08:00:00,203.0.113.9,canary@example.org,Ann,Canary,x,4,5,Chess,,,NA"
NAMES = [
    "Respondent ID",
    "Collector ID",
    "Start Date",
    "How safe is it? | At school",
    "How safe is it? | On the way",
    "Which clubs? | Chess",
    "Which clubs? | Choir",
    "Which clubs? | Other (please specify)",
    "Anything else?",
]


def export(*rows: str, questions=QUESTIONS, options=OPTIONS) -> bytes:
    return ("\n".join([questions, options, *rows]) + "\n").encode()


@pytest.fixture
def surveymonkey(tmp_path):
    def read(data: bytes, columns=None, **reading):
        (tmp_path / "monkey.csv").write_bytes(data)
        return ADAPTERS.get("surveymonkey")(tmp_path / "monkey.csv", columns=columns, reading=Reading(**reading))

    return read


def test_question_and_option_make_the_name_of_a_column(surveymonkey):
    read = surveymonkey(export(ROW))
    assert list(read.table.columns) == [*NAMES, "_line"]
    assert read.table.loc[0, ["Respondent ID", "Collector ID", "Anything else?"]].tolist() == [
        "10012345678901234567",
        "007",
        "NA",
    ]


def test_lines_and_rows_are_those_of_the_answers(surveymonkey):
    read = surveymonkey(export(ROW, ROW, "1001,short", ROW, ROW))
    assert read.table["_line"].tolist() == [4, 5, 7, 8]
    assert read.broken["_line"].tolist() == [6]
    assert read.rows_raw == 5


def test_who_answered_is_dropped_and_said(surveymonkey):
    read = surveymonkey(export(ROW))
    assert read.facts["dropped"] == ["Custom Data 1", "Email Address", "First Name", "IP Address", "Last Name"]


def test_a_mapping_carries_what_it_names_in_its_own_writing(surveymonkey):
    read = surveymonkey(export(ROW), columns=["How safe is it? | At school.", "Custom Data 1"])
    assert read.table.drop(columns="_line").to_dict("records") == [
        {"Custom Data 1": "x", "How safe is it? | At school.": "4"}
    ]
    assert "How safe is it? | At school." in read.header


@pytest.mark.parametrize(
    "data",
    [b"id,Q\n,Response\n007,4\n", b"Respondent ID,Q\n1001,4\n", b"Respondent ID,Q\n"],
    ids=["another first column", "one header row", "nothing below the header"],
)
def test_other_headers_are_refused(surveymonkey, data):
    with pytest.raises(ContractError) as caught:
        surveymonkey(data)
    assert caught.value.code == "CY202"


def test_two_columns_of_one_name_are_refused(surveymonkey):
    with pytest.raises(ContractError) as caught:
        surveymonkey(export("1,4,5", questions="Respondent ID,Glad?,Glad?", options=",Response,Response"))
    assert (caught.value.code, "3" in caught.value.where) == ("CY204", True)


def test_a_column_without_a_name_is_not_read_and_that_is_said(surveymonkey):
    read = surveymonkey(export("1,4,x", questions="Respondent ID,Glad?,", options=",Response,"))
    assert list(read.table.columns) == ["Respondent ID", "Glad?", "_line"]
    assert read.facts["warnings"] == ["CY226: columns without a name hold values and are not read: number 3"]


def test_promised_rows_are_counted_without_the_second_header(surveymonkey):
    assert surveymonkey(export(ROW, ROW), rows=2).rows_raw == 2
