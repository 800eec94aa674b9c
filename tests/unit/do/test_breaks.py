"""Series breaks: a jump that all sites share is found, years as they usually differ raise no alarm, and what is declared is kept."""

import numpy as np
import pandas as pd
import pytest

from cycles.core.deliveries import DeliveryReceipt
from cycles.core.errors import ContractError
from cycles.core.periods import crosses, period_key
from cycles.do.contracts.breaks import MOST_PERIODS, series_breaks, version_breaks

DECLARED = {"measure": "trust", "at": "2012-13", "because": "the scale changed"}


def panel(n_sites=50, n_years=6, *, shift=0.0, at=3, persistence=0.95, year_sd=0.05, seed=1) -> pd.DataFrame:
    """Sites with a first-order autoregression of unit variance, year effects common to all, and a shift of all from one year on."""
    draw = np.random.default_rng(seed)
    level = draw.standard_normal(n_sites)
    rows = []
    for year in range(n_years):
        common = year_sd * draw.standard_normal() + shift * (year >= at)
        rows.append(level + common)
        level = persistence * level + np.sqrt(1 - persistence**2) * draw.standard_normal(n_sites)
    return long(np.array(rows))


def long(values: np.ndarray, measure="trust") -> pd.DataFrame:
    years = [f"20{year}-{year + 1}" for year in range(10, 10 + len(values))]
    wide = pd.DataFrame(values, index=years, columns=[f"s{k}" for k in range(values.shape[1])])
    tidy = wide.rename_axis("period").reset_index().melt("period", var_name="site_id", value_name="value")
    return tidy.assign(measure=measure)


def periods_of(found):
    return [one.at for one in found]


@pytest.mark.parametrize("n", [100, pytest.param(1000, marks=pytest.mark.slow)])
def test_years_that_differ_as_usual_raise_an_alarm_in_less_than_one_series_of_a_hundred(n):
    alarms = sum(bool(series_breaks(panel(seed=seed))) for seed in range(n))
    assert alarms <= n / 100


