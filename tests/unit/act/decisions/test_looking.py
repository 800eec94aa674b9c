"""Looking before the decision date: only as agreed and sealed, and never a word to adopt short of the bound."""

from datetime import date

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import binom

from cycles.act.decisions import operating_characteristics
from cycles.act.decisions.looking import bound_of, look_on
from cycles.act.reporting.words_of import rule_in_words
from cycles.plan.rule import Decide, Looks

FIRST, SECOND, DUE = date(2026, 11, 2), date(2026, 12, 14), date(2027, 1, 25)
CLEAR, UNCLEAR = (0.30, 0.05), (0.12, 0.05)


@pytest.fixture
def looking(rule):
    return rule.model_copy(update={"looks": Looks(on=(FIRST, SECOND))})


@pytest.fixture
def at_any_time(rule):
    return rule.model_copy(update={"looks": Looks(method="always_valid")})


def test_an_effect_across_the_bound_is_adopted_on_the_day_agreed(call, looking, make_estimate):
    decision = call(make_estimate(*CLEAR), rule=looking, as_of=SECOND)
    assert decision.call == "adopt"
    assert "look 2 of 2 that were agreed beforehand" in decision.because
    assert "does not include no effect" in decision.because


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 11, 3), date(2027, 1, 24)])
def test_on_any_other_day_nothing_is_judged(call, looking, make_estimate, day):
    decision = call(make_estimate(*CLEAR), rule=looking, as_of=day)
    assert decision.call == "monitoring"
    assert "0.30" not in decision.text


def test_short_of_the_bound_the_look_shows_an_interval_that_allows_for_all_looks(call, looking, make_estimate):
    decision = call(make_estimate(*UNCLEAR), rule=looking, as_of=FIRST)
    assert (decision.call, decision.probability) == ("monitoring", None)
    assert "look 1 of 2" in decision.because
    assert "includes no effect" in decision.because
    assert "Nothing is decided before 25 January 2027." in decision.because


@pytest.mark.parametrize(
    "parts",
    [
        {"seal_state": "sealed_after_data"},
        {"seal_state": "unsealed"},
        {"deviations": ("decide.looks was not set and is now agreed",)},
    ],
)
def test_a_look_that_was_not_sealed_before_the_data_is_none(call, looking, make_estimate, parts):
    assert call(make_estimate(*CLEAR), rule=looking, as_of=SECOND, **parts).call == "monitoring"


def test_on_the_decision_date_the_last_bound_must_be_crossed_too(call, rule, looking, make_estimate):
    surer = make_estimate(0.30, 0.14)
    assert call(surer, rule=rule.model_copy(update={"adopt": 0.75})).call == "adopt"
    decision = call(surer, rule=looking.model_copy(update={"adopt": 0.75, "looks": Looks(on=(FIRST,), level=0.01)}))
    assert decision.call != "adopt"
    assert any("Because looking early was agreed" in one for one in decision.blocked)
    assert call(make_estimate(*CLEAR), rule=looking).call == "adopt"


def test_what_was_not_done_is_not_judged_early_and_harm_is(call, looking, make_estimate):
    assert call(make_estimate(*CLEAR), rule=looking, as_of=SECOND, fidelity={"check_ins": 1.0}).call == "monitoring"
    assert call(make_estimate(-0.30, 0.05), rule=looking, as_of=SECOND).call == "stop: harm"
    assert call(make_estimate(-0.08, 0.01), rule=looking, as_of=SECOND).call == "monitoring"


def test_an_estimate_that_carries_no_decision_carries_none_at_a_look(call, looking, not_estimable):
    assert call(not_estimable, rule=looking, as_of=SECOND).call == "monitoring"


def test_an_always_valid_bound_allows_any_day_and_asks_for_more(call, at_any_time, make_estimate):
    assert call(make_estimate(*CLEAR), rule=at_any_time, as_of=date(2026, 11, 5)).call == "adopt"
    decision = call(make_estimate(*UNCLEAR), rule=at_any_time, as_of=date(2026, 11, 5))
    assert decision.call == "monitoring"
    assert decision.because.startswith("looking at any time was agreed beforehand.")
    named = at_any_time.model_copy(update={"looks": Looks(method="always_valid", on=(FIRST,))})
    assert call(make_estimate(*CLEAR), rule=named, as_of=SECOND).call == "monitoring"


def test_a_decrease_hoped_for_crosses_on_its_own_side(call, looking, make_estimate, prediction):
    down = prediction.model_copy(update={"direction": "decrease"})
    assert call(make_estimate(-0.30, 0.05), rule=looking, prediction=down, as_of=SECOND).call == "adopt"
    assert call(make_estimate(0.30, 0.05), rule=looking, prediction=down, as_of=SECOND).call == "stop: harm"


