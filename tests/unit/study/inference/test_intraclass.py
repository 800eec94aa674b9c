"""Intra-class correlation: its ends, and when it cannot be known."""

import numpy as np
import pytest

from cycles.study.inference.intraclass import intraclass_correlation

DRAW = np.random.default_rng(4)
CLUSTERS = np.repeat(np.arange(6), 5)


def test_it_cannot_be_known_of_one_cluster_of_singles_or_of_a_constant():
    assert intraclass_correlation(DRAW.normal(size=5), np.zeros(5, dtype=int)) is None
    assert intraclass_correlation(DRAW.normal(size=5), np.arange(5)) is None
    assert intraclass_correlation(np.full(30, 0.1), CLUSTERS) is None


def test_its_ends_are_one_and_zero():
    assert intraclass_correlation(CLUSTERS.astype(float), CLUSTERS) == 1.0
    assert intraclass_correlation(np.tile([1.0, 2, 3, 4, 5], 6), CLUSTERS) == 0.0


def test_nearly_everything_between_clusters_is_nearly_one():
    assert 0.999 < intraclass_correlation(CLUSTERS + 1e-4 * DRAW.normal(size=30), CLUSTERS) < 1.0


def test_of_equal_clusters_it_is_the_one_of_the_analysis_of_variance():
    values = DRAW.normal(size=30) + 2 * DRAW.normal(size=6)[CLUSTERS]
    means = values.reshape(6, 5).mean(axis=1)
    between = 5 * means.var(ddof=1)
    within = ((values - means[CLUSTERS]) ** 2).sum() / 24
    assert intraclass_correlation(values, CLUSTERS) == pytest.approx(
        (between - within) / (between + 4 * within), rel=1e-9
    )
