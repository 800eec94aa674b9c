"""Which school a row belongs to: by its own column, or through the student or classroom that it names."""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cycles.core.errors import ParameterError

SEVERAL = "\0several"
"""In place of a school, for a student or classroom that the roster has in more than one: no school's id looks so."""


REASONS = ("without a school", "of students or classrooms in several schools", "unknown to the roster")
"""Why a row belongs to none."""


@dataclass(frozen=True, kw_only=True)
class Roster:
    """The schools of a roster (id -> name), and where its students and classrooms are. `by` is the column that names the school."""

    by: str
    schools: dict[str, str]
    students: pd.Series
    classrooms: pd.Series


@dataclass(frozen=True, kw_only=True)
class Belonging:
    """The school of each row (empty: none), how it was known, and why some have none (`rest`, counts)."""

    school: pd.Series
    how: str
    rest: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Way:
    """How the rows of a table are known to belong: by `column`, looked up in `places` unless it names the school itself.

    `column` is None where each row says what kind of unit it names.
    """

    how: str
    column: str | None = None
    places: pd.Series | None = None


def roster_of(students: pd.DataFrame, *, by: str, called: str | None, where: str) -> Roster:
    """The schools that a roster lists.

    Parameters
    ----------
    students : canonical text table with the column `by`
    by, called : the columns of the schools' ids and names
    where : the source, for messages

    Raises
    ------
    ParameterError
        CY105 when a column is not there, or no row has a school.

    Examples
    --------
    >>> students = pd.DataFrame({"student_id": ["1", "2"], "school_id": ["S1", "S2"]})
    >>> roster_of(students, by="school_id", called=None, where="roster").schools
    {'S1': 'S1', 'S2': 'S2'}
    """
    for column in [by, called] if called else [by]:
        if column not in students.columns:
            known = ", ".join(str(name) for name in students.columns if not str(name).startswith("_"))
            raise ParameterError(
                f"the roster has no column '{column}'", code="CY105", where=where, fix=f"Its columns: {known}."
            )
    named = students[students[by] != ""]
    if named.empty:
        raise ParameterError(f"no row of the roster says its school in '{by}'", code="CY105", where=where)
    names = named.groupby(by, sort=True)[called or by].first()
    schools = {str(school): str(name) or str(school) for school, name in names.items()}
    return Roster(
        by=by, schools=schools, students=_places(named, "student_id", by), classrooms=_places(named, "classroom_id", by)
    )


def schools_of(table: pd.DataFrame, roster: Roster) -> Belonging | None:
    """The school of each row of a canonical text table; None when its rows name neither a school, a student nor a classroom.

    Examples
    --------
    >>> students = pd.DataFrame({"student_id": ["1", "2"], "school_id": ["S1", "S2"]})
    >>> roster = roster_of(students, by="school_id", called=None, where="roster")
    >>> found = schools_of(pd.DataFrame({"student_id": ["2", "9", "1"]}), roster)
    >>> found.school.tolist(), found.rest
    (['S2', '', 'S1'], {'unknown to the roster': 1})
    """
    way = way_of(table.columns, roster)
    if way is None:
        return None
    if way.column is None:
        return _settled(_of_units(table, roster), roster, how=way.how)
    named = table[way.column]
    return _settled(named if way.places is None else _looked_up(named, way.places), roster, how=way.how)


def way_of(columns: Collection[str], roster: Roster) -> Way | None:
    """How rows with these columns belong to schools; None when they name neither a school, a student nor a classroom."""
    if roster.by in columns:
        return Way(how=f"by their column {roster.by}", column=roster.by)
    if "unit_id" in columns and "unit_kind" in columns:
        return Way(how="by the unit that they name")
    for column, places in (
        ("student_id", roster.students),
        ("respondent_id", roster.students),
        ("classroom_id", roster.classrooms),
    ):
        if column in columns:
            return Way(how=f"through {column} on the roster", column=column, places=places)
    return None


def _places(students: pd.DataFrame, column: str, by: str) -> pd.Series:
    """The school of each student or classroom."""
    if column not in students.columns:
        return pd.Series(dtype="str")
    pairs = students.loc[students[column] != "", [column, by]].drop_duplicates()
    several = pairs[column].duplicated(keep=False)
    places = pairs.assign(**{by: pairs[by].where(~several, SEVERAL)}).drop_duplicates(column)
    return places.set_index(column)[by]


def _looked_up(ids: pd.Series, places: pd.Series) -> pd.Series:
    return ids.map(places).fillna("\0unknown").where(ids != "", "")


def _of_units(table: pd.DataFrame, roster: Roster) -> pd.Series:
    """A table of arms names students, classrooms or schools, one kind in each row."""
    kinds = [table["unit_kind"] == kind for kind in ("student", "classroom", "school")]
    found = [
        _looked_up(table["unit_id"], roster.students),
        _looked_up(table["unit_id"], roster.classrooms),
        table["unit_id"],
    ]
    return pd.Series(np.select(kinds, found, default=""), index=table.index)


def _settled(school: pd.Series, roster: Roster, *, how: str) -> Belonging:
    """Every row's school, if the roster has it; the reasons of the others are counted."""
    known = school.isin(list(roster.schools))
    reasons = (school == "", school == SEVERAL, ~known & (school != "") & (school != SEVERAL))
    rest = {reason: int(rows.sum()) for reason, rows in zip(REASONS, reasons, strict=True) if rows.any()}
    return Belonging(school=school.where(known, ""), how=how, rest=rest)
