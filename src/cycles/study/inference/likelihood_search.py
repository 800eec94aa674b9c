"""Finding the highest likelihood of a mixed model, and making sure of it.

Optimisers stop early and say that they have converged. Whether a point is the highest is judged here by conditions that hold there and
nowhere near: the deviance is flat in every direction in which variances can still move, and rises in those in which they can only grow
(the Karush-Kuhn-Tucker conditions on the cone of covariance matrices).

Boyd, S., & Vandenberghe, L. (2004). Convex Optimization, section 5.9. Cambridge University Press. doi:10.1017/CBO9780511804441
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

import numpy as np
from scipy.optimize import brentq, minimize, root

from cycles.core.errors import DesignError
from cycles.study.inference.cluster_statistics import ClusterStatistics
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.profile_likelihood import Likelihood, Profile, deviances

FLATNESS = 1e-6
"""The deviance may change by no more than this per doubling (or so) of a variance at what counts as its lowest point."""

RATIOS = np.concatenate([[0.0], np.geomspace(1e-4, 1.0, 12), np.geomspace(2.0, 1e9, 14)])
"""Variances between clusters, relative to the one within, from which the search for a single one begins."""

OPEN = 0.999
"""How far a variance may go below zero, as a share of what would make a sum of the largest cluster certain."""

OPENING = np.array([1.0, 0.95, 0.85, 0.7, 0.5, 0.3, 0.15, 0.05])
"""Where below zero the search begins, as shares of that."""


def highest(statistics: ClusterStatistics, likelihood: Likelihood, *, bounded: bool = True) -> Profile:
    """The profile of the highest likelihood.

    Parameters
    ----------
    statistics : ClusterStatistics
    likelihood : {"REML", "ML"}
    bounded : bool
        Whether variances stop at zero. A single one may be let below (clusters alike beyond chance); if the likelihood then has no
        highest point, the bounded one is returned.

    Returns
    -------
    Profile

    Raises
    ------
    DesignError
        CY313 when no point meets the conditions of :func:`is_highest`.
    """

    if statistics.q == 1 and not bounded:
        below = -OPEN / statistics.lift.max() ** 2
        free = _single(statistics, likelihood, np.concatenate([below * OPENING, RATIOS]))
        if is_highest(free, bounded=False):
            return free
    found = (_pair if statistics.q == 2 else _single)(statistics, likelihood)
    if not is_highest(found):
        raise DesignError("the highest likelihood of the mixed model was not found", code="CY313")
    return found


def is_highest(profile: Profile, *, bounded: bool = True) -> bool:
    """Whether the deviance is lowest there, by its slope alone.

    Parameters
    ----------
    profile : Profile
    bounded : bool
        Whether variances stop at zero, so that the deviance may fall beyond.

    Returns
    -------
    bool
        False where it still falls in some direction; also at variances of zero that want to grow.
    """
    ratio, slope = profile.ratio, profile.gradient
    if not (np.isfinite(slope).all() and np.isfinite(ratio).all()):
        return False
    lift = profile.statistics.lift
    pull = np.tensordot(profile.precision @ lift, lift, axes=([0, 1], [0, 1]))
    unit = np.linalg.cholesky(np.linalg.inv(pull))  # what the data can tell apart
    room = unit.T @ slope @ unit
    if not bounded:
        return float(np.abs(room).max()) <= FLATNESS
    factor = _factor(ratio)
    flat = float(np.abs(factor.T @ slope @ factor).max()) <= FLATNESS
    return flat and float(np.linalg.eigvalsh(room)[0]) >= -FLATNESS


def _single(statistics: ClusterStatistics, likelihood: Likelihood, ratios: Floats = RATIOS) -> Profile:
    """One variance: the slope of the deviance changes its sign at the lowest point."""

    def of(ratio: float) -> Profile:
        return Profile(statistics, np.array([[ratio]]), likelihood)

    def slope(ratio: float) -> float:
        return float(of(ratio).gradient[0, 0])

    best = int(np.argmin(deviances(statistics, ratios, likelihood)))
    rising = slope(ratios[best]) >= 0
    if best == 0 and rising:
        return of(ratios[0])
    low, high = (best - 1, best) if rising else (best, min(best + 1, len(ratios) - 1))
    if slope(ratios[low]) >= 0 or slope(ratios[high]) <= 0:
        return of(ratios[best])
    return of(float(brentq(slope, ratios[low], ratios[high], xtol=1e-15, rtol=1e-14)))


def _pair(statistics: ClusterStatistics, likelihood: Likelihood) -> Profile:
    """Two variances and their covariance: from several starts downhill, then to where the slope is zero, on the boundary too."""
    unit = np.linalg.cholesky(np.linalg.inv(np.einsum("gba,gbc->ac", statistics.lift, statistics.lift)))
    unit = unit * np.sqrt(statistics.n_clusters)

    def of(factor: Floats) -> Profile:
        return Profile(statistics, unit @ factor @ factor.T @ unit.T, likelihood)

    def downhill(weights: Floats) -> tuple[float, Floats]:
        profile = of(_triangle(weights))
        return profile.deviance, 2 * (unit.T @ profile.gradient @ unit @ _triangle(weights))[LOWER]

    ends = [minimize(downhill, start, jac=True, method="L-BFGS-B").x for start in STARTS]
    lowest = _triangle(min(ends, key=lambda weights: downhill(weights)[0]))
    settled = list(_settled(of, unit, lowest))
    return next((profile for profile in settled if is_highest(profile)), settled[0])


def _settled(of: Callable[[Floats], Profile], unit: Floats, lowest: Floats) -> Iterator[Profile]:
    """The nearby points of zero slope: among all covariance matrices, among those with a correlation of one, and zero itself."""

    def slope(weights: Floats) -> Floats:
        factor = _triangle(weights)
        return (unit.T @ of(factor).gradient @ unit @ factor)[LOWER]

    def slope_along(direction: Floats) -> Floats:
        return unit.T @ of(direction[:, None]).gradient @ unit @ direction

    yield from (of(_triangle(at)) for at in _zero_of(slope, lowest[LOWER]))
    left, lengths, _ = np.linalg.svd(lowest)
    yield from (of(at[:, None]) for at in _zero_of(slope_along, left[:, 0] * lengths[0]))
    yield of(np.zeros((2, 1)))


def _zero_of(slope: Callable[[Floats], Floats], start: Floats) -> Iterator[Floats]:
    """Where the search for a slope of zero ends; nowhere when it runs off to variances that no computer can hold."""
    with np.errstate(all="ignore"), suppress(np.linalg.LinAlgError):
        found = root(slope, start, tol=1e-14).x
        if np.isfinite(slope(found)).all():
            yield found


LOWER = np.tril_indices(2)
STARTS = np.array([[1.0, 0.0, 1.0], [0.3, 0.0, 0.3], [2.0, 0.0, 0.1], [0.1, 0.0, 2.0]])
"""Where the search for two variances begins: large, small, mostly intercepts, mostly slopes, in units of what a cluster can tell."""


def _triangle(weights: Floats) -> Floats:
    factor = np.zeros((2, 2))
    factor[LOWER] = weights
    return factor


def _factor(ratio: Floats) -> Floats:
    squares, vectors = np.linalg.eigh(ratio)
    return vectors * np.sqrt(np.clip(squares, 0.0, None))
