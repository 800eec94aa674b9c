"""Indices of single cases against R, written there from the papers (make.R beside the numbers)."""

from pathlib import Path

import pandas as pd
import pytest

import cycles as cy

HERE = Path(__file__).parent / "single_case"
EXPECTED = pd.read_csv(HERE / "expected.csv")
POINTS = pd.read_csv(HERE / "points.csv")


@pytest.fixture
def intervals_of_few_points(monkeypatch):
    """With ten points in all no interval is told; here what would be is compared too."""
    monkeypatch.setattr("cycles.study.estimators.single_case.ENOUGH_ALTOGETHER", 10)


@pytest.mark.usefixtures("intervals_of_few_points")
@pytest.mark.parametrize("row", list(EXPECTED.itertuples(index=False)), ids=lambda row: f"{row.case}-{row[1]}")
def test_an_index_of_a_single_case_equals_the_one_made_in_r(row):
    points = POINTS[POINTS["case"] == row.case]
    panel = cy.as_series(
        points, measure=row.case, value="value", time="day", started=int(points.started.iloc[0]), change="change", series_name="student",
        higher_is="better" if points.better.iloc[0] == 1 else "worse",
    )  # fmt: skip
    found = cy.estimate(panel, estimator="single_case", options={"scale": "count"}).coefficients.set_index("term")
    name, _, what = row[1].rpartition("_")
    ours = found[what][name] if what in ("se", "low", "high") else found["value"][row[1]]
    assert ours == pytest.approx(row.value, rel=1e-8)
