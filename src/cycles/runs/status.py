"""The cycles of a workspace as the ledger and the processes show them, not as a notebook says of itself."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from cycles.core.errors import CyclesError
from cycles.core.ledger import Ledger
from cycles.core.occurrences import Occurrence
from cycles.core.processes import is_live
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import Cycle, Schedule, read_cycle_file
from cycles.runs.districts import summed_up

LATE = timedelta(hours=1)
"""An occurrence that waits for longer is late."""
OPEN = ("monitoring", "no decision")
"""Calls that decide nothing yet."""
Stage = Literal["plan", "do", "study", "act"]
Standing = Literal["running", "decided", "late", "due", "under way", "not begun", "reported"]


@dataclass(frozen=True, kw_only=True)
class CycleStatus:
    """One cycle: its latest run, what was decided, whether the plan was sealed in time, when the decision is due.

    `stage` is of plan-do-study-act, by dates and by what was decided; `standing` is what there is to know now, and `why` says it in
    words where it is late or due. `run_due_at` and `next_at` are of its schedule, in UTC. `district` is the cycle that a school's run was
    made for; the row of a district says in `schools` how many have run, and how many of them are in which state.
    """

    cycle: str
    title: str = ""
    school: str | None = None
    district: str | None = None
    schools: int | None = None
    run: str | None = None
    state: str = "not run yet"
    finished_at: str | None = None
    code: str | None = None
    decision: str | None = None
    because: str | None = None
    sealed: str = "unsealed"
    due: str | None = None
    stage: Stage | None = None
    standing: Standing = "not begun"
    why: str = ""
    run_due_at: str | None = None
    next_at: str | None = None
    timezone: str | None = None
    folder: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class _File:
    """What the file of a cycle says that is of use here."""

    title: str = ""
    school: str | None = None
    started_on: date | None = None
    decide_on: date | None = None
    schedule: Schedule | None = None
    is_district: bool = False
    district: str | None = None


@dataclass
class _Known:
    """What the ledger knows: by cycle its latest run, the latest that decided, its seal and its latest occurrence; who is there."""

    latest: dict[str, dict[str, Any]] = field(default_factory=dict)
    decided: dict[str, dict[str, Any]] = field(default_factory=dict)
    seals: dict[str, str] = field(default_factory=dict)
    taken: dict[str, Occurrence] = field(default_factory=dict)
    held: Collection[str] = ()


def status(workspace: Workspace, *, now: datetime | None = None) -> list[CycleStatus]:
    """Every cycle that has a parameter file or a run, by name.

    A run entered as running whose process is gone is reported as interrupted; nothing is written.

    Parameters
    ----------
    workspace : whose `params/` and ledger are read
    now : what is due and late is judged by it (aware); this moment by default
    """
    at = now or datetime.now(UTC)
    files = _files(workspace)
    known = _from_ledger(workspace, list(files))
    schools = {name: _of_school(name, run, files) for name, run in known.latest.items() if name not in files}
    names = sorted({*files, *known.latest})
    return summed_up([_status_of(name, {**files, **schools}[name], known, at) for name in names])


def _files(workspace: Workspace) -> dict[str, _File]:
    """The cycles of `params/`; files that cannot be read are left to `cycles check`."""
    found: dict[str, _File] = {}
    for path in sorted((workspace.root / "params").glob("*.yml")):
        try:
            says = read_cycle_file(path)
        except CyclesError:
            continue
        if isinstance(says, Cycle):
            found[says.cycle] = _File(
                title=says.title,
                started_on=says.started_on,
                decide_on=says.decide.on,
                schedule=says.schedule,
                is_district=says.for_each is not None,
            )
        else:
            found[says.cycle] = _File(title=says.title)
    return found


def _of_school(cycle: str, run: Mapping[str, Any], files: Mapping[str, _File]) -> _File:
    """A school has what its district's file says, and its own title and name, from the file that its run was given."""
    name = cycle.rpartition("--")[0]
    district = files.get(name, _File())
    try:
        content = json.loads(Path(run["cycle_file"]).read_text("utf-8").partition("\n")[2])
        title, school = str(content["title"]), str(content["of_unit"]["name"])
    except (OSError, ValueError, KeyError, TypeError):
        title, school = cycle, None
    return _File(
        title=title,
        school=school,
        started_on=district.started_on,
        decide_on=district.decide_on,
        schedule=district.schedule,
        district=name if district.is_district else None,
    )


