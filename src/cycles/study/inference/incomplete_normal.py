r"""A multivariate normal model of variables of which some are missing, by maximum likelihood on whatever was observed.

Dempster, A. P., Laird, N. M., & Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM algorithm. JRSS B, 39(1), 1-38.
doi:10.1111/j.2517-6161.1977.tb01600.x
Yuan, K.-H., & Bentler, P. M. (2000). Three likelihood-based methods for mean and covariance structure analysis with nonnormal missing data.
Sociological Methodology, 30(1), 165-200. doi:10.1111/0081-1750.00078
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cycles.core.errors import DesignError
from cycles.study.inference.least_squares import Floats

TOLERANCE = 1e-10
MOST_STEPS = 5000
STEP = 1e-5
"""Of the central differences, in standard deviations: the second derivatives are then good to about ten digits."""


@dataclass(frozen=True)
class IncompleteNormal:
    """Rows of `data` (n, p) are normal around `known @ slopes` (q, p) with covariance `spread` (p, p), as far as they were observed.

    `filled` are the data with what was missing at its expectation.
    """

    data: Floats
    known: Floats
    slopes: Floats
    spread: Floats
    filled: Floats

    @property
    def regression(self) -> Floats:
        """Slopes of the first variable on `known` and on the other variables (q + p - 1,)."""
        return _regression(self.slopes, self.spread)

    def influence(self) -> Floats:
        """How much each row moves `regression`: the rows' scores times the inverse of the observed information (n, q + p - 1)."""
        at = _packed(self.slopes, self.spread)
        information = -_slopes_at(lambda one: self._scores(one).sum(axis=0), at)
        leads = _slopes_at(lambda one: _regression(*self._unpacked(one)), at)
        found: Floats = self._scores(at) @ np.linalg.solve(information, leads)
        return found

    def _unpacked(self, at: Floats) -> tuple[Floats, Floats]:
        q, p = self.slopes.shape
        spread = np.zeros((p, p))
        spread[np.tril_indices(p)] = at[q * p :]
        return at[: q * p].reshape(q, p), spread + np.tril(spread, -1).T

    def _scores(self, at: Floats) -> Floats:
        """Each row's derivative of its log likelihood."""
        slopes, spread = self._unpacked(at)
        n, p = self.data.shape
        towards, squares = np.zeros((n, p)), np.zeros((n, p, p))
        for rows, seen in _patterns(self.data):
            inverse = np.linalg.inv(spread[np.ix_(seen, seen)])
            pull = (self.data[np.ix_(rows, seen)] - self.known[rows] @ slopes[:, seen]) @ inverse
            towards[np.ix_(rows, seen)] = pull
            squares[np.ix_(rows, seen, seen)] = 0.5 * (pull[:, :, None] * pull[:, None, :] - inverse)
        both = squares + squares.transpose(0, 2, 1)
        both[:, np.arange(p), np.arange(p)] /= 2
        low = np.tril_indices(p)
        means = (self.known[:, :, None] * towards[:, None, :]).reshape(n, -1)
        return np.column_stack([means, both[:, low[0], low[1]]])


def incomplete_normal(data: Floats, known: Floats) -> IncompleteNormal:
    """Fit by expectation and maximisation.

    Parameters
    ----------
    data : array (n, p), nan where missing; no row without any value
    known : array (n, q), without nan and of full rank

    Raises
    ------
    DesignError
        CY323 when it does not settle.

    Examples
    --------
    >>> data = np.array([[1.0, 2.0], [2.0, 3.0], [3.0, np.nan], [np.nan, 5.0], [5.0, 4.5], [4.0, 4.0]])
    >>> fit = incomplete_normal(data, np.ones((6, 1)))
    >>> [round(float(one), 4) for one in fit.slopes[0]]
    [3.4376, 3.6471]
    """
    scale = np.nanstd(data, axis=0)
    scaled = data / scale
    project = np.linalg.pinv(known)
    filled = np.where(np.isnan(scaled), np.nanmean(scaled, axis=0), scaled)
    patterns = _patterns(scaled)
    slopes, spread = project @ filled, np.eye(data.shape[1])
    for _ in range(MOST_STEPS):
        filled, extra = _expected(scaled, known @ slopes, spread, patterns)
        new_slopes = project @ filled
        left = filled - known @ new_slopes
        new_spread = (left.T @ left + extra) / len(data)
        moved = max(float(np.abs(new_slopes - slopes).max()), float(np.abs(new_spread - spread).max()))
        slopes, spread = new_slopes, new_spread
        if moved < TOLERANCE:
            return IncompleteNormal(data, known, slopes * scale, spread * np.outer(scale, scale), filled * scale)
    raise DesignError("the likelihood of the observed values has not settled on a maximum", code="CY323")


def _patterns(data: Floats) -> list[tuple[NDArray[np.intp], NDArray[np.intp]]]:
    """Rows that have the same variables, and which these are."""
    kinds, codes = np.unique(~np.isnan(data), axis=0, return_inverse=True)
    codes = np.reshape(codes, -1)
    return [(np.flatnonzero(codes == place), np.flatnonzero(kind)) for place, kind in enumerate(kinds)]


def _expected(
    data: Floats, centre: Floats, spread: Floats, patterns: list[tuple[NDArray[np.intp], NDArray[np.intp]]]
) -> tuple[Floats, Floats]:
    """The data with missing values at their expectation, and the covariance that is left of these, summed."""
    filled, extra = data.copy(), np.zeros_like(spread)
    for rows, seen in patterns:
        unseen = np.setdiff1d(np.arange(data.shape[1]), seen)
        if not len(unseen):
            continue
        lean = np.linalg.solve(spread[np.ix_(seen, seen)], spread[np.ix_(seen, unseen)])
        around = data[np.ix_(rows, seen)] - centre[np.ix_(rows, seen)]
        filled[np.ix_(rows, unseen)] = centre[np.ix_(rows, unseen)] + around @ lean
        extra[np.ix_(unseen, unseen)] += len(rows) * (
            spread[np.ix_(unseen, unseen)] - spread[np.ix_(unseen, seen)] @ lean
        )
    return filled, extra


def _regression(slopes: Floats, spread: Floats) -> Floats:
    lean = np.linalg.solve(spread[1:, 1:], spread[1:, 0])
    return np.concatenate([slopes[:, 0] - slopes[:, 1:] @ lean, lean])


def _packed(slopes: Floats, spread: Floats) -> Floats:
    return np.concatenate([slopes.ravel(), spread[np.tril_indices(len(spread))]])


def _slopes_at(function: Callable[[Floats], Floats], at: Floats) -> Floats:
    """Derivatives of a function of a vector, one row per entry of the vector, by central differences."""
    steps = STEP * np.maximum(np.abs(at), 0.1)
    rows = []
    for place, step in enumerate(steps):
        move = np.zeros_like(at)
        move[place] = step
        rows.append((function(at + move) - function(at - move)) / (2 * step))
    return np.array(rows)
