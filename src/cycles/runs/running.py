"""Running one cycle: preflight, the cycle's lock and lease, the notebook in its kernel, the ledger's last word."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.errors import BusyError, CyclesError, RunError
from cycles.core.ledger import Ledger
from cycles.core.processes import is_live, this_process
from cycles.core.run_folder import RunFolder
from cycles.runs import kernels, preflight
from cycles.runs.opening import new_run_id

RESULTS = "results.json"
REPORT = "report.html"


class Stopped(RunError):
    """CY506: the run was interrupted."""

    exit_status = 130


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A finished run: where it is, what it found, and which rules had rows set aside (`source, found, code, lines, n`).

    `receipts` has a sentence for each source delivered for the first time or again, or one that all files were known; then what differs
    from the delivery before (CY222) and the series breaks (CY221).
    """

    run_id: str
    cycle: str
    folder: Path
    results: dict[str, Any]
    set_aside: tuple[dict[str, Any], ...] = ()
    receipts: tuple[str, ...] = ()

    @property
    def report(self) -> Path:
        """The report's path."""
        return self.folder / REPORT

    @property
    def sentence(self) -> str:
        """The decision in one sentence, or what kind of report this is."""
        decision = self.results.get("decision") or {}
        if not decision.get("call"):
            return f"{self.cycle}: the report is written."
        call = str(decision["call"])
        return f"{call[0].upper()}{call[1:]}: {decision.get('because', '')}"


def run_cycle(
    cycle_file: Path, *, seed: int, revision: int | None = None, progress: kernels.Progress | None = None
) -> Ran:
    """Run the notebook of a parameter file in a new run folder.

    Parameters
    ----------
    cycle_file : a file of a workspace's `params/`
    seed : for everything random
    revision : make an earlier revision again, from the deliveries that were kept
    progress : told the cells as they begin

    Raises
    ------
    CyclesError
        What preflight found, CY505 when there is no such revision, CY503 (75) when the cycle is busy, what the notebook reported,
        CY506 (130) when stopped.
    """
    plan = preflight.ready(cycle_file)
    _require_revision(plan, revision)
    folder = _take(plan, revision)
    run_id = folder.path.name
    try:
        _settle_abandoned(folder.ledger, plan.cycle.cycle)
        _enter(folder, plan, run_id)
        results = _execute(folder, plan, run_id, seed=seed, progress=progress)
    finally:
        folder.ledger.close()
        folder.release()
    aside = tuple(_set_aside(folder.records("contract")))
    return Ran(
        run_id=run_id,
        cycle=plan.cycle.cycle,
        folder=folder.path,
        results=results,
        set_aside=aside,
        receipts=_receipts(folder),
    )


def _take(plan: preflight.Plan, revision: int | None) -> RunFolder:
    """A new run folder, with the cycle's lock; nothing is left behind when another run holds it."""
    run_id = new_run_id()
    folder = RunFolder(
        plan.workspace.runs / plan.cycle.cycle / run_id, workspace=plan.workspace, cycle_name=plan.cycle.cycle
    )
    try:
        folder.take(run_id=run_id, revision=revision)
    except BusyError:
        with suppress(OSError):
            folder.path.rmdir()
        raise
    return folder


def _require_revision(plan: preflight.Plan, revision: int | None) -> None:
    """CY505 before anything is begun."""
    if revision is None:
        return
    with Ledger.of(plan.workspace) as ledger:
        ledger.deliveries.revision(plan.cycle.cycle, revision)


def _settle_abandoned(ledger: Ledger, cycle: str) -> None:
    """Runs entered as running whose process is gone were interrupted; we hold the lock, so none of them can be alive."""
    for run in ledger.runs(cycle):
        if run["state"] == "running" and not is_live(run["holder"]):
            ledger.finish_run(run["run_id"], state="interrupted", exit_status=130, code="CY506")


def _enter(folder: RunFolder, plan: preflight.Plan, run_id: str) -> None:
    folder.ledger.start_run(
        run_id=run_id,
        cycle=plan.cycle.cycle,
        kind=plan.cycle.kind,
        folder=folder.path,
        cycle_file=plan.cycle_file,
        holder=this_process(),
    )


def _execute(
    folder: RunFolder, plan: preflight.Plan, run_id: str, *, seed: int, progress: kernels.Progress | None
) -> dict[str, Any]:
    parameters = {"cycle_file": str(plan.cycle_file), "output_dir": str(folder.path), "seed": seed}
    output = folder.path / f"{plan.cycle.kind}.ipynb"
    try:
        with _terminable():
            kernels.execute(plan.notebook, output, parameters=parameters, cwd=plan.workspace.root, progress=progress)
        results = _results(folder.path)
    except KeyboardInterrupt:
        folder.ledger.finish_run(run_id, state="interrupted", exit_status=130, code="CY506")
        raise Stopped("the run was stopped before it finished", code="CY506", where=str(folder.path)) from None
    except CyclesError as problem:
        folder.ledger.finish_run(run_id, state="failed", exit_status=problem.exit_status, code=problem.code)
        _tell_contracts(folder, plan.cycle.title)
        raise
    except BaseException:
        folder.ledger.finish_run(run_id, state="failed", exit_status=70, code="CY507")
        raise
    folder.ledger.finish_run(run_id, state="done", exit_status=0, results=results)
    return results


def _tell_contracts(folder: RunFolder, title: str) -> None:
    """A run that was stopped by its contracts leaves the page that says why; it must not hide the problem that stopped it."""
    from cycles.act.reporting.report import write_contract_page

    with suppress(CyclesError):
        write_contract_page(folder, title=title)


def _results(folder: Path) -> dict[str, Any]:
    """What the notebook left; a notebook that leaves nothing has not done its work."""
    path = folder / RESULTS
    if not path.is_file():
        raise RunError(
            "the notebook ended without results",
            code="CY501",
            where=str(folder),
            fix="Its last cell is cy.report(run).",
        )
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def _receipts(folder: RunFolder) -> tuple[str, ...]:
    """What is new in the data of the run, or that nothing is."""
    receipts = folder.records("receipt")
    new = tuple(one["text"] for one in receipts if not one["again"])
    numbers = [one["number"] for one in folder.records("revision")]
    known = [f"The same files as before (revision {number})." for number in numbers]
    differs = tuple(
        f"{contract['source']}: {one['text']} [{one['code']}]"
        for contract in folder.records("contract")
        for one in (*contract["facts"].get("drift", ()), *contract["facts"].get("breaks", ()))
    )
    return (new or tuple(known)) + differs


def _set_aside(contracts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rules that rows of a source broke, with the lines; counts only. Rows that broke a warning stay in use."""
    for contract in contracts:
        for rule in contract["rules"]:
            if rule["found"]:
                said = {key: rule[key] for key in ("found", "code", "lines", "severity")}
                yield {"source": contract["source"], **said, "n": rule["n_failed"]}


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does, so that the kernel goes and the ledger knows."""
    try:
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    except ValueError:  # not the main thread: whoever owns it decides
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
