"""The effect in series over time: of their mean, judged by how the periods vary, or of each, judged by how the series do."""

from dataclasses import replace

import numpy as np

from cycles.core.catalogue import CATALOGUE
from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.inference.cluster_variance import coefficient_variance
from cycles.study.inference.estimability import FEW_CLUSTERS
from cycles.study.inference.least_squares import Floats, least_squares
from cycles.study.inference.over_time import OverTime, Whole, period_means, require_periods
from cycles.study.inference.segmented import LEVEL, SLOPE, Seasons, Segmented, segmented
from cycles.study.inference.series_fit import Method, Wanted, fit_series, interval_of, require_spread
from cycles.study.inference.told_over_time import (
    across_breaks,
    as_may_be_told,
    described_only,
    facts_of,
    lines_of,
    parts_of,
    record_of,
    said_of,
    table_of,
    with_interval,
)


def by_time(panel: SeriesPanel, seen: OverTime, *, level: float, options: Wanted, method: Method) -> Estimate:
    """The effect in the mean series (or in its difference from that of the comparison), judged by how the periods vary.

    Parameters
    ----------
    panel, seen : the panel and its series as matrices
    level, options, method : as the estimator has them

    Returns
    -------
    Estimate

    Raises
    ------
    DesignError
        CY322, CY304-CY306.
    """
    series = period_means(seen.change)
    if seen.comparison is not None:
        series = series - period_means(seen.comparison)
    known = ~np.isnan(series)
    times, values = seen.times[known], series[known]
    shorter = require_periods(times, seen.start)
    model = _model(panel, seen, times, options)
    fit = fit_series(values, model, times, level=level, options=options, method=method)
    rows = [fit.contrast(one) for one in np.eye(len(model.terms))]
    lines = lines_of(panel, seen, model, times, fit.coefficients, alone=seen.comparison is None)
    facts = {**facts_of(seen, times, panel, options), **fit.facts, **parts_of(model, fit)}
    found = record_of(panel, seen, fit.contrast(model.horizon), level=level, n=len(times), options=options)
    told = replace(
        found,
        se_kind=fit.se_kind,
        second_route=fit.second_route,
        coefficients=table_of(model.terms, rows),
        facts=facts,
        lines=lines,
        conventions=(*fit.conventions, *said_of(panel, seen, model, times, options)),
    )
    return as_may_be_told(told, panel, shorter)


def by_series(panel: SeriesPanel, seen: OverTime, *, level: float, options: Wanted) -> Estimate:
    """The effect beyond the comparison, every series with a level of its own and a cluster of its own.

    Raises
    ------
    DesignError
        CY302 without a comparison; CY322, CY304-CY306.
    """
    if seen.comparison is None:
        raise DesignError("series can only be the clusters where there are some to compare with", code="CY302")
    matrix = np.vstack([seen.comparison, seen.change])
    arm = np.repeat([0.0, 1.0], [len(seen.comparison), len(seen.change)])
    known = ~np.isnan(matrix)
    times = seen.times[known.any(axis=0)]
    require_periods(times, seen.start)
    model = _model(panel, seen, times, options)
    places = np.searchsorted(times, np.broadcast_to(seen.times, matrix.shape)[known])
    clusters = np.broadcast_to(np.arange(len(matrix))[:, None], matrix.shape)[known]
    design, terms = _stacked(model, places, arm[clusters])
    fit = least_squares(_within(matrix[known][:, None], clusters)[:, 0], _within(design, clusters), terms)
    require_spread(fit, matrix[known])
    focus = terms.index("change: effect")
    found = record_of(panel, seen, None, level=level, n=fit.n, options=options)
    lines = lines_of(panel, seen, model, times, fit.coefficients[focus - 1 : focus + 2], alone=False)
    counts = {panel.comparison or "": len(seen.comparison), panel.change: len(seen.change)}
    told = replace(
        found,
        value=float(fit.coefficients[focus]),
        n_clusters=len(matrix),
        n_clusters_by_arm=counts,
        facts=facts_of(seen, times, panel, options) | {"method": "clusters"},
        lines=lines,
        conventions=(
            f"Each {panel.series_name} has a level of its own; both arms have a trend of their own, and the change adds a jump and a "
            f"change of trend to each. Clusters: {panel.series_name}s (CR2, Satterthwaite).",
            *said_of(panel, seen, model, times, options),
        ),
    )
    if min(counts.values()) <= FEW_CLUSTERS:
        reason = f"{listed([f'{n} series in {name}' for name, n in counts.items()])}. {CATALOGUE['CY307'].fix}"
        return across_breaks(described_only(told, "CY307", reason), panel)
    variance = coefficient_variance(fit, kind="CR2", clusters=clusters)
    rows = [
        interval_of(float(value), float(se), float(df), level)
        for value, se, df in zip(fit.coefficients, variance.se, variance.df, strict=True)
    ]
    told = replace(
        with_interval(told, rows[focus], panel),
        se_kind=f"CR2 by {panel.series_name}",
        coefficients=table_of(terms, rows),
    )
    return across_breaks(told, panel)


def _model(panel: SeriesPanel, seen: OverTime, times: Whole, options: Wanted) -> Segmented:
    return segmented(
        times,
        seen.start,
        seasons=_seasons(panel, seen, times, options),
        cycle_length=panel.cycle_length,
        horizon=options.horizon,
        count_from=options.count_from,
    )


def _seasons(panel: SeriesPanel, seen: OverTime, times: Whole, options: Wanted) -> Seasons:
    """Indicators where two whole seasons came before the change; a comparison has the same seasons, which its difference does not."""
    if options.seasons != "auto":
        if panel.cycle_length is None and options.seasons != "none":
            raise DesignError("seasons need `cycle_length`, how many periods make one", code="CY310")
        return options.seasons  # type: ignore[no-any-return]
    long = panel.cycle_length is not None and (times < seen.start).sum() >= 2 * panel.cycle_length
    return "indicators" if long and seen.comparison is None else "none"


def _stacked(model: Segmented, places: Whole, arm: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Both arms' trend, jump and change of trend, and the change arm's beyond them; the change of trend counts from the horizon."""
    columns = model.design.copy()
    columns[:, SLOPE] = (columns[:, SLOPE] - model.horizon[SLOPE]) * columns[:, LEVEL]
    own = columns[places][:, 1 : SLOPE + 1]
    seasons = columns[places][:, SLOPE + 1 :]
    names = ("time", "effect", "slope change")
    terms = (*(f"both: {name}" for name in names), *(f"change: {name}" for name in names), *model.terms[SLOPE + 1 :])
    return np.column_stack([own, own * arm[:, None], seasons]), terms


def _within(columns: Floats, clusters: Whole) -> Floats:
    """Columns less their mean in each series."""
    counts = np.bincount(clusters)
    sums = np.zeros((len(counts), columns.shape[1]))
    np.add.at(sums, clusters, columns)
    return columns - (sums / counts[:, None])[clusters]
