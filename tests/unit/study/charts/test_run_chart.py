"""Run charts: the two rules, phases at the named date, and what is said."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.study.charts import run_chart
from cycles.study.charts.run_chart import anhoej, limits


def weeks(values, n=40):
    return pd.DataFrame(
        {"period": pd.date_range("2026-08-31", periods=len(values), freq="W-MON"), "value": values, "n": n}
    )


@pytest.mark.parametrize(
    ("n", "longest", "crossings"),
    [(10, 6, 2), (12, 7, 3), (16, 7, 4), (20, 7, 6), (24, 8, 8), (30, 8, 10), (36, 8, 13), (50, 9, 19), (100, 10, 41)],
)
def test_limits_are_those_of_the_published_tables(n, longest, crossings):
    assert limits(n) == (longest, crossings)


def test_infections_by_month_are_read_as_qicharts2_reads_them(shared):
    months = pd.read_csv(shared("reference/data/qic_cdi.csv"), parse_dates=["month"])
    table = pd.DataFrame({"period": months["month"], "value": months["n"], "n": 100})
    chart = run_chart(table, measure="infections", unit="infections")
    expected = {"median": 17.0, "longest_run": 14, "longest_run_limit": 8, "crossings": 6, "crossings_limit": 11}
    assert {name: chart.facts[name] for name in expected} == expected
    assert len(chart.signals) == 2
    assert "36 months" in chart.text


def test_the_24_point_series_varies_no_more_than_chance(shared):
    values = pd.read_csv(shared("reference/data/run24.csv"))["y"]
    chart = run_chart(weeks(values), measure="waiting", unit="days")
    assert (chart.facts["n_useful"], chart.facts["longest_run"], chart.facts["crossings"]) == (24, 6, 11)
    assert chart.signals == ()
    assert "no more than chance" in chart.text


def test_a_shift_at_the_change_is_told_with_both_medians():
    chart = run_chart(
        weeks([0.90, 0.91] * 6 + [0.94, 0.95] * 6),
        change_on=date(2026, 11, 23),
        measure="attendance_share",
        unit="share of enrolled days",
    )
    assert chart.center == pytest.approx({"before": 0.905, "after": 0.945})
    assert chart.text.startswith(
        "In the 12 weeks after the change, the median of attendance share was 94.5%, against 90.5% in the 12 weeks before: "
        "4 percentage points higher (4.4% of the earlier value)."
    )
    assert any("12 weeks in a row" in signal for signal in chart.signals)
    assert "decides nothing" in chart.text


def test_a_week_that_began_before_the_change_belongs_to_before():
    chart = run_chart(weeks([1.0, 2.0, 3.0]), change_on=date(2026, 9, 9), measure="m", unit="points")
    assert chart.points["phase"].tolist() == ["before", "before", "after"]


def test_without_a_named_date_there_are_no_phases_whatever_the_values_do():
    chart = run_chart(weeks([1.0] * 12 + [9.0] * 12), measure="m", unit="points")
    assert set(chart.points["phase"]) == {"all"}
    assert list(chart.center) == ["all"]


def test_points_on_the_median_are_dropped():
    runs = anhoej(np.array([1.0, 2, 2, 2, 3]))
    assert (runs.n_useful, runs.longest_run, runs.crossings) == (2, 1, 1)


def test_a_constant_series_shows_nothing():
    chart = run_chart(weeks([3.0] * 20), measure="m", unit="points")
    assert chart.signals == ()
    assert chart.facts["n_useful"] == 0
    assert "at least 10 weeks must lie off the median; 0 of 20 do" in chart.text


def test_nine_points_on_either_side_are_too_few_for_a_signal():
    chart = run_chart(weeks([1.0] * 4 + [9.0] * 4), measure="m", unit="points")
    assert chart.signals == ()


def test_a_chart_without_points_says_so():
    chart = run_chart(weeks([]), change_on=date(2026, 9, 9), measure="belonging", unit="points")
    assert chart.text == "Belonging: there are no points to show."
    assert chart.center == {}


def test_missing_values_are_left_out_and_counted():
    chart = run_chart(weeks([1.0, None, 3.0]), measure="m", unit="points")
    assert (len(chart.points), chart.facts["n_missing"]) == (2, 1)


def test_an_indicator_is_summed_as_a_ratio_of_sums_with_its_people_counted():
    period = pd.Timestamp("2026-09-07")
    table = pd.DataFrame({"student_id": ["a", "b", "c"], "period": period, "value": [1.0, 0.5, None], "n": [1, 4, 0]})
    ratio, mean = (run_chart(table, measure="m", unit="share", weight=weight).points for weight in ("n", "equal"))
    assert ratio["value"].item() == pytest.approx(3 / 5)
    assert ratio["n"].item() == 2
    assert mean["value"].item() == pytest.approx(0.75)


def test_from_zero_there_is_no_percent_change():
    chart = run_chart(weeks([0.0] * 6 + [2.0] * 6), change_on=date(2026, 10, 12), measure="m", unit="points")
    assert chart.facts["percent_change"] is None
    assert "of the earlier value" not in chart.text


def test_no_difference_is_called_that():
    chart = run_chart(weeks([1.0, 2.0] * 6), change_on=date(2026, 10, 12), measure="m", unit="points")
    assert "before: no difference." in chart.text


@pytest.mark.parametrize(
    ("periods", "word"),
    [
        (pd.date_range("2026-01-01", periods=12, freq="MS"), "months"),
        (pd.date_range("2026-01-01", periods=12), "points"),
        (list("abcdefghijkl"), "points"),
    ],
)
def test_points_are_called_what_they_are(periods, word):
    chart = run_chart(pd.DataFrame({"period": periods, "value": range(12), "n": 1}), measure="m", unit="points")
    assert f"12 {word}" in chart.text


def test_a_phase_needs_dates():
    table = pd.DataFrame({"period": ["first", "second"], "value": [1.0, 2.0], "n": 1})
    with pytest.raises(ParameterError) as refused:
        run_chart(table, change_on=date(2026, 9, 9), measure="m", unit="points")
    assert refused.value.code == "CY105"


def test_dates_written_as_text_are_dates():
    table = pd.DataFrame({"period": ["2026-09-07", "2026-09-14"], "value": [1.0, 2.0], "n": 1})
    assert run_chart(table, change_on=date(2026, 9, 9), measure="m", unit="points").points["phase"].tolist() == [
        "before",
        "after",
    ]


def test_missing_columns_are_named():
    with pytest.raises(ContractError) as refused:
        run_chart(pd.DataFrame({"period": [1]}), measure="m", unit="points")
    assert refused.value.code == "CY211"
    assert "value, n" in refused.value.what


def test_the_stated_share_of_false_signals_holds():
    """1 to 4 in 100, for 12, 24 and 36 points; 1,500 series each, four standard errors of slack."""
    rng = np.random.default_rng(8)
    for n in (12, 24, 36):
        runs = [anhoej(rng.normal(size=n)) for _ in range(1500)]
        share = np.mean([one.shifted or one.sticky for one in runs])
        assert 0 < share < 0.04 + 4 * (0.04 * 0.96 / 1500) ** 0.5
