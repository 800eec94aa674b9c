"""Whether a rule asks more or less than it did: could a file that passed now fail?"""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Literal

from cycles.do.contracts.rules import Allowed, Rule

Direction = Literal["same", "looser", "tighter", "other"]

_SCOPES = ("table", "cell", "row")
_SEVERITIES = ("warning", "critical")


def direction(old: Rule, new: Rule) -> Direction:
    """What became of a rule. `other` when neither contains the other, or when that cannot be known (patterns, queries).

    Parameters
    ----------
    old, new : the rule before and after

    Examples
    --------
    >>> low = Rule(kind="between", columns=("minutes",), minimum=1, maximum=90)
    >>> direction(low, Rule(kind="between", columns=("minutes",), minimum=1, maximum=240))
    'looser'
    """
    ways = {} if new.kind == "multiple_of" else _WAYS
    return _joined(
        {ways.get(name, _unknown)(getattr(old, name), getattr(new, name)) for name in changed_fields(old, new)}
    )


def changed_fields(old: Rule, new: Rule) -> list[str]:
    """The names of what is different, apart from the rule's name.

    >>> changed_fields(Rule(kind="required"), Rule(kind="required", severity="warning"))
    ['severity']
    """
    names = [field.name for field in fields(Rule) if field.name != "name"]
    return [name for name in names if getattr(old, name) != getattr(new, name)]


def _joined(told: set[Direction]) -> Direction:
    told = told - {"same"}
    if not told:
        return "same"
    return next(iter(told)) if len(told) == 1 else "other"


def _unknown(_before: Any, _after: Any) -> Direction:
    return "other"


def _floor(before: Any, after: Any) -> Direction:
    if before is None or after is None:
        return "tighter" if before is None else "looser"
    return "tighter" if after > before else "looser"


def _ceiling(before: Any, after: Any) -> Direction:
    if before is None or after is None:
        return "tighter" if before is None else "looser"
    return "tighter" if after < before else "looser"


def _closed(before: bool, after: bool) -> Direction:
    return "tighter" if after else "looser"


def _more(before: tuple[Any, ...], after: tuple[Any, ...]) -> Direction:
    """More values admit more; more conditions judge fewer rows."""
    if set(before) == set(after):
        return "same"
    if set(before) < set(after):
        return "looser"
    return "tighter" if set(after) < set(before) else "other"


def _ranked(order: tuple[str, ...]) -> Callable[[Any, Any], Direction]:
    def way(before: str, after: str) -> Direction:
        return "tighter" if order.index(after) > order.index(before) else "looser"

    return way


def _allowed(before: Allowed | None, after: Allowed | None) -> Direction:
    """Without a number allowed, a row rule never fails the table by itself."""
    if before is None or after is None:
        return "tighter" if before is None else "looser"
    if before.outside or after.outside or before.unit != after.unit:
        return "other"
    told: set[Direction] = set()
    for name, way in {"low": _floor, "high": _ceiling, "low_open": _closed, "high_open": _closed}.items():
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            told.add(way(one, other))
    return _joined(told)


_WAYS: dict[str, Callable[[Any, Any], Direction]] = {
    "severity": _ranked(_SEVERITIES),
    "scope": _ranked(_SCOPES),
    "minimum": _floor,
    "maximum": _ceiling,
    "exclusive_minimum": _closed,
    "exclusive_maximum": _closed,
    "values": _more,
    "when": _more,
    "allowed": _allowed,
}
