"""Any table of series over time can become a panel of series, and what cannot is refused with its code."""

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.core.errors import DesignError

ASKED = {"measure": "rate", "value": "rate", "time": "year", "series": "school", "change": "texts", "every": "year"}


def rates(**columns):
    table = {"school": ["a", "a", "a", "b", "b", "b"], "year": [2020, 2021, 2022] * 2, "rate": [1.0, 2, 3, 4, 5, 6]}
    return pd.DataFrame(table | columns)


def test_a_start_is_counted_in_periods_from_the_first_and_one_for_all_is_that_of_the_change_arm():
    frame = rates(arm=["texts"] * 3 + ["none"] * 3)
    panel = cy.as_series(frame, **ASKED, arm="arm", comparison="none", started=2021)
    assert panel.table.groupby("series")["started"].first().tolist()[0] == 1
    assert panel.table.loc[panel.table["series"] == "b", "started"].isna().all()


def test_starts_of_a_column_make_the_arms_where_no_arm_is_named():
    panel = cy.as_series(rates(began=[2022] * 3 + [np.inf] * 3), **ASKED, started="began")
    assert panel.table.groupby("series")["arm"].first().to_dict() == {"a": "texts", "b": "never_started"}


def test_a_period_without_a_row_is_there_without_a_value_and_the_frame_is_not_changed():
    frame = rates().drop(index=[1])
    before = frame.copy()
    table = cy.as_series(frame, **ASKED).table
    assert table["time"].tolist() == [0, 1, 2] * 2
    assert table["value"].isna().sum() == 1
    assert table["period"].tolist()[:3] == ["2020", "2021", "2022"]
    pd.testing.assert_frame_equal(frame, before)


def test_a_day_between_two_weeks_belongs_to_the_week_that_holds_it():
    weeks = pd.DataFrame({"on": pd.date_range("2026-09-07", periods=4, freq="7D"), "share": [1.0, 2, 3, 4]})
    asked = {"measure": "share", "value": "share", "time": "on", "every": "week", "change": "texts"}
    table = cy.as_series(weeks, **asked, started=pd.Timestamp("2026-09-23")).table
    assert table["started"].unique().tolist() == [2]
    assert table["period"].tolist()[2] == "2026-09-21"


def test_names_of_periods_are_put_in_their_order_and_a_start_after_the_last_is_beyond_it():
    frame = rates(year=["2022-23", "2020-21", "2021-22"] * 2)
    assert cy.as_series(frame, **ASKED, started="2021-22").table["started"].unique().tolist() == [1]
    assert cy.as_series(frame, **ASKED, started="2030-31").table["started"].unique().tolist() == [3]


@pytest.mark.parametrize(
    ("columns", "asked"),
    [
        ({"year": [2020, 2020, 2022] * 2}, {}),
        ({"rate": ["1", "2", "?", "4", "5", "6"]}, {}),
        ({"rate": [1, 2, np.inf, 4, 5, 6]}, {}),
        ({"year": [202001, 202101, 202201] * 2}, {}),
        ({"year": [2020, None, 2022] * 2}, {}),
        ({"year": [2020, 2020.5, 2022] * 2}, {}),
        ({"school": ["a", "a", None, "b", "b", "b"]}, {}),
        ({"began": [2021, 2022, 2022, None, None, None]}, {"started": "began"}),
        ({"arm": ["texts", "none", "texts", "none", "none", "none"]}, {"arm": "arm", "comparison": "none"}),
        ({}, {"value": "rat"}),
        ({}, {"comparison": "texts"}),
    ],
    ids=[
        "a period twice", "no number", "not finite", "months as numbers", "no period", "half a year", "no series", "two starts",
        "two arms", "no such column", "one arm",
    ],
)  # fmt: skip
def test_a_table_that_is_no_panel_of_series_is_refused(columns, asked):
    with pytest.raises(DesignError) as refused:
        cy.as_series(rates(**columns), **(ASKED | asked))
    assert refused.value.code == "CY301"
