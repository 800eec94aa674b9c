"""The one rule model: what a contract says, ready for every engine that reads it."""

from dataclasses import dataclass, field
from typing import Any, Literal

from cycles.core.vocabulary import SeriesBreak

Kind = Literal[
    "column_exists",
    "castable",
    "required",
    "unique",
    "between",
    "multiple_of",
    "in_set",
    "matches",
    "length",
    "reference",
    "sql",
    "row_count",
    "missing_values",
    "readable",
    "repeated_row",
    "quarantined_share",
    "cells_share",
]
Severity = Literal["critical", "warning"]
Scope = Literal["row", "cell", "table"]
Type = Literal["string", "integer", "number", "date", "boolean"]
Comparison = Literal["==", "!=", "in", "not in", "<", "<=", ">", ">=", "present", "missing"]

OF_ROWS = frozenset(
    {
        "castable",
        "required",
        "unique",
        "between",
        "multiple_of",
        "in_set",
        "matches",
        "length",
        "reference",
        "readable",
        "repeated_row",
    }
)
"""Kinds judged row by row; the others judge the table as a whole (an `sql` rule with the scope `table` too)."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """What must hold in a row for a rule to judge it. A missing value holds nothing but `missing`.

    `values` are in the type of the column: any number of them for `in` and `not in`, none for `present` and `missing`, else one.
    """

    column: str
    op: Comparison
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """Which counts, or shares (0-1) of the rows judged, are accepted: those from `low` to `high`, or with `outside` all but those.

    An open end is not itself part of the range.

    >>> Allowed(high=0.05, unit="share").holds(5, of=100), Allowed(low=1, high=2, outside=True).holds(2, of=100)
    (True, False)
    """

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    outside: bool = False
    unit: Literal["rows", "share"] = "rows"

    def holds(self, n: float, *, of: int = 0) -> bool:
        """Whether `n` is accepted; of no rows at all, the share is 0."""
        found = n if self.unit == "rows" else n / of if of else 0.0
        above = self.low is None or (found > self.low if self.low_open else found >= self.low)
        below = self.high is None or (found < self.high if self.high_open else found <= self.high)
        return (above and below) != self.outside


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One promise.

    A row that breaks a critical row rule is set aside; with `scope="cell"` only the cell is (its value becomes missing, the row stays);
    with `scope="table"` nothing is. A row that breaks a warning stays in use and is counted. `allowed`, where there is one, is how
    many of the rows judged may break the rule before the table fails (a row rule without it never fails the table by itself).

    `minimum` and `maximum` are in the type of the column and inclusive unless said (`multiple_of` has its step in `minimum`;
    `quarantined_share` and `cells_share` have a share in `maximum`); `values` are typed too. A rule with `when` judges only rows in
    which every condition holds: *unique* then means unique among them. A `reference` holds when `columns` stand as `to_columns` in the
    used rows of the table `to`; a key with a missing part refers to nothing and breaks nothing. `query` is one DuckDB SELECT on the cast
    table: it gives the `_line` of every offending row (scope `row`), or one number (scope `table`). `name` tells apart rules of one kind
    and column.
    """

    kind: Kind
    columns: tuple[str, ...] = ()
    severity: Severity = "critical"
    scope: Scope = "row"
    allowed: Allowed | None = None
    when: tuple[Condition, ...] = ()
    minimum: Any = None
    maximum: Any = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    values: tuple[Any, ...] = ()
    pattern: str | None = None
    to: str | None = None
    to_columns: tuple[str, ...] = ()
    query: str | None = None
    name: str = ""

    @property
    def id(self) -> str:
        """Its name in reports and in the quarantine, such as ``between:minutes``, or ``between:value[shares]`` with a name."""
        told = f"{self.kind}:{'+'.join(self.columns)}" if self.columns else self.kind
        return f"{told}[{self.name}]" if self.name else told

    @property
    def of_rows(self) -> bool:
        """Whether it is judged row by row."""
        return self.kind in OF_ROWS or (self.kind == "sql" and self.scope == "row")

    @property
    def of_table(self) -> bool:
        """Whether its failure is the failure of the table."""
        return not self.of_rows or self.allowed is not None


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type, what stands for a missing value, and whether the file may lack it.

    `missing` has exact codes, `missing_patterns` RE2 patterns that the whole text must match; both give the reason
    (one of `cycles.core.vocabulary.MISSING_REASONS`). An exact code goes before a pattern. `item` marks a question of an instrument.
    """

    name: str
    type: Type
    optional: bool = False
    missing: dict[str, str] = field(default_factory=dict)
    missing_patterns: dict[str, str] = field(default_factory=dict)
    item: bool = False


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A contract, compiled. `table` is the name that references and queries use.

    `max_quarantined_share` (0-1) is how much of a table, or of one item's answers, may be set aside before the file is refused.
    """

    name: str
    version: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    table: str = ""
    max_quarantined_share: float = 0.05
    series_breaks: tuple[SeriesBreak, ...] = ()

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The column groups that must be unique."""
        return tuple(rule.columns for rule in self.rules if rule.kind == "unique" and not rule.when)
