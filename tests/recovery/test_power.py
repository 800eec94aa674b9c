"""Plant an effect as large as the smallest one that a design is said to find: it is found four times in five.

Judged by counts: the number of intervals that exclude zero must lie in the exact 99.9% binomial band of .80.
"""

import sys
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, t

import cycles as cy
from cycles.core.vocabulary import Panel

BAND = 0.999
ICC, R = 0.15, 0.6


@pytest.fixture
def judge(capsys):
    """Assert that found effects lie in the band; the line is written past the capture, so that it is seen."""

    def judged(name: str, found: int, n: int) -> None:
        low, high = binom.interval(BAND, n, 0.80)
        line = f"{name:<38}found {found / n:.4f} of {n} (.80, Monte-Carlo error {np.sqrt(0.16 / n):.4f})"
        with capsys.disabled():
            sys.stdout.write(f"\n{line}")
        assert low <= found <= high, line

    return judged


class Plan(NamedTuple):
    """A design for the estimators: what `detectable` is told, and who does the estimating."""

    kind: str
    estimator: str
    n_clusters: int
    size: int
    n_blocks: int | None
    detectable: dict


PLANS = {
    "clusters": Plan("cluster_randomised", "difference_in_means", 20, 15, None, {}),
    "clusters, baseline adjusted": Plan("cluster_randomised", "ancova", 24, 15, None, {"r2": R**2}),
    "clusters in blocks": Plan("cluster_randomised", "difference_in_means", 32, 12, 4, {}),
    "clusters, differences in differences": Plan(
        "cluster_comparison", "difference_in_differences", 24, 15, None, {"of_change": True, "correlation": R}
    ),
    "students": Plan("student_randomised", "difference_in_means", 120, 1, None, {}),
    "one group of clusters": Plan("one_group_pre_post", "difference_in_means", 24, 15, None, {"correlation": R}),
}


