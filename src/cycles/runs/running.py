"""Running one cycle: preflight, what is known already, the cycle's lock and lease, the notebook in its kernel, the ledger's last word."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.errors import CyclesError, RunError
from cycles.core.ledger import Ledger
from cycles.core.processes import this_process
from cycles.core.run_folder import RunFolder
from cycles.core.steps import Parts
from cycles.runs import kernels, notices, preflight, reuse
from cycles.runs.keys import SEAL, Fingerprints, changed, changed_parts, parts_of
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
    from the delivery before (CY222) and the series breaks (CY221). `cached` runs were not made anew: nothing that they are computed from
    has changed `since`. `because` says what had changed since the latest run, where that is known.
    """

    run_id: str
    cycle: str
    folder: Path
    results: dict[str, Any]
    set_aside: tuple[dict[str, Any], ...] = ()
    receipts: tuple[str, ...] = ()
    cached: bool = False
    since: str = ""
    because: str = ""

    @property
    def report(self) -> Path:
        """The report's path."""
        return self.folder / REPORT

    @property
    def sentence(self) -> str:
        """The decision in one sentence, or what kind of report this is; that nothing has changed, where it was not computed again."""
        since = self.since.replace("T", " ").replace("Z", " UTC")
        unchanged = f"Nothing has changed since {since}. " if self.cached else ""
        decision = self.results.get("decision") or {}
        if not decision.get("call"):
            return f"{unchanged}{self.cycle}: the report is written."
        call = str(decision["call"])
        return f"{unchanged}{call[0].upper()}{call[1:]}: {decision.get('because', '')}"


def run_cycle(
    cycle_file: Path,
    *,
    seed: int,
    revision: int | None = None,
    fresh: bool = False,
    data: Fingerprints | None = None,
    progress: kernels.Progress | None = None,
    **execution: Any,
) -> Ran:
    """Run the notebook of a parameter file in a new run folder, unless nothing has changed since it ran.

    A run that was killed after its notebook had ended is taken to its end; one that was killed earlier is begun again, and gives the same.

    Parameters
    ----------
    cycle_file : a file of a workspace's `params/`
    seed : for everything random
    revision : make an earlier revision again, from the deliveries that were kept
    fresh : run also when nothing has changed
    data : the fingerprint of what a source holds for this run, by source, where that is less than its file
    progress : told the cells as they begin
    **execution : how the notebook is executed, as :func:`cycles.runs.kernels.execute` takes it; it is no part of what is computed

    Raises
    ------
    CyclesError
        What preflight found, CY505 when there is no such revision, CY503 (75) when the cycle is busy, what the notebook reported,
        CY506 (130) when stopped, CY508 (69) when the ledger does not answer.
    """
    plan = preflight.ready(cycle_file)
    asked = _Asked(plan=plan, seed=seed, revision=revision, fresh=fresh, data=data)
    with Ledger.of(plan.workspace) as ledger:
        if revision is not None:
            ledger.deliveries.revision(plan.cycle.cycle, revision)  # CY505 before anything is begun
        earlier = _earlier(asked, ledger)
        if earlier is not None and earlier.is_done and _is_latest(earlier, ledger):
            answer = reuse.folder_of(earlier, plan.workspace)
            if answer is not None:
                return _ran(answer, earlier.run, cached=True)
    return _held(asked, {"progress": progress, **execution})


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """What is asked for."""

    plan: preflight.Plan
    seed: int
    revision: int | None
    fresh: bool
    data: Fingerprints | None

    def parts(self, ledger: Ledger) -> Parts | None:
        return parts_of(self.plan, ledger, seed=self.seed, revision=self.revision, data=self.data)


def _earlier(asked: _Asked, ledger: Ledger) -> reuse.Earlier | None:
    return None if asked.fresh else reuse.find(asked.parts(ledger), ledger, asked.plan.workspace)


def _is_latest(earlier: reuse.Earlier, ledger: Ledger) -> bool:
    latest = ledger.latest(earlier.run["cycle"])
    return latest is not None and bool(latest["run_id"] == earlier.run["run_id"])


