"""Plant a change in series whose periods resemble one another: the default finds it and holds its level, Newey-West does not.

Counts are judged in the exact 99.9% binomial band. The model is equivariant: a planted effect moves the estimate by just as much, so an
interval holds the truth as often as one without an effect holds zero (a test of its own shows it).
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import cycles as cy
from cycles.study.inference.autoregressive import autoregressive
from cycles.study.inference.over_time import ENOUGH_PERIODS
from cycles.study.inference.segmented import segmented

REPLICATES, BAND = 2000, 0.999
CELLS = {
    "12 and 12, nothing carried over": (12, 12, 0.0),
    "12 and 12, .4 carried over": (12, 12, 0.4),
    "24 and 24, nothing carried over": (24, 24, 0.0),
    "24 and 24, .4 carried over": (24, 24, 0.4),
}


def errors(n: int, carried: float, *, draws: np.random.Generator, series: int) -> np.ndarray:
    fresh = draws.standard_normal((series, n))
    values = fresh.copy()
    for place in range(1, n):
        values[:, place] = carried * values[:, place - 1] + np.sqrt(1 - carried**2) * fresh[:, place]
    return values


def panel(values: np.ndarray, before: int):
    frame = pd.DataFrame({"week": range(len(values)), "score": values})
    return cy.as_series(frame, measure="score", value="score", time="week", started=before, change="texts")


def averaged(values: np.ndarray, before: int):
    """The interval of the default, without the record around it."""
    times = np.arange(len(values))
    model = segmented(times, before)
    return autoregressive(values, model.design, model.terms, times=times).contrast(model.horizon, level=0.95)


def most(share: float, n: int) -> float:
    return float(binom.interval(BAND, n, share)[1])


def least(share: float, n: int) -> float:
    return float(binom.interval(BAND, n, share)[0])


def test_a_planted_effect_moves_the_estimate_by_just_as_much():
    noise = errors(24, 0.4, draws=np.random.default_rng(7), series=1)[0]
    since = np.arange(24) - 12
    effect = (since >= 0) * (0.8 + 0.05 * since)
    without = cy.estimate(panel(noise, 12), estimator="interrupted_time_series")
    planted = cy.estimate(panel(noise + 1 + 0.03 * since + effect, 12), estimator="interrupted_time_series")
    moved = effect[12:].mean()
    assert planted.value - without.value == pytest.approx(moved, abs=1e-8)
    assert (planted.low - moved, planted.high - moved) == pytest.approx((without.low, without.high), abs=1e-8)
    bare = averaged(noise, 12)
    assert (bare.value, bare.low, bare.p) == pytest.approx((without.value, without.low, without.p))


@pytest.mark.slow
@pytest.mark.parametrize("cell", CELLS)
def test_the_default_is_unbiased_and_wrong_no_more_often_than_it_says(cell):
    before, after, carried = CELLS[cell]
    draws = np.random.default_rng([before, after, int(10 * carried)])
    found = [averaged(one, before) for one in errors(before + after, carried, draws=draws, series=REPLICATES)]
    values = np.array([one.value for one in found])
    error = values.std(ddof=1) / np.sqrt(REPLICATES)
    rejected = sum(one.p < 0.05 for one in found)
    print(f"{cell}: bias {values.mean():+.4f} (MC error {error:.4f}), coverage {1 - rejected / REPLICATES:.4f}")
    assert abs(values.mean()) < 4 * error
    assert rejected == sum(one.low > 0 or one.high < 0 for one in found)
    assert (
        least(0.03, REPLICATES) <= rejected <= most(0.05, REPLICATES)
    )  # not knowing what is carried over costs some width


@pytest.mark.slow
def test_with_the_fewest_periods_that_have_an_interval_the_level_is_held():
    n = ENOUGH_PERIODS
    noise = errors(2 * n, 0.4, draws=np.random.default_rng(8), series=REPLICATES)
    rejected = sum(averaged(one, n).p < 0.05 for one in noise)
    print(f"{n} and {n}, .4 carried over: rejected {rejected / REPLICATES:.4f}")
    assert rejected <= most(0.05, REPLICATES)


@pytest.mark.slow
def test_newey_west_is_too_ready_in_short_series_which_is_why_it_is_not_the_default():
    options = {"method": "ols_newey_west"}
    noise = errors(24, 0.4, draws=np.random.default_rng(24), series=200)
    found = [cy.estimate(panel(one, 12), estimator="interrupted_time_series", options=options) for one in noise]
    rejected = sum(one.p < 0.05 for one in found)
    print(f"Newey-West, 12 and 12, .4 carried over: rejected {rejected / len(found):.4f}")
    assert rejected > most(0.10, len(found))
    assert any("too narrow" in said for said in found[0].conventions)


@pytest.mark.slow
def test_series_as_clusters_hold_their_level_whatever_is_carried_over():
    before, n, schools, replicates = 8, 14, 5, 500
    draws = np.random.default_rng(20261005)
    frame = pd.DataFrame({
        "week": np.tile(np.arange(n), 2 * schools), "school": np.repeat([f"s{one}" for one in range(2 * schools)], n),
        "arm": np.repeat(["texts", "none"], schools * n), "score": 0.0,
    })  # fmt: skip
    made = cy.as_series(
        frame, measure="score", value="score", time="week", series="school", arm="arm", change="texts", comparison="none", started=before,
        design="comparative_interrupted_time_series",
    )  # fmt: skip
    rejected = 0
    for _ in range(replicates):
        own = draws.normal(0, 1, (2 * schools, 1)) + draws.normal(0, 0.05, (2 * schools, 1)) * np.arange(n)
        made.table["value"] = (draws.normal(0, 1, n) + own + errors(n, 0.6, draws=draws, series=2 * schools)).ravel()
        rejected += cy.estimate(made, estimator="interrupted_time_series").p < 0.05
    print(f"series as clusters: rejected {rejected / replicates:.4f}")
    assert least(0.05, replicates) <= rejected <= most(0.05, replicates)