def told_of(plan: Plan):
    """What the design is said to find, with half of the clusters in each arm (all of them where there is one)."""
    arms = (
        {"change": plan.n_clusters} if plan.kind == "one_group_pre_post" else dict.fromkeys("ab", plan.n_clusters // 2)
    )
    icc = {"icc": ICC} if plan.size > 1 else {}
    return cy.detectable(
        design_kind=plan.kind,
        n_clusters_by_arm=arms,
        units_per_cluster=plan.size,
        n_blocks=plan.n_blocks,
        **icc,
        **plan.detectable,
    )


def panel_of(draw: np.random.Generator, plan: Plan, effect: float) -> Panel:
    """Equal clusters; before and after correlate alike within and between them; blocks far apart."""
    cluster = np.repeat(np.arange(plan.n_clusters), plan.size)
    icc = ICC if plan.size > 1 else 0.0
    covariance = np.array([[1, R], [R, 1]])
    both = draw.multivariate_normal([0, 0], icc * covariance, size=plan.n_clusters)[cluster]
    both = both + draw.multivariate_normal([0, 0], (1 - icc) * covariance, size=len(cluster))
    one_group = plan.kind == "one_group_pre_post"
    change = np.ones(len(cluster), bool) if one_group else cluster % 2 == 0
    block = (cluster // 2) % (plan.n_blocks or 1)
    table = pd.DataFrame({"unit": np.arange(len(cluster)), "cluster": cluster.astype(str), "block": block.astype(str)})
    table["arm"] = np.where(change, "change", "comparison").astype(object)
    table["baseline"], table["outcome"] = both[:, 0], both[:, 1] + effect * change + 0.7 * block
    return Panel(
        table=table,
        measure="score",
        outcome_unit="points",
        design=plan.kind,
        change="change",
        comparison=None if one_group else "comparison",
        cluster_name="classroom" if plan.size > 1 else None,
        block_name="school" if plan.n_blocks else None,
    )


def times_found(plan: Plan, effect: float, *, replicates: int) -> int:
    draw = np.random.default_rng([2026, plan.n_clusters, plan.size])
    estimates = (cy.estimate(panel_of(draw, plan, effect), estimator=plan.estimator) for _ in range(replicates))
    return sum(one.low > 0 for one in estimates)


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANS)
def test_an_estimator_finds_the_smallest_effect_four_times_in_five(name, judge):
    plan = PLANS[name]
    judge(name, times_found(plan, told_of(plan).mdes, replicates=3000), 3000)


@pytest.mark.parametrize("name", ["clusters", "students"])
def test_a_few_replicates_already_lie_in_their_wider_band(name, judge):
    plan = PLANS[name]
    judge(name, times_found(plan, told_of(plan).mdes, replicates=250), 250)


def test_an_effect_half_as_large_would_fail_the_same_band(judge):
    """The band can fail."""
    plan = PLANS["clusters"]
    with pytest.raises(AssertionError, match="found"):
        judge("clusters, half the effect", times_found(plan, told_of(plan).mdes / 2, replicates=250), 250)


# -- designs that no estimator of ours has: the means or the regression that the formula is about ---------------------

N = 20_000


def found_by_means(draw, parts, *, df, effect, p=0.5, n_units):
    """Units of one level drawn whole: their means differ by normal parts with these variances; an ordinary t test."""
    n_change = round(p * n_units)
    values = draw.normal(0, np.sqrt(sum(parts)), size=(N, n_units))
    values[:, :n_change] += effect
    groups = values[:, :n_change], values[:, n_change:]
    pooled = sum(((one - one.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) for one in groups) / (n_units - 2)
    se = np.sqrt(pooled * (1 / n_change + 1 / (n_units - n_change)))
    return int((groups[0].mean(axis=1) - groups[1].mean(axis=1) > t.ppf(0.975, df) * se).sum())


def found_by_effects(draw, variance, *, df, effect, n_blocks):
    """Blocks drawn from many: each has an effect of its own, and their mean is tested."""
    effects = draw.normal(effect, np.sqrt(variance), size=(N, n_blocks))
    se = effects.std(axis=1, ddof=1) / np.sqrt(n_blocks)
    return int((effects.mean(axis=1) > t.ppf(0.975, df) * se).sum())


def found_by_regression(draw, designs, *, column, df, effect):
    """Least squares on designs drawn one after another; the effect is one column's coefficient."""
    found = 0
    for design in designs:
        outcome = effect * design[:, column] + draw.normal(size=(200, len(design)))
        inverse = np.linalg.inv(design.T @ design)
        fitted = outcome @ design @ inverse
        left = ((outcome - fitted @ design.T) ** 2).sum(axis=1) / (len(design) - design.shape[1])
        found += int((fitted[:, column] > t.ppf(0.975, df) * np.sqrt(left * inverse[column, column])).sum())
    return found


@pytest.mark.slow
def test_schools_with_classrooms_in_them(judge):
    told = cy.smallest_effect("cra3", n=15, J=3, K=30, rho2=0.17, rho3=0.06, p=0.4)
    parts = (0.06, 0.17 / 3, 0.77 / 45)
    draw = np.random.default_rng(3)
    judge("cra3", found_by_means(draw, parts, df=told.df, effect=told.mdes, p=0.4, n_units=30), N)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("design", "sizes", "variance"),
    [
        ("bira2", {"n": 40, "J": 25, "rho2": 0.2, "omega2": 0.4}, 0.2 * 0.4 + 0.8 * 4 / 40),
        (
            "bcra3r2",
            {"n": 20, "J": 6, "K": 25, "rho2": 0.1, "rho3": 0.2, "omega3": 0.4},
            0.2 * 0.4 + 4 * (0.1 / 6 + 0.7 / 120),
        ),
    ],
)
def test_blocks_drawn_from_many(design, sizes, variance, judge):
    told = cy.smallest_effect(design, **sizes)
    judge(design, found_by_effects(np.random.default_rng(4), variance, df=told.df, effect=told.mdes, n_blocks=25), N)


@pytest.mark.slow
@pytest.mark.parametrize("score", ["normal", "uniform"])
def test_a_cutoff(score, judge):
    told = cy.smallest_effect("rd", n=400, p=0.5, score=score)
    draw = np.random.default_rng(5)
    drawn = ((draw.normal if score == "normal" else draw.random)(size=400) for _ in range(100))
    designs = [np.column_stack([np.ones(400), one, one > np.median(one)]) for one in drawn]
    judge(f"rd, {score} score", found_by_regression(draw, designs, column=2, df=told.df, effect=told.mdes), N)


@pytest.mark.slow
def test_an_interrupted_series(judge):
    told = cy.smallest_effect("its", before=18, after=12)
    time = np.arange(30.0)
    design = np.column_stack([np.ones(30), time, time >= 18, np.clip(time - 18, 0, None)])
    draw = np.random.default_rng(6)
    judge("its", found_by_regression(draw, [design] * 100, column=2, df=told.df, effect=told.mdes), N)
