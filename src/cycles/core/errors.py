"""Errors in the reader's words: a stable code, what was found, where, and what to do next.

Messages never hold a student's answer, name or identifier; row numbers and counts are enough.
"""

from collections.abc import Iterable
from typing import Any

from cycles.core.catalogue import CATALOGUE


class CyclesError(Exception):
    """Base of every error a user may meet.

    Parameters
    ----------
    what : str
        What was found, in one sentence.
    code : str
        A code of :data:`cycles.core.catalogue.CATALOGUE`.
    where : str
        File, column and rows, or the key of the parameter file.
    fix : str
        What to do next. Left empty, the catalogue's own advice is given.

    Examples
    --------
    >>> print(ParameterError("unknown key 'estimte'", code="CY101", where="x.yml", fix="Write 'estimate'."))
    [CY101] unknown key 'estimte'
      where: x.yml
      fix:   Write 'estimate'.
    """

    exit_status = 70

    def __init__(self, what: str, *, code: str, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.code = code
        self.where = where
        self.fix = fix or CATALOGUE[code].fix

    def __str__(self) -> str:
        where = f"\n  where: {self.where}" if self.where else ""
        return f"[{self.code}] {self.what}{where}\n  fix:   {self.fix}"

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.what, self.code, self.where, self.fix)

    def to_dict(self) -> dict[str, str | int]:
        """The error as plain data: `code, what, where, fix, exit`."""
        return {"code": self.code, "what": self.what, "where": self.where, "fix": self.fix, "exit": self.exit_status}


def _rebuild(kind: type[CyclesError], what: str, code: str, where: str, fix: str) -> CyclesError:
    return kind(what, code=code, where=where, fix=fix)


class ParameterError(CyclesError):
    """CY1xx: names, parameters, files that are not there."""

    exit_status = 2


class ContractError(CyclesError):
    """CY2xx: data that break a contract, or files that cannot be read."""

    exit_status = 1


class DesignError(CyclesError):
    """CY3xx: a design or an estimate asked for in a way that cannot be answered."""

    exit_status = 2


class DisclosureError(CyclesError):
    """CY4xx: something that would show a student."""

    exit_status = 4


class RunError(CyclesError):
    """CY5xx: running notebooks, folders, locks."""

    exit_status = 3


class BusyError(RunError):
    """CY503: another run holds the cycle."""

    exit_status = 75


class WriteError(RunError):
    """CY504: something could not be written."""

    exit_status = 74


class LedgerError(RunError):
    """CY508: the ledger's database does not answer."""

    exit_status = 69


class ProblemsError(CyclesError):
    """Several problems at once, each with its own code; the exit status is the gravest."""

    def __init__(self, problems: list[CyclesError]) -> None:
        self.problems = list(problems)
        first = self.problems[0]
        super().__init__(first.what, code=first.code, where=first.where, fix=first.fix)
        self.exit_status = gravest(problem.exit_status for problem in self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)

    def __reduce__(self) -> tuple[Any, ...]:
        return ProblemsError, (self.problems,)


GRAVEST_FIRST = (74, 70, 69, 4, 3, 1, 2, 75, 130)


def gravest(statuses: Iterable[int]) -> int:
    """The exit status of a batch: the gravest of its members, 0 when all are 0.

    >>> gravest([0, 2, 1])
    1
    """
    present = set(statuses)
    return next((status for status in GRAVEST_FIRST if status in present), 0)


def some(rows: Iterable[Any], *, shown: int = 3) -> str:
    """The first few row numbers and how many more there are.

    >>> some([18, 40, 41, 50, 60])
    '18, 40, 41 and 2 more'
    """
    rows = [int(row) for row in rows]
    head = ", ".join(str(row) for row in rows[:shown])
    return head if len(rows) <= shown else f"{head} and {len(rows) - shown} more"


def nearest(name: str, known: Iterable[Any]) -> str:
    """A hint naming the nearest known name, and all of them.

    >>> nearest("ancva", ["ancova", "difference_in_means"])
    "Did you mean 'ancova'? Known: ancova, difference_in_means."
    """
    import difflib

    known = sorted(str(one) for one in known)
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    hint = f"Did you mean '{close[0]}'? " if close else ""
    return f"{hint}Known: {', '.join(known)}." if known else f"{hint}None are known.".strip()
