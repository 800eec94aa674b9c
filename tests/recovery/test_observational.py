"""Plant an effect among arms that differed before: weighted and matched comparisons find it, the plain difference does not.

Who is in the change arm leans on baseline and a second covariate, by student or by classroom. Weighting is judged by counts, in the
exact 99.9% binomial band. Neighbours are not exactly alike, and the standard error of matched sets does not count what is known of the
propensity: matching is judged on a bias below `NEARLY` standard deviations, and on intervals that hold the truth at least as often as
they claim.
"""

import sys
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from cycles.core.vocabulary import Panel
from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate

ICC = 0.10
BAND = 0.999
NEARLY = 0.025
METHODS = {
    "propensity_weighted": ("propensity_weighted", {}),
    "entropy_balanced": ("entropy_balanced", {}),
    "matched once": ("nearest_neighbour", {}),
    "matched repeatedly": ("nearest_neighbour", {"replacement": True, "ratio": 2}),
    "difference_in_means": ("difference_in_means", {}),
}
WEIGHTED = ("propensity_weighted", "entropy_balanced")
MATCHED = ("matched once", "matched repeatedly")
CONDITIONS = {
    "students of 60 classrooms": {"n_clusters": 60, "size": 10, "by": "student"},
    "students of 20 classrooms": {"n_clusters": 20, "size": 20, "by": "student"},
    "students, no classrooms": {"n_clusters": None, "size": 400, "by": "student"},
    "20 classrooms": {"n_clusters": 20, "size": 15, "by": "classroom"},
    "60 classrooms": {"n_clusters": 60, "size": 12, "by": "classroom"},
}


@dataclass
class Count:
    """What one method did over all replicates."""

    values: list[float] = field(default_factory=list)
    covered: int = 0
    rejected: int = 0

    def told(self, effect: float) -> str:
        values, n = np.array(self.values), len(self.values)
        error = values.std(ddof=1) / np.sqrt(n)
        return (
            f"bias {values.mean() - effect:+.4f} (MC error {error:.4f})  coverage {self.covered / n:.4f} (MC error "
            f"{np.sqrt(0.95 * 0.05 / n):.4f})  rejected {self.rejected / n:.4f}"
        )

    def judge(self, effect: float, *, bias: float = 0.0, careful: bool = False) -> None:
        """Assert the bands; a `careful` method may hold the truth more often, and reject less, than it claims."""
        values, n = np.array(self.values), len(self.values)
        assert abs(values.mean() - effect) < bias + 3.29 * values.std(ddof=1) / np.sqrt(n), self.told(effect)
        low, high = binom.interval(BAND, n, 0.95)
        assert low <= self.covered <= (n if careful else high), self.told(effect)
        if effect == 0:
            assert (0 if careful else n - high) <= self.rejected <= n - low, self.told(effect)


def confounded_panel(draw: np.random.Generator, *, n_clusters: int | None, size: int, by: str, effect: float) -> Panel:
    """Students whose baseline and engagement matter both for the outcome and for who has the change."""
    groups = size if n_clusters is None else n_clusters
    cluster = np.repeat(np.arange(groups), 1 if n_clusters is None else size)
    n, icc = len(cluster), 0.0 if n_clusters is None else ICC
    shared = draw.normal(size=(groups, 2)) * np.sqrt(icc)
    baseline = shared[cluster, 0] + np.sqrt(1 - icc) * draw.normal(size=n)
    engaged = draw.normal(size=n)
    change = _assigned(draw, baseline, engaged, cluster, by)
    noise = shared[cluster, 1] + np.sqrt(1 - icc) * draw.normal(size=n)
    frame = pd.DataFrame(
        {
            "arm": np.where(change, "change", "comparison"),
            "classroom": np.char.add("c", cluster.astype(str)),
            "before": baseline,
            "engaged": engaged,
            "after": 0.6 * baseline + 0.2 * engaged + 0.8 * noise + effect * change,
        }
    )
    return as_panel(
        frame, measure="score", outcome="after", baseline="before", arm="arm", change="change", comparison="comparison",
        covariates=("engaged",), cluster=None if n_clusters is None else "classroom",
    )  # fmt: skip


def _assigned(draw, baseline, engaged, cluster, by):
    if by == "student":
        return draw.random(len(baseline)) < 1 / (1 + np.exp(1.0 - 0.5 * baseline - 0.3 * engaged))
    means = np.bincount(cluster, weights=baseline) / np.bincount(cluster)
    while True:
        change = draw.random(len(means)) < 1 / (1 + np.exp(0.4 - 1.5 * means))
        if 5 <= change.sum() <= len(means) - 5:
            return change[cluster]


def counts(condition: str, *, effect: float, replicates: int) -> dict[str, Count]:
    """All methods on the same planted panels."""
    draw = np.random.default_rng([2026, *condition.encode(), int(100 * effect)])
    found = {name: Count() for name in METHODS}
    for _ in range(replicates):
        panel = confounded_panel(draw, effect=effect, **CONDITIONS[condition])
        for name, (estimator, options) in METHODS.items():
            result = estimate(panel, estimator=estimator, options=options)
            found[name].values.append(result.value)
            found[name].covered += result.low <= effect <= result.high
            found[name].rejected += result.p < 0.05
    return found


def judge_all(found: dict[str, Count], effect: float) -> None:
    for name in WEIGHTED:
        found[name].judge(effect)
    for name in MATCHED:
        found[name].judge(effect, bias=NEARLY, careful=True)


@pytest.fixture
def write(capsys):
    """Write past the capture, so that the table is seen."""

    def line(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(text)

    return line


@pytest.mark.slow
@pytest.mark.parametrize(("condition", "effect"), [*((one, 0.0) for one in CONDITIONS), ("20 classrooms", 0.25)])
def test_the_planted_effect_is_found_among_unlike_arms(write, condition, effect):
    found = counts(condition, effect=effect, replicates=2000)
    lines = [f"{condition}  effect {effect:.2f}", *(f"    {name:<22}{one.told(effect)}" for name, one in found.items())]
    write("\n".join(["", *lines]))
    judge_all(found, effect)


def test_a_few_replicates_find_it_already_and_the_plain_difference_does_not():
    found = counts("students of 60 classrooms", effect=0.25, replicates=60)
    judge_all(found, 0.25)
    with pytest.raises(AssertionError, match="bias"):
        found["difference_in_means"].judge(0.25)
