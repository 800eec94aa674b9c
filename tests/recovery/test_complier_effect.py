"""Plant an effect on compliers among keener and less keen students: bias, intervals and rejections, strong and weak first stages.

Anderson and Rubin's interval is judged whatever the first stage is worth; two-stage least squares only where it is told.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom
from tests.recovery.test_observational import Count

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate

BAND = 0.999
CONDITIONS = {"students": (240, 1, 0.6), "20 classrooms": (20, 20, 0.6), "students, few comply": (240, 1, 0.12)}


def offered(draw: np.random.Generator, condition: str, effect: float) -> pd.DataFrame:
    groups, size, comply = CONDITIONS[condition]
    cluster = np.repeat(np.arange(groups), size)
    change = draw.permutation(groups)[cluster] % 2 == 0
    keen = draw.normal(size=len(cluster))
    always = draw.random(len(cluster)) < 0.1
    comes = always | (change & (draw.random(len(cluster)) < comply * 2 / (1 + np.exp(-keen))))
    level = draw.normal(0, 0.4 if size > 1 else 0.0, groups)[cluster]
    mark = effect * comes + 0.7 * keen + level + draw.normal(size=len(cluster))
    return pd.DataFrame(
        {"arm": np.where(change, "yes", "no"), "room": cluster, "hours": comes.astype(float), "mark": mark}
    )


def counted(condition: str, *, effect: float, replicates: int) -> tuple[Count, int]:
    """Two-stage least squares, and how often Anderson and Rubin's interval held the truth where it has two ends."""
    draw = np.random.default_rng([319, *condition.encode(), int(10 * effect)])
    found, held = Count(), 0
    for _ in range(replicates):
        panel = as_panel(
            offered(draw, condition, effect), measure="mark", outcome="mark", arm="arm", change="yes", comparison="no",
            subgroups=("hours",), cluster="room" if CONDITIONS[condition][1] > 1 else None, design="cluster_randomised",
        )  # fmt: skip
        variance = "CR2" if panel.cluster_name else "HC2"
        options = {"received": "hours", "at_least": 1}
        result = estimate(panel, estimator="complier_effect", variance=variance, options=options)
        low, high = (result.facts.get(f"anderson_rubin_{end}") for end in ("low", "high"))
        held += low is None or low <= effect <= high
        if result.state == "estimated":
            found.values.append(result.value)
            found.covered += result.low <= effect <= result.high
            found.rejected += result.p < 0.05
    return found, held


@pytest.mark.slow
@pytest.mark.parametrize(("condition", "effect"), [("students", 0.5), ("20 classrooms", 0.0)])
def test_the_planted_effect_on_compliers_is_found(condition, effect):
    found, held = counted(condition, effect=effect, replicates=2000)
    found.judge(effect, bias=0.02)
    low, high = binom.interval(BAND, 2000, 0.95)
    assert low <= held <= high


@pytest.mark.slow
def test_with_few_compliers_the_interval_of_anderson_and_rubin_still_holds():
    _, held = counted("students, few comply", effect=0.5, replicates=2000)
    assert held >= binom.ppf((1 - BAND) / 2, 2000, 0.95)


def test_a_few_replicates_find_it_already():
    found, _ = counted("20 classrooms", effect=0.5, replicates=40)
    found.judge(0.5, bias=0.02)
