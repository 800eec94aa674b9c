"""The school year of the example district: its days, waves, terms, and the day the change starts."""

from typing import Literal

import numpy as np

Stage = Literal["before", "after"]
Days = np.ndarray
"""School days as `datetime64[D]`, in order."""

STARTED_ON = np.datetime64("2026-10-05")
FIRST_DAY = np.datetime64("2026-08-31")
LAST_DAY = np.datetime64("2027-01-29")
YEAR_ENDS_ON = np.datetime64("2027-06-18")
NEVER = np.datetime64("2999-01-01")

HOLIDAYS = np.array(
    [
        "2026-09-07",
        "2026-10-12",
        "2026-11-03",
        "2026-11-11",
        "2026-11-26",
        "2026-11-27",
        *np.arange("2026-12-24", "2027-01-02", dtype="datetime64[D]").astype(str),
        "2027-01-18",
    ],
    dtype="datetime64[D]",
)

BASELINE = "2026-fall"
FOLLOW_UP = "2027-winter"
WAVES = {
    BASELINE: np.arange("2026-09-21", "2026-09-26", dtype="datetime64[D]"),
    FOLLOW_UP: np.arange("2027-01-19", "2027-01-26", dtype="datetime64[D]")[[0, 1, 2, 3, 6]],
}
"""The days on which each wave was open."""

LAST_YEAR = "2025-26"
TERMS = {"2026-Q1": np.datetime64("2026-11-06"), "2026-Q2": np.datetime64("2027-01-22")}
"""Marking terms of this year and the day each ends."""

ADVISORY_WEEKDAYS = (0, 2, 3)
"""Advisory meets on Monday, Wednesday and Thursday."""


def school_days() -> Days:
    """Weekdays from the first day to the last that is exported, holidays out.

    Examples
    --------
    >>> days = school_days()
    >>> str(days[0]), str(days[-1]), bool(np.isin(HOLIDAYS, days).any())
    ('2026-08-31', '2027-01-29', False)
    """
    days = np.arange(FIRST_DAY, LAST_DAY + 1)
    return days[(weekday(days) < 5) & ~np.isin(days, HOLIDAYS)]


def weekday(days: Days) -> np.ndarray:
    """Monday is 0.

    >>> int(weekday(np.array(["2026-10-05"], dtype="datetime64[D]"))[0])
    0
    """
    return (days.astype("datetime64[D]").astype(int) + 3) % 7


def week(days: Days) -> np.ndarray:
    """Number of the week since 1970, weeks starting on Monday."""
    return (days.astype("datetime64[D]").astype(int) + 3) // 7


def exported_until(stage: Stage) -> np.datetime64:
    """The last day a file of this stage knows of: the day before the start, or the last day."""
    return STARTED_ON - 1 if stage == "before" else LAST_DAY
