"""A design over time has one row per series and period: of schools from dated records, of sites from published figures."""

from datetime import date

import pandas as pd
import pytest

import cycles as cy
from cycles.core.errors import DesignError, ProblemsError
from cycles.core.vocabulary import SeriesBreak
from cycles.do.collection import Tables
from cycles.plan.cycle_file import Cycle

PUBLISHED = {"published": "chronic_absence_share", "unit": "share of students", "higher_is": "worse"}
BY_WEEK = {"by": "school_id", "every": "week"}


def cycle(measure, series, *, comparison="none", kind="comparative_interrupted_time_series", **more):
    content = {
        "kind": "evaluation", "cycle": "texts", "title": "Texts", "team": {"name": "Office"}, "started_on": "2026-09-21",
        "aim": "Fewer absences", "change": "A text home", "measures": {"outcome": {"absence": measure}},
        "prediction": {"measure": "absence", "direction": "decrease", "size": 0.02, "worth_having": 0.01},
        "design": {"kind": kind, "contrast": {"change": "texts", "comparison": comparison}, "series": series},
        "estimate": {"estimator": "interrupted_time_series"}, "decide": {"on": "2026-10-04"}, "sources": {},
    }  # fmt: skip
    return Cycle.parse(content | more, where="here")


def weeks():
    """Four students in two schools and a third without an arm, on ten school days of two weeks and one more day."""
    students = pd.DataFrame({"student_id": list("abcde"), "school_id": ["1", "1", "2", "2", "3"]})
    days = pd.date_range("2026-09-14", periods=12, freq="B").union([pd.Timestamp("2026-10-05")])
    rows = students.merge(pd.DataFrame({"on": days}), how="cross")
    late = rows["on"] >= pd.Timestamp("2026-09-21")
    absent = (rows["student_id"] == "a") & late | (rows["student_id"] == "c") & (rows["on"].dt.day_of_week == 0)
    attendance = rows.assign(status=absent.map({True: "absent_excused", False: "present"}))
    arms = pd.DataFrame({"unit_id": ["1", "2"], "unit_kind": "school", "arm": ["texts", "none"]})
    return Tables(by_source={}, by_table={"students": students, "attendance_days": attendance, "arms": arms})


def figures(**columns):
    table = {"site_id": ["1", "1", "2", "2"], "period": ["2025-26", "2026-27"] * 2, "measure": "chronic_absence_share"}
    return Tables(
        by_source={}, by_table={"site_measures": pd.DataFrame(table | {"value": [0.3, 0.2, 0.4, 0.4]} | columns)}
    )


def test_weeks_of_schools_are_ratios_of_sums_until_the_decision_with_the_students_behind_them():
    panel = cy.build_panel(cycle({"indicator": "attendance_share"}, BY_WEEK), weeks(), measure="absence")
    rows = panel.table.set_index(["series", "period"])
    assert rows["value"].to_dict() == {
        ("1", "2026-09-14"): 1.0,
        ("1", "2026-09-21"): 0.5,
        ("1", "2026-09-28"): 0.5,
        ("2", "2026-09-14"): 0.9,
        ("2", "2026-09-21"): 0.9,
        ("2", "2026-09-28"): 0.75,
    }
    assert set(rows["n"]) == {2.0}
    assert rows.groupby("series")["started"].first().isna().to_dict() == {"1": False, "2": True}
    assert panel.notes == ("1 schools are in no arm and are left out.",)


def test_a_series_of_everybody_is_one_for_each_arm_and_knows_how_much_students_differ():
    panel = cy.build_panel(
        cycle({"indicator": "attendance_share"}, {"by": "all", "every": "month"}), weeks(), measure="absence"
    )
    assert panel.table["series"].unique().tolist() == ["none", "texts"]
    assert panel.sd == pytest.approx(pd.Series([1.0, 1.0, 0.8, 1.0]).std())


