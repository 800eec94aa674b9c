"""Attendance, sessions, course marks and arms as plain CSV files, one row per day, session, mark and classroom."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
import pandas as pd

from cycles.runs.example import year
from cycles.runs.example.people import People
from cycles.runs.example.records import CHECK_IN, SERVICES, STATUSES, SUBJECTS, Attendance

if TYPE_CHECKING:
    import pyarrow as pa

BAD_STATUS = "teleported"
BAD_DATE = "2026-09-31"
_BAD_STATUS_AT, _BAD_DATE_AT = 3, 7
"""Which school days have the broken attendance rows: two in September, so that both stages have them."""


def write_arms(path: Path, people: People) -> None:
    """Write which classroom starts when. A classroom not yet reached has no start."""
    rooms = people.classrooms
    starts = np.where(rooms["arm"] == "check_ins", str(year.STARTED_ON), "")
    columns = {"unit_id": rooms["classroom_id"], "unit_kind": "classroom", "arm": rooms["arm"], "started_on": starts}
    pd.DataFrame({**columns, "assigned_by": "principal"}).to_csv(path, index=False, lineterminator="\n")


def write_attendance(path: Path, people: People, attendance: Attendance, *, until: np.datetime64, broken: bool) -> int:
    """Write a row for each enrolled student and school day, day by day; return how many.

    `broken` gives one row a status, and another a day, that does not exist.
    """
    import pyarrow as pa

    ids, schools = _texts(people.students["student_id"]), _texts(people.classrooms["school_id"])
    names = _texts([*STATUSES, BAD_STATUS])
    n_rows = 0
    with path.open("wb") as file:
        file.write(b"student_id,school_id,on,status\n")
        for at, day in enumerate(attendance.days[attendance.days <= until]):
            here = np.flatnonzero(attendance.enrolled[:, at])
            status, on = attendance.status[here, at].copy(), np.full(len(here), str(day), dtype=object)
            if broken and at == _BAD_STATUS_AT:
                status[len(here) // 3] = len(STATUSES)
            if broken and at == _BAD_DATE_AT:
                on[len(here) // 2] = BAD_DATE
            columns = (ids.take(here), schools.take(people.classroom_on(day)[here]), pa.array(on), names.take(status))
            _append(file, columns)
            n_rows += len(here)
    return n_rows


def write_sessions(
    path: Path, people: People, days: np.ndarray, sessions: pd.DataFrame, *, until: np.datetime64, broken: bool
) -> int:
    """Write one row for each support session; return how many. `broken` gives the first session minutes below zero."""
    known = sessions[days[sessions["day"]] <= until]
    minutes = known["minutes"].to_numpy().copy()
    if broken:
        minutes[0] = -minutes[0]
    services = (CHECK_IN, *SERVICES)
    columns = (
        _texts(people.students["student_id"]).take(known["student"].to_numpy()),
        _texts(days.astype(str)).take(known["day"].to_numpy()),
        _texts(minutes.astype(str)),
        _texts([one.name for one in services]).take(known["service"].to_numpy()),
        _texts([one.provider_role for one in services]).take(known["service"].to_numpy()),
        _texts(_provider_ids(people, days, known)),
        _texts(["false", "true"]).take(known["in_lesson"].to_numpy().astype(int)),
    )
    with path.open("wb") as file:
        file.write(b"student_id,on,minutes,service,provider_role,provider_id,in_school_hours\n")
        _append(file, columns)
    return len(known)


def write_courses(path: Path, people: People, marks: pd.DataFrame, *, until: np.datetime64) -> int:
    """Write the marks of terms that had ended; return how many rows."""
    ended = {year.LAST_YEAR, *(term for term, day in year.TERMS.items() if day <= until)}
    known = marks[marks["term"].isin(ended)]
    grade = people.students["grade"].to_numpy()[known["student"]] - (known["term"] == year.LAST_YEAR)
    course = [f"{SUBJECTS[one][0]}-{at:02d}" for one, at in zip(known["subject"], grade, strict=True)]
    columns = (
        _texts(people.students["student_id"]).take(known["student"].to_numpy()),
        _texts(known["term"]),
        _texts(course),
        _texts([name for _, name in SUBJECTS]).take(known["subject"].to_numpy()),
        _texts(known["mark"].astype(str)),
        _texts(np.where(known["term"] == year.LAST_YEAR, "1.0", "0.25")),
    )
    with path.open("wb") as file:
        file.write(b"student_id,term,course_id,subject,mark,credits\n")
        _append(file, columns)
    return len(known)


def _provider_ids(people: People, days: np.ndarray, sessions: pd.DataFrame) -> np.ndarray:
    """A student's own adviser, or one of the school's few providers of the service."""
    room = np.empty(len(sessions), dtype=int)
    for at in np.unique(sessions["day"]):
        there = (sessions["day"] == at).to_numpy()
        room[there] = people.classroom_on(days[at])[sessions["student"].to_numpy()[there]]
    adviser = people.classrooms["classroom_id"].to_numpy(dtype=object)[room] + "-ADV"
    school = people.classrooms["school_id"].to_numpy(dtype=object)[room]
    letters = np.array([one.provider_role[0].upper() for one in (CHECK_IN, *SERVICES)], dtype=object)
    support = school + "-" + letters[sessions["service"]] + sessions["provider"].astype(str).to_numpy(dtype=object)
    return np.where(sessions["provider"] == 0, adviser, support)


def _texts(values: object) -> "pa.Array":
    import pyarrow as pa

    return pa.array(np.asarray(values, dtype=object), pa.string())


def _append(file: IO[bytes], columns: "tuple[pa.Array, ...]") -> None:
    """Nothing in these tables needs quoting; Arrow refuses to write a value that would."""
    import pyarrow as pa
    from pyarrow import csv

    table = pa.Table.from_arrays(columns, [str(number) for number in range(len(columns))])
    csv.write_csv(table, file, csv.WriteOptions(include_header=False, quoting_style="none"))
