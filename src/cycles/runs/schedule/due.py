"""What is due now, and running it: each occurrence is claimed in the ledger by one caller, once, whoever asks and how often.

Occurrences that were missed are caught up by one run. One that failed, or whose claimer is gone, is taken up by the next call, three times
in all. A clock that goes back finds everything claimed already; one that jumps ahead catches up once.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cycles.core.errors import CyclesError
from cycles.core.ledger import Ledger
from cycles.core.occurrences import Occurrence, claimer, forget
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import AnnualImpact, Cycle, Schedule, read_cycle_file
from cycles.runs.fleet.outcome import WELL, Outcome
from cycles.runs.fleet.planning import FleetPlan, files_of, fits, plan_fleet
from cycles.runs.fleet.running import FleetResult, Settings, run_fleet
from cycles.runs.fleet.units import Job
from cycles.runs.schedule import times

TRIES = 3
"""How often an occurrence is taken up when it fails each time, or whoever took it up is lost."""


@dataclass(frozen=True, kw_only=True)
class Due:
    """An occurrence that waits to be taken up.

    `n_missed` others before it, the first of them at `missed_since`, are caught up by the same run. `seen` is the occurrence as the ledger
    has it, when it is to be taken up once more.
    """

    cycle: str
    due_at: str
    timezone: str
    n_missed: int = 0
    missed_since: str | None = None
    seen: Occurrence | None = None

    @property
    def attempt(self) -> int:
        """Which attempt it would be."""
        return 1 if self.seen is None else self.seen.attempts + 1

    @property
    def text(self) -> str:
        """When it was due, in words."""
        again = f", attempt {self.attempt} of {TRIES}" if self.seen else ""
        count = f"{self.n_missed:,}" + (" or more" if self.n_missed >= times.MOST - 1 else "")
        missed = f"; one run for this and {count} missed before it" if self.n_missed else ""
        return f"due {times.said(self.due_at, self.timezone)}{again}{missed}"

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        told = ("cycle", "due_at", "timezone", "n_missed", "missed_since", "attempt")
        return {name: getattr(self, name) for name in told}


@dataclass(frozen=True, kw_only=True)
class DuePlan:
    """The jobs that are due, and why; the cycles that have a schedule (`upcoming`: name -> next moment, zone) and those that have none.

    `settled` are the occurrences of districts whose schools have all been looked at.
    """

    fleet: FleetPlan
    due: Mapping[str, Due]
    upcoming: Mapping[str, tuple[str, str]]
    ahead: tuple[str, ...] = ()
    settled: tuple[Due, ...] = ()


@dataclass
class _Seen:
    """What the ledger knows of occurrences."""

    latest: dict[str, Occurrence] = field(default_factory=dict)
    held: Collection[str] = ()


def due_of(
    cycle: str,
    schedule: Schedule,
    *,
    started_on: date,
    last: Occurrence | None,
    held: Collection[str],
    now: datetime,
) -> Due | None:
    """The occurrence of a cycle that waits to be taken up, if any.

    Parameters
    ----------
    cycle, schedule : whose
    started_on : nothing is due before that day
    last : the latest that was taken up
    held : the claimers who are there
    now : aware

    Examples
    --------
    >>> weekly = Schedule(cron="0 6 * * MON", timezone="America/New_York")
    >>> now = times.moment("2026-10-21T00:00:00Z")
    >>> due_of("c", weekly, started_on=date(2026, 10, 5), last=None, held=(), now=now).text
    'due Mon 2026-10-19 06:00 EDT (America/New_York); one run for this and 2 missed before it'
    """
    if last is not None and last.state == "claimed" and last.claimed_by in held:
        return None
    begin = times.start_of(started_on, schedule)
    after = begin if last is None else max(begin, times.moment(last.due_at))
    newest = times.latest(schedule, until=now, after=after)
    if newest is not None:
        missed = times.passed(schedule, after=after, until=newest)
        since = times.stamp(missed[0]) if len(missed) > 1 else None
        return Due(
            cycle=cycle,
            due_at=times.stamp(newest),
            timezone=schedule.timezone,
            n_missed=len(missed) - 1,
            missed_since=since,
        )
    if last is None or last.state == "done" or last.attempts >= TRIES:
        return None
    return Due(
        cycle=cycle,
        due_at=last.due_at,
        timezone=schedule.timezone,
        n_missed=last.n_missed,
        missed_since=last.missed_since,
        seen=last,
    )


def plan_due(paths: Sequence[Path], *, workspace: Workspace, now: datetime, only: Sequence[str] = ()) -> DuePlan:
    """Find what is due among parameter files; nothing is claimed.

    Parameters
    ----------
    paths, only : as :func:`cycles.runs.fleet.planning.plan_fleet` takes them
    workspace : whose ledger is asked
    now : aware

    Raises
    ------
    ParameterError
        CY104 when a folder holds no parameter file.
    """
    seen = _seen(workspace)
    looked: dict[Path, Due | None] = {}
    upcoming: dict[str, tuple[str, str]] = {}
    ahead = []
    for path in files_of(paths):
        try:
            says = read_cycle_file(path)
        except CyclesError:  # the fleet's plan tells what is wrong with it
            looked[path] = None
            continue
        if isinstance(says, AnnualImpact) or says.schedule is None:
            continue
        following = next(
            times.occurrences(says.schedule, after=max(now, times.start_of(says.started_on, says.schedule))), None
        )
        if following is not None:
            upcoming[says.cycle] = (times.stamp(following), says.schedule.timezone)
        last = seen.latest.get(says.cycle)
        ahead += [says.cycle] if last is not None and last.due_at > times.stamp(now) else []
        due = _of(says, seen, now)
        if due is not None or _schools_wait(says, seen):
            looked[path] = due
    fleet = _planned(list(looked), only)
    found = {job.cycle: due for job in fleet.jobs if (due := _due(job, seen, now)) is not None}
    jobs = tuple(job for job in fleet.jobs if job.cycle in found)
    districts = {job.origin for job in fleet.jobs if job.school} - fleet.refused.keys() if not only else set[Path]()
    settled = tuple(due for path in districts if (due := looked.get(path)) is not None)
    return DuePlan(fleet=replace(fleet, jobs=jobs), due=found, upcoming=upcoming, ahead=tuple(ahead), settled=settled)


def run_due(
    plan: DuePlan,
    settings: Settings,
    *,
    workspace: Workspace,
    told: Callable[[Outcome], None] = lambda _outcome: None,
) -> FleetResult:
    """Claim what is due, and run what could be claimed; what others claimed meanwhile is theirs.

    Parameters
    ----------
    plan : as :func:`plan_due` made it
    settings, workspace, told : as for :func:`cycles.runs.fleet.running.run_fleet`
    """
    with Ledger.of(workspace) as ledger, claimer(ledger.leases) as name:
        mine = {cycle: due for cycle, due in plan.due.items() if _claimed(due, ledger, name)}
        open_ones = dict(mine)

        def finish(outcome: Outcome) -> None:
            due = open_ones.pop(outcome.cycle, None)
            if due is not None:
                state = (
                    "done" if outcome.state in WELL else "interrupted" if outcome.state == "interrupted" else "failed"
                )
                ledger.occurrences.finish(due.cycle, due.due_at, state=state, run_id=outcome.run, by=name)
            told(outcome)

        jobs = tuple(job for job in plan.fleet.jobs if job.cycle in mine)
        try:
            result = run_fleet(replace(plan.fleet, jobs=jobs), settings, workspace=workspace, told=finish)
        finally:
            for due in open_ones.values():
                with suppress(CyclesError):  # whoever looks next finds that we are gone
                    ledger.occurrences.finish(due.cycle, due.due_at, state="interrupted", by=name)
        for due in plan.settled:
            if ledger.occurrences.claim(due.cycle, due.due_at, by=name):
                ledger.occurrences.finish(due.cycle, due.due_at, by=name)
    return result


def _claimed(due: Due, ledger: Ledger, name: str) -> bool:
    if due.seen is None:
        return ledger.occurrences.claim(
            due.cycle, due.due_at, by=name, n_missed=due.n_missed, missed_since=due.missed_since
        )
    forget(ledger.leases, due.seen.claimed_by)
    return ledger.occurrences.retake(due.seen, by=name)


def _seen(workspace: Workspace) -> _Seen:
    ledger = Ledger.existing(workspace)
    if ledger is None:
        return _Seen()
    with ledger:
        return _Seen(latest=ledger.occurrences.latest(), held=ledger.leases.held())


def _of(says: Cycle, seen: _Seen, now: datetime) -> Due | None:
    """Of a file: for a district's, whether its schools have been looked at since the latest moment."""
    assert says.schedule is not None
    last = seen.latest.get(says.cycle)
    return due_of(says.cycle, says.schedule, started_on=says.started_on, last=last, held=seen.held, now=now)


def _schools_wait(says: Cycle, seen: _Seen) -> bool:
    """Whether a school of a district has something to be taken up once more."""
    if says.for_each is None:
        return False
    schools = (one for name, one in seen.latest.items() if name.startswith(f"{says.cycle}--"))
    return any(
        one.state != "done" and one.attempts < TRIES and not (one.state == "claimed" and one.claimed_by in seen.held)
        for one in schools
    )


def _due(job: Job, seen: _Seen, now: datetime) -> Due | None:
    return _of(job.says, seen, now) if isinstance(job.says, Cycle) and job.says.schedule else None


def _planned(paths: Sequence[Path], only: Sequence[str]) -> FleetPlan:
    if not paths:
        return FleetPlan(jobs=(), refused={}, splits={})
    plan = plan_fleet(paths)
    return replace(plan, jobs=tuple(job for job in plan.jobs if not only or fits(job, only)))
