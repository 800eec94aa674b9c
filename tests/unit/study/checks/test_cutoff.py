"""Checks of a cutoff: each catches a fault planted for it, and passes scores as they come."""

import numpy as np
import pandas as pd
import pytest

from cycles.core.vocabulary import Finding
from cycles.study.checks import run_checks
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate


def screened(n: int = 1000, seed: int = 8) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    score = np.round(draw.normal(45, 10, n), 2)
    frame = pd.DataFrame(
        {"score": score, "before": 50 + 0.4 * score + draw.normal(0, 5, n), "lunch": draw.choice(["free", "paid"], n)}
    )
    frame["mark"] = 40 + 0.5 * score + 3 * (score < 40) + draw.normal(0, 4, n)
    return frame


def checked(frame: pd.DataFrame, **design) -> dict[str, Finding]:
    chosen = {"baseline": "before", "covariates": ("lunch",), "running": "score", **design}
    panel = as_panel(
        frame.assign(arm=np.where(frame["score"] < 40, "support", "no_support")), measure="mark", outcome="mark", arm="arm",
        change="support", comparison="no_support", cutoff=40, change_is="below", design="regression_discontinuity", **chosen,
    )  # fmt: skip
    found = run_checks(estimate(panel, estimator="regression_discontinuity"), panel)
    return {finding.name: finding for finding in found}


@pytest.fixture(scope="module")
def sound() -> dict[str, Finding]:
    return checked(screened())


def test_scores_as_they_come_pass(sound):
    assert sound["manipulation"].answer == "pass"
    assert sound["heaping"].answer == "pass"
    assert sound["continuity_at_cutoff"].answer == "pass"


def test_the_checks_of_arms_that_are_alike_do_not_apply_at_a_cutoff(sound):
    assert not {"baseline_equivalence", "balance", "hidden_confounding", "regression_to_the_mean"} & set(sound)
    assert {"comparison_arm", "constant_outcome", "response_and_attrition"} <= set(sound)


def test_students_moved_just_below_the_cutoff_are_noticed():
    frame = screened()
    moved = frame["score"].between(40, 41.5) & (np.arange(len(frame)) % 4 > 0)
    found = checked(frame.assign(score=np.where(moved, frame["score"] - 1.6, frame["score"])))["manipulation"]
    assert found.answer == "concern"
    assert "more lie on the side of support" in found.text


def test_a_pass_says_what_would_have_been_noticed(sound):
    assert "would have been noticed" in sound["manipulation"].text


def test_few_scores_near_the_cutoff_cannot_say():
    frame = screened(300)
    few = frame[(frame["score"] >= 40) | (np.cumsum(frame["score"] < 40) <= 11)]
    few = few[(few["score"] < 40) | (few["score"] > 60)]
    assert checked(few)["manipulation"].answer in ("cannot_say", "concern")
    lonely = frame[(frame["score"] >= 55) | (frame["score"] < 25)].head(15)
    assert checked(lonely)["manipulation"].answer == "cannot_say"


def test_scores_that_pile_up_at_a_round_value_are_named():
    frame = screened(2000).assign(score=lambda rows: np.floor(rows["score"]))
    rounded = frame["score"].between(43, 47) & (np.arange(len(frame)) % 2 == 0)
    heaped = frame.assign(score=np.where(rounded, 45, frame["score"]))
    found = checked(heaped)["heaping"]
    assert found.answer == "concern"
    assert "45" in found.text


def test_few_different_scores_are_a_concern():
    frame = screened(2000).assign(score=lambda rows: 5 * np.floor(rows["score"] / 5))
    assert "different scores" in checked(frame)["heaping"].text


def test_without_an_estimate_there_is_no_bandwidth_to_look_within():
    frame = screened().assign(mark=1.0)
    assert checked(frame)["heaping"].answer == "cannot_say"


def test_a_baseline_that_jumps_is_named():
    frame = screened()
    found = checked(frame.assign(before=frame["before"] + 8 * (frame["score"] < 40)))["continuity_at_cutoff"]
    assert found.answer == "concern"
    assert "found one in baseline" in found.text


def test_a_score_that_is_the_baseline_is_not_looked_at_and_nothing_else_cannot_say():
    assert checked(screened(), baseline="score", covariates=())["continuity_at_cutoff"].answer == "cannot_say"


@pytest.mark.parametrize("name", ["manipulation", "heaping", "continuity_at_cutoff"])
def test_scores_that_are_no_numbers_cannot_say(name):
    frame = screened()
    panel_of = {"running": "words"}
    assert checked(frame.assign(words="many"), **panel_of)[name].answer == "cannot_say"


def test_each_check_of_a_cutoff_is_put(sound):
    assert sound["manipulation"].name == "manipulation"
    assert sound["heaping"].name == "heaping"
    assert sound["continuity_at_cutoff"].name == "continuity_at_cutoff"
