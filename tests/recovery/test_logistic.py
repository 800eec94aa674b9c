"""Plant a difference in shares and estimate it many times by logistic regression: bias, intervals and rejections by exact bands."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from tests.recovery.test_observational import Count

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate

CONDITIONS = {"students": (300, 1), "20 classrooms": (20, 25)}
LEVEL, SLOPE, SPREAD = -0.4, 0.6, 0.5
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(60)


def share(arm_log_odds: float, *, clustered: bool) -> float:
    """The share of yes in an arm, over covariate and classroom levels (both normal)."""
    spread = np.sqrt(SLOPE**2 + (SPREAD**2 if clustered else 0.0))
    return float(expit(LEVEL + arm_log_odds + spread * _NODES) @ _WEIGHTS / _WEIGHTS.sum())


def counted(condition: str, *, log_odds: float, replicates: int) -> tuple[Count, float]:
    groups, size = CONDITIONS[condition]
    clustered = size > 1
    truth = share(log_odds, clustered=clustered) - share(0.0, clustered=clustered)
    draw, found = np.random.default_rng([318, groups, int(100 * log_odds)]), Count()
    cluster = np.repeat(np.arange(groups), size)
    for _ in range(replicates):
        change = draw.permutation(groups)[cluster] % 2 == 0
        before = draw.normal(size=len(cluster))
        level = draw.normal(size=groups)[cluster] * (SPREAD if clustered else 0.0)
        yes = draw.random(len(cluster)) < expit(LEVEL + log_odds * change + SLOPE * before + level)
        frame = pd.DataFrame(
            {"arm": np.where(change, "yes", "no"), "room": cluster, "before": before, "passed": yes.astype(float)}
        )
        panel = as_panel(
            frame, measure="passed", outcome="passed", baseline="before", arm="arm", change="yes", comparison="no",
            cluster="room" if clustered else None,
        )  # fmt: skip
        result = estimate(panel, estimator="logistic")
        found.values.append(result.value)
        found.covered += result.low <= truth <= result.high
        found.rejected += result.p < 0.05
    return found, truth


@pytest.mark.slow
@pytest.mark.parametrize(("condition", "log_odds"), [("students", 0.7), ("20 classrooms", 0.0)])
def test_the_planted_difference_in_shares_is_found(condition, log_odds):
    found, truth = counted(condition, log_odds=log_odds, replicates=2000)
    found.judge(truth)


def test_a_few_replicates_find_it_already():
    found, truth = counted("20 classrooms", log_odds=0.7, replicates=40)
    found.judge(truth)
