"""Contracts: what a table promises. A delivery is cast, judged by two engines, and its broken rows are set aside with a way back."""

from cycles.core.run_folder import RunFolder
from cycles.core.vocabulary import ContractReport
from cycles.do.contracts.verdict import as_problems, find_contract, hold

__all__ = ["as_problems", "find_contract", "hold", "keep"]


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
