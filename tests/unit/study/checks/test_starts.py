"""Checks of changes that series began at different times: a planted fault that each catches, and a clean case that it passes."""

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.study.inference.background import Background

PERIODS = 8


def panel_of(starts: list[int | None], *, noise: float = 0.1, drift: float = 0.0, effect: float = 2.0):
    """Values by school and year; those that begin drift away from the others all along."""
    draw = np.random.default_rng(5)
    rows = [(f"s{place:02}", year, start) for place, start in enumerate(starts) for year in range(1, PERIODS + 1)]
    table = pd.DataFrame(rows, columns=["school", "year", "began"]).astype({"began": float})
    table["value"] = draw.normal(0, noise, len(table)) + effect * (table.year >= table.began)
    table["value"] += drift * table.year * table.began.notna()
    chosen = {"measure": "value", "value": "value", "time": "year", "series": "school", "started": "began"}
    return cy.as_series(table, **chosen, change="joined", design="staggered_starts", every="year")


def findings_of(panel, estimator: str = "staggered_starts", worth_having: float | None = 0.5, **options: object):
    found = cy.estimate(panel, estimator=estimator, options=options)
    return {one.name: one for one in cy.run_checks(found, panel, background=Background(worth_having=worth_having))}


NETWORK = [4] * 5 + [6] * 5 + [None] * 6


def test_series_that_drift_apart_before_they_begin_are_a_concern():
    assert findings_of(panel_of(NETWORK))["trends_before_starts"].answer == "pass"
    found = findings_of(panel_of(NETWORK, drift=0.3))["trends_before_starts"]
    assert found.answer == "concern"
    assert list(found.table["effect"])[-1] == "2 years before"


def test_a_drift_that_could_not_have_been_seen_is_no_pass():
    found = findings_of(panel_of(NETWORK, noise=2.0))["trends_before_starts"]
    assert found.answer == "cannot_say"
    assert "would have been seen" in found.text


@pytest.mark.parametrize("starts", [[2] * 5 + [None] * 5, [9] * 5 + [None] * 5, [1] * 5 + [None] * 5])
def test_with_one_year_before_the_starts_nothing_can_be_seen(starts):
    assert findings_of(panel_of(starts))["trends_before_starts"].answer == "cannot_say"


def test_trends_before_of_groups_of_one_are_not_judged():
    found = findings_of(panel_of([4, 6] + [None] * 6))["trends_before_starts"]
    assert (found.answer, "too few" in found.text) == ("cannot_say", True)


def test_an_effect_that_other_trends_could_take_away_is_a_concern():
    clean = findings_of(panel_of(NETWORK))["trends_after_starts"]
    assert (clean.answer, list(clean.table.columns)) == ("pass", ["times", "low", "high"])
    assert findings_of(panel_of(NETWORK, effect=0.1, noise=0.08))["trends_after_starts"].answer == "concern"
    assert findings_of(panel_of(NETWORK, effect=0.0, noise=1.0))["trends_after_starts"].answer == "cannot_say"
    assert findings_of(panel_of([2] * 5 + [None] * 5))["trends_after_starts"].answer == "cannot_say"


def test_horizons_that_rest_on_few_series_are_a_concern():
    assert findings_of(panel_of(NETWORK))["comparison_left"].answer == "pass"
    thin = findings_of(panel_of([4] * 2 + [6] * 6 + [None] * 6))["comparison_left"]
    assert (thin.answer, thin.table.series.min()) == ("concern", 2)
    assert findings_of(panel_of(NETWORK), "two_way_fixed_effects")["comparison_left"].answer == "cannot_say"


def test_comparing_with_series_under_the_change_is_a_concern():
    clean = findings_of(panel_of(NETWORK))["already_begun"]
    assert (clean.answer, "would say" in clean.text) == ("pass", True)
    assert findings_of(panel_of(NETWORK), "two_way_fixed_effects")["already_begun"].answer == "concern"
    together = panel_of([4] * 5 + [None] * 5)
    assert findings_of(together, "two_way_fixed_effects")["already_begun"].answer == "pass"
    assert findings_of(panel_of([None] * 5))["already_begun"].answer == "cannot_say"
