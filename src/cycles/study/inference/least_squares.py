"""Ordinary least squares on arrays, with a rank check that names the terms it cannot tell apart.

No formula strings anywhere: a column's name is never code.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular

from cycles.core.errors import DesignError

Floats = NDArray[np.float64]

RANK_TOLERANCE = 1e-10
"""A column (scaled to length one) this close to a combination of those before it adds nothing to them."""

SHOWN = 6
"""Names of entangled terms that a message lists."""


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
    A QR decomposition of the columns scaled to length one; of entangled columns the last is the one that adds nothing.
    Missing values must have been left out before.

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
    basis, triangle, lengths = _decomposed(design)
    entangled = _dependent(triangle, terms)
    if entangled:
        shown = ", ".join(entangled[:SHOWN]) + (f" and {len(entangled) - SHOWN} more" if len(entangled) > SHOWN else "")
        raise DesignError(f"terms of the model are combinations of one another: {shown}", code="CY305")
    root = solve_triangular(triangle, np.eye(k), check_finite=False) / lengths[:, None]
    projected = basis.T @ response
    return LeastSquares(terms, root @ projected, response - basis @ projected, basis, root)


def collinear_terms(design: Floats, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The terms that cannot be told apart; empty when every column adds something.

    Examples
    --------
    >>> collinear_terms(np.array([[1.0, 0, 0], [1, 1, 2], [1, 0, 0]]), ("intercept", "a", "b"))
    ('a', 'b')
    """
    _, triangle, _ = _decomposed(design)
    return _dependent(triangle, terms)


def _decomposed(design: Floats) -> tuple[Floats, Floats, Floats]:
    """Basis and triangle of the design with columns scaled to length one, and their lengths; scaling does not change the basis."""
    columns = np.array(design, dtype=np.float64, order="F")  # a copy that LAPACK may overwrite: it needs no other
    found: Any = qr(columns, mode="economic", check_finite=False, overwrite_a=True)
    basis, triangle = found
    lengths = np.sqrt(np.einsum("ij,ij->j", triangle, triangle))
    lengths = np.where(lengths > 0, lengths, 1.0)
    return basis, triangle / lengths, lengths


def _dependent(triangle: Floats, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The diagonal holds what each column adds to those before it; one that adds nothing is traced to those it repeats."""
    adds = np.zeros(len(terms), dtype=bool)
    adds[: len(triangle)] = np.abs(np.diag(triangle)) > RANK_TOLERANCE
    if adds.all():
        return ()
    weights = np.linalg.lstsq(triangle[:, adds], triangle[:, ~adds], rcond=None)[0]
    involved = ~adds
    involved[np.flatnonzero(adds)[np.abs(weights).max(axis=1, initial=0.0) > 1e-7]] = True
    return tuple(term for term, named in zip(terms, involved, strict=True) if named and term != "intercept")
