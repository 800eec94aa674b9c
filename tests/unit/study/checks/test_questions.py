"""What a reviewer would ask: each planted fault is caught by its own check, and without it that check passes or cannot say."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel
from tests.unit.study.checks.test_run_checks import balanced, findings, known

from cycles.core.errors import ParameterError
from cycles.plan.rule import Looks
from cycles.study.estimators import estimate
from cycles.study.inference.alpha_spending import spending_bounds
from cycles.study.inference.background import Background, Everyone


def asked(panel, name, estimator="ancova", **more):
    return findings(panel, estimator, Background(**more))[name]


def many(effect: float = 0.5, n_clusters: int = 40, seed: int = 3) -> pd.DataFrame:
    return small_frame(n_clusters=n_clusters, size=20, effect=effect, seed=seed)


# ------------------------------------------------------------------ influence


def test_one_classroom_that_carries_the_effect_is_found():
    frame = small_frame(effect=0.0)
    frame.loc[frame.classroom == "c00", "after"] += 6.0
    found = findings(small_panel(frame), background=Background(worth_having=0.5))["influence"]
    assert found.answer == "concern"
    assert "whether it is as large as what is worth having" in found.text
    assert "c00" not in found.text
    assert found.table.case.tolist() == ["all", "lowest without one", "highest without one"]


def test_an_effect_that_every_classroom_shows_hangs_on_none():
    found = findings(small_panel(many(1.5)), background=Background(worth_having=0.5))["influence"]
    assert (found.answer, "none of them alone" in found.text) == ("pass", True)


def test_a_sign_or_a_significance_that_one_classroom_makes_is_told():
    frame = many(0.0, n_clusters=10)
    frame["after"] = frame.after - 0.1 * (frame.group == "change")
    frame.loc[frame.classroom == "c00", "after"] += 3.0
    text = findings(small_panel(frame))["influence"].text
    assert "its sign" in text
    near = findings(small_panel(balanced()))["influence"]
    assert (near.answer, "told from none" in near.text) == ("concern", True)


@pytest.mark.parametrize("estimator", ["ancova", "difference_in_differences", "difference_in_means"])
def test_of_many_classrooms_the_one_that_matters_is_among_those_left_out(estimator):
    frame = many(0.0, n_clusters=60)
    frame.loc[frame.classroom == "c30", "after"] += 9.0
    few = frame[frame.classroom != "c30"]
    table = findings(small_panel(frame), estimator)["influence"].table.set_index("case")
    without = estimate(small_panel(few), estimator=estimator).value
    assert table.value["lowest without one"] == pytest.approx(without)


def test_where_no_linear_model_can_be_fitted_the_largest_classrooms_are_left_out():
    frame = many(n_clusters=60)
    frame.loc[frame.classroom == "c07", "before"] = np.nan
    assert findings(small_panel(frame))["influence"].answer in ("pass", "concern")


def test_the_method_is_that_of_the_estimate_with_or_without_its_file():
    panel = small_panel(many())
    result = estimate(panel, estimator="ancova", variance="CR1")
    from cycles.study.inference.background import spec_of

    assert spec_of(result, Background()).variance == "CR1"
    assert spec_of(estimate(panel, estimator="mixed_model"), Background()).variance == "CR2"


def test_without_clusters_or_an_estimate_no_influence_is_told():
    assert findings(small_panel(cluster=None))["influence"].answer == "cannot_say"
    found = findings(small_panel(small_frame().assign(after=1.0)))["influence"]
    assert (found.answer, found.code) == ("cannot_say", "CY304")


# ------------------------------------------------------------------ hidden confounding


def confounded(strength: float) -> pd.DataFrame:
    """A covariate that tells much of the outcome and, by `strength`, of the arm."""
    frame = many(0.4)
    draw = np.random.default_rng(5)
    skill = draw.normal(size=len(frame)) + strength * (frame.group == "change")
    return frame.assign(skill=skill, after=frame.after + 1.5 * skill)


def test_an_effect_that_a_difference_like_the_measured_one_could_make_is_a_concern():
    found = findings(small_panel(confounded(0.8), covariates=("skill",)))["hidden_confounding"]
    assert found.answer == "concern"
    assert "skill" in found.text
    assert found.table.statistic.tolist() == ["E-value", "robustness value"]
    assert (found.table.limit <= found.table.effect).all()


def test_a_large_effect_beside_a_weak_difference_stands():
    found = findings(small_panel(many(1.5)))["hidden_confounding"]
    assert (found.answer, "still told from none" in found.text) == ("pass", True)


def test_an_effect_not_told_from_none_has_nothing_to_explain_away():
    found = findings(small_panel(small_frame(effect=0.0, seed=4)))["hidden_confounding"]
    assert found.answer == "cannot_say"
    assert found.table.limit.tolist() == [1.0, 0.0]


def test_with_nothing_measured_no_strength_is_likelier_than_another():
    found = findings(small_panel(many(1.5), baseline=None), "difference_in_means")["hidden_confounding"]
    assert found.answer == "cannot_say"
    assert "E-value" in found.text


def test_a_negative_effect_has_the_e_value_of_its_mirror_image():
    up, down = many(0.0), many(0.0)
    change = up.group == "change"
    up["after"], down["after"] = up.after + 1.5 * change, -(up.after + 1.5 * change)
    tables = [
        findings(small_panel(frame), "difference_in_differences")["hidden_confounding"].table for frame in (up, down)
    ]
    assert tables[0].n.tolist() == tables[1].n.tolist()
    mirrored = findings(small_panel(down.assign(before=-down.before)))["hidden_confounding"].table
    straight = findings(small_panel(up))["hidden_confounding"].table
    # E-values treat risk ratios as ratios, so a mirror image differs only by turning the ratio over.
    assert mirrored.effect.tolist() == pytest.approx(straight.effect.tolist())


def test_assignment_by_lot_has_no_hidden_difference_to_fear():
    assert "hidden_confounding" not in findings(small_panel(design="cluster_randomised"))


# ------------------------------------------------------------------ balance


def test_a_covariate_that_the_arms_differ_in_is_a_concern_unless_the_estimate_adjusts_for_it():
    frame = many()
    draw = np.random.default_rng(1)
    frame["books"] = draw.normal(size=len(frame))
    frame["books"] = (frame.books - frame.groupby("group").books.transform("mean")) + 0.2 * (frame.group == "change")
    frame["before"] = frame.before - frame.groupby("group").before.transform("mean")
    panel = small_panel(frame, covariates=("books",))
    assert findings(panel, "ancova")["balance"].answer == "pass"
    unadjusted = findings(panel, "difference_in_means")["balance"]
    assert unadjusted.answer == "concern"
    assert "books" in unadjusted.text
    far = small_panel(frame.assign(books=frame.books + 0.3 * (frame.group == "change")), covariates=("books",))
    assert findings(far, "ancova")["balance"].answer == "concern"


def test_arms_that_do_not_overlap_are_a_concern():
    frame = balanced()
    frame["before"] = frame.before + np.where((frame.group == "change") & (frame.before > 1.2), 3, 0)
    found = findings(small_panel(frame))["balance"]
    assert found.answer == "concern"
    assert "outside the comparison's range of baseline" in found.text


def test_weighted_units_are_judged_by_what_is_left():
    frame = many()
    frame["age"] = np.random.default_rng(4).normal(size=len(frame)) + 0.4 * (frame.group == "change")
    panel = small_panel(frame, covariates=("age",))
    result = estimate(panel, estimator="difference_in_means")
    left = pd.DataFrame({"covariate": ["baseline", "age"], "smd_after": [0.01, 0.02]})
    from cycles.study.checks.balance import balance

    assert balance(result, panel).answer == "concern"
    assert balance(replace(result, balance=left), panel).answer == "pass"


def test_with_nothing_measured_balance_is_not_known():
    assert findings(small_panel(baseline=None), "difference_in_means")["balance"].answer == "cannot_say"
    assert findings(small_panel(small_frame().assign(before="text")))["balance"].code == "CY309"
    assert findings(small_panel(small_frame().assign(before=1.0)))["balance"].answer == "cannot_say"


# ------------------------------------------------------------------ placebo outcome


def test_an_effect_on_the_past_is_a_concern():
    frame = many()
    frame["before"] = frame.before + 0.8 * (frame.group == "change")
    found = findings(small_panel(frame))["placebo_outcome"]
    assert (found.answer, "the baseline" in found.text) == ("concern", True)


def test_an_effect_on_a_named_placebo_is_a_concern():
    panel = small_panel(balanced())
    moved = replace(estimate(small_panel(many(2.0)), estimator="ancova"), id="shoe_size")
    found = asked(panel, "placebo_outcome", placebos={"shoe size": moved})
    assert (found.answer, "shoe size" in found.text) == ("concern", True)


def test_seeing_no_effect_on_the_past_is_no_pass_when_one_would_have_been_missed():
    few = small_frame(n_clusters=8, size=4, seed=8)
    assert asked(small_panel(few), "placebo_outcome", worth_having=0.1).answer == "cannot_say"
    assert findings(small_panel(baseline=None), "difference_in_means")["placebo_outcome"].answer == "cannot_say"


# ------------------------------------------------------------------ trends before the change


def test_arms_that_were_moving_apart_already_are_a_concern():
    panel = small_panel(many())
    table = panel.table.set_index("unit")
    apart = table.baseline - 0.6 * (table.arm == "change") + np.random.default_rng(2).normal(0, 0.3, len(table))
    found = asked(panel, "parallel_pre_trends", earlier={"2026-spring": apart})
    assert (found.answer, "2026-spring" in found.text) == ("concern", True)


def test_a_test_without_power_says_what_it_could_have_seen():
    panel = small_panel(small_frame(n_clusters=8, size=4))
    earlier = pd.Series(np.random.default_rng(2).normal(3, 1, 32), index=panel.table.unit)
    found = asked(panel, "parallel_pre_trends", earlier={"2026-spring": earlier}, worth_having=0.1)
    assert (found.answer, "only a difference of about" in found.text) == ("cannot_say", True)


@pytest.mark.parametrize("earlier", [None, {}])
def test_one_wave_before_the_change_shows_no_trend(earlier):
    found = findings(small_panel(), background=Background(earlier=earlier))["parallel_pre_trends"]
    assert found.answer == "cannot_say"


# ------------------------------------------------------------------ multiplicity


def looked_at(p_values) -> dict:
    result = estimate(small_panel(), estimator="ancova")
    return {f"m{at}": replace(result, id=f"m{at}", p=p) for at, p in enumerate(p_values)}


def test_a_striking_subgroup_among_many_is_a_concern():
    found = asked(
        small_panel(balanced(effect=1.5)),
        "multiplicity",
        subgroups=looked_at([0.03] + [0.5] * 9),
        sealed_before_data=True,
    )
    assert found.answer == "concern"
    assert "11 effects looked at" in found.text
    assert found.table.set_index("effect").p_holm["m0"] == pytest.approx(0.3)
    assert found.table.set_index("effect").p_holm["score"] == found.table.set_index("effect").p["score"]


def test_a_headline_that_was_not_named_beforehand_is_counted_with_the_others():
    panel, subgroups = small_panel(), looked_at([0.5] * 9)
    unsealed = asked(panel, "multiplicity", subgroups=subgroups)
    assert (unsealed.answer, "not below 0.05" in unsealed.text) == ("concern", True)
    assert asked(panel, "multiplicity", subgroups=subgroups, sealed_before_data=True).answer == "pass"


def test_what_nobody_counted_cannot_be_adjusted_for():
    assert findings(small_panel())["multiplicity"].answer == "cannot_say"
    nothing = asked(
        small_panel(small_frame().assign(after=1.0)), "multiplicity", outcomes={}, alternatives=looked_at([0.1])
    )
    assert (nothing.answer, len(nothing.table)) == ("pass", 0)
    assert "in 2 ways" in nothing.text


# ------------------------------------------------------------------ repeated looks

CYCLE = {"started_on": date(2026, 10, 5), "decide_on": date(2027, 1, 25)}
LOOKS = (date(2026, 11, 2), date(2026, 11, 30), date(2026, 12, 28), date(2026, 12, 28))


def with_p(p: float):
    panel = small_panel()
    return replace(estimate(panel, estimator="ancova"), p=p), panel


def test_a_result_that_only_one_look_would_carry_is_a_concern():
    from cycles.study.checks.repeated_looks import repeated_looks

    background = Background(looks=LOOKS, **CYCLE)
    barely = repeated_looks(*with_p(0.049), background)
    assert (barely.answer, "is not told from none" in barely.text) == ("concern", True)
    assert barely.table.information.tolist() == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert barely.table.bound.tolist() == pytest.approx(spending_bounds([0.25, 0.5, 0.75, 1.0]))
    for p in (0.0001, 0.4, None):
        assert repeated_looks(*with_p(p), background).answer == "pass"


def test_looks_that_nobody_counted_or_that_fall_outside_the_cycle_cannot_be_judged():
    assert asked(small_panel(), "repeated_looks").answer == "cannot_say"
    assert asked(small_panel(), "repeated_looks", looks=(date(2025, 1, 1),), **CYCLE).answer == "cannot_say"
    assert asked(small_panel(), "repeated_looks", looks=(date(2026, 12, 1),)).answer == "cannot_say"
    assert findings(small_panel(), background=Background(looks=()))["repeated_looks"].answer == "pass"


def test_shares_of_information_that_do_not_rise_are_refused():
    with pytest.raises(ParameterError, match="CY105"):
        spending_bounds([0.5, 0.4])


# ------------------------------------------------------------------ regression to the mean

GROUP = {"comparison": None, "design": "one_group_pre_post"}


def chosen(below: float) -> tuple[pd.DataFrame, Everyone]:
    """Nothing is changed; those below `below` at a baseline of reliability .5 are followed."""
    draw = np.random.default_rng(9)
    skill = draw.normal(size=2000)
    frame = pd.DataFrame({"before": skill + draw.normal(size=2000), "after": skill + draw.normal(size=2000)})
    frame["group"], frame["classroom"] = "change", [f"c{at % 40:02}" for at in range(2000)]
    frame["student"] = [f"s{at}" for at in range(2000)]
    everyone = Everyone(mean=float(frame.before.mean()), sd=float(frame.before.std()), n=2000)
    return frame[frame.before < below].reset_index(drop=True), everyone


def test_those_who_were_chosen_for_a_low_baseline_rise_anyway_and_that_is_said():
    frame, everyone = chosen(-1.0)
    panel = small_panel(frame, **GROUP)
    found = asked(panel, "regression_to_the_mean", "difference_in_means", everyone=everyone, reliability=0.5)
    assert found.answer == "concern"
    assert found.table.expected.item() == pytest.approx(estimate(panel, estimator="difference_in_means").value, rel=0.1)


def test_those_who_began_like_everybody_do_not():
    frame, everyone = chosen(np.inf)
    panel = small_panel(frame, **GROUP)
    assert asked(panel, "regression_to_the_mean", "difference_in_means", everyone=everyone).answer == "pass"


def test_without_everybody_or_a_reliability_it_cannot_be_said():
    frame, everyone = chosen(-1.0)
    panel = small_panel(frame, **GROUP)
    for facts in ({}, {"everyone": everyone}):
        assert asked(panel, "regression_to_the_mean", "difference_in_means", **facts).answer == "cannot_say"


def test_an_arm_that_began_lower_gains_on_the_other_anyway_when_baselines_are_subtracted():
    low, _ = chosen(-0.5)
    others, _ = chosen(np.inf)
    others = others.assign(group="comparison", classroom=others.classroom + "x", student=others.student + "x")
    panel = small_panel(pd.concat([low, others], ignore_index=True))
    found = findings(panel, "difference_in_differences")["regression_to_the_mean"]
    assert (found.answer, found.table.expected.item() > 0.4) == ("concern", True)
    assert findings(panel, "ancova")["regression_to_the_mean"].answer == "pass"
    alike = findings(small_panel(balanced()), "difference_in_differences")["regression_to_the_mean"]
    assert (alike.answer, "same level" in alike.text) == ("pass", True)


# ------------------------------------------------------------------ spillover


def mixed(lift: float) -> pd.DataFrame:
    """Half of the schools try the change in every other classroom, half not at all; `lift` reaches their other classrooms."""
    frame = many(0.8, n_clusters=48)
    number = frame.classroom.str[1:].astype(int)
    frame["school"] = [f"h{one // 4:02}" for one in number]
    spared = number >= 24
    frame.loc[spared & (frame.group == "change"), "after"] -= 0.8
    frame.loc[spared, "group"] = "comparison"
    frame.loc[~spared & (frame.group == "comparison"), "after"] += lift
    return frame


def test_a_comparison_that_got_some_of_the_change_is_found():
    found = findings(small_panel(mixed(0.6), block="school"))["spillover"]
    assert (found.answer, "larger than it looks" in found.text) == ("concern", True)
    assert len(found.table) == 1


def test_a_comparison_that_did_no_better_beside_the_change_passes():
    background = Background(worth_having=0.5)
    assert findings(small_panel(mixed(0.0), block="school"), background=background)["spillover"].answer == "pass"
    worse = findings(small_panel(mixed(-0.8), block="school"), background=background)["spillover"]
    assert (worse.answer, "worse" in worse.text) == ("pass", True)


def test_where_every_school_is_mixed_spillover_cannot_be_seen():
    assert findings(small_panel(block="school"))["spillover"].answer == "cannot_say"
    assert findings(small_panel(cluster=None))["spillover"].answer == "cannot_say"
    assert findings(small_panel())["spillover"].answer == "pass"
    students = small_panel(mixed(0.6), block="school", cluster=None, baseline=None)
    assert findings(students, "difference_in_means")["spillover"].answer in ("concern", "cannot_say")


def test_the_background_tells_itself_in_a_sentence():
    panel = small_panel(balanced())
    assert known(panel).text == "Other effects looked at: 0. Days with an earlier estimate: 0."
    assert "not said" in Background().text
    assert "Everybody measured" in Everyone(mean=1.0, sd=2.0, n=30).text


def test_looks_on_days_agreed_beforehand_pass_with_the_bounds_of_the_rule():
    on = (date(2026, 11, 2), date(2026, 12, 14))
    usual = {"looks": on[:1], "started_on": date(2026, 10, 5), "decide_on": date(2027, 1, 25)}
    agreed = findings(small_panel(), background=Background(agreed=Looks(on=on), **usual))["repeated_looks"]
    assert (agreed.answer, len(agreed.table)) == ("pass", 3)
    assert "on days agreed beforehand" in agreed.text
    always = Background(agreed=Looks(method="always_valid"), **usual)
    assert "however often one looks" in findings(small_panel(), background=always)["repeated_looks"].text
    other = Background(agreed=Looks(on=on[1:]), **usual)
    assert "agreed beforehand" not in findings(small_panel(), background=other)["repeated_looks"].text
