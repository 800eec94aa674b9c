"""Ordered answers: one odds ratio for every cut, shares that can be read, and what is not told."""

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

REQUEST = Request(policy=policy_named(None), alt="The log odds ratio with its interval.")


def answers(n_clusters=20, size=12, *, cuts=(-1.0, 0.0, 1.0), effect=0.7, widen=1.0):
    draw = np.random.default_rng(3)
    cluster = np.repeat(np.arange(n_clusters), size)
    change = cluster % 2 == 1
    latent = (
        effect * change
        + 0.3 * draw.normal(size=n_clusters)[cluster]
        + np.where(change, widen, 1) * draw.logistic(size=len(cluster))
    )
    return pd.DataFrame(
        {
            "arm": np.where(change, "yes", "no"),
            "classroom": np.char.add("c", cluster.astype(str)),
            "said": 1 + np.digitize(latent, cuts),
        }
    )


def panel(frame=None, **columns):
    frame = answers() if frame is None else frame
    return cy.as_panel(
        frame, measure="said", outcome="said", arm="arm", change="yes", comparison="no", cluster="classroom", **columns
    )


def told(frame=None, **options):
    return cy.estimate(panel(frame), estimator="ordinal", **options)


def test_only_the_order_of_the_answers_counts():
    frame = answers()
    stretched = frame.assign(said=frame["said"].map({1: 1, 2: 5, 3: 6, 4: 100}))
    assert told(stretched).value == pytest.approx(told(frame).value)
    assert told(stretched).se == pytest.approx(told(frame).se)


def test_answers_turned_round_turn_the_sign():
    frame = answers()
    assert told(frame.assign(said=-frame["said"])).value == pytest.approx(-told(frame).value)


def test_two_routes_agree_and_no_size_in_standard_deviations_is_told():
    found = told()
    assert found.second_route == pytest.approx(found.value, abs=1e-4)
    assert found.se_kind == "CR2 by classroom"
    assert 14 < found.df < 19
    assert found.effect_size is None
    assert found.effect_size_wwc is None
    assert found.sd is None


@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR2", "CR3"])
@pytest.mark.parametrize("by", ["classroom", None])
def test_standard_errors_of_two_answers_are_those_of_a_logistic_regression(variance, by):
    columns = {"measure": "said", "outcome": "said", "arm": "arm", "change": "yes", "comparison": "no", "cluster": by}
    frame = answers(10, cuts=(0.0,))
    ours = cy.estimate(cy.as_panel(frame, **columns), estimator="ordinal", variance=variance)
    binary = cy.as_panel(frame.assign(said=frame["said"] - 1), **columns)
    theirs = cy.estimate(binary, estimator="logistic", variance=variance).coefficients.iloc[2]
    assert theirs["term"] == "log odds: arm[yes]"
    assert (ours.se, ours.df) == pytest.approx((theirs["se"], theirs["df"]), rel=1e-6)


def test_two_answers_are_a_logistic_regression():
    frame = answers(cuts=(0.0,))
    theirs = cy.estimate(panel(frame.assign(said=frame["said"] - 1)), estimator="logistic")
    assert told(frame).value == pytest.approx(np.log(theirs.facts["odds_ratio"]), rel=1e-6)
    assert told(frame).facts["proportional_odds"]["p"] is None


def test_shares_are_those_of_the_arms_and_the_model_expects_nearly_the_same():
    frame = answers()
    for row in told(frame).facts["shares"]:
        own = frame[frame["arm"] == "yes"]["said"] >= float(row["answer"])
        assert row["change"] == pytest.approx(own.mean())
        assert row["expected_change"] == pytest.approx(row["change"], abs=0.05)


def test_answers_that_spread_in_one_arm_only_are_not_described_by_one_odds_ratio():
    assert told(answers(40, 30)).facts["proportional_odds"]["p"] > 0.05
    spread = told(answers(40, 30, effect=0.0, widen=4.0))
    assert spread.facts["proportional_odds"]["p"] < 0.001
    assert any("they differ" in one for one in spread.conventions)


def test_answers_that_the_arm_tells_without_fail_are_separated():
    frame = answers()
    apart = frame.assign(said=np.where(frame["arm"] == "yes", 4, frame["said"].clip(upper=3)))
    found = told(apart)
    assert (found.state, found.code, found.value) == ("not_estimable", "CY318", None)
    assert "firth" not in found.reason


def test_an_answer_that_one_arm_never_gave_is_no_separation():
    frame = answers()
    found = told(frame[(frame["arm"] == "yes") | (frame["said"] < 4)])
    assert found.state == "estimated"


def test_a_number_with_many_values_is_no_ordered_answer():
    frame = answers()
    assert told(frame.assign(said=np.arange(len(frame)))).code == "CY310"
    assert told(frame.assign(said=3)).code == "CY304"


def test_few_classrooms_are_described_only():
    found = told(answers(6, 40))
    assert (found.state, found.code, found.se) == ("degraded", "CY307", None)
    assert found.facts["odds_ratio_low"] is None


def test_a_kind_of_standard_error_that_is_not_made_is_said_to_be_another():
    assert any("HC3 is not made for this model" in one for one in told(variance="HC3").conventions)
    assert told(variance="HC3").se == told().se
    assert told(variance="CR0").se < told(variance="CR1").se < told(variance="CR3").se
    assert told(variance="CR1").df == 19
    assert told(variance="classical").se_kind == "inverse information"


def test_no_decision_is_made_in_another_unit():
    prediction = Prediction(measure="said", direction="increase", size=0.3, worth_having=0.1)
    call = cy.decide(told(), [], rule=Decide(on=date(2026, 1, 1)), prediction=prediction, as_of=date(2026, 6, 1))
    assert call.call == "no decision"
    assert "log odds ratios" in call.because


def test_the_report_tells_what_share_said_how_much():
    shown = blocks_of(told(answers(20, 40)), REQUEST)
    table = next(block for block in shown if block["title"].startswith("Who said how much"))
    assert [row[0] for row in table["rows"]] == ["2 or higher", "3 or higher", "4 or higher"]
    assert all(cell.endswith("%") for row in table["rows"] for cell in row[1:])


def test_rare_answers_are_joined_so_that_no_small_count_can_be_worked_out():
    found = told(answers(20, 12, cuts=(-1.0, 0.0, 3.6)))
    assert 0 < found.facts["shares"][-1]["n_comparison"] < 10
    shown = blocks_of(found, REQUEST)
    table = next(block for block in shown if block["kind"] == "table")
    assert "4 or higher" not in [row[0] for row in table["rows"]]
    protected = next(iter(protect_estimates({"said": found}, REQUEST).values()))
    record = estimate_record(protected, smallest=10)
    assert [row["answer"] for row in record["facts"]["shares"]] == ["2", "3"]
    assert not any(name.startswith("n_") for row in record["facts"]["shares"] for name in row)
    assert not any(row["term"].startswith("threshold") for row in record["coefficients"])
    assert "log_odds" not in record["facts"]["proportional_odds"]


def test_the_report_says_so_where_no_share_can_be_told():
    shown = blocks_of(told(answers(8, 5, cuts=(-2.0, 2.0), effect=0.0)), REQUEST)
    assert any("no shares are told" in block["text"] for block in shown)
