"""Which jobs of a fleet are answered already: asked of the ledger in one sitting, so that a thousand unchanged schools take seconds."""

from collections.abc import Collection, Sequence
from typing import Any

from cycles.core.errors import CyclesError
from cycles.core.ledger import Ledger, Seal
from cycles.core.steps import key_of
from cycles.core.workspace import Workspace
from cycles.runs import keys, reuse
from cycles.runs.fleet.outcome import Outcome
from cycles.runs.fleet.units import Job
from cycles.runs.preflight import Plan
from cycles.runs.ran import Ran


def unchanged(jobs: Sequence[Job], workspace: Workspace, *, seed: int) -> dict[str, Outcome]:
    """The jobs whose latest run was computed from what there is now, by cycle.

    Parameters
    ----------
    jobs : of one workspace
    workspace : whose ledger is asked
    seed : as for the runs

    Notes
    -----
    Of a job that builds on another of the fleet this is known only where the other is unchanged. What is not found here is left to
    `run_cycle`, which looks again, with the cycle held.
    """
    found: dict[str, Outcome] = {}
    ledger = Ledger.existing(workspace)
    if ledger is None:
        return found
    names, asked = {job.cycle for job in jobs}, set[str]()
    with ledger:
        known = _Known(ledger, {*names, *(one for job in jobs for one in job.after)})
        while ready := [job for job in jobs if job.cycle not in asked and _builds_on(job, names) <= found.keys()]:
            asked |= {job.cycle for job in ready}
            answers = [_answer(job, workspace, known, seed) for job in ready]
            found |= {answer.cycle: answer for answer in answers if answer is not None}
    return found


class _Known:
    """What the ledger says of many cycles, asked at once: their seals, their latest runs, and what these were computed from."""

    def __init__(self, ledger: Ledger, cycles: Collection[str]) -> None:
        self._ledger, self._asked = ledger, cycles
        self._seals = ledger.seals_of(cycles)
        self.latest = ledger.latest_of(cycles)
        done = [run["run_id"] for run in self.latest.values() if run["state"] == "done"]
        self.steps = ledger.steps.of_runs(done, reuse.COMPUTED)

    def seal_of(self, cycle: str) -> Seal | None:
        return self._seals.get(cycle)

    def runs(self, cycle: str) -> list[dict[str, Any]]:
        never = cycle in self._asked and cycle not in self.latest
        return [] if never else self._ledger.runs(cycle)


def _builds_on(job: Job, names: set[str]) -> frozenset[str]:
    """The other jobs of the fleet whose results it uses."""
    return (job.after & names) - {job.cycle}


def _answer(job: Job, workspace: Workspace, known: _Known, seed: int) -> Outcome | None:
    run = known.latest.get(job.cycle)
    step = known.steps.get(run["run_id"]) if run else None
    if run is None or step is None:
        return None
    try:
        notebook = workspace.notebook(job.says.kind)
    except CyclesError:
        return None
    plan = Plan(cycle_file=job.place, cycle=job.says, workspace=workspace, notebook=notebook)
    parts = keys.parts_of(plan, known, seed=seed, data=job.data)
    folder = reuse.restored(step, run, workspace) if parts is not None and key_of(parts) == step.key else None
    if folder is None:
        return None
    ran = Ran(
        run_id=run["run_id"],
        cycle=job.cycle,
        folder=folder,
        results=run["results"],
        cached=True,
        since=run["finished_at"],
    )
    return Outcome(
        cycle=job.cycle,
        state="cached",
        unit=job.unit,
        name=job.name,
        sentence=ran.sentence,
        run=ran.run_id,
        folder=str(folder),
        report=str(ran.report),
    )
