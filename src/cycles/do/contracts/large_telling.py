"""What a report on a large file tells: the same table, problems and verdict as of a table in memory, from counts and first lines alone."""

from pathlib import Path

import pandas as pd

from cycles.core.errors import ContractError
from cycles.core.vocabulary import Delivery, Outcome
from cycles.do.contracts.large_tally import Tally
from cycles.do.contracts.rules import Contract
from cycles.do.contracts.wording import code_of, finding


def rules_table(tallies: list[Tally], contract: Contract) -> pd.DataFrame:
    """One row per rule, as :func:`cycles.do.contracts.telling.rules_table` has them; there is no second count."""
    rows = [
        {
            "rule": one.rule.id,
            "column": ", ".join(one.rule.columns),
            "severity": one.rule.severity,
            "scope": one.rule.scope,
            "outcome": one.result.outcome,
            "n_failed": one.result.n_failed,
            "n_judged": one.result.n_judged,
            "expressible": False,
            "gx_n_failed": None,
            "code": _code(one, contract),
            "found": _found(one, contract),
            "lines": _lines(one),
        }
        for one in tallies
    ]
    return pd.DataFrame(rows).astype({"n_failed": "Int64", "n_judged": "Int64", "gx_n_failed": "Int64"})


def verdict(tallies: list[Tally]) -> Outcome:
    """A row rule fails rows, not the table: only too many of them do."""
    if any(_stops(one) for one in tallies):
        return "fail"
    return "pass" if all(one.could_run for one in tallies) else "could_not_run"


def problems(delivery: Delivery, tallies: list[Tally], contract: Contract) -> list[ContractError]:
    """What stops a run, with its causes: every rule of the table that failed, every rule that could not be judged."""
    stopping = [one for one in tallies if _stops(one)]
    absent = [one for one in stopping if one.rule.kind == "column_exists"]
    too_many = any(one.rule.kind == "quarantined_share" for one in stopping)
    causes = [one for one in tallies if too_many and one not in stopping and _sets_rows_aside(one)]
    unjudged = [] if absent else [one for one in tallies if not one.could_run]
    listed = [*(one for one in stopping if one not in absent), *causes, *unjudged]
    return [
        *_missing_columns(delivery, absent, contract),
        *(
            ContractError(
                f"{delivery.name}: {_found(one, contract)}",
                code=_code(one, contract) or "CY212",
                where=_place(delivery, one),
            )
            for one in listed
        ),
    ]


def _stops(one: Tally) -> bool:
    return one.rule.severity == "critical" and one.rule.of_table and one.result.outcome == "fail"


def _sets_rows_aside(one: Tally) -> bool:
    critical = one.rule.severity == "critical" and one.rule.scope == "row"
    return critical and one.rule.of_rows and one.could_run and bool(one.n_failed) and not _said_by_the_cast(one)


def _said_by_the_cast(one: Tally) -> bool:
    """A required value that is there but cannot be cast is said once, as what it is."""
    return one.rule.kind == "required" and one.of_the_cast


def _missing_columns(delivery: Delivery, absent: list[Tally], contract: Contract) -> list[ContractError]:
    if not absent:
        return []
    names = ", ".join(one.rule.columns[0] for one in absent)
    what = f"{delivery.name}: {len(absent)} columns that the contract {contract.name} requires are missing: {names}"
    return [ContractError(what, code="CY211", where=Path(delivery.path).name)]


def _code(one: Tally, contract: Contract) -> str:
    if not one.could_run:
        return "CY214"
    items = {column.name for column in contract.columns if column.item}
    return code_of(one.rule, item=bool(set(one.rule.columns) & items)) if one.result.outcome == "fail" else ""


def _found(one: Tally, contract: Contract) -> str:
    if not one.could_run:
        return f"the rule {one.rule.id} could not be judged"
    cost = one.result.outcome == "fail" or (one.n_failed and one.of_lines and one.rule.scope != "table")
    if not cost or _said_by_the_cast(one):
        return ""
    types = {column.name: column.type for column in contract.columns}
    return finding(one.rule, one.n_failed, types.get(one.rule.columns[0], "") if one.rule.columns else "")


def _lines(one: Tally) -> str:
    head = ", ".join(str(line) for line in one.lines)
    more = one.n_failed - len(one.lines)
    return f"{head} and {more} more" if head and more > 0 else head


def _place(delivery: Delivery, one: Tally) -> str:
    column = f", column {' and '.join(one.rule.columns)}" if one.rule.columns else ""
    lines = f", lines {_lines(one)}" if one.lines else ""
    return f"{Path(delivery.path).name}{column}{lines}"
