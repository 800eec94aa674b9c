r"""Standard errors of least squares that allow for unequal spread and for periods that resemble those near them.

Newey and West (1987). A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix. Econometrica
55(3), 703-708. doi:10.2307/1913610
Newey and West (1994). Automatic lag selection in covariance matrix estimation. Review of Economic Studies 61(4), 631-653.
doi:10.2307/2297912
"""

import numpy as np

from cycles.study.inference.least_squares import Floats, LeastSquares
from cycles.study.inference.over_time import Whole


def newey_west(fit: LeastSquares, *, times: Whole, lags: int) -> Floats:
    r"""Covariance (k x k) of the coefficients with Bartlett's weights and no small-sample correction.

    .. math:: (X'X)^{-1} \left[\sum_{j=-L}^{L} \left(1 - \tfrac{|j|}{L+1}\right) \sum_t u_t u_{t-j} x_t x_{t-j}'\right] (X'X)^{-1}

    Parameters
    ----------
    fit : least squares of a series
    times : array (n,) of whole periods, rising; periods without a value add nothing
    lags : how many periods apart errors may still resemble one another

    Examples
    --------
    >>> from cycles.study.inference.least_squares import least_squares
    >>> fit = least_squares(np.array([1.0, 3, 2, 4]), np.ones((4, 1)), ("mean",))
    >>> newey_west(fit, times=np.arange(4), lags=1).round(4).tolist()
    [[0.2031]]
    """
    whole = (np.asarray(times) - times[0]).astype(np.int64)
    scores = np.zeros((int(whole[-1]) + 1, fit.k))
    scores[whole] = fit.basis * fit.residuals[:, None]
    meat = scores.T @ scores
    for lag in range(1, min(lags, len(scores) - 1) + 1):
        across = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (across + across.T)
    return fit.root @ meat @ fit.root.T


def lags_by_rule(n: int) -> int:
    """Lags that grow slowly with the length of the series: the whole part of 4 (n / 100)^(2/9).

    >>> lags_by_rule(24), lags_by_rule(192)
    (2, 4)
    """
    return int(4 * (n / 100) ** (2 / 9))
