"""How often charts are wrong: the printed shares of false signals, and the test of dispersion, both by simulation."""

import numpy as np
import pytest
from scipy.stats import binom

from cycles.study.charts.dispersion import dispersion
from cycles.study.charts.false_signals import SHARES
from cycles.study.charts.rules import signals
from cycles.study.charts.xmr import xmr_limits

SERIES = 20_000


def band(p, n):
    """The exact 99.9% band of a count, as shares."""
    return binom.ppf([0.0005, 0.9995], n, p) / n


def share_marked(n_points, *, series, seed):
    values = np.random.default_rng(seed).normal(size=(series, n_points))
    return float(signals(values, xmr_limits(values)).any.any(axis=-1).mean())


@pytest.mark.parametrize("n_points", [12, 24, 36])
def test_stable_series_show_a_signal_as_often_as_is_printed(n_points):
    low, high = band(SHARES[n_points], 4_000)
    assert low - 0.001 <= share_marked(n_points, series=4_000, seed=n_points) <= high + 0.001


@pytest.mark.slow
@pytest.mark.parametrize("n_points", SHARES)
def test_the_table_of_false_signals_is_made_again(n_points):
    found = np.mean([share_marked(n_points, series=SERIES, seed=[n_points, part]) for part in range(10)])
    low, high = band(SHARES[n_points], 10 * SERIES)
    assert low - 0.0005 <= found <= high + 0.0005


def rejected(counts, of, *, center):
    """The share of series in which dispersion is called more or less than counting explains."""
    found = 0
    for one in counts:
        p = one.sum() / of.sum()
        scores = (one / of - p) / np.sqrt(p * (1 - p) / of)
        found += dispersion([scores], expected=of * center).state in ("more", "less")
    return found / len(counts)


@pytest.mark.slow
@pytest.mark.parametrize("n_points", [12, 24, 48])
@pytest.mark.parametrize("expected", [6, 40])
def test_plain_counting_is_called_dispersed_in_about_one_series_in_twenty(n_points, expected):
    rng = np.random.default_rng([n_points, expected])
    of = rng.integers(80, 160, n_points).astype(float)
    center = expected / 120
    counts = rng.binomial(of.astype(int), center, (4_000, n_points)).astype(float)
    assert 0.03 <= rejected(counts, of, center=center) <= 0.075


@pytest.mark.slow
def test_counts_of_a_process_that_moves_are_called_dispersed():
    rng = np.random.default_rng(7)
    of = np.full(24, 400.0)
    centers = np.clip(rng.normal(0.2, 0.05, (1_000, 24)), 0.02, 0.9)
    counts = rng.binomial(400, centers).astype(float)
    assert rejected(counts, of, center=0.2) > 0.9
