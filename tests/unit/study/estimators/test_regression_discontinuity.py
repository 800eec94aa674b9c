"""Regression discontinuity: a jump planted at a cutoff is found, and what cannot show one is refused."""

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import DesignError, ProblemsError
from cycles.core.vocabulary import Estimate, Panel
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate


def screened(*, n: int = 800, jump: float = 6.0, comply: float = 1.0, seed: int = 5) -> pd.DataFrame:
    """Students whose screening below 40 entitles them to support; a share of `comply` on either side takes what it says."""
    draw = np.random.default_rng(seed)
    score = draw.normal(45, 10, n)
    entitled = score < 40
    supported = np.where(draw.random(n) < comply, entitled, ~entitled)
    frame = pd.DataFrame(
        {"score": score, "arm": np.where(supported, "support", "no_support"), "age": draw.normal(size=n)}
    )
    frame["room"] = draw.integers(0, 40, n)
    frame["mark"] = 40 + 0.5 * score + jump * supported + 2 * frame["age"] + draw.normal(0, 4, n)
    return frame


def panel_of(frame: pd.DataFrame, **design) -> Panel:
    chosen = {"running": "score", "cutoff": 40, "change_is": "below", "design": "regression_discontinuity", **design}
    return as_panel(
        frame, measure="mark", outcome="mark", arm="arm", change="support", comparison="no_support", **chosen
    )


def of(frame: pd.DataFrame, *, options: dict | None = None, variance: str = "CR2", **design) -> Estimate:
    return estimate(panel_of(frame, **design), estimator="regression_discontinuity", options=options, variance=variance)


def test_the_planted_jump_lies_in_the_interval_and_both_jumps_are_told():
    found = of(screened())
    assert found.low < 6 < found.high
    assert found.df is None
    assert found.coefficients["term"].tolist() == ["robust, bias-corrected", "conventional"]
    assert 0 < found.n < 800


def test_a_second_route_of_our_own_comes_to_the_same_jump():
    for design in ({}, {"covariates": ("age",)}, {"cluster": "room"}, {"block": "room"}):
        for comply in (1.0, 0.9):
            found = of(screened(comply=comply), **design)
            assert found.second_route == pytest.approx(found.value, rel=1e-8)


def test_the_side_of_the_change_decides_the_sign():
    frame = screened()
    turned = frame.assign(score=80 - frame["score"])
    assert of(turned, change_is="at_or_above").value == pytest.approx(of(frame).value, rel=1e-9)


def test_where_some_did_not_take_what_the_cutoff_says_the_jump_is_divided_by_theirs():
    found = of(screened(comply=0.9))
    assert found.facts["first_stage"] == pytest.approx(0.8, abs=0.2)
    assert found.low < 6 < found.high
    assert "because of it" in found.estimand


def test_a_cutoff_that_decides_nothing_is_not_estimable():
    frame = screened()
    frame["arm"] = np.where(np.arange(len(frame)) % 2, "support", "no_support")
    assert of(frame).code == "CY319"


def test_covariates_make_the_interval_shorter():
    plain, adjusted = of(screened()), of(screened(), covariates=("age",))
    assert adjusted.high - adjusted.low < plain.high - plain.low


def test_a_score_that_is_the_baseline_or_a_covariate_as_well_is_not_entered_twice():
    frame = screened()
    assert of(frame, baseline="score", covariates=("age",)).value == pytest.approx(of(frame, covariates=("age",)).value)
    assert of(frame.assign(again=frame["score"]), covariates=("again",)).value == pytest.approx(of(frame).value)


def test_units_without_a_score_are_left_out_and_counted():
    frame = screened()
    frame.loc[:9, "score"] = np.nan
    frame.loc[10:14, "mark"] = np.nan
    assert of(frame).n_missing == 15


def test_a_named_bandwidth_and_kernel_are_used():
    found = of(screened(), options={"bandwidth": 6.5, "kernel": "uniform"})
    assert found.facts["bandwidth"] == pytest.approx(6.5)
    assert found.n == int((screened()["score"] - 40).abs().le(6.5).sum())


@pytest.mark.parametrize(
    ("variance", "cluster", "kind"),
    [
        ("CR2", None, "three nearest neighbours"),
        ("HC1", None, "HC1"),
        ("HC3", "room", "HC3"),
        ("CR0", "room", "CR1 by room"),
        ("CR1", "room", "CR1 by room"),
        ("CR2", "room", "CR2 by room"),
        ("CR3", "room", "CR3 by room"),
    ],
)
def test_the_standard_error_says_of_what_kind_it_is(variance, cluster, kind):
    found = of(screened(), variance=variance, cluster=cluster)
    assert found.se_kind == kind
    assert found.se > 0


def test_a_classical_standard_error_is_refused():
    assert of(screened(), variance="classical").code == "CY310"


def test_few_clusters_leave_a_jump_without_an_interval():
    frame = screened().assign(room=lambda rows: rows["room"] % 3)
    found = of(frame, cluster="room")
    assert (found.state, found.code, found.p) == ("degraded", "CY307", None)


def test_too_few_units_on_a_side_are_refused():
    frame = screened(n=200)
    assert of(frame[(frame["score"] >= 40) | (np.arange(200) < 12)]).code == "CY306"


def test_too_few_different_scores_on_a_side_are_refused():
    frame = screened()
    assert of(frame.assign(score=np.where(frame["score"] < 40, 30, frame["score"]))).code == "CY306"


def test_whole_scores_are_no_obstacle_and_nothing_is_printed(capsys):
    frame = screened(n=1500)
    assert of(frame.assign(score=np.floor(frame["score"]))).state == "estimated"
    assert capsys.readouterr() == ("", "")


def test_without_a_cutoff_there_is_no_such_estimate():
    panel = as_panel(screened(), measure="mark", outcome="mark", arm="arm", change="support", comparison="no_support")
    assert estimate(panel, estimator="regression_discontinuity").code == "CY310"


@pytest.mark.parametrize("design", [{"cutoff": None}, {"running": None}, {"design": "student_comparison"}])
def test_score_cutoff_and_design_go_together(design):
    with pytest.raises(DesignError, match="go together"):
        panel_of(screened(), **design)


def test_a_bandwidth_of_nothing_is_refused():
    with pytest.raises(ProblemsError, match="bandwidth"):
        of(screened(), options={"bandwidth": 0})
