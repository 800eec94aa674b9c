"""Ways other projects were seen to mislead with numbers from records; here they cannot."""

from datetime import date

import pandas as pd
import pytest

from cycles.study.charts import run_chart
from cycles.study.indicators import indicator


def test_a_tenth_of_the_days_is_found_for_every_length_of_year():
    """Trap 10: 1 - attended / enrolled >= .10 in floats misses 18 of 180, and others between 10 and 199 days."""
    pairs = [(enrolled, absent) for enrolled in range(10, 200) for absent in range(enrolled + 1)]
    totals = pd.DataFrame(pairs, columns=["days_enrolled", "days_absent"])
    totals = totals.assign(student_id=[f"s{i:06d}" for i in range(len(pairs))], period="year")
    found = indicator("chronic_absence", totals, period="year")["value"].tolist()
    assert found == [float(10 * absent >= enrolled) for enrolled, absent in pairs]
    floats = [float(1 - (enrolled - absent) / enrolled >= 0.10) for enrolled, absent in pairs]
    assert floats != found  # the trap is real


def test_eighteen_of_180_days_is_chronic_absence():
    totals = pd.DataFrame({"student_id": ["a"], "period": ["year"], "days_enrolled": [180], "days_absent": [18]})
    assert indicator("chronic_absence", totals, period="year")["value"].item() == 1.0


def test_half_days_are_exact_at_the_threshold():
    totals = pd.DataFrame(
        {"student_id": ["a", "b"], "period": "year", "days_enrolled": [175, 175], "days_absent": [17.5, 17.49]}
    )
    assert indicator("chronic_absence", totals, period="year")["value"].tolist() == [1.0, 0.0]


def test_a_number_of_sessions_always_comes_with_everyone_it_is_spread_over():
    """Trap 12: "150,000 minutes" said without the thousands of students they were spread over."""
    students = pd.DataFrame({"student_id": [f"s{i}" for i in range(10)]})
    sessions = pd.DataFrame(
        {"student_id": ["s0"] * 10, "on": pd.bdate_range("2026-10-05", periods=10), "service": "tutoring"}
    )
    table = indicator("sessions_per_week", {"sessions": sessions, "students": students})
    assert len(table) == 10
    assert table["value"].mean() == pytest.approx(0.5)
    assert table["value"].median() == 0.0
    assert (table["value"] * table["n"]).sum() == pytest.approx(10)


def test_a_fall_is_told_in_points_and_in_percent_and_both_can_be_recomputed():
    """Trap 13: "32%" for a fall from 31 to 20, which is 11 points or 35.5%."""
    values = [31.0] * 6 + [20.0] * 6
    table = pd.DataFrame({"period": pd.date_range("2026-08-31", periods=12, freq="W-MON"), "value": values, "n": 50})
    chart = run_chart(table, change_on=date(2026, 10, 12), measure="referrals", unit="referrals")
    assert "11 referrals lower (35.5% of the earlier value)" in chart.text
    assert chart.facts["difference"] == chart.facts["after"] - chart.facts["before"] == -11
    assert chart.facts["percent_change"] == pytest.approx(100 * -11 / 31)
