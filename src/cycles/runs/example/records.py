"""What schools write down: daily attendance, support sessions, course marks. The arm changes none but the check-ins."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cycles.runs.example import year
from cycles.runs.example.people import People

STATUSES = ("present", "tardy", "absent_excused", "absent_unexcused", "half_day_absent", "suspended_out")
_ABSENT_KINDS = np.array([2, 3, 4, 5], dtype=np.int8)
_ABSENT_SHARES = (0.50, 0.32, 0.15, 0.03)
_TARDY_SHARE = 0.04
_TYPICAL_ABSENCE = -2.75  # log odds: about 6 in 100 days
_ABSENCE_SD = 0.75
_WITH_BELONGING = -0.35  # correlation of a student's tendency to be absent with belonging

ADVISERS_DO = (0.72, 0.96)
"""Least and greatest share of advisories in which an adviser of the change arm really checks in."""


@dataclass(frozen=True)
class Service:
    """A support: who gives it, the share of students who have it, its minutes, how often it falls in a lesson."""

    name: str
    provider_role: str
    students_share: float
    weekly_share: float
    minutes: tuple[int, int]
    in_lesson_share: float


SERVICES = (
    Service("tutoring", "tutor", 0.22, 0.7, (30, 45), 0.45),
    Service("postsecondary_advising", "postsecondary_transition_coach", 0.10, 0.3, (15, 20), 0.30),
    Service("mental_health_coaching", "success_coach", 0.08, 0.5, (20, 30), 0.35),
)
CHECK_IN = Service("check_in", "adviser", 1.0, 1.0, (2, 2), 0.0)
SUBJECTS = (("ENG", "English"), ("MAT", "Mathematics"), ("SCI", "Science"), ("SOC", "Social studies"))


@dataclass(frozen=True)
class Attendance:
    """`days`; `enrolled` (students x days); `status`, positions in `STATUSES` (students x days, meaningless where not enrolled)."""

    days: np.ndarray
    enrolled: np.ndarray
    status: np.ndarray

    @property
    def present(self) -> np.ndarray:
        """Students x days: in school, on time or not."""
        return self.enrolled & (self.status <= 1)

    @property
    def standing(self) -> np.ndarray:
        """Each student's share of days present, standardised over students."""
        share = self.present.sum(axis=1) / np.maximum(self.enrolled.sum(axis=1), 1)
        return (share - share.mean()) / share.std()


def draw_attendance(people: People, belonging: np.ndarray, rng: np.random.Generator) -> Attendance:
    """Draw a status for every student and school day; students who belong less (`belonging`, standardised) are absent more."""
    days = year.school_days()
    n = len(belonging)
    tendency = _WITH_BELONGING * belonging + np.sqrt(1 - _WITH_BELONGING**2) * rng.standard_normal(n)
    edge_of_week = np.where(np.isin(year.weekday(days), (0, 4)), 0.2, -0.1)
    log_odds = _TYPICAL_ABSENCE + _ABSENCE_SD * tendency[:, None] + edge_of_week
    absent = rng.random((n, len(days)), dtype=np.float32) < 1 / (1 + np.exp(-log_odds))
    kind = rng.random((n, len(days)), dtype=np.float32)
    status = (kind < _TARDY_SHARE).astype(np.int8)
    bounds = np.cumsum(_ABSENT_SHARES)[:-1]
    status[absent] = _ABSENT_KINDS[np.searchsorted(bounds, kind[absent])]
    return Attendance(days, people.enrolled(days), status)


def draw_sessions(people: People, attendance: Attendance, rng: np.random.Generator) -> pd.DataFrame:
    """Draw support sessions, one row each.

    Returns
    -------
    DataFrame, one row per session, by day, student and service
        `student` (row), `day` (position), `service` (position in `(CHECK_IN, *SERVICES)`), `minutes`, `provider` (number
        within the school; 0 is the student's own adviser), `in_lesson`.
    """
    parts = [_check_ins(people, attendance, rng)]
    parts += [_support(at, service, attendance, rng) for at, service in enumerate(SERVICES, start=1)]
    return pd.concat(parts).sort_values(["day", "student", "service"], kind="stable", ignore_index=True)


def _check_ins(people: People, attendance: Attendance, rng: np.random.Generator) -> pd.DataFrame:
    days = attendance.days
    meets = (days >= year.STARTED_ON) & np.isin(year.weekday(days), year.ADVISORY_WEEKDAYS)
    n_classrooms = len(people.classrooms)
    kept_up = rng.uniform(*ADVISERS_DO, n_classrooms)
    held = (rng.random((n_classrooms, len(days))) < kept_up[:, None]) & meets
    held &= (people.classrooms["arm"] == "check_ins").to_numpy()[:, None]
    found = []
    for day in np.flatnonzero(meets):
        here = held[people.classroom_on(days[day]), day] & attendance.present[:, day]
        found.append(pd.DataFrame({"student": np.flatnonzero(here), "day": day}))
    return pd.concat(found).assign(service=0, minutes=CHECK_IN.minutes[0], provider=0, in_lesson=False)


def _support(at: int, service: Service, attendance: Attendance, rng: np.random.Generator) -> pd.DataFrame:
    """At most one session a week, on a day of that week when the student was in school."""
    n = len(attendance.enrolled)
    weeks = year.week(attendance.days)
    has_it = rng.random(n) < service.students_share
    found = []
    for one in np.unique(weeks):
        in_week = np.flatnonzero(weeks == one)
        day = in_week[(rng.random(n) * len(in_week)).astype(int)]
        comes = has_it & (rng.random(n) < service.weekly_share) & attendance.present[np.arange(n), day]
        found.append(pd.DataFrame({"student": np.flatnonzero(comes), "day": day[comes]}))
    table = pd.concat(found, ignore_index=True)
    return table.assign(
        service=at,
        minutes=rng.choice(service.minutes, len(table)),
        provider=rng.integers(1, 4, len(table)),
        in_lesson=rng.random(len(table)) < service.in_lesson_share,
    )


def draw_marks(attendance: Attendance, rng: np.random.Generator) -> pd.DataFrame:
    """Draw course marks of last year and of each term.

    Returns
    -------
    DataFrame, one row per student, term and subject, terms in order
        `student` (row), `term`, `subject` (position in `SUBJECTS`), `mark` (0-100). Only students there when the term ended
        (for last year: on the first day) have marks.
    """
    n = len(attendance.enrolled)
    able = 0.4 * attendance.standing + np.sqrt(1 - 0.4**2) * rng.standard_normal(n)
    terms = {
        year.LAST_YEAR: 0,
        **{term: int(np.searchsorted(attendance.days, day)) for term, day in year.TERMS.items()},
    }
    parts = []
    for term, day in terms.items():
        raw = 76 + 8 * able[:, None] + 5 * rng.standard_normal((n, len(SUBJECTS)))
        there = np.flatnonzero(attendance.enrolled[:, day])
        table = pd.DataFrame({"student": np.repeat(there, len(SUBJECTS)), "term": term})
        table["subject"] = np.tile(np.arange(len(SUBJECTS)), len(there))
        table["mark"] = np.clip(np.rint(raw[there]), 0, 100).astype(int).ravel()
        parts.append(table)
    return pd.concat(parts, ignore_index=True)
