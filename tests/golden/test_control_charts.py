"""Control charts and funnels against the printed formulas in R (make.R beside the numbers)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.study.charts.means import spread_limits
from cycles.study.charts.rules import signals
from cycles.study.charts.xmr import xmr_limits

HERE = Path(__file__).parent / "control_charts"
POINTS = pd.read_csv(HERE / "points.csv").rename(columns={"point": "period"})
EXPECTED = pd.read_csv(HERE / "expected.csv")
LINES = ["center", "lower", "upper"]


def expected(chart):
    return EXPECTED.loc[EXPECTED["chart"] == chart, LINES].to_numpy()


@pytest.mark.parametrize(
    ("chart", "columns"),
    [
        ("u_prime", {"events": "count", "per": "per"}),
        ("g", {"cases": "cases_between"}),
        ("t", {"time": "time_between"}),
    ],
)
def test_limits_equal_the_printed_formulas(chart, columns):
    table = POINTS[["period", *columns]].rename(columns=columns)
    found = cy.control_chart(table, measure="falls")
    assert found.kind == chart
    assert found.points[LINES].astype(float).to_numpy() == pytest.approx(expected(chart), rel=1e-10)


def test_limits_of_spreads_equal_the_printed_formula():
    found = spread_limits(POINTS["spread"].to_numpy(), POINTS["size"].to_numpy())
    ours = np.column_stack([getattr(found, line) for line in LINES])
    assert ours == pytest.approx(expected("s"), rel=1e-10)


def test_every_rule_marks_the_same_points_of_60_series():
    series = pd.read_csv(HERE / "series.csv").pivot(index="series", columns="point", values="value").to_numpy()
    marks = pd.read_csv(HERE / "marks.csv")
    found = signals(series, xmr_limits(series))
    one_by_one = [signals(one, xmr_limits(one)) for one in series]
    for rule in ("outside", "trend", "two_of_three", "run"):
        theirs = marks.pivot(index="series", columns="point", values=rule).to_numpy()
        assert theirs.any(), rule
        assert (getattr(found, rule) == theirs).all(), rule
        assert (np.stack([getattr(one, rule) for one in one_by_one]) == theirs).all(), rule


def test_the_limits_of_a_funnel_are_exact_binomial_ones():
    ours = cy.funnel(pd.read_csv(HERE / "places.csv"), measure="engaged", order="name").points
    theirs = pd.read_csv(HERE / "funnel.csv")
    assert ours["place"].tolist() == theirs["place"].tolist()
    columns = theirs.columns[1:]
    assert ours[columns].to_numpy() == pytest.approx(theirs[columns].to_numpy(), rel=1e-8, abs=1e-12)
