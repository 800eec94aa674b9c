"""An interrupted time series gives a number with its interval, a number alone, or its code; never a number that means nothing."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import cycles as cy
from cycles.core.errors import ProblemsError
from cycles.core.vocabulary import Estimate, SeriesBreak, SeriesPanel

NUMBERS = ("value", "se", "df", "low", "high", "p", "effect_size", "sd", "second_route")


def frame(
    before: int = 20, after: int = 12, *, jump: float = 1.0, schools: int = 1, arm: str = "texts", seed: int = 3
) -> pd.DataFrame:
    n, draws = before + after, np.random.default_rng(seed)
    under = np.arange(n) >= before
    parts = [
        pd.DataFrame(
            {
                "week": range(n),
                "score": draws.normal(3, 0.2) + jump * under + draws.normal(0, 0.1, n),
                "school": f"{arm}{one}",
            }
        )
        for one in range(schools)
    ]
    return pd.concat(parts).assign(arm=arm)


def panel(rows: pd.DataFrame, *, started: int | None = 20, **more) -> SeriesPanel:
    asked = {
        "measure": "score",
        "value": "score",
        "time": "week",
        "series": "school",
        "arm": "arm",
        "change": "texts",
        "every": "week",
    }
    return cy.as_series(rows, **(asked | more), started=started)


def compared(change: pd.DataFrame, comparison: pd.DataFrame, **more) -> SeriesPanel:
    rows = pd.concat([change, comparison])
    return panel(rows, comparison="none", design="comparative_interrupted_time_series", **more)


def estimated(made: SeriesPanel, **options) -> Estimate:
    return cy.estimate(made, estimator="interrupted_time_series", options=options)


def none(schools: int = 1, **more) -> pd.DataFrame:
    return frame(jump=0.0, arm="none", schools=schools, seed=9, **more)


def test_a_jump_is_found_with_its_interval_and_what_it_rests_on():
    found = estimated(panel(frame()))
    assert found.low < 1.0 < found.high
    assert (found.state, found.n, found.se_kind) == ("estimated", 32, "AR(1), averaged")
    assert (found.facts["periods_before"], found.facts["periods_after"]) == (20, 12)
    assert list(found.coefficients["term"]) == ["intercept", "time", "level change", "slope change"]
    assert found.facts["effect_at_the_end"]["low"] < 1.0 < found.facts["effect_at_the_end"]["high"]


def test_what_happened_in_the_comparison_too_is_taken_off():
    found = estimated(compared(frame(jump=1.5), frame(jump=0.5, arm="none", seed=9)))
    assert found.low < 1.0 < found.high
    assert found.n_by_arm == {"none": 32, "texts": 32}


def test_four_series_in_either_arm_are_the_clusters_and_three_are_not():
    several = estimated(compared(frame(schools=4), none(4)))
    assert (several.se_kind, several.n_clusters_by_arm) == ("CR2 by school", {"none": 4, "texts": 4})
    assert estimated(compared(frame(schools=3), none(4))).se_kind == "AR(1), averaged"


def test_a_series_that_is_away_in_a_period_does_not_move_the_mean():
    rows = frame(schools=2)
    apart = rows.assign(score=rows["score"] + 10 * (rows["school"] == "texts1"))
    gone = apart[~((apart["school"] == "texts1") & (apart["week"] > 25))]
    assert abs(estimated(panel(gone)).value - 1.0) < 0.3


def test_the_lines_meet_what_was_seen_and_part_by_the_effect():
    found = estimated(panel(frame()))
    after = found.lines[found.lines["time"] >= 20]
    assert (after["fitted"] - after["without"]).mean() == pytest.approx(found.value, abs=0.05)
    assert (
        found.lines.loc[found.lines["time"] < 20, "fitted"] == found.lines.loc[found.lines["time"] < 20, "without"]
    ).all()


def test_the_effect_at_the_end_and_after_so_many_periods_may_be_asked_for():
    drifting = frame().assign(score=lambda rows: rows["score"] + 0.1 * (rows["week"] - 20).clip(lower=0))
    average, last, third = (estimated(panel(drifting), horizon=one).value for one in ("average", "last", 3))
    assert third < average < last


def test_seasons_are_in_the_model_where_two_came_before_and_waves_where_they_are_asked_for():
    seasonal = frame(before=30).assign(score=lambda rows: rows["score"] + np.sin(2 * np.pi * rows["week"] / 12))
    made = panel(seasonal, started=30, cycle_length=12)
    assert len(estimated(made).coefficients) == 4 + 11
    assert len(estimated(made, seasons="harmonics").coefficients) == 4 + 4
    assert len(estimated(made, seasons="none").coefficients) == 4
    assert estimated(made).se < estimated(made, seasons="none").se


def test_effect_sizes_need_the_spread_of_people():
    assert estimated(panel(frame())).effect_size is None
    found = estimated(panel(frame(), sd=2.0))
    assert found.effect_size == pytest.approx(found.value / 2)


@pytest.mark.parametrize(("before", "after"), [(7, 12), (20, 5)])
def test_few_periods_are_described_only(before, after):
    found = estimated(panel(frame(before, after), started=before))
    assert (found.state, found.code) == ("degraded", "CY322")
    assert found.value is not None
    assert (found.se, found.low, found.p) == (None, None, None)
    assert found.coefficients[["se", "p"]].isna().all().all()


def test_a_series_that_breaks_is_described_only():
    broken = (SeriesBreak(measure="score", at="9", because="new test", origin="declared"),)
    found = estimated(replace(panel(frame()), breaks=broken))
    assert (found.state, found.code, found.p) == ("degraded", "CY221", None)


@pytest.mark.parametrize(
    ("made", "code"),
    [
        (panel(frame(2, 12), started=2), "CY322"),
        (panel(frame(), started=None), "CY310"),
        (panel(frame(), started=99), "CY322"),
        (panel(frame().assign(score=np.nan)), "CY308"),
        (panel(frame().assign(score=2.0)), "CY304"),
        (panel(frame().assign(score=lambda rows: rows["week"] * 2.0)), "CY304"),
        (panel(frame(), comparison="none", design="comparative_interrupted_time_series"), "CY302"),
        (panel(pd.concat([frame().assign(began=20), frame(seed=4).assign(school="b", began=22)]), started="began"), "CY310"),
        (compared(frame().assign(began=20), none().assign(began=25), started="began"), "CY310"),
    ],
    ids=["two before", "no start", "none after", "no value", "constant", "a line", "nobody else", "two starts", "start in the comparison"],
)  # fmt: skip
def test_what_cannot_be_estimated_has_its_code_and_no_number(made, code):
    found = estimated(made)
    assert (found.state, found.code) == ("not_estimable", code)
    assert all(getattr(found, name) is None for name in NUMBERS)


def test_series_alone_cannot_be_clusters_and_seasons_need_their_length():
    assert estimated(panel(frame()), method="clusters").code == "CY302"
    assert estimated(panel(frame()), seasons="indicators").code == "CY310"


@pytest.mark.parametrize(
    "options", [{"method": "arima"}, {"horizon": 0}, {"lags": -1}, {"count_from": 2}, {"trend": "no"}]
)
def test_unknown_options_are_refused(options):
    with pytest.raises(ProblemsError):
        estimated(panel(frame()), **options)


@pytest.mark.parametrize("method", ["ar1", "gls_ar1", "ols_newey_west"])
def test_nothing_leaves_that_is_not_finite_and_the_panel_stays_as_it_was(method):
    made = panel(frame())
    before = made.table.copy()
    found = estimated(made, method=method)
    assert all(np.isfinite(getattr(found, name)) for name in NUMBERS if getattr(found, name) is not None)
    json.dumps(found.facts, allow_nan=False)
    pd.testing.assert_frame_equal(made.table, before)


def test_an_estimator_of_units_refuses_series_and_the_other_way_round():
    assert cy.estimate(panel(frame()), estimator="ancova").code == "CY310"
    units = cy.as_panel(frame(), measure="score", outcome="score", arm="arm", change="texts", comparison="none")
    assert cy.estimate(units, estimator="interrupted_time_series").code == "CY310"
