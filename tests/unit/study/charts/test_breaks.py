"""Run charts with series breaks: a part of its own from each break on, and nothing compared across."""

from datetime import date

import pandas as pd

from cycles.core.vocabulary import SeriesBreak
from cycles.study.charts import run_chart


def known(at, measure="trust"):
    return SeriesBreak(measure=measure, at=at, because="the scale changed", origin="declared")


def years(values):
    periods = [f"20{year}-{year + 1}" for year in range(14, 14 + len(values))]
    return pd.DataFrame({"period": periods, "value": values, "n": 400})


def weeks(values):
    return pd.DataFrame(
        {"period": pd.date_range("2026-08-31", periods=len(values), freq="W-MON"), "value": values, "n": 40}
    )


def test_each_part_has_a_median_of_its_own():
    chart = run_chart(years([0.8, 0.82, 0.7, 0.71, 0.69]), measure="trust", unit="share", breaks=[known("2016-17")])
    assert chart.points["phase"].tolist() == ["before 2016-17"] * 2 + ["from 2016-17"] * 3
    assert chart.center == {"before 2016-17": 0.81, "from 2016-17": 0.7}
    assert chart.facts["n_points"] == 3
    assert "From 2016-17 on it is not comparable with before (the scale changed)" in chart.text
    assert "The median was 81% before 2016-17." in chart.text


def test_the_rules_do_not_look_across_a_break():
    jump = weeks([1.0, 1.1] * 8 + [5.0, 5.1] * 8)
    assert run_chart(jump, measure="trust", unit="points").signals
    assert run_chart(jump, measure="trust", unit="points", breaks=[known("2026-12-21")]).signals == ()


def test_a_signal_says_in_which_part_it_is():
    shifted = weeks([1.0] * 8 + [2.0] * 8 + [7.0, 7.1] * 6)
    [signal, *_] = run_chart(shifted, measure="trust", unit="points", breaks=[known("2026-12-21")]).signals
    assert signal.startswith("Before 2026-12-21: 8 weeks in a row")


def test_a_change_is_compared_within_the_part_in_which_it_started():
    values = weeks([9.0] * 6 + [3.0] * 6 + [4.0] * 6)
    chart = run_chart(
        values, change_on=date(2026, 11, 23), measure="trust", unit="points", breaks=[known("2026-10-12")]
    )
    assert chart.center == {"before 2026-10-12": 9.0, "before": 3.0, "after": 4.0}
    assert (chart.facts["before"], chart.facts["after"], chart.facts["difference"]) == (3.0, 4.0, 1.0)


def test_a_change_at_the_very_break_is_compared_with_nothing():
    chart = run_chart(
        weeks([9.0] * 6 + [3.0] * 6),
        change_on=date(2026, 10, 12),
        measure="trust",
        unit="points",
        breaks=[known("2026-10-12")],
    )
    assert "difference" not in chart.facts
    assert chart.center == {"before 2026-10-12": 9.0, "after": 3.0}


def test_breaks_elsewhere_or_of_other_measures_change_nothing():
    plain = run_chart(years([0.8, 0.82, 0.7]), measure="trust", unit="share")
    others = [known("2014-15"), known("2019-20"), known("2015-16", measure="safety")]
    chart = run_chart(years([0.8, 0.82, 0.7]), measure="trust", unit="share", breaks=others)
    assert (chart.text, chart.center, chart.breaks) == (plain.text, plain.center, ())
