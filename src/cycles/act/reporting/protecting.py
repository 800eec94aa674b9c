"""Disclosure control, applied once: the smallest cell that may be shown.

Everything that is shown passes through here before it becomes HTML, an image or JSON. This is the rule of a smallest cell
with one complement; a disclosure engine that also proves that linked tables cannot be solved takes the place of
:func:`hide_rows` and leaves its callers as they are.
"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cycles.act.reporting.wording import is_absent
from cycles.core.errors import DisclosureError, ParameterError, nearest
from cycles.core.tables import LINE, PERSON_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_POLICY = "minimum_10"
LARGEST_WITHOUT_COUNTS = 200
"""Rows of a table that tells no counts of people; a longer one looks like a row per person and is refused."""

_NAMED_POLICIES = {"slds_tb3": (10, 10), "delaware15": (15, 15), "ct_edsight": (20, 10), "ct_strict": (21, 21)}
_ALSO_PERSONS = {
    "student",
    "respondent",
    "name",
    "first_name",
    "last_name",
    "full_name",
    "email",
    "birth_date",
    "date_of_birth",
    LINE,
}
_NUMBERED_LABELS = {"code", "grade", "item", "level", "period", "wave", "week", "year"}
_NOT_PEOPLE = re.compile(
    r"n_(clusters?|classrooms?|schools?|items?|rules?|failed|weeks?|periods?|days?|rows?|tables?|sessions?|points?|runs?)"
)


@dataclass(frozen=True)
class Policy:
    """The smallest group of people a number may describe, and the smallest count of people with one answer."""

    name: str
    smallest_group: int
    smallest_count: int

    @property
    def note(self) -> str:
        """The key to the mark `s`."""
        least = max(self.smallest_group, self.smallest_count)
        return f"s = held back to protect students: fewer than {least} of them, or a number from which a smaller one could be worked out."


def policy_named(name: str | None) -> Policy:
    """The policy of a cycle file's `report.disclosure`.

    Parameters
    ----------
    name : str or None
        `minimum_N` for a smallest cell of N (at least 5), or `slds_tb3`, `delaware15`, `ct_edsight`, `ct_strict`. None is `minimum_10`.

    Raises
    ------
    ParameterError
        CY102 when there is no such policy.

    Examples
    --------
    >>> policy_named("minimum_12").smallest_group
    12
    """
    name = name or DEFAULT_POLICY
    plain_minimum = re.fullmatch(r"minimum_([1-9][0-9]{0,2})", name)
    if plain_minimum and int(plain_minimum[1]) >= 5:
        return Policy(name, int(plain_minimum[1]), int(plain_minimum[1]))
    if name in _NAMED_POLICIES:
        return Policy(name, *_NAMED_POLICIES[name])
    known = [DEFAULT_POLICY, *_NAMED_POLICIES]
    raise ParameterError(
        f"unknown disclosure policy '{name}'", code="CY102", where="report.disclosure", fix=nearest(name, known)
    )


def refuse_people(table: "pd.DataFrame") -> None:
    """Refuse a table with a row per person.

    Raises
    ------
    DisclosureError
        CY401 when a column or the index names a person, or a long table tells no counts.
    """
    names = [str(name) for name in [*table.index.names, *table.columns] if name is not None]
    persons = [name for name in names if _names_a_person(name)]
    if persons:
        raise DisclosureError(
            f"a table with {len(table):,} rows has the column{'s' if len(persons) > 1 else ''} {', '.join(persons)}",
            code="CY401",
            fix="Show counts or means of groups instead; the record's own display tells its shape.",
        )
    if len(table) > LARGEST_WITHOUT_COUNTS and not count_columns(table):
        raise DisclosureError(
            f"a table with {len(table):,} rows tells no counts of people, so it may hold a row for each",
            code="CY401",
            fix="Add a column `n` with the number of people behind each row, or show groups.",
        )


def count_columns(table: "pd.DataFrame") -> list[Any]:
    """Columns that count people: `n`, and every `n_…` that is not a count of something else."""
    named = [name for name in table.columns if str(name) == "n" or str(name).startswith("n_")]
    return [name for name in named if not _NOT_PEOPLE.fullmatch(str(name))]


def label_columns(table: "pd.DataFrame") -> list[Any]:
    """The leading columns of text that say what a row is about; everything from the first number on is a value."""
    counts = count_columns(table)
    labels: list[Any] = []
    for name in table.columns:
        if name in counts or (_is_number(table[name]) and str(name) not in _NUMBERED_LABELS):
            break
        labels.append(name)
    return labels


def hide_rows(table: "pd.DataFrame", *, smallest: int) -> list[bool]:
    """Which rows of an aggregate table to hold back.

    A row goes when a count of people in it is below `smallest` or missing. Among siblings (rows that differ in their last label only),
    the next smallest go too until at least two are hidden and together hold `smallest` people, so that none follows from a total.

    Parameters
    ----------
    table : DataFrame, one row per group
        Label columns, then counts (`n`, `n_…`) and other numbers. A table without counts is left as it is.
    smallest : int
        The smallest count that may be shown.

    Returns
    -------
    list of bool, one per row

    Examples
    --------
    >>> import pandas as pd
    >>> hide_rows(pd.DataFrame({"group": ["a", "b", "c"], "n": [4, 30, 80]}), smallest=10)
    [True, True, False]
    """
    counts = count_columns(table)
    if not counts or table.empty:
        return [False] * len(table)
    least = table[counts].astype("Float64").astype("float64").min(axis=1, skipna=False)
    hidden = [is_absent(n) or n < smallest for n in least.tolist()]
    for rows in _siblings(table):
        _complement(rows, least.tolist(), hidden, smallest)
    return hidden


def _complement(rows: list[int], least: list[float], hidden: list[bool], smallest: int) -> None:
    open_rows = sorted((row for row in rows if not hidden[row]), key=lambda row: least[row])
    gone = [row for row in rows if hidden[row]]
    while (
        gone
        and open_rows
        and (len(gone) < 2 or sum(least[row] for row in gone if not is_absent(least[row])) < smallest)
    ):
        row = open_rows.pop(0)
        hidden[row] = True
        gone.append(row)


def _siblings(table: "pd.DataFrame") -> list[list[int]]:
    labels = _independent(table, label_columns(table))
    if len(labels) < 2:
        return [list(range(len(table)))]
    keys = list(map(tuple, table[labels[:-1]].astype(str).to_numpy().tolist()))
    return [[row for row, own in enumerate(keys) if own == key] for key in dict.fromkeys(keys)]


def _independent(table: "pd.DataFrame", labels: list[Any]) -> list[Any]:
    """Labels that say something the ones before them do not: an item's wording adds nothing to its name."""
    kept: list[Any] = []
    for name in labels:
        before = len(table[kept].astype(str).drop_duplicates()) if kept else 1
        if len(table[[*kept, name]].astype(str).drop_duplicates()) > before:
            kept.append(name)
    return kept


def _is_number(column: "pd.Series") -> bool:
    present = [value for value in column.tolist() if not is_absent(value)]
    return bool(present) and all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in present)


def _names_a_person(name: str) -> bool:
    said = re.sub(r"[^a-z0-9_]+", "_", name.strip().lower())
    return (
        said in PERSON_COLUMNS
        or said in _ALSO_PERSONS
        or any(said.endswith(f"_{person}") for person in PERSON_COLUMNS if "_" in person)
    )
