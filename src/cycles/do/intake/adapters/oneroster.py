"""OneRoster 1.0, 1.1 and 1.2 CSV bundles (IMS Global / 1EdTech), zip or folder: the roster as the table `students`.

Only what the roster needs is read: users, roles, enrolments, classes, sessions, and a few demographic columns. Names, birth dates,
addresses, e-mail, telephone numbers and passwords are never carried.
"""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from cycles.core.errors import some
from cycles.core.files import sha256
from cycles.core.tables import LINE
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.identifying import only_carried
from cycles.do.intake.oneroster_members import FILES, read_bundle, told_by_manifest, warnings_of
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable, text_frame
from cycles.do.intake.reading import AS_IT_IS, Reading

DEMOGRAPHICS = {
    "sex": "sex",
    "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
    "asian": "asian",
    "blackOrAfricanAmerican": "black_or_african_american",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander",
    "white": "white",
    "demographicRaceTwoOrMoreRaces": "two_or_more_races",
    "hispanicOrLatinoEthnicity": "hispanic_or_latino",
}
"""The demographic columns that are carried, and what they are called."""

_NEVER = """
username userIds givenName familyName middleName identifier email sms phone agentSourcedIds password birthDate userMasterIdentifier
preferredGivenName preferredMiddleName preferredFamilyName pronouns countryOfBirthCode stateOfBirthAbbreviation cityOfBirth
"""
NEVER = frozenset(_NEVER.split())
"""Columns of a person's files that are never carried."""

_Rows = pd.DataFrame


