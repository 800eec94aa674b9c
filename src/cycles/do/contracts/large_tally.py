"""What became of the rules of a contract on a large file, counted piece by piece."""

import heapq
from dataclasses import dataclass, field

from cycles.core.tables import LINE
from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.engine import Result
from cycles.do.contracts.rules import Rule

SHOWN = 3
"""How many lines of a broken rule are named."""
AGAIN, MARKS, CAST = "_cycles_again", "_cycles_marks", "_cycles_cast"
"""Lines of rows said twice; lines that broke a rule (`line, rule`: its place in the contract); the cast table."""


@dataclass(kw_only=True)
class Tally:
    """What became of one rule so far. `of_the_cast`: every row it found holds a text that could not be cast."""

    rule: Rule
    n_failed: int = 0
    n_judged: int | None = 0
    lines: list[int] = field(default_factory=list)
    of_the_cast: bool = True
    could_run: bool = True

    @property
    def of_lines(self) -> bool:
        """Whether it found rows, rather than a fault of the table."""
        return self.rule.of_rows or (self.rule.kind == "sql" and self.rule.scope == "row")

    @property
    def result(self) -> Result:
        """The verdict on the rule, as the engine in memory gives it."""
        if not self.could_run:
            return Result(rule=self.rule, outcome="could_not_run", n_failed=None, expressible=False)
        counted = self.of_lines or self.rule.kind in ("missing_values", "cells_share")
        fits = self.n_failed == 0
        if counted and self.rule.allowed is not None:
            fits = self.rule.allowed.holds(self.n_failed, of=self.n_judged or 0)
        return Result(
            rule=self.rule,
            outcome="pass" if fits else "fail",
            n_failed=self.n_failed,
            n_judged=self.n_judged if counted else None,
            expressible=False,
        )

    def add(self, one: Result, cast: CastTable) -> None:
        """Count the result of one piece."""
        self.could_run &= one.outcome != "could_not_run"
        if not self.could_run or one.n_failed is None:
            return
        if one.rule.kind == "column_exists":
            self.n_failed = one.n_failed
            return
        self.n_failed += one.n_failed
        self.n_judged = (self.n_judged or 0) + (one.n_judged or 0)
        if one.broken is not None and one.n_failed:
            found = cast.table[LINE].to_numpy()[one.broken]
            self.lines = heapq.nsmallest(SHOWN, [*self.lines, *(int(line) for line in found[:SHOWN])])
            self.of_the_cast &= one.rule.kind == "required" and bool(
                (one.broken <= cast.failed[one.rule.columns[0]]).all()
            )


@dataclass(kw_only=True)
class Judged:
    """Every rule's tally in the contract's order, rows read (without repeated ones), missing codes by column and reason."""

    tallies: list[Tally]
    n_rows: int = 0
    n_again: int = 0
    missing_codes: dict[str, dict[str, int]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


def sets_aside(rule: Rule) -> bool:
    """Whether rows or cells that break a rule are set aside."""
    return rule.severity == "critical" and rule.scope in ("row", "cell")


def judged_in(rule: Rule) -> str:
    """The column of the cast table on disk that tells in which rows a conditional key is judged."""
    return f"_cycles_judged:{rule.id}"


def answered(column: str) -> str:
    """The column of the cast table on disk that tells where `column` holds an answer, whatever it is."""
    return f"_cycles_answered:{column}"
