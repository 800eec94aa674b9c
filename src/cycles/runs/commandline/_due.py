"""`cycles run --due` on the command line: what is due, what is caught up, and what comes next."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cycles.core.errors import gravest
from cycles.runs.commandline import _fleet, _words

if TYPE_CHECKING:
    from cycles.runs.fleet.running import FleetResult, Settings
    from cycles.runs.schedule.due import DuePlan


def run(
    paths: Sequence[Path],
    settings: "Settings",
    *,
    now: str | None,
    only: Sequence[str],
    dry_run: bool,
    as_json: bool,
) -> int:
    """Run what is due and not claimed yet; returns the exit status of a fleet, 0 when nothing is due."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.schedule.due import plan_due, run_due

    workspace = find_workspace(paths[0].resolve())
    plan = plan_due(paths, workspace=workspace, now=at(now), only=only)
    _say(plan)
    told = [due.to_dict() for due in plan.due.values()]
    if dry_run:
        for path, problem in plan.fleet.refused.items():
            _words.say(f"{path.name}:\n{problem}")
        if as_json:
            _words.give({"schema": "cycles.due/1", "due": told})
        return gravest(problem.exit_status for problem in plan.fleet.refused.values())

    def running(shown: "_fleet.Shown") -> "FleetResult":
        result = run_due(plan, settings, workspace=workspace, told=shown)
        for cycle in sorted(plan.due.keys() - {one.cycle for one in result.outcomes}):
            _words.say(f"  {cycle}: taken up by another call meanwhile")
        return result

    return _fleet.carry_out(plan.fleet, running, as_json=as_json, due=told)


def at(now: str | None) -> datetime:
    """The moment to judge by: the one that was named, or this one."""
    from cycles.runs.schedule.times import moment

    return datetime.now(UTC).replace(microsecond=0) if now is None else moment(now)


def _say(plan: "DuePlan") -> None:
    from cycles.runs.schedule.times import said

    for due in plan.due.values():
        _words.say(f"  {due.cycle}: {due.text}")
    for cycle in plan.ahead:
        _words.say(
            f"  {cycle}: taken up already for a time to come; a clock was ahead. `cycles run` runs it at any time."
        )
    if not plan.due and plan.upcoming:
        moment, zone = min(plan.upcoming.values())
        _words.say(f"Nothing is due. Next: {said(moment, zone)}")
    elif not plan.due:
        _words.say("Nothing is due: no file has a `schedule`.")
