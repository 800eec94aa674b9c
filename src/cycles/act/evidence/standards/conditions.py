"""A condition of a standard: whether a study meets it, what was seen, and what would change that."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum


class Effort(IntEnum):
    """What it takes to meet a condition, the least first."""

    SAY = 0
    REANALYSE = 1
    LOOK_UP = 2
    FOLLOW_UP = 3
    LARGER_CYCLE = 4
    OTHER_DESIGN = 5
    NOTHING_HELPS = 9


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One requirement. `met` is None where the answer is not known; `step` says what would meet it, empty where it is met.

    `label` says what is asked for, `seen` what this study has, `source` where the requirement is written.
    """

    name: str
    label: str
    met: bool | None
    seen: str
    source: str
    step: str = ""
    effort: Effort = Effort.SAY


def all_met(conditions: Iterable[Condition]) -> bool | None:
    """Whether all are met: False as soon as one is not, None while one is open.

    >>> yes, no, unknown = (Condition(name="", label="", met=met, seen="", source="") for met in (True, False, None))
    >>> all_met([yes]), all_met([yes, unknown]), all_met([no, unknown])
    (True, None, False)
    """
    states = [one.met for one in conditions]
    if False in states:
        return False
    return None if None in states else True


def cheapest(conditions: Iterable[Condition]) -> str:
    """The step that takes the least, of those conditions that are not met; empty where all are.

    >>> cheapest([Condition(name="a", label="", met=False, seen="", source="", step="Ask.", effort=Effort.LOOK_UP)])
    'Ask.'
    """
    open_ones = [one for one in conditions if one.met is not True and one.step]
    return min(open_ones, key=lambda one: one.effort).step if open_ones else ""


def asked(
    name: str,
    label: str,
    answer: str | None,
    *,
    wanted: str,
    source: str,
    step: str,
    effort: Effort,
    seen: dict[str, str],
) -> Condition:
    """A condition that only somebody who was there can answer; `seen` has the words for each answer."""
    if answer is None:
        words = f"Not answered: say `standards.{name}: yes` or `no` in the cycle file."
        return Condition(name=name, label=label, met=None, seen="Nobody has said so far.", source=source, step=words)
    met = answer == wanted
    return Condition(
        name=name, label=label, met=met, seen=seen[answer], source=source, step="" if met else step, effort=effort
    )
