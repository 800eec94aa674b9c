"""What the rule says, why, and what it does not say."""

from datetime import date

import pytest

from cycles.core.catalogue import CATALOGUE
from cycles.core.vocabulary import Finding
from cycles.plan.cycle_file import Prediction
from cycles.plan.rule import Decide, Harm, Prior


def test_an_adopted_change_says_its_numbers_in_the_measures_unit(call):
    decision = call()
    assert decision.call == "adopt"
    assert decision.because.startswith(
        "Belonging was 0.20 points higher where the change was tried (95% interval: +0.10 to +0.30)."
    )
    assert "at least 0.10 points" in decision.because
    assert f"{100 * decision.probability:.0f}%" in decision.because
    assert decision.sd == 1.0
    assert decision.probability_narrow_prior < decision.probability < decision.probability_flat


def test_before_the_date_nothing_is_judged(call):
    decision = call(as_of=date(2026, 12, 1))
    assert decision.call == "monitoring"
    assert "25 January 2027" in decision.because
    assert decision.probability is None
    assert decision.probability_flat is None
    assert decision.probability_harm is None
    assert "0.20" not in decision.text


@pytest.mark.parametrize(
    ("as_of", "today", "due"),
    [
        (date(2027, 1, 24), None, False),
        (date(2027, 1, 25), None, True),
        (date(2026, 12, 1), date(2027, 2, 1), True),
        (None, date(2027, 1, 1), False),
        (None, date(2027, 1, 25), True),
    ],
)
def test_the_later_of_data_and_day_makes_the_decision_due(call, as_of, today, due):
    assert (call(as_of=as_of, today=today).call != "monitoring") is due


def test_without_any_day_the_clock_decides(call, rule):
    past = rule.model_copy(update={"on": date(2000, 1, 1)})
    future = rule.model_copy(update={"on": date(2999, 1, 1)})
    assert call(as_of=None, rule=past).call == "adopt"
    assert call(as_of=None, rule=future).call == "monitoring"


def test_what_cannot_be_estimated_is_not_decided_and_the_remedy_is_told(call, not_estimable):
    decision = call(not_estimable)
    assert (decision.call, decision.step, decision.probability) == ("no decision", 1, None)
    assert "Every unit has the same outcome." in decision.because
    assert decision.next_step == CATALOGUE["CY304"].fix


def test_two_or_three_clusters_in_an_arm_are_described_only(call, make_estimate):
    few = make_estimate(state="degraded", code="CY307", reason="An arm has 3 classrooms.", low=None, high=None)
    decision = call(few)
    assert (decision.call, decision.probability) == ("no decision", None)
    assert "described only" in decision.because


def test_a_blocking_finding_forbids_a_decision(call):
    blocking = Finding(
        name="collinearity", answer="concern", text="The arm is one of the covariates.", code="CY305", blocking=True
    )
    decision = call(findings=[blocking])
    assert decision.call == "no decision"
    assert "The arm is one of the covariates." in decision.because
    assert decision.next_step == CATALOGUE["CY305"].fix


def test_a_concern_that_does_not_block_is_said_and_the_rule_goes_on(call):
    concern = Finding(name="attrition", answer="concern", text="More students left one arm than the other.")
    decision = call(findings=[concern])
    assert decision.call == "adopt"
    assert concern.text in decision.cannot_say


@pytest.mark.parametrize(
    ("name", "answer", "fields", "said"),
    [
        (
            "response_and_attrition",
            "concern",
            {"n": 300, "n_missing": 100},
            "25% of the students who were assigned are not in the result",
        ),
        (
            "response_and_attrition",
            "concern",
            {"n": 300, "n_missing": 4},
            "Students without a result may differ from those with one.",
        ),
        ("baseline_equivalence", "cannot_say", {}, "not known whether the groups were alike at the start"),
        ("baseline_equivalence", "concern", {}, "already differed before the change"),
    ],
)
def test_a_reviewers_finding_is_told_in_everyday_words_on_the_first_screen(
    call, make_estimate, name, answer, fields, said
):
    finding = Finding(name=name, answer=answer, text="Hedges g .31 by the optimistic boundary.")
    told = call(make_estimate(**fields), findings=[finding]).cannot_say
    assert any(said in sentence for sentence in told)
    assert finding.text not in told


def test_an_estimate_without_a_standard_deviation_gives_no_decision(call, make_estimate):
    decision = call(make_estimate(sd=None))
    assert decision.call == "no decision"
    assert "not known" in decision.because
    assert decision.next_step.startswith("Look at the checks")


