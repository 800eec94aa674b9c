"""Comparisons made to be like the change arm: what they promise, refuse and say."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel

from cycles.core.errors import ParameterError, ProblemsError
from cycles.plan.method import EstimateSpec
from cycles.study.estimators import estimate

WEIGHTED = ("propensity_weighted", "entropy_balanced")
NAMES = (*WEIGHTED, "nearest_neighbour")
WIDE = {"nearest_neighbour": {"caliper": "none"}}


def found_of(name, panel=None, **options):
    panel = small_panel(covariates=("age", "lunch")) if panel is None else panel
    return estimate(panel, estimator=name, options={**WIDE.get(name, {}), **options})


@pytest.mark.parametrize("name", NAMES)
def test_every_number_is_filled_and_both_routes_agree(name):
    found = found_of(name)
    assert found.state == "estimated"
    assert [field for field in found.__dataclass_fields__ if getattr(found, field) is None] == ["code", "lines"]
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
    assert found.low < found.value < found.high
    assert "effect on" in " ".join(found.conventions)
    assert found.estimand.startswith("mean effect on score among the students in change")
    assert all(math.isfinite(value) for value in found.facts.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_arms_are_more_alike_than_before(name):
    frame, draw = small_frame(n_clusters=30), np.random.default_rng(8)
    likely = 1 / (1 + np.exp(1.2 - 0.8 * (frame.before - 3)))
    frame["group"] = np.where(draw.random(len(frame)) < likely, "change", "comparison")
    table = found_of(name, small_panel(frame, covariates=("age", "lunch"))).balance
    assert table.smd_after.abs().max() < 0.25 < table.smd_before.abs().max()
    assert {"baseline", "age", "lunch[paid]"} <= set(table.covariate)


def test_entropy_balancing_leaves_no_difference_at_all():
    assert found_of("entropy_balanced").balance.smd_after.abs().max() < 1e-9


def test_with_two_moments_the_spread_is_the_same_too():
    frame = small_frame(n_clusters=30, size=10)
    table = found_of("entropy_balanced", small_panel(frame), moments=2).balance
    assert list(table.covariate) == ["baseline", "baseline squared"]
    assert table.smd_after.abs().max() < 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_the_order_of_rows_and_the_unit_of_a_covariate_change_nothing(name):
    frame = small_frame()
    turned = frame.sample(frac=1, random_state=4).assign(age=lambda rows: 365.25 * rows.age - 12)
    first, second = (found_of(name, small_panel(rows, covariates=("age",))) for rows in (frame, turned))
    assert (first.value, first.se, first.df) == pytest.approx((second.value, second.se, second.df), rel=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_cy310_without_anything_to_be_alike_in(name):
    found = found_of(name, small_panel(baseline=None))
    assert (found.state, found.code, found.value, found.balance) == ("not_estimable", "CY310", None, None)


@pytest.mark.parametrize("name", ["propensity_weighted", "nearest_neighbour"])
def test_cy314_a_covariate_that_only_one_arm_has(name):
    frame = small_frame()
    frame["new"] = ((frame.group == "change") & (frame.age > 10)).astype(float)
    found = found_of(
        name, small_panel(frame, covariates=("new", "age")), **({"caliper": 0.2} if name not in WEIGHTED else {})
    )
    assert (found.state, found.code, found.p) == ("not_estimable", "CY314", None)
    assert "new" in found.reason


def test_cy314_when_one_number_cuts_the_arms_apart():
    frame = small_frame()
    frame["points"] = np.where(frame.group == "change", 10.0, 5.0) + frame.age / 100
    found = found_of("propensity_weighted", small_panel(frame, covariates=("points",)))
    assert (found.state, found.code) == ("not_estimable", "CY314")


def test_a_steep_score_is_not_taken_for_separation():
    draw = np.random.default_rng(5)
    x = draw.normal(size=2000)
    arm = np.where(draw.random(2000) < 1 / (1 + np.exp(-7 * x)), "change", "comparison")
    frame = pd.DataFrame({"group": arm, "x": x, "after": x + draw.normal(size=2000)})
    panel = small_panel(frame, unit=None, cluster=None, baseline=None, covariates=("x",))
    assert found_of("propensity_weighted", panel).state == "estimated"


def test_cy315_when_the_change_arm_lies_outside_the_comparison():
    frame = small_frame()
    frame.loc[frame.group == "change", "before"] += 20
    found = found_of("entropy_balanced", small_panel(frame))
    assert (found.state, found.code, found.low) == ("not_estimable", "CY315", None)


def test_cy315_when_the_comparison_has_only_one_value():
    frame = small_frame()
    frame["age"] = np.where(frame.group == "change", frame.age, 11.0)
    assert found_of("entropy_balanced", small_panel(frame, covariates=("age",))).code == "CY315"


@pytest.mark.parametrize("name", NAMES)
def test_cy305_covariates_that_repeat_one_another(name):
    frame = small_frame().assign(months=lambda rows: 12 * rows.age)
    found = found_of(name, small_panel(frame, covariates=("age", "months")))
    assert (found.state, found.code) == ("not_estimable", "CY305")
    assert "months" in found.reason


@pytest.mark.parametrize("name", NAMES)
def test_cy307_two_clusters_in_an_arm_are_described_only(name):
    found = found_of(name, small_panel(small_frame(n_clusters=4, size=20)))
    assert (found.state, found.code, found.p, found.low) == ("degraded", "CY307", None, None)
    assert found.value is not None


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -1.0, 0.0, "many"])
@pytest.mark.parametrize("name", WEIGHTED)
def test_cy316_a_weight_that_is_none(name, wrong):
    frame = small_frame().assign(standing_for=1.0).astype({"standing_for": object})
    frame.loc[3, "standing_for"] = wrong
    found = found_of(name, small_panel(frame, weight="standing_for"))
    assert (found.state, found.code, found.value) == ("not_estimable", "CY316", None)


@pytest.mark.parametrize("name", WEIGHTED)
def test_cy316_weights_that_are_all_zero(name):
    assert found_of(name, small_panel(small_frame().assign(w=0.0), weight="w")).code == "CY316"


@pytest.mark.parametrize("name", ["mixed_model", "nearest_neighbour"])
def test_cy310_an_estimator_that_takes_no_weights_does_not_ignore_them(name):
    found = estimate(small_panel(small_frame().assign(w=2.0), weight="w"), estimator=name)
    assert (found.state, found.code) == ("not_estimable", "CY310")
    assert "weights (w)" in found.reason


@pytest.mark.parametrize("name", WEIGHTED)
def test_equal_weights_change_nothing(name):
    plain, weighted = (found_of(name, small_panel(small_frame().assign(w=3.0), weight=w)) for w in (None, "w"))
    assert (plain.value, plain.se, plain.df) == pytest.approx((weighted.value, weighted.se, weighted.df), rel=1e-8)


@pytest.mark.parametrize("name", WEIGHTED)
def test_a_weight_of_two_is_the_student_twice(name):
    frame = small_frame(n_clusters=10).assign(w=lambda rows: 1.0 + (np.arange(len(rows)) % 3 == 0))
    twice = pd.concat([frame, frame[frame.w == 2].assign(student=lambda rows: rows.student + "b")])
    weighted = estimate(small_panel(frame, weight="w"), estimator=name, variance="CR0")
    repeated = estimate(small_panel(twice), estimator=name, variance="CR0")
    assert (weighted.value, weighted.se) == pytest.approx((repeated.value, repeated.se), rel=1e-7)


def test_weights_taken_as_known_are_said_to_be():
    estimated, known = (found_of("propensity_weighted", weights=how) for how in ("estimated", "known"))
    assert estimated.value == known.value
    assert estimated.se != known.se
    assert "taken as known" in " ".join(known.conventions)
    assert "the standard error knows it" in " ".join(estimated.conventions)


def test_trimming_leaves_out_the_extremes_and_says_so():
    found = found_of("propensity_weighted", small_panel(covariates=("age", "lunch")), trim=0.4)
    assert 0 < found.facts["n_trimmed"] == 96 - found.n
    assert "below 0.4 or above 0.6" in " ".join(found.conventions)


def test_a_caliper_leaves_units_out_and_counts_them():
    found = found_of("nearest_neighbour", small_panel(covariates=("age",)), caliper=0.01)
    assert found.facts["n_unmatched"] > 0
    assert found.n_by_arm["change"] == 48 - found.facts["n_unmatched"]
    assert found.n_missing == 0


def test_cy314_when_nobody_is_near_enough():
    frame = small_frame()
    frame["before"] = np.where(frame.group == "change", 1.0, 0.0) + np.arange(len(frame)) % 2 * 1e-3
    frame.loc[frame.index[:2], "before"] = [0.2, 0.9]
    found = found_of("nearest_neighbour", small_panel(frame), caliper=1e-9)
    assert (found.state, found.code) == ("not_estimable", "CY314")


def test_with_replacement_students_stand_in_several_sets_and_that_is_counted():
    found = found_of("nearest_neighbour", small_panel(cluster=None), replacement=True, ratio=3)
    assert found.n_by_arm["comparison"] < 48
    assert found.facts["effective_n"] < found.n_by_arm["comparison"]
    assert found.se_kind == "CR2 by student and matched set"


def test_matching_stays_within_blocks():
    found = found_of("nearest_neighbour", small_panel(block="school"))
    assert "Matched within school." in found.conventions


def test_other_arms_are_left_out():
    frame = small_frame()
    frame.loc[frame.classroom == "c01", "group"] = "aide"
    found = found_of("entropy_balanced", small_panel(frame, others="keep"))
    assert set(found.n_by_arm) == {"change", "comparison"}


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("propensity_weighted", {"trimm": 0.1}, "CY101"),
        ("nearest_neighbour", {"ratio": 0}, "CY105"),
        ("entropy_balanced", {"moments": 3}, "CY105"),
    ],
)
def test_an_option_that_is_not_one_is_refused(name, options, code):
    with pytest.raises(ProblemsError) as refusal:
        estimate(small_panel(), estimator=name, options=options)
    assert refusal.value.problems[0].code == code


def test_an_estimator_without_options_says_so():
    with pytest.raises(ParameterError, match="ancova has no options") as refusal:
        estimate(small_panel(), estimator="ancova", options={"ratio": 2})
    assert refusal.value.code == "CY101"


def test_cy314_when_one_comparison_student_would_carry_everything():
    frame = small_frame()
    frame["before"] = np.where(frame.group == "change", 9.0, frame.before.clip(upper=8.0))
    frame.loc[frame.index[8], "before"] = 9.0
    found = found_of("entropy_balanced", small_panel(frame))
    assert (found.state, found.code, found.p) == ("not_estimable", "CY314", None)
    assert "carries nearly all" in found.reason


def test_options_of_a_file_are_texts_and_are_understood():
    spec = EstimateSpec(estimator="nearest_neighbour", options={"ratio": "2", "caliper": "none", "replacement": "true"})
    found = estimate(small_panel(), estimator=spec)
    assert "2 neighbours" in found.conventions[0]
    assert "with replacement" in found.conventions[0]


def test_a_panel_is_not_changed():
    panel = small_panel(covariates=("age", "lunch"), block="school")
    before = panel.table.copy()
    for name in NAMES:
        found_of(name, replace(panel))
    pd.testing.assert_frame_equal(panel.table, before)
