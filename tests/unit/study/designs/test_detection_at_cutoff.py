"""What a cutoff can detect is told from the baseline, before any outcome is read."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cycles.core.vocabulary import Panel
from cycles.study.designs import as_panel, can_detect
from cycles.study.estimators import estimate


def screened(n: int = 1000) -> Panel:
    draw = np.random.default_rng(9)
    score = draw.normal(45, 10, n)
    frame = pd.DataFrame(
        {"score": score, "before": 0.4 * score + draw.normal(0, 4, n), "mark": 0.4 * score + draw.normal(0, 4, n)}
    )
    return as_panel(
        frame.assign(arm=np.where(score < 40, "yes", "no")), measure="mark", outcome="mark", baseline="before", arm="arm",
        change="yes", comparison="no", running="score", cutoff=40, change_is="below", design="regression_discontinuity",
    )  # fmt: skip


def test_it_needs_a_larger_effect_than_the_same_students_in_a_trial_would():
    panel = screened()
    trial = replace(panel, cutoff=None, design="student_randomised")
    assert can_detect(panel).mdes > 1.6 * can_detect(trial).mdes


def test_it_is_about_what_the_estimate_then_turns_out_to_be_able_to():
    panel = screened()
    found = estimate(replace(panel, table=panel.table.assign(baseline=np.nan)), estimator="regression_discontinuity")
    assert can_detect(panel).value == pytest.approx(2.8 * found.se, rel=0.25)


def test_the_outcome_is_not_read():
    panel = screened()
    assert can_detect(replace(panel, table=panel.table.assign(outcome=np.nan))) == can_detect(panel)


def test_without_a_baseline_besides_the_score_it_is_told_from_the_score_alone():
    panel = screened()
    by_baseline = can_detect(panel)
    for baseline in (np.nan, panel.table["running"]):
        found = can_detect(replace(panel, table=panel.table.assign(baseline=baseline)))
        assert found.value is None
        assert 0.6 * by_baseline.mdes < found.mdes < by_baseline.mdes
        assert "Judged by the score alone" in found.text


def test_without_a_baseline_and_with_few_on_a_side_nothing_is_told():
    panel = screened()
    few = panel.table[(panel.table["arm"] == "no") | (np.cumsum(panel.table["arm"] == "yes") <= 6)]
    found = can_detect(replace(panel, table=few.assign(baseline=np.nan).reset_index(drop=True)))
    assert (found.mdes, found.value, found.se) == (None, None, None)
    assert "on one side" in found.text


def test_too_few_on_a_side_are_told():
    panel = screened()
    few = panel.table[(panel.table["arm"] == "no") | (np.cumsum(panel.table["arm"] == "yes") <= 6)]
    assert "fewer than 10" in can_detect(replace(panel, table=few.reset_index(drop=True))).text
