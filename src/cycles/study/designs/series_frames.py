"""A panel of series over time from any table: for a researcher who has one row per school and period already."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError, nearest
from cycles.core.periods import period_key, period_text
from cycles.core.vocabulary import SeriesPanel

if TYPE_CHECKING:
    from cycles.plan.design import DesignKind

CALENDAR = {"day": "D", "week": "W-SUN", "month": "M", "quarter": "Q", "year": "Y"}
"""Periods that the calendar counts, so that dates tell how far apart they are."""

NEVER_STARTED = "never_started"
"""The arm of series in which the change never began, where nobody named one."""

MOST_HOLES = 0.5
"""Share of whole periods without any row from which on numbers are not counts of periods (such as 201412, 201501)."""

KEYS = ["series", "arm", "time", "period", "value", "n", "started"]


def as_series(
    frame: pd.DataFrame,
    *,
    measure: str,
    value: str,
    time: str,
    series: str | None = None,
    started: Any = None,
    arm: str | None = None,
    n: str | None = None,
    change: str,
    comparison: str | None = None,
    outcome_unit: str = "points",
    every: str = "period",
    cycle_length: int | None = None,
    design: "DesignKind" = "interrupted_time_series",
    series_name: str = "school",
    higher_is: Literal["better", "worse"] = "better",
    sd: float | None = None,
) -> SeriesPanel:
    """Line a table up as the analysis table of one measure over time.

    Parameters
    ----------
    frame : DataFrame, one row per series and period
        It is not changed.
    measure : what the value is called
    value : column of numbers, in `outcome_unit`; missing where not observed
    time : column of periods: whole numbers one apart, dates (with `every` a day, week, month, quarter or year), or names such as `2014-15`
    series : column that names the school, classroom or student; None for a single series
    started : column, or one value for every series of the change arm: the period (as in `time`) in which the change began; missing: never
    arm : column of arm names, or None: series in which the change began are the `change` arm
    n : column with how many people stand behind a value
    change, comparison : the two arms compared; `comparison` may be None
    every, cycle_length : what a period is called, and how many make a season
    sd : how much single people differed before the change, for effect sizes; None without them
    outcome_unit, design, series_name, higher_is : what the record says of itself

    Returns
    -------
    SeriesPanel
        One row per series and period, from the first period of any to the last; where there was no row, the value is missing. Rows of other
        arms are left out and counted in `notes`.

    Raises
    ------
    DesignError
        CY301 when a column is missing, a series has two rows for a period, two arms or two starts, or `time` cannot be put in order.

    Notes
    -----
    Names of periods are put in their order and counted one by one: a period that no series has is not seen.
    A date between two periods belongs to the period that holds it: a change that starts on a Wednesday starts in that week.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2019, 2020, 2021, 2022], "rate": [0.2, 0.21, 0.15, 0.14]})
    >>> as_series(frame, measure="rate", value="rate", time="year", started=2021, change="texts", every="year").text
    'rate: 1 series (school) over 4 periods (year); the change began in 1.'
    """
    starts = started if isinstance(started, str) and started in frame.columns else None
    named = [one for one in (value, time, series, starts, arm, n) if one is not None]
    _require_columns(frame, named)
    if change == comparison:
        raise DesignError("the change and the comparison are the same arm", code="CY301", where="as_series")
    clock = _Clock(frame[time], every=every, name=time)
    table = pd.DataFrame(
        {
            "series": _names(frame[series]) if series else measure,
            "time": clock.places(frame[time]),
            "value": _numbers(frame[value], value),
            "n": _numbers(frame[n], n) if n else np.nan,
            "started": clock.starts(frame[starts]) if starts else clock.one(started, len(frame)),
        }
    )
    table["arm"] = _arms(frame, arm, table["started"], change, comparison)
    if starts is None:
        table["started"] = table["started"].where(table["arm"] == change)
    table, notes = _in_arms(table, change, comparison, chosen=arm is not None)
    _require_one_row_each(table)
    return SeriesPanel(
        table=_complete(table, clock),
        measure=measure,
        outcome_unit=outcome_unit,
        design=design,
        change=change,
        comparison=comparison,
        series_name=series_name,
        every=every,
        cycle_length=cycle_length,
        higher_is=higher_is,
        notes=notes,
        sd=sd,
    )


class _Clock:
    """How the values of a column of periods become whole numbers from 0 on, and back."""

    def __init__(self, column: pd.Series, *, every: str, name: str) -> None:
        if column.isna().any():
            raise _refusal(f"{int(column.isna().sum()):,} rows name no period", name)
        self.frequency = CALENDAR.get(every) if _is_dated(column) else None
        self.counted = self.frequency is not None or pd.api.types.is_numeric_dtype(column)
        self.name, self.order = name, {}
        if self.counted:
            whole = self._whole(column)
            self.first = int(whole.min()) if len(whole) else 0
            self._require_dense(whole)
        else:
            keys = sorted({period_text(one) for one in column}, key=period_key)
            self.order = {key: place for place, key in enumerate(keys)}

    def places(self, column: pd.Series) -> np.ndarray:
        if self.counted:
            return self._whole(column) - self.first
        return column.map(period_text).map(self.order).to_numpy(dtype=np.int64)

    def starts(self, column: pd.Series) -> pd.Series:
        known = column.notna()
        if pd.api.types.is_float_dtype(column):
            known &= np.isfinite(column)
        found = pd.Series(pd.NA, index=column.index, dtype="Int64")
        found[known] = self._starting(column[known])
        return found

    def one(self, started: Any, length: int) -> Any:
        """One start for all; none where nobody said."""
        if started is None or pd.isna(started):
            return pd.array([pd.NA] * length, dtype="Int64")
        place = int(self._starting(pd.Series([started]))[0])
        return pd.array([place] * length, dtype="Int64")

    def label(self, place: int) -> str:
        """A period as it is written."""
        if self.frequency:
            return period_text(pd.Period(ordinal=self.first + place, freq=self.frequency).start_time)
        return str(self.first + place) if self.counted else list(self.order)[place]

    def _starting(self, column: pd.Series) -> np.ndarray:
        if self.counted:
            return self._whole(column) - self.first
        last = len(self.order)
        return np.array([self._first_from(period_text(one), last) for one in column], dtype=np.int64)

    def _first_from(self, start: str, last: int) -> int:
        if start in self.order:
            return self.order[start]
        later = [place for key, place in self.order.items() if period_key(key) >= period_key(start)]
        return min(later, default=last)

    def _whole(self, column: pd.Series) -> np.ndarray:
        if self.frequency:
            days = pd.Series(pd.to_datetime(column, errors="coerce"), index=column.index)
            if days.isna().any():
                raise _refusal(f"{int(days.isna().sum()):,} values are not dates", self.name)
            return days.dt.to_period(self.frequency).map(lambda one: one.ordinal).to_numpy(dtype=np.int64)
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
        if not np.isfinite(values).all() or (values != np.round(values)).any():
            raise _refusal("periods are whole numbers, dates or names", self.name)
        return values.astype(np.int64)

    def _require_dense(self, whole: np.ndarray) -> None:
        present = len(np.unique(whole))
        if present and 1 - present / (int(whole.max()) - self.first + 1) > MOST_HOLES:
            raise _refusal(
                "the periods are not one apart: most whole numbers between first and last have no row", self.name
            )


def _is_dated(column: pd.Series) -> bool:
    return pd.api.types.is_datetime64_any_dtype(column) or (bool(len(column)) and hasattr(column.iloc[0], "isoformat"))


def _refusal(what: str, column: str) -> DesignError:
    return DesignError(what, code="CY301", where=f"as_series, {column}")


def _require_columns(frame: pd.DataFrame, names: list[str]) -> None:
    absent = [name for name in names if name not in frame.columns]
    if absent:
        hint = nearest(absent[0], [str(name) for name in frame.columns])
        raise DesignError(f"the table has no column {', '.join(absent)}", code="CY301", where="as_series", fix=hint)


def _names(column: pd.Series) -> pd.Series:
    if column.isna().any():
        raise _refusal(f"{int(column.isna().sum()):,} rows name no series", str(column.name))
    if pd.api.types.is_float_dtype(column.dtype) and (column == column.round()).all():
        column = column.astype("int64")
    return column.astype("str")


def _numbers(column: pd.Series, name: str) -> pd.Series:
    values = pd.to_numeric(column, errors="coerce").astype("Float64").astype(float)
    unread = int((values.isna() & column.notna()).sum()) + int(np.isinf(values).sum())
    if unread:
        raise _refusal(f"{unread:,} values are not numbers", name)
    return values


def _arms(
    frame: pd.DataFrame, arm: str | None, started: pd.Series, change: str, comparison: str | None
) -> "pd.Series | np.ndarray":
    if arm is not None:
        return frame[arm].astype("object").map(str, na_action="ignore").astype("str").to_numpy()
    return np.where(started.notna(), change, comparison or NEVER_STARTED)


def _in_arms(
    table: pd.DataFrame, change: str, comparison: str | None, *, chosen: bool
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The rows of the arms compared; with a comparison, one start for all is that of the change arm."""
    if not chosen:
        return table, ()
    inside = table["arm"].isin([change] if comparison is None else [change, comparison])
    out = table.loc[~inside, "series"].nunique()
    return table[inside], (f"{out:,} series are in other arms, which are left out.",) if out else ()


def _require_one_row_each(table: pd.DataFrame) -> None:
    twice = int(table.duplicated(["series", "time"], keep=False).sum())
    if twice:
        raise _refusal(f"{twice:,} rows name a series and period that appear more than once", "series and time")
    for column, what in (("arm", "arm"), ("started", "start")):
        several = int((table.groupby("series")[column].nunique(dropna=False) > 1).sum())
        if several:
            raise _refusal(f"{several:,} series have more than one {what}", column)


def _complete(table: pd.DataFrame, clock: _Clock) -> pd.DataFrame:
    """Every series in every period, in order."""
    series = table.drop_duplicates("series")[["series", "arm", "started"]].sort_values("series")
    first, last = (int(table["time"].min()), int(table["time"].max())) if len(table) else (0, -1)
    times = pd.DataFrame({"time": np.arange(first, last + 1)})
    grid = series.merge(times, how="cross").merge(
        table[["series", "time", "value", "n"]], on=["series", "time"], how="left"
    )
    labels = {place: clock.label(place) for place in range(first, last + 1)}
    grid["period"] = grid["time"].map(labels).astype("str")
    return grid[KEYS].reset_index(drop=True)
