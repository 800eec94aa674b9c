"""`cycles config show`."""

from pathlib import Path
from typing import Any

import click

from cycles.runs.commandline import _words


@click.group()
def command() -> None:
    """The settings in force and where each comes from."""


@command.command()
@click.option("--origin", is_flag=True, help="Say where each value was given.")
@click.option("--cycle", "file", type=click.Path(path_type=Path), help="What is in force in this parameter file.")
@click.option("--school", metavar="SLUG", help="With --cycle: for the school of params/schools/SLUG.yml.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def show(origin: bool, file: Path | None, school: str | None, as_json: bool) -> None:
    """Print every setting, or every value of a parameter file: what the file says itself, or else the school, or else the district."""
    if file is not None:
        _show_file(file, school, origin=origin, as_json=as_json)
    else:
        _show_settings(origin=origin, as_json=as_json)


def _show_file(file: Path, school: str | None, *, origin: bool, as_json: bool) -> None:
    from cycles.core.layers import leaves
    from cycles.core.workspace import find_workspace
    from cycles.plan.cascade import cascade, school_settings
    from cycles.plan.cycle_file import parse_settings

    params = find_workspace(file.resolve().parent).root / "params"
    own = school_settings(params, school) if school else None
    settings = cascade(file.resolve(), school=own)
    parse_settings(settings, file)
    found: list[dict[str, Any]] = [
        {"name": ".".join(path), "value": value, "origin": settings.origin(path, default=file.name)}
        for path, value in leaves(settings.content)
    ]
    if as_json:
        _words.give({"schema": "cycles.config/1", "cycle": file.name, "school": school, "settings": found})
        return
    for one in found:
        _words.give(f"{one['name']} = {one['value']}" + (f"  ({one['origin']})" if origin else ""))


def _show_settings(*, origin: bool, as_json: bool) -> None:
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
