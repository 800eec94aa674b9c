"""`cycles schedule`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.plan.cycle_file import Cycle

_how = click.option("--cron", "how", flag_value="cron", help="The lines of the user's crontab.")
_or = click.option("--systemd", "how", flag_value="systemd", help="Units of the user's own systemd.")
_root = click.option("--as-root", is_flag=True, help="Allow it to root.")
_dry = click.option("--dry-run", is_flag=True, help="Print what would be written, and stop.")


@click.group()
def command() -> None:
    """The schedules of the parameter files, and who calls `cycles run params --due`."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def list_(as_json: bool) -> None:
    """Each cycle that has a schedule: its expression, its zone, its latest occurrence and what came of it."""
    from cycles.core.ledger import Ledger
    from cycles.core.workspace import find_workspace

    workspace = find_workspace()
    ledger = Ledger.existing(workspace)
    taken = {}
    if ledger is not None:
        with ledger:
            taken = ledger.occurrences.latest()
    rows = []
    for says in _scheduled(workspace.root / "params"):
        assert says.schedule is not None
        last = taken.get(says.cycle)
        rows.append(
            {
                "cycle": says.cycle,
                "cron": says.schedule.cron,
                "timezone": says.schedule.timezone,
                "last": last.due_at if last else None,
                "state": last.state if last else None,
                "attempts": last.attempts if last else 0,
            }
        )
    if as_json:
        _words.give({"schema": "cycles.schedule/1", "cycles": rows})
        return
    for row in rows:
        came = f"last {row['last']}: {row['state']}" if row["last"] else "not taken up yet"
        _words.give(f"{row['cycle']}  {row['cron']}  {row['timezone']}  {came}")
    if not rows:
        _words.say("No file has a `schedule`.")


@command.command("next")
@click.option("-n", "many", type=click.IntRange(1, 100), default=3, help="How many of each cycle.")
@click.option("--now", metavar="ISO", help="From another moment on.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def next_(many: int, now: str | None, as_json: bool) -> None:
    """The next moments of each cycle, by its own clock and in UTC.

    A time that the clock skips is put off to the first moment after the gap; one that it shows twice is meant the first time.
    """
    from itertools import islice

    from cycles.core.workspace import find_workspace
    from cycles.runs.commandline._due import at
    from cycles.runs.schedule import times

    found: list[dict[str, Any]] = []
    for says in _scheduled(find_workspace().root / "params"):
        assert says.schedule is not None
        after = max(at(now), times.start_of(says.started_on, says.schedule))
        moments = [times.stamp(one) for one in islice(times.occurrences(says.schedule, after=after), many)]
        found.append({"cycle": says.cycle, "timezone": says.schedule.timezone, "next": moments})
    if as_json:
        _words.give({"schema": "cycles.schedule/1", "cycles": found})
        return
    for one in found:
        for moment in one["next"]:
            _words.give(f"{one['cycle']}  {times.said(moment, one['timezone'])}  {moment}")
    if not found:
        _words.say("No file has a `schedule`.")


@command.command()
@_how
@_or
@click.option(
    "--every", type=click.Choice(["1", "5", "10", "15", "20", "30", "60"]), default="15", help="Minutes between looks."
)
@_root
@_dry
def install(how: str | None, every: str, as_root: bool, dry_run: bool) -> None:
    """Have cron or systemd look now and then whether a cycle of this workspace is due. Doing it again changes nothing."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.schedule import installing

    workspace = find_workspace()
    _require(how)
    if dry_run:
        if how == "cron":
            _words.say("Into the crontab of this user:")
            _words.give(installing.cron_lines(workspace, every=int(every)))
        else:
            for path, text in installing.units(workspace, every=int(every)).items():
                _words.say(f"Into {path}:")
                _words.give(text)
        return
    installing.refuse_root(as_root)
    if how == "cron":
        installing.install_cron(workspace, every=int(every))
    else:
        installing.install_systemd(workspace, every=int(every))
    _words.say(
        f"{how} looks every {every} minutes what is due in {workspace.root}; `cycles schedule uninstall --{how}` ends it."
    )


@command.command()
@_how
@_or
@_root
def uninstall(how: str | None, as_root: bool) -> None:
    """Take away what `install` wrote for this workspace, and nothing else."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.schedule import installing

    workspace = find_workspace()
    _require(how)
    installing.refuse_root(as_root)
    gone = installing.uninstall_cron(workspace) if how == "cron" else installing.uninstall_systemd(workspace)
    _words.say(f"{how} looks into {workspace.root} no more." if gone else f"There was nothing of {workspace.root}.")


def _require(how: str | None) -> None:
    if how is None:
        raise click.UsageError("say --cron or --systemd")


def _scheduled(params: Path) -> list["Cycle"]:
    """The cycles that have a schedule, by name; files that cannot be read are left to `cycles check`."""
    from cycles.core.errors import CyclesError
    from cycles.plan.cycle_file import Cycle, read_cycle_file

    found = []
    for path in sorted(params.glob("*.yml")):
        try:
            says = read_cycle_file(path)
        except CyclesError:
            continue
        if isinstance(says, Cycle) and says.schedule is not None:
            found.append(says)
    return found
