"""Whatever the records: order, splitting into periods and units never change an indicator."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cycles.study.indicators import indicator

STATUSES = ("present", "tardy", "half_day_absent", "absent_excused", "absent_unexcused", "suspended_out")
RECORDS = st.lists(st.lists(st.sampled_from(STATUSES), min_size=1, max_size=40), min_size=1, max_size=4)


def daily(records):
    return pd.concat(
        pd.DataFrame({"student_id": f"s{i}", "on": pd.bdate_range("2026-09-07", periods=len(one)), "status": one})
        for i, one in enumerate(records)
    )


@settings(max_examples=20, deadline=None)
@given(RECORDS, st.randoms(use_true_random=False))
@pytest.mark.parametrize("name", ["attendance_share", "chronic_absence"])
def test_the_order_of_records_does_not_matter(name, records, random):
    rows = daily(records).reset_index(drop=True)
    order = list(range(len(rows)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(indicator(name, rows), indicator(name, rows.iloc[order]))


@settings(max_examples=20, deadline=None)
@given(RECORDS)
@pytest.mark.parametrize("by", ["week", "month"])
def test_periods_add_up_to_the_whole(by, records):
    rows = daily(records)
    whole = indicator("attendance_share", rows).set_index("student_id")
    parts = indicator("attendance_share", rows, by=by).assign(present=lambda table: table["value"] * table["n"])
    sums = parts.groupby("student_id")[["present", "n"]].sum()
    pd.testing.assert_series_equal(sums["n"], whole["n"])
    pd.testing.assert_series_equal(sums["present"] / sums["n"], whole["value"], check_names=False)


@settings(max_examples=20, deadline=None)
@given(RECORDS)
def test_chronic_absence_is_the_integer_rule_on_half_days(records):
    found = indicator("chronic_absence", daily(records)).set_index("student_id")["value"]
    missed = {"present": 0, "tardy": 0, "half_day_absent": 1}
    for i, one in enumerate(records):
        halves = sum(missed.get(status, 2) for status in one)
        expected = None if len(one) < 10 else float(10 * halves >= 2 * len(one))
        assert (None if pd.isna(found[f"s{i}"]) else found[f"s{i}"]) == expected


@settings(max_examples=20, deadline=None)
@given(RECORDS)
def test_totals_and_daily_records_agree(records):
    rows = daily(records)
    missed = {"present": 0.0, "tardy": 0.0, "half_day_absent": 0.5}
    totals = pd.DataFrame(
        {
            "student_id": [f"s{i}" for i in range(len(records))],
            "period": "autumn",
            "days_enrolled": [len(one) for one in records],
            "days_absent": [sum(missed.get(status, 1.0) for status in one) for one in records],
        }
    )
    for name in ("attendance_share", "chronic_absence"):
        ours = indicator(name, rows, period="autumn", since="2026-09-07")
        pd.testing.assert_frame_equal(ours, indicator(name, totals, period="autumn"))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 27), st.integers(0, 60)), max_size=30))
def test_sessions_and_minutes_are_neither_lost_nor_made_up(held):
    start = pd.Timestamp("2026-10-05")
    sessions = pd.DataFrame(
        {
            "student_id": pd.Series([student for student, _, _ in held], dtype="str"),
            "on": pd.Series([start + pd.Timedelta(days=day) for _, day, _ in held], dtype="datetime64[us]"),
            "minutes": pd.Series([minutes for _, _, minutes in held], dtype="float64"),
            "service": "support",
            "in_school_hours": True,
        }
    )
    window = {"since": start, "until": start + pd.Timedelta(days=27)}
    students = pd.DataFrame({"student_id": list("abc")})
    by_week = indicator("sessions_per_week", {"sessions": sessions, "students": students}, by="week", **window)
    whole = indicator("sessions_per_week", {"sessions": sessions, "students": students}, **window)
    for table in (by_week, whole):
        assert (table["value"] * table["n"]).sum() == pytest.approx(len(held))
    days = pd.concat(
        pd.DataFrame({"student_id": one, "on": pd.bdate_range(start, periods=20), "status": "present"}) for one in "abc"
    )
    missed = indicator("lessons_missed_share", {"sessions": sessions, "attendance_days": days}, **window)
    assert (missed["value"] * missed["n"]).sum() == pytest.approx(sessions["minutes"].sum())
