"""Contracts: what a table promises. A delivery is cast, judged by two engines, and its broken rows are set aside with a way back."""

from dataclasses import replace

import pandas as pd

from cycles.core import run_folder
from cycles.core.errors import ProblemsError
from cycles.core.run_folder import RunFolder
from cycles.core.vocabulary import ContractReport, Delivery
from cycles.core.workspace import Workspace
from cycles.do.contracts.verdict import as_problems, find_contract, hold

__all__ = ["as_problems", "find_contract", "hold", "keep", "validate"]


def validate(delivery: Delivery, *, contract: str | None = None, workspace: Workspace | None = None) -> pd.DataFrame:
    """Hold a delivery to its contract, keep the verdict in the open run, and return the rows that may be used.

    Parameters
    ----------
    delivery : what `read` returned
    contract : its name; by default the one the delivery names
    workspace : where the contract is; that of the open run, or of the current folder

    Returns
    -------
    DataFrame
        The rows that broke no critical row rule, cast: ids text, dates datetime64, numbers Int64 or float64; missing codes are missing.

    Raises
    ------
    ContractError
        CY211 to CY216: what stops the run. Several at once come as one ProblemsError.
    """
    report = hold(delivery, contract=contract, workspace=workspace)
    run = run_folder.current()
    if run is not None:
        from cycles.do.receipts import receive  # which needs what is made here

        [report] = receive([replace(delivery, contract=contract or delivery.contract)], [report], folder=run).reports
        keep(report, run)
    problems = as_problems(report)
    if problems:
        raise problems[0] if len(problems) == 1 else ProblemsError(problems)
    return report.used


def keep(report: ContractReport, run: RunFolder) -> None:
    """Write a verdict into a run: rows used, rows and cells set aside (restricted), counts into its records and the ledger."""
    run.write_table(f"quarantine/{report.source}.parquet", report.quarantined)
    if report.cells is not None and len(report.cells):
        run.write_table(f"quarantine/{report.source}.cells.parquet", report.cells)
    run.write_table(f"tables/{report.source}.parquet", report.used)
    run.record("contract", as_record(report))
    run.ledger.record_delivery(run.cycle_name, report.source, report.sha256, report.facts["counts"])


def as_record(report: ContractReport) -> dict[str, object]:
    """A report as plain data: counts, codes and lines only."""
    rules = report.rules.astype("object").where(report.rules.notna(), None)
    return {
        "id": report.source,
        "source": report.source,
        "contract": report.contract,
        "version": report.version,
        "outcome": report.outcome,
        "rows_in": report.rows_in,
        "used": report.n_used,
        "quarantined": report.n_quarantined,
        "sha256": report.sha256,
        "text": report.text,
        "rules": rules.to_dict("records"),
        "facts": report.facts,
    }
