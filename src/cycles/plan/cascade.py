"""The cascade of settings: the district's defaults, the school's own, then the parameter file itself.

`params/defaults.yml` and `params/schools/<school>.yml` hold any part of a parameter file; what a file says itself goes before both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core import strict_yaml
from cycles.core.errors import ParameterError
from cycles.core.layers import Layered, layered
from cycles.core.workspace import find_workspace

DEFAULTS = "defaults.yml"
SCHOOLS = "schools"
NOT_INHERITED = ("kind", "cycle", "title", "for_each", "of_unit", "previous")
"""What makes a file this file, and none other, cannot be a default of many."""
_OF_EVERY_KIND = ("schema_version", "team", "report")


@dataclass(frozen=True)
class SchoolSettings:
    """What a district says of one school: its `name`, and the settings in which its cycles differ."""

    origin: str
    name: str | None
    settings: dict[str, Any]


def cascade(path: Path, *, school: SchoolSettings | None = None) -> Layered:
    """The content of a parameter file over the defaults that hold for it.

    Parameters
    ----------
    path : a parameter file
    school : the settings of the school that it is read for, if any

    Raises
    ------
    ParameterError
        CY103 and CY104 for the files; CY101 for a default that only a file of its own can give.
    """
    return cascade_of(path)(school)


def cascade_of(path: Path) -> Callable[[SchoolSettings | None], Layered]:
    """The cascade of a parameter file for any school, its own or none: the file and the defaults are read once."""
    content = strict_yaml.load(path)
    if not isinstance(content, dict):
        return lambda _school: Layered({}, {})
    own = (path.name, content)
    if "of_unit" in content:  # everything has been laid into it already
        return lambda _school: layered([own])
    district = _district(path, content)

    def over(school: SchoolSettings | None) -> Layered:
        layers = [] if school is None else [(school.origin, _fitting(school.settings, content))]
        return layered([*district, *layers, own])

    return over


def school_settings(folder: Path, slug: str) -> SchoolSettings | None:
    """The settings of a school, `params/schools/<slug>.yml`; None when it has none of its own.

    Parameters
    ----------
    folder : the folder of the parameter file
    slug : the school's name for files
    """
    path = folder / SCHOOLS / f"{slug}.yml"
    if not path.is_file():
        return None
    content = _partial(path)
    name = content.pop("name", None)
    return SchoolSettings(origin=f"{SCHOOLS}/{path.name}", name=name, settings=content)


def _district(path: Path, content: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The defaults of the workspace that the file is in; outside a workspace there are none."""
    try:
        defaults = find_workspace(path.resolve().parent).root / "params" / DEFAULTS
    except ParameterError:
        return []
    if not defaults.is_file() or defaults == path.resolve():
        return []
    return [(DEFAULTS, _fitting(_partial(defaults), content))]


def _partial(path: Path) -> dict[str, Any]:
    content = strict_yaml.load(path)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ParameterError("the file is not a mapping", code="CY105", where=str(path))
    for key in NOT_INHERITED:
        if key in content:
            raise ParameterError(
                f"'{key}' cannot be a default",
                code="CY101",
                where=f"{path}, {key}",
                fix=f"Write {key} in the parameter files themselves.",
            )
    return content


def _fitting(defaults: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """A yearly report has no design or sources of a cycle: it takes only what every kind has."""
    if content.get("kind") != "annual_impact":
        return defaults
    return {key: value for key, value in defaults.items() if key in _OF_EVERY_KIND}
