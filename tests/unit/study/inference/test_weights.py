"""Weights and matches by themselves: what they solve, and what cannot be solved."""

import numpy as np
import pytest

from cycles.core.errors import DesignError
from cycles.study.inference.balance import balance_table
from cycles.study.inference.entropy_weights import entropy_weights
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.matching import nearest_neighbours
from cycles.study.inference.propensity import propensity
from cycles.study.inference.two_ways import two_way_variance
from cycles.study.inference.weighted_arms import require_weights


def test_weights_far_from_equal_are_found():
    columns = np.random.default_rng(1).normal(size=(500, 3))
    target = np.array([1.4, -1.2, 0.9])
    weights = entropy_weights(columns, target, base=np.ones(500))
    assert weights.min() > 0
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    assert weights @ columns == pytest.approx(target, abs=1e-9)


def test_means_inside_each_range_may_still_lie_outside_what_can_be_reached():
    columns = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.1], [3.0, 3.0]])
    with pytest.raises(DesignError, match="outside the range") as refusal:
        entropy_weights(columns, np.array([0.5, 2.5]), base=np.ones(4))
    assert refusal.value.code == "CY315"


def test_means_on_the_very_edge_put_everything_on_the_units_there():
    weights = entropy_weights(np.array([[0.0], [1.0], [2.0]]), np.array([2.0]), base=np.ones(3))
    assert weights.max() > 1 - 1e-9


def test_a_propensity_is_the_same_in_any_unit_and_from_any_origin():
    draw = np.random.default_rng(2)
    x = draw.normal(size=(300, 2))
    arm = (draw.random(300) < 0.4).astype(float)
    plain = propensity(arm, x, ("a", "b")).score
    assert propensity(arm, 1e6 + x * [1e-3, 1e4], ("a", "b")).score == pytest.approx(plain, rel=1e-6)


def test_the_balance_of_a_propensity_is_exact_where_its_equations_say():
    draw = np.random.default_rng(3)
    x = draw.normal(size=(400, 2))
    arm = (draw.random(400) < 1 / (1 + np.exp(-x[:, 0]))).astype(float)
    found = propensity(arm, x, ("a", "b"))
    assert found.design.T @ (arm - found.score) == pytest.approx(np.zeros(3), abs=1e-8)


@pytest.mark.parametrize("name", ["a", "b"])
def test_separation_names_the_column(name):
    draw = np.random.default_rng(4)
    columns = {"a": draw.normal(size=60), "b": draw.normal(size=60)}
    arm = (draw.random(60) < 0.5).astype(float)
    columns[name] = arm + draw.random(60) / 10
    with pytest.raises(DesignError, match=name) as refusal:
        propensity(arm, np.column_stack([*columns.values()]), ("a", "b"))
    assert refusal.value.code == "CY314"


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0, 0.0])
def test_cy316_weights_are_looked_at_before_the_fit(wrong):
    with pytest.raises(DesignError, match="1 of 3 weights") as refusal:
        require_weights(np.array([1.0, wrong, 1.0]))
    assert refusal.value.code == "CY316"


def test_a_column_that_neither_arm_varies_in_has_no_standardised_difference():
    table = balance_table(np.array([1.0, 1, 0, 0]), np.ones((4, 1)), ("same",), after=np.ones(4))
    assert table.smd_before.tolist() == [None]


def test_a_column_that_only_the_comparison_varies_in_is_measured_within_both():
    column = np.array([[1.0], [1.0], [0.0], [1.0]])
    table = balance_table(np.array([1.0, 1, 0, 0]), column, ("some",), after=np.ones(4))
    assert table.smd_before.item() == pytest.approx(0.5 / np.sqrt(0.125))


def test_of_two_neighbours_equally_near_the_first_is_taken():
    found = nearest_neighbours(np.array([1, 0, 0]), np.array([[0.0], [1.0], [-1.0]]))
    assert found.unit.tolist() == [0, 1]


def test_with_replacement_nobody_is_taken_twice_into_the_same_set():
    found = nearest_neighbours(
        np.array([1, 1, 0, 0]), np.array([[0.0], [0.0], [1.0], [2.0]]), ratio=2, replacement=True
    )
    assert sorted(zip(found.group.tolist(), found.unit.tolist(), strict=True))[1:3] == [(0, 2), (0, 3)]


def test_one_grouping_within_the_other_is_the_coarser_alone():
    draw = np.random.default_rng(6)
    x = np.column_stack([np.ones(40), draw.normal(size=40)])
    fit = least_squares(draw.normal(size=40), x, ("intercept", "x"))
    pairs, fours = np.arange(40) // 2, np.arange(40) // 4
    for one, other in ((pairs, fours), (fours, pairs)):
        assert two_way_variance(fit, kind="CR2", one=one, other=other).se == pytest.approx(
            two_way_variance(fit, kind="CR2", one=fours, other=fours).se
        )


def test_kinds_without_clusters_ignore_both_groupings():
    fit = least_squares(np.array([1.0, 2.0, 4.0, 7.0]), np.ones((4, 1)), ("intercept",))
    rows = np.arange(4)
    plain = two_way_variance(fit, kind="classical", one=rows, other=rows // 2)
    assert plain.se == pytest.approx(two_way_variance(fit, kind="CR2", one=rows, other=rows).se)
