r"""Proportional odds: the same log odds ratio at every cut of an ordered answer, by maximum likelihood.

McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B, 42(2), 109-142.
doi:10.1111/j.2517-6161.1980.tb01109.x
Bell, R. M., & McCaffrey, D. F. (2002). Bias reduction in standard errors for linear regression with multi-stage samples.
Survey Methodology, 28(2), 169-181.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Variance
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.least_squares import SHOWN, Floats, LeastSquares, collinear_terms, least_squares
from cycles.study.inference.logit import require_no_separation
from cycles.study.inference.sample import Ints

FLAT = 1e-9
"""The likelihood's slope, per unit of the root of n, at which it counts as highest."""

STEPS = 60
FAR = 8.0
"""Log odds this far from zero are those of an outcome without exception; whether it is separated is then looked at closely."""

JOIN = "Use fewer covariates or blocks, or join answers that few gave."


@dataclass(frozen=True)
class OrderedLogit:
    r"""A fitted model of K answers in order: :math:`\log\frac{P(y \le k)}{P(y > k)} = \theta_k - x'\beta`.

    `thresholds` (K-1,), `slopes` (k,). `weighted` is the least-squares problem whose X'X is the information and whose scores are the
    model's, terms in that order, from which every robust variance is made: two rows for each unit, the first halves of all units before
    the second. `pull` (n,) is each unit's slope of the likelihood in its own log odds, which is between -1 and 1.
    """

    thresholds: Floats
    slopes: Floats
    weighted: LeastSquares
    pull: Floats
    log_likelihood: float

    def variance(self, kind: Variance, clusters: Ints | None, *, df_for: int) -> CoefficientVariance:
        """Inverse information ("classical"; n - k degrees of freedom), or a sandwich by cluster: CR0, CR1, CR2, CR3."""
        n = len(self.pull)
        if kind == "classical":
            return CoefficientVariance(self.weighted.bread, np.full(self.weighted.k, float(n - self.weighted.k)))
        own = np.arange(n) if clusters is None else clusters
        return coefficient_variance(self.weighted, kind=kind, clusters=np.tile(own, 2), df_for=df_for)

    def at_or_above(self, design: Floats) -> Floats:
        """The probability of an answer above each threshold for each row, (n, K-1)."""
        return np.asarray(expit((design @ self.slopes)[:, None] - self.thresholds), dtype=float)


def fit_ordered_logit(place: Ints, design: Floats, terms: tuple[str, ...]) -> OrderedLogit:
    """Fit the model.

    Parameters
    ----------
    place : array (n,) of whole numbers 0..K-1, the answers in their order, each of them given by somebody
    design : array (n, k) without a column of ones
    terms : the k names of its columns

    Raises
    ------
    DesignError
        CY305 for collinear columns, CY306 for too few rows, CY318 when some combination of the columns puts the answers in their order.

    Notes
    -----
    Newton's method on centred, orthonormal columns, each step shortened until the likelihood rises. The likelihood has a single highest
    point (Pratt 1981, doi:10.1080/01621459.1981.10477613), so where its slope is none the search is over.

    Examples
    --------
    >>> place, arm = np.array([0, 1, 1, 2, 0, 1, 2, 2]), np.repeat([0.0, 1.0], 4)
    >>> fit = fit_ordered_logit(place, arm[:, None], ("arm",))
    >>> round(float(fit.slopes[0]), 4), fit.thresholds.round(4).tolist()
    (0.6529, [-0.8245, 0.8245])
    """
    n, k, cuts = len(place), design.shape[1], int(place.max())
    if n <= k + cuts:
        raise DesignError(f"{n} units cannot carry a model of {k + cuts} terms", code="CY306")
    entangled = collinear_terms(np.column_stack([np.ones(n), design]), ("intercept", *terms))
    if entangled:
        raise DesignError(
            f"terms of the model are combinations of one another: {', '.join(entangled[:SHOWN])}", code="CY305"
        )
    centre = design.mean(axis=0)
    basis, triangle = np.linalg.qr(design - centre)
    basis, back = basis * np.sqrt(n), np.linalg.inv(triangle) * np.sqrt(n)
    found, settled = _climbed(place, basis, cuts)
    if not settled or np.abs(basis @ found[cuts:]).max() > FAR:
        _require_overlap(place, design, terms)
    if not settled:
        raise DesignError("no highest likelihood of the ordered answers was found", code="CY318", fix=JOIN)
    turn = np.eye(cuts + k)
    turn[:cuts, cuts:] = centre @ back
    turn[cuts:, cuts:] = back
    undo = np.linalg.inv(turn)
    parameters: Floats = np.asarray(turn @ found, dtype=float)
    at = _at(place, basis, found, cuts)
    return OrderedLogit(
        thresholds=parameters[:cuts],
        slopes=parameters[cuts:],
        weighted=_weighted(at, np.asarray(undo, dtype=float), parameters),
        pull=-(at.first + at.second),
        log_likelihood=float(np.log(at.share).sum()),
    )


