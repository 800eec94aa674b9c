r"""Regression of a series whose periods resemble their neighbours: errors that are autoregressive of order one.

Zellner and Tiao (1964). Bayesian analysis of the regression model with autocorrelated errors. Journal of the American Statistical
Association 59(307), 763-778. doi:10.1080/01621459.1964.10480726
Pinheiro and Bates (2000). Mixed-Effects Models in S and S-PLUS, chapter 5. Springer. doi:10.1007/b98882
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import stdtr, stdtrit

from cycles.study.inference.least_squares import Floats, LeastSquares, least_squares
from cycles.study.inference.over_time import Whole

NODES = 64
"""Points of the integral over the autocorrelation."""

EDGE = 0.999
"""The autocorrelation lies between minus this and this."""

NEGLIGIBLE = 25.0
"""Logs of likelihood below the highest at which an autocorrelation no longer counts."""

ROUNDING = 1e-13
"""How near a quantile of the mixture is closed in on, relative to its bracket."""


@dataclass(frozen=True)
class Interval:
    """A combination of coefficients with its uncertainty; `df` are the t distribution's."""

    value: float
    se: float
    df: float
    low: float
    high: float
    p: float


@dataclass(frozen=True)
class Averaged:
    """Coefficients of the same regression at several autocorrelations, each with its weight (they sum to one).

    `coefficients` (g, k); `roots` (g, k, k) times its transpose and `spread` (g,), squared, is their covariance; `df` is rows less terms.
    With one autocorrelation this is generalised least squares.
    """

    terms: tuple[str, ...]
    correlations: Floats
    weights: Floats
    coefficients: Floats
    roots: Floats
    spread: Floats
    df: int
    plain: LeastSquares

    @property
    def correlation(self) -> float:
        """The mean autocorrelation."""
        return float(self.weights @ self.correlations)

    def contrast(self, weights: Floats, *, level: float) -> Interval:
        """A combination of the coefficients: its median, its interval, and twice the smaller tail beyond zero as p."""
        centre = self.coefficients @ weights
        scale = self.spread * np.linalg.norm(np.einsum("gij,i->gj", self.roots, weights), axis=1)
        low, value, high = (self._quantile(share, centre, scale) for share in ((1 - level) / 2, 0.5, (1 + level) / 2))
        below = float(self.weights @ stdtr(self.df, -centre / scale))
        se = (high - low) / 2 / float(stdtrit(self.df, (1 + level) / 2))
        return Interval(value, se, float(self.df), low, high, min(1.0, 2 * min(below, 1 - below)))

    def _quantile(self, share: float, centre: Floats, scale: Floats) -> float:
        ends = centre + scale * stdtrit(self.df, share)
        if len(ends) == 1:
            return float(ends[0])
        low, high = float(ends.min()), float(ends.max())
        if high - low <= ROUNDING * float(scale.max()):
            return low

        def short(value: float) -> float:
            return float(self.weights @ stdtr(self.df, (value - centre) / scale)) - share

        return float(brentq(short, low, high, xtol=ROUNDING * (high - low)))


def autoregressive(
    response: Floats,
    design: Floats,
    terms: tuple[str, ...],
    *,
    times: Whole,
    correlation: Literal["averaged", "reml", "ml"] = "averaged",
) -> Averaged:
    r"""Regress a series on the columns of `design`, with errors that resemble those of the period before.

    .. math:: y_t = x_t'\beta + e_t, \quad \text{cor}(e_s, e_t) = \rho^{|s - t|}

    Parameters
    ----------
    response, design, terms : as for :func:`cycles.study.inference.least_squares.least_squares`
    times : array (n,) of whole periods, rising; those without a value are left out and the distance counts
    correlation : "ml" or "reml" takes the one autocorrelation at which the (restricted) likelihood is highest. "averaged" averages the t
        distributions of every autocorrelation by their restricted likelihoods, so that not knowing it is part of the interval.

    Raises
    ------
    DesignError
        CY305 and CY306 as least squares.

    Notes
    -----
    Averaging is the posterior under a flat prior on rho, beta and the log of the error's spread. In short series the single best rho
    is too small and its intervals too narrow; averaged ones hold their level.

    Examples
    --------
    >>> y = np.array([1.0, 2, 1, 2, 4, 3, 4, 5, 4, 5])
    >>> fit = autoregressive(y, np.column_stack([np.ones(10), np.arange(10) > 4]), ("intercept", "after"), times=np.arange(10))
    >>> round(fit.contrast(np.array([0.0, 1.0]), level=0.95).value, 2)
    1.78
    """
    plain = least_squares(response, design, terms)
    profile = _Profile(plain, np.diff(times).astype(np.int64), restricted=correlation != "ml")
    nodes, weights = profile.support() if correlation == "averaged" else profile.best()
    solved = profile.at(nodes)
    logs = solved.log_likelihood - solved.log_likelihood.max()
    shares = weights * np.exp(logs)
    df = plain.n - plain.k
    return Averaged(
        terms=terms,
        correlations=nodes,
        weights=shares / shares.sum(),
        coefficients=plain.coefficients + solved.moved @ plain.root.T,
        roots=plain.root[None] @ solved.roots,
        spread=np.sqrt(solved.squares / df),
        df=df,
        plain=plain,
    )


