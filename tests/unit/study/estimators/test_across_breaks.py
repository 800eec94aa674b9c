"""Estimates across a series break: a difference from the baseline is described only, a comparison of outcomes stands and says so."""

import pytest
from tests.panels import small_frame, small_panel

from cycles.core.vocabulary import SeriesBreak
from cycles.study.estimators import estimate

BREAK = SeriesBreak(measure="score", at="2027-winter", because="an item was reworded", origin="declared")
UNCERTAIN = ("se", "df", "low", "high", "p", "effect_size", "effect_size_low", "effect_size_high", "improvement_index")


def test_a_difference_in_differences_keeps_its_value_only():
    clean = estimate(small_panel(), estimator="difference_in_differences")
    broken = estimate(small_panel(breaks=(BREAK,)), estimator="difference_in_differences")
    assert (broken.state, broken.code, broken.value) == ("degraded", "CY221", clean.value)
    assert {getattr(broken, name) for name in UNCERTAIN} == {None}
    assert broken.coefficients["se"].isna().all()
    assert "2027-winter (an item was reworded)" in broken.text


def test_one_group_from_before_to_after_is_described_only_too():
    frame = small_frame().query("group == 'change'")
    one_group = {"comparison": None, "design": "one_group_pre_post"}
    broken = estimate(small_panel(frame, breaks=(BREAK,), **one_group), estimator="difference_in_means")
    assert (broken.state, broken.code) == ("degraded", "CY221")


@pytest.mark.parametrize("estimator", ["ancova", "difference_in_means"])
def test_a_comparison_of_outcomes_stands_and_names_the_break(estimator):
    clean = estimate(small_panel(), estimator=estimator)
    broken = estimate(small_panel(breaks=(BREAK,)), estimator=estimator)
    assert (broken.state, broken.low, broken.high) == ("estimated", clean.low, clean.high)
    assert [said for said in broken.conventions if said.startswith("CY221")]


def test_without_a_baseline_a_break_changes_nothing():
    clean = estimate(small_panel(baseline=None), estimator="difference_in_means")
    assert (
        estimate(small_panel(baseline=None, breaks=(BREAK,)), estimator="difference_in_means").conventions
        == clean.conventions
    )
