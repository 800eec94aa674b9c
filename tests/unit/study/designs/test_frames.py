"""`as_panel`: any table with one row per unit."""

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel

from cycles.core.errors import DesignError
from cycles.study.designs.frames import as_panel


def refused(match, **options):
    with pytest.raises(DesignError, match=match) as found:
        small_panel(**options)
    assert found.value.code == "CY301"
    return found.value


def test_columns_take_their_canonical_names_and_the_frame_stays_as_it_was():
    frame = small_frame()
    before = frame.copy(deep=True)
    panel = small_panel(frame, block="school", covariates=("age",), subgroups=("lunch", "age"))
    assert panel.table.columns.tolist() == ["unit", "cluster", "block", "arm", "baseline", "outcome", "age", "lunch"]
    assert (panel.cluster_name, panel.block_name, panel.unit_name) == ("classroom", "school", "student")
    pd.testing.assert_frame_equal(frame, before)


def test_what_the_design_does_not_have_is_missing_in_the_table():
    table = small_panel(cluster=None, baseline=None).table
    assert table[["cluster", "block", "baseline"]].isna().all().all()


def test_missing_columns_suggest_the_nearest_name():
    found = refused("no column scool, befor", baseline="befor", block="scool")
    assert "Did you mean 'school'?" in found.fix


def test_a_unit_that_appears_twice_or_has_no_name_is_refused_by_count_only():
    found = refused(
        "2 rows name a unit", frame=small_frame().assign(student=["same", "same", *(f"x{n}" for n in range(94))])
    )
    assert "same" not in str(found)
    refused("1 rows name no unit", frame=small_frame().assign(student=[None, *(f"x{n}" for n in range(95))]))


def test_the_two_arms_must_differ():
    refused("same arm", comparison="change")


def test_a_column_named_twice_is_refused():
    frame = small_frame()
    refused("more than one column age", frame=pd.concat([frame, frame[["age"]]], axis=1), covariates=("age",))


def test_further_columns_may_not_take_a_canonical_name():
    refused("cannot be called outcome", frame=small_frame().assign(outcome=1.0), covariates=("outcome",))


def test_the_arm_itself_may_be_named_as_a_covariate_for_the_estimate_to_refuse():
    frame = small_frame().rename(columns={"group": "arm"})
    panel = small_panel(frame, arm="arm", covariates=("arm",))
    assert panel.covariates == ("arm",)


def test_rows_without_an_arm_and_of_other_arms_are_left_out_and_counted():
    frame = small_frame()
    frame.loc[:2, "group"] = None
    frame.loc[3:7, "group"] = "aide"
    panel = small_panel(frame)
    assert len(panel.table) == 88
    assert panel.notes == ("3 rows are in no arm and are left out.", "5 rows are in other arms, which are left out.")
    kept = small_panel(frame, others="keep")
    assert len(kept.table) == 93
    assert kept.notes == ("3 rows are in no arm and are left out.",)


def test_whole_numbers_that_became_decimals_keep_their_names():
    frame = small_frame().assign(school=[np.nan, *([17.0] * 40), *([18.0] * 55)])
    assert set(small_panel(frame, block="school").table.block.dropna()) == {"17", "18"}
    halves = small_frame().assign(school=1.5)
    assert set(small_panel(halves, block="school").table.block) == {"1.5"}


def test_units_without_a_name_are_numbered_by_row():
    frame = pd.DataFrame({"arm": ["a", "b"], "y": [1.0, 2.0]})
    panel = as_panel(frame, measure="y", outcome="y", arm="arm", change="a", comparison="b")
    assert panel.table.unit.tolist() == ["row 1", "row 2"]
