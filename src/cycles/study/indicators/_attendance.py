"""Days enrolled and days absent as whole hundredths of a day, so that no threshold is ever compared in floats."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, ParameterError
from cycles.study.indicators._windows import Window, as_days, as_numbers, require_columns

DAY = 100
"""Hundredths in a day."""

ABSENT_HUNDREDTHS = {
    "present": 0,
    "tardy": 0,
    "half_day_absent": 50,
    "absent_excused": 100,
    "absent_unexcused": 100,
    "suspended_out": 100,
}
"""How much of the day each status misses. Tardy counts as present; excused, unexcused and out-of-school suspension alike as absent."""


def counted_days(tables: Mapping[str, pd.DataFrame], *, window: Window, half_day: int) -> pd.DataFrame:
    """Enrolled and absent hundredths of a day: one row per student and period, `student_id, period, enrolled, absent` (int)."""
    if "attendance_totals" in tables and ("attendance_days" not in tables or _asks_for_totals(window)):
        return _from_totals(tables["attendance_totals"], window)
    return _from_days(tables["attendance_days"], window, half_day)


def _asks_for_totals(window: Window) -> bool:
    return window.period is not None and window.since is None and window.until is None


def _from_days(records: pd.DataFrame, window: Window, half_day: int) -> pd.DataFrame:
    require_columns(records, ("student_id", "on", "status"), name="attendance_days")
    days = as_days(records["on"], name="attendance_days")
    inside = window.holds(days)
    days, rows = days[inside], records[inside]
    table = pd.DataFrame(
        {
            "student_id": rows["student_id"],
            "period": window.periods(days),
            "enrolled": DAY,
            "absent": _missed(rows["status"], half_day),
        }
    )
    return _summed(table)


def _missed(status: pd.Series, half_day: int) -> np.ndarray:
    """Hundredths missed, each distinct status looked up once."""
    places, distinct = pd.factorize(status)
    weights = {**ABSENT_HUNDREDTHS, "half_day_absent": half_day}
    unknown = [one for one in distinct if one not in weights]
    if unknown or (places < 0).any():
        raise ContractError(
            f"attendance has {len(unknown)} undeclared statuses and {int((places < 0).sum())} rows without one",
            code="CY213",
            where="attendance_days, column status",
            fix=f"Map each status to one of {', '.join(ABSENT_HUNDREDTHS)}.",
        )
    return (
        np.array([weights[one] for one in distinct], dtype=np.int64)[places]
        if len(distinct)
        else np.zeros(0, dtype=np.int64)
    )


def _from_totals(totals: pd.DataFrame, window: Window) -> pd.DataFrame:
    require_columns(totals, ("student_id", "period", "days_enrolled", "days_absent"), name="attendance_totals")
    _require_undated(window)
    rows = totals if window.period is None else totals[totals["period"] == window.period]
    enrolled, absent = (
        as_numbers(rows[column], name="attendance_totals") for column in ("days_enrolled", "days_absent")
    )
    known = enrolled.notna() & absent.notna()
    table = pd.DataFrame(
        {
            "student_id": rows.loc[known, "student_id"],
            "period": window.period or "all periods",
            "enrolled": hundredths(enrolled[known]),
            "absent": hundredths(absent[known]),
        }
    )
    return _summed(table)


def hundredths(days: pd.Series) -> np.ndarray:
    """Days as whole hundredths of a day."""
    return np.rint(days.to_numpy(dtype=float) * DAY).astype(np.int64)


def _require_undated(window: Window) -> None:
    dated = window.by != "window" or (window.period is None and (window.since is not None or window.until is not None))
    if dated:
        raise ParameterError(
            "attendance totals have no days, so they cannot be cut by date",
            code="CY105",
            fix="Name a `period` of the totals, or use daily attendance.",
        )


def _summed(table: pd.DataFrame) -> pd.DataFrame:
    return table.groupby(["student_id", "period"], as_index=False, sort=False)[["enrolled", "absent"]].sum()
