"""What a mixed model needs to know of the data: a few numbers per cluster, whatever the number of rows.

Every cluster is turned onto the directions of its random effects (its mean; with a slope, its line) and what lies at right angles to
them. The second part knows nothing of the random effects and is summed over all clusters.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cycles.study.inference.least_squares import Floats, LeastSquares

FLAT = 1e-12
"""A direction of the random effects shorter than this share of the longest does not exist in a cluster (no line through one point)."""


@dataclass(frozen=True)
class ClusterStatistics:
    """Cross products of the model's orthonormal basis (k columns) and of the least-squares residual (the last column).

    `within` (k+1, k+1) is what lies at right angles to the random effects; `turned` (G, q, k+1) each cluster's part along them; `lift`
    (G, q, q) how long the random effects are there: with variances `ratio` (relative to the residual one) the turned rows of a cluster
    have the covariance I + lift ratio lift'. Rows of zeros stand for directions that a cluster does not have.
    """

    within: Floats
    turned: Floats
    lift: Floats
    n: int

    @property
    def k(self) -> int:
        """Terms of the fixed part."""
        return self.within.shape[0] - 1

    @property
    def n_clusters(self) -> int:
        """Clusters."""
        return self.turned.shape[0]

    @property
    def q(self) -> int:
        """Random effects of a cluster: 1 (its mean) or 2 (its mean and its slope)."""
        return self.turned.shape[1]


def cluster_statistics(
    fit: LeastSquares, clusters: NDArray[np.intp], *, slope: Floats | None = None
) -> ClusterStatistics:
    """The statistics of a model with a random intercept, or a random intercept and slope, of each cluster.

    Parameters
    ----------
    fit : LeastSquares
        The model's fixed part.
    clusters : array (n,) of whole numbers 0..G-1, each present
    slope : array (n,) or None
        The variable whose slope differs between clusters.

    Returns
    -------
    ClusterStatistics

    Examples
    --------
    >>> from cycles.study.inference.least_squares import least_squares
    >>> fit = least_squares(np.array([1.0, 2.0, 4.0, 7.0]), np.ones((4, 1)), ("intercept",))
    >>> found = cluster_statistics(fit, np.array([0, 0, 1, 1]))
    >>> found.n_clusters, found.within.round(6).tolist()
    (2, [[0.0, 0.0], [0.0, 5.0]])
    """
    order = np.argsort(clusters, kind="stable")
    starts = np.flatnonzero(np.diff(clusters[order], prepend=-1))
    rows = np.column_stack([fit.basis, fit.residuals])[order]
    if slope is None:
        return _with_means(rows, starts)
    return _with_lines(rows, starts, np.column_stack([np.ones(fit.n), slope[order]]))


def _with_means(rows: Floats, starts: NDArray[np.intp]) -> ClusterStatistics:
    sizes = np.diff(starts, append=len(rows)).astype(float)
    sums = np.add.reduceat(rows, starts, axis=0)
    away = rows - np.repeat(sums / sizes[:, None], sizes.astype(int), axis=0)
    roots = np.sqrt(sizes)
    return ClusterStatistics(away.T @ away, (sums / roots[:, None])[:, None, :], roots[:, None, None], len(rows))


def _with_lines(rows: Floats, starts: NDArray[np.intp], effects: Floats) -> ClusterStatistics:
    sizes = np.diff(starts, append=len(rows))
    squares, vectors = np.linalg.eigh(np.add.reduceat(effects[:, :, None] * effects[:, None, :], starts, axis=0))
    exists = squares > FLAT * squares[:, -1:]
    lengths = np.sqrt(np.where(exists, squares, 0.0))
    shorten = np.where(exists, 1 / np.where(exists, lengths, 1.0), 0.0)
    directions = np.einsum("nq,nqr->nr", effects, np.repeat(vectors * shorten[:, None, :], sizes, axis=0))
    turned = np.add.reduceat(directions[:, :, None] * rows[:, None, :], starts, axis=0)
    away = rows - np.einsum("nr,nrk->nk", directions, np.repeat(turned, sizes, axis=0))
    return ClusterStatistics(away.T @ away, turned, lengths[:, :, None] * vectors.transpose(0, 2, 1), len(rows))
