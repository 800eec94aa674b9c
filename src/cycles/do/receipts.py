"""Receipts: what was delivered, which version of its source it is, what drifted since the one before."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from cycles.core import files
from cycles.core.deliveries import DeliveryReceipt, Inputs, Revision
from cycles.core.errors import ContractError, ParameterError
from cycles.core.vocabulary import ContractReport, Delivery, SeriesBreak
from cycles.core.workspace import Workspace
from cycles.do.contracts.breaks import series_breaks, version_breaks
from cycles.do.contracts.drift import Drift, drift, drift_of_columns, drift_of_waves
from cycles.do.contracts.profile import profile
from cycles.do.contracts.quarantine import TOTAL
from cycles.do.contracts.rules import Contract
from cycles.do.contracts.verdict import find_contract
from cycles.do.intake import read
from cycles.do.intake.fingerprint import fingerprint
from cycles.do.kept import keep_copy, read_copy
from cycles.plan.instruments import LIBRARY, Instrument, read_instrument

if TYPE_CHECKING:
    from cycles.core.run_folder import RunFolder
    from cycles.plan.run import Run

_LONGEST_NAME = 120


@dataclass(frozen=True, kw_only=True)
class Received:
    """The reports with what their receipts add (`facts`: `receipt`, `drift`, `breaks`), the receipts, and every series break known."""

    reports: tuple[ContractReport, ...]
    receipts: tuple[DeliveryReceipt, ...]
    breaks: tuple[SeriesBreak, ...]

    @property
    def inputs(self) -> Inputs:
        """What the run is computed from."""
        return {one.source: {"version": one.version, "sha256": one.sha256, "basis": one.basis} for one in self.receipts}


def receive(deliveries: list[Delivery], reports: list[ContractReport], *, folder: "RunFolder") -> Received:
    """Leave a receipt of every delivery, keep what is new, and say what differs from the delivery before.

    Parameters
    ----------
    deliveries, reports : what was read, and what its contract said, in the same order
    folder : the run's folder; its workspace holds contracts and ledger

    Returns
    -------
    Received

    Raises
    ------
    ContractError
        CY232 when a kept delivery is used again under another contract or instrument.
    WriteError
        CY504 when the copy cannot be written.
    """
    roster = _roster(deliveries, reports)
    made = [_receive(one, report, folder, roster) for one, report in zip(deliveries, reports, strict=True)]
    breaks = _breaks([known for _, _, known in made], _site_measures(deliveries, reports))
    told = [
        replace(report, facts={**report.facts, "breaks": _told(breaks, own, delivery)})
        for delivery, (_, report, own) in zip(deliveries, made, strict=True)
    ]
    return Received(reports=tuple(told), receipts=tuple(receipt for receipt, _, _ in made), breaks=breaks)


def reader_of(run: "Run") -> Callable[..., Delivery]:
    """How the run reads its sources: from their files, or the versions kept for the revision that is made again.

    Raises
    ------
    RunError
        CY505 when there is no such revision.
    """
    number = getattr(run, "revision", None)
    if number is None:
        return read
    deliveries = run.folder.ledger.deliveries
    revision = deliveries.revision(run.cycle.cycle, number)
    return partial(read_copy, deliveries=deliveries, revision=revision)


def open_revision(received: Received, folder: "RunFolder") -> Revision:
    """Number what the run is computed from: the same inputs are the same revision, on every rerun.

    It is entered in the ledger when the run has finished.
    """
    revision = folder.ledger.deliveries.revision_for(folder.cycle_name, received.inputs)
    told = {"number": revision.number, "because": revision.because, "inputs": revision.inputs}
    folder.record("revision", {"id": "revision", **told})
    return revision


# -- one delivery --------------------------------------------------------------------------------------------------------


def _receive(
    delivery: Delivery, report: ContractReport, folder: "RunFolder", roster: frozenset[str]
) -> tuple[DeliveryReceipt, ContractReport, tuple[SeriesBreak, ...]]:
    workspace, ledger = folder.workspace, folder.ledger.deliveries
    contract = find_contract(delivery.contract or "", workspace)
    instrument = _instrument(delivery, workspace)
    counted = profile(
        report.used,
        contract,
        missing_codes=report.facts.get("missing_codes"),
        instrument=instrument,
        roster=roster if instrument and instrument.respondent == "student" else None,
    )
    made = _receipt(delivery, report, contract, counted, folder.cycle_name, _basis(delivery, workspace))
    known = ledger.find(made)
    entered = known or ledger.receive(replace(made, kept=keep_copy(delivery, basis=made.basis, workspace=workspace)))
    folder.record("receipt", {"id": entered.source, "again": known is not None, **entered.facts})
    history = [one for one in ledger.receipts(entered.cycle, entered.source) if one.version <= entered.version]
    differences = _differences(history)
    facts = {**report.facts, "receipt": entered.facts, "drift": [one.to_dict() for one in differences]}
    return entered, replace(report, facts=facts), (*contract.series_breaks, *version_breaks(history))


def _receipt(
    delivery: Delivery,
    report: ContractReport,
    contract: Contract,
    counted: dict[str, Any],
    cycle: str,
    basis: dict[str, str],
) -> DeliveryReceipt:
    counts = report.facts.get("counts", {})
    header = delivery.facts.get("header") or [name for name in delivery.table.columns if not str(name).startswith("_")]
    return DeliveryReceipt(
        cycle=cycle,
        source=delivery.name,
        sha256=delivery.sha256,
        basis=basis,
        path=delivery.path,
        contract=report.contract,
        contract_version=report.version,
        outcome=report.outcome,
        rows_read=int(delivery.rows_raw),
        rows_mapped=int(delivery.facts.get("rows_mapped", len(delivery.table))),
        excluded={str(rule): int(n) for rule, n in delivery.excluded.groupby("rule")["n"].sum().items()},
        used=report.n_used,
        set_aside=report.n_quarantined,
        quarantined={rule: int(n) for rule, n in counts.items() if rule != TOTAL},
        cells=_cells(report),
        header=tuple(str(name)[:_LONGEST_NAME] for name in header),
        types={column.name: column.type for column in contract.columns},
        profile=counted,
    )


def _cells(report: ContractReport) -> int:
    """Single cells that were set aside while their row stayed."""
    cells = report.facts.get("cells_set_aside", 0)
    return int(sum(cells.values()) if isinstance(cells, Mapping) else cells)


def _differences(history: list[DeliveryReceipt]) -> tuple[Drift, ...]:
    """Between the last two versions, and between the waves of the last."""
    now = history[-1]
    among = drift_of_waves(now.profile)
    if len(history) < 2:
        return among
    before = history[-2]
    columns = drift_of_columns((before.header, before.types), (now.header, now.types))
    return (*columns, *drift(before.profile, now.profile), *among)


def _basis(delivery: Delivery, workspace: Workspace) -> dict[str, str]:
    """What the delivery was read by; of one that was kept, its mapping has done its work."""
    instrument = _instrument_file(delivery, workspace)
    basis = {
        "mapping": _mapping_hash(delivery, workspace) if delivery.facts.get("mapping") else "",
        "contract": _contract_hash(delivery.contract or "", workspace),
        "instrument": _hash(instrument) if instrument else "",
    }
    kept = delivery.facts.get("kept_basis")
    if kept is None:
        return basis
    changed = [name for name in ("contract", "instrument") if basis[name] != kept[name]]
    if changed:
        raise ContractError(
            f"{delivery.name}: its {' and its '.join(changed)} changed since the revision was made",
            code="CY232",
            where=delivery.contract or "",
        )
    return dict(kept)


def _mapping_hash(delivery: Delivery, workspace: Workspace) -> str:
    """Of the file, and of the constants that the source adds to it."""
    own = _hash(workspace.mapping(delivery.facts["mapping"]))
    constants = delivery.facts.get("constants")
    return fingerprint(json.dumps([own, constants], sort_keys=True).encode()) if constants else own


def _contract_hash(name: str, workspace: Workspace) -> str:
    try:
        return _hash(workspace.contract(name))
    except ParameterError:
        return ""


def _instrument_file(delivery: Delivery, workspace: Workspace) -> Path | None:
    contract = delivery.contract or ""
    key = delivery.instrument or (contract.removeprefix("survey.") if contract.startswith("survey.") else None)
    places = [folder / f"{key}.yml" for folder in (workspace.instruments, LIBRARY)]
    return next((path for path in places if key and path.is_file()), None)


def _instrument(delivery: Delivery, workspace: Workspace) -> Instrument | None:
    path = _instrument_file(delivery, workspace)
    return read_instrument(path.stem, folder=workspace.instruments) if path else None


def _hash(path: Path) -> str:
    return files.sha256(path)


def _roster(deliveries: list[Delivery], reports: list[ContractReport]) -> frozenset[str]:
    """Everybody on any roster, once."""
    rosters = [
        report.used["student_id"].dropna()
        for delivery, report in zip(deliveries, reports, strict=True)
        if delivery.canonical == "students" and "student_id" in report.used
    ]
    return frozenset().union(*rosters)


# -- breaks --------------------------------------------------------------------------------------------------------------


def _site_measures(deliveries: list[Delivery], reports: list[ContractReport]) -> pd.DataFrame | None:
    parts = [
        report.used[["site_id", "period", "measure", "value"]]
        for delivery, report in zip(deliveries, reports, strict=True)
        if delivery.canonical == "site_measures" and report.outcome == "pass"
    ]
    return pd.concat(parts).drop_duplicates(["site_id", "period", "measure"]) if parts else None


def _breaks(known: list[tuple[SeriesBreak, ...]], values: pd.DataFrame | None) -> tuple[SeriesBreak, ...]:
    said = tuple({(one.measure, one.at): one for several in known for one in several}.values())
    return said if values is None else series_breaks(values, said)


def _told(breaks: tuple[SeriesBreak, ...], own: tuple[SeriesBreak, ...], delivery: Delivery) -> list[dict[str, str]]:
    """The breaks of one source: those its contract says and, of published figures, those that were found."""
    found = [one for one in breaks if one.origin == "detected" and delivery.canonical == "site_measures"]
    return [{"code": "CY221", "text": one.text} for one in (*own, *found)]
