"""Settings in layers: mappings are merged key by key, anything else is replaced, and each value remembers the file it came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True)
class Layered:
    """The merged content, and for each value (by the path of its keys) where it was given."""

    content: dict[str, Any]
    origins: dict[Path, str]

    def origin(self, path: Sequence[str], *, default: str) -> str:
        """The layer of the value at `path`, of the value it stands in, or of all that stands in it; otherwise `default`."""
        for length in range(len(path), 0, -1):
            found = self.origins.get(tuple(path[:length]))
            if found is not None:
                return found
        inside = {origin for one, origin in self.origins.items() if one[: len(path)] == tuple(path)}
        return inside.pop() if len(inside) == 1 else default


def layered(layers: Sequence[tuple[str, dict[str, Any]]]) -> Layered:
    """Merge layers of settings, the most general first: a later one goes before an earlier one.

    Parameters
    ----------
    layers : the name and the content of each

    Examples
    --------
    >>> district = {"report": {"audience": ["team", "board"], "disclosure": "ct_edsight"}}
    >>> merged = layered([("defaults.yml", district), ("x.yml", {"report": {"audience": ["families"]}})])
    >>> merged.content
    {'report': {'audience': ['families'], 'disclosure': 'ct_edsight'}}
    >>> merged.origins[("report", "audience")], merged.origins[("report", "disclosure")]
    ('x.yml', 'defaults.yml')
    """
    content: dict[str, Any] = {}
    origins: dict[Path, str] = {}
    for name, layer in layers:
        content = _merged(content, layer)
        given = dict(_leaves(layer, ()))
        origins = {path: one for path, one in origins.items() if not _replaced(path, given)}
        origins.update(dict.fromkeys(given, name))
    return Layered(content, origins)


def leaves(content: dict[str, Any]) -> list[tuple[Path, Any]]:
    """Every value that is not a mapping, by the path of its keys.

    >>> leaves({"decide": {"on": "2027-01-25", "adopt": "0.8"}})
    [(('decide', 'on'), '2027-01-25'), (('decide', 'adopt'), '0.8')]
    """
    return list(_leaves(content, ()))


def _merged(below: Any, above: Any) -> Any:
    if not (isinstance(below, dict) and isinstance(above, dict)):
        return above
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}


def _leaves(content: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if not isinstance(content, dict) or not content:
        yield path, content
        return
    for key, value in content.items():
        yield from _leaves(value, (*path, str(key)))


def _replaced(path: Path, given: dict[Path, Any]) -> bool:
    """Whether a later layer gives the value at `path`, one it stands in, or one inside it.

    An empty mapping adds nothing, so what it is laid over stays.
    """
    inside = any(one[: len(path)] == path for one in given)
    around = any(given.get(path[:length], {}) != {} for length in range(1, len(path)))
    return inside or around
