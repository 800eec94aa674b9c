"""The one rule model: what a contract says, ready for every engine that reads it."""

from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal[
    "column_exists",
    "castable",
    "required",
    "unique",
    "between",
    "in_set",
    "matches",
    "length",
    "row_count",
    "share_missing",
    "readable",
    "repeated_row",
    "quarantined_share",
]
Severity = Literal["critical", "warning"]
Type = Literal["string", "integer", "number", "date", "boolean"]

OF_ROWS = frozenset(
    {"castable", "required", "unique", "between", "in_set", "matches", "length", "readable", "repeated_row"}
)
"""Kinds judged row by row; the others judge the table as a whole."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One promise. A row that breaks a critical row rule is set aside; one that breaks a warning stays in use and is counted.

    `minimum` and `maximum` are inclusive, in the type of the column (rows for `row_count`, a share for `share_missing`);
    `values` are typed too.
    """

    kind: Kind
    columns: tuple[str, ...] = ()
    severity: Severity = "critical"
    minimum: Any = None
    maximum: Any = None
    values: tuple[Any, ...] = ()
    pattern: str | None = None

    @property
    def id(self) -> str:
        """Its name in reports and in the quarantine, such as ``between:minutes``."""
        return f"{self.kind}:{'+'.join(self.columns)}" if self.columns else self.kind

    @property
    def of_rows(self) -> bool:
        """Whether it is judged row by row."""
        return self.kind in OF_ROWS


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its type, the codes that stand for a missing value (code -> why), whether the file may lack it."""

    name: str
    type: Type
    optional: bool = False
    missing: dict[str, str] = field(default_factory=dict)
    item: bool = False


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A contract, compiled. `max_quarantined_share` (0-1) is how much of a table may be set aside before the file is refused."""

    name: str
    version: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...]
    max_quarantined_share: float = 0.05

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The column groups that must be unique."""
        return tuple(rule.columns for rule in self.rules if rule.kind == "unique")
