"""Each cluster's own part of a fitted model, which every variance that is robust to clustering is made of.

Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage samples.
Survey Methodology, 28(2), 169-181.
"""

import numpy as np
from numpy.typing import NDArray

from cycles.study.inference.least_squares import Floats

NESTED = 1e-10
"""Below this share of its own residual variance left, a direction is fitted exactly within its cluster (a block dummy)."""

MANY_TERMS = 16
"""Up to this many terms all clusters are decomposed in one batch; above it, one by one on their shorter side."""


def spectra(basis: Floats, clusters: NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Eigenvectors and eigenvalues of each cluster's part of the hat matrix, seen from the terms.

    Parameters
    ----------
    basis : array (n, k)
        Orthonormal columns that span the model.
    clusters : array (n,) of whole numbers 0..G-1, each present

    Returns
    -------
    array (G, r, k), array (G, r)
        Eigenvectors as rows and their eigenvalues, between 0 and 1. With few rows r is less than k, and the rest of a cluster's
        eigenvalues are zero.

    Examples
    --------
    >>> basis = np.array([[1.0], [1], [1], [1]]) / 2
    >>> spectra(basis, np.array([0, 0, 0, 1]))[1].ravel().tolist()
    [0.75, 0.25]
    """
    parts = in_parts(basis, clusters)
    if basis.shape[1] <= MANY_TERMS:
        squares, vectors = np.linalg.eigh(np.array([part.T @ part for part in parts]))
        return vectors.transpose(0, 2, 1), np.clip(squares, 0.0, 1.0)
    rank = min(max(len(part) for part in parts), basis.shape[1])
    vectors, squares = np.zeros((len(parts), rank, basis.shape[1])), np.zeros((len(parts), rank))
    for place, part in enumerate(parts):
        _, values, right = np.linalg.svd(part, full_matrices=False)
        vectors[place, : len(values)], squares[place, : len(values)] = right, np.clip(values**2, 0.0, 1.0)
    return vectors, squares


def in_parts(rows: Floats, clusters: NDArray[np.intp]) -> list[Floats]:
    """The rows (n, k) of each cluster, in the order of the clusters."""
    rows, starts = _in_order(rows, clusters)
    return np.split(rows, starts[1:])


def cluster_sums(rows: Floats, clusters: NDArray[np.intp]) -> Floats:
    """Rows (n, k) added up within clusters 0..G-1, each present: (G, k)."""
    rows, starts = _in_order(rows, clusters)
    return np.add.reduceat(rows, starts, axis=0)


def _in_order(rows: Floats, clusters: NDArray[np.intp]) -> tuple[Floats, NDArray[np.intp]]:
    """Rows cluster by cluster, and where each begins; rows that stand so already are not copied."""
    if (np.diff(clusters) < 0).any():
        order = np.argsort(clusters, kind="stable")
        rows, clusters = rows[order], clusters[order]
    return rows, np.concatenate(([0], np.flatnonzero(np.diff(clusters)) + 1))


def inverse_of(room: Floats) -> Floats:
    """One over what a direction has left; zero where the cluster fits it exactly."""
    return np.where(room > NESTED, 1 / np.where(room > NESTED, room, 1.0), 0.0)
