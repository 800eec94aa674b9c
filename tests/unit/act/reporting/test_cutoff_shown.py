"""A cutoff as it is shown: means of groups large enough, both lines, and what the methods beside it tell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cycles.act.reporting.balance_of import facts_record
from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named
from cycles.core.vocabulary import Estimate, Panel
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate

REQUEST = Request(policy=policy_named(None), alt="An effect.")


def screened(n: int = 400) -> Panel:
    draw = np.random.default_rng(6)
    score = draw.normal(45, 10, n)
    frame = pd.DataFrame({"score": score, "mark": 0.5 * score + 4 * (score < 40) + draw.normal(0, 3, n)})
    return as_panel(
        frame.assign(arm=np.where(score < 40, "support", "none")), measure="mark", outcome="mark", arm="arm", change="support",
        comparison="none", running="score", cutoff=40, change_is="below", design="regression_discontinuity", outcome_unit="points",
    )  # fmt: skip


def figures(panel: Panel) -> list[dict]:
    return [block for block in blocks_of(panel, REQUEST) if block["kind"] == "figure"]


def told(found: Estimate) -> dict[str, list[str]]:
    rows = [
        row
        for block in blocks_of(found, REQUEST)
        if block["title"] == "What the method tells besides"
        for row in block["rows"]
    ]
    return {row[1]: row[2:] for row in rows}


def offered(*, comes: int) -> Estimate:
    """A hundred in each arm; so many of those offered a place come, and more of the rest than of those who wait."""
    draw = np.random.default_rng(2)
    change = np.arange(200) < 100
    hours = np.where(np.arange(200) < comes, 5.0, 0.0)
    frame = pd.DataFrame(
        {"arm": np.where(change, "place", "wait"), "hours": hours, "mark": draw.normal(size=200) + 2 * (hours > 0)}
    )
    panel = as_panel(
        frame, measure="mark", outcome="mark", arm="arm", change="place", comparison="wait", subgroups=("hours",),
        design="student_randomised",
    )  # fmt: skip
    return estimate(panel, estimator="complier_effect", options={"received": "hours", "at_least": 1})


def test_every_dot_stands_for_enough_students_and_all_of_them_are_in_one():
    (figure,) = figures(screened())
    sizes = [int(row[3]) for row in figure["rows"]]
    assert min(sizes) >= REQUEST.policy.smallest_group
    assert sum(sizes) == 400
    assert figure["svg"].startswith("<svg")
    assert figure["section"] == "effect"


def test_the_sides_are_named_by_what_the_cutoff_says():
    (figure,) = figures(screened())
    assert {row[0] for row in figure["rows"]} == {"Below the cutoff: support", "At or above the cutoff: none"}


def test_too_few_on_a_side_are_not_drawn():
    panel = screened()
    few = panel.table[(panel.table["arm"] == "none") | (np.cumsum(panel.table["arm"] == "support") <= 9)]
    assert figures(replace(panel, table=few.reset_index(drop=True))) == []


def test_without_lines_the_dots_are_drawn_all_the_same():
    panel = screened()
    coarse = panel.table.assign(running=np.where(panel.table["running"] < 40, 35.0, 45.0))
    (figure,) = figures(replace(panel, table=coarse))
    assert "Lines" not in figure["caption"]


def test_scores_that_are_no_numbers_are_not_drawn():
    panel = screened()
    assert figures(replace(panel, table=panel.table.assign(running="many"))) == []


def test_a_panel_without_a_cutoff_has_no_such_figure():
    panel = replace(screened(), cutoff=None, design="student_comparison")
    assert figures(panel) == []


def test_both_jumps_and_the_bandwidth_stand_beside_the_effect():
    rows = told(estimate(screened(), estimator="regression_discontinuity"))
    assert set(rows) == {"Conventional jump", "Bandwidth, in points of the score"}
    assert rows["Conventional jump"][0].startswith("+")


def test_who_received_the_change_is_told_with_the_interval_of_anderson_and_rubin():
    rows = told(offered(comes=60))
    assert rows["Received the change, of those assigned to it"][0] == "60%"
    assert rows["Anderson-Rubin interval"][1].startswith("+")


@pytest.mark.parametrize("comes", [4, 96])
def test_a_share_that_tells_of_few_students_is_held_back_everywhere(comes):
    found = offered(comes=comes)
    rows = told(found)
    assert {rows[name][0] for name in rows if name.startswith("Received")} == {"s"}
    record = facts_record(found, smallest=10)
    assert record["received_share_change"] is None
    assert record["first_stage"] is None
    assert facts_record(offered(comes=60), smallest=10)["received_share_change"] == pytest.approx(0.6)


def test_the_odds_ratio_is_told_with_its_ends():
    draw = np.random.default_rng(3)
    frame = pd.DataFrame({"arm": np.repeat(["yes", "no"], 60), "passed": (draw.random(120) < 0.5).astype(float)})
    panel = as_panel(
        frame, measure="passed", outcome="passed", arm="arm", change="yes", comparison="no", outcome_unit="share"
    )
    rows = told(estimate(panel, estimator="logistic"))
    assert float(rows["Odds ratio"][1]) < float(rows["Odds ratio"][0]) < float(rows["Odds ratio"][2])
