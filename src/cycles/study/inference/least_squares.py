"""Ordinary least squares on arrays, with a rank check that names the terms it cannot tell apart.

No formula strings anywhere: a column's name is never code.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular

from cycles.core.errors import DesignError

Floats = NDArray[np.float64]

RANK_TOLERANCE = 1e-10
"""A column (scaled to length one) this close to a combination of the others adds nothing to them."""


@dataclass(frozen=True)
class LeastSquares:
    """A fitted model of `n` rows and `k` terms.

    `basis` (n x k) has orthonormal columns that span the model matrix; `root` (k x k) turns it back: the model
    matrix times `root` is `basis`, and `root @ root.T` is the inverse of X'X. Both are what cluster variances need.
    """

    terms: tuple[str, ...]
    coefficients: Floats
    residuals: Floats
    basis: Floats
    root: Floats

    @property
    def n(self) -> int:
        """Rows."""
        return self.basis.shape[0]

    @property
    def k(self) -> int:
        """Terms."""
        return self.basis.shape[1]

    @property
    def bread(self) -> Floats:
        """Inverse of X'X (k x k)."""
        return self.root @ self.root.T


def least_squares(response: Floats, design: Floats, terms: tuple[str, ...]) -> LeastSquares:
    """Fit `response` on the columns of `design`.

    Parameters
    ----------
    response : array (n,), finite
    design : array (n, k), finite, with its own column of ones if there is to be an intercept
    terms : the k names of its columns

    Raises
    ------
    DesignError
        CY305 when the columns are collinear; the terms involved are named. CY306 when there are not more rows than terms.

    Notes
    -----
    A QR decomposition with column pivoting on columns scaled to length one. Missing values must have been left out before.

    References
    ----------
    Golub & Van Loan (2013). Matrix Computations, 4th ed., section 5.4. Johns Hopkins University Press.

    Examples
    --------
    >>> ones = np.ones(4)
    >>> fit = least_squares(np.array([1.0, 2.0, 4.0, 6.0]), np.column_stack([ones, [0, 0, 1, 1]]), ("intercept", "arm"))
    >>> fit.coefficients.round(6).tolist()
    [1.5, 3.5]
    """
    n, k = design.shape
    if n <= k:
        raise DesignError(
            f"{n} units cannot carry a model of {k} terms", code="CY306", fix="Use fewer covariates or blocks."
        )
    basis, triangle, order, lengths = _pivoted(design)
    _require_full_rank(triangle, order, terms)
    root = np.empty((k, k))
    root[order] = solve_triangular(triangle, np.eye(k), check_finite=False)
    root /= lengths[:, None]
    projected = basis.T @ response
    return LeastSquares(terms, root @ projected, response - basis @ projected, basis, root)


def collinear_terms(design: Floats, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The terms that cannot be told apart; empty when every column adds something.

    Examples
    --------
    >>> collinear_terms(np.array([[1.0, 0, 0], [1, 1, 2], [1, 0, 0]]), ("intercept", "a", "b"))
    ('a', 'b')
    """
    _, triangle, order, _ = _pivoted(design)
    return _dependent(triangle, order, terms)


def _pivoted(design: Floats) -> tuple[Floats, Floats, NDArray[np.intp], Floats]:
    """Basis, triangle and column order of the design with columns scaled to length one, and their lengths."""
    lengths = np.sqrt(np.einsum("ij,ij->j", design, design))
    lengths = np.where(lengths > 0, lengths, 1.0)
    basis, triangle, order = qr(design / lengths, mode="economic", pivoting=True, check_finite=False)
    return np.asarray(basis, dtype=float), np.asarray(triangle, dtype=float), np.asarray(order, dtype=np.intp), lengths


def _require_full_rank(triangle: Floats, order: NDArray[np.intp], terms: tuple[str, ...]) -> None:
    entangled = _dependent(triangle, order, terms)
    if entangled:
        shown = ", ".join(entangled[:6]) + (f" and {len(entangled) - 6} more" if len(entangled) > 6 else "")
        raise DesignError(f"terms of the model are combinations of one another: {shown}", code="CY305")


def _dependent(triangle: Floats, order: NDArray[np.intp], terms: tuple[str, ...]) -> tuple[str, ...]:
    diagonal = np.abs(np.diag(triangle))
    rank = int(np.sum(diagonal > RANK_TOLERANCE))
    if rank == len(terms):
        return ()
    weights = np.linalg.lstsq(triangle[:rank, :rank], triangle[:rank, rank:], rcond=None)[0]
    used = np.abs(weights).max(axis=1, initial=0.0) > 1e-7
    involved = {*order[rank:].tolist(), *order[:rank][used].tolist()}
    return tuple(term for place, term in enumerate(terms) if place in involved and term != "intercept")
