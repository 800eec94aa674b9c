"""What must not change an estimate: the order of rows, the names of things, a constant, the unit of measurement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.panels import small_frame, small_panel

from cycles.study.estimators import ESTIMATORS, estimate
from cycles.study.inference import hedges_g
from cycles.study.inference.cluster_variance import coefficient_variance
from cycles.study.inference.intraclass import intraclass_correlation
from cycles.study.inference.least_squares import least_squares

NUMBERS = ("value", "se", "df", "low", "high", "p", "effect_size", "effect_size_low", "icc", "sd", "second_route")
OF_OTHER_PANELS = {
    "complier_effect", "dose_response", "interrupted_time_series", "logistic", "ordinal", "regression_discontinuity", "single_case",
    "staggered_starts", "two_way_fixed_effects",
}  # fmt: skip
"""Estimators of outcomes that are not a measured amount, of receipt, of a score with a cutoff, or of series."""
NAMES = [name for name in ESTIMATORS.names() if name not in OF_OTHER_PANELS]
names = st.sampled_from(NAMES)
ON_THE_CHANGE_ARM = ("entropy_balanced", "nearest_neighbour", "propensity_weighted")
"""Their effect is on those who had the change: with the arms swapped it is on the others, another quantity."""
BOTH_ARMS = [name for name in NAMES if name not in ON_THE_CHANGE_ARM]
seeds = st.integers(0, 2**16)
quickly = settings(max_examples=15, deadline=None)


def run(frame, name, **options):
    return estimate(small_panel(frame, block="school", covariates=("age", "lunch"), **options), estimator=name)


def assert_same(one, other, numbers=NUMBERS):
    for field in numbers:
        assert getattr(other, field) == pytest.approx(getattr(one, field), rel=1e-7, abs=1e-9), field


def drawn(seed):
    frame = small_frame(n_clusters=16, size=6, seed=seed)
    frame.loc[np.random.default_rng(seed).random(len(frame)) < 0.1, "after"] = np.nan
    return frame


@quickly
@given(name=names, seed=seeds)
def test_the_order_of_rows_does_not_matter(name, seed):
    frame = drawn(seed)
    assert_same(run(frame, name), run(frame.sample(frac=1, random_state=seed), name))


@quickly
@given(name=names, seed=seeds)
def test_the_names_of_units_clusters_blocks_and_arms_do_not_matter(name, seed):
    frame = drawn(seed)
    order = np.random.default_rng(seed).permutation(len(frame))
    renamed = frame.assign(
        student=[f"n{place}" for place in order],
        classroom="z" + frame.classroom.str[::-1],
        school=frame.school.map({"h0": "q", "h1": "p", "h2": "b", "h3": "a"}),
        group=frame.group.map({"change": "A", "comparison": "Z"}),
    )
    assert_same(run(frame, name), run(renamed, name, change="A", comparison="Z"))


@quickly
@given(name=names, seed=seeds, constant=st.floats(-100, 100))
def test_adding_a_constant_to_both_waves_does_not_matter(name, seed, constant):
    frame = drawn(seed)
    moved = frame.assign(before=frame.before + constant, after=frame.after + constant)
    assert_same(run(frame, name), run(moved, name))


@quickly
@given(name=names, seed=seeds, factor=st.floats(0.01, 100))
def test_a_change_of_unit_changes_the_values_and_not_the_effect_size(name, seed, factor):
    frame = drawn(seed)
    one, other = run(frame, name), run(frame.assign(before=frame.before * factor, after=frame.after * factor), name)
    assert_same(one, other, ("df", "p", "effect_size", "effect_size_se", "icc"))
    for field in ("value", "se", "low", "high", "sd", "second_route"):
        assert getattr(other, field) == pytest.approx(factor * getattr(one, field), rel=1e-7, abs=1e-9)


@quickly
@given(name=st.sampled_from(BOTH_ARMS), seed=seeds)
def test_swapping_the_arms_turns_the_sign(name, seed):
    frame = drawn(seed)
    one, other = run(frame, name), run(frame, name, change="comparison", comparison="change")
    assert (other.value, other.low, other.high) == pytest.approx((-one.value, -one.high, -one.low), rel=1e-7, abs=1e-9)
    assert (other.se, other.df, other.p) == pytest.approx((one.se, one.df, one.p), rel=1e-7, abs=1e-9)


@quickly
@given(name=names, seed=seeds, effect=st.floats(-3, 3))
def test_adding_to_the_outcomes_of_the_change_arm_adds_to_the_estimate(name, seed, effect):
    frame = drawn(seed)
    raised = frame.assign(after=frame.after + effect * (frame.group == "change"))
    one, other = run(frame, name), run(raised, name)
    assert other.value == pytest.approx(one.value + effect, rel=1e-7, abs=1e-9)
    assert (other.se, other.df) == pytest.approx((one.se, one.df), rel=1e-6)


@settings(max_examples=8, deadline=None)
@given(seed=seeds, n_clusters=st.integers(4, 12))
def test_the_scaled_identity_makes_reduced_bias_exact(seed, n_clusters):
    """With independent errors of equal variance CR2 is unbiased: the mean of its quadratic form is the true variance."""
    draw = np.random.default_rng(seed)
    clusters = draw.permutation(np.repeat(np.arange(n_clusters), draw.integers(1, 6, size=n_clusters)))
    clusters = np.unique(clusters, return_inverse=True)[1]
    design = np.column_stack([np.ones(len(clusters)), (clusters % 2 == 0) * 1.0])
    expected = np.zeros((2, 2))
    for unit in np.eye(len(clusters)):
        expected += coefficient_variance(
            least_squares(unit, design, ("a", "b")), kind="CR2", clusters=clusters
        ).covariance
    assert expected == pytest.approx(np.linalg.inv(design.T @ design), rel=1e-8, abs=1e-10)


@quickly
@given(seed=seeds, constant=st.floats(-1e3, 1e3), factor=st.floats(0.01, 100))
def test_the_intraclass_correlation_ignores_place_scale_and_labels(seed, constant, factor):
    draw = np.random.default_rng(seed)
    clusters = draw.integers(0, 8, size=60)
    clusters = np.unique(clusters, return_inverse=True)[1]
    values = draw.normal(size=60) + draw.normal(size=8)[clusters]
    one = intraclass_correlation(values, clusters)
    other = intraclass_correlation(values * factor + constant, clusters.max() - clusters)
    assert 0 <= one <= 1
    assert other == pytest.approx(one, rel=1e-5, abs=1e-6)


@quickly
@given(seed=seeds)
def test_hedges_g_turns_its_sign_with_the_groups(seed):
    draw = np.random.default_rng(seed)
    one, other = draw.normal(1, 1, 9), draw.normal(0, 2, 14)
    assert hedges_g(one, other).g == pytest.approx(-hedges_g(other, one).g)
    assert hedges_g(one, other).se == pytest.approx(hedges_g(other, one).se)
