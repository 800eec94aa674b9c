"""What is asked of series over time: did they move by themselves, alike, and without carrying over what the model does not know?"""

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.core.vocabulary import SeriesBreak, SeriesPanel
from cycles.study.checks import run_checks
from cycles.study.estimators import estimate
from cycles.study.inference.background import Background

AROUND = Background(worth_having=0.5)


def values(n: int = 40, *, sd: float = 0.1, seed: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, sd, n)


def panel(change: np.ndarray, comparison: np.ndarray | None = None, *, start: int = 24, breaks=None) -> SeriesPanel:
    frame = pd.DataFrame({"week": range(len(change)), "value": change, "arm": "texts"})
    asked = {}
    if comparison is not None:
        frame = pd.concat([frame, pd.DataFrame({"week": range(len(comparison)), "value": comparison, "arm": "none"})])
        asked = {"comparison": "none", "design": "comparative_interrupted_time_series"}
    made = cy.as_series(
        frame, measure="share", value="value", time="week", series="arm", arm="arm", change="texts", started=start, every="week", **asked
    )  # fmt: skip
    return made if breaks is None else SeriesPanel(**{**made.__dict__, "breaks": breaks})


def findings(made: SeriesPanel, background: Background = AROUND, **options) -> dict:
    found = estimate(made, estimator="interrupted_time_series", options=options)
    return {one.name: one for one in run_checks(found, made, background=background)}


def test_series_are_asked_only_what_series_can_answer():
    assert list(findings(panel(values()))) == ["autocorrelation", "placebo_in_time", "series_break"]
    assert "comparison_before" in findings(panel(values(), values(seed=6)))


def test_a_level_that_moved_before_the_change_as_well_is_a_concern():
    moved = values() + 3.0 * (np.arange(40) >= 12)
    assert findings(panel(moved))["placebo_in_time"].answer == "concern"
    assert findings(panel(values()))["placebo_in_time"].answer == "pass"


def test_a_placebo_that_could_have_missed_what_matters_is_not_a_pass():
    assert findings(panel(values()), Background(worth_having=0.01))["placebo_in_time"].answer == "cannot_say"


def test_with_few_periods_before_there_is_no_placebo():
    found = findings(panel(values(20), start=8))["placebo_in_time"]
    assert (found.answer, "CY322" in found.text) == ("cannot_say", True)


def test_arms_that_were_moving_apart_are_a_concern():
    apart = panel(values() + 0.1 * np.arange(40), values(seed=6))
    assert findings(apart)["comparison_before"].answer == "concern"
    assert findings(panel(values(), values(seed=6)))["comparison_before"].answer == "pass"
    assert (
        findings(panel(values(), values(seed=6)), Background(worth_having=0.001))["comparison_before"].answer
        == "cannot_say"
    )


def test_what_is_carried_over_and_not_modelled_is_a_concern():
    carried = np.cumsum(values(60, sd=1.0)) * 0.3
    found = findings(panel(carried, start=30), method="ols_newey_west", lags=2)["autocorrelation"]
    assert found.answer == "concern"
    assert "resembles itself" in found.text


def test_newey_west_with_few_periods_is_a_concern_and_the_default_is_not():
    assert findings(panel(values()), method="ols_newey_west")["autocorrelation"].answer == "concern"
    assert findings(panel(values()))["autocorrelation"].answer == "pass"


def test_series_that_are_clusters_may_carry_over_what_they_like():
    rows = [
        pd.DataFrame(
            {
                "week": range(12),
                "value": values(12, seed=one),
                "school": str(one),
                "arm": "texts" if one < 4 else "none",
            }
        )
        for one in range(8)
    ]
    made = cy.as_series(
        pd.concat(rows), measure="share", value="value", time="week", series="school", arm="arm", change="texts", comparison="none",
        started=6, design="comparative_interrupted_time_series",
    )  # fmt: skip
    assert findings(made)["autocorrelation"].answer == "pass"


@pytest.mark.parametrize(("breaks", "answer"), [(None, "cannot_say"), ((), "pass")])
def test_a_series_whose_breaks_nobody_looked_for_is_not_a_pass(breaks, answer):
    assert findings(panel(values(), breaks=breaks))["series_break"].answer == answer


def test_a_break_between_the_first_and_the_last_period_forbids_a_decision():
    broken = (SeriesBreak(measure="share", at="20", because="new codes", origin="declared"),)
    found = findings(panel(values(), breaks=broken))["series_break"]
    assert (found.answer, found.code, found.blocking) == ("concern", "CY221", True)