def _climbed(place: Ints, basis: Floats, cuts: int) -> tuple[Floats, bool]:
    """Where the likelihood is highest, and whether its slope says so."""
    n, k = basis.shape
    counts = np.bincount(place, minlength=cuts + 1)
    here = np.append(logit(np.cumsum(counts)[:-1] / n), np.zeros(k))
    likelihood, slope, information = _derivatives(place, basis, here, cuts)
    for _ in range(STEPS):
        if np.abs(slope).max() < FLAT * n:
            return here, True
        step = np.linalg.solve(information + 1e-12 * np.trace(information) * np.eye(len(here)), slope)
        for shorter in range(30):
            there = here + step / 2**shorter
            if (np.diff(there[:cuts]) > 0).all():
                tried = _derivatives(place, basis, there, cuts)
                if tried[0] >= likelihood - 1e-12 * abs(likelihood):
                    break
        else:
            return here, False
        here, (likelihood, slope, information) = there, tried
    return here, False


class _At(NamedTuple):
    """The likelihood at one place: how each unit's edges move with the parameters, and its slopes and bends in its own two edges."""

    upper: Floats
    lower: Floats
    share: Floats
    first: Floats
    second: Floats
    bend_high: Floats
    bend_low: Floats


def _at(place: Ints, basis: Floats, here: Floats, cuts: int) -> _At:
    n, k = basis.shape
    line, rows = basis @ here[cuts:], np.arange(n)
    upper, lower = np.zeros((n, cuts + k)), np.zeros((n, cuts + k))
    below, above = place < cuts, place > 0
    a, b = np.full(n, np.inf), np.full(n, -np.inf)
    a[below] = here[place[below]] - line[below]
    b[above] = here[place[above] - 1] - line[above]
    upper[rows[below], place[below]] = 1.0
    lower[rows[above], place[above] - 1] = 1.0
    upper[below, cuts:] = -basis[below]
    lower[above, cuts:] = -basis[above]
    high, low = expit(a), expit(b)
    share = np.where(above, expit(-b), 1.0) - np.where(
        below, expit(-a), 0.0
    )  # the same as high - low, exact in the upper tail
    share = np.clip(np.where(low > 0.5, share, high - low), 1e-300, None)
    dense_high, dense_low = high * expit(-a), low * expit(-b)
    first, second = dense_high / share, -dense_low / share
    bend_high = dense_high * (1 - 2 * high) / share - first**2
    bend_low = -dense_low * (1 - 2 * low) / share - second**2
    return _At(upper, lower, share, first, second, bend_high, bend_low)


def _derivatives(place: Ints, basis: Floats, here: Floats, cuts: int) -> tuple[float, Floats, Floats]:
    """Log-likelihood, its slope, and the observed information."""
    at = _at(place, basis, here, cuts)
    slope = at.first @ at.upper + at.second @ at.lower
    mixed = ((-at.first * at.second)[:, None] * at.upper).T @ at.lower
    bent = at.upper.T @ (at.bend_high[:, None] * at.upper) + at.lower.T @ (at.bend_low[:, None] * at.lower)
    return float(np.log(at.share).sum()), slope, -(bent + mixed + mixed.T)


def _weighted(at: _At, undo: Floats, parameters: Floats) -> LeastSquares:
    """Rows whose squares add up to the information and whose products with the residuals to the scores, by a root of each unit's bends.

    The likelihood of one answer is concave in its two edges, so there is a root; where the answer is the lowest or the highest, one edge
    does not move and its row is zero.
    """
    corner = np.sqrt(np.clip(-at.bend_high, 0.0, None))
    aside = _over(at.first * at.second, corner)
    last = np.sqrt(np.clip(-at.bend_low - aside**2, 0.0, None))
    rows = np.concatenate([corner[:, None] * at.upper + aside[:, None] * at.lower, last[:, None] * at.lower])
    residuals = _over(at.first, corner)
    residuals = np.concatenate([residuals, _over(at.second - aside * residuals, last)])
    names = tuple(f"p{place}" for place in range(len(parameters)))
    fit = least_squares(np.zeros(len(rows)), rows @ undo, names)
    return replace(fit, coefficients=parameters, residuals=residuals)


def _over(value: Floats, by: Floats) -> Floats:
    """The quotient; zero where there is nothing to divide by."""
    some = by > 1e-12
    return np.where(some, value / np.where(some, by, 1.0), 0.0)


def _require_overlap(place: Ints, design: Floats, terms: tuple[str, ...]) -> None:
    """CY318 unless the answers overlap at the cuts: separation of the yes-or-no answers at all cuts at once, with one slope."""
    cuts = int(place.max())
    above = np.concatenate([(place > cut).astype(float) for cut in range(cuts)])
    own = np.kron(np.eye(cuts), np.ones((len(place), 1)))
    design = np.column_stack([own, np.tile(design, (cuts, 1))])
    try:
        require_no_separation(above, design, (*["intercept"] * cuts, *terms))
    except DesignError as refusal:
        said = refusal.what.replace("yes-or-no outcome is", "ordered answers are")
        raise DesignError(said, code="CY318", fix=JOIN) from None
