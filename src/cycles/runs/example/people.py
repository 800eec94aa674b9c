"""Who is in the example district: schools, advisory classrooms with their arm, students who enter, move and leave."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cycles.runs.example import year

STUDENTS_PER_CLASSROOM = 20
CLASSROOMS_PER_SCHOOL = 10
GRADE_9_PER_SCHOOL = 6
LATE_SHARE = 0.025
LEFT_SHARE = 0.02
MOVED_SHARE = 0.04
ENGLISH_LEARNER_SHARE = 0.16
IEP_SHARE = 0.14

FIRST_NAMES = ("Zelvo", "Qarni", "Vextu", "Omzil", "Trefa", "Ubrik", "Yonva", "Kezmo", "Ilvra", "Plonu")
LAST_NAMES = (
    "Wexoltar",
    "Brunqvil",
    "Dazorpen",
    "Fimtruga",
    "Gholvex",
    "Jurnzap",
    "Mirqult",
    "Nofzandu",
    "Skelvorn",
    "Xantrebu",
)
"""Invented words, so that nobody can be meant."""

RACES = ("asian", "blackOrAfricanAmerican", "white", "demographicRaceTwoOrMoreRaces")


@dataclass(frozen=True)
class People:
    """`schools` (ids), `classrooms` and `students`, one row each.

    `classrooms` has `classroom_id, school, school_id, grade, arm`; `students`, in the order of their ids, has `student_id,
    classroom` and `later_classroom` (row of `classrooms`; the same unless the student moves), `entered_on, moved_on, left_on`
    (`year.NEVER` where it did not happen), subgroups and what a roster says of a person.
    """

    schools: tuple[str, ...]
    classrooms: pd.DataFrame
    students: pd.DataFrame

    @property
    def in_cohort(self) -> np.ndarray:
        """Whether each student was enrolled on the day the change started."""
        return (self.students["entered_on"] <= year.STARTED_ON).to_numpy()

    @property
    def in_change(self) -> np.ndarray:
        """Whether the classroom a student was in at the start does the check-ins."""
        return (self.classrooms["arm"] == "check_ins").to_numpy()[self.students["classroom"]]

    def enrolled(self, days: year.Days) -> np.ndarray:
        """Students x days: in the district on that day. A student is no longer there on `left_on`."""
        entered, left = self._dates("entered_on"), self._dates("left_on")
        return (entered[:, None] <= days) & (days < left[:, None])

    def classroom_on(self, day: np.datetime64) -> np.ndarray:
        """Row of each student's classroom on a day."""
        moved = self._dates("moved_on") <= day
        return np.where(moved, self.students["later_classroom"], self.students["classroom"])

    def _dates(self, column: str) -> np.ndarray:
        return self.students[column].to_numpy().astype("datetime64[D]")


def draw_people(n_students: int, rng: np.random.Generator) -> People:
    """Draw a district of `n_students`, twenty to a classroom, ten classrooms to a school.

    Arms are drawn by lottery among the classrooms of a school and grade, as nearly half and half as their number allows.
    """
    classrooms = _draw_classrooms(n_students, rng)
    students = pd.DataFrame({"student_id": _student_ids(n_students)})
    students["classroom"] = rng.permutation(np.arange(n_students) * len(classrooms) // n_students)
    students = _draw_dates(students, rng)
    students = _draw_moves(students, classrooms, rng)
    students = _draw_traits(students, classrooms, rng)
    return People(tuple(classrooms["school_id"].unique()), classrooms, students)


def _student_ids(n_students: int) -> list[str]:
    return [f"{number:06d}" for number in range(1, n_students + 1)]


def _draw_classrooms(n_students: int, rng: np.random.Generator) -> pd.DataFrame:
    n_classrooms = max(4, round(n_students / STUDENTS_PER_CLASSROOM))
    n_schools = max(1, round(n_classrooms / CLASSROOMS_PER_SCHOOL))
    school = np.arange(n_classrooms) * n_schools // n_classrooms
    number = np.arange(n_classrooms) - np.searchsorted(school, school)
    size = np.bincount(school)[school]
    grade = np.where(number < np.round(size * GRADE_9_PER_SCHOOL / CLASSROOMS_PER_SCHOOL), 9, 10)
    table = pd.DataFrame({"school": school, "number": number, "grade": grade})
    table["school_id"] = [f"S{one + 1}" for one in school]
    table["classroom_id"] = [f"S{one + 1}-A{room + 1:02d}" for one, room in zip(school, number, strict=True)]
    table["arm"] = _lottery(school, grade, rng)
    return table


def _lottery(school: np.ndarray, grade: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shuffle within school and grade, then alternate: both arms are in every school, and in every grade if they can be."""
    order = np.lexsort((rng.random(len(school)), grade, school))
    turn = np.arange(len(school)) - np.searchsorted(school, school[order])
    arm = np.empty(len(school), dtype=object)
    arm[order] = np.where((turn + school[order]) % 2 == 0, "check_ins", "not_yet")
    return arm


def _draw_dates(students: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(students)
    days = year.school_days()
    later = days[(days > year.STARTED_ON) & (days < np.datetime64("2027-01-09"))]
    kind = rng.choice(4, size=n, p=[1 - LATE_SHARE - LEFT_SHARE - MOVED_SHARE, LATE_SHARE, LEFT_SHARE, MOVED_SHARE])
    day = rng.choice(later, size=n)
    return students.assign(
        entered_on=np.where(kind == 1, day, year.FIRST_DAY),
        left_on=np.where(kind == 2, day, year.NEVER),
        moved_on=np.where(kind == 3, day, year.NEVER),
    )


def _draw_moves(students: pd.DataFrame, classrooms: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Half of the movers change classroom within their school, half change school; the grade stays."""
    school, grade = classrooms["school"].to_numpy(), classrooms["grade"].to_numpy()
    later = students["classroom"].to_numpy().copy()
    moved_on = students["moved_on"].to_numpy().astype("datetime64[D]")
    for row in np.flatnonzero(moved_on < year.NEVER):
        here = later[row]
        same_school = rng.random() < 0.5
        choices = np.flatnonzero((grade == grade[here]) & ((school == school[here]) == same_school))
        choices = choices[choices != here]
        pick = rng.random()
        if len(choices):
            later[row] = choices[int(pick * len(choices))]
        else:
            moved_on[row] = year.NEVER
    return students.assign(later_classroom=later, moved_on=moved_on)


def _draw_traits(students: pd.DataFrame, classrooms: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(students)
    grade = classrooms["grade"].to_numpy()[students["classroom"]]
    born = np.datetime64("2012-01-01") + rng.integers(0, 365, n) - np.where(grade == 10, 365, 0)
    return students.assign(
        grade=grade,
        english_learner=rng.random(n) < ENGLISH_LEARNER_SHARE,
        iep=rng.random(n) < IEP_SHARE,
        sex=rng.choice(["female", "male"], n),
        race=rng.choice(RACES, n, p=[0.1, 0.25, 0.5, 0.15]),
        hispanic=rng.random(n) < 0.35,
        born_on=born,
        given_name=rng.choice(FIRST_NAMES, n),
        family_name=rng.choice(LAST_NAMES, n),
    )
