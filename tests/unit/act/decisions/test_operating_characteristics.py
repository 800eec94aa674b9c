"""How often the rule gives each call, by simulating the very rule."""

from datetime import date

import numpy as np
import pytest

from cycles.act.decisions import operating_characteristics
from cycles.act.decisions.operating_characteristics import CALLS, simulated_calls
from cycles.plan.cycle_file import Prediction
from cycles.plan.rule import Decide, Harm

RULE = Decide(on=date(2027, 1, 25))


def test_shares_add_up_to_one_at_every_true_effect():
    table = operating_characteristics(se=0.1, df=20, worth_having=0.15, rule=RULE).table
    assert table[list(CALLS)].sum(axis=1).to_list() == pytest.approx([1.0] * 4)
    assert table["multiple"].to_list() == [0.0, 0.5, 1.0, 2.0]


def test_a_larger_effect_is_adopted_more_often_and_abandoned_less():
    table = operating_characteristics(se=0.08, df=30, worth_having=0.15, rule=RULE).table
    assert table["adopt"].is_monotonic_increasing
    assert table["abandon"].is_monotonic_decreasing


def test_the_same_seed_gives_the_same_shares_and_another_seed_others():
    first, again, other = (
        operating_characteristics(se=0.1, df=20, worth_having=0.15, rule=RULE, seed=seed).table for seed in (1, 1, 2)
    )
    assert first.equals(again)
    assert not first.equals(other)


@pytest.mark.parametrize(("se", "df"), [(0.4, 4), (0.2, 10), (0.05, 40)])
def test_what_is_just_worth_having_is_abandoned_no_more_often_than_the_bar_says(se, df):
    """The flat-prior bar of .20 holds the error at .20 however small the cycle; the prior alone would not."""
    table = operating_characteristics(se=se, df=df, worth_having=0.15, rule=RULE, n_draws=4000).table
    assert table.set_index("multiple").loc[1.0, "abandon"] < 0.20 + 4 * (0.2 * 0.8 / 4000) ** 0.5


def test_small_cycles_mostly_keep_testing():
    table = operating_characteristics(se=0.4, df=4, worth_having=0.15, rule=RULE).table
    assert (table["keep testing"] > 0.5).all()


def test_the_sentence_reads_the_table():
    told = operating_characteristics(se=0.05, df=None, worth_having=0.15, rule=RULE)
    adopts = told.table.set_index("multiple").loc[2.0, "adopt"]
    assert adopts > 0.9
    assert "If the change does nothing, this rule adopts it with a chance of" in told.text


def test_simulated_calls_are_those_that_the_rule_itself_makes(call, make_estimate):
    rule = Decide(on=date(2027, 1, 25), balancing={"missed": Harm(worse_by=0.02)})
    hoped = Prediction(measure="belonging", direction="increase", size=0.2, worth_having=0.15)
    rng = np.random.default_rng(3)
    effects, errors = rng.normal(0.1, 0.2, 60), rng.uniform(0.02, 0.3, 60)
    simulated = simulated_calls(effects, errors, df=15, worth_having=0.15, rule=rule)
    decided = [
        call(make_estimate(float(g), float(se), df=15.0), rule=rule, prediction=hoped, fidelity={}).call
        for g, se in zip(effects, errors, strict=True)
    ]
    assert simulated.tolist() == decided
    assert set(decided) == set(CALLS)
