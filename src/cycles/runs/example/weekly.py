"""Weekly figures of ten schools, as a district publishes them: attendance, and students who came late, over two school years.

In five of the schools families are sent a text on the day of an absence, from the start of the cycle on.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from cycles.runs.example import year

SCHOOLS = tuple(f"MS{number:02d}" for number in range(1, 11))
TEXTED = SCHOOLS[:5]
"""The schools that send texts, from :data:`cycles.runs.example.year.STARTED_ON` on."""

FIRST_WEEK, LAST_WEEK = np.datetime64("2025-09-01"), np.datetime64("2027-01-25")
CLOSED = (
    ("2025-12-22", "2026-01-02"),
    ("2026-02-16", "2026-02-20"),
    ("2026-04-06", "2026-04-10"),
    ("2026-06-22", "2026-08-28"),
    ("2026-12-24", "2027-01-02"),
)
"""First and last days without school; a week is published where school was open for a day."""

JUMP, RISE = 0.012, 0.0004
"""What texts add to attendance: at once, and each week further on (share of enrolled days)."""

_WINTER, _CARRIED, _COMMON_SD, _OWN_SD = 0.018, 0.35, 0.004, 0.006


def write_weekly(path: Path, *, seed: int, until: np.datetime64) -> None:
    """Write the figures of every week up to a day, in the columns of `site_measures`.

    Parameters
    ----------
    path : the file
    seed : of the district; the same gives the same bytes
    until : the last day that the file knows of
    """
    draws = np.random.default_rng([seed, 10])
    weeks = _weeks()
    attendance, late = _attendance(weeks, draws), _late(weeks, draws)
    people = draws.integers(220, 520, len(SCHOOLS))
    parts = [
        pd.DataFrame({
            "site_id": school, "period": weeks.astype(str), "measure": measure, "value": np.round(values[place], 4), "n": people[place],
        })
        for measure, values in (("attendance_share", attendance), ("late_share", late))
        for place, school in enumerate(SCHOOLS)
    ]  # fmt: skip
    rows = pd.concat(parts)
    rows[rows["period"] <= str(until)].to_csv(path, index=False, lineterminator="\n")


def planted_effect(first: str = "2026-10-05", last: str = "2027-01-25") -> float:
    """The mean effect of the texts on attendance over the weeks from the start on, as planted.

    >>> round(planted_effect(), 4)
    0.015
    """
    weeks = _weeks()
    since = np.arange(((weeks >= np.datetime64(first)) & (weeks <= np.datetime64(last))).sum())
    return float((JUMP + RISE * since).mean())


def _weeks() -> np.ndarray:
    """The Mondays of weeks with a school day."""
    mondays = np.arange(FIRST_WEEK, LAST_WEEK + 1, 7)
    closed = np.concatenate([np.arange(first, np.datetime64(last) + 1) for first, last in CLOSED])  # type: ignore[arg-type]
    days = mondays[:, None] + np.arange(5)
    return mondays[~np.isin(days, closed).all(axis=1)]


def _attendance(weeks: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    level = draws.normal(0.925, 0.012, len(SCHOOLS))
    drift = draws.normal(0, 0.00008, len(SCHOOLS))
    winter = -_WINTER * np.exp(-((_weeks_from_new_year(weeks) / 6) ** 2))
    common = _carried(draws.normal(0, _COMMON_SD, (1, len(weeks))))
    own = _carried(draws.normal(0, _OWN_SD, (len(SCHOOLS), len(weeks))))
    under = weeks >= year.STARTED_ON
    texts = np.where(under, JUMP + RISE * (np.cumsum(under) - 1), 0.0)
    texted = np.isin(SCHOOLS, TEXTED)[:, None]
    values = level[:, None] + drift[:, None] * np.arange(len(weeks)) + winter + common + own + texted * texts
    return np.clip(values, 0.5, 0.995)


def _late(weeks: np.ndarray, draws: np.random.Generator) -> np.ndarray:
    level = draws.normal(0.05, 0.008, (len(SCHOOLS), 1))
    return np.clip(level + _carried(draws.normal(0, 0.004, (len(SCHOOLS), len(weeks)))), 0.001, 0.5)


def _weeks_from_new_year(weeks: np.ndarray) -> np.ndarray:
    """How far the nearest New Year (plus three weeks, when colds are at their worst) is away."""
    worst = np.array(["2026-01-19", "2027-01-18"], dtype="datetime64[D]")
    return np.abs((weeks[:, None] - worst).astype(int) / 7).min(axis=1)


def _carried(shocks: np.ndarray) -> np.ndarray:
    """Shocks of which a part is carried over into the next week."""
    values = shocks.copy()
    for place in range(1, values.shape[1]):
        values[:, place] += _CARRIED * values[:, place - 1]
    return values
