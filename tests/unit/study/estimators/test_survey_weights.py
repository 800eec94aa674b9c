"""Weights of a survey: refused where they cannot be, told beside the estimate without them, and never used in silence."""

import numpy as np
import pytest
from tests.panels import small_frame, small_panel

from cycles.study.estimators import estimate

PLAIN = ("difference_in_means", "ancova", "difference_in_differences")


def weighted(weights=None, **options):
    frame = small_frame()
    draw = np.random.default_rng(4)
    frame["weight"] = np.exp(draw.normal(size=len(frame)) / 2) if weights is None else weights
    frame["stratum"] = frame["school"]
    return small_panel(frame, weight="weight", **options)


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan, np.inf])
def test_one_weight_that_cannot_be_used_refuses_the_estimate(name, bad):
    weights = np.ones(96)
    weights[5] = bad
    found = estimate(weighted(weights), estimator=name)
    assert (found.state, found.code, found.value, found.p) == ("not_estimable", "CY316", None, None)


@pytest.mark.parametrize("name", PLAIN)
def test_equal_weights_change_nothing_and_both_routes_agree_with_unequal_ones(name):
    plain = estimate(small_panel(), estimator=name)
    equal = estimate(weighted(np.full(96, 7.0)), estimator=name)
    assert (equal.value, equal.se, equal.df) == pytest.approx((plain.value, plain.se, plain.df), rel=1e-9)
    found = estimate(weighted(block="school"), estimator=name)
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
    assert found.value != pytest.approx(plain.value, rel=1e-3)


def test_the_unweighted_estimate_stands_beside_with_how_many_units_are_left():
    found, plain = estimate(weighted(), estimator="ancova"), estimate(small_panel(), estimator="ancova")
    told = found.facts
    assert (told["unweighted"], told["unweighted_low"]) == pytest.approx((plain.value, plain.low))
    assert 0 < told["weighted_as_many"] < found.n
    assert 1 / found.n < told["largest_share"] < 0.2
    assert any("counts as its weight (weight) says" in one for one in found.conventions)


def test_strata_that_the_standard_error_does_not_use_are_said():
    robust = estimate(weighted(strata="stratum"), estimator="ancova")
    linear = estimate(weighted(strata="stratum"), estimator="ancova", variance="linearised")
    assert any("variance: linearised would" in one for one in robust.conventions)
    assert linear.se_kind == "linearised by classroom"
    assert any("within strata (stratum)" in one for one in linear.conventions)


def test_strata_that_cannot_be_used_are_refused():
    frame = small_frame()
    frame["weight"] = 1.0
    alone = frame.assign(stratum=np.where(frame.classroom == "c00", "a", "b"))
    split = frame.assign(stratum=np.where(np.arange(len(frame)) % 2, "a", "b"))
    nowhere = frame.assign(stratum=np.where(np.arange(len(frame)) == 3, None, "a"))
    for table, code, why in (
        (alone, "CY310", "single cluster"),
        (split, "CY310", "more than one stratum"),
        (nowhere, "CY316", "no stratum"),
    ):
        panel = small_panel(table, weight="weight", strata="stratum")
        found = estimate(panel, estimator="ancova", variance="linearised")
        assert (found.state, found.code) == ("not_estimable", code)
        assert why in found.reason


def test_a_weighted_change_of_one_group_is_told_by_both_routes():
    frame = small_frame().assign(group="change", weight=np.arange(96) + 1.0)
    panel = small_panel(frame, weight="weight", comparison=None, design="one_group_pre_post")
    found = estimate(panel, estimator="difference_in_means")
    assert found.value == pytest.approx(np.average(frame.after - frame.before, weights=frame.weight))
    assert found.second_route == pytest.approx(found.value)


def test_weights_are_not_resampled():
    found = estimate(weighted(), estimator="ancova", resampling=("wild_bootstrap",))
    assert found.resampled == ()
    assert any("the units are weighted" in one for one in found.conventions)
