"""Plant an odds ratio among ordered answers, and a slope on a dose, in classrooms: both are found, and intervals hold them as they claim.

Judged by counts in the exact 99.9% binomial band. The sandwich of the proportional odds model (CR1, G - 1 degrees of freedom) is a little
too ready with few classrooms: there it is judged by a band that begins `READY` lower, and the docstring of `ordinal` says so. Classrooms
differ by levels of their own; what is planted for `ordinal` is the log odds ratio across classrooms, found from a very large sample.
"""

import sys

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, t

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate
from cycles.study.inference.ordered_logit import fit_ordered_logit

REPLICATES, BAND, READY = 2000, 0.999, 0.025
CUTS = np.array([-1.5, -0.3, 0.8, 2.2])


def answers(draw, n_clusters, size, effect, level=0.5):
    """Answers 0-4 of classrooms of which every other one has the change."""
    cluster = np.repeat(np.arange(n_clusters), size)
    change = (cluster % 2).astype(float)
    latent = effect * change + level * draw.normal(size=n_clusters)[cluster] + draw.logistic(size=len(cluster))
    return pd.DataFrame(
        {
            "arm": np.where(change > 0, "yes", "no"),
            "classroom": np.char.add("c", cluster.astype(str)),
            "said": np.digitize(latent, CUTS),
        }
    )


def across_classrooms(effect):
    """The log odds ratio that the model finds across classrooms, which levels of their own draw towards zero."""
    if effect == 0:
        return 0.0
    frame = answers(np.random.default_rng(1), 20_000, 10, effect)
    return float(
        fit_ordered_logit(frame.said.to_numpy(), (frame.arm == "yes").to_numpy(dtype=float)[:, None], ("arm",)).slopes[
            0
        ]
    )


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


def judged(value, low, high, truth, *, ready=0.0):
    """The bias, how often the interval holds the truth, and how often no effect is refused; the bands are asserted."""
    value, low, high = np.array(value), np.array(low), np.array(high)
    n, error = len(value), value.std(ddof=1) / np.sqrt(len(value))
    covered, rejected = int(((low <= truth) & (truth <= high)).sum()), int(((low > 0) | (high < 0)).sum())
    told = f"bias {value.mean() - truth:+.4f} (MC error {error:.4f})  coverage {covered / n:.4f}  rejected {rejected / n:.4f}"
    least, _ = binom.interval(BAND, n, 0.95 - ready)
    _, most = binom.interval(BAND, n, 0.95)
    assert least <= covered <= most, told
    if truth == 0:
        assert n - most <= rejected <= n - least, told
    return told, value, error


def by_classroom(frame):
    """The slope and its interval, as `ordinal` gives them (that it does is tested below)."""
    fit = fit_ordered_logit(frame.said.to_numpy(), (frame.arm == "yes").to_numpy(dtype=float)[:, None], ("arm",))
    clusters = pd.factorize(frame.classroom)[0]
    place = len(fit.thresholds)
    reach = t.ppf(0.975, clusters.max()) * np.sqrt(fit.covariance("CR1", clusters)[place, place])
    return fit.slopes[0], fit.slopes[0] - reach, fit.slopes[0] + reach


def compared(frame):
    return as_panel(
        frame, measure="said", outcome="said", arm="arm", change="yes", comparison="no", cluster="classroom"
    )


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
@pytest.mark.parametrize("effect", [0.0, 0.6])
@pytest.mark.parametrize(("n_clusters", "ready"), [(12, READY), (40, 0.005)])
def test_a_planted_odds_ratio_is_found_among_ordered_answers(write, n_clusters, ready, effect):
    draw = np.random.default_rng([2026, n_clusters, int(10 * effect)])
    truth = across_classrooms(effect)
    found = [by_classroom(answers(draw, n_clusters, 12, effect)) for _ in range(REPLICATES)]
    told, values, error = judged(*zip(*found, strict=True), truth, ready=ready)
    write(f"\nordinal, {n_clusters} classrooms, log odds ratio {truth:.3f}: {told}")
    assert abs(values.mean() - truth) < 0.02 * abs(truth) + 3.29 * error


@pytest.mark.slow
@pytest.mark.parametrize(("n_clusters", "slope"), [(6, 0.0), (20, 0.2)])
def test_a_planted_slope_on_the_dose_is_found_within_classrooms(write, n_clusters, slope):
    draw = np.random.default_rng([2026, n_clusters, int(10 * slope)])
    panels = (received(doses(draw, n_clusters, 12, slope)) for _ in range(REPLICATES))
    found = [estimate(panel, estimator="dose_response", options={"dose": "hours"}) for panel in panels]
    told, values, error = judged(*zip(*((one.value, one.low, one.high) for one in found), strict=True), slope)
    write(f"\ndose_response, {n_clusters} classrooms, slope {slope:.1f}: {told}")
    assert abs(values.mean() - slope) < 3.29 * error


def test_the_estimator_gives_the_interval_that_was_judged():
    frame = answers(np.random.default_rng(5), 12, 12, 0.6)
    found = estimate(compared(frame), estimator="ordinal")
    assert (found.value, found.low, found.high) == pytest.approx(by_classroom(frame))


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
