"""Whatever the numbers: probabilities are probabilities, and the rule does not care for units or signs."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cycles.act.decisions import decide
from cycles.act.decisions.probability import flat_probability_above, probability_above
from cycles.core.vocabulary import Estimate
from cycles.plan.cycle_file import Prediction
from cycles.plan.rule import Decide, Harm
from cycles.study.charts.run_chart import anhoej

EFFECTS = st.floats(-3, 3)
ERRORS = st.floats(0.005, 1.5)
DF = st.one_of(st.none(), st.floats(1, 2000))
LIMITS = st.floats(0.01, 1)


def estimate(g, se, df, *, sd=1.0, design="cluster_randomised"):
    return Estimate(
        id="m",
        estimand="e",
        estimator="ancova",
        design=design,
        state="estimated",
        value=g * sd,
        se=se * sd,
        df=df,
        low=(g - 2 * se) * sd,
        high=(g + 2 * se) * sd,
        n=500,
        n_clusters=20,
        unit="points",
        sd=sd,
        effect_size=g,
        effect_size_se=se,
    )


def decided(one, worth, *, direction="increase"):
    calm = Estimate(
        id="b",
        estimand="e",
        estimator="ancova",
        design="cluster_randomised",
        state="estimated",
        value=0.0,
        se=0.001,
        sd=1.0,
        unit="points",
    )
    return decide(
        one,
        [],
        rule=Decide(on=date(2027, 1, 25), balancing={"b": Harm(worse_by=0.5)}),
        prediction=Prediction(measure="m", direction=direction, size=worth, worth_having=worth),
        balancing={"b": calm},
        as_of=date(2027, 1, 25),
    )


@settings(max_examples=40, deadline=None)
@given(EFFECTS, LIMITS, ERRORS, DF, st.floats(0.02, 2))
def test_a_probability_lies_between_zero_and_one_and_falls_as_more_is_asked(g, limit, se, df, sd):
    little, much = (float(probability_above(g, one, se=se, df=df, sd=sd)) for one in (limit, 2 * limit))
    assert 0 <= much <= little <= 1


@settings(max_examples=20, deadline=None)
@given(EFFECTS, LIMITS, ERRORS, DF)
def test_above_and_below_share_out_all_there_is(g, limit, se, df):
    above = float(probability_above(g, limit, se=se, df=df))
    below = float(probability_above(-g, -limit, se=se, df=df))
    assert above + below == pytest.approx(1, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(EFFECTS, LIMITS, st.floats(0.02, 0.5), st.floats(3, 500))
def test_a_wide_prior_says_what_no_prior_says(g, limit, se, df):
    wide = float(probability_above(g, limit, se=se, df=df, sd=1e4))
    assert wide == pytest.approx(float(flat_probability_above(g, limit, se=se, df=df)), abs=2e-4)


@settings(max_examples=20, deadline=None)
@given(st.lists(EFFECTS, min_size=1, max_size=6), LIMITS, ERRORS, DF)
def test_many_at_once_are_the_same_as_one_by_one(effects, limit, se, df):
    together = probability_above(np.array(effects), limit, se=se, df=df)
    apart = [float(probability_above(g, limit, se=se, df=df)) for g in effects]
    assert together.tolist() == pytest.approx(apart, abs=1e-8)


@settings(max_examples=20, deadline=None)
@given(EFFECTS, ERRORS, st.floats(2, 500), LIMITS, st.floats(0.01, 100))
def test_the_unit_of_the_measure_does_not_change_the_call(g, se, df, worth, sd):
    plain, scaled = decided(estimate(g, se, df), worth), decided(estimate(g, se, df, sd=sd), worth * sd)
    assert scaled.probability == pytest.approx(plain.probability, abs=1e-9)
    if min(abs(plain.probability - bar) for bar in (0.2, 0.8)) > 1e-6:  # rounding may tip a number that sits on a bar
        assert scaled.step == plain.step or {scaled.step, plain.step} == {6, 7}


@settings(max_examples=20, deadline=None)
@given(EFFECTS, ERRORS, st.floats(2, 500), LIMITS)
def test_a_hoped_for_fall_is_a_rise_in_the_mirror(g, se, df, worth):
    rise, fall = decided(estimate(g, se, df), worth), decided(estimate(-g, se, df), worth, direction="decrease")
    assert (rise.call, rise.step) == (fall.call, fall.step)
    assert rise.probability == pytest.approx(fall.probability)


@settings(max_examples=20, deadline=None)
@given(EFFECTS, ERRORS, DF, LIMITS)
def test_every_case_gets_one_call_with_a_reason_and_a_next_step(g, se, df, worth):
    decision = decided(estimate(g, se, df), worth)
    assert decision.call in ("adopt", "adapt", "abandon", "keep testing", "stop: harm")
    assert decision.because
    assert decision.next_step
    assert (decision.n_still_needed is not None) == (decision.call == "keep testing")
    assert "nan" not in decision.text
    assert "inf" not in decision.text.replace("information", "")
    if decision.call == "adopt":
        assert decision.probability >= 0.8
        assert not decision.blocked


@settings(max_examples=20, deadline=None)
@given(st.lists(st.integers(-20, 20), min_size=1, max_size=60))
def test_a_series_and_its_mirror_and_its_reverse_have_the_same_runs(values):
    series = np.array(values, dtype=float)
    assert anhoej(series) == anhoej(-series) == anhoej(series[::-1]) == anhoej(series * 4 + 1)
