"""What is said, and refused, of changes that series began at different times; and of two-way fixed effects."""

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.core.errors import DesignError, ParameterError, ProblemsError

PERIODS = 6


def rows_of(starts: list[int | None], *, effect: float = 1.0, seed: int = 3) -> pd.DataFrame:
    """A value per series and period from 1 on; series that start at None never do."""
    draw = np.random.default_rng(seed)
    rows = [(f"s{place:02}", period, start) for place, start in enumerate(starts) for period in range(1, PERIODS + 1)]
    table = pd.DataFrame(rows, columns=["school", "year", "began"])
    return table.assign(value=draw.normal(size=len(table)) + effect * (table.year >= table.began))


def panel_of(table: pd.DataFrame, **changes: object):
    chosen = {"measure": "value", "value": "value", "time": "year", "series": "school", "started": "began"}
    return cy.as_series(table, **chosen, change="joined", design="staggered_starts", **changes)


def found_of(starts: list[int | None], estimator: str = "staggered_starts", **options: object):
    return cy.estimate(panel_of(rows_of(starts)), estimator=estimator, options=options)


NETWORK = [3] * 4 + [5] * 4 + [None] * 5


def test_the_headline_is_the_mean_over_series_and_periods_under_the_change():
    found = found_of(NETWORK)
    cells = found.coefficients[found.coefficients.term.str.contains(" in ")]
    after = [row.value for row in cells.itertuples() if int(row.term[-1]) >= int(row.term[6])]
    assert found.state == "estimated"
    assert found.value == pytest.approx(np.mean(after))
    assert found.second_route == pytest.approx(found.value)
    assert found.low < found.value < found.high
    assert found.facts["comparison_left"]["0"] == 5
    later = found_of(NETWORK, comparison="not_yet_started").facts["comparison_left"]
    assert (later["-1"], later["0"], later["2"]) == (5, 5, 5)


@pytest.mark.parametrize("aggregate", ["by_time", "by_group"])
def test_a_headline_can_weigh_horizons_or_series_alike(aggregate):
    found = found_of(NETWORK, aggregate=aggregate)
    terms = found.coefficients.set_index("term").value
    parts = {
        "by_time": [terms[f"since_start[{since}]"] for since in range(4)],
        "by_group": [terms["group[3]"], terms["group[5]"]],
    }[aggregate]
    assert found.value == pytest.approx(np.mean(parts))


def test_anticipation_moves_the_base_back_and_leaves_early_starts_out():
    found = found_of([2] * 2 + NETWORK, anticipation=1)
    assert found.n_missing == 2 * PERIODS
    assert "since_start[-1]" in set(found.coefficients.term)
    assert any("may already show the change" in one for one in found.conventions)


def test_the_last_group_to_begin_is_only_compared_with():
    found = found_of([3] * 4 + [5] * 5, comparison="not_yet_started")
    assert found.state == "estimated"
    assert "group[5]" not in set(found.coefficients.term)
    assert any("Nobody is left to compare" in one for one in found.conventions)


def test_large_samples_take_the_library_s_own_standard_error():
    small, large = found_of(NETWORK), found_of(NETWORK, inference="large_sample")
    assert (large.value, large.df) == (small.value, None)
    assert large.se != small.se
    assert large.coefficients.se.isna().sum() == large.coefficients.term.str.contains(" in ").sum()


REFUSED = {
    "CY302": ([3] * 6, {}),
    "CY303": ([3] * 5 + [None], {}),
    "CY310": ([1] * 5 + [None] * 5, {}),
}


@pytest.mark.parametrize("code", REFUSED)
@pytest.mark.parametrize("estimator", ["staggered_starts", "two_way_fixed_effects"])
def test_what_cannot_be_compared_has_a_code_and_no_number(code, estimator):
    starts, options = REFUSED[code]
    found = found_of(starts, estimator, **options)
    assert (found.state, found.code, found.value, found.p) == ("not_estimable", code, None, None)


def test_nobody_begins_nobody_is_complete_nothing_varies():
    table = rows_of(NETWORK)
    never = cy.estimate(panel_of(table.assign(began=np.nan)), estimator="staggered_starts")
    gaps = table.assign(value=table.value.where(table.index % PERIODS != table.school.str[1:].astype(int) % PERIODS))
    assert never.code == "CY302"
    assert cy.estimate(panel_of(gaps), estimator="staggered_starts").code == "CY308"
    assert cy.estimate(panel_of(table.assign(value=1.0)), estimator="staggered_starts").code == "CY304"
    assert cy.estimate(panel_of(table.assign(value=np.nan)), estimator="staggered_starts").code == "CY308"
    assert cy.estimate(panel_of(table[:0]), estimator="staggered_starts").code == "CY308"


def test_series_with_a_gap_are_left_out_and_counted():
    table = rows_of(NETWORK)
    table.loc[3, "value"] = np.nan
    found = cy.estimate(panel_of(table), estimator="staggered_starts")
    assert (found.n, found.n_clusters, found.n_missing) == (12 * PERIODS, 12, PERIODS)


@pytest.mark.parametrize("starts", [[3] * 3 + [None] * 6, [3] * 4 + [5] + [None] * 5])
def test_few_series_or_a_group_of_one_are_described_only(starts):
    found = found_of(starts)
    assert (found.state, found.code, found.p) == ("degraded", "CY307", None)
    assert (found_of(starts, inference="large_sample").p is None) == (len(starts) < 10)
    assert found.value is not None
    assert found.coefficients.se.isna().all()


def test_series_of_a_group_that_do_not_differ_leave_nothing_to_judge_by():
    table = rows_of([3] * 4 + [None] * 4)
    alike = table.assign(value=1.0 * (table.year >= table.began) + table.year)
    found = cy.estimate(panel_of(alike), estimator="staggered_starts")
    assert (found.state, found.code) == ("degraded", "CY307")
    assert "do not differ" in found.reason


