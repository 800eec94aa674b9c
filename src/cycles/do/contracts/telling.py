"""What a contract report tells: a table of rules, the problems that stop a run, one paragraph. Counts, columns and lines only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from cycles.core.errors import ContractError, some
from cycles.core.tables import LINE
from cycles.core.vocabulary import Delivery
from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.engine import Result
from cycles.do.contracts.quarantine import TOTAL
from cycles.do.contracts.rules import Contract
from cycles.do.contracts.wording import code_of, finding, place


def rules_table(delivery: Delivery, contract: Contract, cast: CastTable, results: list[Result]) -> pd.DataFrame:
    """One row per rule: `rule, column, severity, scope, outcome, n_failed, n_judged, expressible, gx_n_failed, code, found, lines`."""
    rows = [
        {
            "rule": one.rule.id,
            "column": ", ".join(one.rule.columns),
            "severity": one.rule.severity,
            "scope": one.rule.scope,
            "outcome": one.outcome,
            "n_failed": one.n_failed,
            "n_judged": one.n_judged,
            "expressible": one.expressible,
            "gx_n_failed": one.gx_n_failed,
            "code": _code(one, contract),
            "found": _found(one, contract, cast),
            "lines": some(_lines(one, cast, delivery)) if one.n_failed else "",
        }
        for one in results
    ]
    table = pd.DataFrame(rows)
    return table.astype({"n_failed": "Int64", "n_judged": "Int64", "gx_n_failed": "Int64"})


def _code(one: Result, contract: Contract) -> str:
    if one.outcome == "could_not_run":
        return "CY214"
    items = {column.name for column in contract.columns if column.item}
    return code_of(one.rule, item=bool(set(one.rule.columns) & items)) if one.outcome == "fail" else ""


def _found(one: Result, contract: Contract, cast: CastTable) -> str:
    if one.outcome == "could_not_run":
        return f"the rule {one.rule.id} could not be judged"
    if not _cost_something(one) or one.n_failed is None or _said_by_the_cast(one, cast):
        return ""
    types = {column.name: column.type for column in contract.columns}
    return finding(one.rule, one.n_failed, types.get(one.rule.columns[0], "") if one.rule.columns else "")


def _cost_something(one: Result) -> bool:
    """A rule that failed, or one of which a few breaks are accepted and some rows are set aside or warned of."""
    return one.outcome == "fail" or bool(one.n_failed and one.broken is not None and one.rule.scope != "table")


def _said_by_the_cast(one: Result, cast: CastTable) -> bool:
    """A required value that is there but cannot be cast is said once, as what it is."""
    if one.rule.kind != "required" or one.broken is None:
        return False
    return bool((one.broken <= cast.failed[one.rule.columns[0]]).all())


def _lines(one: Result, cast: CastTable, delivery: Delivery) -> list[int]:
    if one.rule.kind == "readable":
        return [int(line) for line in delivery.broken[LINE]]
    return [] if one.broken is None else [int(line) for line in cast.table[LINE].to_numpy()[one.broken]]


def problems(delivery: Delivery, contract: Contract, cast: CastTable, results: list[Result]) -> list[ContractError]:
    """What stops the run, with its causes: every rule of the table that failed, every rule that could not be judged."""
    stopping = [
        one for one in results if one.rule.severity == "critical" and one.outcome == "fail" and one.rule.of_table
    ]
    absent = [one for one in stopping if one.rule.kind == "column_exists"]
    too_many = any(one.rule.kind == "quarantined_share" for one in stopping)
    causes = [
        one
        for one in results
        if too_many
        and one.rule.of_rows
        and one.rule.scope == "row"
        and one.n_failed
        and one.rule.severity == "critical"
    ]
    unjudged = [] if absent else [one for one in results if one.outcome == "could_not_run"]
    causes = [one for one in causes if one not in stopping and not _said_by_the_cast(one, cast)]
    listed = [*(one for one in stopping if one not in absent), *causes, *unjudged]
    problems = [_missing_columns(delivery, contract, absent)] if absent else []
    return problems + [
        ContractError(
            f"{delivery.name}: {_found(one, contract, cast)}",
            code=_code(one, contract) or "CY212",
            where=place(Path(delivery.path).name, one.rule, _lines(one, cast, delivery)),
        )
        for one in listed
    ]


def _missing_columns(delivery: Delivery, contract: Contract, absent: list[Result]) -> ContractError:
    names = ", ".join(one.rule.columns[0] for one in absent)
    return ContractError(
        f"{delivery.name}: {len(absent)} columns that the contract {contract.name} requires are missing: {names}",
        code="CY211",
        where=Path(delivery.path).name,
    )


def undeclared(contract: Contract, cast: CastTable, results: list[Result]) -> dict[str, dict[str, int]]:
    """Codes of closed questions that the instrument does not declare; anything longer than a code is only counted."""
    items = {column.name for column in contract.columns if column.item}
    told: dict[str, dict[str, int]] = {}
    for one in results:
        if one.rule.kind == "in_set" and one.n_failed and one.broken is not None and one.rule.columns[0] in items:
            name = one.rule.columns[0]
            values = cast.table.loc[one.broken, name].astype("str")
            told[name] = {
                str(code): int(n) for code, n in values.where(values.str.len() <= 3, "other").value_counts().items()
            }
    return told


def text(delivery: Delivery, counts: tuple[int, int, int], rules: pd.DataFrame, back: dict[str, int]) -> str:
    """The report as a paragraph: rows in = used + set aside (and cells), then what each broken rule found."""
    n_used, n_set_aside, n_cells = counts
    rows_in = n_used + n_set_aside
    said = [f"{delivery.name}: {rows_in:,} rows in = {n_used:,} used + {n_set_aside:,} set aside."]
    if n_cells:
        said.append(f"Of the rows in use, {n_cells:,} single {'cell was' if n_cells == 1 else 'cells were'} set aside.")
    for rule in rules.to_dict("records"):
        if rule["found"]:
            lines = f", {'line' if rule['n_failed'] == 1 else 'lines'} {rule['lines']}" if rule["lines"] else ""
            code = f" ({rule['code']})" if rule["code"] else ""
            said.append(f"{rule['found'][0].upper()}{rule['found'][1:]}{code}{lines}{_stays(rule)}.")
    if back.get(TOTAL):
        rows = "1 row set aside last time has" if back[TOTAL] == 1 else f"{back[TOTAL]:,} rows set aside last time have"
        said.append(f"{rows} been corrected.")
    return " ".join(said)


def _stays(rule: Mapping[Any, Any]) -> str:
    """What becomes of the rows, where they are not simply set aside."""
    if rule["severity"] == "warning" and rule["rule"] != "repeated_row":
        return " (a warning; the rows stay in use)"
    return " (these cells became missing; their rows stay in use)" if rule["scope"] == "cell" else ""
