"""The prediction beside the result."""

import pytest

from cycles.act.decisions import score_prediction
from cycles.plan.cycle_file import Prediction


def test_a_result_inside_the_predicted_range_is_a_hit(make_estimate, prediction):
    scored = score_prediction(make_estimate(0.12), prediction=prediction, seal_state="sealed_before_data")
    assert scored.hit
    assert scored.right_direction
    assert scored.counts_for_calibration
    assert scored.brier == pytest.approx((0.7 - 1) ** 2)
    assert "0.12 points, inside the predicted range" in scored.text


@pytest.mark.parametrize("value", [0.05, 0.35])
def test_the_ends_of_the_range_are_inside(make_estimate, prediction, value):
    assert score_prediction(make_estimate(value), prediction=prediction, seal_state="unsealed").hit


def test_a_result_outside_costs_the_stated_confidence(make_estimate, prediction):
    scored = score_prediction(make_estimate(-0.10), prediction=prediction, seal_state="sealed_before_data")
    assert not scored.hit
    assert not scored.right_direction
    assert scored.brier == pytest.approx(0.49)
    assert "outside the predicted range" in scored.text


@pytest.mark.parametrize("state", ["sealed_after_data", "unsealed"])
def test_only_predictions_sealed_before_the_data_count(make_estimate, prediction, state):
    assert not score_prediction(make_estimate(), prediction=prediction, seal_state=state).counts_for_calibration


def test_without_a_range_the_effect_must_be_worth_having(make_estimate):
    plain = Prediction(measure="belonging", direction="increase", size=0.2, worth_having=0.1, probability=0.6)
    hit, miss = (
        score_prediction(make_estimate(value), prediction=plain, seal_state="unsealed") for value in (0.10, 0.09)
    )
    assert hit.hit
    assert not miss.hit
    assert "at least what is worth having" in hit.text
    assert "less than what is worth having" in miss.text


@pytest.mark.parametrize(("size", "interval"), [(0.2, (0.05, 0.35)), (-0.2, (-0.35, -0.05))])
def test_a_predicted_fall_may_be_written_either_way(make_estimate, size, interval):
    fall = Prediction(
        measure="absence", direction="decrease", size=size, worth_having=0.1, interval=interval, probability=0.7
    )
    scored = score_prediction(make_estimate(-0.15), prediction=fall, seal_state="unsealed")
    assert (scored.predicted, scored.predicted_low, scored.predicted_high) == (-0.2, -0.35, -0.05)
    assert scored.hit
    assert scored.right_direction
    assert "a fall of 0.20 points" in scored.text


def test_no_result_is_no_score(not_estimable, prediction):
    from dataclasses import replace

    scored = score_prediction(
        replace(not_estimable, value=None, se=None), prediction=prediction, seal_state="sealed_before_data"
    )
    assert (scored.result, scored.hit, scored.brier, scored.probability_of_size) == (None, None, None, None)
    assert not scored.counts_for_calibration
    assert "could not be estimated" in scored.text


def test_a_described_difference_is_shown_and_not_scored(make_estimate, prediction):
    few = make_estimate(0.2, state="degraded", code="CY307", reason="Few.")
    scored = score_prediction(few, prediction=prediction, seal_state="sealed_before_data")
    assert scored.result == 0.2
    assert scored.hit is None
    assert scored.brier is None
    assert "described only" in scored.text


def test_without_a_stated_probability_there_is_no_brier_score(make_estimate):
    silent = Prediction(measure="belonging", direction="increase", size=0.2, worth_having=0.1, interval=(0.1, 0.3))
    scored = score_prediction(make_estimate(), prediction=silent, seal_state="sealed_before_data")
    assert scored.hit
    assert scored.brier is None
    assert not scored.counts_for_calibration


def test_the_probability_of_the_predicted_size_is_below_that_of_any_benefit(make_estimate, prediction):
    scored = score_prediction(make_estimate(0.2, 0.05), prediction=prediction, seal_state="unsealed")
    assert 0.3 < scored.probability_of_size < 0.5  # the estimate equals the size, and the prior is sceptical