@pytest.mark.parametrize("estimator", ["staggered_starts", "two_way_fixed_effects"])
def test_across_a_series_break_only_the_value_is_told(estimator):
    from dataclasses import replace

    from cycles.core.vocabulary import SeriesBreak

    broken = SeriesBreak(measure="value", at="4", because="new questions", origin="declared")
    found = cy.estimate(replace(panel_of(rows_of(NETWORK)), breaks=(broken,)), estimator=estimator)
    assert (found.state, found.code, found.se, found.effect_size) == ("degraded", "CY221", None, None)


@pytest.mark.parametrize(
    "options",
    [
        {"method": "sun_abraham", "comparison": "not_yet_started"},
        {"inference": "large_sample", "anticipation": 1},
        {"method": "guess"},
    ],
)
def test_options_that_do_not_go_together_are_refused(options):
    with pytest.raises(ProblemsError, match="CY105"):
        found_of(NETWORK, **options)


def test_two_way_fixed_effects_say_whom_they_compare_with():
    found = found_of(NETWORK, "two_way_fixed_effects")
    assert found.second_route == pytest.approx(found.value)
    assert 0 < found.facts["two_way_already_begun_share"] < 1
    assert any("already under the change" in one for one in found.conventions)
    together = found_of([3] * 5 + [None] * 5, "two_way_fixed_effects")
    assert together.facts["two_way_already_begun_share"] == 0
    assert together.state == "estimated"
    assert found_of([3] * 3 + [None] * 5, "two_way_fixed_effects").code == "CY307"


@pytest.mark.parametrize("variance", ["CR0", "CR1", "CR1S", "CR2"])
def test_every_row_by_itself_gives_what_cells_give(variance):
    draw = np.random.default_rng(8)
    table = pd.DataFrame({"unit": draw.integers(0, 12, 400), "period": draw.integers(0, 5, 400)})
    table["under"] = ((table.unit < 6) & (table.period > 2)).astype(float)
    table["score"] = table.under + draw.normal(size=400)
    named = {"outcome": "score", "unit": "unit", "period": "period", "variance": variance}
    cells = cy.fit_two_way_effects(table, predictors=("under",), **named)
    noisy = table.assign(age=draw.normal(size=400))
    rows = cy.fit_two_way_effects(noisy, predictors=("under", "age"), **named)
    design = np.column_stack(
        [noisy[["under", "age"]], pd.get_dummies(noisy.unit), pd.get_dummies(noisy.period).iloc[:, 1:]]
    )
    expected = np.linalg.lstsq(design.astype(float), noisy.score, rcond=None)[0][:2]
    np.testing.assert_allclose(rows.coefficients.value.astype(float), expected, rtol=1e-9)
    assert (cells.n, cells.n_units, cells.n_periods, cells.n_clusters) == (400, 12, 5, 12)
    assert cells.coefficients.se[0] > 0
    assert "two-way fixed effects of 12 units" in cells.text


def test_more_periods_than_units_and_few_filled_cells_change_nothing():
    draw = np.random.default_rng(9)
    table = pd.DataFrame({"unit": np.arange(60) % 4, "period": np.arange(60) // 2, "x": draw.normal(size=60)})
    table["y"] = table.x + draw.normal(size=60)
    found = cy.fit_two_way_effects(table, outcome="y", predictors=("x",), unit="unit", period="period", variance="CR1")
    turned = cy.fit_two_way_effects(table, outcome="y", predictors=("x",), unit="period", period="unit", variance="CR1")
    assert found.coefficients.value[0] == pytest.approx(turned.coefficients.value[0], rel=1e-10)


BAD = {
    "CY301": {"predictors": ("nothing",)},
    "CY303": {"cluster": "all"},
    "CY304": {"outcome": "flat"},
    "CY305": {"predictors": ("of_unit",)},
    "CY308": {"outcome": "empty"},
    "CY310": {"cluster": "period"},
}


@pytest.mark.parametrize("code", BAD)
def test_tables_that_two_way_fixed_effects_cannot_use_have_a_code(code):
    table = rows_of(NETWORK).rename(columns={"school": "unit", "year": "period"})
    table = table.assign(x=(table.period >= table.began).astype(float), all="a", flat=1.0, empty=np.nan)
    table["of_unit"] = table.unit.str[1:].astype(float)
    chosen = {"outcome": "value", "predictors": ("x",), "unit": "unit", "period": "period", **BAD[code]}
    with pytest.raises(DesignError, match=code):
        cy.fit_two_way_effects(table, **chosen)


@pytest.mark.parametrize("wrong", [{"variance": "CR9"}, {"level": 1.0}, {"predictors": ()}])
def test_wrong_settings_of_two_way_fixed_effects_are_refused(wrong):
    chosen = {"outcome": "value", "predictors": ("began",), "unit": "school", "period": "year", **wrong}
    with pytest.raises(ParameterError):
        cy.fit_two_way_effects(rows_of(NETWORK), **chosen)


def test_rows_without_a_value_are_left_out_and_clusters_may_hold_several_units():
    table = rows_of(NETWORK).assign(district=lambda rows: rows.school.str[1:].astype(int) // 2)
    table = table.assign(under=(table.year >= table.began).astype(float))
    table.loc[5, "value"] = np.nan
    chosen = {"outcome": "value", "predictors": ("under",), "unit": "school", "period": "year", "cluster": "district"}
    found = cy.fit_two_way_effects(table, **chosen)
    assert (found.n_missing, found.n_clusters, found.n_units) == (1, 7, 13)
