"""Series over time through every verb of an evaluation: drawn and told, with nothing that rests on few people and no claim too many."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named
from cycles.core.vocabulary import SeriesPanel
from cycles.do.collection import Tables
from cycles.plan.cycle_file import Cycle

REQUEST = Request(policy=policy_named(None), alt="Attendance by week.")
SERIES = {"by": "site_id", "every": "week", "members": {"texts": ["1"]}}
MEASURE = {"published": "attendance_share", "unit": "share of enrolled days", "higher_is": "better"}


def cycle(**changes) -> Cycle:
    content = {
        "kind": "evaluation", "cycle": "texts", "title": "Texts", "team": {"name": "Office"}, "started_on": "2026-03-02",
        "aim": "Attendance", "change": "A text home", "measures": {"outcome": {"attendance_share": MEASURE}},
        "prediction": {"measure": "attendance_share", "direction": "increase", "size": 0.02, "worth_having": 0.01},
        "design": {
            "kind": "comparative_interrupted_time_series", "contrast": {"change": "texts", "comparison": "none"}, "series": SERIES,
        },
        "estimate": {"estimator": "interrupted_time_series"}, "decide": {"on": "2026-06-01"}, "sources": {},
    }  # fmt: skip
    return Cycle.parse(content | changes, where="here")


def tables(*, n: float | None = 400, jump: float = 0.02) -> Tables:
    weeks, draws = pd.date_range("2025-09-01", periods=39, freq="7D"), np.random.default_rng(4)
    under = weeks >= pd.Timestamp("2026-03-02")
    rows = [
        pd.DataFrame({
            "site_id": site, "period": weeks.strftime("%Y-%m-%d"), "measure": "attendance_share",
            "value": 0.9 + draws.normal(0, 0.004, len(weeks)) + jump * under * (site == "1"), "n": n,
        })
        for site in ("1", "2")
    ]  # fmt: skip
    return Tables(by_source={}, by_table={"site_measures": pd.concat(rows)}, breaks=())


def panel(**more) -> SeriesPanel:
    return cy.build_panel(cycle(), tables(**more), measure="attendance_share")


def result(made: SeriesPanel, **options):
    return cy.estimate(made, estimator="interrupted_time_series", options=options)


def test_the_panel_is_drawn_with_the_start_and_the_numbers_behind():
    [block] = blocks_of(panel(), REQUEST)
    assert "change starts" in block["svg"]
    assert (len(block["rows"]), block["suppressed"]) == (78, 0)


def test_the_estimate_is_drawn_with_what_was_to_be_expected_and_says_so():
    effect, lines = blocks_of(result(panel()), REQUEST)
    assert "26 weeks before and 13 under the change, 1 site with texts and 1 site with none" in effect["text"]
    assert "to be expected without the change" in lines["svg"]
    assert "had it moved as the comparison did" in lines["alt"]
    assert "Without the change" in lines["columns"]


def test_points_and_lines_on_few_students_are_held_back():
    few = panel(n=6)
    [block] = blocks_of(few, REQUEST)
    assert block["suppressed"] == 78
    assert {row[2] for row in block["rows"]} == {"s"}
    shown = blocks_of(result(few), REQUEST)
    assert len(shown) == 1
    assert "held back" in shown[0]["text"]


def test_a_series_of_one_student_is_never_drawn():
    [block] = blocks_of(replace(panel(), series_name="student"), REQUEST)
    assert (block["kind"], block["svg"], block["rows"]) == ("text", "", [])
    assert "held back" in block["text"]


def test_what_series_can_detect_is_told_from_before_the_change_or_why_not():
    told = cy.can_detect(panel())
    assert (told.value > 0, told.mdes) == (True, None)
    changed = panel(jump=0.5)
    assert cy.can_detect(changed).value == pytest.approx(told.value)
    assert "Tau" in cy.can_detect(replace(panel(), design="single_case")).text
    without = panel().table.assign(started=None)
    assert "cannot be said" in cy.can_detect(replace(panel(), design="single_case", table=without)).text
    rule = cy.rule_in_practice(told, prediction=cycle().prediction, rule=cycle().decide)
    assert "single students differ is not known" in rule.text
    known = cy.can_detect(replace(panel(), sd=0.08))
    assert "adopts it" in cy.rule_in_practice(known, prediction=cycle().prediction, rule=cycle().decide).text


def test_the_strongest_design_over_time_is_chosen_and_says_what_a_stronger_one_needs():
    chosen = cy.choose_design(cycle(), tables())
    assert chosen.strongest == "comparative_interrupted_time_series"
    assert "a lot that decides" in chosen.text
    alone = {"kind": "interrupted_time_series", "contrast": {"change": "texts"}, "series": SERIES}
    assert cy.choose_design(cycle(design=alone), tables()).strongest == "interrupted_time_series"


def test_series_that_begin_at_different_times_need_one_start_for_the_other_designs():
    starts = pd.DataFrame({
        "unit_id": ["1", "2"], "unit_kind": "school", "arm": "texts", "assigned_by": "asked",
        "started_on": pd.to_datetime(["2026-01-05", "2026-03-02"]),
    })  # fmt: skip
    data = replace(tables(), by_table={**tables().by_table, "arms": starts})
    design = {
        "kind": "staggered_starts",
        "contrast": {"change": "texts"},
        "series": {"by": "site_id", "every": "week", "starts": "arms"},
    }
    told = cy.choose_design(cycle(design=design), data).table.set_index("design")["because"]
    assert told["interrupted_time_series"] == "one day on which all of them begin; these began at different times"


def test_the_plan_tells_shares_in_percentage_points_and_loses_no_decimal():
    prediction = {
        "measure": "attendance_share",
        "direction": "increase",
        "size": 0.015,
        "worth_having": 0.01,
        "interval": [0.005, 0.025],
    }
    rows = dict(blocks_of(cycle(prediction=prediction), replace(REQUEST, plan=cycle()))[0]["rows"])
    assert rows["Prediction"].endswith(
        "increase by 1.5 percentage points, somewhere between 0.50 and 2.5 percentage points. At least 1 percentage point is worth having."
    )
    assert "an effect of at least 1 percentage point has" in rows["Rule"]


def test_how_many_students_stand_behind_series_is_not_guessed():
    tiers = cy.rate(result(panel()), panel(), [], plan=cycle()).essa
    large = next(one for one in tiers.conditions[2] if one.name == "large_sample")
    assert large.met is None
    assert not any(sign.isdigit() for sign in large.seen)


def test_there_are_no_subgroups_and_nothing_of_them_is_shown():
    groups = cy.estimate_by_subgroup(panel(), estimator=cycle().estimate)
    assert len(groups) == 0


def test_it_is_not_eligible_for_the_clearinghouse_and_without_a_comparison_no_higher_than_tier_four():
    found = result(panel())
    standing = cy.rate(found, panel(), [], plan=cycle())
    assert "covered" in [one.name for one in standing.wwc.failing]
    alone = cycle(design={"kind": "interrupted_time_series", "contrast": {"change": "texts"}, "series": SERIES})
    made = cy.build_panel(alone, tables(), measure="attendance_share")
    tier = cy.rate(result(made), made, [], plan=alone).essa
    assert tier.tier is None
    assert any(one.name == "controls" for one in tier.failing)


def decided(made: SeriesPanel):
    asked = cycle()
    return cy.decide(result(made), [], rule=asked.decide, prediction=asked.prediction, as_of=asked.decide.on)


def test_nothing_is_decided_without_the_spread_of_students_or_from_few_periods():
    without = decided(panel())
    assert (without.call, "say `sd`" in without.because) == ("no decision", True)
    few = panel()
    short = replace(few, sd=0.08, table=few.table[few.table["time"] >= 22])
    assert (decided(short).call, "too few periods" in decided(short).because) == ("no decision", True)


def test_with_the_spread_of_students_it_is_decided_in_words_of_a_series():
    found = decided(replace(panel(jump=0.0), sd=0.08))
    assert found.call in ("abandon", "adapt", "keep testing")
    assert found.n_still_needed is None
    assert "beyond what changed elsewhere" in found.because
    assert any("not drawn by lot" in said for said in found.cannot_say)
