"""The series of a panel as one: what was seen in each period where the change began, and where it did not."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cycles.core.errors import DesignError
from cycles.core.vocabulary import SeriesPanel
from cycles.study.inference.estimability import is_constant
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import numbers

FEWEST_PERIODS = 3
"""Periods before the change and from it on without which nothing is told (Cochrane EPOC's minimum for an interrupted time series)."""

ENOUGH_PERIODS = 8
"""Periods on either side from which on an interval is told (Penfold and Zhang 2013, doi:10.1016/j.acap.2013.08.002)."""

SETTLED = 1e-12
"""Change of the periods' means, relative to their spread, below which they are settled."""

Whole = NDArray[np.int64]


@dataclass(frozen=True)
class OverTime:
    """The series of a panel as matrices, one row per series and one column per period.

    `change` and `comparison` hold the values (nan where not observed; the latter None without a comparison), `start` is the first period
    under the change, and `people` (p,) the fewest people behind a value of each period, nan where unknown.
    """

    times: Whole
    periods: tuple[str, ...]
    start: int
    change: Floats
    comparison: Floats | None
    change_people: Floats
    comparison_people: Floats | None
    missing: int

    @property
    def counts(self) -> dict[int, int]:
        """How many series each arm has: 1 the change, 0 the comparison."""
        return {1: len(self.change)} | ({} if self.comparison is None else {0: len(self.comparison)})


def over_time(panel: SeriesPanel) -> OverTime:
    """The values of a panel whose series all began at once, as matrices.

    Parameters
    ----------
    panel : the panel; it is not changed

    Raises
    ------
    DesignError
        CY309 not finite, CY308 no value, CY310 no start, several starts or one in the comparison, CY302 no comparison, CY304 constant.
    """
    table = panel.table
    values = numbers(table, "value")
    if np.isnan(values).all():
        raise DesignError("no period of any series has a value", code="CY308")
    arms = table["arm"].to_numpy(dtype=object)
    inside = arms == panel.change
    _require_one_start(panel, inside)
    periods = table.drop_duplicates("time").sort_values("time")
    change, change_people = _matrices(panel, inside)
    comparison = comparison_people = None
    if panel.comparison is not None:
        comparison, comparison_people = _matrices(panel, arms == panel.comparison)
        if not len(comparison):
            raise DesignError(f"no series with a value is in the arm {panel.comparison}", code="CY302")
    seen = change[~np.isnan(change)]
    if is_constant(seen):
        raise DesignError(f"all {len(seen):,} values where the change began are the same", code="CY304")
    compared = inside | (arms == panel.comparison)
    return OverTime(
        times=periods["time"].to_numpy(dtype=np.int64),
        periods=tuple(periods["period"].astype(str)),
        start=int(table.loc[inside, "started"].dropna().iloc[0]),
        change=change,
        comparison=comparison,
        change_people=change_people,
        comparison_people=comparison_people,
        missing=int(np.isnan(values[compared]).sum()),
    )


def period_means(values: Floats) -> Floats:
    """The mean of the series in each period (p,), as if every series were there in each of them; nan where none is.

    Parameters
    ----------
    values : array (s, p), nan where not observed

    Notes
    -----
    Where series are missing in some periods, least squares of the values on series and periods, so that a low series that is away in a
    period does not lift its mean.

    Examples
    --------
    >>> period_means(np.array([[1.0, 2.0, 3.0], [5.0, np.nan, 7.0]])).round(6).tolist()
    [3.0, 4.0, 5.0]
    """
    known = ~np.isnan(values)
    observed = np.where(known, values, 0.0)
    in_period, in_series = known.sum(axis=0), np.maximum(known.sum(axis=1), 1)
    level = np.zeros(len(values))
    means = np.zeros(values.shape[1])
    scale = float(np.abs(observed).max()) or 1.0
    for _ in range(1 if known.all() else 1000):
        before = means
        means = ((observed - level[:, None]) * known).sum(axis=0) / np.maximum(in_period, 1)
        level = ((observed - means) * known).sum(axis=1) / in_series
        if np.abs(means - before).max() < SETTLED * scale:
            break
    return np.where(in_period > 0, means + level.mean(), np.nan)


def require_periods(times: Whole, start: int) -> int:
    """How many periods the shorter side has. Raises CY322 below the fewest that anything is told from."""
    before, after = int((times < start).sum()), int((times >= start).sum())
    if min(before, after) < FEWEST_PERIODS:
        raise DesignError(
            f"{before} periods before the change and {after} under it; at least {FEWEST_PERIODS} each are needed (Cochrane EPOC)",
            code="CY322",
        )
    return min(before, after)


def _require_one_start(panel: SeriesPanel, inside: "NDArray[np.bool_]") -> None:
    table = panel.table
    starts = table.loc[inside, "started"]
    if not inside.any() or starts.isna().all():
        raise DesignError("the change began in no series", code="CY310", fix="Say when it began (`started`).")
    if starts.isna().any() or starts.nunique() > 1:
        raise DesignError(
            "the change began at different times, or in some series only",
            code="CY310",
            fix="Use `staggered_starts`, or name the others as the comparison.",
        )
    if panel.comparison is not None and table.loc[table["arm"] == panel.comparison, "started"].notna().any():
        raise DesignError("the change also began in a comparison series", code="CY310", fix="Use `staggered_starts`.")


def _matrices(panel: SeriesPanel, inside: "NDArray[np.bool_]") -> tuple[Floats, Floats]:
    """Values (series, period) of the series that have any, and the fewest people behind a value of each period."""
    import pandas as pd

    rows = panel.table[inside]
    wide = rows.pivot(index="series", columns="time", values="value").dropna(how="all")
    people = rows.assign(n=pd.to_numeric(rows["n"])).pivot(index="series", columns="time", values="n").loc[wide.index]
    values = wide.to_numpy(dtype=float)
    behind = np.where(np.isnan(values), np.inf, people.to_numpy(dtype=float))
    fewest = behind.min(axis=0, initial=np.inf)
    return values, np.where(np.isfinite(fewest), fewest, np.nan)
