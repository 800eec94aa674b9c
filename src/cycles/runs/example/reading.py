"""Two small studies inside the example district: reading support below a screening score, and tutoring in mathematics offered by lot.

Everybody below the cutoff of the fall screening is given reading support. In mathematics more students asked for tutoring than there
were places, so places were drawn; not all who drew one came.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from cycles.runs.example import year
from cycles.runs.example.people import People

CUTOFF = 40.0
"""Points of the screening below which a student is given reading support."""

READING_EFFECT = 4.0
"""What reading support adds to the reading mark at the end of the second quarter (mark points)."""

TUTORING_EFFECT = 5.0
"""What coming to tutoring adds to the mark in mathematics then, for those who come because they drew a place (mark points)."""

ENOUGH_A_WEEK = 0.5
"""Who comes, comes more often than this; who does not come never does."""

_TERM = "2026-Q2"
_ASKED_SHARE = 0.6
_COMING = 0.2
_SERVICE, _ROLE = "mathematics_tutoring", "tutor"


def write_reading(data: Path, people: People, *, seed: int, until: np.datetime64) -> None:
    """Write who was screened and supported, who drew a place, the tutoring log, and the marks of both subjects.

    Parameters
    ----------
    data : the folder
    people : of the district; the students of the first day are in both studies
    seed : of the district; the same gives the same bytes
    until : the last day that the files know of
    """
    draws = np.random.default_rng([seed, 13])
    students = people.students[people.in_cohort].reset_index(drop=True)
    able = draws.normal(size=len(students))
    score = np.round(np.clip(48 + 12 * (0.85 * able + 0.53 * draws.normal(size=len(students))), 0, 100), 1)
    asked = draws.random(len(students)) < _ASKED_SHARE
    place = asked & (draws.permutation(len(students)) % 2 == 0)
    keen = draws.normal(size=len(students))
    comes = place & (_COMING + keen + 0.5 * draws.normal(size=len(students)) > 0)
    supported = score < CUTOFF
    _write_support(data / "reading-support.csv", students, score, supported)
    _write_places(data / "tutoring-places.csv", students[asked], place[asked])
    _write_log(data / "tutoring-sessions.csv", students, comes, draws, until)
    gains = {"Reading": READING_EFFECT * supported, "Mathematics": TUTORING_EFFECT * comes + 3.0 * keen}
    _write_marks(data / "reading-marks.csv", students, able, gains, draws, until)


def _write_support(path: Path, students: pd.DataFrame, score: np.ndarray, supported: np.ndarray) -> None:
    columns = {"arm": np.where(supported, "reading_support", "no_support"), "assigned_by": "screening", "score": score}
    _write_arms(path, students, supported, columns)


def _write_places(path: Path, students: pd.DataFrame, place: np.ndarray) -> None:
    _write_arms(path, students, place, {"arm": np.where(place, "tutoring", "waiting_list"), "assigned_by": "lottery"})


def _write_arms(path: Path, students: pd.DataFrame, begins: np.ndarray, columns: dict[str, object]) -> None:
    starts = np.where(begins, str(year.STARTED_ON), "")
    told = {"unit_id": students["student_id"], "unit_kind": "student", "started_on": starts, **columns}
    pd.DataFrame(told).to_csv(path, index=False, lineterminator="\n")


def _write_log(
    path: Path, students: pd.DataFrame, comes: np.ndarray, draws: np.random.Generator, until: np.datetime64
) -> None:
    """A row for each student and afternoon: of two in a week, those who come miss one in five."""
    days = year.school_days()
    days = days[(days >= year.STARTED_ON) & np.isin(year.weekday(days), (1, 3))]
    there = comes[:, None] & (draws.random((len(students), len(days))) < 0.8)
    who, when = np.nonzero(there & (days <= until))
    log = pd.DataFrame(
        {"student_id": students["student_id"].to_numpy()[who], "on": days[when].astype(str), "minutes": 45}
    )
    log = log.assign(service=_SERVICE, provider_role=_ROLE, provider_id="T1", in_school_hours="false")
    log.sort_values(["on", "student_id"], kind="stable").to_csv(path, index=False, lineterminator="\n")


def _write_marks(
    path: Path,
    students: pd.DataFrame,
    able: np.ndarray,
    gains: dict[str, np.ndarray],
    draws: np.random.Generator,
    until: np.datetime64,
) -> None:
    """Marks of last year, and of the second quarter once it has ended."""
    parts = []
    for term in (year.LAST_YEAR, _TERM):
        for subject, gain in gains.items():
            raw = 70 + 6 * able + (gain if term == _TERM else 0.0) + 5 * draws.normal(size=len(students))
            columns = {
                "student_id": students["student_id"],
                "term": term,
                "course_id": subject[:3].upper(),
                "subject": subject,
            }
            parts.append(pd.DataFrame(columns).assign(mark=np.round(np.clip(raw, 0, 100), 1), credits="1.0"))
    marks = pd.concat(parts)
    ended = [year.LAST_YEAR, *([_TERM] if year.TERMS[_TERM] <= until else [])]
    marks[marks["term"].isin(ended)].to_csv(path, index=False, lineterminator="\n")
