"""A fleet on the command line: its plan, its progress and its table."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cycles.core.errors import gravest
from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.runs.fleet.outcome import Outcome
    from cycles.runs.fleet.planning import FleetPlan
    from cycles.runs.fleet.running import FleetResult, Settings

SHOWN = 20
"""Jobs that failed are named up to so many; `--json` has them all."""
EVERY = 30.0
"""Seconds between two lines of progress where nobody watches a bar."""
_SAID = {
    "done": "done",
    "cached": "unchanged since an earlier run",
    "failed": "failed",
    "crashed": "crashed",
    "interrupted": "interrupted",
}


def run(paths: Sequence[Path], settings: "Settings", *, only: Sequence[str], dry_run: bool, as_json: bool) -> int:
    """Plan a fleet, run it, and say how it ended; returns the exit status: 0 all done, 130 stopped, else the gravest."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.fleet.planning import plan_fleet
    from cycles.runs.fleet.running import run_fleet

    plan = plan_fleet(paths, only=only)
    _say_plan(plan)
    if dry_run:
        return _dry(plan, as_json=as_json)
    first = next(iter([*(job.origin for job in plan.jobs), *plan.refused]))
    workspace = find_workspace(first.parent)
    return carry_out(
        plan,
        lambda told: run_fleet(plan, settings, workspace=workspace, told=told, busy=told.busy),
        as_json=as_json,
    )


def carry_out(
    plan: "FleetPlan",
    running: Callable[["Shown"], "FleetResult"],
    *,
    as_json: bool,
    **more: Any,
) -> int:
    """Run what is planned, showing how far it is, and say how it ended; `more` is told beside it with --json."""
    begun = time.monotonic()
    with _showing(len(plan.jobs) + len(plan.refused)) as told:
        result = running(told)
    _say_result(result, seconds=time.monotonic() - begun)
    if as_json:
        _words.give({**_as_data(plan, result), **more})
    return result.exit_status


def _say_plan(plan: "FleetPlan") -> None:
    schools = sum(job.unit is not None for job in plan.jobs)
    _words.say(
        f"{_count(len(plan.jobs), 'cycle')} to run{f', {schools} of them for one school each' if schools else ''}"
    )
    for file, splits in plan.splits.items():
        for split in splits:
            _words.say(f"  {file}: {split.text}")


def _dry(plan: "FleetPlan", *, as_json: bool) -> int:
    for job in plan.jobs:
        _words.say(f"  {job.words}")
    for path, problem in plan.refused.items():
        _words.say(f"{path.name}:\n{problem}")
    if as_json:
        _words.give({"schema": "cycles.fleet-plan/1", **_planned(plan)})
    return gravest(problem.exit_status for problem in plan.refused.values())


def _planned(plan: "FleetPlan") -> dict[str, Any]:
    jobs = [
        {"cycle": job.cycle, "unit": job.unit, "name": job.name, "file": str(job.cycle_file), "from": job.origin.name}
        for job in plan.jobs
    ]
    sources = [{"file": file, **_split(split)} for file, splits in plan.splits.items() for split in splits]
    refused = [{"file": path.name, **_words.problems_json(problem)} for path, problem in plan.refused.items()]
    return {"jobs": jobs, "sources": sources, "refused": refused}


def _split(split: Any) -> dict[str, Any]:
    told = {key: getattr(split, key) for key in ("source", "how", "rows_raw", "rows", "rest", "left_out")}
    return {**told, "in_schools": sum(split.n_rows.values()), "whole": split.is_whole}


def _as_data(plan: "FleetPlan", result: "FleetResult") -> dict[str, Any]:
    return {
        "schema": "cycles.fleet/1",
        "exit": result.exit_status,
        "counts": result.counts,
        "sources": _planned(plan)["sources"],
        "runs": [one.to_dict() for one in result.outcomes],
    }


# -- the end -------------------------------------------------------------------------------------------------------------


