"""Indicators: windows, denominators, and what is refused."""

from datetime import date

import pandas as pd
import pytest

from cycles.core.errors import ContractError, DesignError, ParameterError
from cycles.study.indicators import INDICATORS, indicator

STUDENTS = pd.DataFrame({"student_id": ["a", "b"], "entered_on": ["2026-08-31", "2026-10-12"], "left_on": ["", ""]})
SESSIONS = pd.DataFrame(
    {
        "student_id": ["a", "a", "a", "x"],
        "on": ["2026-10-05", "2026-10-08", "2026-10-14", "2026-10-14"],
        "minutes": [18, 18, 36, 36],
        "service": ["check_in", "check_in", "tutoring", "check_in"],
        "in_school_hours": [True, False, True, True],
    }
)
TOTALS = pd.DataFrame(
    {
        "student_id": ["a", "a", "b"],
        "period": ["K", "1", "K"],
        "days_enrolled": [180, 180, 90],
        "days_absent": [18, 0, None],
    }
)
TWO_WEEKS = {"since": date(2026, 10, 5), "until": date(2026, 10, 16)}


def days(n=10, student="a", status="present", start="2026-10-05"):
    return pd.DataFrame({"student_id": student, "on": pd.bdate_range(start, periods=n), "status": status})


def values(name, tables, **options):
    return indicator(name, tables, **options).set_index("student_id")["value"].to_dict()


@pytest.mark.parametrize("name", INDICATORS.names())
def test_every_indicator_says_what_it_needs_and_is_about(name):
    facts = INDICATORS.facts(name)
    assert facts["needs"]
    assert facts["unit"]
    assert facts["title"]
    assert facts["higher_is"] in ("better", "worse")


def test_a_window_includes_both_its_ends():
    table = indicator("attendance_share", days(), since="2026-10-06", until="2026-10-08")
    assert table["n"].item() == 3
    assert table["period"].item() == "2026-10-06 to 2026-10-08"


def test_weeks_start_on_monday_and_months_on_the_first():
    weeks = indicator("attendance_share", days(), by="week")
    assert weeks["period"].tolist() == [pd.Timestamp("2026-10-05"), pd.Timestamp("2026-10-12")]
    assert indicator("attendance_share", days(), by="month")["period"].item() == pd.Timestamp("2026-10-01")


def test_a_named_window_carries_its_name():
    assert (
        indicator("attendance_share", days(), since="2026-10-05", until="2026-10-09", period="autumn")["period"].item()
        == "autumn"
    )


def test_a_window_without_records_gives_an_empty_table():
    for name in ("attendance_share", "lessons_missed_share"):
        assert indicator(name, {"attendance_days": days(), "sessions": SESSIONS}, until="2020-01-01").empty
    assert indicator("sessions_per_week", {"sessions": SESSIONS, "students": STUDENTS}, until="2020-01-01").empty


def test_totals_are_taken_by_period_and_unknown_absence_is_no_attendance():
    assert values("attendance_share", TOTALS, period="K") == {"a": 0.9}
    assert values("attendance_share", TOTALS) == {"a": 0.95}  # both periods: a ratio of sums


def test_totals_serve_a_period_even_beside_daily_records():
    both = {"attendance_totals": TOTALS, "attendance_days": days()}
    assert values("attendance_share", both, period="K") == {"a": 0.9}
    assert values("attendance_share", both, since="2026-10-05") == {"a": 1.0}


@pytest.mark.parametrize("asked", [{"by": "week"}, {"since": "2026-10-05"}])
@pytest.mark.parametrize("name", ["attendance_share", "course_mark_mean"])
def test_records_without_days_cannot_be_cut_by_date(name, asked):
    table = TOTALS if name == "attendance_share" else pd.DataFrame({"student_id": ["a"], "term": ["S1"], "mark": [80]})
    with pytest.raises(ParameterError) as refused:
        indicator(name, table, **asked)
    assert refused.value.code == "CY105"


def test_too_few_days_give_no_value_rather_than_zero():
    table = indicator("chronic_absence", days(4, status="absent_excused"))
    assert table["value"].isna().all()
    assert table["n"].item() == 4


def test_a_threshold_may_be_written_as_a_decimal():
    rows = pd.concat([days(19), days(1, status="absent_excused", start="2026-11-02")])
    assert values("chronic_absence", rows, threshold=0.05) == {"a": 1.0}
    assert values("chronic_absence", rows, threshold="1/10") == {"a": 0.0}


@pytest.mark.parametrize("threshold", ["1/0", "much", "3/2", 0])
def test_a_threshold_that_is_no_share_is_refused(threshold):
    with pytest.raises(ParameterError) as refused:
        indicator("chronic_absence", days(), threshold=threshold)
    assert refused.value.code == "CY105"


@pytest.mark.parametrize("status", ["excused", None])
def test_an_undeclared_status_is_refused_without_its_text(status):
    with pytest.raises(ContractError) as refused:
        indicator("attendance_share", pd.concat([days(9), days(1).assign(status=status)]))
    assert refused.value.code == "CY213"


def test_sessions_are_divided_by_weeks_enrolled_and_none_is_zero():
    tables = {"sessions": SESSIONS, "students": STUDENTS}
    table = indicator("sessions_per_week", tables, **TWO_WEEKS, service="check_in").set_index("student_id")
    assert table["value"].to_dict() == {"a": 1.0, "b": 0.0}  # b entered in the second week
    assert table["n"].to_dict() == {"a": 2.0, "b": 1.0}