def _held(asked: _Asked, execution: dict[str, Any]) -> Ran:
    """With the cycle held: what an earlier run left is taken up, or the notebook runs."""
    folder = _take(asked.plan, asked.revision)
    ledger = folder.ledger
    try:
        _settle_abandoned(ledger, asked.plan.cycle.cycle)
        earlier = _earlier(asked, ledger)
        ran = None if earlier is None else _taken_up(earlier, folder, asked)
        return ran or _computed(folder, asked, execution)
    finally:
        folder.release()
        ledger.close()


def _computed(folder: RunFolder, asked: _Asked, execution: dict[str, Any]) -> Ran:
    ledger, cycle = folder.ledger, asked.plan.cycle.cycle
    before = _latest_parts(ledger, cycle)
    _enter(folder, asked.plan, folder.path.name)
    _execute(folder, asked, execution)
    run = ledger.run(folder.path.name)
    assert run is not None
    return _ran(folder, run, because=changed(before, _latest_parts(ledger, cycle)))


def _taken_up(earlier: reuse.Earlier, folder: RunFolder, asked: _Asked) -> Ran | None:
    """The latest run, which was killed, is finished where it stands; one that others came after is entered again, as the latest.

    None where what it left was pruned after it had been found.
    """
    ledger, workspace = folder.ledger, asked.plan.workspace
    if not earlier.is_done and _is_latest(earlier, ledger):
        finished = reuse.folder_of(earlier, workspace)
        if finished is None:
            return None
        _notify(finished, asked.plan, results := _results(finished.path))
        _finish(ledger, earlier.run["run_id"], results)
        _leave(folder)
        return _ran(finished, {**earlier.run, "results": results})
    _enter(folder, asked.plan, folder.path.name)  # a run that is entered has what it takes up spared
    try:
        if not reuse.publish(earlier.step, folder.path, workspace):
            return None
    except CyclesError as problem:
        _end(ledger, folder.path.name, "failed", problem.exit_status, problem.code)
        raise
    parts = ledger.steps.parts(earlier.step.key)
    ledger.steps.complete(folder.path.name, reuse.COMPUTED, parts=parts, artefacts=earlier.step.artefacts)
    _finish(ledger, folder.path.name, results := _results(folder.path))
    return _ran(folder, {**earlier.run, "run_id": folder.path.name, "results": results}, cached=True)


def _leave(folder: RunFolder) -> None:
    """A folder that was taken and is not needed."""
    for path in folder.path.iterdir():
        path.unlink()
    folder.path.rmdir()


def _latest_parts(ledger: Ledger, cycle: str) -> Parts | None:
    """What the latest run of a cycle that was computed to its end was computed from."""
    for run in ledger.runs(cycle):
        for step in ledger.steps.of_run(run["run_id"]):
            return ledger.steps.parts(step.key)
    return None


def _ran(folder: RunFolder, run: dict[str, Any], *, cached: bool = False, because: str = "") -> Ran:
    return Ran(
        run_id=run["run_id"],
        cycle=run["cycle"],
        folder=folder.path,
        results=run["results"],
        set_aside=tuple(_set_aside(folder.records("contract"))),
        receipts=() if cached else _receipts(folder),
        cached=cached,
        since=run["finished_at"] or "",
        because=because,
    )


def _take(plan: preflight.Plan, revision: int | None) -> RunFolder:
    """A new run folder, with the cycle's lock; nothing is left behind when another run holds it."""
    run_id = new_run_id()
    folder = RunFolder(
        plan.workspace.runs / plan.cycle.cycle / run_id, workspace=plan.workspace, cycle_name=plan.cycle.cycle
    )
    try:
        folder.take(run_id=run_id, revision=revision)
    except BaseException:
        folder.ledger.close()
        with suppress(OSError):
            folder.path.rmdir()
        raise
    return folder