def _say_result(result: "FleetResult", *, seconds: float) -> None:
    """One table: how many in each state, and why; then each that was not done."""
    from collections import Counter

    if not result.outcomes:
        return

    _words.say()
    rows = Counter((one.state, one.code) for one in result.outcomes)
    for state, said in _SAID.items():
        for (_, code), n in sorted((row, n) for row, n in rows.items() if row[0] == state):
            _words.say(f"{n:>7,}  {said}{f' [{code}] {_title(code)}' if code else ''}")
    _words.say(_words.bold(f"{len(result.outcomes):>7,}  in {_span(seconds)}"))
    bad = [one for one in result.outcomes if one.state in ("failed", "crashed")]
    for one in bad[:SHOWN]:
        _say_failed(one)
    if len(bad) > SHOWN:
        _words.say(f"and {len(bad) - SHOWN:,} more; --json has them all.")


def _say_failed(outcome: "Outcome") -> None:
    _words.say(f"\n{outcome.cycle}{f' ({outcome.name})' if outcome.name else ''}: {outcome.state}")
    for one in outcome.problems[:3]:
        where = f"\n  where: {one['where']}" if one["where"] else ""
        _words.say(f"[{one['code']}] {one['what']}{where}\n  fix:   {one['fix']}")


def _title(code: str) -> str:
    from cycles.core.catalogue import CATALOGUE

    return CATALOGUE[code].title if code in CATALOGUE else ""


# -- progress ------------------------------------------------------------------------------------------------------------


class Shown(Protocol):
    """Is told each outcome, and how many jobs are being run."""

    def __call__(self, outcome: "Outcome") -> None: ...
    def busy(self, n: int) -> None: ...


@contextmanager
def _showing(total: int) -> Iterator[Shown]:
    """Who is told each outcome: a bar on a terminal, a line now and then otherwise; failures are said at once."""
    if not _words.is_terminal():
        yield _Lines(total)
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    left = TimeRemainingColumn()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), left)
    with Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=3600) as progress:
        yield _Bar(progress, total)


class _Counting:
    """How many ended in each state, and how many are being run."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.n_busy = 0

    def count(self, outcome: "Outcome") -> None:
        self.counts[outcome.state] = self.counts.get(outcome.state, 0) + 1

    @property
    def text(self) -> str:
        now = {"running now": self.n_busy} if self.n_busy else {}
        return ", ".join(f"{n:,} {state}" for state, n in {**self.counts, **now}.items()) or "starting"


class _Bar(_Counting):
    def __init__(self, progress: Any, total: int) -> None:
        super().__init__()
        self._progress = progress
        self._task = progress.add_task(self.text, total=total)

    def __call__(self, outcome: "Outcome") -> None:
        self.count(outcome)
        self._progress.update(self._task, advance=1, description=self.text)

    def busy(self, n: int) -> None:
        if n != self.n_busy:
            self.n_busy = n
            self._progress.update(self._task, description=self.text)


class _Lines(_Counting):
    def __init__(self, total: int) -> None:
        super().__init__()
        self._total = total
        self._begun = self._said = time.monotonic()

    def __call__(self, outcome: "Outcome") -> None:
        self.count(outcome)
        done, now = sum(self.counts.values()), time.monotonic()
        if outcome.state in ("failed", "crashed") or self._total <= SHOWN:
            _words.say(f"  {outcome.cycle}: {_SAID[outcome.state]}{f' [{outcome.code}]' if outcome.code else ''}")
        if done < self._total and now - self._said >= EVERY:
            self._said = now
            left = (now - self._begun) / done * (self._total - done)
            _words.say(f"  {done:,} of {self._total:,}: {self.text}; about {_span(left)} left")

    def busy(self, n: int) -> None:
        self.n_busy = n


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _span(seconds: float) -> str:
    """A length of time as people say it.

    >>> _span(75), _span(7300)
    ('1 min 15 s', '2 h 1 min')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
