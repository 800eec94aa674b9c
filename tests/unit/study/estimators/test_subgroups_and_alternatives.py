"""For whom, and by which other method: the same estimate, asked again."""

from dataclasses import replace

import pandas as pd
import pytest
from tests.panels import small_frame, small_panel
from tests.unit.study.test_designs import cycle, tables

from cycles.plan.method import Alternative, EstimateSpec
from cycles.study.designs import build_panel
from cycles.study.estimators import estimate, estimate_alternatives, estimate_by_subgroup

ANCOVA = EstimateSpec(estimator="ancova")


def test_each_group_is_estimated_from_its_own_students_alone():
    panel = small_panel(small_frame(), subgroups=("lunch",))
    found = estimate_by_subgroup(panel, estimator=ANCOVA)
    for name, one in found.items():
        level = name.removeprefix("lunch: ")
        alone = replace(panel, table=panel.table[panel.table["lunch"] == level], subgroups=())
        assert one.value == estimate(alone, estimator=ANCOVA).value
    assert sum(one.n for one in found.values()) == estimate(panel, estimator=ANCOVA).n


def test_a_group_that_is_also_a_covariate_is_not_held_against_itself():
    panel = small_panel(small_frame(), covariates=("lunch",), subgroups=("lunch",))
    assert {one.state for one in estimate_by_subgroup(panel, estimator=ANCOVA).values()} == {"estimated"}


def test_a_group_in_one_arm_only_says_that_there_is_nothing_to_compare():
    frame = small_frame()
    frame["lunch"] = frame["lunch"].where(frame["group"] == "comparison", "only here")
    found = estimate_by_subgroup(small_panel(frame, subgroups=("lunch",)), estimator=ANCOVA)
    assert (found["lunch: only here"].state, found["lunch: only here"].code) == ("not_estimable", "CY302")


def test_an_alternative_changes_what_it_names_and_nothing_else():
    asked = cycle(covariates=[]).model_copy(
        update={
            "alternatives": (
                Alternative.parse({"label": "as planned", "estimator": "difference_in_means"}, where="x"),
                Alternative.parse(
                    {"label": "no groups", "estimator": "difference_in_means", "design": {"cluster": "", "block": ""}},
                    where="x",
                ),
            )
        }
    )
    found = estimate_alternatives(asked, tables(), measure="attendance")
    planned = estimate(build_panel(asked, tables(), measure="attendance"), estimator="difference_in_means")
    assert list(found) == ["as planned", "no groups"]
    assert found["as planned"].n_clusters == planned.n_clusters
    assert found["no groups"].n_clusters is None


def test_without_alternatives_there_are_none():
    assert estimate_alternatives(cycle(), tables(), measure="belonging") == {}


@pytest.mark.parametrize("level", [None, pd.NA])
def test_a_student_whose_group_is_unknown_is_in_none(level):
    frame = small_frame()
    frame.loc[frame.index[:4], "lunch"] = level
    panel = small_panel(frame, subgroups=("lunch",))
    assert sum(one.n for one in estimate_by_subgroup(panel, estimator=ANCOVA).values()) == len(frame) - 4
