"""What a change added to the level and the trend that a series had before it, beyond a comparison series where there is one.

Bernal, J. L., Cummins, S., & Gasparrini, A. (2017). Interrupted time series regression for the evaluation of public health interventions:
a tutorial. International Journal of Epidemiology, 46(1), 348-355. doi:10.1093/ije/dyw098
Linden, A. (2015). Conducting interrupted time-series analysis for single- and multiple-group comparisons. The Stata Journal, 15(2),
480-500. doi:10.1177/1536867X1501500208
Turner, S. L., Forbes, A. B., Karahalios, A., Taljaard, M., & McKenzie, J. E. (2021). Evaluation of statistical methods used in the analysis
of interrupted time series studies: a simulation study. BMC Medical Research Methodology, 21, 181. doi:10.1186/s12874-021-01364-0
"""

from typing import Annotated, Literal

from pydantic import Field

from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.interrupted import by_series, by_time
from cycles.study.inference.over_time import over_time

SEVERAL = 4
"""Series that each arm needs before they, rather than the periods, say how uncertain the effect is."""


class Options(Model):
    """How a series is modelled.

    `method`: "ar1" (errors resemble those of the period before; not knowing how much is part of the interval), "gls_ar1" (the one
    autocorrelation that `fit` finds), "ols_newey_west" (with `lags`), or "clusters" (each series a cluster, CR2); "auto" takes the last
    with four series or more in each arm, and otherwise the first. `seasons` "auto" are indicators where two seasons or more came before the
    change. `horizon` is the mean over the periods under the change, the last, or the k-th. `count_from` is what the first counts as in
    the change of trend.
    """

    method: Literal["auto", "ar1", "gls_ar1", "ols_newey_west", "clusters"] = "auto"
    fit: Literal["reml", "ml"] = "reml"
    lags: Literal["auto"] | Annotated[int, Field(ge=0, le=1000)] = "auto"
    seasons: Literal["auto", "none", "indicators", "harmonics"] = "auto"
    horizon: Literal["average", "last"] | Annotated[int, Field(ge=1)] = "average"
    count_from: Annotated[int, Field(ge=0, le=1)] = 0


@ESTIMATORS.register("interrupted_time_series", series=True, options=Options)
def interrupted_time_series(panel: SeriesPanel, *, level: float = 0.95, options: Options | None = None) -> Estimate:
    r"""Fit a level and a trend before the change, and what the change adds to each.

    .. math:: y_t = \beta_0 + \beta_1 t + \beta_2 D_t + \beta_3 D_t (t - t_0) + e_t, \quad
              \hat\tau = \hat\beta_2 + \hat\beta_3 \overline{(t - t_0)}

    Several series that began together are one: their mean in each period. With a comparison, y is the mean of the series of the change
    arm less that of the comparison's; with four series or more in each arm, every series keeps its own level and is a cluster.

    Parameters
    ----------
    panel : SeriesPanel
        Every series of the change arm began at the same time; those of the comparison never did.
    level : coverage of the intervals
    options : see :class:`Options`

    Returns
    -------
    Estimate
        In the outcome's unit; `coefficients` has every term, `lines` what was seen and what was to be expected. "degraded" (CY322) with
        fewer than eight periods on a side, unless series are the clusters, and (CY221) where the series breaks.

    Raises
    ------
    DesignError
        CY322 fewer than three periods on a side; CY302, CY304-CY306, CY308-CY310 as in :func:`cycles.estimate`.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from cycles.study.designs import as_series
    >>> noise = np.random.default_rng(1).normal(0, 0.1, 24)
    >>> frame = pd.DataFrame({"week": range(24), "share": [1.0] * 12 + [3.0] * 12 + noise})
    >>> panel = as_series(frame, measure="share", value="share", time="week", started=12, change="texts", every="week")
    >>> round(interrupted_time_series(panel).value, 1)
    2.0
    """
    options = options or Options()
    seen = over_time(panel)
    several = seen.comparison is not None and min(seen.counts.values()) >= SEVERAL
    method = options.method
    if method == "auto":
        method = "clusters" if several else "ar1"
    if method == "clusters":
        return by_series(panel, seen, level=level, options=options)
    return by_time(panel, seen, level=level, options=options, method=method)
