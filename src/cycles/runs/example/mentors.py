"""Four students of the example district whose first lessons were noted every morning, and whose mentors began one after another."""

from pathlib import Path

import numpy as np
import pandas as pd

from cycles.runs.example import year
from cycles.runs.example.people import People

BEGAN = ("2026-10-05", "2026-10-19", "2026-11-02", "2026-11-16")
"""The Monday on which each student's mentor began."""

BEFORE, UNDER = 0.45, 0.85
"""How likely a student reaches the first lesson of a morning, before the mentor begins and from then on."""


def write_mentors(data: Path, people: People, *, seed: int, until: np.datetime64) -> None:
    """Write who has a mentor from when on, and whether the first lesson of each morning was reached.

    Parameters
    ----------
    data : the folder
    people : of the district; the four are there from the first day
    seed : of the district; the same gives the same bytes
    until : the last day that the files know of
    """
    draws = np.random.default_rng([seed, 14])
    who = _students(people, draws)
    days = year.school_days()
    likely = np.where(days >= np.array(BEGAN, dtype="datetime64[D]")[:, None], UNDER, BEFORE)
    there = draws.random(likely.shape) < likely
    _write_notes(data / "first-lessons.csv", who, days, there, until)
    told = {
        "unit_id": who,
        "unit_kind": "student",
        "arm": "mentor",
        "assigned_by": "agreed with the family",
        "started_on": BEGAN,
    }
    pd.DataFrame(told).to_csv(data / "mentors.csv", index=False, lineterminator="\n")


def _students(people: People, draws: np.random.Generator) -> np.ndarray:
    """Students who neither come late nor leave."""
    stay = people.students[
        people.in_cohort & (people.students["left_on"].to_numpy().astype("datetime64[D]") > year.LAST_DAY)
    ]
    return np.sort(draws.choice(stay["student_id"].to_numpy(), len(BEGAN), replace=False))


def _write_notes(path: Path, who: np.ndarray, days: year.Days, there: np.ndarray, until: np.datetime64) -> None:
    """A row for each morning and student, in the order of the days."""
    known = days <= until
    rows = {
        "student_id": np.tile(who, known.sum()),
        "on": np.repeat(days[known].astype(str), len(who)),
        "status": np.where(there[:, known].T.ravel(), "present", "absent_unexcused"),
    }
    pd.DataFrame(rows).to_csv(path, index=False, lineterminator="\n")
