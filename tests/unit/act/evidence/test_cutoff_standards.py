"""A regression discontinuity is held to standards of its own; what is not judged here is said."""

import numpy as np
import pandas as pd

from cycles.act.evidence import Standing, rate
from cycles.plan.standards import Standards
from cycles.study.checks import run_checks
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate

ANSWERED = Standards(confounds="none", outcome_overaligned="no", measured_alike="yes")


def standing(*, before_jumps: float = 0.0, estimator: str = "regression_discontinuity") -> Standing:
    draw = np.random.default_rng(4)
    score = draw.normal(45, 10, 800)
    before = 0.5 * score + draw.normal(0, 3, 800) + before_jumps * (score < 40)
    mark = 30 + 0.5 * score + 4 * (score < 40) + draw.normal(0, 4, 800)
    frame = pd.DataFrame({"score": score, "before": before, "mark": mark, "arm": np.where(score < 40, "yes", "no")})
    panel = as_panel(
        frame, measure="mark", outcome="mark", baseline="before", arm="arm", change="yes", comparison="no", running="score",
        cutoff=40, change_is="below", design="regression_discontinuity",
    )  # fmt: skip
    found = estimate(panel, estimator=estimator)
    return rate(found, panel, run_checks(found, panel), standards=ANSWERED, reliability=0.8)


def test_what_was_looked_at_is_told_and_attrition_at_the_cutoff_is_not_judged():
    found = standing().wwc
    assert found.rating == "cannot be rated"
    assert "regression discontinuity standards" in found.text
    assert [one.name for one in found.unanswered] == ["attrition_at_cutoff"]
    assert not found.failing
    assert "certified reviewer" in found.next_step


def test_a_baseline_that_jumps_does_not_meet_them():
    found = standing(before_jumps=6.0).wwc
    assert found.rating == "does not meet"
    assert [one.name for one in found.failing] == ["continuity_at_cutoff"]


def test_a_jump_that_was_not_estimated_by_local_lines_does_not_meet_them():
    found = standing(estimator="ancova").wwc
    assert "local_lines" in {one.name for one in found.failing}
    assert "regression_discontinuity" in found.next_step


def test_no_higher_tier_rests_on_a_rating_that_is_open():
    assert standing().essa.tier not in (1, 2)
