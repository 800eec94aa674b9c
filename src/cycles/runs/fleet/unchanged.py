"""Which jobs of a fleet are answered already: asked of the ledger in one sitting, so that a thousand unchanged schools take seconds."""

from collections.abc import Sequence

from cycles.core.errors import CyclesError
from cycles.core.ledger import Ledger
from cycles.core.workspace import Workspace
from cycles.runs import keys, reuse
from cycles.runs.fleet.outcome import Outcome
from cycles.runs.fleet.units import Job
from cycles.runs.preflight import Plan
from cycles.runs.running import Ran


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
        while ready := [job for job in jobs if job.cycle not in asked and _builds_on(job, names) <= found.keys()]:
            asked |= {job.cycle for job in ready}
            answers = [_answer(job, workspace, ledger, seed) for job in ready]
            found |= {answer.cycle: answer for answer in answers if answer is not None}
    return found


def _builds_on(job: Job, names: set[str]) -> frozenset[str]:
    """The other jobs of the fleet whose results it uses."""
    return (job.after & names) - {job.cycle}


def _answer(job: Job, workspace: Workspace, ledger: Ledger, seed: int) -> Outcome | None:
    try:
        notebook = workspace.notebook(job.says.kind)
    except CyclesError:
        return None
    plan = Plan(cycle_file=job.cycle_file, cycle=job.says, workspace=workspace, notebook=notebook)
    earlier = reuse.find(keys.parts_of(plan, ledger, seed=seed, data=job.data), ledger, workspace)
    latest = ledger.latest(job.cycle)
    if earlier is None or latest is None or not earlier.is_done or latest["run_id"] != earlier.run["run_id"]:
        return None
    folder = reuse.folder_of(earlier, workspace).path
    run = earlier.run
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
