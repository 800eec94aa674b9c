"""Plant a slope on a dose in classrooms that differ in dose and score: the slope within them is found, that across them is another.

Judged by counts in the exact 99.9% binomial band.
"""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate

REPLICATES, BAND = 2000, 0.999


def doses(draw, n_clusters, size, slope):
    """Scores that go with hours within classrooms; classrooms that give more hours have higher scores besides."""
    cluster = np.repeat(np.arange(2 * n_clusters), size)
    level, change = draw.normal(size=2 * n_clusters), cluster % 2 == 1
    hours = np.where(change, 3 + level[cluster] + draw.normal(size=len(cluster)), 0.0)
    before = 0.3 * level[cluster] + draw.normal(size=len(cluster))
    noise = draw.normal(size=len(cluster)) * (1 + 0.2 * np.abs(hours))
    after = slope * hours + 0.5 * before + 0.6 * level[cluster] + noise
    return pd.DataFrame(
        {"arm": np.where(change, "yes", "no"), "classroom": np.char.add("c", cluster.astype(str)), "hours": hours, "before": before,
         "after": after}
    )  # fmt: skip


def judged(value, low, high, truth):
    """The bias, how often the interval holds the truth, and how often no effect is refused; the bands are asserted."""
    value, low, high = np.array(value), np.array(low), np.array(high)
    n, error = len(value), value.std(ddof=1) / np.sqrt(len(value))
    covered, rejected = int(((low <= truth) & (truth <= high)).sum()), int(((low > 0) | (high < 0)).sum())
    told = f"bias {value.mean() - truth:+.4f} (MC error {error:.4f})  coverage {covered / n:.4f}  rejected {rejected / n:.4f}"
    least, most = binom.interval(BAND, n, 0.95)
    assert least <= covered <= most, told
    if truth == 0:
        assert n - most <= rejected <= n - least, told
    return told, value, error


def received(frame):
    return as_panel(
        frame, measure="score", outcome="after", baseline="before", arm="arm", change="yes", comparison="no",
        cluster="classroom", received=("hours",),
    )  # fmt: skip


@pytest.fixture
def write(capsys):
    """Write past the capture, so that the figures are seen."""

    def line(text):
        with capsys.disabled():
            sys.stdout.write(text)

    return line


@pytest.mark.slow
@pytest.mark.parametrize(("n_clusters", "slope"), [(6, 0.0), (20, 0.2)])
def test_a_planted_slope_on_the_dose_is_found_within_classrooms(write, n_clusters, slope):
    draw = np.random.default_rng([2026, n_clusters, int(10 * slope)])
    panels = (received(doses(draw, n_clusters, 12, slope)) for _ in range(REPLICATES))
    found = [estimate(panel, estimator="dose_response", options={"dose": "hours"}) for panel in panels]
    told, values, error = judged(*zip(*((one.value, one.low, one.high) for one in found), strict=True), slope)
    write(f"\ndose_response, {n_clusters} classrooms, slope {slope:.1f}: {told}")
    assert abs(values.mean() - slope) < 3.29 * error


def test_across_classrooms_the_slope_is_another_one():
    panels = [received(doses(np.random.default_rng(seed), 20, 12, 0.2)) for seed in range(8)]
    found = {
        within: np.mean(
            [
                estimate(one, estimator="dose_response", options={"dose": "hours", "within": within}).value
                for one in panels
            ]
        )
        for within in ("clusters", "nothing")
    }
    assert found["clusters"] == pytest.approx(0.2, abs=0.12)
    assert found["nothing"] > found["clusters"] + 0.1
