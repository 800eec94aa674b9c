"""The reach of a cycle in plain words."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cycles.core.phrases import chance, difference, listed, name, number

if TYPE_CHECKING:
    from cycles.runs.reach.known import Basis
    from cycles.runs.reach.reaching import Reach, Target


def sentences(found: "Reach") -> Iterator[str]:
    """What is said of a cycle's reach, in the order in which it is asked.

    Parameters
    ----------
    found : the reach
    """
    yield _who(found)
    yield headline(found)
    if found.detectable.mdes is None:
        return
    if len(found.basis) > 1:
        yield _otherwise(found)
    if found.planned.method is not None and found.planned.method.answers:
        yield "How that compares with the prediction cannot be told: what was predicted is not a log odds ratio."
        return
    if found.planned.sd is None:
        yield (
            "How that compares with the prediction cannot be told: nobody has measured how much students differ. "
            "Give --sd, the standard deviation of the measure."
        )
        return
    if found.planned.method is None or found.planned.method.sd(None) is None:
        yield f"One standard deviation is {difference(found.planned.sd, found.sd_unit)}, {found.sd_from}."
    yield from _targets(found)
    if found.planned.adjusts and found.planned.correlation is None and found.planned.method is None:
        yield (
            "The baseline will be adjusted for, which finds somewhat smaller effects; how much smaller depends on the correlation of "
            "before and after (--correlation)."
        )


def headline(found: "Reach") -> str:
    """What can be detected, and what that rests on.

    Parameters
    ----------
    found : the reach
    """
    if found.detectable.mdes is None or not found.basis:
        return found.detectable.text
    first = found.basis[0]
    share = f"Between {found.group}s lie {first.icc:.1%} of the differences between students: {first.because}."
    return f"{found.detectable.text} {share}"


def _who(found: "Reach") -> str:
    plan = found.planned
    arms = ", ".join(f"{number(n)} {name(arm)}" for arm, n in plan.groups.items())
    each = f", about {number(plan.size)} students in each" if found.group != "student" else ""
    lost = f"; {plan.attrition:.0%} of the students are expected to have no outcome" if plan.attrition else ""
    return f"{found.cycle}: {plan.total:,.0f} {found.group}s ({arms}){each}{lost}."


def _otherwise(found: "Reach") -> str:
    told = [f"{_size(one, found)} with {one.icc:.1%} ({one.because})" for one in found.basis[1:]]
    return f"By other figures it would be {listed(told)}."


def _size(basis: "Basis", found: "Reach") -> str:
    if basis.value is not None:
        return difference(basis.value, found.planned.unit)
    return "nothing" if basis.mdes is None else f"{number(basis.mdes)} standard deviations"


def _targets(found: "Reach") -> Iterator[str]:
    """What was predicted and what is worth having; once, where they are the same."""
    prediction, worth = found.targets["prediction"], found.targets["worth_having"]
    if prediction.value == worth.value:
        yield _about(found, "What was predicted, and is worth having", prediction)
        return
    yield _about(found, "What was predicted", prediction)
    yield _about(found, "What is worth having", worth)


def _about(found: "Reach", subject: str, target: "Target") -> str:
    plan = found.planned
    assert target.found is not None
    told = f"{subject} ({difference(target.value, plan.unit)}) would be found with a chance of {chance(target.found)}."
    often = f"{number(10 * plan.power)} times in 10"
    if target.n_groups is None:
        return f"{told} No number of {found.group}s is known to find it {often}."
    if target.n_groups <= plan.total:
        return f"{told} {target.n_groups:,} {found.group}s would find it {often}."
    text = f"{told} To find it {often}, {target.n_groups:,} {found.group}s are needed, divided as now"
    if plan.size <= 1:
        return f"{text}."
    if target.size is None:
        return f"{text}; more students in the same {found.group}s would not be enough."
    return f"{text}, or {target.size:,} students in each of the {plan.total:,.0f}."
