"""Xbar and S charts: several measurements a period, as many as there happen to be.

Montgomery (2013). Introduction to statistical quality control, 7th ed., section 6.3.2 (unequal sample sizes). Wiley.
ISBN 978-1-118-14681-1.
"""

import numpy as np

from cycles.study.charts.limits import Limits


def mean_limits(
    mean: np.ndarray, spread: np.ndarray, size: np.ndarray, *, base: np.ndarray | slice = slice(None)
) -> Limits:
    r"""Limits of means, from the spread within periods.

    .. math:: \bar{\bar x} \pm \frac{3 \bar s}{c_4(n_i) \sqrt{n_i}}, \qquad \bar s^2 = \frac{\sum (n_i - 1) s_i^2}{\sum (n_i - 1)}

    Parameters
    ----------
    mean, spread, size : mean, standard deviation and number of the measurements of each period
    base : the points that make the limits

    Notes
    -----
    A period with one measurement has a mean but no spread, and no limits.
    """
    middle = (size[base] * mean[base]).sum() / size[base].sum()
    sigma = pooled_spread(spread[base], size[base]) / (unbiasing(size) * np.sqrt(size))
    return Limits.around(np.full(len(size), middle), sigma, facts={"spread_within": _known(spread[base], size[base])})


def spread_limits(spread: np.ndarray, size: np.ndarray, *, base: np.ndarray | slice = slice(None)) -> Limits:
    r"""Limits of standard deviations.

    .. math:: \bar s \left(1 \pm \frac{3}{c_4(n_i)} \sqrt{1 - c_4(n_i)^2}\right)

    Parameters
    ----------
    spread, size : standard deviation and number of the measurements of each period
    base : the points that make the limits
    """
    middle = pooled_spread(spread[base], size[base])
    c4 = unbiasing(size)
    return Limits.around(np.full(len(size), middle), middle * np.sqrt(1 - c4**2) / c4, least=0.0)


def pooled_spread(spread: np.ndarray, size: np.ndarray) -> float:
    """The standard deviation within periods, each with the weight of its degrees of freedom.

    >>> pooled_spread(np.array([1.0, 2.0]), np.array([2, 4]))
    1.8027756377319946
    """
    own = size > 1
    return float(np.sqrt(((size[own] - 1) * spread[own] ** 2).sum() / (size[own] - 1).sum()))


def unbiasing(size: np.ndarray) -> np.ndarray:
    """c4: the mean of a standard deviation of so many normal values, in units of the true one; missing for a single value.

    >>> unbiasing(np.array([2, 5, 25])).round(4).tolist()
    [0.7979, 0.94, 0.9896]
    """
    from scipy.special import gammaln

    size = np.where(np.asarray(size) > 1, size, np.nan).astype(float)
    return np.sqrt(2 / (size - 1)) * np.exp(gammaln(size / 2) - gammaln((size - 1) / 2))


def _known(spread: np.ndarray, size: np.ndarray) -> float | None:
    return pooled_spread(spread, size) if (size > 1).any() else None
