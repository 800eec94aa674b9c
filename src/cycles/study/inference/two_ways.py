"""Variance of coefficients whose rows belong to two kinds of groups at once, such as classrooms and matched sets.

Cameron, A. C., Gelbach, J. B., & Miller, D. L. (2011). Robust inference with multiway clustering. Journal of Business & Economic
Statistics, 29(2), 238-249. doi:10.1198/jbes.2010.07136
"""

import numpy as np

from cycles.core.vocabulary import Variance
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.least_squares import LeastSquares
from cycles.study.inference.sample import Ints


def two_way_variance(fit: LeastSquares, *, kind: Variance, one: Ints, other: Ints) -> CoefficientVariance:
    r"""Variance robust to both groupings: that of one, plus that of the other, less that of their overlap.

    .. math:: V = V_{one} + V_{other} - V_{one \cap other}

    Parameters
    ----------
    fit : LeastSquares
    kind : kind of variance; those without clusters ignore both groupings
    one, other : arrays (n,) of whole numbers 0..G-1

    Returns
    -------
    CoefficientVariance
        Where one grouping lies within the other, that of the coarser. Degrees of freedom: the smaller of the two. A coefficient whose
        variance would not be positive, or smaller than that of the overlap, has the larger of the two.

    Examples
    --------
    >>> from cycles.study.inference.least_squares import least_squares
    >>> fit = least_squares(np.array([1.0, 2.0, 4.0, 7.0]), np.ones((4, 1)), ("intercept",))
    >>> pairs, rows = np.array([0, 0, 1, 1]), np.arange(4)
    >>> two_way_variance(fit, kind="CR0", one=rows, other=pairs).se.round(6).tolist()
    [1.414214]
    """
    if not kind.startswith("CR"):
        return coefficient_variance(fit, kind=kind)
    both = np.unique(one * (int(other.max()) + 1) + other, return_inverse=True)[1]
    if both.max() == one.max():
        return coefficient_variance(fit, kind=kind, clusters=other)
    if both.max() == other.max():
        return coefficient_variance(fit, kind=kind, clusters=one)
    first, second, overlap = (coefficient_variance(fit, kind=kind, clusters=groups) for groups in (one, other, both))
    variance = np.diag(first.covariance) + np.diag(second.covariance) - np.diag(overlap.covariance)
    least = np.maximum(np.diag(first.covariance), np.diag(second.covariance))
    usable = variance > 0
    return CoefficientVariance(np.diag(np.where(usable, variance, least)), np.minimum(first.df, second.df))
