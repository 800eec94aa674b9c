"""`estimate`: an answer, or why there is none; never a number that nobody should believe."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel

from cycles.core.errors import ParameterError
from cycles.plan.method import EstimateSpec
from cycles.study.estimators import ESTIMATORS, estimate

NAMES = ("ancova", "difference_in_differences", "difference_in_means")


def with_values(column, values, **options):
    return small_panel(small_frame().assign(**{column: values}), **options)


def assert_no_numbers(found, code):
    assert (found.state, found.code) == ("not_estimable", code)
    for field in (
        "value",
        "se",
        "df",
        "low",
        "high",
        "p",
        "effect_size",
        "improvement_index",
        "second_route",
        "sd",
        "icc",
    ):
        assert getattr(found, field) is None, field
    assert found.reason.endswith(".")
    assert len(found.reason) > 30
    assert code in found.text


def all_numbers(found):
    """Every number of a record, its coefficients among them."""
    table = found.coefficients.drop(columns="term").to_numpy(dtype=object).ravel().tolist()
    fields = [getattr(found, name) for name in found.__dataclass_fields__ if name != "coefficients"]
    return [one for one in [*fields, *table] if isinstance(one, float)]


def test_the_folder_lists_the_estimators():
    assert set(NAMES) < set(ESTIMATORS.names())


@pytest.mark.parametrize("name", NAMES)
def test_every_field_of_an_estimate_is_filled(name):
    panel = small_panel(block="school", covariates=("age", "lunch"), outcome_unit="scale points")
    found = estimate(panel, estimator=name)
    assert found.state == "estimated"
    assert found.code is None
    assert found.reason == ""
    empty = [field for field in found.__dataclass_fields__ if getattr(found, field) is None]
    assert empty == ["code", "balance", "lines"]
    assert found.se_kind == "CR2 by classroom"
    assert found.unit == "scale points"
    assert found.design == "student_comparison"
    assert found.n == 96
    assert found.n_by_arm == {"comparison": 48, "change": 48}
    assert found.n_clusters == 12
    assert found.n_clusters_by_arm == {"comparison": 6, "change": 6}
    assert found.low < found.value < found.high
    assert found.effect_size_low < found.effect_size < found.effect_size_high
    assert found.second_route == pytest.approx(found.value, rel=1e-10)
    assert all(math.isfinite(number) for number in all_numbers(found))
    assert set(found.versions) == {"numpy", "scipy", "pandas"}


def test_terms_are_named_after_arms_blocks_and_levels():
    found = estimate(small_panel(block="school", covariates=("age", "lunch")), estimator="ancova")
    names = ["intercept", "arm[change]", "baseline", "age", "lunch[paid]", "block[h1]", "block[h2]"]
    assert found.coefficients.term.tolist() == names
    blocks = found.coefficients[found.coefficients.term.str.startswith("block[")]
    assert blocks.value.notna().all()
    assert all(one is None for one in blocks.df)
    assert all(one is None for one in blocks.p)


def test_the_cycle_files_own_choice_decides_variance_and_level():
    spec = EstimateSpec(estimator="ancova", variance="CR1", level=0.9)
    found = estimate(small_panel(), estimator=spec, variance="HC1", level=0.5001)
    assert (found.se_kind, found.level) == ("CR1 by classroom", 0.9)


def test_without_clusters_each_student_stands_for_himself():
    panel = small_panel(cluster=None)
    assert estimate(panel, estimator="ancova").se_kind == "HC2"
    assert estimate(panel, estimator="ancova").se == pytest.approx(
        estimate(panel, estimator="ancova", variance="HC2").se, rel=1e-12
    )
    assert estimate(panel, estimator="ancova", variance="CR0").se_kind == "HC0"
    assert estimate(panel, estimator="ancova", variance="CR1").se_kind == "CR1 by student"
    assert estimate(panel, estimator="ancova").icc is None
    assert estimate(panel, estimator="ancova").n_clusters is None


def test_a_standard_error_that_ignores_the_clusters_says_so():
    found = estimate(small_panel(), estimator="ancova", variance="HC1")
    assert any("the clusters (classroom) are ignored" in one for one in found.conventions)


def test_units_without_an_outcome_are_left_out_and_counted():
    frame = small_frame()
    frame.loc[:4, "after"] = np.nan
    frame.loc[5:6, "before"] = np.nan
    means = estimate(small_panel(frame), estimator="difference_in_means")
    adjusted = estimate(small_panel(frame), estimator="ancova")
    assert (means.n, means.n_missing) == (91, 5)
    assert (adjusted.n, adjusted.n_missing) == (89, 7)
    complete = estimate(small_panel(frame.dropna()), estimator="difference_in_means")
    assert complete.n == 89


def test_units_without_a_cluster_or_block_are_left_out_and_counted():
    frame = small_frame()
    frame.loc[0, "classroom"] = ""
    frame.loc[1, "school"] = None
    found = estimate(small_panel(frame, block="school"), estimator="difference_in_means")
    assert (found.n, found.n_missing, found.n_clusters) == (94, 2, 12)


def test_further_arms_keep_terms_of_their_own_or_are_dropped():
    frame = small_frame()
    frame.loc[frame.classroom.isin(["c10", "c11"]), "group"] = "aide"
    kept = estimate(small_panel(frame, others="keep"), estimator="difference_in_means")
    dropped = estimate(small_panel(frame), estimator="difference_in_means")
    assert kept.coefficients.term.tolist() == ["intercept", "arm[change]", "arm[aide]"]
    assert kept.value == pytest.approx(dropped.value)
    assert kept.n == 96
    assert dropped.n == 80
    assert kept.sd == pytest.approx(dropped.sd)
    assert any("terms of their own: aide" in one for one in kept.conventions)


def test_difference_in_means_says_which_covariates_it_does_not_use():
    found = estimate(small_panel(covariates=("age",)), estimator="difference_in_means")
    assert found.coefficients.term.tolist() == ["intercept", "arm[change]"]
    assert found.conventions[0] == "Not adjusted for age."


def test_missing_text_covariates_are_left_out_only_where_they_are_used():
    frame = small_frame()
    frame.loc[:2, "lunch"] = None
    frame.loc[3, "lunch"] = ""
    panel = small_panel(frame, covariates=("lunch",))
    assert estimate(panel, estimator="ancova").n_missing == 4
    assert estimate(panel, estimator="difference_in_means").n_missing == 0


# ------------------------------------------------------------------ when there is no estimate


def test_what_could_not_be_estimated_still_says_how_many_there_were():
    frame = small_frame().assign(after=3.0)
    frame.loc[:3, "after"] = np.nan
    found = estimate(small_panel(frame), estimator="ancova")
    assert (found.n, found.n_by_arm, found.n_missing) == (92, {"comparison": 48, "change": 44}, 4)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("column", "values"), [("after", "good"), ("after", np.inf), ("before", -np.inf), ("before", "bad")]
)
def test_cy309_text_or_infinity_where_a_number_belongs(name, column, values):
    found = estimate(with_values(column, values), estimator=name)
    assert_no_numbers(found, "CY309")
    assert "good" not in found.reason
    assert "bad" not in found.reason


def test_cy309_a_covariate_of_mixed_numbers_and_text():
    mixed = [1.0, "two"] * 48
    assert_no_numbers(
        estimate(with_values("age", pd.Series(mixed, dtype=object), covariates=("age",)), estimator="ancova"), "CY309"
    )


def test_numbers_held_as_objects_are_numbers():
    frame = small_frame()
    as_objects = frame.assign(after=frame.after.astype(object), age=frame.age.astype("Int64"))
    same = estimate(small_panel(as_objects, covariates=("age",)), estimator="ancova")
    assert same.value == estimate(small_panel(frame, covariates=("age",)), estimator="ancova").value


@pytest.mark.parametrize("name", NAMES)
def test_cy308_nobody_has_an_outcome(name):
    assert_no_numbers(estimate(with_values("after", np.nan), estimator=name), "CY308")


def test_cy308_nobody_has_outcome_and_baseline_together():
    frame = small_frame()
    frame.loc[:47, "after"] = np.nan
    frame.loc[48:, "before"] = np.nan
    found = estimate(small_panel(frame), estimator="ancova")
    assert_no_numbers(found, "CY308")
    assert "together with everything the model needs" in found.reason


@pytest.mark.parametrize("name", NAMES)
def test_cy302_an_arm_without_anyone(name):
    assert_no_numbers(estimate(with_values("group", "change"), estimator=name), "CY302")
    assert_no_numbers(estimate(with_values("group", "comparison"), estimator=name), "CY302")


@pytest.mark.parametrize("name", NAMES)
def test_cy302_no_comparison_named(name):
    assert_no_numbers(estimate(small_panel(comparison=None), estimator=name), "CY302")


def test_cy302_outcomes_only_outside_the_arms_compared():
    frame = small_frame()
    frame.loc[frame.group == "change", "group"] = "aide"
    frame.loc[frame.group == "comparison", "group"] = "other"
    panel = small_panel(frame, others="keep")
    assert_no_numbers(estimate(panel, estimator="difference_in_means"), "CY302")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("per_arm", [1, 0])
def test_cy306_one_unit_in_an_arm(name, per_arm):
    frame = small_frame()
    rows = pd.concat([frame[frame.group == "change"].head(1), frame[frame.group == "comparison"].head(1 + 5 * per_arm)])
    assert_no_numbers(estimate(small_panel(rows, cluster=None), estimator=name), "CY306")


def test_cy306_more_terms_than_units():
    frame = small_frame().iloc[[0, 1, 8, 9]].assign(lunch=["a", "b", "c", "d"])
    assert_no_numbers(
        estimate(small_panel(frame, cluster=None, covariates=("lunch", "age")), estimator="ancova"), "CY306"
    )


@pytest.mark.parametrize("name", NAMES)
def test_cy304_a_constant_outcome_float_noise_or_not(name):
    assert_no_numbers(estimate(with_values("after", 4.0), estimator=name), "CY304")
    noisy = 0.1 + 0.2 + np.where(np.arange(96) % 2 == 0, 0, 5e-17)
    assert_no_numbers(estimate(with_values("after", noisy), estimator=name), "CY304")


def test_cy304_an_outcome_that_differs_between_the_arms_only():
    frame = small_frame()
    panel = small_panel(frame.assign(after=np.where(frame.group == "change", 2.0, 1.0)))
    assert_no_numbers(estimate(panel, estimator="difference_in_means"), "CY304")


def test_cy304_a_change_that_is_the_same_for_everybody():
    frame = small_frame()
    panel = small_panel(frame.assign(after=frame.before + 1), comparison=None, design="one_group_pre_post")
    assert_no_numbers(estimate(panel, estimator="difference_in_means"), "CY304")


@pytest.mark.parametrize("name", NAMES)
def test_cy303_one_cluster_in_an_arm(name):
    frame = small_frame()
    frame["classroom"] = np.where(frame.group == "change", "only", frame.classroom)
    assert_no_numbers(estimate(small_panel(frame), estimator=name), "CY303")


@pytest.mark.parametrize("name", NAMES)
def test_cy305_the_arm_repeated_as_a_covariate(name):
    frame = small_frame()
    for copy in (np.where(frame.group == "change", 7.0, 3.0), frame.group.str.upper()):
        found = estimate(small_panel(frame.assign(copy=copy), covariates=("copy",)), estimator=name)
        assert_no_numbers(found, "CY305")
        assert "copy" in found.reason


def test_cy305_arms_assigned_by_whole_blocks():
    frame = small_frame()
    frame["group"] = np.where(frame.school == "h1", "comparison", "change")
    found = estimate(small_panel(frame, block="school"), estimator="difference_in_means")
    assert_no_numbers(found, "CY305")
    assert "arm[change]" in found.reason
    assert "block[h1]" in found.reason


def test_cy305_covariates_that_repeat_one_another():
    frame = small_frame()
    found = estimate(small_panel(frame.assign(months=12 * frame.age), covariates=("age", "months")), estimator="ancova")
    assert_no_numbers(found, "CY305")
    assert "age, months" in found.reason


@pytest.mark.parametrize("name", ["ancova", "difference_in_differences"])
def test_cy310_no_baseline_and_one_group(name):
    assert_no_numbers(estimate(small_panel(baseline=None), estimator=name), "CY310")
    assert_no_numbers(estimate(small_panel(comparison=None, design="one_group_pre_post"), estimator=name), "CY310")


def test_cy310_change_within_one_group_needs_a_baseline_too():
    panel = small_panel(comparison=None, baseline=None, design="one_group_pre_post")
    assert_no_numbers(estimate(panel, estimator="difference_in_means"), "CY310")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("n_clusters", [4, 6])
def test_cy307_two_or_three_clusters_in_an_arm_are_described_only(name, n_clusters):
    found = estimate(small_panel(small_frame(n_clusters=n_clusters)), estimator=name)
    assert (found.state, found.code) == ("degraded", "CY307")
    assert found.value == pytest.approx(found.second_route)
    assert found.effect_size is not None
    for field in ("se", "df", "low", "high", "p", "effect_size_se", "effect_size_low", "effect_size_high"):
        assert getattr(found, field) is None, field
    assert found.coefficients.value.notna().all()
    for column in ("se", "df", "low", "high", "p"):
        assert all(one is None for one in found.coefficients[column])
    assert "described only (CY307)" in found.text


def test_four_clusters_in_an_arm_are_enough():
    assert estimate(small_panel(small_frame(n_clusters=8)), estimator="ancova").state == "estimated"


def test_cy307_clusters_whose_totals_leave_nothing_to_judge_by():
    """Within every classroom the residuals cancel, so a cluster-robust variance would be zero and p would be 0."""
    frame = small_frame(n_clusters=8)
    frame["after"] = np.where(frame.group == "change", 2.0, 1.0) + np.tile([-1.0, 1.0], 32)
    found = estimate(small_panel(frame), estimator="difference_in_means")
    assert (found.state, found.code, found.p, found.se) == ("degraded", "CY307", None, None)
    assert found.value == pytest.approx(1.0)


# ------------------------------------------------------------------ one group


def test_change_within_one_group_is_called_change_and_blocks_are_left_aside():
    panel = small_panel(comparison=None, design="one_group_pre_post", block="school")
    found = estimate(panel, estimator="difference_in_means")
    rows = panel.table
    assert found.value == pytest.approx((rows.outcome - rows.baseline).mean())
    assert found.second_route == pytest.approx(found.value)
    assert found.n_by_arm == {"change": 48}
    assert found.estimand.startswith("mean change in score")
    assert found.coefficients.term.tolist() == ["intercept"]
    assert any("not an effect" in one for one in found.conventions)
    assert any("not used" in one for one in found.conventions)
    sd = math.sqrt((rows.outcome.var() + rows.baseline.var()) / 2)
    assert found.effect_size == pytest.approx((1 - 3 / (4 * 47 - 1)) * found.value / sd)


# ------------------------------------------------------------------ names


def test_cy102_unknown_estimators_and_variances_suggest_the_nearest():
    with pytest.raises(ParameterError, match="ancova") as unknown:
        estimate(small_panel(), estimator="ancva")
    assert unknown.value.code == "CY102"
    with pytest.raises(ParameterError, match="CR2") as unknown:
        estimate(small_panel(), estimator="ancova", variance="CR5")
    assert unknown.value.code == "CY102"


@pytest.mark.parametrize("level", [0.5, 1.0, 95, math.nan])
def test_cy105_a_level_must_be_a_share(level):
    with pytest.raises(ParameterError) as wrong:
        estimate(small_panel(), estimator="ancova", level=level)
    assert wrong.value.code == "CY105"


def test_estimating_does_not_change_the_panel():
    panel = small_panel(block="school", covariates=("age", "lunch"))
    before = panel.table.copy(deep=True)
    for name in NAMES:
        estimate(panel, estimator=name)
    pd.testing.assert_frame_equal(panel.table, before)


def test_blocks_and_hundreds_of_clusters_take_well_under_a_second():
    import time

    frame = small_frame(n_clusters=320, size=18)
    panel = small_panel(frame, block="school", baseline=None)
    started = time.process_time()
    found = estimate(panel, estimator="difference_in_means")
    assert found.state == "estimated"
    assert len(found.coefficients) == 81
    assert time.process_time() - started < 2


def test_cy302_nobody_with_an_outcome_is_in_the_one_group():
    panel = replace(small_panel(), change="nobody", comparison=None, design="one_group_pre_post")
    assert_no_numbers(estimate(panel, estimator="difference_in_means"), "CY302")


def test_without_spread_in_the_outcome_there_is_a_value_but_no_effect_size():
    frame = small_frame()
    frame["after"] = np.where(frame.group == "change", 2.0, 1.0)
    found = estimate(small_panel(frame), estimator="difference_in_differences")
    assert found.state == "estimated"
    assert (found.sd, found.effect_size, found.effect_size_se, found.improvement_index) == (None, None, None, None)
