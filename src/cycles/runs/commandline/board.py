"""`cycles board DIR`."""

from pathlib import Path

import click

from cycles.runs.commandline import _words


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--now", metavar="ISO", help="Judge what is due and late by another moment.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(folder: Path, now: str | None, as_json: bool) -> None:
    """Write one page of all cycles into DIR (index.html), to be filtered by school, stage and decision; print its path."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.board import write_board
    from cycles.runs.commandline._due import at

    page = write_board(folder, find_workspace(), now=at(now))
    _words.give({"schema": "cycles.board/1", "board": str(page)} if as_json else str(page))