def test_harm_to_a_balancing_measure_is_named_with_its_limit(call, make_estimate):
    worse = make_estimate(0.03, 0.004, id="missed", unit="share of lesson time", sd=0.05, higher_is="worse")
    decision = call(balancing={"missed": worse})
    assert decision.call == "stop: harm"
    assert "missed got worse by 2 percentage points or more" in decision.because
    assert decision.probability_harm >= 0.8


def test_worse_is_lower_for_a_balancing_measure_where_higher_is_better(call, make_estimate):
    attendance = make_estimate(-0.03, 0.004, id="missed", unit="share of days", sd=0.05, higher_is="better")
    assert call(balancing={"missed": attendance}).call == "stop: harm"


def test_harm_is_told_even_when_the_outcome_cannot_be_estimated(call, not_estimable, make_estimate):
    worse = make_estimate(0.03, 0.004, id="missed", unit="share of lesson time", sd=0.05, higher_is="worse")
    decision = call(not_estimable, balancing={"missed": worse})
    assert decision.call == "no decision"
    assert any("missed got worse" in sentence for sentence in decision.blocked)


def test_hopes_for_the_outcome_do_not_excuse_side_effects(call, make_estimate, rule):
    hopeful = rule.model_copy(update={"prior": Prior(mean=0.5, sd=0.25)})
    unsure = make_estimate(0.02, 0.02, id="missed", unit="share of lesson time", sd=0.05, higher_is="worse")
    told = [call(balancing={"missed": unsure}, rule=one).probability_harm for one in (rule, hopeful)]
    assert told[0] == pytest.approx(told[1])


@pytest.mark.parametrize("state", ["not_estimable", "degraded"])
def test_a_balancing_measure_that_cannot_be_judged_bars_adoption(call, make_estimate, state):
    unknown = make_estimate(id="missed", state=state, code="CY307", reason="Too few.")
    decision = call(balancing={"missed": unknown})
    assert decision.call == "adapt"
    assert decision.blocked == ("Missed could not be held to its limit, so it is not known whether it got worse.",)
    assert decision.blocked[0] in decision.because


def test_without_any_sealed_limit_nothing_is_adopted(call):
    decision = call(rule=Decide(on=date(2027, 1, 25)), fidelity={})
    assert decision.call == "adapt"
    assert "nobody looked" in decision.blocked[0]
    assert "No limit was set for missed, so it was not judged." in decision.cannot_say


def test_what_was_not_done_is_not_abandoned(call, make_estimate):
    decision = call(make_estimate(-0.02, 0.05), fidelity={"check_ins": 1.1})
    assert (decision.call, decision.step) == ("adapt", 3)
    assert "check ins was 1.1, below the 1.5 agreed" in decision.because
    assert "check ins" in decision.next_step


def test_a_floor_just_reached_is_reached(call):
    assert call(fidelity={"check_ins": 1.5}).call == "adopt"


def test_a_prior_that_alone_would_abandon_is_held_back_by_the_data(call, make_estimate):
    """With worth_having above .21 SD a prior of SD .25 sits below .20 before any data."""
    far = Prediction(measure="belonging", direction="increase", size=0.4, worth_having=0.3)
    decision = call(make_estimate(0.2, 0.5), prediction=far)
    assert decision.probability <= 0.2 < decision.probability_flat
    assert decision.call == "keep testing"
    assert "without any earlier expectation" in decision.because


