"""For whom: differences of effects between groups, counted together, and effects drawn towards one another."""

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel

from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named
from cycles.plan.method import EstimateSpec
from cycles.study.estimators import estimate, estimate_by_subgroup
from cycles.study.inference.moderation import ByGroup, family_wise
from cycles.study.inference.shrinkage import shrunken

ANCOVA = EstimateSpec(estimator="ancova")


def frame_of(*, more_for_free: float = 0.0) -> pd.DataFrame:
    frame = small_frame(n_clusters=20, size=14)
    helped = (frame["lunch"] == "free") & (frame["group"] == "change")
    draw = np.random.default_rng(5)
    return frame.assign(
        after=frame["after"] + more_for_free * helped, grade=draw.choice(["9", "10", "11"], size=len(frame))
    )


def test_the_difference_of_two_groups_is_the_interaction_of_the_model():
    panel = small_panel(frame_of(more_for_free=0.8), subgroups=("lunch",))
    row = estimate_by_subgroup(panel, estimator=ANCOVA).compared.iloc[0]
    table = panel.table.assign(
        paid=(panel.table["lunch"] == "paid").astype(float),
        both=((panel.table["lunch"] == "paid") & (panel.table["arm"] == "change")).astype(float),
    )
    same = estimate(small_panel(_renamed(table), covariates=("paid", "both")), estimator="ancova").coefficients
    told = same.set_index("term").loc["both"]
    assert row["group"] == "lunch: paid"
    for name, other in (("difference", "value"), ("se", "se"), ("df", "df"), ("p", "p")):
        assert row[name] == pytest.approx(told[other], rel=1e-9)
    assert row["p_holm"] == row["p"] < 0.05


def test_every_difference_is_counted_and_the_sentence_says_so():
    panel = small_panel(frame_of(more_for_free=1.0), subgroups=("lunch", "grade"))
    found = estimate_by_subgroup(panel, estimator=ANCOVA)
    assert found.compared.group.tolist() == ["lunch: paid", "grade: 10", "grade: 11", "grade: 9"]
    assert (found.compared.p_holm >= found.compared.p).all()
    assert "4 differences between groups were tested together (Holm)" in found.text
    assert "lunch: paid" in found.text


def test_pooled_effects_lie_between_the_groups_own_and_are_surer():
    found = estimate_by_subgroup(small_panel(frame_of(), subgroups=("grade",)), estimator=ANCOVA).pooled
    assert found["pooled"].max() < found["value"].max()
    assert found["pooled"].min() > found["value"].min()
    assert ((found["pooled_high"] - found["pooled_low"]) < (found["high"] - found["low"])).all()


def test_groups_are_neither_pooled_nor_compared_where_that_cannot_be():
    few = estimate_by_subgroup(small_panel(small_frame(n_clusters=6, size=16), subgroups=("lunch",)), estimator=ANCOVA)
    assert few.compared["p"].isna().all()
    assert few.pooled.empty
    assert few.text == "Whether the effect differs between groups was not tested."
    weighted = estimate_by_subgroup(
        small_panel(frame_of(), subgroups=("lunch",)), estimator=EstimateSpec(estimator="entropy_balanced")
    )
    assert weighted.compared.empty


def test_a_group_that_every_classroom_of_one_arm_lacks_is_not_compared():
    frame = small_frame(n_clusters=12, size=14)
    frame["lunch"] = np.where((frame["group"] == "change"), "paid", frame["lunch"])
    found = estimate_by_subgroup(small_panel(frame, subgroups=("lunch",)), estimator=ANCOVA)
    assert found.compared["p"].isna().all()
    constant = frame.assign(after=1.0)
    assert estimate_by_subgroup(small_panel(constant, subgroups=("lunch",)), estimator=ANCOVA).compared.empty


def test_groups_alike_are_pooled_to_one_value_and_groups_far_apart_stay():
    alike = shrunken(np.array([0.2, 0.2, 0.2]), np.array([0.1, 0.1, 0.1]), scale=0.25)
    assert alike.value == pytest.approx([0.2, 0.2, 0.2])
    apart = shrunken(np.array([-2.0, 2.0]), np.array([0.05, 0.05]), scale=0.25)
    assert apart.value == pytest.approx([-2.0, 2.0], abs=0.05)


def test_difference_in_differences_compares_the_groups_too():
    spec = EstimateSpec(estimator="difference_in_differences")
    assert (
        estimate_by_subgroup(small_panel(frame_of(), subgroups=("lunch",)), estimator=spec).compared["p"].notna().all()
    )


def test_a_report_shows_the_tables_and_nothing_of_a_moderator_with_a_small_group():
    frame = frame_of(more_for_free=1.0)
    frame["bus"] = np.where(np.arange(len(frame)) % 47 == 0, "yes", "no")
    request = Request(policy=policy_named(None), alt="The effect in each group.", section="equity", title="For whom?")
    shown = blocks_of(estimate_by_subgroup(small_panel(frame, subgroups=("lunch",)), estimator=ANCOVA), request)
    assert [one["kind"] for one in shown] == ["figure", "text", "table", "table"]
    assert "the effect differs for Lunch: paid" in shown[1]["text"]
    held = blocks_of(estimate_by_subgroup(small_panel(frame, subgroups=("bus",)), estimator=ANCOVA), request)
    assert [one["kind"] for one in held] == ["text", "text"]
    assert "was not tested" in held[1]["text"]
    assert blocks_of(ByGroup(), request) == []


def test_one_sentence_for_one_difference_found():
    assert family_wise(pd.DataFrame({"group": ["iep: yes"], "p_holm": [0.01]}), 0.95) == (
        "One difference between groups was tested: the effect differs for iep: yes (adjusted p below 0.05)."
    )


def _renamed(table: pd.DataFrame) -> pd.DataFrame:
    names = {"unit": "student", "cluster": "classroom", "arm": "group", "baseline": "before", "outcome": "after"}
    return table.rename(columns=names)