def test_a_student_who_left_or_had_not_come_is_not_in_the_table():
    gone = STUDENTS.assign(left_on=["2026-09-30", ""])
    tables = {"sessions": SESSIONS, "students": gone}
    assert values("sessions_per_week", tables, since="2026-10-05", until="2026-10-09") == {}


def test_a_students_two_enrolments_are_joined():
    moved = pd.DataFrame(
        {"student_id": ["a", "a"], "entered_on": ["2026-10-05", "2026-10-12"], "left_on": ["2026-10-09", None]}
    )
    table = indicator("sessions_per_week", {"sessions": SESSIONS, "students": moved}, **TWO_WEEKS)
    assert table["n"].tolist() == [2.0]


def test_sessions_by_week_have_a_row_for_weeks_without_any():
    tables = {"sessions": SESSIONS, "students": STUDENTS[["student_id"]]}
    table = indicator("sessions_per_week", tables, by="week", **TWO_WEEKS, service="check_in")
    assert len(table) == 4
    assert table["value"].sum() == 2.0


def test_a_misspelt_service_is_refused_not_counted_as_never():
    with pytest.raises(ParameterError) as refused:
        indicator("sessions_per_week", {"sessions": SESSIONS, "students": STUDENTS}, service="chek_in")
    assert refused.value.code == "CY102"
    assert "check_in" in refused.value.fix


def test_only_sessions_in_school_hours_take_lesson_time():
    tables = {"sessions": SESSIONS, "attendance_days": days()}
    assert values("lessons_missed_share", tables, lesson_minutes_per_day=360) == pytest.approx({"a": 54 / 3600})
    assert values("lessons_missed_share", tables, service="tutoring") == pytest.approx({"a": 36 / 3600})


@pytest.mark.parametrize(("said", "counts"), [("false", 0), ("No", 0), (0, 0), ("true", 1), (1, 1), (None, 1), ("", 1)])
def test_a_session_that_does_not_say_when_counts_as_lesson_time(said, counts):
    sessions = pd.DataFrame(
        {"student_id": ["a"], "on": ["2026-10-05"], "minutes": [36], "in_school_hours": pd.Series([said], dtype=object)}
    )
    assert values("lessons_missed_share", {"sessions": sessions, "attendance_days": days()}) == pytest.approx(
        {"a": counts * 0.01}
    )


def test_marks_are_averaged_in_a_term_and_words_left_out():
    courses = pd.DataFrame(
        {
            "student_id": ["a", "a", "a", "b"],
            "term": ["S1", "S1", "S2", "S1"],
            "subject": ["math", "art", "math", "math"],
            "mark": ["80", "90", "60", "P"],
            "credits": [3, 1, 1, 1],
        }
    )
    assert values("course_mark_mean", courses, period="S1") == {"a": 85.0}
    assert values("course_mark_mean", courses, period="S1", weight_by_credits=True) == {"a": 82.5}
    assert values("course_mark_mean", courses, subject="math") == {"a": 70.0}
    assert indicator("course_mark_mean", courses)["period"].item() == "all terms"


def test_an_unknown_indicator_or_option_is_refused_with_the_nearest():
    with pytest.raises(ParameterError) as name:
        indicator("attendence_share", days())
    with pytest.raises(ParameterError) as option:
        indicator("chronic_absence", days(), min_day=5)
    assert (name.value.code, option.value.code) == ("CY102", "CY101")
    assert "attendance_share" in name.value.fix
    assert "min_days" in option.value.fix


@pytest.mark.parametrize(
    ("name", "wanted"),
    [("attendance_share", "attendance_days or attendance_totals"), ("sessions_per_week", "sessions and students")],
)
def test_a_missing_table_is_named(name, wanted):
    with pytest.raises(DesignError) as refused:
        indicator(name, {"sessions": SESSIONS})
    assert refused.value.code == "CY301"
    assert wanted in refused.value.what


@pytest.mark.parametrize(
    "asked",
    [{"by": "year"}, {"since": "soon"}, {"since": "2026-10-09", "until": "2026-10-05"}],
)
def test_a_time_that_makes_no_sense_is_refused(asked):
    with pytest.raises(ParameterError) as refused:
        indicator("attendance_share", days(), **asked)
    assert refused.value.code == "CY105"


def test_missing_columns_and_unreadable_cells_are_refused_without_their_text():
    with pytest.raises(ContractError) as columns:
        indicator("attendance_share", days().drop(columns=["status", "on"]))
    with pytest.raises(ContractError) as dates:
        indicator("attendance_share", days(1).assign(on="Maria Lopez"))
    with pytest.raises(ContractError) as numbers:
        indicator("attendance_share", TOTALS.assign(days_absent="Maria Lopez"))
    assert (columns.value.code, dates.value.code, numbers.value.code) == ("CY211", "CY212", "CY212")
    assert "on, status" in columns.value.what
    assert "Maria" not in f"{dates.value}{numbers.value}"


def test_the_tables_are_not_changed():
    records, sessions, students = days(), SESSIONS.copy(deep=True), STUDENTS.copy(deep=True)
    tables = {"attendance_days": records, "sessions": sessions, "students": students}
    kept = {name: table.copy(deep=True) for name, table in tables.items()}
    for name in ("attendance_share", "sessions_per_week", "lessons_missed_share"):
        indicator(name, tables, by="week")
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, kept[name])
