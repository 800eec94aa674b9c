"""Supports given: from a log of sessions to what each student received."""

import pandas as pd

SCHOOL_YEAR_MINUTES = 180 * 6 * 60
"""Minutes of a school year of 180 days of six hours, the yardstick that partners of schools use; a district may name its own."""


def dosage(
    sessions: pd.DataFrame,
    *,
    service: str | None = None,
    since: object = None,
    until: object = None,
    school_year_minutes: float = SCHOOL_YEAR_MINUTES,
) -> pd.DataFrame:
    """What each student received of each service.

    Parameters
    ----------
    sessions : DataFrame, one row per student and session
        `student_id` (str), `on` (date), `minutes` (number), `service` (str). Contract: `sessions`.
    service : one service only; all when None
    since, until : first and last day counted, both inclusive; open when None
    school_year_minutes : minutes of instruction in a school year

    Returns
    -------
    DataFrame, one row per student and service
        `student_id, service, n_sessions, minutes, school_year_share` (minutes over `school_year_minutes`), `first_on`, `last_on`.

    Notes
    -----
    Students without a session are not in it: who could have had one is known from the roster, not from the log. A session without minutes
    counts as a session of no minutes. Not a measure of quality.

    Examples
    --------
    >>> log = pd.DataFrame({"student_id": ["a", "a"], "on": pd.to_datetime(["2026-10-05", "2026-10-07"]), "minutes": [30, 15],
    ...                     "service": ["tutoring", "tutoring"]})
    >>> dosage(log)[["student_id", "n_sessions", "minutes"]].values.tolist()
    [['a', 2, 45.0]]
    """
    counted = _in_window(sessions, service, since, until)
    groups = counted.astype({"minutes": "float64"}).groupby(["student_id", "service"], as_index=False, sort=True)
    received = groups.agg(
        n_sessions=("on", "size"), minutes=("minutes", "sum"), first_on=("on", "min"), last_on=("on", "max")
    )
    received["school_year_share"] = received["minutes"] / school_year_minutes
    return received[["student_id", "service", "n_sessions", "minutes", "school_year_share", "first_on", "last_on"]]


def _in_window(sessions: pd.DataFrame, service: str | None, since: object, until: object) -> pd.DataFrame:
    kept = pd.Series(True, index=sessions.index)
    if service is not None:
        kept &= sessions["service"] == service
    if since is not None:
        kept &= sessions["on"] >= pd.Timestamp(since)  # type: ignore[arg-type]
    if until is not None:
        kept &= sessions["on"] <= pd.Timestamp(until)  # type: ignore[arg-type]
    return sessions[kept]
