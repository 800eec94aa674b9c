"""Panels with a planted truth: classrooms assigned to two arms, students within them, some without an outcome."""

import numpy as np
import pandas as pd

from cycles.core.vocabulary import Panel

ICC = 0.10
CORRELATION = 0.6
STUDENTS = 15


def planted_panel(seed: np.random.Generator, *, n_clusters: int, effect: float, attrition: float) -> Panel:
    """A panel of `n_clusters` classrooms of unequal size, every other one in the arm "change".

    Baseline and outcome have standard deviation one and correlation `CORRELATION`, between and within classrooms; a share
    `attrition` of the students has no outcome.
    """
    sizes = STUDENTS + np.arange(n_clusters) % 5 - 2
    cluster = np.repeat(np.arange(n_clusters), sizes)
    change = (np.arange(n_clusters) % 2 == 0)[cluster]
    baseline, outcome = _two_waves(seed, cluster, n_clusters)
    outcome = outcome + effect * change
    outcome[seed.random(len(outcome)) < attrition] = np.nan
    names = np.array([f"c{place:02}" for place in range(n_clusters)], dtype=object)
    table = pd.DataFrame(
        {
            "unit": np.arange(len(cluster)),
            "cluster": names[cluster],
            "block": None,
            "arm": np.where(change, "change", "comparison").astype(object),
            "baseline": baseline,
            "outcome": outcome,
        }
    )
    return Panel(
        table=table,
        measure="score",
        outcome_unit="points",
        design="cluster_randomised",
        change="change",
        comparison="comparison",
        cluster_name="classroom",
    )


def _two_waves(seed: np.random.Generator, cluster: np.ndarray, n_clusters: int) -> tuple[np.ndarray, np.ndarray]:
    between = seed.multivariate_normal([0, 0], ICC * np.array([[1, CORRELATION], [CORRELATION, 1]]), size=n_clusters)
    within = seed.multivariate_normal(
        [0, 0], (1 - ICC) * np.array([[1, CORRELATION], [CORRELATION, 1]]), size=len(cluster)
    )
    both = between[cluster] + within
    return both[:, 0], both[:, 1]
