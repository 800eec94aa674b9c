"""A wide research file as it is: 11,601 rows and 379 columns, mapped in files alone."""

import pytest

from cycles.core.workspace import Workspace, scaffold_root
from cycles.do.contracts import hold
from cycles.do.intake import read
from cycles.plan.cycle_file import Source


@pytest.fixture
def star(shared, monkeypatch, tmp_path):
    monkeypatch.setenv("CYCLES_DATA", str(shared("data")))
    shared("data/star/STAR_Students.csv.gz")
    assert scaffold_root()

    def delivered(mapping: str, **source):
        source = Source(name="star", adapter="csv", path="star/STAR_Students.csv.gz", mapping=mapping, **source)
        return read(source, workspace=Workspace(tmp_path))

    return delivered, Workspace(tmp_path)


def test_only_the_mapped_columns_are_carried_and_every_row_is_accounted_for(star):
    delivered, _ = star
    delivery = delivered("star_k_roster")
    assert (delivery.rows_raw, len(delivery.table), delivery.facts["columns"]) == (11601, 6325, 379)
    assert delivery.excluded["n"].sum() + delivery.facts["rows_mapped"] == 11601
    assert delivery.table["classroom_id"].str.len().min() == 8


def test_impossible_zeros_are_missing_with_a_reason_and_no_row_is_lost(star):
    delivered, workspace = star
    report = hold(delivered("star_survey", instrument="star_scamin"), workspace=workspace, second_engine=False)
    assert (report.outcome, report.n_quarantined) == ("pass", 0)
    assert report.facts["missing_codes"] == {"self_concept_raw": {"impossible": 1}, "motivation_raw": {"impossible": 1}}


def test_long_school_years_are_a_warning(star):
    delivered, workspace = star
    report = hold(delivered("star_attendance"), workspace=workspace, second_engine=False)
    assert (report.outcome, report.n_quarantined) == ("pass", 0)
    assert "days_enrolled are outside 0 to 185" in report.text
