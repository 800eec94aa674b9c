"""Running one cycle: what is known already is answered, what a killed run left is taken up, and otherwise the notebook runs."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.errors import CyclesError
from cycles.core.ledger import Ledger
from cycles.core.run_folder import RunFolder
from cycles.core.steps import Parts
from cycles.runs import executing, kernels, preflight, reuse
from cycles.runs.keys import Fingerprints, changed, parts_of
from cycles.runs.opening import new_run_id
from cycles.runs.ran import Ran, ran_of


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
                return ran_of(answer, earlier.run, cached=True)
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
    executing.enter(folder, asked.plan)
    executing.execute(folder, asked.plan, seed=asked.seed, parts=asked.parts, **execution)
    run = ledger.run(folder.path.name)
    assert run is not None
    return ran_of(folder, run, because=changed(before, _latest_parts(ledger, cycle)))


def _taken_up(earlier: reuse.Earlier, folder: RunFolder, asked: _Asked) -> Ran | None:
    """The latest run, which was killed, is finished where it stands; one that others came after is entered again, as the latest.

    None where what it left was pruned after it had been found.
    """
    ledger, workspace = folder.ledger, asked.plan.workspace
    if not earlier.is_done and _is_latest(earlier, ledger):
        finished = reuse.folder_of(earlier, workspace)
        if finished is None:
            return None
        executing.notify(finished, asked.plan, results := executing.results_of(finished.path))
        executing.finish(ledger, earlier.run["run_id"], results)
        _leave(folder)
        return ran_of(finished, {**earlier.run, "results": results})
    executing.enter(folder, asked.plan)  # a run that is entered has what it takes up spared
    try:
        if not reuse.publish(earlier.step, folder.path, workspace):
            return None
    except CyclesError as problem:
        executing.end(ledger, folder.path.name, "failed", problem.exit_status, problem.code)
        raise
    parts = ledger.steps.parts(earlier.step.key)
    ledger.steps.complete(folder.path.name, reuse.COMPUTED, parts=parts, artefacts=earlier.step.artefacts)
    executing.finish(ledger, folder.path.name, results := executing.results_of(folder.path))
    return ran_of(folder, {**earlier.run, "run_id": folder.path.name, "results": results}, cached=True)


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
