"""The four rules, at their edges."""

import numpy as np
import pytest

from cycles.study.charts.limits import Limits
from cycles.study.charts.rules import signals

CENTER, SIGMA = 50.0, 2.0


def marks(rule, values):
    values = np.asarray(values, dtype=float)
    limits = Limits.around(np.full(len(values), CENTER), np.full(len(values), SIGMA))
    return getattr(signals(values, limits), rule).tolist()


def test_a_point_on_the_limit_is_not_beyond_it():
    assert marks("outside", [56.0, 56.001, 44.0, 43.999]) == [0, 1, 0, -1]


def test_seven_on_one_side_are_a_run_and_six_are_not():
    assert marks("run", [51] * 7 + [49]) == [1] * 7 + [0]
    assert marks("run", [51] * 6 + [49] * 6) == [0] * 12


def test_a_point_on_the_centre_line_breaks_a_run():
    assert marks("run", [51] * 4 + [50] + [51] * 4) == [0] * 9


def test_a_run_goes_on_beyond_seven():
    assert marks("run", [49] * 10) == [-1] * 10


def test_a_trend_needs_six_moves_in_one_direction():
    assert marks("trend", [47, 48, 49, 50, 51, 52, 53]) == [1] * 7
    assert marks("trend", [47, 48, 49, 50, 51, 52, 51]) == [0] * 7
    assert marks("trend", [53, 52, 51, 50, 49, 48, 47]) == [-1] * 7


def test_a_tie_breaks_a_trend():
    assert marks("trend", [47, 48, 49, 49, 50, 51, 52]) == [0] * 7


def test_a_point_that_ends_a_rise_and_begins_a_fall_belongs_to_the_fall():
    values = [44.5, 45, 46, 47, 48, 49, 50, 49, 48, 47, 46, 45, 44.5]
    assert marks("trend", values) == [1] * 6 + [-1] * 7


def test_two_of_three_in_the_outer_third_mark_only_these():
    assert marks("two_of_three", [55, 51, 55]) == [1, 0, 1]
    assert marks("two_of_three", [45, 45, 49]) == [-1, -1, 0]


def test_the_third_point_must_be_on_the_same_side():
    assert marks("two_of_three", [55, 49, 55]) == [0, 0, 0]
    assert marks("two_of_three", [55, 50, 55]) == [0, 0, 0]


def test_a_point_beyond_the_limit_does_not_count_as_one_of_two():
    assert marks("two_of_three", [55, 57, 51]) == [0, 0, 0]
    assert marks("two_of_three", [55, 57, 55]) == [1, 0, 1]


def test_a_point_at_the_edge_of_the_outer_third_is_not_in_it():
    assert marks("two_of_three", [54, 54, 54]) == [0, 0, 0]


@pytest.mark.parametrize("n", [0, 1, 2, 6])
def test_short_series_have_no_windows(n):
    for rule in ("outside", "trend", "two_of_three", "run"):
        assert marks(rule, [51.0] * n) == [0] * n


def test_rounding_makes_no_signal():
    values = np.full(12, 0.1) * 3 / 3
    values[::2] += 1e-17
    limits = Limits.around(np.full(12, values.mean()), np.zeros(12))
    assert not signals(values, limits).any.any()


def test_many_series_at_once_are_judged_like_one_by_one():
    values = np.random.default_rng(5).normal(50, 2.5, (40, 30))
    limits = Limits.around(np.full(values.shape, CENTER), np.full(values.shape, SIGMA))
    together = signals(values, limits).direction
    assert together.any()
    alone = [signals(one, Limits.around(np.full(30, CENTER), np.full(30, SIGMA))).direction for one in values]
    assert (together == np.stack(alone)).all()
