"""What series over time can detect, from how they varied before the change began.

Zhang, Wagner and Ross-Degnan (2011). Simulation-based power calculation for designing interrupted time series analyses of health policy
interventions. Journal of Clinical Epidemiology 64(11), 1252-1261. doi:10.1016/j.jclinepi.2011.02.007
"""

from dataclasses import replace
from math import sqrt

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.phrases import difference, number
from cycles.core.vocabulary import SeriesPanel
from cycles.plan.method import EstimateSpec
from cycles.plan.power import Detectable, multiplier
from cycles.study.designs.detection_of_single_cases import sizes_of, smallest_tau
from cycles.study.designs.detection_of_starts import precision_of_starts
from cycles.study.inference.autoregressive import autoregressive
from cycles.study.inference.over_time import OverTime, over_time, period_means, require_periods
from cycles.study.inference.segmented import segmented

FORMULA = "interrupted_time_series"
STARTS = ("staggered_starts", "two_way_fixed_effects")


def detectable_over_time(
    panel: SeriesPanel, *, spec: EstimateSpec | None = None, power: float, level: float
) -> Detectable:
    """The smallest mean effect over the periods under the change that these series would reveal.

    Parameters
    ----------
    panel : the panel; no value from the change on is read
    spec : the estimator with its options; left out, that of the design's name
    power, level : as for :func:`cycles.can_detect`

    Returns
    -------
    Detectable
        In the measure's unit, and in standard deviations of single people where those are known; of single cases Tau. Without a number
        where there are too few periods or series, and then `text` says why.

    Notes
    -----
    Generalised least squares with the spread and the autocorrelation (REML) of the series before the change taken as known.
    """
    asked = spec or EstimateSpec(estimator="staggered_starts" if panel.design == STARTS[0] else panel.design)
    try:
        if panel.design == "single_case":
            return _of_cases(panel, power, level)
        if asked.estimator in STARTS:
            return _of_starts(panel, asked, power, level)
        seen = over_time(panel)
        require_periods(seen.times, seen.start)
        se, df = _precision(seen)
    except DesignError as refusal:
        return _cannot_say(refusal.what, power, level)
    return _told(panel, se, df, power, level, formula=FORMULA, what=f"mean over its {panel.every}s")


def _of_starts(panel: SeriesPanel, spec: EstimateSpec, power: float, level: float) -> Detectable:
    se, df, correlation = precision_of_starts(panel, estimator=spec.estimator, options=spec.options)
    if df < 1:
        return _cannot_say(f"there are too few {panel.series_name}s", power, level)
    told = _told(
        panel, se, df, power, level, formula=spec.estimator, what=f"mean over {panel.series_name}s and {panel.every}s"
    )
    how = (
        f"Around its own level a {panel.series_name} was seen to vary with a correlation of {number(correlation)} from one {panel.every} "
        "to the next, and is taken to go on so (Burlig, Preonas and Woerman 2020)."
    )
    return replace(told, text=f"{told.text} {how}")


def _of_cases(panel: SeriesPanel, power: float, level: float) -> Detectable:
    sizes, supposed = sizes_of(panel)
    tau = smallest_tau(sizes, power=power, level=level)
    if tau is None:
        return _cannot_say("even phases that do not overlap at all would not be told apart often enough", power, level)
    before, under = (sum(points) for points in zip(*sizes))
    points = f"{before} points before the change and {under} under it"
    supposed_so = " (taken to become as many as before)" if supposed else ""
    text = (
        f"With {points}{supposed_so} in {len(sizes)} {'case' if len(sizes) == 1 else 'cases'}, this cycle can detect only a difference "
        f"between the phases of Tau {number(tau)} or more (-1 to 1): one of that size would be found {number(10 * power)} times in 10. By "
        "simulation, with points that do not depend on one another; where a day is like the day before it, an interval excludes nought "
        "more often than it should, and no number can be promised."
    )
    return Detectable(
        mdes=None, value=tau, se=None, df=None, icc=None, level=level, power=power, formula="single_case", text=text
    )


def _told(
    panel: SeriesPanel, se: float, df: float, power: float, level: float, *, formula: str, what: str
) -> Detectable:
    value = multiplier(df, level=level, power=power) * se
    size = f" ({number(value / panel.sd)} standard deviations)" if panel.sd else ""
    text = (
        f"From how these series varied before the change, this cycle can detect only an effect of at least "
        f"{difference(value, panel.outcome_unit)}{size}, {what}: one of that size would be found {number(10 * power)} times in 10."
    )
    return Detectable(
        mdes=value / panel.sd if panel.sd else None,
        value=value,
        se=se / panel.sd if panel.sd else None,
        df=df,
        icc=None,
        level=level,
        power=power,
        formula=formula,
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
