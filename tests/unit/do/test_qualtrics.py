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


@pytest.mark.parametrize("name", ["sample.csv", "sample_legacy.csv"])
def test_real_exports_are_read(shared, name):
    read = ADAPTERS.get("qualtrics")(shared(f"data/formats/format_qualtrics/{name}"))
    assert (read.rows_raw, len(read.table)) == (1, 1)
    assert read.table.loc[0, "Q2"] == "Hello World!"
    assert not any("130.92" in str(value) for value in read.table.loc[0])
