"""Intra-class correlation: how much of the spread lies between clusters.

Raudenbush, S. W., & Bryk, A. S. (2002). Hierarchical Linear Models, 2nd ed., chapter 4. Sage.
Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models using lme4.
Journal of Statistical Software, 67(1). doi:10.18637/jss.v067.i01
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from cycles.study.inference.least_squares import Floats

_GRID = np.concatenate([[0.0], np.geomspace(1e-4, 0.5, 12), 1 - np.geomspace(0.4, 1e-6, 10)])


def intraclass_correlation(outcome: Floats, clusters: NDArray[np.intp]) -> float | None:
    r"""Between-cluster share of the variance, by restricted maximum likelihood in a model with a random intercept only.

    .. math:: \rho = \tau^2 / (\tau^2 + \sigma^2)

    Parameters
    ----------
    outcome : array (n,), finite
    clusters : array (n,) of whole numbers 0..G-1, each present

    Returns
    -------
    float in 0-1, or None
        None when it cannot be known: one cluster, no cluster with two units, or no spread at all.

    Notes
    -----
    The likelihood needs each cluster's size, mean and sum of squares only. Its slope in the variance ratio is known in
    closed form, so the maximum is found as a root; 0 when the likelihood falls from 0 on.

    Examples
    --------
    >>> round(intraclass_correlation(np.array([1.0, 2, 1, 5, 6, 5, 3, 4, 3]), np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])), 4)
    0.9211
    """
    sizes = np.bincount(clusters).astype(float)
    if len(sizes) < 2 or len(outcome) == len(sizes):
        return None
    centred = outcome - outcome.mean()
    means = np.bincount(clusters, weights=centred) / sizes
    within = float(((centred - means[clusters]) ** 2).sum())
    total = float(centred @ centred)
    if total <= 1e-18 * max(1.0, float(outcome @ outcome)):
        return None
    if within <= 1e-14 * total:
        return 1.0
    return _highest(sizes, means, within)


def _highest(sizes: Floats, means: Floats, within: float) -> float:
    deviance = _deviance(_GRID[:, None] / (1 - _GRID[:, None]), sizes, means, within)
    best = int(np.argmin(deviance))
    low, high = _GRID[max(best - 1, 0)], _GRID[min(best + 1, len(_GRID) - 1)]

    def slope(rho: float) -> float:
        return _slope(rho / (1 - rho), sizes, means, within)

    if slope(low) >= 0:
        return float(low)
    if slope(high) <= 0:
        return float(high)
    return float(brentq(slope, low, high, xtol=1e-13, rtol=1e-13))


def _deviance(ratio: Floats, sizes: Floats, means: Floats, within: float) -> Floats:
    weights = sizes / (1 + ratio * sizes)
    total = weights.sum(axis=-1)
    centre = (weights * means).sum(axis=-1) / total
    spread = within + (weights * (means - centre[..., None]) ** 2).sum(axis=-1)
    return (sizes.sum() - 1) * np.log(spread) + np.log1p(ratio * sizes).sum(axis=-1) + np.log(total)


def _slope(ratio: float, sizes: Floats, means: Floats, within: float) -> float:
    weights = sizes / (1 + ratio * sizes)
    total = weights.sum()
    away = (means - (weights @ means) / total) ** 2
    squares = weights**2
    return float(total - squares.sum() / total - (sizes.sum() - 1) * (squares @ away) / (within + weights @ away))