def _from_ledger(workspace: Workspace, names: list[str]) -> _Known:
    """The latest run of each cycle and the state of each seal; no ledger is made where there is none."""
    ledger = Ledger.existing(workspace)
    if ledger is None:
        return _Known()
    known = _Known()
    with ledger:
        for run in ledger.runs():
            known.latest.setdefault(run["cycle"], run)
            if run["state"] == "done" and _call_of(run) not in (None, *OPEN):
                known.decided.setdefault(run["cycle"], run)
        known.seals = {name: seal.state for name, seal in ledger.seals_of({*names, *known.latest}).items()}
        known.taken = ledger.occurrences.latest()
        unfinished = [*known.latest.values(), *({"state": one.state} for one in known.taken.values())]
        known.held = (
            ledger.leases.held() if any(one["state"] in ("running", "claimed") for one in unfinished) else set()
        )
    known.latest = {name: {**run, "state": state_of(run, held=known.held)} for name, run in known.latest.items()}
    return known


def _status_of(name: str, file: _File, known: _Known, now: datetime) -> CycleStatus:
    run = known.latest.get(name) or {}
    decided = known.decided.get(name)
    decision = (run.get("results") or {}).get("decision") or {}
    stage = _stage(file, decided, now)
    standing, why, waits = _standing(name, file, known, stage, now)
    return CycleStatus(
        cycle=name,
        title=file.title,
        school=file.school,
        district=file.district,
        schools=0 if file.is_district else None,
        run=run.get("run_id"),
        state=run.get("state", "not run yet"),
        finished_at=run.get("finished_at"),
        code=run.get("code"),
        decision=decision.get("call"),
        because=decision.get("because"),
        sealed=known.seals.get(name, "unsealed"),
        due=file.decide_on.isoformat() if file.decide_on else None,
        stage=stage,
        standing=standing,
        why=why,
        run_due_at=waits,
        next_at=_next(file, now),
        timezone=file.schedule.timezone if file.schedule else None,
        folder=run.get("folder"),
    )


def _stage(file: _File, decided: Mapping[str, Any] | None, now: datetime) -> Stage | None:
    if decided is not None:
        return "act"
    if file.started_on is None or file.decide_on is None:
        return None
    today = now.date()
    return "plan" if today < file.started_on else "do" if today < file.decide_on else "study"


def _standing(
    name: str, file: _File, known: _Known, stage: Stage | None, now: datetime
) -> tuple[Standing, str, str | None]:
    """What there is to know now, why, and the occurrence that waits."""
    run, last = known.latest.get(name) or {}, known.taken.get(name)
    if run.get("state") == "running" or (last and last.state == "claimed" and last.claimed_by in known.held):
        return "running", "", None
    if stage == "act":
        return "decided", "", None
    waits = _waiting(name, file, known, now)
    if waits is not None:
        return waits
    if stage == "study":
        return "late", f"the decision was set for {file.decide_on}", None
    if stage is None:
        return "reported" if run.get("state") == "done" else "not begun", "", None
    return "not begun" if stage == "plan" else "under way", "", None


def _waiting(name: str, file: _File, known: _Known, now: datetime) -> tuple[Standing, str, str | None] | None:
    """An occurrence of the schedule that waits to be run, or was given up."""
    from cycles.runs.schedule import times
    from cycles.runs.schedule.due import TRIES, due_of

    last = known.taken.get(name)
    if file.schedule is None or file.started_on is None:
        return None
    due = due_of(name, file.schedule, started_on=file.started_on, last=last, held=known.held, now=now)
    if due is not None:
        late = now - times.moment(due.missed_since or due.due_at) > LATE
        return "late" if late else "due", due.text, due.due_at
    if last is not None and last.state != "done" and last.attempts >= TRIES:
        when = times.said(last.due_at, file.schedule.timezone)
        return "late", f"due {when}; tried {last.attempts} times, and not again", last.due_at
    return None


def _next(file: _File, now: datetime) -> str | None:
    from cycles.runs.schedule import times

    if file.schedule is None or file.started_on is None:
        return None
    after = max(now, times.start_of(file.started_on, file.schedule))
    following = next(times.occurrences(file.schedule, after=after), None)
    return times.stamp(following) if following else None


def _call_of(run: Mapping[str, Any]) -> str | None:
    return ((run["results"] or {}).get("decision") or {}).get("call")


def state_of(run: dict[str, Any], *, held: Collection[str] = ()) -> str:
    """The state of a run of the ledger, from evidence: its process, or a lease that another machine keeps renewing.

    Parameters
    ----------
    run : as the ledger gives it
    held : the runs whose lease is good

    Examples
    --------
    >>> import socket
    >>> state_of({"run_id": "a", "state": "running", "holder": {"pid": 2**22 + 1, "host": socket.gethostname()}})
    'interrupted'
    """
    gone = run["state"] == "running" and run["run_id"] not in held and not is_live(run["holder"])
    return "interrupted" if gone else str(run["state"])
