"""Dosage as frequency: support sessions a student had for each week enrolled."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cycles.core.errors import ParameterError, nearest
from cycles.study.indicators import INDICATORS
from cycles.study.indicators._windows import Window, as_days, require_columns

SCHOOL_DAYS = 5
"""Weekdays in a week of enrolment."""


@INDICATORS.register(
    "sessions_per_week",
    needs=("sessions", "students"),
    unit="sessions a week",
    higher_is="better",
    counts="per",
    title="Sessions a week",
)
def sessions_per_week(
    tables: Mapping[str, pd.DataFrame], *, window: Window, service: str | None = None
) -> pd.DataFrame:
    r"""Sessions each student had, divided by the weeks the student was enrolled in the window.

    .. math:: \text{sessions\_per\_week} = \frac{\text{sessions}}{\text{weekdays enrolled} / 5}

    Parameters
    ----------
    tables : `sessions` (`student_id, on, service`) and `students` (`student_id`, and `entered_on, left_on` where known)
    window : the time it is about; open ends are the first and last session of any service
    service : count sessions of this service only

    Returns
    -------
    DataFrame, one row per student enrolled and period
        `student_id, period, value` (sessions a week; 0 for students without any), `n` (weeks enrolled).

    Raises
    ------
    ContractError
        CY211 missing columns, CY212 values that are not dates.
    ParameterError
        CY102 for a service that no session has: a misspelt name would read as never done.

    Notes
    -----
    Enrolment runs from `entered_on` to `left_on`, both included; several rows of a student are joined, from the earliest entry to the
    latest leaving. Holidays count as enrolled. Sessions of students who are not on the roster are not counted here.

    Examples
    --------
    >>> sessions = pd.DataFrame({"student_id": ["a", "a"], "on": ["2026-10-05", "2026-10-14"], "service": "check_in"})
    >>> window = Window.of(by="window", since="2026-10-05", until="2026-10-16", period=None)
    >>> sessions_per_week({"sessions": sessions, "students": pd.DataFrame({"student_id": ["a", "b"]})}, window=window).value.tolist()
    [1.0, 0.0]
    """
    sessions, students = tables["sessions"], tables["students"]
    require_columns(sessions, ("student_id", "on", "service"), name="sessions")
    require_columns(students, ("student_id",), name="students")
    days = as_days(sessions["on"], name="sessions")
    closed = window.covering(days)
    wanted = _of_service(sessions, service)
    if closed is None:
        return pd.DataFrame(columns=["student_id", "period", "value", "n"])
    enrolled = _weeks_enrolled(students, closed)
    counted = _counted(sessions[wanted & closed.holds(days)], days, closed)
    joined = enrolled.merge(counted, on=["student_id", "period"], how="left")
    return joined.assign(value=joined["sessions"].fillna(0) / joined["n"])


def _of_service(sessions: pd.DataFrame, service: str | None) -> pd.Series:
    if service is None:
        return pd.Series(True, index=sessions.index)
    chosen = sessions["service"] == service
    if len(sessions) and not chosen.any():
        known = sessions["service"].dropna().unique()
        raise ParameterError(
            f"no session has the service '{service}'", code="CY102", where="measures", fix=nearest(service, known)
        )
    return chosen.fillna(False).astype(bool)


def _weeks_enrolled(students: pd.DataFrame, window: Window) -> pd.DataFrame:
    """Weekdays enrolled in each period, in weeks; periods a student was not enrolled in are left out."""
    ids, first, last = _enrolments(students, window)
    parts = []
    for name, start, end in window.spans():
        weekdays = np.busday_count(np.maximum(first, start), np.minimum(last, end) + np.timedelta64(1, "D"))
        parts.append(pd.DataFrame({"student_id": ids, "period": name, "n": weekdays / SCHOOL_DAYS}))
    weeks = pd.concat(parts, ignore_index=True)
    return weeks[weeks["n"] > 0]


def _enrolments(students: pd.DataFrame, window: Window) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Each student's first and last day enrolled, the window's ends where no date is known."""
    spans = pd.DataFrame(
        {
            "student_id": students["student_id"],
            "first": _dates(students, "entered_on").fillna(window.since),
            "last": _dates(students, "left_on").fillna(window.until),
        }
    )
    joined = spans.groupby("student_id", sort=False).agg(first=("first", "min"), last=("last", "max"))
    first, last = (joined[end].to_numpy().astype("datetime64[D]") for end in ("first", "last"))
    return joined.index, first, np.maximum(last, first - np.timedelta64(1, "D"))


def _dates(students: pd.DataFrame, column: str) -> pd.Series:
    if column not in students:
        return pd.Series(pd.NaT, index=students.index, dtype="datetime64[us]")
    return as_days(students[column], name="students")


def _counted(sessions: pd.DataFrame, days: pd.Series, window: Window) -> pd.DataFrame:
    named = pd.DataFrame({"student_id": sessions["student_id"], "period": window.periods(days[sessions.index])})
    return named.groupby(["student_id", "period"], as_index=False).size().rename(columns={"size": "sessions"})
