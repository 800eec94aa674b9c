"""The verdict on a delivery: pass, fail or could not run; which rows are used and which are set aside; all of it counted."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cycles.core import run_folder, strict_yaml
from cycles.core.errors import ContractError, CyclesError, ParameterError
from cycles.core.tables import LINE
from cycles.core.vocabulary import ContractReport, Delivery, Outcome
from cycles.core.workspace import Workspace
from cycles.do.contracts.cast import CastTable, cast_table
from cycles.do.contracts.cells import Cells, set_aside_cells, shares
from cycles.do.contracts.engine import Result, evaluate, repeats
from cycles.do.contracts.great_expectations import second_count
from cycles.do.contracts.missing import undeclared_missing
from cycles.do.contracts.odcs import compile_contract, read_contract
from cycles.do.contracts.quarantine import RULES, cleared, counts_of, set_aside
from cycles.do.contracts.references import Others, not_checked
from cycles.do.contracts.rules import Contract, Rule
from cycles.do.contracts.survey import as_yaml, survey_contract
from cycles.do.contracts.telling import problems, rules_table, text, undeclared
from cycles.do.intake import workspace_in_use
from cycles.plan.instruments import instrument_names, read_instrument


def hold(
    delivery: Delivery,
    *,
    contract: str | None = None,
    workspace: Workspace | None = None,
    others: Others | None = None,
    second_engine: bool = True,
) -> ContractReport:
    """Hold a delivery to its contract. Bad data are a verdict, never an error.

    Parameters
    ----------
    delivery : what `read` returned
    contract : its name; by default the one the delivery names
    workspace : where the contract is; that of the open run, or of the current folder
    others : the used rows of the tables that it may refer to, by table name; a reference to another table is not judged, and that is said
    second_engine : whether Great Expectations counts too (it costs seconds to load)

    Returns
    -------
    ContractReport
        Rows in = rows used + rows set aside. `outcome` is `fail` when a critical rule of the table failed or more rows than
        tolerated had to be set aside; `could_not_run` when a rule could not be judged; warnings never stop a run.
        `facts` has `problems` (code, what, where, fix), `missing_codes` (column, reason, n), `undeclared_codes`, `counts`, `cleared`,
        `cells_set_aside` (rule, n) and `not_checked` (rule, why).

    Raises
    ------
    ParameterError
        CY102 when there is no such contract.
    ContractError
        CY210 when the contract itself cannot be used.
    """
    workspace = workspace or workspace_in_use()
    promised = find_contract(contract or delivery.contract or "", workspace)
    again = repeats(delivery.table, promised)
    fresh = delivery.table[~again]
    cast = cast_table(fresh, promised)
    others = {**(others or {}), promised.table: cast.table}
    results = evaluate(cast, promised, others=others)
    results = second_count(cast, results, others=others) if second_engine else results
    results = [*results, *_about_reading(delivery, promised, again)]
    out, quarantined = set_aside(fresh, results, delivery.broken)
    quarantined = _with_repeats(quarantined, delivery.table[again])
    results.append(_share(promised, int(out.sum()) + len(delivery.broken), len(delivery.table) + len(delivery.broken)))
    results += shares(cast, results, out, promised)
    cells = set_aside_cells(cast, results, out)
    used = cells.table[~out].drop(columns=LINE).reset_index(drop=True)
    report = _report(delivery, promised, cast, results, used, quarantined, cells)
    return _with_not_checked(report, not_checked(promised, others))


def find_contract(name: str, workspace: Workspace) -> Contract:
    """The contract called `name`; a survey without a written one is held to what its instrument says.

    Raises
    ------
    ParameterError
        CY102 when there is none.
    """
    try:
        return read_contract(workspace.contract(name))
    except ParameterError as missing:
        key = name.removeprefix("survey.")
        if missing.code != "CY102" or key == name or key not in instrument_names(workspace.instruments):
            raise
    instrument = read_instrument(key, folder=workspace.instruments)
    content = strict_yaml.loads(as_yaml(survey_contract(instrument)))
    return compile_contract(content, where=f"the instrument {key}")


# -- rules that belong to every contract ---------------------------------------------------------------------------------


def _about_reading(delivery: Delivery, contract: Contract, again: np.ndarray) -> list[Result]:
    """Rows that could not be read are set aside like any other; rows said twice are set aside and cost nothing."""
    unread = len(delivery.broken)
    results = [Result(rule=Rule(kind="readable"), outcome=_outcome(unread), n_failed=unread, expressible=False)]
    if contract.keys:
        n = int(again.sum())
        rule = Rule(kind="repeated_row", severity="warning")
        results.append(Result(rule=rule, outcome=_outcome(n), n_failed=n, expressible=False))
    return results


def _outcome(n: int) -> Outcome:
    return "fail" if n else "pass"


def _share(contract: Contract, n_set_aside: int, rows_in: int) -> Result:
    rule = Rule(kind="quarantined_share", maximum=contract.max_quarantined_share)
    too_many = n_set_aside > contract.max_quarantined_share * rows_in
    return Result(
        rule=rule, outcome="fail" if too_many else "pass", n_failed=n_set_aside if too_many else 0, expressible=False
    )


def _with_repeats(quarantined: pd.DataFrame, repeated: pd.DataFrame) -> pd.DataFrame:
    if repeated.empty:
        return quarantined
    rows = repeated.assign(**{RULES: pd.array(["repeated_row"] * len(repeated), dtype="str")})
    return pd.concat([quarantined, rows], ignore_index=True)


# -- the report ----------------------------------------------------------------------------------------------------------


def _report(
    delivery: Delivery,
    contract: Contract,
    cast: CastTable,
    results: list[Result],
    used: pd.DataFrame,
    quarantined: pd.DataFrame,
    cells: Cells,
) -> ContractReport:
    table = rules_table(delivery, contract, cast, results)
    counts = counts_of(results, len(quarantined))
    back = cleared(_previous(delivery), counts)
    return ContractReport(
        source=delivery.name,
        contract=contract.name,
        version=contract.version,
        outcome=_verdict(results),
        rows_in=len(used) + len(quarantined),
        used=used,
        quarantined=quarantined,
        rules=table,
        sha256=delivery.sha256,
        text=text(delivery, (len(used), len(quarantined), cells.n), table, back),
        facts={
            **_facts(delivery, contract, cast, results),
            "cells_set_aside": cells.counts,
            "counts": counts,
            "cleared": back,
        },
        cells=cells.listed,
    )


def _facts(delivery: Delivery, contract: Contract, cast: CastTable, results: list[Result]) -> dict[str, Any]:
    return {
        "path": Path(delivery.path).name,
        "problems": [problem.to_dict() for problem in problems(delivery, contract, cast, results)],
        "missing_codes": cast.missing_codes,
        "undeclared_codes": undeclared(contract, cast, results),
        "excluded": delivery.excluded.to_dict("records"),
        "warnings": [
            *delivery.facts.get("warnings", []),
            *undeclared_missing(delivery.facts.get("missing_declared", {}), contract),
        ],
    }


def _with_not_checked(report: ContractReport, told: dict[str, str]) -> ContractReport:
    said = [f"The rule {rule} is {why}." for rule, why in told.items()]
    return replace(report, text=" ".join([report.text, *said]), facts={**report.facts, "not_checked": told})


def _verdict(results: list[Result]) -> Outcome:
    """A row rule fails rows, not the table: only too many of them do."""
    critical = [one for one in results if one.rule.severity == "critical"]
    if any(one.outcome == "fail" and one.rule.of_table for one in critical):
        return "fail"
    return "could_not_run" if any(one.outcome == "could_not_run" for one in results) else "pass"


def _previous(delivery: Delivery) -> dict[str, int]:
    run = run_folder.current()
    if run is None:
        return {}
    return run.ledger.previous_delivery(run.cycle_name, delivery.name, delivery.sha256) or {}


def as_problems(report: ContractReport) -> list[CyclesError]:
    """What a report stops the run for, as errors; empty when it passed."""
    return [
        ContractError(one["what"], code=one["code"], where=one["where"], fix=one["fix"])
        for one in (report.facts["problems"] if report.outcome != "pass" else [])
    ]
