"""The time an indicator is about: which rows count, and what each period is called. Shared by the indicators."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, ParameterError

CODES = {"week": "W-SUN", "month": "M"}


@dataclass(frozen=True, kw_only=True)
class Window:
    """First and last day that count, the length of a period, and a name."""

    by: Literal["window", "week", "month"]
    since: pd.Timestamp | None
    until: pd.Timestamp | None
    period: str | None

    @classmethod
    def of(cls, *, by: str, since: date | str | None, until: date | str | None, period: str | None) -> "Window":
        """A window from what the caller wrote."""
        if by not in ("window", "week", "month"):
            raise ParameterError(f"by='{by}' is not a length of time", code="CY105", fix="Use window, week or month.")
        first, last = _moment(since, "since"), _moment(until, "until")
        if first is not None and last is not None and first > last:
            raise ParameterError("since is later than until", code="CY105", fix="Exchange the two dates.")
        return cls(by=by, since=first, until=last, period=period)  # type: ignore[arg-type]

    def covering(self, days: pd.Series) -> "Window | None":
        """The same window with open ends closed by the first and last of `days`; None when nothing is left."""
        first = self.since if self.since is not None else days.min()
        last = self.until if self.until is not None else days.max()
        if pd.isna(first) or pd.isna(last) or first > last:
            return None
        return Window(by=self.by, since=first, until=last, period=self.period)

    def holds(self, days: pd.Series) -> pd.Series:
        """Which days lie in the window; a missing day does not."""
        inside = days.notna()
        if self.since is not None:
            inside &= days >= self.since
        if self.until is not None:
            inside &= days <= self.until
        return inside

    def periods(self, days: pd.Series) -> pd.Series:
        """The name of the period each day belongs to."""
        if self.by == "window":
            return pd.Series(self.name(days), index=days.index, dtype="str")
        return days.dt.to_period(CODES[self.by]).dt.start_time

    def spans(self) -> list[tuple[str | pd.Timestamp, np.datetime64, np.datetime64]]:
        """Every period of a closed window: its name, first and last day, cut at the window's ends."""
        first, last = np.datetime64(self.since, "D"), np.datetime64(self.until, "D")
        if self.by == "window":
            return [(self.name(), first, last)]
        spans: list[tuple[str | pd.Timestamp, np.datetime64, np.datetime64]] = []
        for one in pd.period_range(self.since, self.until, freq=CODES[self.by]):
            start, end = np.datetime64(one.start_time, "D"), np.datetime64(one.end_time, "D")
            spans.append((one.start_time, max(start, first), min(end, last)))
        return spans

    def name(self, days: pd.Series | None = None) -> str:
        """What a whole window is called: its given name, or its first and last day."""
        if self.period is not None:
            return self.period
        ends = self.covering(days) if days is not None else self
        return f"{ends.since:%Y-%m-%d} to {ends.until:%Y-%m-%d}" if ends is not None else "no days"


def require_columns(table: pd.DataFrame, columns: tuple[str, ...], *, name: str) -> None:
    """Refuse a table that lacks a column, naming all that it lacks."""
    missing = [column for column in columns if column not in table]
    if missing:
        raise ContractError(f"{name} has no column {', '.join(missing)}", code="CY211", where=name)


def as_days(column: pd.Series, *, name: str) -> pd.Series:
    """A column as whole days; text must be ISO dates."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.normalize()
    days = pd.to_datetime(column.replace("", None), errors="coerce", format="ISO8601")
    unread = int((days.isna() & column.notna() & (column.astype("str") != "")).sum())
    if unread:
        raise ContractError(f"{unread} values of {column.name} are not dates", code="CY212", where=name)
    return days.dt.normalize()


def as_numbers(column: pd.Series, *, name: str) -> pd.Series:
    """A column as numbers; missing stays missing."""
    numbers = pd.to_numeric(column.replace("", None), errors="coerce").astype("Float64").astype(float)
    unread = int((numbers.isna() & column.notna() & (column.astype("str") != "")).sum())
    if unread:
        raise ContractError(f"{unread} values of {column.name} are not numbers", code="CY212", where=name)
    return numbers


def _moment(day: date | str | None, name: str) -> pd.Timestamp | None:
    if day is None:
        return None
    try:
        return pd.Timestamp(day).normalize()
    except ValueError:
        raise ParameterError(f"{name} is not a date", code="CY105", fix="Write it as 2026-10-05.") from None