@dataclass(frozen=True)
class _Solved:
    """What least squares gives at each autocorrelation, in the coordinates of the plain fit's basis."""

    moved: Floats
    roots: Floats
    squares: Floats
    log_likelihood: Floats


class _Profile:
    """The likelihood of the autocorrelation, from sums that do not depend on it: one set for each distance between neighbours."""

    def __init__(self, plain: LeastSquares, gaps: "np.ndarray", *, restricted: bool) -> None:
        rows = np.column_stack([plain.basis, plain.residuals])
        self.n, self.k, self.restricted = plain.n, plain.k, restricted
        self.first = np.outer(rows[0], rows[0])
        self.parts = [_sums(rows[:-1][gaps == gap], rows[1:][gaps == gap], int(gap)) for gap in np.unique(gaps)]

    def at(self, correlations: Floats) -> _Solved:
        crossed, logdet = self._crossed(correlations)
        inner, side = crossed[:, : self.k, : self.k], crossed[:, : self.k, self.k]
        lower = np.linalg.cholesky(inner)
        half = np.linalg.solve(lower, side[:, :, None])[:, :, 0]
        squares = np.maximum(crossed[:, self.k, self.k] - (half**2).sum(axis=1), np.finfo(float).tiny)
        roots = np.linalg.inv(lower).transpose(0, 2, 1)
        logs = -0.5 * logdet
        if self.restricted:
            logs -= np.log(np.einsum("gii->gi", lower)).sum(axis=1) + 0.5 * (self.n - self.k) * np.log(squares)
        else:
            logs -= 0.5 * self.n * np.log(squares)
        return _Solved(np.einsum("gij,gj->gi", roots, half), roots, squares, logs)

    def support(self) -> tuple[Floats, Floats]:
        """Gauss-Legendre points over the autocorrelations that count, and their weights."""
        coarse = np.linspace(-EDGE, EDGE, 4 * NODES + 1)
        logs = self.at(coarse).log_likelihood
        counts = np.flatnonzero(logs > logs.max() - NEGLIGIBLE)
        low, high = coarse[max(counts[0] - 1, 0)], coarse[min(counts[-1] + 1, len(coarse) - 1)]
        points, weights = _gauss_legendre()
        return (low + high) / 2 + (high - low) / 2 * points, weights

    def best(self) -> tuple[Floats, Floats]:
        """The one autocorrelation at which the likelihood is highest."""
        coarse = np.linspace(-EDGE, EDGE, 4 * NODES + 1)
        place = int(self.at(coarse).log_likelihood.argmax())
        ends = coarse[max(place - 1, 0)], coarse[min(place + 1, len(coarse) - 1)]
        found = minimize_scalar(
            lambda one: -float(self.at(np.array([one])).log_likelihood[0]),
            bounds=ends,
            method="bounded",
            options={"xatol": 1e-10},
        )
        return np.array([found.x]), np.ones(1)

    def _crossed(self, correlations: Floats) -> tuple[Floats, Floats]:
        crossed = np.broadcast_to(self.first, (len(correlations), *self.first.shape)).copy()
        logdet = np.zeros(len(correlations))
        for gap, count, before, after, between in self.parts:
            power = correlations**gap
            left = 1 - power**2
            crossed += (after - power[:, None, None] * between + power[:, None, None] ** 2 * before) / left[
                :, None, None
            ]
            logdet += count * np.log(left)
        return crossed, logdet


@cache
def _gauss_legendre() -> tuple[Floats, Floats]:
    points, weights = np.polynomial.legendre.leggauss(NODES)
    return points, weights


def _sums(earlier: Floats, later: Floats, gap: int) -> tuple[int, int, Floats, Floats, Floats]:
    across = later.T @ earlier
    return gap, len(later), earlier.T @ earlier, later.T @ later, across + across.T
