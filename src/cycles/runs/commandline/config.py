"""`cycles config show`."""

import click

from cycles.runs.commandline import _words


@click.group()
def command() -> None:
    """The settings in force and where each comes from."""


@command.command()
@click.option("--origin", is_flag=True, help="Say where each value was given.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def show(origin: bool, as_json: bool) -> None:
    """Print every setting."""
    from cycles.core.errors import ParameterError
    from cycles.core.workspace import find_workspace
    from cycles.runs.settings import DEFAULTS, setting

    try:
        workspace = find_workspace()
    except ParameterError:
        workspace = None
    found = [setting(name, workspace) for name in DEFAULTS]
    if as_json:
        _words.give({"schema": "cycles.config/1", "settings": [vars(one) for one in found]})
        return
    for one in found:
        _words.give(f"{one.name} = {one.value}" + (f"  ({one.origin})" if origin else ""))
