"""What is left of a comparison that was weighted or matched, and the checks that judge it as it was used."""

import numpy as np
import pandas as pd
from tests.panels import small_frame, small_panel

from cycles.core.vocabulary import Panel
from cycles.study.checks import run_checks
from cycles.study.estimators import estimate


def findings(panel: Panel, estimator: str, **options: object) -> dict:
    return {one.name: one for one in run_checks(estimate(panel, estimator=estimator, options=options), panel)}


def unlike(*, by: float) -> pd.DataFrame:
    """Students whose arm leans on their baseline."""
    frame, draw = small_frame(n_clusters=40), np.random.default_rng(11)
    likely = 1 / (1 + np.exp(0.8 - by * (frame.before - 3)))
    return frame.assign(group=np.where(draw.random(len(frame)) < likely, "change", "comparison"))


def test_arms_that_overlap_pass_and_the_numbers_are_told():
    found = findings(small_panel(unlike(by=0.5)), "propensity_weighted")["weighting"]
    assert found.answer == "pass"
    assert "tell as much as" in found.text
    assert "lies within the comparison's range" in found.text
    assert list(found.table.columns) == ["covariate", "smd_before", "smd_after"]


def test_a_comparison_that_hardly_overlaps_is_a_concern():
    found = findings(small_panel(unlike(by=3.0)), "propensity_weighted")["weighting"]
    assert found.answer == "concern"


def test_a_change_arm_that_finds_no_match_is_a_concern():
    found = findings(small_panel(unlike(by=0.8), covariates=("age",)), "nearest_neighbour", caliper=0.001)["weighting"]
    assert found.answer == "concern"
    assert "could be matched" in found.text


def test_an_estimate_without_weights_is_not_asked():
    assert "weighting" not in findings(small_panel(), "ancova")


def test_an_estimate_that_could_not_be_weighted_is_not_asked():
    assert "weighting" not in findings(small_panel(baseline=None), "entropy_balanced")


def test_equivalence_is_judged_as_the_units_were_weighted():
    panel = small_panel(unlike(by=0.8))
    plain, weighted = (
        findings(panel, name)["baseline_equivalence"] for name in ("difference_in_means", "entropy_balanced")
    )
    assert plain.answer == "concern"
    assert weighted.answer == "pass"
    assert "as they are weighted or matched" in weighted.text


def test_matches_that_differ_at_baseline_need_an_adjustment_that_is_not_made():
    options = {"distance": "mahalanobis", "caliper": "none"}
    found = findings(small_panel(unlike(by=0.9), covariates=("age", "lunch")), "nearest_neighbour", **options)
    assert found["baseline_equivalence"].answer == "concern"
