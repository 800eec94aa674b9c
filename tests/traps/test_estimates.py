"""Traps that other software walks into with a confident number; ours gives a code, or a count, or the right spread."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, chi2
from tests.panels import panel_for, small_frame, small_panel

from cycles.study.estimators import ESTIMATORS, estimate
from cycles.study.inference.least_squares import least_squares

EVERY = pytest.mark.parametrize(
    "name", [name for name in ESTIMATORS.names() if not ESTIMATORS.facts(name).get("series")]
)
"""Of units; what series over time do with the same faults is in tests/faults."""


def estimated(name, frame, **lined_up):
    panel, options = panel_for(name, frame, **lined_up)
    return estimate(panel, estimator=name, options=options)


@EVERY
def test_a_constant_outcome_has_no_p_value(name):
    """Rounding in ordinary least squares leaves a slope of 1e-16 with p = .004."""
    found = estimated(name, small_frame().assign(after=0.1 + 0.2))
    assert (found.code, found.p, found.value) == ("CY304", None, None)


@EVERY
def test_one_classroom_per_arm_is_no_certainty(name):
    """A sandwich of two clusters has a standard error of 1e-16 and p = 0."""
    found = estimated(name, small_frame(n_clusters=2))
    assert (found.code, found.se, found.p) == ("CY303", None, None)


@EVERY
def test_without_a_comparison_arm_there_is_no_effect(name):
    found = estimated(name, small_frame().assign(group="change"))
    assert (found.code, found.value, found.p) == ("CY302", None, None)


@EVERY
def test_the_arm_entered_twice_is_refused_instead_of_halved(name):
    """A pseudo-inverse shares the effect between the arm and its copy."""
    frame = small_frame()
    frame["copy"] = (frame.group == "change").astype(float)
    design = np.column_stack([np.ones(len(frame)), frame["copy"], frame["copy"]])
    halved = np.linalg.lstsq(design, frame.after.to_numpy(), rcond=None)[0]
    whole = least_squares(frame.after.to_numpy(), design[:, :2], ("intercept", "arm")).coefficients[1]
    assert halved[1] == pytest.approx(whole / 2)
    found = estimated(name, frame, covariates=("copy",))
    assert (found.code, found.value) == ("CY305", None)


@EVERY
def test_missing_outcomes_are_counted_not_dropped_in_silence_nor_filled_in(name):
    whole = small_frame()
    frame = whole.assign(after=whole.after.mask(whole.index % 5 == 0))
    found = estimated(name, frame)
    chosen = {"nearest_neighbour": "n_unmatched", "regression_discontinuity": None, "dose_response": None}
    assert found.n_missing == int((frame.after.isna() & ((name != "dose_response") | (frame.group == "change"))).sum())
    observed = frame.dropna(subset=["after"])
    if name not in chosen:
        assert found.n + found.n_missing == len(frame)
    elif chosen[name]:
        assert found.n_by_arm["change"] + found.facts[chosen[name]] == int((observed.group == "change").sum())
    panel, options = panel_for(name, frame)
    only = replace(panel, table=panel.table[panel.table.outcome.notna()].reset_index(drop=True))
    without = estimate(only, estimator=name, options=options)
    assert (without.value, without.se) == pytest.approx((found.value, found.se), abs=1e-12)
    filled = replace(panel, table=panel.table.assign(outcome=panel.table.outcome.fillna(panel.table.outcome.max())))
    assert estimate(filled, estimator=name, options=options).value != pytest.approx(found.value)


def test_a_column_name_is_never_code():
    frame = small_frame().rename(columns={"age": "__import__('os').abort()", "before": "I(after)"})
    panel = small_panel(frame, baseline="I(after)", covariates=("__import__('os').abort()",))
    assert estimate(panel, estimator="ancova").state == "estimated"


ICCS = (0.0, 0.05, 0.10, 0.20)


def clustered_answers(draw: np.random.Generator, icc: float, n_clusters: int = 20, size: int = 25) -> np.ndarray:
    """Agree or disagree, half each; classrooms share their inclination (beta-binomial), and no arm has an effect."""
    shape = (1 / icc - 1) / 2 if icc else None
    chance = np.full(n_clusters, 0.5) if shape is None else draw.beta(shape, shape, n_clusters)
    return (draw.random((n_clusters, size)) < chance[:, None]).astype(float)


def false_alarms(icc: float, replicates: int) -> tuple[int, int]:
    """How often a pooled chi-square and how often the clustered estimate reject the true zero."""
    draw, pooled, ours = np.random.default_rng([11, int(100 * icc)]), 0, 0
    panel = small_panel(small_frame(n_clusters=20, size=25), baseline=None)
    for _ in range(replicates):
        answers = clustered_answers(draw, icc)
        yes = answers.sum(axis=1)
        pooled += _chi_square_rejects(yes[::2].sum(), yes[1::2].sum())
        asked = replace(panel, table=panel.table.assign(outcome=answers.ravel()))
        ours += estimate(asked, estimator="difference_in_means").p < 0.05
    return pooled, ours


def _chi_square_rejects(one: float, other: float, n: int = 250) -> bool:
    share = (one + other) / (2 * n)
    return bool((one - other) ** 2 / (2 * n * share * (1 - share)) > chi2.isf(0.05, 1))


@pytest.mark.slow
@pytest.mark.parametrize("icc", ICCS)
def test_clustered_answers_do_not_raise_false_alarms(icc):
    pooled, ours = false_alarms(icc, 4000)
    low, high = binom.interval(0.999, 4000, 0.05)
    assert low <= ours <= high
    assert icc == 0 or pooled > 2 * high


def test_pooling_clustered_answers_raises_false_alarms_and_ours_does_not():
    pooled, ours = false_alarms(0.20, 300)
    low, high = binom.interval(0.999, 300, 0.05)
    assert low <= ours <= high < pooled
