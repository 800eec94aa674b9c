"""Doses: how results go with what was received, what is told of it, and what is not."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.effects_of import estimate_record, protect_estimates
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named
from cycles.plan.cycle_file import Prediction
from cycles.plan.rule import Decide

REQUEST = Request(policy=policy_named(None), alt="The same effect by each method.")


def panel(n_clusters=12, size=10, *, slope=0.1, hours=None, **columns):
    draw = np.random.default_rng(5)
    cluster = np.repeat(np.arange(2 * n_clusters), size)
    frame = pd.DataFrame(
        {"arm": np.where(cluster % 2, "yes", "no"), "classroom": np.char.add("c", cluster.astype(str))}
    )
    frame["hours"] = np.where(cluster % 2, draw.gamma(2, 1, len(cluster)), 0.0) if hours is None else hours(cluster)
    frame["before"] = draw.normal(size=len(cluster))
    frame["after"] = 0.5 * frame["before"] + slope * frame["hours"] + draw.normal(size=len(cluster))
    frame = frame.assign(**columns)
    return cy.as_panel(
        frame, measure="score", outcome="after", baseline="before", arm="arm", change="yes", comparison="no", cluster="classroom",
        received=("hours",),
    )  # fmt: skip


def told(one, **options):
    return cy.estimate(one, estimator="dose_response", options={"dose": "hours", **options})


def test_the_slope_is_told_for_the_named_amount():
    one, ten = told(panel()), told(panel(), per=10)
    assert ten.value == pytest.approx(10 * one.value)
    assert ten.p == pytest.approx(one.p)
    assert "10 more hours" in ten.unit
    assert one.value == pytest.approx(one.second_route)


def test_only_those_with_the_change_are_in_it_and_missing_doses_are_counted():
    whole = panel()
    frame = whole.table.copy()
    rows = np.flatnonzero(frame["arm"] == "yes")[:4]
    frame.loc[rows, "hours"] = np.nan
    fewer = told(cy.as_panel(frame, measure="score", outcome="outcome", baseline="baseline", arm="arm", change="yes", comparison="no",
                             unit="unit", cluster="cluster", received=("hours",)))  # fmt: skip
    assert told(whole).n_by_arm == {"yes": 120}
    assert (fewer.n, fewer.n_missing) == (116, 4)


def test_a_difference_between_classrooms_is_none_within_them():
    found = told(panel(hours=lambda cluster: cluster.astype(float)))
    assert (found.state, found.code) == ("not_estimable", "CY305")
    assert told(panel(hours=lambda cluster: cluster.astype(float)), within="nothing").state == "estimated"


def test_a_dose_that_is_the_same_for_everybody_or_unknown_has_no_slope():
    assert told(panel(hours=lambda cluster: 2.0 * (cluster % 2))).code == "CY305"
    assert told(panel(hours=lambda cluster: np.full(len(cluster), np.nan))).code == "CY308"
    assert cy.estimate(panel(), estimator="dose_response", options={"dose": "hour"}).code == "CY301"


def test_few_classrooms_are_described_only():
    found = told(panel(n_clusters=3))
    assert (found.state, found.code, found.se, found.p) == ("degraded", "CY307", None, None)
    assert found.value is not None


def test_it_is_an_association_in_every_sentence_and_has_no_effect_size():
    found = told(panel())
    said = " ".join([found.estimand, *found.conventions])
    assert "association" in said
    assert "effect" not in said
    assert found.effect_size is None
    assert found.effect_size_wwc is None


def test_no_decision_rests_on_it():
    rule = Decide(on=date(2026, 1, 1), balancing={})
    prediction = Prediction(measure="score", direction="increase", size=0.1, worth_having=0.01)
    call = cy.decide(told(panel(slope=2.0)), [], rule=rule, prediction=prediction, as_of=date(2026, 6, 1))
    assert call.call == "no decision"
    assert "not an effect" in call.because


def test_it_never_meets_the_group_design_standards():
    one = panel()
    standing = cy.rate(told(one), one, cy.run_checks(told(one), one))
    assert standing.wwc.rating == "does not meet"
    assert standing.essa.tier not in (1, 2)
    assert {condition.name for condition in standing.wwc.failing} >= {"effect"}


def test_it_stands_apart_from_effects_with_its_thirds():
    one = panel()
    shown = blocks_of({"headline": cy.estimate(one, estimator="ancova"), "hours received": told(one)}, REQUEST)
    dose = [block for block in shown if block["section"] == "dose"]
    effects = [block for block in shown if block["section"] != "dose"]
    assert [block["kind"] for block in dose] == ["figure", "table"]
    assert "association" in dose[0]["text"]
    assert [row[0] for row in dose[1]["rows"]] == ["least of it", "middle of it", "most of it"]
    assert not any("hours" in str(block["rows"]) for block in effects)


def test_thirds_of_few_students_are_held_back_in_the_report_and_in_the_results():
    found = told(panel(n_clusters=4, size=6))
    assert min(row["n"] for row in found.facts["thirds"]) == 8
    shown = blocks_of({"hours received": found}, REQUEST)
    assert {cell for row in shown[1]["rows"] for cell in row[1:]} == {"s"}
    protected = protect_estimates({"hours received": found}, REQUEST)["hours received"]
    record = estimate_record(protected, smallest=10)
    assert [row["outcome_mean"] for row in record["facts"]["thirds"]] == [None, None, None]


def test_what_rests_on_few_students_is_held_back_whole():
    shown = blocks_of({"hours received": told(panel(n_clusters=4, size=2))}, REQUEST)
    assert len(shown) == 1
    assert not any(letter.isdigit() for letter in shown[0]["text"])
