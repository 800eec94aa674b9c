"""Google Forms: questions are columns, who answered is not carried, and a question that is merely similar is never taken."""

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import Reading

QUESTIONS = [
    "Timestamp",
    "Email Address",
    "Student ID",
    "I\u2019m at home here.",
    "Which clubs?",
    "How safe is [The hallway]",
]
ROW = '"9/21/2026 8:05:11",canary@example.org,007,Agree,"Chess, Choir",4'
MAPPING = """
table: responses
columns:
  respondent_id: Student ID
  bel_01: {question}
"""


def export(*rows: str, questions=QUESTIONS) -> bytes:
    return ("\n".join([",".join(f'"{question}"' for question in questions), *rows]) + "\n").encode()


@pytest.fixture
def google_forms(tmp_path):
    def read(data: bytes, columns=None, **reading):
        (tmp_path / "form.csv").write_bytes(data)
        return ADAPTERS.get("google_forms")(tmp_path / "form.csv", columns=columns, reading=Reading(**reading))

    return read


def test_questions_are_columns_and_several_answers_stay_one_text(google_forms):
    read = google_forms(export(ROW))
    assert read.table.to_dict("records") == [
        {
            "Timestamp": "9/21/2026 8:05:11",
            "Student ID": "007",
            "I\u2019m at home here.": "Agree",
            "Which clubs?": "Chess, Choir",
            "How safe is [The hallway]": "4",
            "_line": 2,
        }
    ]


def test_who_answered_is_dropped_and_said(google_forms):
    questions = ["Timestamp", "Username", "What is your first name?", "Q"]
    read = google_forms(export("1,a@example.org,Canary,4", questions=questions))
    assert read.facts["dropped"] == ["Username", "What is your first name?"]
    assert not read.table.astype("str").isin(["Canary", "a@example.org"]).any(axis=None)


def test_a_mapping_may_ask_for_the_address(google_forms):
    read = google_forms(export(ROW), columns=["Email Address"])
    assert read.table["Email Address"].tolist() == ["canary@example.org"]
    assert read.facts["dropped"] == []


@pytest.mark.parametrize(
    "name", ["Marca temporal", "Horodateur", "Zeitstempel", "Carimbo de data/hora", "タイムスタンプ"]
)
def test_the_time_stamp_is_known_in_other_languages(google_forms, name):
    assert google_forms(export("1,4", questions=[name, "Q"])).table[name].tolist() == ["1"]


def test_a_file_without_a_time_stamp_is_no_form(google_forms):
    with pytest.raises(ContractError) as caught:
        google_forms(export("007,4", questions=["id", "Q"]))
    assert caught.value.code == "CY202"


def test_two_questions_of_one_text_are_refused(google_forms):
    with pytest.raises(ContractError) as caught:
        google_forms(export("1,4,5", questions=["Timestamp", "How are you?", "How are you?"]))
    assert caught.value.code == "CY204"


def test_a_mapping_may_write_a_question_with_other_quotes_and_end(deliver):
    delivery = deliver(export(ROW), mapping=MAPPING.format(question='"I\'m  at home here"'), adapter="google_forms")
    assert delivery.table.to_dict("records") == [{"respondent_id": "007", "bel_01": "Agree", "_line": 2}]


def test_a_similar_question_is_named_and_not_taken(deliver):
    with pytest.raises(ContractError) as caught:
        deliver(export(ROW), mapping=MAPPING.format(question="I am at home here."), adapter="google_forms")
    assert caught.value.code == "CY205"
    assert "did you mean 'I\u2019m at home here.'" in caught.value.what


def test_rows_that_were_promised_must_be_there(google_forms):
    assert google_forms(export(ROW, ROW), rows=2).rows_raw == 2
    with pytest.raises(ContractError) as caught:
        google_forms(export(ROW), rows=2)
    assert caught.value.code == "CY219"