@ADAPTERS.register("oneroster", table="students")
def oneroster(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read the students of a OneRoster bundle.

    Parameters
    ----------
    path : the zip archive (never extracted), or the folder of its CSV files
    columns : the columns a mapping reads; when None, every column that identifies nobody
    reading : what the mapping declares about the bundle

    Returns
    -------
    RawTable
        One row per user who is a student, in the order of users.csv: `student_id` (users.sourcedId), `school_id`, `grade` (the first, if
        several), `classroom_id`, `entered_on`, `left_on` (ISO dates, empty if unknown or open), `moved` (true, false or empty), the
        demographic columns of :data:`DEMOGRAPHICS`, and every `metadata.*` column of users and demographics, called by the last part of
        its name in lower_snake. `_line` is the line of users.csv.

    Raises
    ------
    ContractError
        CY208 when users, enrollments or classes, or a file that the manifest promises, is missing; CY205 when a file lacks a column it
        must have; CY203 when most rows of a file are ragged; CY207 an unsafe archive; CY202 and CY201 as for delimited text.

    Notes
    -----
    The classroom is the one of the student's *first* enrolment as a student, because a cohort is fixed at entry: homeroom classes if the
    student has any, else scheduled ones; the earliest begin date, then the order of the file. `entered_on` is the earliest begin date
    over all enrolments (a class without one begins with its term); `left_on` is the latest end date, empty if one of them is open.
    Users whose status is `tobedeleted` are excluded by that name, others than students as `not_a_student`; enrolments that are to be
    deleted are not read. How many students were in a second homeroom is said in `facts["moved"]`. Ragged rows are set aside: those of
    users.csv are broken rows, those of the other files are told in a CY226 warning. Enrolments that name a user or class which the
    bundle does not have are counted (`enrolments_without_user`, `enrolments_without_class`) in a CY223 warning.
    """
    path = Path(path)
    files = read_bundle(path)
    users, tables = files["users"], {name: one.table for name, one in files.items()}
    students, excluded = _students(users.table, tables.get("roles"))
    table = _roster(students, _enrolments(tables), tables)
    read = RawTable(
        table=table,
        header=tuple(name for name in table.columns if name != LINE),
        sha256=sha256(path),
        rows_raw=users.rows_raw,
        excluded={**users.excluded, **excluded},
        broken=users.broken,
        facts={**users.facts, **_version(files), "moved": int((table["moved"] == "true").sum())},
    )
    nobody, said = _references(tables)
    carried = only_carried(read, columns)
    dropped = sorted({*carried.facts["dropped"], *_never(files)})
    facts = {**carried.facts, **nobody, "dropped": dropped, "warnings": [*warnings_of(files), *said]}
    return as_promised(dataclasses.replace(carried, facts=facts), path, reading)


def _version(files: Mapping[str, RawTable]) -> dict[str, object]:
    told = told_by_manifest(files)
    partial = sorted(name for name in FILES if told.get(f"file.{name}") == "delta")
    return {"oneroster_version": told.get("oneroster.version", "1.0"), "changes_only": partial}


def _never(files: Mapping[str, RawTable]) -> set[str]:
    return {name for part in ("users", "demographics") if part in files for name in files[part].header if name in NEVER}


def _references(files: Mapping[str, _Rows]) -> tuple[dict[str, int], list[str]]:
    """Enrolments that name a user or a class which the bundle does not have: how many, and on which lines."""
    rows = files["enrollments"]
    rows = rows[_column(rows, "status").str.lower() != "tobedeleted"]
    counts: dict[str, int] = {}
    said = []
    for fact, name, part in (
        ("enrolments_without_user", "userSourcedId", "users"),
        ("enrolments_without_class", "classSourcedId", "classes"),
    ):
        lost = rows.loc[~rows[name].isin(files[part]["sourcedId"]), LINE]
        counts[fact] = len(lost)
        if len(lost):
            said.append(f"CY223: {len(lost):,} enrolments name an id that {part}.csv does not have: lines {some(lost)}")
    return counts, said


# -- who is a student --------------------------------------------------------------------------------------------------


def _students(users: _Rows, roles: _Rows | None) -> tuple[_Rows, dict[str, int]]:
    deleted = _column(users, "status").str.lower() == "tobedeleted"
    student = _is_student(users, roles)
    excluded = {"tobedeleted": int(deleted.sum()), "not_a_student": int((~student & ~deleted).sum())}
    return users[student & ~deleted], {rule: n for rule, n in excluded.items() if n}


def _is_student(users: _Rows, roles: _Rows | None) -> pd.Series:
    """Since 1.2 the role stands in roles.csv; without either file, whoever is enrolled as a student will be found by enrolment."""
    if "role" in users.columns:
        return users["role"].str.lower() == "student"
    if roles is None or "role" not in roles.columns:
        return pd.Series(True, index=users.index)
    as_student = roles[
        (roles["role"].str.lower() == "student") & (_column(roles, "status").str.lower() != "tobedeleted")
    ]
    return users["sourcedId"].isin(as_student["userSourcedId"])


# -- where they are ----------------------------------------------------------------------------------------------------


def _enrolments(files: Mapping[str, _Rows]) -> _Rows:
    """One row per enrolment as a student, first entered first, homerooms before other classes."""
    rows = files["enrollments"]
    rows = rows[(rows["role"].str.lower() == "student") & (_column(rows, "status").str.lower() != "tobedeleted")]
    classes = files["classes"].drop_duplicates("sourcedId").set_index("sourcedId")
    homerooms = set(classes.index[_column(classes, "classType").str.lower() == "homeroom"])
    begin, end = _column(rows, "beginDate"), _column(rows, "endDate")
    terms = _term_starts(classes, files.get("academicSessions"))
    enrolments = pd.DataFrame(
        {
            "student": rows["userSourcedId"],
            "classroom": rows["classSourcedId"],
            "school": _first_known(
                _looked_up(rows["classSourcedId"], classes["schoolSourcedId"]), _column(rows, "schoolSourcedId")
            ),
            "begin": _first_known(begin, _looked_up(rows["classSourcedId"], terms)),
            "end": end,
            "other": ~rows["classSourcedId"].isin(homerooms),
        }
    )
    return enrolments.assign(late=enrolments["begin"] == "").sort_values(["other", "late", "begin"], kind="stable")


def _term_starts(classes: _Rows, sessions: _Rows | None) -> dict[str, str]:
    """When each class's first term begins."""
    named = next((name for name in ("termSourcedIds", "termSourcedId") if name in classes.columns), None)
    if sessions is None or named is None or not {"sourcedId", "startDate"} <= set(sessions.columns):
        return {}
    starts = dict(zip(sessions["sourcedId"], sessions["startDate"], strict=True))
    first = {
        str(key): [starts.get(term.strip(), "") for term in terms.split(",")] for key, terms in classes[named].items()
    }
    return {key: min(filter(None, begins), default="") for key, begins in first.items()}


def _roster(students: _Rows, enrolments: _Rows, files: Mapping[str, _Rows]) -> _Rows:
    ids = students["sourcedId"]
    first = enrolments.drop_duplicates("student").set_index("student")
    begun = enrolments[enrolments["begin"] != ""].groupby("student")["begin"].min()
    homerooms = enrolments[~enrolments["other"]].groupby("student")["classroom"].nunique()
    open_ended = set(enrolments.loc[enrolments["end"] == "", "student"])
    ended = enrolments[~enrolments["student"].isin(open_ended)].groupby("student")["end"].max()
    columns = {
        "student_id": ids,
        "school_id": _first_known(_looked_up(ids, first["school"]), _own_school(students, files.get("roles"))),
        "grade": _first_of(_column(students, "grades")),
        "classroom_id": _looked_up(ids, first["classroom"]),
        "entered_on": _looked_up(ids, begun),
        "left_on": _looked_up(ids, ended),
        "moved": _looked_up(ids, {str(student): "true" if n > 1 else "false" for student, n in homerooms.items()}),
        **_metadata(students, ids, students.set_index(ids)),
        **_demographics(ids, files.get("demographics")),
    }
    return text_frame(columns, students[LINE])


def _own_school(students: _Rows, roles: _Rows | None) -> pd.Series:
    """The school of a student who is in no class: the user's own organisation."""
    for name in ("orgSourcedIds", "primaryOrgSourcedId"):
        if name in students.columns:
            return _first_of(students[name])
    if roles is None or "orgSourcedId" not in roles.columns:
        return pd.Series("", index=students.index, dtype="str")
    schools = roles.drop_duplicates("userSourcedId").set_index("userSourcedId")["orgSourcedId"]
    return _looked_up(students["sourcedId"], schools)


def _demographics(ids: pd.Series, demographics: _Rows | None) -> dict[str, pd.Series]:
    if demographics is None:
        return {}
    key = "sourcedId" if "sourcedId" in demographics.columns else "userSourcedId"
    if key not in demographics.columns:
        return {}
    by_student = demographics.drop_duplicates(key).set_index(key)
    carried = {
        ours: _looked_up(ids, by_student[theirs])
        for theirs, ours in DEMOGRAPHICS.items()
        if theirs in by_student.columns
    }
    return {**carried, **_metadata(demographics, ids, by_student)}


def _metadata(table: _Rows, ids: pd.Series, by_student: _Rows) -> dict[str, pd.Series]:
    """Columns a district adds under `metadata.`: `metadata.acme.englishLearner` is carried as `english_learner`."""
    unique = by_student[~by_student.index.duplicated()]
    named = [name for name in table.columns if name.casefold().startswith("metadata.")]
    return {_snake(name.rsplit(".", 1)[-1]): _looked_up(ids, unique[name]) for name in named}


def _looked_up(keys: pd.Series, table: Mapping[str, str] | pd.Series) -> pd.Series:
    """The text of each key; empty where the table has none."""
    found = keys.map(table).astype("object")
    return found.where(found.notna(), "")


def _first_known(texts: pd.Series, otherwise: pd.Series) -> pd.Series:
    return texts.where(texts != "", otherwise)


def _snake(name: str) -> str:
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name)
    return spaced.strip("_").lower()


def _first_of(texts: pd.Series) -> pd.Series:
    return texts.str.split(",").str[0].str.strip()


def _column(table: _Rows, name: str) -> pd.Series:
    return table[name].str.strip() if name in table.columns else pd.Series("", index=table.index, dtype="str")