def test_keep_testing_says_how_many_more(call, make_estimate):
    decision = call(make_estimate(0.10, 0.20, n=400, n_clusters=20))
    assert decision.call == "keep testing"
    half_width = 1.3030771 * 0.20  # t(.90, 40)
    clusters = -(-20 * (half_width / 0.10) ** 2 // 1) - 20
    assert decision.n_still_needed == clusters * 20
    assert f"{decision.n_still_needed:,} more students in {clusters:.0f} more groups" in decision.next_step
    assert "at most 4 in all" in decision.next_step


def test_keep_testing_counts_students_where_there_are_no_clusters(call, make_estimate):
    decision = call(make_estimate(0.10, 0.20, n=400, n_clusters=None, n_clusters_by_arm={}))
    assert decision.n_still_needed > 400
    assert "groups" not in decision.next_step


def test_a_fall_that_was_hoped_for_is_adopted(call, make_estimate):
    fewer = Prediction(measure="absence", direction="decrease", size=0.2, worth_having=0.10)
    decision = call(make_estimate(-0.2, 0.05, higher_is="worse"), prediction=fewer)
    assert decision.call == "adopt"
    assert "0.20 points lower" in decision.because
    assert "a fall of at least 0.10 points" in decision.because


def test_a_fall_mirrors_a_rise(call, make_estimate, rule):
    fewer = Prediction(measure="belonging", direction="decrease", size=0.2, worth_having=0.10)
    hopeful, mirrored = (rule.model_copy(update={"prior": Prior(mean=mean, sd=0.2)}) for mean in (0.1, -0.1))
    up, down = (
        call(make_estimate(0.13, 0.05), rule=hopeful),
        call(make_estimate(-0.13, 0.05), rule=mirrored, prediction=fewer),
    )
    assert (up.call, up.probability, up.probability_flat) == (
        down.call,
        pytest.approx(down.probability),
        pytest.approx(down.probability_flat),
    )


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"seal_state": "sealed_after_data"}, "already existed"),
        ({"seal_state": "unsealed"}, "not sealed"),
        ({"deviations": ("decide.adopt changed",)}, "changed after it was sealed (1 change)"),
        ({"fidelity": {}}, "is not known: check ins was not recorded"),
        (
            {"findings": [Finding(name="missing_data", answer="cannot_say")]},
            "missing data misleads could not be checked",
        ),
    ],
)
def test_what_weakens_the_cycle_is_said(call, parts, said):
    assert any(said in sentence for sentence in call(**parts).cannot_say)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"design": "cluster_comparison"}, "not drawn by lot"),
        ({"design": "one_group_pre_post"}, "no comparison group"),
        ({"n_clusters_by_arm": {"change": 4, "comparison": 9}}, "only 4 groups"),
        ({"n_missing": 52}, "52 students are not in the estimate"),
        ({"n_missing": 3}, "Fewer than 10 students are not in the estimate"),
    ],
)
def test_the_designs_limits_are_said(call, make_estimate, fields, said):
    assert any(said in sentence for sentence in call(make_estimate(**fields)).cannot_say)


def test_a_randomised_sealed_whole_cycle_has_little_left_unsaid(call, make_estimate):
    passed = Finding(name="attrition", answer="pass", text="Few left, and alike in both arms.")
    assert call(make_estimate(0.3, 0.03, design="cluster_randomised"), findings=[passed]).cannot_say == ()


@pytest.mark.parametrize(
    ("design", "said"), [("student_randomised", ()), ("regression_discontinuity", ("independent",))]
)
def test_that_a_design_names_no_clusters_is_said_once_where_it_matters(call, make_estimate, design, said):
    looked = [
        Finding(name=name, answer="cannot_say", text="No clusters.")
        for name in ("cluster_count", "one_cluster_per_arm")
    ]
    decision = call(make_estimate(0.3, 0.03, design=design, n_clusters_by_arm={}), findings=looked)
    assert [one for one in decision.cannot_say if "clusters" in one] == []
    assert [any(word in one for word in said) for one in decision.cannot_say].count(True) == len(said)


def test_an_answer_that_depends_on_the_prior_says_so(call, make_estimate):
    decision = call(make_estimate(0.16, 0.06))
    assert any("how sceptical one starts" in sentence for sentence in decision.cannot_say)


def test_no_sentence_blames_anyone(call, make_estimate, not_estimable):
    told = [call(estimate) for estimate in (make_estimate(), make_estimate(-0.3), make_estimate(0.0), not_estimable)]
    words = " ".join(f"{one.because} {one.next_step} {' '.join(one.cannot_say)}" for one in told).lower()
    assert not {"fail", "deficit", "significant", "posterior", "hedges"} & set(
        words.replace(".", " ").replace(",", " ").split()
    )


def test_one_group_is_compared_with_before(call, make_estimate):
    alone = make_estimate(design="one_group_pre_post", low=None, high=None)
    assert call(alone).because.startswith("Belonging was 0.20 points higher than before.")


def test_possible_harm_to_the_outcome_is_named(call, make_estimate):
    decision = call(make_estimate(-0.05, 0.10))
    assert decision.probability_harm >= 0.2
    assert any("belonging got worse by 0.10 points or more" in sentence for sentence in decision.blocked)


def test_a_limit_far_from_reached_bars_nothing(call):
    calm = Decide(on=date(2027, 1, 25), balancing={"missed": Harm(worse_by=0.5)})
    assert call(rule=calm).blocked == ()
