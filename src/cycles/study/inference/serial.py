"""Whether what a model leaves of a series still resembles itself from period to period.

Durbin and Watson (1950). Testing for serial correlation in least squares regression: I. Biometrika 37(3/4), 409-428. doi:10.2307/2332391
Ljung and Box (1978). On a measure of lack of fit in time series models. Biometrika 65(2), 297-303. doi:10.1093/biomet/65.2.297
"""

import numpy as np
from scipy.special import chdtrc

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.over_time import Whole

MOST_LAGS = 10
"""Lags that are tested together, or a fifth of the periods if those are fewer."""


def durbin_watson(residuals: Floats, times: Whole) -> float:
    r"""Squared steps over squares: 2 when neighbours do not resemble one another, towards 0 when they do.

    .. math:: \frac{\sum (e_t - e_{t-1})^2}{\sum e_t^2}

    Steps over a period without a value are left out.

    >>> round(durbin_watson(np.array([1.0, -1.0, 1.0, -1.0]), np.arange(4)), 2)
    3.0
    """
    steps = np.diff(residuals)[np.diff(times) == 1]
    return float(steps @ steps / (residuals @ residuals))


def ljung_box(residuals: Floats, times: Whole, *, fitted: int = 0) -> tuple[int, float, float | None]:
    r"""Lags tested, the statistic, and p; None where fewer lags than fitted correlations can be tested.

    .. math:: Q = n (n + 2) \sum_{k=1}^{h} \frac{r_k^2}{n - k} \sim \chi^2_{h - m}

    Parameters
    ----------
    residuals, times : what the model leaves of each period, and which it is
    fitted : how many correlations the model has fitted (m)

    Examples
    --------
    >>> lags, q, p = ljung_box(np.array([1.0, -1, 1, -1, 1, -1, 1, -1, 1, -1]), np.arange(10))
    >>> lags, round(q, 3), round(p, 6)
    (2, 20.4, 3.7e-05)
    """
    n = len(residuals)
    lags = min(MOST_LAGS, n // 5)
    whole = (np.asarray(times) - times[0]).astype(np.int64)
    series = np.zeros(int(whole[-1]) + 1)
    series[whole] = residuals
    total = float(series @ series)
    q = n * (n + 2) * sum((float(series[lag:] @ series[:-lag]) / total) ** 2 / (n - lag) for lag in range(1, lags + 1))
    return lags, q, float(chdtrc(lags - fitted, q)) if lags > fitted else None


def innovations(residuals: Floats, times: Whole, correlation: float) -> Floats:
    """What is new in each period: its residual less what the one before foretold, scaled to equal spread."""
    power = correlation ** np.diff(times).astype(float)
    return np.concatenate([residuals[:1], (residuals[1:] - power * residuals[:-1]) / np.sqrt(1 - power**2)])