def test_bounds_are_those_published_and_a_mixture_never_falls_below():
    five = Looks(on=tuple(date(2026, 1, day) for day in (1, 2, 3, 4)))
    bounds = [bound_of(five, place, se=0.1, sd=0.25) for place in range(5)]
    assert bounds == pytest.approx([4.8769, 3.3569, 2.6803, 2.2898, 2.0310], abs=2e-4)
    always = Looks(method="always_valid")
    assert all(bound_of(always, 0, se=se, sd=0.25) > 2.4 for se in (0.02, 0.1, 0.25, 1.0))


def test_looks_are_written_as_days_or_in_full_and_nonsense_is_refused():
    assert Decide(on=DUE, looks=[FIRST, SECOND]).looks.fractions == pytest.approx((1 / 3, 2 / 3, 1))
    full = Looks(on=(FIRST,), information=(0.4,))
    assert full.fractions == (0.4, 1.0)
    for wrong in (
        {"on": (SECOND, FIRST)},
        {"on": ()},
        {"on": (FIRST,), "information": (0.5, 0.7)},
        {"on": (FIRST, SECOND), "information": (0.7, 0.5)},
        {"on": (FIRST,), "information": (1.0,)},
    ):
        with pytest.raises(ValidationError):
            Looks(**wrong)
    with pytest.raises(ValidationError, match="before the decision date"):
        Decide(on=DUE, looks=[DUE])


def test_the_plan_says_that_looking_early_is_agreed(looking, at_any_time, prediction):
    assert "looking early is agreed on 2 November 2026 and 14 December 2026" in rule_in_words(looking, prediction)
    assert "on any day" in rule_in_words(at_any_time, prediction)


def test_a_rule_without_looks_has_none(rule):
    assert look_on(FIRST, rule, se=0.1) is None


@pytest.mark.parametrize("looks", [Looks(on=(FIRST, SECOND)), Looks(method="always_valid")])
def test_a_few_simulated_cycles_adopt_nothing_more_often_than_agreed(looks):
    told = operating_characteristics(
        se=0.08, df=30, worth_having=0.05, rule=Decide(on=DUE, adopt=0.6, looks=looks), n_draws=1000
    ).table.set_index("multiple")
    assert told.loc[0.0, "adopt"] <= binom.ppf(0.9995, 1000, looks.level) / 1000
    assert told[["adopt", "adapt", "abandon", "keep testing", "stop: harm"]].sum(axis=1).tolist() == pytest.approx(
        [1] * 4
    )
    assert told.loc[2.0, "adopt"] > told.loc[0.0, "adopt"]


@pytest.mark.slow
@pytest.mark.parametrize(("se", "df"), [(0.05, None), (0.15, 12.0)])
@pytest.mark.parametrize(
    "looks",
    [
        Looks(on=(FIRST,)),
        Looks(on=tuple(date(2026, 11, day) for day in range(1, 10))),
        Looks(on=(FIRST, SECOND), information=(0.1, 0.2)),
        Looks(method="always_valid"),
    ],
)
def test_false_adoption_over_all_looks_stays_below_what_was_sealed(looks, se, df):
    """A rule so eager that it would adopt a fifth of all changes without effect is held by its bounds."""
    eager = Decide(on=DUE, adopt=0.5, abandon=0.1, looks=looks)
    found = operating_characteristics(se=se, df=df, worth_having=0.01, rule=eager, n_draws=5000, seed=7).table
    adopted = round(found.loc[0, "adopt"] * 5000)
    assert adopted <= binom.ppf(0.9995, 5000, looks.level / 2)
    bare = eager.model_copy(update={"looks": None})
    peeking = operating_characteristics(se=se, df=df, worth_having=0.01, rule=bare, n_draws=5000, seed=7).table
    assert peeking.loc[0, "adopt"] > 0.15


@pytest.mark.slow
def test_cycles_decided_one_by_one_keep_the_sealed_level_too(call, rule, make_estimate):
    draw, crossed, replicates = np.random.default_rng(41), 0, 1500
    eager = rule.model_copy(update={"adopt": 0.5, "abandon": 0.1, "looks": Looks(on=(FIRST, SECOND))})
    for _ in range(replicates):
        walked = draw.standard_normal(3).cumsum() * np.sqrt(1 / 3)
        for share, value, day in zip((1 / 3, 2 / 3, 1.0), walked, (FIRST, SECOND, DUE), strict=True):
            estimate = make_estimate(0.08 * value / share, 0.08 / share**0.5, df=200.0)
            if call(estimate, rule=eager, as_of=day).call == "adopt":
                crossed += 1
                break
    assert crossed <= binom.ppf(0.9995, replicates, 0.025)


def test_without_degrees_of_freedom_the_interval_is_the_normal_one():
    look = look_on(DUE, Decide(on=DUE, looks=[FIRST]), se=0.1)
    assert look.reach(0.1, None) == pytest.approx(0.1 * look.bound)
    assert look.reach(0.1, 12.0) > look.reach(0.1, None)
