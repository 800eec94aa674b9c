"""`cycles status`."""

from typing import TYPE_CHECKING

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.runs.status import CycleStatus

COLUMNS = ("cycle", "state", "decision", "sealed", "due", "stage", "now", "next run", "run")


@click.command()
@click.option("--schools", is_flag=True, help="Every school of a district in a row of its own, too.")
@click.option("--now", metavar="ISO", help="Judge what is due and late by another moment.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(schools: bool, now: str | None, as_json: bool) -> None:
    """The cycles of this workspace: latest run, decision, seal, when the decision is due; and now: due, running, late, decided."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.commandline._due import at
    from cycles.runs.status import status

    found = status(find_workspace(), now=at(now))
    if as_json:
        _words.give({"schema": "cycles.status/1", "cycles": [one.to_dict() for one in found]})
        return
    if not found:
        _words.say("No cycles yet: write params/NAME.yml, or run `cycles init . --example`.")
        return
    shown = [one for one in found if schools or one.district is None]
    _words.give(_table(shown))
    if len(shown) < len(found):
        _words.say(f"{len(found) - len(shown):,} schools of districts are counted here; --schools lists them.")
    for one in shown:
        if one.why:
            _words.say(f"{one.cycle}: {one.standing}; {one.why}")


def _table(found: list["CycleStatus"]) -> str:
    """Columns as wide as their widest word, headings first."""
    rows = [COLUMNS, *(_row(one) for one in found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(row, widths)).rstrip() for row in rows)


def _row(one: "CycleStatus") -> tuple[str, ...]:
    state = f"{one.state} ({one.code})" if one.code else one.state
    sealed = one.sealed.removeprefix("sealed_").replace("_", " ") if one.due and one.schools is None else "-"
    told = (one.decision, sealed, one.due, one.stage, one.standing, one.next_at, one.run)
    return (one.cycle, state, *(str(part or "-") for part in told))
