"""A year of New York City's attendance by school and day, from the CSV and from the daily XML files."""

import pandas as pd
import pytest
from tests.journeys.conftest import rows_are_accounted_for

from cycles.study.charts import run_chart

YEAR = "nyc_daily_attendance/daily_2015_16_all_schools.csv.gz"
DAY = "nyc_daily_attendance/raw_xml"
CUT_SHORT = {pd.Timestamp(2016, 3, 15), pd.Timestamp(2016, 3, 18)}
"""Days of which the file has only the first schools, and no row of the city."""


@pytest.fixture(scope="module")
def schools(arrive):
    return arrive(YEAR, adapter="csv", mapping="nyc_daily_schools", contract="nyc_daily_attendance")


@pytest.fixture(scope="module")
def city(arrive):
    return arrive(YEAR, adapter="csv", mapping="nyc_daily_city", contract="nyc_daily_attendance")


def test_every_row_of_the_year_is_accounted_for(schools, city):
    for one in (schools, city):
        assert one.delivery.rows_raw == 273_694
        assert rows_are_accounted_for(one.delivery)
        assert one.report.outcome == "pass"
        assert one.report.n_quarantined == 0


def test_a_school_without_a_session_has_no_attendance_and_not_nought(schools):
    assert schools.report.facts["missing_codes"] == {"value": {"not_applicable": 6_061}}
    used = schools.report.used
    closed = used[(used["site_id"] == "01M019") & (used["period"] == pd.Timestamp(2015, 9, 9))]
    assert closed["value"].isna().tolist() == [True]  # line 3 of the file: 20150909,01M019,NS


def test_a_percent_is_a_share_to_its_last_digit(schools):
    used = schools.report.used
    first = used[(used["site_id"] == "01M015") & (used["period"] == pd.Timestamp(2015, 9, 9))]
    assert first["value"].tolist() == [0.8305]  # line 2 of the file: 20150909,01M015,83.05


def test_on_the_days_left_out_for_the_city_no_school_had_a_session(schools, city):
    used = schools.report.used
    in_session = set(used.loc[used["value"].notna(), "period"])
    assert dict(city.delivery.excluded[["rule", "n"]].values) == {"no_session": 11, "school_rows": 273_512}
    assert used["period"].nunique() == len(in_session) == 173
    assert in_session - set(city.report.used["period"]) == CUT_SHORT
    assert set(city.report.used["period"]) <= in_session


def test_the_two_days_without_a_row_of_the_city_lack_most_of_the_schools(schools):
    by_day = schools.report.used.groupby("period")["site_id"].nunique()
    assert by_day[sorted(CUT_SHORT)].tolist() == [180, 690]
    assert by_day.median() > 1_500


def test_the_citys_days_make_a_run_chart(city):
    chart = run_chart(city.report.used, measure="attendance_share", unit="share")
    assert chart.facts["n_points"] == 171
    assert chart.facts["median"] == pytest.approx(0.9083, abs=1e-12)
    snow = chart.points.loc[chart.points["period"] == pd.Timestamp(2016, 1, 25), "value"]
    assert snow.tolist() == [0.7418]
    assert "vary more than chance" in chart.text


def test_a_day_in_xml_is_the_day_in_the_csv(arrive, schools):
    day = arrive(
        f"{DAY}/20160125.xml", adapter="attendance_xml", mapping="nyc_daily_schools", contract="nyc_daily_attendance"
    )
    assert day.report.outcome == "pass"
    assert rows_are_accounted_for(day.delivery)
    used = schools.report.used
    same = used[used["period"] == pd.Timestamp(2016, 1, 25)]
    both = same.merge(day.report.used, on="site_id", suffixes=("_csv", "_xml"))
    assert len(both) == len(same) == len(day.report.used)
    pd.testing.assert_series_equal(both["value_csv"], both["value_xml"], check_names=False)


def test_a_day_without_any_school_does_not_pass_for_a_day(arrive):
    """The file of an election day: nothing but the city's row, with an attendance of 0.00."""
    day = arrive(
        f"{DAY}/20141104.xml",
        adapter="attendance_xml",
        mapping="nyc_daily_schools",
        contract="nyc_daily_attendance",
    )
    assert day.report.outcome == "fail"
    assert [one["code"] for one in day.report.facts["problems"]] == ["CY215"]
    assert rows_are_accounted_for(day.delivery)
