"""`cycles report RUN`."""

from pathlib import Path

import click

from cycles.runs.commandline import _words


@click.command()
@click.argument("run")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(run: str, as_json: bool) -> None:
    """Write the report of RUN again from what it recorded, and print its path. RUN is a run's name, or a cycle's: its latest."""
    from cycles.core.workspace import find_workspace
    from cycles.runs.reports import write_again

    path: Path = write_again(run, find_workspace())
    _words.give({"schema": "cycles.report/1", "report": str(path)} if as_json else str(path))
