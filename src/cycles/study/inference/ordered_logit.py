r"""Proportional odds: the same log odds ratio at every cut of an ordered answer, by maximum likelihood.

McCullagh, P. (1980). Regression models for ordinal data. Journal of the Royal Statistical Society B, 42(2), 109-142.
doi:10.1111/j.2517-6161.1980.tb01109.x
Brant, R. (1990). Assessing proportionality in the proportional odds model for ordinal logistic regression. Biometrics, 46(4), 1171-1178.
doi:10.2307/2532457
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, fdtrc, logit

from cycles.core.errors import DesignError
from cycles.study.inference.cluster_spectra import cluster_sums
from cycles.study.inference.least_squares import SHOWN, Floats, collinear_terms
from cycles.study.inference.logit import fit_logit, require_no_separation, shares
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

    `thresholds` (K-1,), `slopes` (k,); `scores` (n, K-1+k) and `information` are in that order. `pull` (n,) is each unit's slope of the
    likelihood in its own log odds, which is between -1 and 1.
    """

    thresholds: Floats
    slopes: Floats
    scores: Floats
    information: Floats
    pull: Floats
    log_likelihood: float

    def covariance(self, kind: str, clusters: Ints | None) -> Floats:
        """Inverse information ("classical"), or the sandwich of the scores' sums by cluster ("CR0"; "CR1" with G/(G - 1))."""
        bread = np.linalg.inv(self.information)
        if kind == "classical":
            return np.asarray(bread, dtype=float)
        sums = self.scores if clusters is None else cluster_sums(self.scores, clusters)
        turned = sums @ bread
        factor = len(sums) / (len(sums) - 1) if kind == "CR1" else 1.0
        return np.asarray(factor * turned.T @ turned, dtype=float)

    def at_or_above(self, design: Floats) -> Floats:
        """The probability of an answer above each threshold for each row, (n, K-1)."""
        return np.asarray(expit((design @ self.slopes)[:, None] - self.thresholds), dtype=float)


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """One log odds ratio for each cut, and a Wald test that they are the same; `p` None where that cannot be tested, for `reason`."""

    log_odds: tuple[float | None, ...]
    statistic: float | None = None
    p: float | None = None
    reason: str = ""


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
    likelihood, scores, information = _derivatives(place, basis, found, cuts)
    undo = np.linalg.inv(turn)
    parameters = turn @ found
    above = expit(found[:cuts][None, :] - (basis @ found[cuts:])[:, None])
    edges = np.column_stack([np.zeros(n), above, np.ones(n)])
    rows = np.arange(n)
    return OrderedLogit(
        thresholds=parameters[:cuts],
        slopes=parameters[cuts:],
        scores=scores @ undo,
        information=undo.T @ information @ undo,
        pull=edges[rows, place] + edges[rows, place + 1] - 1,
        log_likelihood=likelihood,
    )


def proportionality(place: Ints, design: Floats, terms: tuple[str, ...], *, focus: int, clusters: Ints | None) -> Cuts:
    r"""Whether one log odds ratio describes every cut: Brant's test of one term, its covariance by clusters.

    A logistic regression at each cut; the joint covariance of their log odds ratios is the sandwich of their influence, summed by cluster,
    times G/(G - 1), and the Wald statistic over its degrees of freedom is held against F with G - q.

    Parameters
    ----------
    place, design, terms : as for :func:`fit_ordered_logit`
    focus : place of the term
    clusters : array (n,) of whole numbers 0..G-1, or None: every unit is its own
    """
    whole, names = np.column_stack([np.ones(len(place)), design]), ("intercept", *terms)
    values: list[float | None] = []
    influence: list[Floats] = []
    for cut in range(int(place.max())):
        above = (place > cut).astype(float)
        try:
            fit = fit_logit(above, whole, names)
        except DesignError:
            values.append(None)
            continue
        share = shares(whole, fit.log_odds)
        bread = np.linalg.inv(whole.T @ (whole * (share * (1 - share))[:, None]))
        values.append(float(fit.log_odds[focus + 1]))
        influence.append(((above - share)[:, None] * whole) @ bread[:, focus + 1])
    if any(one is None for one in values):
        return Cuts(log_odds=tuple(values), reason="at one cut too few stand on one side to compare them")
    each = np.column_stack(influence)
    sums = each if clusters is None else cluster_sums(each, clusters)
    groups, q = len(sums), len(values) - 1
    if q == 0 or groups <= q + 1:
        return Cuts(log_odds=tuple(values), reason="there is one cut only" if q == 0 else "there are too few clusters")
    gaps = np.diff(np.array(values, dtype=float))
    spread = np.diff(sums, axis=1)
    wald = float(gaps @ np.linalg.solve(spread.T @ spread * groups / (groups - 1), gaps))
    return Cuts(log_odds=tuple(values), statistic=wald / q, p=float(fdtrc(q, groups - q, wald / q)))


def _climbed(place: Ints, basis: Floats, cuts: int) -> tuple[Floats, bool]:
    """Where the likelihood is highest, and whether its slope says so."""
    n, k = basis.shape
    counts = np.bincount(place, minlength=cuts + 1)
    here = np.append(logit(np.cumsum(counts)[:-1] / n), np.zeros(k))
    likelihood, scores, information = _derivatives(place, basis, here, cuts)
    for _ in range(STEPS):
        slope = scores.sum(axis=0)
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
        here, (likelihood, scores, information) = there, tried
    return here, False


def _derivatives(place: Ints, basis: Floats, at: Floats, cuts: int) -> tuple[float, Floats, Floats]:
    """Log-likelihood, each unit's scores, and the observed information."""
    n, k = basis.shape
    line, rows = basis @ at[cuts:], np.arange(n)
    upper, lower = np.zeros((n, cuts + k)), np.zeros((n, cuts + k))
    below, above = place < cuts, place > 0
    a, b = np.full(n, np.inf), np.full(n, -np.inf)
    a[below] = at[place[below]] - line[below]
    b[above] = at[place[above] - 1] - line[above]
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
    scores = first[:, None] * upper + second[:, None] * lower
    bend_high = dense_high * (1 - 2 * high) / share - first**2
    bend_low = -dense_low * (1 - 2 * low) / share - second**2
    cross = (-first * second)[:, None] * upper
    mixed = cross.T @ lower
    bent = upper.T @ (bend_high[:, None] * upper) + lower.T @ (bend_low[:, None] * lower) + mixed + mixed.T
    return float(np.log(share).sum()), scores, -bent


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
