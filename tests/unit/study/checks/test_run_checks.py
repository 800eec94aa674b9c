"""Checks: each planted fault is caught by its own check, and a clean panel passes."""

import inspect
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel

from cycles.core.vocabulary import SeriesBreak
from cycles.study.checks import CHECKS, run_checks
from cycles.study.estimators import estimate
from cycles.study.inference.background import Background

PERSON = {"student_id", "respondent_id", "unit_id", "unit", "student"}


def findings(panel, estimator="ancova", background=None):
    result = estimate(panel, estimator=estimator)
    return {found.name: found for found in run_checks(result, panel, background=background)}


def blocking(found):
    return {one.code for one in found.values() if one.blocking}


def pair(classroom: pd.Series) -> pd.Series:
    """Number of the pair of classrooms, one in each arm."""
    return classroom.str[1:].astype(int) // 2


def known(panel, **more) -> Background:
    """One sealed outcome, looked at once; a wave before the baseline, with arms that moved alike; 0.8 points are worth having."""
    table = panel.table.set_index("unit")
    earlier = table.baseline - 0.2 + 0.1 * np.cos(pair(table.cluster)) + np.tile([-0.1, 0.1], len(table) // 2)
    facts = {
        "outcomes": {},
        "looks": (),
        "sealed_before_data": True,
        "worth_having": 0.8,
        "earlier": {"2026-spring": earlier},
    }
    return Background(**{**facts, **more})


def balanced(shift: float = 0.0, effect: float = 0.5) -> pd.DataFrame:
    """Both arms with the same baselines, then one shifted."""
    frame = small_frame(effect=effect)
    frame["before"] = np.tile(np.linspace(-1.5, 1.5, 8), 12) + 0.1 * np.sin(pair(frame.classroom))
    return frame.assign(before=frame.before + np.where(frame.group == "change", shift * frame.before.std(), 0.0))


def test_the_folder_is_the_list_of_checks():
    folder = Path(inspect.getfile(run_checks)).parent
    assert CHECKS.names() == sorted(path.stem for path in folder.glob("[!_]*.py"))


def test_a_clean_panel_passes_every_check():
    panel = small_panel(balanced(effect=1.5), covariates=("age",), subgroups=("lunch",))
    found = findings(panel, background=known(panel))
    facts = {name: CHECKS.facts(name) for name in CHECKS.names()}
    conditional = {name for name, own in facts.items() if own.get("after_weighting") or own.get("with_weights")}
    applying = {name for name, own in facts.items() if panel.design in own["designs"]} - conditional
    assert {name: one.answer for name, one in found.items()} == dict.fromkeys(applying, "pass")
    assert len(found) == 18
    assert blocking(found) == set()


def test_tables_are_aggregates_with_a_count():
    panel = small_panel(balanced(), subgroups=("lunch",))
    found = findings(panel, background=known(panel))
    tables = [one.table for one in found.values() if one.table is not None]
    assert len(tables) == 9
    for table in tables:
        assert "n" in table.columns
        assert not PERSON & set(table.columns)
        assert table.n.min() >= 8


def test_checks_answer_for_every_estimate_that_could_not_be_made():
    frame = small_frame()
    faults = [
        small_panel(frame.assign(after="text")),
        small_panel(frame.assign(after=np.nan)),
        small_panel(frame.assign(group="change")),
        small_panel(frame.head(1), cluster=None),
        small_panel(frame.head(0)),
        small_panel(frame.assign(after=1.0)),
        small_panel(baseline=None),
        small_panel(comparison=None),
    ]
    for panel in faults:
        for name in ("ancova", "difference_in_means"):
            for found in findings(panel, name).values():
                assert found.answer in ("pass", "concern", "cannot_say")
                assert found.text
                assert "nan" not in found.text


# ------------------------------------------------------------------ arms, outcome, clusters, terms


def test_an_empty_arm_blocks_with_cy302():
    found = findings(small_panel(small_frame().assign(group="change")))
    assert (found["comparison_arm"].answer, found["comparison_arm"].code) == ("concern", "CY302")
    assert "CY302" in blocking(found)


def test_one_group_is_a_concern_that_does_not_block():
    found = findings(small_panel(comparison=None, design="one_group_pre_post"), "difference_in_means")
    assert (found["comparison_arm"].answer, found["comparison_arm"].blocking) == ("concern", False)
    assert "not effect" in found["comparison_arm"].text
    assert "baseline_equivalence" not in found
    assert "collinearity" not in found


def test_a_constant_outcome_blocks_with_cy304():
    found = findings(small_panel(small_frame().assign(after=2.0)))
    assert blocking(found) == {"CY304"}
    assert found["constant_outcome"].answer == "concern"


def test_an_outcome_that_the_model_fits_exactly_blocks_with_cy304_too():
    frame = small_frame()
    frame["after"] = frame.before + (frame.group == "change")
    assert findings(small_panel(frame))["constant_outcome"].code == "CY304"


def test_one_cluster_in_an_arm_blocks_with_cy303():
    frame = small_frame()
    frame.loc[frame.group == "change", "classroom"] = "only"
    found = findings(small_panel(frame))
    assert found["one_cluster_per_arm"].code == "CY303"
    assert blocking(found) == {"CY303", "CY307"}


def test_three_clusters_in_an_arm_block_with_cy307_and_five_are_a_concern():
    three = findings(small_panel(small_frame(n_clusters=6)))["cluster_count"]
    assert (three.answer, three.code, three.blocking) == ("concern", "CY307", True)
    five = findings(small_panel(small_frame(n_clusters=10)))["cluster_count"]
    assert (five.answer, five.code, five.blocking) == ("concern", None, False)
    assert five.table.to_dict("list") == {"arm": ["comparison", "change"], "clusters": [5, 5], "n": [40, 40]}


def test_unequal_clusters_that_carry_few_degrees_of_freedom_are_a_concern():
    parts = [small_frame(n_clusters=12, size=8)]
    big = small_frame(n_clusters=2, size=300, seed=8)
    parts.append(big.assign(classroom=big.classroom + "big", student=big.student + "big"))
    panel = small_panel(pd.concat(parts, ignore_index=True))
    result = estimate(panel, estimator="difference_in_means")
    assert result.df < 4
    found = findings(panel, "difference_in_means")["cluster_count"]
    assert found.answer == "concern"
    assert "degrees of freedom only" in found.text


def test_without_clusters_nothing_can_be_said_of_them():
    found = findings(small_panel(cluster=None))
    assert found["cluster_count"].answer == "cannot_say"
    assert found["one_cluster_per_arm"].answer == "cannot_say"


def test_terms_that_repeat_the_arm_or_one_another_block_with_cy305():
    frame = small_frame()
    copies = small_panel(frame.assign(copy=frame.group), covariates=("copy",))
    assert blocking(findings(copies, "difference_in_means")) == {"CY305"}
    months = small_panel(frame.assign(months=12 * frame.age), covariates=("age", "months"))
    assert "age, months" in findings(months)["collinearity"].text
    frame["group"] = np.where(frame.school == "h1", "comparison", "change")
    assert blocking(findings(small_panel(frame, block="school"), "difference_in_means")) >= {"CY305"}


def test_a_long_list_of_entangled_terms_is_shortened():
    frame = small_frame(n_clusters=40)
    late = frame.school.isin(["h1", "h2", "h3", "h4", "h5", "h6", "h7", "h8"])
    frame["group"] = np.where(late, "comparison", "change")
    text = findings(small_panel(frame, block="school"), "difference_in_means")["collinearity"].text
    assert " more" in text


# ------------------------------------------------------------------ baseline equivalence


@pytest.mark.parametrize(
    ("shift", "estimator", "answer"),
    [
        (0.0, "difference_in_means", "pass"),
        (0.04, "difference_in_means", "pass"),
        (0.1, "difference_in_means", "concern"),
        (-0.1, "difference_in_means", "concern"),
        (0.1, "ancova", "pass"),
        (0.24, "ancova", "pass"),
        (0.3, "ancova", "concern"),
        (-0.3, "difference_in_means", "concern"),
    ],
)
def test_baselines_are_judged_by_size_and_by_what_the_estimator_adjusts_for(shift, estimator, answer):
    assert findings(small_panel(balanced(shift)), estimator)["baseline_equivalence"].answer == answer


def test_differences_adjust_only_when_baseline_and_outcome_go_together():
    related = balanced(0.1)
    related["after"] = related.before + np.random.default_rng(1).normal(0, 0.3, 96)
    unrelated = balanced(0.1).assign(after=np.random.default_rng(1).normal(0, 1, 96))
    name = "difference_in_differences"
    assert findings(small_panel(related), name)["baseline_equivalence"].answer == "pass"
    assert findings(small_panel(unrelated), name)["baseline_equivalence"].answer == "concern"
    assert findings(small_panel(related.assign(after=1.0)), name)["baseline_equivalence"].answer == "concern"


def test_both_edges_count_as_inside_in_spite_of_rounding():
    from cycles.study.checks.baseline_equivalence import _judged

    assert _judged(0.05 + 1e-12, adjusts=False)[0] == "pass"
    assert _judged(0.05 + 1e-6, adjusts=False)[0] == "concern"
    assert _judged(0.25 + 1e-12, adjusts=True)[0] == "pass"
    assert _judged(0.25 + 1e-6, adjusts=True)[0] == "concern"


def test_without_a_baseline_equivalence_is_not_known():
    assert findings(small_panel(baseline=None), "difference_in_means")["baseline_equivalence"].answer == "cannot_say"


# ------------------------------------------------------------------ who is missing


def with_losses(change: int, comparison: int, n_clusters: int = 40) -> pd.DataFrame:
    """Of 160 students an arm, the first few of each classroom in turn lose their outcome."""
    frame = small_frame(n_clusters=n_clusters)
    for arm, lost in (("change", change), ("comparison", comparison)):
        rows = frame.index[frame.group == arm][::4][:lost]
        frame.loc[rows, "after"] = np.nan
    return frame


def test_equal_losses_are_low_and_unequal_ones_a_concern():
    equal = findings(small_panel(with_losses(16, 16)), "difference_in_means")["response_and_attrition"]
    assert equal.answer == "pass"
    assert "10.0% overall, 0.0 points" in equal.text
    between = findings(small_panel(with_losses(22, 10)), "difference_in_means")["response_and_attrition"]
    assert between.answer == "concern"
    assert "low only if the change cannot have affected who stayed" in between.text
    high = findings(small_panel(with_losses(32, 2)), "difference_in_means")["response_and_attrition"]
    assert high.answer == "concern"
    assert "high by the cautious and the optimistic boundary" in high.text


def test_a_missing_baseline_is_a_loss_to_an_estimate_that_needs_it():
    frame = with_losses(0, 0)
    frame.loc[frame.index[frame.group == "change"][:32], "before"] = np.nan
    needed = findings(small_panel(frame), "ancova")["response_and_attrition"]
    assert needed.answer == "concern"
    assert "Left out of the estimate for any missing value:" in needed.text
    assert findings(small_panel(frame), "difference_in_means")["response_and_attrition"].answer == "pass"


def test_thirds_of_the_baseline_stand_in_order():
    table = findings(small_panel(small_frame()), "difference_in_means")["response_and_attrition"].table
    assert table.loc[table.part == "baseline", "group"].tolist() == ["lowest third", "middle third", "highest third"]


def test_a_whole_classroom_lost_shows_at_the_level_of_classrooms():
    frame = small_frame(n_clusters=12)
    frame.loc[frame.classroom == "c00", "after"] = np.nan
    found = findings(small_panel(frame), "difference_in_means")["response_and_attrition"]
    assert "level of classroom: 8.3% overall, 16.7 points" in found.text
    rows = found.table[found.table.part == "classrooms with an outcome"].set_index("group")
    assert rows.response_share.to_dict() == pytest.approx({"change": 5 / 6, "comparison": 1.0})
    assert rows.n.to_dict() == {"change": 48, "comparison": 48}


def test_an_arm_without_any_named_cluster_is_judged_by_its_units_only():
    frame = small_frame()
    frame.loc[frame.group == "change", "classroom"] = None
    found = findings(small_panel(frame), "difference_in_means")["response_and_attrition"]
    assert "level of student" in found.text
    assert "level of classroom" not in found.text


def test_who_is_missing_is_told_by_subgroup_and_by_baseline():
    frame = small_frame()
    low = frame.before < frame.before.quantile(0.3)
    frame.loc[low, "after"] = np.nan
    frame.loc[0, "lunch"] = None
    frame.loc[1, "before"] = np.nan
    found = findings(small_panel(frame, subgroups=("lunch",)), "difference_in_means")["response_and_attrition"]
    shares = found.table[found.table.part == "baseline"].set_index("group").response_share
    assert shares["lowest third"] < 0.2 < 0.99 < shares["highest third"]
    assert set(found.table[found.table.part == "lunch"].group) == {"free", "paid", "unknown"}
    assert "At baseline those with an outcome are +" in found.text
    assert found.table[found.table.part == "arm"].n.sum() == 96


def test_of_one_group_a_loss_cannot_be_held_against_anything():
    one_group = {"comparison": None, "design": "one_group_pre_post"}
    whole = findings(small_panel(**one_group), "difference_in_means")["response_and_attrition"]
    assert whole.answer == "pass"
    partial = findings(small_panel(with_losses(10, 0), **one_group), "difference_in_means")["response_and_attrition"]
    assert partial.answer == "cannot_say"


@pytest.mark.parametrize("covariates", [(), ("age",)])
def test_with_an_empty_arm_only_that_is_the_concern(covariates):
    found = findings(small_panel(small_frame().assign(group="change"), covariates=covariates))
    assert blocking(found) == {"CY302"}
    silent = ("baseline_equivalence", "cluster_count", "collinearity", "one_cluster_per_arm", "response_and_attrition")
    assert {found[name].answer for name in silent} == {"cannot_say"}


BREAK = SeriesBreak(measure="score", at="2027-winter", because="an item was reworded", origin="declared")


def test_a_break_between_baseline_and_outcome_is_a_concern_and_forbids_a_difference():
    panel = small_panel(balanced(), breaks=(BREAK,))
    adjusted = findings(panel)["series_break"]
    assert (adjusted.answer, adjusted.code, adjusted.blocking) == ("concern", "CY221", False)
    assert "2027-winter (an item was reworded)" in adjusted.text
    subtracted = findings(panel, "difference_in_differences")["series_break"]
    assert (subtracted.answer, subtracted.blocking) == ("concern", True)


def test_where_nobody_looked_for_breaks_it_cannot_be_said():
    assert findings(replace(small_panel(balanced()), breaks=None))["series_break"].answer == "cannot_say"


def test_without_a_baseline_there_is_nothing_for_a_break_to_lie_between():
    found = findings(small_panel(breaks=(BREAK,), baseline=None), "difference_in_means")["series_break"]
    assert (found.answer, found.code) == ("pass", None)
