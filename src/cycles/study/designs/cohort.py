"""The cohort: the students of the roster who were assigned to an arm, fixed at entry."""

from typing import TYPE_CHECKING

import pandas as pd

from cycles.core.errors import DesignError, nearest
from cycles.plan.cycle_file import Cycle

if TYPE_CHECKING:
    from cycles.do.collection import Tables

UNIT_KEYS = {"student": "student_id", "classroom": "classroom_id", "school": "school_id"}
"""The roster column that an arm's `unit_id` names, by `unit_kind`."""


def cohort(cycle: Cycle, tables: "Tables") -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The students of both arms, with the arm, cluster and block each belongs to.

    Parameters
    ----------
    cycle : the cycle; its `design` names the arms, cluster and block
    tables : the validated tables; `students` and `arms` are needed

    Returns
    -------
    DataFrame, one row per student
        `unit, arm, cluster, block`, and every column of `students`; the score of the design's cutoff, where `arms` has it.
    tuple of str
        What was left out and why, in sentences.

    Raises
    ------
    DesignError
        CY301 when a table or a column that the design names is missing.

    Notes
    -----
    Students who entered after the change started, or had left before it, were never in the comparison as assigned; they are
    left out and counted. So are students whom several rows of `arms` (say, their own and their classroom's) put in different arms.
    """
    students, arms = _needed(tables, "students"), _needed(tables, "arms")
    placed, several = _with_arms(students, arms, _decided_by(cycle, arms))
    notes = [
        _note(len(students) - len(placed) - several, "on the roster are in no arm"),
        _note(several, "are in more than one arm and are left out"),
    ]
    placed, late, gone = _there_at_the_start(placed, cycle)
    notes.append(_note(late, "entered after the change started and are left out"))
    notes.append(_note(gone, "had left before the change started and are left out"))
    placed, other = _in_contrast(placed, cycle)
    notes.append(_note(other, "are in other arms, which are left out"))
    placed = placed.assign(
        unit=placed["student_id"],
        cluster=_group(placed, cycle.design.cluster),
        block=_group(placed, cycle.design.block),
    )
    placed, unplaced = _with_groups(placed, cycle)
    notes.append(_note(unplaced, "have no cluster or block and are left out"))
    return placed.reset_index(drop=True), tuple(note for note in notes if note)


def _needed(tables: "Tables", name: str) -> pd.DataFrame:
    if name not in tables.by_table:
        raise DesignError(f"the design needs a source of the table '{name}'", code="CY301", where="sources")
    return tables.by_table[name]


def _decided_by(cycle: Cycle, arms: pd.DataFrame) -> list[str]:
    """The column of `arms` that a cutoff is about."""
    return [cycle.design.cutoff.column] if cycle.design.cutoff and cycle.design.cutoff.column in arms else []


def _with_arms(students: pd.DataFrame, arms: pd.DataFrame, kept: list[str]) -> tuple[pd.DataFrame, int]:
    """The students who are in exactly one arm, and how many are in several; with the columns of `arms` that are kept."""
    parts = []
    for kind, rows in arms.groupby("unit_kind"):
        if kind not in UNIT_KEYS:
            raise DesignError(
                f"arms are given for '{kind}'", code="CY301", where="arms.unit_kind", fix=nearest(str(kind), UNIT_KEYS)
            )
        key = UNIT_KEYS[str(kind)]
        assigned = rows[["unit_id", "arm", *kept]].rename(columns={"unit_id": key}).drop_duplicates()
        parts.append(students.drop(columns=["arm", *kept], errors="ignore").merge(assigned, on=key, how="inner"))
    nobody = students.iloc[:0].assign(arm=pd.Series(dtype="str"), **dict.fromkeys(kept, pd.Series(dtype=float)))
    joined = pd.concat(parts) if parts else nobody
    several = joined.groupby("student_id")["arm"].transform("nunique") > 1
    return joined[~several].drop_duplicates("student_id"), int(joined.loc[several, "student_id"].nunique())


def _there_at_the_start(placed: pd.DataFrame, cycle: Cycle) -> tuple[pd.DataFrame, int, int]:
    """Who was enrolled when the change started, how many came later, and how many had left; without dates, everybody was."""
    start = pd.Timestamp(cycle.started_on)
    unknown = pd.Series(pd.NaT, index=placed.index)
    late = pd.to_datetime(placed.get("entered_on", unknown)) > start
    gone = (pd.to_datetime(placed.get("left_on", unknown)) < start) & ~late
    return placed[~late & ~gone], int(late.sum()), int(gone.sum())


def _in_contrast(placed: pd.DataFrame, cycle: Cycle) -> tuple[pd.DataFrame, int]:
    contrast = cycle.design.contrast
    if contrast.others == "keep":
        return placed, 0
    inside = placed["arm"].isin([contrast.change, contrast.comparison])
    return placed[inside], int((~inside).sum())


def _group(placed: pd.DataFrame, column: str | None) -> pd.Series:
    """The values of a grouping column; a classroom name used in several schools stands for several classrooms."""
    if column is None:
        return pd.Series(pd.NA, index=placed.index, dtype="str")
    if column not in placed:
        raise DesignError(
            f"the roster has no column '{column}'", code="CY301", where="design", fix=nearest(column, placed.columns)
        )
    values = placed[column].astype("str")
    if column != "school_id" and "school_id" in placed and placed.groupby(values)["school_id"].nunique().gt(1).any():
        return placed["school_id"].astype("str") + "/" + values
    return values


def _with_groups(placed: pd.DataFrame, cycle: Cycle) -> tuple[pd.DataFrame, int]:
    present = pd.Series(True, index=placed.index)
    for name, column in (("cluster", cycle.design.cluster), ("block", cycle.design.block)):
        if column is not None:
            present &= placed[name].notna() & (placed[name] != "")
    return placed[present], int((~present).sum())


def _note(n: int, what: str) -> str:
    return f"{n:,} students {what}." if n else ""
