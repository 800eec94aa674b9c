"""Plant effects that grow and differ between groups, estimate them many times: two-way fixed effects miss them, group-time effects do not.

Judged by counts: intervals that hold the truth, rejections of a true zero, inside the exact 99.9 % binomial band. Values follow an AR(1)
with .5, series differ in level, and the effect differs from series to series.
"""

import sys
from functools import partial

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from cycles.core.vocabulary import SeriesPanel
from cycles.study.estimators import estimate
from cycles.study.inference import group_time_effects, two_way_contrast
from cycles.study.inference.starts_by_diff_diff import Effects

REPLICATES = 2000
BAND = 0.999
PERIODS, BEGAN = 8, (2, 4, 6)
GROUPS = {20: (8, 4, 4, 4), 60: (24, 12, 12, 12), 6: (3, 1, 1, 1)}


@pytest.fixture(autouse=True)
def _first_route_only(monkeypatch):
    """The second route is the same number (tests/golden) and takes longer than everything else."""
    nothing = Effects((0.0, 0.0), dict.fromkeys(range(PERIODS), (0.0, 0.0)), {}, "")
    monkeypatch.setattr(group_time_effects, "by_diff_diff", lambda *_, **__: nothing)
    monkeypatch.setattr(two_way_contrast, "already_begun_share", lambda *_: 0.0)


def effect_of(group: np.ndarray, since: np.ndarray, size: float) -> np.ndarray:
    """Early groups gain more, and every period more than the last."""
    return np.where(since >= 0, size * (1 + since) * np.array([0.0, 1.5, 1.0, 0.5])[group], 0.0)


def planted(draw: np.random.Generator, *, sizes: tuple[int, ...], size: float) -> tuple[SeriesPanel, float]:
    """A panel, and the mean effect over every series and period under the change."""
    group = np.repeat(np.arange(4), sizes)
    began = np.array([PERIODS, *BEGAN])[group]
    since = np.arange(PERIODS) - began[:, None]
    noise = np.empty((len(group), PERIODS))
    noise[:, 0] = draw.normal(size=len(group)) / np.sqrt(1 - 0.5**2)
    for period in range(1, PERIODS):
        noise[:, period] = 0.5 * noise[:, period - 1] + draw.normal(size=len(group))
    truth = effect_of(group[:, None], since, size)
    own = draw.normal(0, 0.3, (len(group), 1)) * (since >= 0) * size
    value = draw.normal(0, 2, (len(group), 1)) + 0.3 * np.arange(PERIODS) + noise + truth + own
    return panel_of(value, began), float(truth[since >= 0].mean())


def panel_of(value: np.ndarray, began: np.ndarray) -> SeriesPanel:
    n = len(value)
    table = pd.DataFrame(
        {
            "series": np.repeat([f"s{place:03}" for place in range(n)], PERIODS),
            "arm": np.repeat(np.where(began < PERIODS, "joined", "later"), PERIODS),
            "time": np.tile(np.arange(PERIODS), n),
            "period": np.tile([str(2020 + time) for time in range(PERIODS)], n),
            "value": value.ravel(),
            "n": np.nan,
            "started": pd.array(np.repeat(began, PERIODS), dtype="Int64"),
        }
    )
    table.loc[table.started == PERIODS, "started"] = pd.NA
    return SeriesPanel(
        table=table, measure="m", outcome_unit="points", design="staggered_starts", change="joined", comparison="later"
    )


def many(n: int, size: float, *, replicates: int = REPLICATES, **options: object) -> list[tuple]:
    draw = np.random.default_rng([2026, n, int(100 * size)])
    estimated = partial(estimate, estimator="staggered_starts", options=options)
    pairs = (planted(draw, sizes=GROUPS[n], size=size) for _ in range(replicates))
    return [(estimated(panel), truth) for panel, truth in pairs]


def assert_in_band(count: int, share: float, replicates: int, what: str, write) -> None:
    low, high = binom.interval(BAND, replicates, share)
    write(f"    {what} {count / replicates:.4f} ({share}, band {low / replicates:.4f} to {high / replicates:.4f})")
    assert low <= count <= high, what


@pytest.fixture
def write(capsys):
    """Write past the capture, so that the counts are seen."""

    def line(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}")

    return line


CONDITIONS = [
    ("callaway_santanna", "never_started", 20),
    ("callaway_santanna", "not_yet_started", 60),
    ("imputation", "not_yet_started", 20),
    ("imputation", "not_yet_started", 60),
]


@pytest.mark.slow
@pytest.mark.parametrize(("method", "comparison", "n"), CONDITIONS)
def test_a_true_zero_is_refused_as_rarely_as_claimed(method, comparison, n, write):
    found = many(n, 0.0, method=method, comparison=comparison)
    rejected = sum(one.p < 0.05 for one, _ in found)
    assert_in_band(rejected, 0.05, REPLICATES, f"{method} of {n} series: rejected", write)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "comparison", "n"), CONDITIONS)
def test_intervals_hold_the_truth_where_two_way_fixed_effects_miss_it(method, comparison, n, write):
    found = many(n, 0.4, method=method, comparison=comparison)
    held = sum(one.low <= truth <= one.high for one, truth in found)
    assert_in_band(held, 0.95, REPLICATES, f"{method} of {n} series: held", write)
    truth = found[0][1]
    ours = np.array([one.value for one, _ in found])
    theirs = np.array([one.facts["two_way_fixed_effects"] for one, _ in found])
    noise = 4 * ours.std() / np.sqrt(REPLICATES)
    write(f"    truth {truth:.3f}, ours {ours.mean():.3f}, two-way fixed effects {theirs.mean():.3f}")
    assert abs(ours.mean() - truth) < noise
    assert theirs.mean() < truth - 10 * noise


def test_of_six_series_the_difference_is_described_only():
    found = [one for one, _ in many(6, 0.4, replicates=20)]
    assert {(one.state, one.code, one.p, one.low) for one in found} == {("degraded", "CY307", None, None)}
    assert all(one.value is not None for one in found)


@pytest.mark.slow
def test_two_way_fixed_effects_hold_their_level_where_all_begin_together_and_effects_are_alike(write):
    n = 20
    draw = np.random.default_rng([7, n])
    began = np.where(np.arange(n) < 2 * n // 5, 4, PERIODS)
    held = 0
    for _ in range(REPLICATES):
        value = np.cumsum(draw.normal(size=(n, PERIODS)), axis=1) + 0.5 * (np.arange(PERIODS) >= began[:, None])
        one = estimate(panel_of(value, began), estimator="two_way_fixed_effects")
        held += one.low <= 0.5 <= one.high
    assert_in_band(held, 0.95, REPLICATES, f"two_way_fixed_effects of {n} series: held", write)
