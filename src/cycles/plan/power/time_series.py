"""Precision of the jump in an interrupted time series whose periods resemble their neighbours.

Bloom (2003). Using short interrupted time-series analysis to measure the impacts of whole-school reforms. Evaluation Review 27(1), 3-49.
doi:10.1177/0193841X02239017
Zhang, Wagner and Ross-Degnan (2011). Simulation-based power calculation for designing interrupted time series analyses of health policy
interventions. Journal of Clinical Epidemiology 64(11), 1252-1261. doi:10.1016/j.jclinepi.2011.02.007
"""

from math import sqrt

TERMS = 4
"""Level and trend before, and what the change adds to each."""


def interrupted_time_series(
    before: int, after: int, *, rho: float = 0.0, series: int = 1, comparison: int = 0
) -> tuple[float, float]:
    r"""Standard error of the jump at the change, and its degrees of freedom.

    .. math:: y_t = \beta_0 + \beta_1 t + \beta_2 D_t + \beta_3 D_t (t - t_0) + e_t, \quad e_t = \rho e_{t-1} + u_t

    Parameters
    ----------
    before, after : periods before the change and from it on; three each at least
    rho : correlation of neighbouring periods around the trends
    series : series (schools) where the change was made, independent of one another
    comparison : series without the change; their jump is taken off

    Returns
    -------
    tuple
        The standard error in standard deviations of a period around its trend, and periods less terms.

    Notes
    -----
    Generalised least squares with `rho` known: each period but the first is taken less `rho` times the one before it, which makes
    the errors independent and equal.

    Examples
    --------
    >>> se, df = interrupted_time_series(8, 8)
    >>> round(se, 4), df
    (1.0118, 12)
    >>> interrupted_time_series(8, 8, rho=0.4)[0] > se
    True
    """
    import numpy as np

    time = np.arange(before + after, dtype=float) / (before + after)
    since = np.clip(time - time[before], 0, None)
    design = np.column_stack([np.ones_like(time), time, since, time >= time[before]])
    design[1:] = (design[1:] - rho * design[:-1]) / sqrt(1 - rho**2)
    _, triangle = np.linalg.qr(design)
    precision = abs(float(triangle[-1, -1]))
    df = (series + comparison) * (before + after - TERMS)
    return sqrt(1 / series + (1 / comparison if comparison else 0.0)) / precision, df