def _settle_abandoned(ledger: Ledger, cycle: str) -> None:
    """Runs entered as running were interrupted: we hold the cycle, so nobody else keeps one, though its process may live on."""
    for run in ledger.runs(cycle):
        if run["state"] == "running":
            _sweep(Path(run["folder"]))
            ledger.finish_run(run["run_id"], state="interrupted", exit_status=130, code="CY506")


def _sweep(folder: Path) -> None:
    """Take away what a killed process had begun to write."""
    for path in folder.glob(".*"):
        with suppress(OSError):
            path.unlink()


def _enter(folder: RunFolder, plan: preflight.Plan, run_id: str) -> None:
    folder.ledger.start_run(
        run_id=run_id,
        cycle=plan.cycle.cycle,
        kind=plan.cycle.kind,
        folder=folder.path,
        cycle_file=plan.cycle_file,
        holder=this_process(),
    )


def _execute(folder: RunFolder, asked: _Asked, execution: dict[str, Any]) -> None:
    plan, ledger, run_id = asked.plan, folder.ledger, folder.path.name
    parameters = {"cycle_file": str(plan.cycle_file), "output_dir": str(folder.path), "seed": asked.seed}
    output = folder.path / f"{plan.cycle.kind}.ipynb"
    try:
        with _terminable():
            before = asked.parts(ledger)
            kernels.execute(plan.notebook, output, parameters=parameters, cwd=plan.workspace.root, **execution)
            results = _results(folder.path)
            reuse.keep(folder, run_id=run_id, parts=_settled(before, asked.parts(ledger)))
            folder.require_hold()
            _notify(folder, plan, results)
            _finish(ledger, run_id, results)
    except KeyboardInterrupt:
        _end(ledger, run_id, "interrupted", 130, "CY506")
        raise Stopped("the run was stopped before it finished", code="CY506", where=str(folder.path)) from None
    except CyclesError as problem:
        _end(ledger, run_id, "failed", problem.exit_status, problem.code)
        _notify(folder, plan, problem)
        _tell_contracts(folder, plan.cycle.title)
        raise
    except BaseException:
        _end(ledger, run_id, "failed", 70, "CY507")
        raise


def _settled(before: Parts | None, after: Parts | None) -> Parts | None:
    """What the run was computed from, if that stayed the same while it ran. The run itself may have made the seal."""
    apart = set(changed_parts(before, after))
    return after if before is not None and apart <= {SEAL} else None


def _notify(folder: RunFolder, plan: preflight.Plan, came: dict[str, Any] | CyclesError) -> None:
    """Leave the notice of what came of a run: its results, or why there are none."""
    title, cycle, root = plan.cycle.title, plan.cycle.cycle, plan.workspace.root
    if isinstance(came, CyclesError):
        text = notices.of_problem(title, came, _from(plan.cycle_file, root))
    else:
        text = notices.of_results(title, came, _from(folder.path / REPORT, root))
    notices.leave(folder.path, plan.workspace, cycle, text)


def _from(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def _end(ledger: Ledger, run_id: str, state: str, exit_status: int, code: str) -> None:
    """Enter how a run failed. Where that cannot be written, the next run finds it abandoned; why it failed must not be hidden."""
    with suppress(CyclesError):
        ledger.finish_run(run_id, state=state, exit_status=exit_status, code=code)


def _finish(ledger: Ledger, run_id: str, results: dict[str, Any]) -> None:
    ledger.finish_run(run_id, state="done", exit_status=0, results=results)


def _tell_contracts(folder: RunFolder, title: str) -> None:
    """A run that was stopped by its contracts leaves the page that says why; it must not hide the problem that stopped it."""
    if not folder.records("contract"):
        return
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
    """SIGTERM, and a terminal that closes, end a run as Ctrl-C does, so that the kernel goes and the ledger knows."""
    signs = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    signs = [one for one in signs if signal.getsignal(one) is not signal.SIG_IGN]  # nohup wants to be left alone
    try:
        before = [signal.signal(one, signal.default_int_handler) for one in signs]
    except ValueError:  # not the main thread: whoever owns it decides
        yield
        return
    try:
        yield
    finally:
        for one, handler in zip(signs, before, strict=True):
            signal.signal(one, handler)