def test_published_figures_are_compared_by_the_ids_that_the_file_names():
    series = {"by": "site_id", "every": "year", "members": {"texts": ["1"]}}
    panel = cy.build_panel(cycle(PUBLISHED, series, decide={"on": "2027-07-01"}), figures(), measure="absence")
    assert panel.table.groupby("series")["arm"].first().to_dict() == {"1": "texts", "2": "none"}
    assert (panel.table.loc[panel.table["arm"] == "texts", "started"] == 1).all()
    assert (panel.sd, panel.higher_is, panel.outcome_unit) == (None, "worse", "share of students")


def test_published_days_become_weeks_by_the_people_behind_them():
    tables = figures(period=["2026-09-14", "2026-09-16"] * 2, n=[10, 30, 20, 20])
    series = {"by": "site_id", "every": "week", "members": {"texts": ["1"]}}
    table = cy.build_panel(cycle(PUBLISHED, series), tables, measure="absence").table
    assert table["value"].tolist() == pytest.approx([0.225, 0.4])
    assert table["n"].tolist() == [30.0, 20.0]


def test_starts_of_series_come_from_the_table_of_arms_where_the_file_says_so():
    tables = figures()
    arms = pd.DataFrame({
        "unit_id": ["1", "2"], "unit_kind": "school", "arm": "texts",
        "started_on": [pd.Timestamp("2025-09-01"), pd.Timestamp("2026-09-01")],
    })  # fmt: skip
    tables.by_table["arms"] = arms
    asked = cycle(
        PUBLISHED, {"by": "site_id", "every": "year", "starts": "arms"}, comparison=None, kind="staggered_starts",
        decide={"on": "2027-07-01"},
    )  # fmt: skip
    table = cy.build_panel(asked, tables, measure="absence").table
    assert table.groupby("series")["started"].first().to_dict() == {"1": 0, "2": 1}


def test_breaks_between_the_first_and_the_last_period_are_carried():
    tables = figures()
    breaks = [
        SeriesBreak(measure="chronic_absence_share", at=at, because="new rule", origin="declared")
        for at in ("2026-27", "2030-31")
    ]
    tables = Tables(by_source={}, by_table=tables.by_table, breaks=tuple(breaks))
    series = {"by": "site_id", "every": "year", "members": {"texts": ["1"]}}
    panel = cy.build_panel(cycle(PUBLISHED, series, decide={"on": "2027-07-01"}), tables, measure="absence")
    assert [one.at for one in panel.breaks] == ["2026-27"]


@pytest.mark.parametrize(
    ("measure", "series", "code"),
    [
        ({"indicator": "attendance_share"}, {"by": "site_id", "every": "week"}, "CY310"),
        ({"indicator": "attendance_share"}, {"by": "school_id", "every": "day"}, "CY310"),
        (PUBLISHED, {"by": "site_id", "every": "year"}, "CY301"),
        ({"indicator": "attendance_share"}, {"by": "classroom_id", "every": "week"}, "CY301"),
    ],
    ids=["students by site", "an indicator by day", "no figures", "no classrooms"],
)
def test_what_the_data_do_not_hold_is_refused(measure, series, code):
    with pytest.raises(DesignError) as refused:
        cy.build_panel(cycle(measure, series), weeks(), measure="absence")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "design",
    [
        {"kind": "interrupted_time_series", "contrast": {"change": "texts"}},
        {"kind": "student_comparison", "contrast": {"change": "a", "comparison": "b"}, "series": BY_WEEK},
        {"kind": "comparative_interrupted_time_series", "contrast": {"change": "texts"}, "series": BY_WEEK},
    ],
    ids=["no series", "series without time", "no comparison"],
)
def test_a_file_whose_design_and_series_disagree_is_refused(design):
    with pytest.raises(ProblemsError):
        cycle({"indicator": "attendance_share"}, BY_WEEK, design=design)


@pytest.mark.parametrize("measure", [{"published": "x"}, {"indicator": "attendance_share", "unit": "days"}])
def test_a_published_figure_says_its_unit_and_nothing_else_does(measure):
    with pytest.raises(ProblemsError):
        cycle(measure, BY_WEEK)


def test_the_file_says_when_the_change_started():
    assert cycle(PUBLISHED, BY_WEEK).started_on == date(2026, 9, 21)
