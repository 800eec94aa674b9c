"""What a method can detect is told from who was assigned, baselines, receipt and doses; never from an outcome."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.core.vocabulary import Panel, SeriesPanel
from cycles.plan.method import EstimateSpec
from cycles.plan.power import Detectable
from cycles.study.designs.detection_of_starts import overall_weights, two_way_weights
from cycles.study.inference.starts import NEVER, Starts
from cycles.study.inference.two_way_contrast import two_way_contrast


def by_lot(n: int = 400, **columns: object) -> Panel:
    draw = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"arm": np.where(np.arange(n) % 2, "yes", "no"), "mark": np.nan, "before": draw.normal(70, 8, n)}
    )
    return cy.as_panel(
        frame.assign(**columns), measure="mark", outcome="mark", baseline="before", arm="arm", change="yes", comparison="no",
        design="student_randomised", received=tuple(name for name in columns if name != "before"),
    )  # fmt: skip


def reach(panel: Panel, estimator: str, **options: object) -> Detectable:
    return cy.can_detect(panel, estimator=EstimateSpec(estimator=estimator, options=options))


def test_an_effect_on_compliers_is_divided_by_how_many_more_receive_it():
    came = (np.arange(400) % 2) * (np.arange(400) % 8 < 4) * 3.0
    panel = by_lot(hours=came)
    assert reach(panel, "complier_effect", received="hours", at_least=1).mdes == pytest.approx(
        2 * cy.can_detect(panel).mdes
    )


def test_before_anybody_has_received_it_why_nothing_can_be_said_is():
    told = reach(by_lot(hours=np.nan), "complier_effect", received="hours", at_least=1)
    assert (told.mdes, told.value, told.se) == (None, None, None)
    assert "not known yet" in told.text
    assert "cannot be told beforehand" in cy.rule_in_practice(told, prediction=None, rule=None).text


def test_a_share_takes_its_spread_from_the_share_before():
    rare, even = (reach(by_lot(before=(np.arange(400) % k == 0).astype(float)), "logistic") for k in (9, 2))
    assert rare.value < even.value
    assert "Of the comparison 11% are taken" in rare.text
    unknown = reach(by_lot(), "logistic")
    assert "not known" in unknown.text
    assert unknown.value == pytest.approx(even.value)


def test_ordered_answers_are_told_as_an_odds_ratio_and_need_earlier_answers():
    told = reach(by_lot(before=1.0 + np.arange(400) // 2 % 4), "ordinal")
    assert "odds ratio of" in told.text
    assert "standard deviations" not in told.text
    assert "400 different values before" in reach(by_lot(), "ordinal").text


def test_a_dose_counts_by_how_it_differs_among_those_with_the_change():
    dose = np.random.default_rng(5).normal(10, 2, 400)
    narrow, wide = (reach(by_lot(hours=dose * times), "dose_response", dose="hours") for times in (1, 3))
    assert narrow.mdes == pytest.approx(3 * wide.mdes)
    assert "for each 1 more hours" in wide.text
    assert "not known yet" in reach(by_lot(hours=4.0), "dose_response", dose="hours").text


@pytest.mark.parametrize("estimator", ["propensity_weighted", "entropy_balanced", "nearest_neighbour"])
def test_a_comparison_that_is_less_alike_tells_less(estimator):
    change = np.arange(400) % 4 == 1
    arms = np.where(change, "yes", "no")
    alike = by_lot(arm=arms)
    alike = replace(alike, design="student_comparison")
    apart = replace(alike, table=alike.table.assign(baseline=alike.table["baseline"] + 9 * change))
    assert reach(apart, estimator).mdes > cy.can_detect(alike).mdes
    assert "in the comparison" in reach(apart, estimator).text
    if estimator != "nearest_neighbour":
        assert reach(apart, estimator).mdes > reach(alike, estimator).mdes


def test_no_outcome_is_read():
    came = (np.arange(400) % 2) * 3.0
    panel = by_lot(hours=came + np.arange(400) % 3, before=1.0 + np.arange(400) // 2 % 4)
    other = replace(panel, table=panel.table.assign(outcome=np.arange(400.0)))
    for estimator, options in (
        ("complier_effect", {"received": "hours", "at_least": 3}),
        ("ordinal", {}),
        ("dose_response", {"dose": "hours"}),
        ("propensity_weighted", {}),
    ):
        assert reach(panel, estimator, **options) == reach(other, estimator, **options)


def joined(values: np.ndarray) -> SeriesPanel:
    frame = pd.DataFrame(
        {
            "school": np.repeat([f"s{one:02d}" for one in range(len(values))], values.shape[1]),
            "year": np.tile(np.arange(values.shape[1]), len(values)),
            "began": np.repeat(np.array([5.0, 7.0, np.nan])[np.arange(len(values)) % 3], values.shape[1]),
            "share": values.ravel(),
        }
    )
    return cy.as_series(
        frame, measure="share", value="share", time="year", series="school", started="began", change="joined",
        design="staggered_starts",
    )  # fmt: skip


@pytest.mark.parametrize("estimator", ["staggered_starts", "two_way_fixed_effects"])
def test_of_series_nothing_from_the_first_start_on_is_read(estimator):
    values = np.random.default_rng(8).normal(size=(24, 10))
    later = values.copy()
    later[:, 5:] = 77.0
    told = cy.can_detect(joined(values), estimator=estimator)
    assert told.value > 0
    assert told == cy.can_detect(joined(later), estimator=estimator)


def test_series_with_two_periods_before_the_first_start_do_not_tell():
    values = np.random.default_rng(8).normal(size=(24, 10))
    early = joined(values)
    early = replace(early, table=early.table.assign(started=early.table["started"] - 3))
    assert "2 periods before the first start" in cy.can_detect(early, estimator="staggered_starts").text


def test_the_weights_are_those_of_the_estimates():
    values = np.random.default_rng(4).normal(size=(12, 8))
    starts = Starts(values, np.repeat([0, 1, 2], 4), np.array([NEVER, 3, 5]), tuple("12345678"))
    assert (two_way_weights(starts) * starts.means).sum() == pytest.approx(two_way_contrast(starts).value)
    panel = joined(np.random.default_rng(4).normal(size=(12, 10)))
    found = cy.estimate(panel, estimator="staggered_starts")
    from cycles.study.inference.starts import take_starts

    own = take_starts(panel)
    assert (overall_weights(own, {}) * own.means).sum() == pytest.approx(found.value)


def case(points: int, started: int) -> SeriesPanel:
    frame = pd.DataFrame({"day": range(points), "words": np.arange(float(points)) % 4})
    return cy.as_series(
        frame,
        measure="words",
        value="words",
        time="day",
        started=started,
        change="plan",
        design="single_case",
        series_name="student",
    )


def test_a_single_case_is_told_in_tau_and_more_points_find_less_overlap():
    few, many = (cy.can_detect(case(2 * points, points), estimator="single_case") for points in (8, 20))
    assert 0 < many.value < few.value < 1
    assert many.mdes is None
    assert "Tau says how far phases overlap" in cy.rule_in_practice(many, prediction=None, rule=None).text


def test_a_case_with_four_points_before_is_not_told():
    assert "no case has 5 points before the change" in cy.can_detect(case(14, 4), estimator="single_case").text
