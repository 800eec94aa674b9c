"""Plant an effect, resample many times: a true zero is refused as rarely as claimed, and intervals hold the truth as often.

Judged by counts, as in test_planted_effects.py. Chance assigns the classrooms, whose sizes differ, and an ICC of .10 is planted. With two
or three classrooms in an arm randomisation cannot refuse anything at .05, and no p-value is told.
"""

import sys
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import binom
from tests.planted import planted_panel

from cycles.core.vocabulary import Panel
from cycles.study.estimators import estimate
from cycles.study.inference import arm_model

NAMES = ("difference_in_means", "ancova")
KINDS = ("randomisation", "wild_bootstrap")
BAND = 0.999
DRAWS = 999


@dataclass
class Count:
    """What one kind of resampling did over all replicates of one condition."""

    n: int = 0
    covered: int = 0
    rejected: int = 0

    def add(self, found, effect: float) -> None:
        self.n += 1
        self.rejected += found.p <= 0.05
        self.covered += (found.low is None or found.low <= effect) and (found.high is None or effect <= found.high)

    @property
    def line(self) -> str:
        return (
            f"coverage {self.covered / self.n:.4f} (.95, MC error {np.sqrt(0.95 * 0.05 / self.n):.4f})  rejected "
            f"{self.rejected / self.n:.4f}"
        )


def assigned_by_chance(draw: np.random.Generator, *, n_clusters: int, effect: float, attrition: float) -> Panel:
    """A planted panel whose classrooms got their arms by chance, the same number in each."""
    panel = planted_panel(draw, n_clusters=n_clusters, effect=0.0, attrition=attrition)
    changed = np.isin(panel.table["cluster"], draw.permutation(panel.table["cluster"].unique())[: n_clusters // 2])
    table = panel.table.assign(
        arm=np.where(changed, "change", "comparison"), outcome=panel.table["outcome"] + effect * changed
    )
    return replace(panel, table=table)


def counts(
    *, n_clusters: int, effect: float, attrition: float, replicates: int, names: tuple[str, ...] = NAMES
) -> dict[tuple[str, str], Count]:
    draw = np.random.default_rng([2026, n_clusters, int(100 * effect), int(100 * attrition)])
    found = {(name, kind): Count() for name in names for kind in KINDS}
    for replicate in range(replicates):
        panel = assigned_by_chance(draw, n_clusters=n_clusters, effect=effect, attrition=attrition)
        for name in names:
            result = estimate(panel, estimator=name, resampling=KINDS, draws=DRAWS, seed=replicate)
            for one in result.resampled:
                found[name, one.kind].add(one, effect)
    return found


def told(found: dict[tuple[str, str], Count], write, **condition) -> None:
    head = "  ".join(f"{name} {value}" for name, value in condition.items())
    lines = [f"    {name:<22}{kind:<16}{count.line}" for (name, kind), count in found.items()]
    write("\n".join(["", head, *lines]))


@pytest.fixture
def write(capsys):
    """Write past the capture, so that the table is seen."""

    def line(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(text)

    return line


@pytest.fixture
def few_clusters_get_a_p(monkeypatch):
    """What the public verb withholds with two or three clusters in an arm is looked at."""
    monkeypatch.setattr(arm_model, "few_clusters", lambda sample: {})


def assert_in_band(count: Count, *, effect: float) -> None:
    low, high = binom.interval(BAND, count.n, 0.95)
    assert low <= count.covered <= high, count.line
    if effect == 0:
        low, high = binom.interval(BAND, count.n, 0.05)
        assert low <= count.rejected <= high, count.line


@pytest.mark.slow
@pytest.mark.parametrize("n_clusters", [10, 20, 60])
@pytest.mark.parametrize(("effect", "attrition"), [(0.0, 0.15), (0.25, 0.0)])
def test_resampling_refuses_and_covers_as_often_as_it_claims(write, n_clusters, effect, attrition):
    condition = {"n_clusters": n_clusters, "effect": effect, "attrition": attrition}
    found = counts(**condition, replicates=5000)
    told(found, write, **condition)
    for count in found.values():
        assert_in_band(count, effect=effect)


@pytest.mark.slow
def test_with_four_clusters_an_arm_only_randomisation_keeps_its_promise(write):
    """What the bootstrap's convention says of fewer than ten clusters; randomisation has 70 assignments, and steps of 1/35."""
    condition = {"n_clusters": 8, "effect": 0.0, "attrition": 0.15}
    found = counts(**condition, replicates=5000)
    told(found, write, **condition)
    for name in NAMES:
        assert found[name, "randomisation"].rejected <= binom.ppf((1 + BAND) / 2, 5000, 0.05)
        assert 0.05 * 5000 < found[name, "wild_bootstrap"].rejected <= 0.08 * 5000


@pytest.mark.slow
@pytest.mark.parametrize("n_clusters", [4, 6])
@pytest.mark.usefixtures("few_clusters_get_a_p")
def test_with_two_or_three_clusters_an_arm_randomisation_refuses_nothing(write, n_clusters):
    condition = {"n_clusters": n_clusters, "effect": 0.0, "attrition": 0.0}
    found = counts(**condition, replicates=5000)
    told(found, write, **condition)
    for name in NAMES:
        assert (found[name, "randomisation"].rejected, found[name, "randomisation"].covered) == (0, 5000)
        assert found[name, "wild_bootstrap"].rejected <= 0.10 * 5000  # the reason why none is told


@pytest.mark.parametrize(("n_clusters", "attainable"), [(4, 1 / 3), (6, 1 / 10)])
def test_two_or_three_clusters_an_arm_get_no_p_but_the_smallest_there_could_be(n_clusters, attainable):
    draw = np.random.default_rng(n_clusters)
    for _ in range(50):
        panel = assigned_by_chance(draw, n_clusters=n_clusters, effect=2.0, attrition=0.0)
        found = estimate(panel, estimator="ancova", resampling=KINDS)
        assert (found.state, found.code, found.p) == ("degraded", "CY307", None)
        assert [(one.kind, one.p, one.low, one.high) for one in found.resampled] == [
            ("randomisation", None, None, None)
        ]
        assert found.resampled[0].attainable == pytest.approx(attainable)


@pytest.mark.parametrize("effect", [0.0, 0.25])
def test_a_few_replicates_already_lie_in_their_wider_bands(effect):
    found = counts(n_clusters=10, effect=effect, attrition=0.15, replicates=150, names=("difference_in_means",))
    for count in found.values():
        assert_in_band(count, effect=effect)
