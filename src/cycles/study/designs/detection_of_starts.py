r"""What series that begin at different times can detect, from how they varied before the first of them began.

Each estimate is a sum of values times weights that hang on who starts when, so its standard error follows from how the values of one
series hang together: :math:`\operatorname{var} = \sum_g w_g' \Sigma w_g / n_g`.

Burlig, Preonas and Woerman (2020). Panel data and experimental design. Journal of Development Economics 144, 102458.
doi:10.1016/j.jdeveco.2020.102458
"""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar

from cycles.core.errors import DesignError
from cycles.core.vocabulary import SeriesPanel
from cycles.study.inference.group_time import averages, cells_of
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.starts import NEVER, Starts, require_comparison, take_starts

MOST = 0.99
"""The largest correlation of neighbouring periods that is looked for."""


def precision_of_starts(panel: SeriesPanel, *, estimator: str, options: dict[str, Any]) -> tuple[float, float, float]:
    """Standard error and degrees of freedom of the headline, and the correlation of neighbouring periods that it rests on.

    Parameters
    ----------
    panel : the panel; no value from the first start on is read
    estimator : `staggered_starts` or `two_way_fixed_effects`
    options : its own

    Raises
    ------
    DesignError
        CY302, CY303, CY308, CY310 where nothing can be compared or the spread before the first start cannot be known.
    """
    starts = take_starts(_before_starts(panel), before=1 + int(options.get("anticipation", 0)))
    with_later = (
        estimator == "two_way_fixed_effects"
        or options.get("method") == "imputation"
        or options.get("comparison") == "not_yet_started"
    )
    require_comparison(starts, name=panel.series_name, with_later=with_later)
    weights = two_way_weights(starts) if estimator == "two_way_fixed_effects" else overall_weights(starts, options)
    spread, correlation = spread_and_correlation(starts, panel)
    periods = np.arange(starts.values.shape[1])
    together = spread**2 * correlation ** np.abs(np.subtract.outer(periods, periods))
    parts = np.einsum("gs,st,gt->g", weights, together, weights) / starts.sizes
    used = parts > 0
    df = parts.sum() ** 2 / (parts[used] ** 2 / np.maximum(starts.sizes[used] - 1, 1)).sum()
    return float(np.sqrt(parts.sum())), float(df), correlation


def two_way_weights(starts: Starts) -> Floats:
    """Weights (groups, periods) of the groups' means in the coefficient of two-way fixed effects.

    >>> starts = Starts(np.array([[0.0, 0], [0, 1]]), np.array([0, 1]), np.array([NEVER, 1]), ("1", "2"))
    >>> two_way_weights(starts).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    periods = np.arange(starts.values.shape[1])
    under = ((starts.starts[:, None] != NEVER) & (periods >= starts.starts[:, None])).astype(float)
    in_period = np.average(under, axis=0, weights=starts.sizes)
    weights = (under - under.mean(axis=1, keepdims=True) - in_period + in_period.mean()) * starts.sizes[:, None]
    return np.asarray(weights / (weights * under).sum())


def overall_weights(starts: Starts, options: dict[str, Any]) -> Floats:
    """Weights (groups, periods) of the groups' means in the headline of staggered starts."""
    cells = cells_of(
        starts,
        method=options.get("method", "callaway_santanna"),
        comparison=options.get("comparison", "never_started"),
        anticipation=int(options.get("anticipation", 0)),
    )
    if not cells.after.any():
        raise DesignError("no period under the change has anybody left to compare with", code="CY302")
    return averages(cells, starts, options.get("aggregate", "overall"))[0]


def spread_and_correlation(starts: Starts, panel: SeriesPanel) -> tuple[float, float]:
    """Standard deviation of a series' periods around its own level and its group's course, and how neighbours correlate (REML).

    Raises
    ------
    DesignError
        CY310 with fewer than three periods before the first start, or no two series that began together.
    """
    first = int(starts.starts[starts.began].min())
    before = starts.values[:, :first]
    free = len(before) - len(starts.sizes)
    if first < 3 or free < 1:
        raise DesignError(
            f"{first} periods before the first start and {len(before)} {panel.series_name}s do not tell how values hang together",
            code="CY310",
        )
    means = np.array([before[starts.group == group].mean(axis=0) for group in range(len(starts.sizes))])
    within = _contrasts(first)
    left = (before - means[starts.group]) @ within.T
    seen = left.T @ left / free
    if not np.trace(seen) > 0:
        raise DesignError(f"{panel.series_name}s do not differ in how they move before the first start", code="CY304")

    def misfit(correlation: float) -> float:
        shape = _shape(within, correlation)
        spread = np.trace(np.linalg.solve(shape, seen)) / len(shape)
        return float(np.linalg.slogdet(shape)[1] + len(shape) * np.log(spread))

    correlation = float(minimize_scalar(misfit, bounds=(-MOST, MOST), method="bounded").x)
    variance = np.trace(np.linalg.solve(_shape(within, correlation), seen)) / (first - 1)
    return float(np.sqrt(variance)), correlation


def _contrasts(periods: int) -> Floats:
    """Orthonormal contrasts of the periods, which a level of the series' own does not touch."""
    turned, _ = np.linalg.qr(np.column_stack([np.ones(periods), np.eye(periods)[:, 1:]]))
    return np.asarray(turned[:, 1:].T)


def _shape(within: Floats, correlation: float) -> Floats:
    periods = np.arange(within.shape[1])
    return np.asarray(within @ correlation ** np.abs(np.subtract.outer(periods, periods)) @ within.T)


def _before_starts(panel: SeriesPanel) -> SeriesPanel:
    """The panel with nothing of what was observed from the first start on: noughts in their place, taken to become complete."""
    started = panel.table["started"]
    if started.isna().all():
        raise DesignError(f"no {panel.series_name} is known to begin the change", code="CY302")
    later = panel.table["time"] >= int(started.min())
    return replace(panel, table=panel.table.assign(value=panel.table["value"].where(~later, 0.0)))
