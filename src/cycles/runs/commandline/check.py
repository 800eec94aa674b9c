"""`cycles check FILE`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.runs.checking import Checked


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(file: Path, as_json: bool) -> int:
    """Everything short of running FILE: all problems of the file, of the names and paths in it, and of its data."""
    from cycles.runs.checking import check

    found = check(file)
    if as_json:
        _words.give(found.to_dict())
    _say(found)
    return found.exit_status


def _say(found: "Checked") -> None:
    for report in found.reports:
        _words.say(f"{report.outcome.replace('_', ' ')}: {report.text}")
    for problem in found.problems:
        _words.say(str(problem))
    total = len(found.problems)
    _words.say("No problems found." if not total else "1 problem found." if total == 1 else f"{total} problems found.")
