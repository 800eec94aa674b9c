"""Look-alike exports give the tables written by hand beside them."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from cycles.core.workspace import Workspace
from cycles.do.intake import read
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.mapping import read_mapping
from cycles.do.intake.reshape import reshape
from cycles.plan.cycle_file import Source

HERE = Path(__file__).parent / "intake"


def expected(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def as_written(table: pd.DataFrame) -> list[dict[str, str]]:
    return table.astype("str").to_dict("records")


def test_a_qualtrics_export_gives_the_responses_written_by_hand():
    mapping = read_mapping(HERE / "pulse.yml")
    raw = ADAPTERS.get("qualtrics")(HERE / "pulse.csv", columns=mapping.source_columns)
    assert as_written(reshape(raw, mapping, where="pulse.csv").table) == expected("pulse_expected.csv")
    assert raw.excluded == {"preview": 1, "spam": 1}


def test_a_oneroster_bundle_gives_the_roster_written_by_hand():
    delivery = read(Source(name="roster", adapter="oneroster", path="oneroster"), workspace=Workspace(HERE))
    assert as_written(delivery.table) == expected("oneroster_expected.csv")
    assert delivery.excluded[["rule", "n"]].values.tolist() == [["tobedeleted", 1], ["not_a_student", 1]]
    assert (delivery.rows_raw, delivery.facts["moved"]) == (5, 1)


@pytest.mark.parametrize(("adapter", "file"), [("redcap", "data.csv"), ("limesurvey", "survey_1_R_data_file.csv")])
def test_an_export_with_a_file_beside_it_gives_the_responses_written_by_hand(adapter, file):
    mapping = read_mapping(HERE / adapter / "mapping.yml")
    raw = ADAPTERS.get(adapter)(HERE / adapter / file, columns=mapping.source_columns, reading=mapping.reading)
    assert as_written(reshape(raw, mapping, where=file).table) == expected(f"{adapter}_expected.csv")
