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
        `unit, arm, cluster, block`, and every column of `students`.
    tuple of str
        What was left out and why, in sentences.

    Raises
    ------
    DesignError
        CY301 when a table or a column that the design names is missing.

    Notes
    -----
    Students who entered after the change started were never in the comparison as assigned; they are left out and counted.
    """
    students, arms = _needed(tables, "students"), _needed(tables, "arms")
    placed = _with_arms(students, arms)
    notes = [_note(len(students) - len(placed), "on the roster are in no arm")]
    placed, late = _entered_in_time(placed, cycle)
    notes.append(_note(late, "entered after the change started and are left out"))
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


def _with_arms(students: pd.DataFrame, arms: pd.DataFrame) -> pd.DataFrame:
    parts = []
    for kind, rows in arms.groupby("unit_kind"):
        if kind not in UNIT_KEYS:
            raise DesignError(
                f"arms are given for '{kind}'", code="CY301", where="arms.unit_kind", fix=nearest(str(kind), UNIT_KEYS)
            )
        key = UNIT_KEYS[str(kind)]
        assigned = rows[["unit_id", "arm"]].rename(columns={"unit_id": key}).drop_duplicates(key)
        parts.append(students.drop(columns="arm", errors="ignore").merge(assigned, on=key, how="inner"))
    joined = pd.concat(parts) if parts else students.iloc[:0].assign(arm=pd.Series(dtype="str"))
    return joined.drop_duplicates("student_id")


def _entered_in_time(placed: pd.DataFrame, cycle: Cycle) -> tuple[pd.DataFrame, int]:
    if "entered_on" not in placed:
        return placed, 0
    late = pd.to_datetime(placed["entered_on"]) > pd.Timestamp(cycle.started_on)
    return placed[~late], int(late.sum())


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
