"""How often the interval of NAP holds the truth, and whether its standard error is the spread, under known distributions.

Newcombe's interval is approximate: it may hold the truth more often than it claims, so it is judged by the lower end of the exact 99.9%
binomial band. With five points in each phase it holds 93 of 100, and is not told. Where each point leans on the one before it (AR(1)),
it is known to be too short: that is measured here, and told in the conventions.
"""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, norm

from cycles.study.designs import as_series
from cycles.study.estimators import estimate
from cycles.study.inference.single_case import nap

REPLICATES, BAND = 2000, 0.999
SIZES = [(6, 6), (5, 10), (20, 20)]
TRUTHS = [0.5, 0.75, 0.9]


def phases(draw, m, n, truth, kind):
    """Points before and under the change, so that NAP is the truth: normal, exponential, or normal and twice as far spread."""
    if kind == "exponential":
        return draw.exponential(size=(REPLICATES, m)), draw.exponential(size=(REPLICATES, n)) * truth / (1 - truth)
    spread = 2.0 if kind == "spreading" else 1.0
    shift = np.sqrt(1 + spread**2) * norm.ppf(truth)
    return draw.normal(size=(REPLICATES, m)), shift + spread * draw.normal(size=(REPLICATES, n))


def leaning(draw, n, correlation):
    """Normal points that lean on the one before them."""
    points = draw.normal(size=(REPLICATES, n))
    for at in range(1, n):
        points[:, at] = correlation * points[:, at - 1] + np.sqrt(1 - correlation**2) * points[:, at]
    return points


def outcomes(before, under, truth):
    """NAP, its squared standard error and whether the interval holds the truth, of every replicate."""
    found = [nap(np.sign(b[None, :] - a[:, None]) / 2 + 0.5) for a, b in zip(before, under, strict=True)]
    held = sum(one.low <= truth <= one.high for one in found)
    return np.array([one.value for one in found]), np.array([(one.se or 0.0) ** 2 for one in found]), held


@pytest.fixture
def write(capsys):
    """Write past the capture, so that the figures are seen."""

    def line(text):
        with capsys.disabled():
            sys.stdout.write(text)

    return line


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["normal", "exponential", "spreading"])
@pytest.mark.parametrize("truth", TRUTHS)
@pytest.mark.parametrize(("m", "n"), SIZES)
def test_the_interval_of_nap_holds_the_truth_as_often_as_it_claims(write, m, n, truth, kind):
    draw = np.random.default_rng([2026, m, n, int(100 * truth), *kind.encode()])
    value, squares, covered = outcomes(*phases(draw, m, n, truth, kind), truth)
    error = value.std(ddof=1) / np.sqrt(REPLICATES)
    write(
        f"\n{m}+{n} points, NAP {truth:.2f}, {kind}: bias {value.mean() - truth:+.4f} (MC error {error:.4f})  coverage "
        f"{covered / REPLICATES:.4f}  mean squared standard error over variance {squares.mean() / value.var(ddof=1):.3f}"
    )
    low, _ = binom.interval(BAND, REPLICATES, 0.95)
    assert abs(value.mean() - truth) < 3.29 * error
    assert covered >= low
    assert 0.85 < squares.mean() / value.var(ddof=1) < 1.15


@pytest.mark.slow
def test_points_that_lean_on_the_one_before_make_the_interval_too_short(write):
    draw = np.random.default_rng(2026)
    shares = {}
    for correlation in (0.0, 0.4):
        points = leaning(draw, 20, correlation)
        shares[correlation] = outcomes(points[:, :8], points[:, 8:], 0.5)[2] / REPLICATES
    write(f"\n8+12 points, NAP 0.50, coverage by correlation with the point before: {shares}")
    assert shares[0.4] < 0.93 < shares[0.0]


def test_the_estimator_gives_the_interval_that_was_judged():
    draw = np.random.default_rng(2026)
    points = draw.normal(size=13)
    frame = pd.DataFrame({"day": range(13), "value": points})
    panel = as_series(frame, measure="m", value="value", time="day", started=6, change="change", series_name="student")
    found = estimate(panel, estimator="single_case").coefficients.set_index("term").loc["nap"]
    judged = nap(np.sign(points[None, 6:] - points[:6, None]) / 2 + 0.5)
    assert (found["value"], found.se, found.low, found.high) == pytest.approx(
        (judged.value, judged.se, judged.low, judged.high)
    )
