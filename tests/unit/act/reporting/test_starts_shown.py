"""The figure of effects by time since the start: what it shows, and when it is not there."""

from dataclasses import replace

import numpy as np
import pandas as pd

import cycles as cy
from cycles.act.reporting.effects_of import estimate_blocks
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named

REQUEST = Request(policy=policy_named(None), alt="Effects.")


def estimate_of(starts: list[int | None], *, people: int = 50, **options: object):
    draw = np.random.default_rng(4)
    rows = [(f"s{place}", year, start) for place, start in enumerate(starts) for year in range(2020, 2026)]
    table = pd.DataFrame(rows, columns=["school", "year", "began"]).astype({"began": float})
    table["share"] = 0.7 + draw.normal(0, 0.01, len(table)) + 0.05 * (table.year >= table.began)
    panel = cy.as_series(
        table.assign(n=people),
        measure="on_track",
        value="share",
        time="year",
        series="school",
        started="began",
        n="n",
        change="joined",
        design="staggered_starts",
        every="year",
        outcome_unit="share of students",
    )
    return cy.estimate(panel, estimator="staggered_starts", options=options)


def figures_of(*estimates):
    labels = [f"method {place}" for place in range(len(estimates))] if len(estimates) > 1 else ["on_track"]
    shown = estimate_blocks(dict(zip(labels, estimates, strict=True)), REQUEST)
    return [block for block in shown if block["kind"] == "figure"]


NETWORK = [2022] * 4 + [2024] * 4 + [None] * 5


def test_effects_are_shown_by_years_since_the_start_and_by_group():
    _, by_time = figures_of(estimate_of(NETWORK))
    names = [row[0] for row in by_time["rows"]]
    assert names[-6:] == ["Year 1", "Year 2", "Year 3", "Year 4", "Began in 2022", "Began in 2024"]
    assert "1 year before" in names
    assert "2 years before" in names
    assert [tuple(row[-2:]) for row in by_time["rows"][-6:-2]] == [("8", "5"), ("8", "5"), ("4", "5"), ("4", "5")]
    assert "percentage points" in by_time["columns"][1]


def test_effects_that_are_described_only_have_no_interval():
    _, by_time = figures_of(estimate_of([2022] * 3 + [None] * 5))
    assert {row[2] for row in by_time["rows"]} == {by_time["rows"][0][3]}


def test_what_is_held_back_is_not_drawn_at_all():
    assert figures_of(estimate_of(NETWORK, people=3)) == []


def test_what_is_not_estimable_has_no_further_drawing():
    assert len(figures_of(estimate_of([None] * 6))) == 1


def test_of_several_methods_only_the_headlines_are_shown():
    assert len(figures_of(estimate_of(NETWORK), estimate_of(NETWORK, method="imputation"))) == 1


def test_effects_in_two_units_under_one_title_do_not_take_each_others_place():
    plain = estimate_of(NETWORK)
    other = replace(plain, unit="log odds ratio")
    shown = figures_of(plain, other)
    assert len({block["id"] for block in shown}) == len(shown) == 2


def test_when_everything_is_held_back_it_is_said_once():
    few = estimate_of(NETWORK, people=3)
    [block, *_] = estimate_blocks({"one": few, "other": few}, REQUEST)
    assert block["kind"] == "text"
    assert "all 2 held back" in block["text"]
