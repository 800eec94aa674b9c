"""Qualtrics exports: three headers or two, previews and spam left out by name, nothing that identifies carried along."""

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake.adapters import ADAPTERS

NAMES = "StartDate,EndDate,Status,IPAddress,RecipientLastName,RecipientEmail,ExternalReference,DistributionChannel,Q1"
TITLES = 'Start Date,End Date,Response Type,IP Address,Last Name,E-mail,External Data,Channel,"How\nare you, today?"'
IMPORT_IDS = ",".join(f'"{{""ImportId"":""{name}""}}"' for name in "abcdefghi")


def export(*rows: str, headers=(NAMES, TITLES, IMPORT_IDS)) -> bytes:
    return ("\n".join([*headers, *rows]) + "\n").encode()


def row(status="0", ident="007", channel="email", answer="4") -> str:
    return f"2026-09-21 08:00:00,2026-09-21 08:05:00,{status},203.0.113.9,Canary,canary@example.org,{ident},{channel},{answer}"


@pytest.fixture
def qualtrics(tmp_path):
    def read(data: bytes, columns=None):
        (tmp_path / "pulse.csv").write_bytes(data)
        return ADAPTERS.get("qualtrics")(tmp_path / "pulse.csv", columns=columns)

    return read


def test_header_rows_are_no_answers_and_lines_are_those_of_the_file(qualtrics):
    read = qualtrics(export(row(), row(ident="NA")))
    assert read.table["ExternalReference"].tolist() == ["007", "NA"]
    assert read.table["_line"].tolist() == [5, 6]
    assert read.rows_raw == 2


def test_previews_tests_and_spam_are_left_out_by_name(qualtrics):
    rows = [row(), row("1"), row("Survey Preview"), row("8"), row("Spam"), row("2"), row(channel="preview")]
    read = qualtrics(export(*rows))
    assert read.excluded == {"preview": 3, "spam": 2, "test": 1}
    assert read.rows_raw == len(read.table) + sum(read.excluded.values()) == 7


def test_nothing_that_identifies_is_carried_without_a_mapping(qualtrics):
    read = qualtrics(export(row()))
    assert not {"IPAddress", "RecipientLastName", "RecipientEmail"} & set(read.table.columns)
    assert read.facts["dropped"] == ["IPAddress", "RecipientEmail", "RecipientLastName"]


def test_a_mapping_carries_what_it_names_and_nothing_else(qualtrics):
    read = qualtrics(export(row()), columns=["RecipientEmail", "Q1"])
    assert list(read.table.columns) == ["RecipientEmail", "Q1", "_line"]


def test_the_legacy_export_goes_by_the_current_names(qualtrics):
    names = "V1,V4,V6,V7,V9,Q1"
    titles = "ResponseID,ExternalDataReference,IPAddress,Status,EndDate,How are you?"
    read = qualtrics(
        export("R_1,007,203.0.113.9,0,2026-09-21,4", "R_2,008,203.0.113.9,1,2026-09-21,4", headers=(names, titles))
    )
    assert read.table.to_dict("records") == [
        {"ResponseId": "R_1", "ExternalReference": "007", "Status": "0", "EndDate": "2026-09-21", "Q1": "4", "_line": 3}
    ]
    assert read.excluded == {"preview": 1}


def test_another_survey_tool_is_refused(qualtrics):
    with pytest.raises(ContractError) as caught:
        qualtrics(b"id,q1\n007,4\n")
    assert caught.value.code == "CY202"


def test_the_questions_are_told_without_markup(qualtrics):
    titles = TITLES.replace("How\nare you", "<p>How&nbsp;<b>are</b></p>\n  you")
    read = qualtrics(export(row(), headers=(NAMES, titles, IMPORT_IDS)))
    assert read.facts["item_text"]["Q1"] == "How are you, today?"


def test_the_row_of_import_ids_is_found_further_down_and_in_any_column(qualtrics):
    names, titles, ids = "note,Q1,Q2", ",A?,B?", 'added,"{ ""ImportId"": ""QID1"" }","{""ImportId"":""QID2""}"'
    read = qualtrics(export("x,007,NA", headers=(names, "written,by,hand", titles, ids)))
    assert read.table[["Q1", "Q2", "_line"]].values.tolist() == [["007", "NA", 5]]
    assert read.facts["item_text"] == {"note": "", "Q1": "A?", "Q2": "B?"}
    assert (read.rows_raw, read.facts["header_rows"]) == (1, 4)


def test_without_a_row_of_questions_none_are_told(qualtrics):
    assert qualtrics(export(row(), headers=(NAMES, IMPORT_IDS))).facts["item_text"] == {}


@pytest.mark.parametrize("finished", ["0", "False", "FALSE", "Falsch"])
def test_unfinished_responses_stay_and_are_counted(qualtrics, finished):
    headers = ("Finished,Q1", "Finished,Q", '"{""ImportId"":""finished""}","{""ImportId"":""QID1""}"')
    read = qualtrics(export(f"{finished},4", "1,5", "True,5", headers=headers))
    assert (len(read.table), read.facts["unfinished"]) == (3, 1)


def test_an_unknown_status_is_counted_and_its_rows_stay(qualtrics):
    read = qualtrics(export(row(), row("Etwas anderes"), row("IP-Adresse"), row("IP Address")))
    assert len(read.table) == 4
    assert read.facts["warnings"] == [
        "CY226: the Status of 1 responses is not known; they stay, previews or not: lines 6"
    ]


def test_embedded_data_that_identify_are_dropped(qualtrics):
    headers = ("Q1,student_email,ParentPhone,school_name", "a,b,c,d", '"{""ImportId"":""QID1""}",b,c,d')
    read = qualtrics(export("4,canary@example.org,555,North", headers=headers))
    assert read.facts["dropped"] == ["ParentPhone", "student_email"]
    assert list(read.table.columns) == ["Q1", "school_name", "_line"]


def test_promised_rows_are_responses(qualtrics, tmp_path):
    (tmp_path / "pulse.csv.manifest.json").write_text('{"rows": 3}')
    with pytest.raises(ContractError) as caught:
        qualtrics(export(row(), row()))
    assert caught.value.code == "CY219"


@pytest.mark.parametrize("name", ["sample.csv", "sample_legacy.csv"])
def test_real_exports_are_read(shared, name):
    read = ADAPTERS.get("qualtrics")(shared(f"data/formats/format_qualtrics/{name}"))
    assert (read.rows_raw, len(read.table)) == (1, 1)
    assert read.table.loc[0, "Q2"] == "Hello World!"
    assert not any("130.92" in str(value) for value in read.table.loc[0])
