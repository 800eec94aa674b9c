"""`cycles init DIR`."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.runs.scaffold import Made


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--example", is_flag=True, help="With the example district: a cycle that runs.")
@click.option("--quiet", is_flag=True, help="Say nothing when all is well.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(folder: Path, example: bool, quiet: bool, as_json: bool) -> None:
    """Make a workspace in DIR, or complete the one that is there. Files that are already there stay as they are."""
    from cycles.runs.scaffold import scaffold

    made = scaffold(folder, example=example)
    if as_json:
        content = {"root": str(made.root), "written": made.written, "kept": made.kept, "sealed": made.sealed}
        _words.give({"schema": "cycles.init/1", **content})
    if not quiet:
        _say(made, folder, example=example)


def _say(made: "Made", folder: Path, *, example: bool) -> None:
    from cycles.runs.scaffold import EXAMPLE

    files = "1 file" if len(made.written) == 1 else f"{len(made.written)} files"
    _words.say(
        f"Workspace {folder}: {files} written." if made.written else f"Workspace {folder}: everything is there already."
    )
    if made.kept:
        _words.say(f"  left as they were, though they differ from what comes with cycles: {', '.join(made.kept)}")
    if made.sealed == "sealed_before_data":
        _words.say("  The example's prediction and rule for deciding were sealed before its outcomes were written.")
    go = [] if folder.resolve() == Path.cwd() else [f"cd {shlex.quote(str(folder))}"]
    first = f"cycles run {EXAMPLE}" if example else "cycles doctor"
    commands = [*go, first, *([] if go else ["cycles status"])]
    _words.say("Next:\n" + "\n".join(f"  {one}" for one in commands))
