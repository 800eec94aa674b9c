"""What series over time can detect, from how they varied before the change began.

Zhang, Wagner and Ross-Degnan (2011). Simulation-based power calculation for designing interrupted time series analyses of health policy
interventions. Journal of Clinical Epidemiology 64(11), 1252-1261. doi:10.1016/j.jclinepi.2011.02.007
"""

from math import sqrt

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.phrases import difference, number
from cycles.core.vocabulary import SeriesPanel
from cycles.plan.power import Detectable, multiplier
from cycles.study.inference.autoregressive import autoregressive
from cycles.study.inference.over_time import OverTime, over_time, period_means, require_periods
from cycles.study.inference.segmented import segmented

INTERRUPTED = ("interrupted_time_series", "comparative_interrupted_time_series")
FORMULA = "interrupted_time_series"


def detectable_over_time(panel: SeriesPanel, *, power: float, level: float) -> Detectable:
    """The smallest mean effect over the periods under the change that these series would reveal.

    Parameters
    ----------
    panel : the panel; no value from the change on is read
    power, level : as for :func:`cycles.can_detect`

    Returns
    -------
    Detectable
        In the measure's unit, and in standard deviations of single people where those are known; without a number where the design is not
        an interrupted time series or there are too few periods, and then `text` says why.

    Notes
    -----
    Generalised least squares with the spread and the autocorrelation (REML) of the series before the change taken as known.
    """
    if panel.design not in INTERRUPTED:
        return _cannot_say(f"there is no formula for {panel.design.replace('_', ' ')}", power, level)
    try:
        seen = over_time(panel)
        require_periods(seen.times, seen.start)
        se, df = _precision(seen)
    except DesignError as refusal:
        return _cannot_say(refusal.what, power, level)
    value = multiplier(df, level=level, power=power) * se
    size = f" ({number(value / panel.sd)} standard deviations)" if panel.sd else ""
    text = (
        f"From how these series varied before the change, this cycle can detect only an effect of at least "
        f"{difference(value, panel.outcome_unit)}{size}, mean over its {panel.every}s: one of that size would be found "
        f"{number(10 * power)} times in 10."
    )
    return Detectable(
        mdes=value / panel.sd if panel.sd else None,
        value=value,
        se=se / panel.sd if panel.sd else None,
        df=df,
        icc=None,
        level=level,
        power=power,
        formula=FORMULA,
        text=text,
    )


def _precision(seen: OverTime) -> tuple[float, float]:
    """Standard error of the mean effect, and periods less terms."""
    series = period_means(seen.change)
    if seen.comparison is not None:
        series = series - period_means(seen.comparison)
    known = ~np.isnan(series) & (seen.times < seen.start)
    times = seen.times[known]
    fit = autoregressive(
        series[known],
        np.column_stack([np.ones(len(times)), times.astype(float)]),
        ("intercept", "time"),
        times=times,
        correlation="reml",
    )
    planned = np.concatenate([times, seen.times[seen.times >= seen.start]])
    model = segmented(planned, seen.start)
    apart = np.abs(np.subtract.outer(planned, planned)).astype(float)
    crossed = model.design.T @ np.linalg.inv(fit.correlation**apart) @ model.design
    within = float(model.horizon @ np.linalg.solve(crossed, model.horizon))
    return float(fit.spread[0]) * sqrt(within), float(len(planned) - len(model.terms))


def _cannot_say(why: str, power: float, level: float) -> Detectable:
    text = f"What these series can detect cannot be said beforehand: {why}."
    return Detectable(
        mdes=None, value=None, se=None, df=None, icc=None, level=level, power=power, formula=FORMULA, text=text
    )
