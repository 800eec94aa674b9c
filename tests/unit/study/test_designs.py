"""Designs: who belongs to the comparison, and what stands in each student's row."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from cycles.core.errors import DesignError
from cycles.core.vocabulary import SeriesBreak
from cycles.plan.cycle_file import ChartSpec, Cycle, Measures
from cycles.plan.instruments import read_instrument
from cycles.study.designs import (
    answers,
    build_panel,
    build_panels,
    can_detect,
    control_charts,
    fidelity,
    process_by_arm,
    reliabilities,
    run_charts,
)

NAN = float("nan")
NUMERIC = Measures.parse({"outcome": {"total": {"scale": "star_achievement.total"}}}, where="test")
ITEMS = [f"BEL_0{n}" for n in range(1, 7)]


def cycle(**design):
    content = {
        "kind": "pdsa_cycle", "cycle": "c", "title": "t", "team": {"name": "n"}, "started_on": "2026-10-05", "aim": "a", "change": "c",
        "prediction": {"measure": "belonging", "direction": "increase", "size": 0.2, "worth_having": 0.1},
        "measures": {
            "outcome": {"belonging": {"scale": "school_belonging.belonging"}},
            "process": {"check_ins_per_week": {"indicator": "sessions_per_week", "service": "check_in"}},
            "balancing": {"attendance": {"indicator": "attendance_share"}},
        },
        "design": {
            "kind": "cluster_comparison", "cluster": "classroom_id", "block": "school_id",
            "baseline_wave": "before", "outcome_wave": "after",
            "contrast": {"change": "new", "comparison": "usual"}, "covariates": ["prior_attendance_share"], "subgroups": ["iep"], **design,
        },
        "estimate": {"estimator": "ancova"}, "decide": {"on": "2026-12-18"}, "sources": {},
    }  # fmt: skip
    return Cycle.parse(content, where="test")


def roster():
    rows = [
        ("1", "S1", "A", "yes", "2026-08-31"),
        ("2", "S1", "A", "no", "2026-08-31"),
        ("3", "S2", "A", "no", "2026-08-31"),
        ("4", "S2", "B", "no", "2026-08-31"),
        ("5", "S2", "B", "no", "2026-11-02"),
        ("6", "S2", "C", "no", "2026-08-31"),
        ("7", "S2", "D", "no", "2026-08-31"),
    ]
    table = pd.DataFrame(rows, columns=["student_id", "school_id", "classroom_id", "iep", "entered_on"])
    return table.assign(entered_on=pd.to_datetime(table["entered_on"]), left_on=pd.NaT, grade="09")


def tables(breaks=None, **changes):
    arms = pd.DataFrame(
        {
            "unit_id": ["1", "2", "3", "4", "5", "7"],
            "unit_kind": "student",
            "arm": ["new", "new", "usual", "usual", "usual", "third"],
        }
    )
    responses = pd.DataFrame(
        [
            (student, wave, *[4] * 6)
            for student in "12347"
            for wave in ("before", "after")
            if (student, wave) != ("4", "after")
        ],
        columns=["respondent_id", "wave", *ITEMS],
    ).astype(dict.fromkeys(ITEMS, "Int64"))
    days = pd.bdate_range("2026-09-28", "2026-10-16")
    attendance = pd.DataFrame(
        [(s, "S1", day, "present") for s in "1234567" for day in days],
        columns=["student_id", "school_id", "on", "status"],
    )
    attendance.loc[(attendance.student_id == "1") & (attendance.on < "2026-10-05"), "status"] = "absent_unexcused"
    sessions = pd.DataFrame(
        {
            "student_id": ["1"] * 4,
            "on": pd.to_datetime(["2026-10-05", "2026-10-06", "2026-10-12", "2026-10-13"]),
            "minutes": 2,
            "service": "check_in",
            "in_school_hours": False,
        }
    )
    found = {
        "students": roster(),
        "arms": arms,
        "responses:school_belonging": responses,
        "attendance_days": attendance,
        "sessions": sessions,
        **changes,
    }
    return SimpleNamespace(
        by_table={name: table for name, table in found.items() if table is not None},
        instrument=read_instrument,
        breaks=breaks,
    )


def test_everybody_assigned_is_in_the_panel_with_or_without_an_outcome():
    panel = build_panel(cycle(), tables(), measure="belonging")
    assert panel.table["unit"].tolist() == ["1", "2", "3", "4"]
    assert panel.table["outcome"].notna().tolist() == [True, True, True, False]
    assert panel.table["baseline"].notna().all()


def test_who_is_left_out_is_said():
    notes = " ".join(build_panel(cycle(), tables(), measure="belonging").notes)
    assert "1 students on the roster are in no arm." in notes
    assert "1 students entered after the change started and are left out." in notes
    assert "1 students are in other arms, which are left out." in notes


def test_other_arms_stay_when_the_file_says_so():
    kept = cycle(contrast={"change": "new", "comparison": "usual", "others": "keep"})
    assert set(build_panel(kept, tables(), measure="belonging").table["arm"]) == {"new", "usual", "third"}


def test_a_classroom_name_used_in_two_schools_is_two_classrooms():
    assert build_panel(cycle(), tables(), measure="belonging").table["cluster"].tolist() == [
        "S1/A",
        "S1/A",
        "S2/A",
        "S2/B",
    ]


def test_arms_may_be_given_by_classroom():
    arms = pd.DataFrame({"unit_id": ["A", "B"], "unit_kind": "classroom", "arm": ["new", "usual"]})
    table = build_panel(cycle(), tables(arms=arms), measure="belonging").table
    assert dict(zip(table["unit"], table["arm"], strict=True)) == {"1": "new", "2": "new", "3": "new", "4": "usual"}


def test_a_prior_covariate_ends_the_day_before_the_change():
    table = build_panel(cycle(), tables(), measure="belonging").table.set_index("unit")
    assert table.loc["1", "prior_attendance_share"] == 0.0
    assert table.loc["2", "prior_attendance_share"] == 1.0


def test_an_indicator_has_its_own_before_and_after():
    table = build_panel(cycle(), tables(), measure="attendance").table.set_index("unit")
    assert (table.loc["1", "baseline"], table.loc["1", "outcome"]) == (0.0, 1.0)


def test_every_outcome_and_balancing_measure_has_a_panel():
    panels = build_panels(cycle(), tables())
    assert list(panels) == ["belonging", "attendance"]
    assert panels["belonging"].outcome_unit == "points on the 1-5 scale"


def test_fidelity_is_the_mean_of_the_change_arm_with_its_zeros():
    by_arm = process_by_arm(cycle(), tables()).set_index("arm")
    assert by_arm.loc["usual", "mean"] == 0
    assert by_arm.loc["new", "n"] == 2
    assert fidelity(cycle(), tables()) == {"check_ins_per_week": by_arm.loc["new", "mean"]}


def test_what_students_said_is_told_for_closed_questions():
    assert set(answers(cycle(), tables())["belonging"]["item"]) == set(ITEMS)


def test_a_series_is_of_the_arm_where_the_change_was_tried():
    chart = run_charts(cycle(), tables())["attendance_share"]
    assert chart.points["value"].tolist()[0] == 0.5


def test_without_dated_records_there_is_no_series():
    without = cycle()
    without = without.model_copy(update={"measures": without.measures.model_copy(update={"balancing": {}})})
    assert run_charts(without, tables(attendance_days=None)) == {}


def test_what_can_be_detected_does_not_depend_on_the_outcome():
    one = build_panel(cycle(), tables(), measure="attendance")
    other = type(one)(
        **{**{name: getattr(one, name) for name in one.__dataclass_fields__}, "table": one.table.assign(outcome=9.0)}
    )
    assert can_detect(one) == can_detect(other)


@pytest.mark.parametrize(
    ("design", "changes", "named"),
    [
        ({"cluster": "homeroom"}, {}, "homeroom"),
        ({"covariates": ["lunch"]}, {}, "lunch"),
        ({}, {"arms": None}, "arms"),
        ({}, {"responses:school_belonging": None}, "school_belonging"),
        ({}, {"arms": pd.DataFrame({"unit_id": ["A"], "unit_kind": ["bus"], "arm": ["new"]})}, "bus"),
    ],
)
def test_a_design_that_names_what_is_not_there_is_refused(design, changes, named):
    with pytest.raises(DesignError) as refused:
        build_panel(cycle(**design), tables(**changes), measure="belonging")
    assert refused.value.code == "CY301"
    assert named in str(refused.value)


def test_an_unknown_measure_names_the_nearest():
    with pytest.raises(DesignError) as refused:
        build_panel(cycle(), tables(), measure="belongin")
    assert "belonging" in refused.value.fix


def test_totals_of_a_year_are_taken_by_their_period():
    totals = pd.DataFrame(
        [("1", "K", 100, 10), ("1", "1", 100, 50), ("3", "K", 100, 0)],
        columns=["student_id", "period", "days_enrolled", "days_absent"],
    )
    asked = cycle(baseline_wave=None, outcome_wave="K", covariates=[])
    table = build_panel(asked, tables(attendance_days=None, attendance_totals=totals), measure="attendance").table
    assert table.set_index("unit")["outcome"].to_dict() == pytest.approx(
        {"1": 0.9, "2": NAN, "3": 1.0, "4": NAN}, nan_ok=True
    )
    assert table["baseline"].isna().all()


def test_without_a_baseline_what_can_be_detected_rests_on_convention():
    panel = build_panel(cycle(baseline_wave=None, covariates=[]), tables(), measure="belonging")
    assert panel.table["baseline"].isna().all()
    assert can_detect(panel).value is None


def test_arms_that_name_nobody_leave_an_empty_panel():
    nobody = pd.DataFrame({"unit_id": [], "unit_kind": [], "arm": []}, dtype="str")
    assert build_panel(cycle(covariates=[]), tables(arms=nobody), measure="belonging").table.empty


def test_answers_to_questions_without_options_are_not_told_one_by_one():
    numeric = cycle(covariates=[]).model_copy(update={"measures": NUMERIC})
    found = tables(
        **{
            "responses:star_achievement": pd.DataFrame(
                {"respondent_id": ["1"], "wave": ["after"], "reading": [400], "mathematics": [410]}
            )
        }
    )
    assert answers(numeric, found) == {}
    assert list(reliabilities(numeric, found)) == ["total"]


def test_a_student_whom_two_rows_put_in_different_arms_is_in_none():
    arms = pd.DataFrame(
        [("1", "student", "new"), ("A", "classroom", "usual"), ("4", "student", "usual"), ("B", "classroom", "usual")],
        columns=["unit_id", "unit_kind", "arm"],
    )
    panel = build_panel(cycle(covariates=[]), tables(arms=arms), measure="belonging")
    assert panel.table["unit"].tolist() == ["2", "3", "4"]
    assert "1 students are in more than one arm and are left out." in panel.notes


def test_a_student_who_had_left_before_the_change_is_not_attrition():
    left = roster()
    left.loc[left["student_id"] == "2", "left_on"] = pd.Timestamp("2026-09-30")
    left.loc[left["student_id"] == "3", "left_on"] = pd.Timestamp("2026-11-30")
    panel = build_panel(cycle(covariates=[]), tables(students=left), measure="belonging")
    assert panel.table["unit"].tolist() == ["1", "3", "4"]
    assert "1 students had left before the change started and are left out." in panel.notes


def reworded(measure: str, at: str) -> SeriesBreak:
    return SeriesBreak(measure=measure, at=at, because="two questions were reworded", origin="declared")


@pytest.mark.parametrize("name", ["belonging", "school_belonging", "school_belonging.belonging", "BEL_01"])
def test_a_break_at_the_outcome_wave_lies_between_however_it_names_the_measure(name):
    panel = build_panel(cycle(), tables(breaks=(reworded(name, "after"),)), measure="belonging")
    assert [(one.measure, one.at) for one in panel.breaks] == [("belonging", "after")]


def test_a_break_at_the_baseline_wave_or_of_another_measure_does_not():
    known = (reworded("belonging", "before"), reworded("attendance_share", "after"))
    assert build_panel(cycle(), tables(breaks=known), measure="belonging").breaks == ()


def test_where_nobody_looked_for_breaks_the_panel_says_so():
    assert build_panel(cycle(), tables(), measure="belonging").breaks is None


def test_waves_are_in_the_order_in_which_they_were_answered():
    found = tables(breaks=(reworded("belonging", "pilot"),))
    answers = found.by_table["responses:school_belonging"]
    pilot = answers[answers["wave"] == "after"].assign(wave="pilot")
    days = {"before": "2026-09-01", "pilot": "2026-10-01", "after": "2026-11-01"}
    rows = pd.concat([answers, pilot], ignore_index=True)
    found.by_table["responses:school_belonging"] = rows.assign(answered_on=pd.to_datetime(rows["wave"].map(days)))
    assert [one.at for one in build_panel(cycle(), found, measure="belonging").breaks] == ["pilot"]


def test_a_chart_of_the_cycle_starts_anew_at_a_break_of_its_indicator():
    chart = run_charts(cycle(), tables(breaks=(reworded("attendance_share", "2026-10-12"),)))["attendance_share"]
    assert [one.at for one in chart.breaks] == ["2026-10-12"]


def sixteen_weeks(per_week=3):
    """Check-ins of two students of the change arm, three a week each, from five weeks before the change on."""
    days = [
        day + pd.Timedelta(days=one)
        for day in pd.date_range("2026-08-31", periods=16, freq="W-MON")
        for one in range(per_week)
    ]
    rows = [
        {"student_id": student, "on": day, "service": "check_in", "minutes": 2.0}
        for student in ("1", "2")
        for day in days
    ]
    return pd.DataFrame(rows)


def test_a_process_measure_has_a_control_chart_of_the_change_arm():
    [chart] = control_charts(cycle(), tables(sessions=sixteen_weeks())).values()
    assert (chart.measure, chart.better) == ("check_ins_per_week", "higher")
    assert chart.kind.startswith("u")
    assert chart.points["value"].tolist()[:15] == pytest.approx([3.0] * 15)
    assert list(dict.fromkeys(chart.points["phase"])) == ["before", "after"]
    assert [said for _, said in chart.marks] == ["change starts"]


def test_what_the_file_says_of_a_chart_is_done_and_the_record_marks_it():
    asked = {"check_ins_per_week": ChartSpec(kind="xmr", target=2.0, freeze_until=date(2026, 11, 1))}
    plan = cycle().model_copy(update={"charts": asked})
    marks = [(date(2026, 9, 14), "c-1: adapt")]
    [chart] = control_charts(plan, tables(sessions=sixteen_weeks()), marks=marks).values()
    assert (chart.kind, chart.target, chart.facts["frozen_on"]) == ("xmr", 2.0, "2026-11-01")
    assert [said for _, said in chart.marks] == ["c-1: adapt", "change starts"]
    assert chart.assurance.startswith("consistently met")
    assert set(chart.points["phase"]) == {"all"}


def test_fewer_than_twelve_weeks_have_no_control_chart():
    early = sixteen_weeks().loc[lambda rows: rows["on"] < "2026-11-01"]
    assert control_charts(cycle(), tables(sessions=early)) == {}


def test_another_measure_is_charted_when_the_file_names_it():
    days = pd.DataFrame(
        [
            {"student_id": student, "on": day, "status": "present" if day.day % 3 else "absent_excused"}
            for student in ("1", "2")
            for day in pd.bdate_range("2026-08-31", periods=80)
        ]
    )
    plan = cycle().model_copy(update={"charts": {"attendance": ChartSpec()}})
    found = control_charts(plan, tables(attendance_days=days, sessions=sixteen_weeks()))
    assert list(found) == ["attendance", "check_ins_per_week"]
    assert found["attendance"].kind in ("p", "p_prime")
