"""The roster as OneRoster 1.1 tables: schools, advisories, students, advisers, and who is in which advisory from when to when.

An enrollment without an end date is open. A student who moves has two enrollments; the first ends on the day the second begins.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from cycles.runs.example import year
from cycles.runs.example.oneroster_bundle import bulk, write_bundle
from cycles.runs.example.people import RACES, People

DISTRICT = "DISTRICT-1"
SCHOOL_YEAR = "SY-2026-27"


def write_roster(path: Path, people: People, *, as_of: np.datetime64) -> None:
    """Write what the roster knew on `as_of`: who had entered by then, and the moves and departures until then."""
    known = people.students[_dates(people.students["entered_on"]) <= as_of]
    tables = {
        "orgs": _orgs(people),
        "academicSessions": _sessions(),
        "courses": _courses(people),
        "classes": _classes(people),
        "users": pd.concat([_student_users(known, people, as_of), _adviser_users(people)]),
        "demographics": _demographics(known),
        "enrollments": pd.concat([_student_enrollments(known, people, as_of), _adviser_enrollments(people)]),
    }
    write_bundle(path, tables)


def _orgs(people: People) -> pd.DataFrame:
    schools = list(people.schools)
    columns: dict[str, object] = {
        "sourcedId": [DISTRICT, *schools],
        "name": ["Example District", *(f"Example School {one[1:]}" for one in schools)],
        "type": ["district", *("school" for _ in schools)],
        "identifier": [DISTRICT, *schools],
        "parentSourcedId": ["", *(DISTRICT for _ in schools)],
    }
    return bulk(columns, len(schools) + 1)


def _sessions() -> pd.DataFrame:
    columns: dict[str, object] = {
        "sourcedId": [SCHOOL_YEAR],
        "title": ["School year 2026-27"],
        "type": ["schoolYear"],
        "startDate": [str(year.FIRST_DAY)],
        "endDate": [str(year.YEAR_ENDS_ON)],
        "parentSourcedId": [""],
        "schoolYear": ["2027"],
    }
    return bulk(columns, 1)


def _courses(people: People) -> pd.DataFrame:
    grades = sorted(people.classrooms["grade"].unique())
    columns: dict[str, object] = {
        "sourcedId": [_course(grade) for grade in grades],
        "schoolYearSourcedId": SCHOOL_YEAR,
        "title": [f"Advisory, grade {grade}" for grade in grades],
        "courseCode": [_course(grade) for grade in grades],
        "grades": [f"{grade:02d}" for grade in grades],
        "orgSourcedId": DISTRICT,
        "subjects": "",
        "subjectCodes": "",
    }
    return bulk(columns, len(grades))


def _course(grade: int) -> str:
    return f"ADV-{grade:02d}"


def _classes(people: People) -> pd.DataFrame:
    rooms = people.classrooms
    columns: dict[str, object] = {
        "sourcedId": rooms["classroom_id"],
        "title": [f"Advisory {one}" for one in rooms["classroom_id"]],
        "grades": [f"{grade:02d}" for grade in rooms["grade"]],
        "courseSourcedId": [_course(grade) for grade in rooms["grade"]],
        "classCode": rooms["classroom_id"],
        "classType": "homeroom",
        "location": "",
        "schoolSourcedId": rooms["school_id"],
        "termSourcedIds": SCHOOL_YEAR,
        "subjects": "",
        "subjectCodes": "",
        "periods": "",
    }
    return bulk(columns, len(rooms))


def _users(columns: dict[str, object], n: int) -> pd.DataFrame:
    ids = list(columns["sourcedId"])  # type: ignore[call-overload]
    common: dict[str, object] = {
        "sourcedId": ids,
        "enabledUser": "true",
        "orgSourcedIds": columns["orgSourcedIds"],
        "role": columns["role"],
        "username": [one.lower() for one in ids],
        "userIds": [f"{{Local:{one}}}" for one in ids],
        "givenName": columns["givenName"],
        "familyName": columns["familyName"],
        "middleName": "",
        "identifier": ids,
        "email": [f"{one.lower()}@{columns['domain']}" for one in ids],
        "sms": "",
        "phone": "",
        "agentSourcedIds": "",
        "grades": columns["grades"],
        "password": "",
        "metadata.english_learner": columns.get("english_learner", ""),
        "metadata.iep": columns.get("iep", ""),
    }
    return bulk(common, n)


def _student_users(known: pd.DataFrame, people: People, as_of: np.datetime64) -> pd.DataFrame:
    room = people.classroom_on(as_of)[known.index]
    columns: dict[str, object] = {
        "sourcedId": known["student_id"],
        "orgSourcedIds": people.classrooms["school_id"].to_numpy()[room],
        "role": "student",
        "givenName": known["given_name"].to_numpy(),
        "familyName": known["family_name"].to_numpy(),
        "domain": "students.example",
        "grades": [f"{grade:02d}" for grade in known["grade"]],
        "english_learner": _true_or_false(known["english_learner"]),
        "iep": _true_or_false(known["iep"]),
    }
    return _users(columns, len(known))


def _adviser_users(people: People) -> pd.DataFrame:
    rooms = people.classrooms
    columns: dict[str, object] = {
        "sourcedId": [f"{one}-ADV" for one in rooms["classroom_id"]],
        "orgSourcedIds": rooms["school_id"].to_numpy(),
        "role": "teacher",
        "givenName": "Adviser",
        "familyName": rooms["classroom_id"].to_numpy(),
        "domain": "staff.example",
        "grades": "",
    }
    return _users(columns, len(rooms))


def _demographics(known: pd.DataFrame) -> pd.DataFrame:
    races = ("americanIndianOrAlaskaNative", RACES[0], RACES[1], "nativeHawaiianOrOtherPacificIslander", *RACES[2:])
    columns: dict[str, object] = {
        "sourcedId": known["student_id"].to_numpy(),
        "birthDate": _dates(known["born_on"]).astype(str),
        "sex": known["sex"].to_numpy(),
        **{race: _true_or_false(known["race"] == race) for race in races},
        "hispanicOrLatinoEthnicity": _true_or_false(known["hispanic"]),
        **dict.fromkeys(
            ("countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus"), ""
        ),
    }
    return bulk(columns, len(known))


def _student_enrollments(known: pd.DataFrame, people: People, as_of: np.datetime64) -> pd.DataFrame:
    moved = _dates(known["moved_on"]) <= as_of
    movers = known[moved]
    end = np.where(moved, _dates(known["moved_on"]), _dates(known["left_on"]))
    first = _enrollments(known, "1", known["classroom"], _dates(known["entered_on"]), end, people, as_of)
    second = _enrollments(
        movers, "2", movers["later_classroom"], _dates(movers["moved_on"]), _dates(movers["left_on"]), people, as_of
    )
    return pd.concat([first, second]).sort_values("sourcedId")


def _enrollments(
    students: pd.DataFrame,
    spell: str,
    room: pd.Series,
    begin: np.ndarray,
    end: np.ndarray,
    people: People,
    as_of: np.datetime64,
) -> pd.DataFrame:
    rooms = people.classrooms.iloc[room.to_numpy()]
    columns: dict[str, object] = {
        "sourcedId": [f"E-{one}-{spell}" for one in students["student_id"]],
        "classSourcedId": rooms["classroom_id"].to_numpy(),
        "schoolSourcedId": rooms["school_id"].to_numpy(),
        "userSourcedId": students["student_id"].to_numpy(),
        "role": "student",
        "primary": "false",
        "beginDate": begin.astype(str),
        "endDate": np.where(end <= as_of, end.astype(str), ""),
    }
    return bulk(columns, len(students))


def _adviser_enrollments(people: People) -> pd.DataFrame:
    rooms = people.classrooms
    columns: dict[str, object] = {
        "sourcedId": [f"E-{one}-ADV" for one in rooms["classroom_id"]],
        "classSourcedId": rooms["classroom_id"].to_numpy(),
        "schoolSourcedId": rooms["school_id"].to_numpy(),
        "userSourcedId": [f"{one}-ADV" for one in rooms["classroom_id"]],
        "role": "teacher",
        "primary": "true",
        "beginDate": str(year.FIRST_DAY),
        "endDate": "",
    }
    return bulk(columns, len(rooms))


def _dates(column: pd.Series) -> np.ndarray:
    return column.to_numpy().astype("datetime64[D]")


def _true_or_false(flags: pd.Series) -> np.ndarray:
    return np.where(flags, "true", "false")