@pytest.mark.parametrize("n", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_a_shift_of_half_a_deviation_at_fifty_sites_is_found_where_it_is(n):
    found = [periods_of(series_breaks(panel(shift=0.5, seed=seed))) for seed in range(n)]
    assert sum(one == ["2013-14"] for one in found) >= 0.85 * n


def test_what_is_found_is_told_with_its_size_and_the_usual_one():
    [found] = series_breaks(panel(shift=-1.5))
    assert (found.at, found.origin, found.measure) == ("2013-14", "detected", "trust")
    assert "deviations down; between other periods it was 0." in found.because


def test_a_slow_drift_of_all_sites_is_no_break():
    values = panel(n_years=8)
    steps = values["period"].map({period: 0.3 * n for n, period in enumerate(sorted(values["period"].unique()))})
    assert series_breaks(values.assign(value=values["value"] + steps)) == ()


def test_a_few_sites_that_jump_are_not_all_sites():
    values = panel()
    few = values["site_id"].isin([f"s{k}" for k in range(12)]) & (values["period"] >= "2013-14")
    assert series_breaks(values.assign(value=values["value"] + 6.0 * few)) == ()


def test_an_order_of_sites_that_is_lost_is_a_break_though_the_mean_stays():
    values = panel(year_sd=0.0)
    wide = values.pivot(index="period", columns="site_id", values="value").to_numpy(copy=True)
    wide[3:] = wide[3:, np.random.default_rng(2).permutation(wide.shape[1])]
    [found] = series_breaks(long(wide))
    assert (found.at, "order was lost" in found.because) == ("2013-14", True)


def test_of_two_periods_only_a_very_large_jump_is_told_and_that_it_has_no_measure():
    assert series_breaks(panel(n_years=2, at=1, shift=0.5)) == ()
    [found] = series_breaks(panel(n_years=2, at=1, shift=3.0))
    assert "no other change to hold it against" in found.because


@pytest.mark.parametrize(
    "values",
    [
        panel(n_sites=9, shift=3.0),
        panel(n_years=1),
        long(np.ones((5, 30))),
        panel(n_years=MOST_PERIODS + 1, at=20, shift=3.0),
    ],
    ids=["nine sites", "one period", "all the same", "as many periods as days"],
)
def test_nothing_is_said_where_nothing_can_be_known(values):
    assert series_breaks(values) == ()


def test_missing_values_are_left_out_and_sites_matched():
    values = panel(shift=1.5)
    holes = values.assign(value=values["value"].where(np.random.default_rng(3).random(len(values)) > 0.2))
    assert periods_of(series_breaks(holes)) == ["2013-14"]


def test_order_and_scale_of_the_values_do_not_matter():
    values = panel(shift=1.0)
    shuffled = values.sample(frac=1, random_state=4).assign(value=lambda rows: 100 - 7 * rows["value"])
    assert periods_of(series_breaks(shuffled)) == periods_of(series_breaks(values)) == ["2013-14"]


def test_what_is_declared_is_kept_and_not_found_again():
    found = series_breaks(panel(shift=1.5), [DECLARED | {"at": "2013-14"}, DECLARED])
    assert [(one.at, one.origin) for one in found] == [("2012-13", "declared"), ("2013-14", "declared")]


def test_a_missing_column_and_a_site_with_two_values_are_refused_by_count():
    values = panel()
    with pytest.raises(ContractError) as missing:
        series_breaks(values.drop(columns="site_id"))
    with pytest.raises(ContractError) as twice:
        series_breaks(pd.concat([values, values.head(2)]))
    assert (missing.value.code, twice.value.code) == ("CY211", "CY216")
    assert "2 rows" in twice.value.what


def test_a_new_major_version_breaks_the_series_at_the_first_wave_delivered_under_it():
    def receipt(version, waves):
        return DeliveryReceipt(
            cycle="c", source="survey", sha256="", basis={}, contract="survey.four", contract_version=version,
            profile={"waves": {wave: {} for wave in waves}},
        )  # fmt: skip

    fall, both = ["2026-fall"], ["2026-fall", "2027-winter"]
    [found] = version_breaks([receipt("1.2.0", fall), receipt("2.0.0", both)])
    assert (found.measure, found.at, found.origin) == ("four", "2027-winter", "contract")
    assert version_breaks([receipt("1.2.0", fall), receipt("1.3.0", both)]) == ()
    assert version_breaks([receipt("1.2.0", both), receipt("2.0.0", both)]) == ()


def test_waves_and_days_are_put_in_order_of_time():
    names = ["2027-spring", "2026-fall", "2027-winter", "2026-09-20", "fall 2027"]
    assert sorted(names, key=period_key) == ["2026-fall", "2026-09-20", "2027-winter", "2027-spring", "fall 2027"]


@pytest.mark.parametrize(
    ("at", "before", "after", "crossed"),
    [
        ("2015-16", "2014-15", "2015-16", True),
        ("2015-16", "2014-15", "2018-19", True),
        ("2015-16", "2015-16", "2016-17", False),
        ("2015-16", "2012-13", "2014-15", False),
        ("after", "before", "after", True),
        ("before", "before", "after", False),
        ("2015-16", "2015-16", "2015-16", False),
    ],
)
def test_a_break_lies_between_when_the_later_period_is_at_it_or_past_it(at, before, after, crossed):
    assert crosses(at, before=before, after=after) is crossed


# -- a real one ----------------------------------------------------------------------------------------------------------

COLUMNS = {
    "Supportive Environment - Percent Positive": "supportive_environment",
    "Trust - Percent Positive": "trust",
    "Collaborative Teachers - Percent Positive": "collaborative_teachers",
    "Strong Family-Community Ties - Percent Positive": "family_ties",
    "Student Attendance Rate": "attendance",
    "Percent of Students Chronically Absent": "chronic_absence",
    "Economic Need Index": "economic_need",
}
WORKBOOKS = {
    "2014-15": "2014_2015_hs_sqr_results_2016_04_08.xlsx",
    "2015-16": "2015_2016_hs_sqr_results_2017_01_05.xlsx",
    "2016-17": "2016-17_hs_sqr.xlsx",
    "2017-18": "201718_hs_sqr_results.xlsx",
    "2018-19": "201819_hs_sqr_results.xlsx",
}


def sheet(path, name):
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()
    head = next(place for place, row in enumerate(rows) if COLUMNS.keys() & set(row) or "DBN" in row)
    return pd.DataFrame(rows[head + 1 :], columns=[str(name).strip() for name in rows[head]])


def read_year(path, period):
    """A year as rows of site, period, measure and value; where the summary lost its ids, they stand row by row in another sheet."""
    table = sheet(path, "Summary")
    if "DBN" not in table:
        table = table.assign(DBN=sheet(path, "Additional Info")["DBN"])
    table = table[table["DBN"].astype(str).str.fullmatch(r"[0-9]{2}[A-Z][0-9]{3}")]
    told = table[["DBN", *(name for name in COLUMNS if name in table)]].rename(columns={"DBN": "site_id", **COLUMNS})
    tidy = told.melt("site_id", var_name="measure", value_name="value").assign(period=period)
    text = tidy["value"].astype(str).str.strip()
    number = pd.to_numeric(text.str.rstrip("%"), errors="coerce")
    return tidy.assign(value=number.where(~text.str.endswith("%"), number / 100))


def test_new_york_changed_its_survey_in_2015_16_and_not_how_it_counts_attendance(shared):
    folder = shared("data/nyc_hs_quality")
    values = pd.concat([read_year(folder / name, period) for period, name in WORKBOOKS.items()])
    found = {(one.measure, one.at) for one in series_breaks(values)}
    surveys = ("supportive_environment", "trust", "collaborative_teachers", "family_ties")
    assert found == {*((name, "2015-16") for name in surveys), ("economic_need", "2017-18")}
