"""Running a fleet: every job is given to an executor once the cycles it builds on are finished, and the fleet goes on past failures."""

import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from cycles.core.errors import CyclesError, RunError, gravest
from cycles.core.files import atomic_write, make_private
from cycles.core.workspace import Workspace
from cycles.runs.fleet.executors import Kind, executor_of
from cycles.runs.fleet.lane import run_in_lane
from cycles.runs.fleet.outcome import STATES, WELL, Outcome, of_problem
from cycles.runs.fleet.planning import FleetPlan
from cycles.runs.fleet.units import Job

TRIES = 3
"""How often a job is begun when its worker is lost each time."""
LOOK = 0.5
"""Seconds between two looks at whether the fleet is to stop."""
Told = Callable[[Outcome], None]
Busy = Callable[[int], None]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a fleet is run. `options` are further arguments of `run_cycle`, the same for every job."""

    seed: int
    executor: Kind = "local"
    jobs: int | None = None
    scheduler: str | None = None
    keep_going: bool = True
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FleetResult:
    """How every job ended, in the order of the plan, and whether somebody stopped the fleet."""

    outcomes: tuple[Outcome, ...]
    was_stopped: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many ended in each state."""
        return {state: sum(one.state == state for one in self.outcomes) for state in STATES}

    @property
    def exit_status(self) -> int:
        """0 when all are done (now or before), 130 when the fleet was stopped, otherwise that of the gravest outcome."""
        return 130 if self.was_stopped else gravest(one.exit for one in self.outcomes)


def run_fleet(
    plan: FleetPlan,
    settings: Settings,
    *,
    workspace: Workspace,
    told: Told = lambda _outcome: None,
    busy: Busy = lambda _n: None,
) -> FleetResult:
    """Run every job of a plan.

    Parameters
    ----------
    plan : what :func:`cycles.runs.fleet.planning.plan_fleet` made of the files
    settings : where and how
    workspace : of all the jobs; the fleet's stop sign is put below it, where every worker can see it
    told : told each outcome as it comes
    busy : told how many jobs are being run, now and then

    Returns
    -------
    FleetResult
        Never an exception for what happens to a job. When the fleet is stopped (Ctrl-C, SIGTERM), the jobs that were not finished are
        interrupted, none of them done.
    """
    outcomes: dict[str, Outcome] = {}

    def take(outcome: Outcome) -> None:
        outcomes[outcome.cycle] = outcome
        told(outcome)

    for path, problem in plan.refused.items():
        take(Outcome(cycle=path.name, **of_problem(problem)))
    for outcome in _answered(plan, settings, workspace).values():
        take(outcome)
    jobs = [job for job in plan.jobs if job.cycle not in outcomes]
    stopped = _run_all(jobs, settings, _stop_sign(workspace.root), take, busy) if jobs else False
    order = [*(path.name for path in plan.refused), *(job.cycle for job in plan.jobs)]
    return FleetResult(outcomes=tuple(outcomes[name] for name in order), was_stopped=stopped)


def _answered(plan: FleetPlan, settings: Settings, workspace: Workspace) -> dict[str, Outcome]:
    from cycles.runs.fleet.unchanged import unchanged

    return {} if settings.options.get("fresh") else unchanged(plan.jobs, workspace, seed=settings.seed)


def _run_all(jobs: Sequence[Job], settings: Settings, stop: Path, take: Told, busy: Busy) -> bool:
    """Run jobs on an executor; whether they were stopped."""
    place = executor_of(settings.executor, fleet=stop.stem, jobs=settings.jobs, scheduler=settings.scheduler)
    try:
        with place as executor, _told_to_stop() as told:
            _give(jobs, settings, executor, (stop, told), take, busy)
            return told.is_set()
    finally:
        with suppress(OSError):
            stop.unlink(missing_ok=True)


def _give(
    jobs: Sequence[Job],
    settings: Settings,
    executor: Executor,
    stopping: tuple[Path, threading.Event],
    take: Told,
    busy: Busy,
) -> None:
    """Give jobs to the executor as they become free, until all have an outcome."""
    stop, told = stopping
    waiting = {job.cycle: job for job in jobs}
    given: dict[Future[Any], Job] = {}
    goes_on = True
    while waiting or given:
        goes_on = goes_on and not told.is_set()
        if not goes_on and not stop.exists():  # jobs that were given and not begun see the sign, and say so
            atomic_write(stop, b"")
            while waiting:
                take(_interrupted(waiting.popitem()[1]))
        for job in _free(waiting, {job.cycle for job in given.values()}):
            given[executor.submit(run_in_lane, _task(job, settings, stop))] = waiting.pop(job.cycle)
        for future in wait(given, timeout=LOOK, return_when=FIRST_COMPLETED).done:
            outcome = _outcome(given.pop(future), future)
            take(outcome)
            goes_on = goes_on and (settings.keep_going or outcome.state in WELL)
        busy(sum(future.running() for future in given))


def _free(waiting: dict[str, Job], given: set[str]) -> list[Job]:
    """The jobs that build on nothing that is still to come. A circle is broken at its first member."""
    ahead = {*waiting, *given}
    free = [job for job in waiting.values() if not (job.after - {job.cycle}) & ahead]
    return free if free or given else list(waiting.values())[:1]


def _task(job: Job, settings: Settings, stop: Path) -> dict[str, Any]:
    return {
        "cycle_file": str(job.cycle_file),
        "seed": settings.seed,
        "options": {**settings.options, "data": job.data},
        "tries": TRIES,
        "seconds": settings.options.get("timeout"),
        "stop": str(stop),
        "fleet": stop.stem,
    }


def _outcome(job: Job, future: "Future[Any]") -> Outcome:
    """What became of a job; whatever an executor raises in its place is a loss."""
    try:
        said = future.result()
    except Exception as error:  # of the executor, not of the job: a cluster gives up on a task whose workers keep dying
        lost = RunError(f"no worker could run it ({type(error).__name__})", code="CY515")
        said = {**of_problem(lost), "state": "crashed"}
    return Outcome(cycle=job.cycle, unit=job.unit, name=job.name, **said)


def _interrupted(job: Job) -> Outcome:
    stopped: CyclesError = RunError("stopped before it began", code="CY506")
    return Outcome(cycle=job.cycle, unit=job.unit, name=job.name, **of_problem(stopped))


def _stop_sign(workspace: Path) -> Path:
    """The path of a file that is not there until the fleet is to stop."""
    folder = make_private(make_private(workspace / ".cycles") / "fleets")
    return folder / f"{secrets.token_hex(8)}.stop"


@contextmanager
def _told_to_stop() -> Iterator[threading.Event]:
    """Set by Ctrl-C and SIGTERM; whoever presses Ctrl-C once more does not want to wait for the runs to stop."""
    told = threading.Event()

    def tell(_number: int, _frame: FrameType | None) -> None:
        if told.is_set():
            raise KeyboardInterrupt
        told.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    try:
        before = [signal.signal(number, tell) for number in numbers]
    except ValueError:  # not the main thread: whoever owns it decides
        yield told
        return
    try:
        yield told
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
