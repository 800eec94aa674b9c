"""What the weights of a survey decide."""

import numpy as np
from tests.panels import small_frame, small_panel

from cycles.study.checks import run_checks
from cycles.study.estimators import estimate


def finding(weights):
    panel = small_panel(small_frame().assign(weight=weights), weight="weight")
    return {one.name: one for one in run_checks(estimate(panel, estimator="ancova"), panel)}["survey_weights"]


def test_weights_that_decide_little_pass_and_both_estimates_are_told():
    found = finding(np.random.default_rng(1).uniform(0.8, 1.2, 96))
    assert found.answer == "pass"
    assert found.table.estimate.tolist() == ["weighted", "unweighted"]
    assert "of equal weight" in found.text


def test_a_few_students_who_carry_the_estimate_are_a_concern():
    weights = np.ones(96)
    weights[:4] = 200.0
    assert finding(weights).answer == "concern"


def test_an_estimate_that_moves_without_the_weights_is_a_concern():
    frame = small_frame()
    heavy = np.where((frame.group == "change") & (frame.after > frame.after.median()), 4.0, 1.0)
    found = finding(heavy)
    assert found.answer == "concern"
    assert "leaves something out" in found.text


def test_an_estimate_without_weights_is_not_asked():
    names = [one.name for one in run_checks(estimate(small_panel(), estimator="ancova"), small_panel())]
    assert "survey_weights" not in names
