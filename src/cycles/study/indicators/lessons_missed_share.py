"""A balancing measure: how much lesson time students spent in support sessions instead."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cycles.study.indicators import INDICATORS
from cycles.study.indicators._windows import Window, as_days, as_numbers, require_columns

FALSE_WORDS = frozenset({"false", "0", "0.0", "no", "n", "f"})


@INDICATORS.register(
    "lessons_missed_share",
    needs=("sessions", "attendance_days"),
    unit="share of lesson time",
    higher_is="worse",
    title="Lesson time spent in support sessions",
)
def lessons_missed_share(
    tables: Mapping[str, pd.DataFrame],
    *,
    window: Window,
    lesson_minutes_per_day: float = 360,
    service: str | None = None,
) -> pd.DataFrame:
    r"""Minutes of sessions held in school hours as a share of the student's scheduled lesson minutes.

    .. math::
        \text{lessons\_missed\_share} =
        \frac{\text{session minutes in school hours}}{\text{enrolled school days} \times \text{minutes a day}}

    Parameters
    ----------
    tables : `sessions` (`student_id, on, minutes, in_school_hours, service`) and `attendance_days` (`student_id, on`)
    window : the time it is about
    lesson_minutes_per_day : scheduled lesson minutes of a school day
    service : count sessions of this service only

    Returns
    -------
    DataFrame, one row per student with enrolled days and period
        `student_id, period, value` (share, 0-1; 0 for students without sessions), `n` (scheduled lesson minutes).

    Raises
    ------
    ContractError
        CY211 missing columns, CY212 values that are not dates or numbers.

    Notes
    -----
    A school day is a day the student has an attendance record for, present or not. A session that does not say whether it was held in
    school hours counts as if it was: a balancing measure errs on the side of seeing harm. Sessions without minutes are left out.

    Examples
    --------
    >>> days = pd.DataFrame({"student_id": "a", "on": pd.date_range("2026-10-05", periods=5), "status": "present"})
    >>> sessions = pd.DataFrame({"student_id": ["a"], "on": ["2026-10-05"], "minutes": [36], "in_school_hours": [True]})
    >>> window = Window.of(by="window", since=None, until=None, period=None)
    >>> lessons_missed_share({"sessions": sessions, "attendance_days": days}, window=window).value.item()
    0.02
    """
    records, sessions = tables["attendance_days"], tables["sessions"]
    require_columns(records, ("student_id", "on"), name="attendance_days")
    require_columns(sessions, ("student_id", "on", "minutes", "in_school_hours"), name="sessions")
    days = as_days(records["on"], name="attendance_days")
    closed = window.covering(days)
    if closed is None:
        return pd.DataFrame(columns=["student_id", "period", "value", "n"])
    scheduled = _per_student(records["student_id"], days, np.ones(len(records)), closed, name="n")
    scheduled["n"] *= float(lesson_minutes_per_day)
    missed = _missed(sessions, closed, service)
    joined = scheduled.merge(missed, on=["student_id", "period"], how="left")
    return joined.assign(value=joined["minutes"].fillna(0) / joined["n"])


def _missed(sessions: pd.DataFrame, window: Window, service: str | None) -> pd.DataFrame:
    counts = in_lesson_time(sessions["in_school_hours"])
    if service is not None:
        require_columns(sessions, ("service",), name="sessions")
        counts &= (sessions["service"] == service).fillna(False).to_numpy(dtype=bool)
    rows = sessions[counts]
    minutes = as_numbers(rows["minutes"], name="sessions").fillna(0).to_numpy()
    return _per_student(rows["student_id"], as_days(rows["on"], name="sessions"), minutes, window, name="minutes")


def in_lesson_time(column: pd.Series) -> np.ndarray:
    """Whether each session was held in school hours; true where it is not said."""
    words = column.astype("str").str.strip().str.lower().where(column.notna(), "")
    return ~words.isin(FALSE_WORDS).to_numpy(dtype=bool)


def _per_student(ids: pd.Series, days: pd.Series, amounts: np.ndarray, window: Window, *, name: str) -> pd.DataFrame:
    inside = window.holds(days)
    table = pd.DataFrame(
        {"student_id": ids[inside], "period": window.periods(days[inside]), name: amounts[inside.to_numpy()]}
    )
    return table.groupby(["student_id", "period"], as_index=False, sort=False)[[name]].sum()
