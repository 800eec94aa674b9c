"""What a study did for each of the Standards for Excellence in Education Research, and what it did not.

Institute of Education Sciences (2022). Standards for Excellence in Education Research (SEER). U.S. Department of Education.
"""

from dataclasses import dataclass
from typing import Literal

from cycles.core.phrases import listed, number
from cycles.core.phrases import name as words
from cycles.core.vocabulary import SealState
from cycles.plan.cycle_file import Cycle
from cycles.plan.standards import Principles

Done = Literal["done", "in part", "not done"]


@dataclass(frozen=True, kw_only=True)
class Principle:
    """One principle: whether it was followed, and what was done for it."""

    name: str
    title: str
    done: Done
    said: str

    @property
    def text(self) -> str:
        """What was done, in a sentence; "not done" where nothing was."""
        return f"{self.done.capitalize()}. {self.said}".strip()


def principles(plan: Cycle | None, said: Principles, *, seal_state: SealState) -> tuple[Principle, ...]:
    """The nine principles in their order.

    Parameters
    ----------
    plan : the cycle file, where there is one
    said : its `standards.seer`: what the team says it did; shown as theirs
    seal_state : whether prediction and rule were fixed before the data

    Returns
    -------
    tuple of Principle
        What the plan itself shows counts in part; what nothing shows is "not done".

    Examples
    --------
    >>> [one.done for one in principles(None, Principles(costs="12 dollars a student"), seal_state="unsealed")].count("not done")
    8
    """
    shown = _shown(plan, seal_state)
    return tuple(_principle(name, title, getattr(said, name), shown.get(name, "")) for name, title in TITLES.items())


TITLES = {
    "registration": "Register the study before it begins",
    "open_materials": "Make findings, methods and data open",
    "components": "Name the core components of the change",
    "implementation": "Document what was carried out, and the contrast",
    "costs": "Analyse the costs",
    "outcomes": "Focus on outcomes that matter",
    "generalization": "Help others judge whether it holds elsewhere",
    "scaling": "Prepare for use at scale",
    "equity": "Address inequities",
}


def _principle(name: str, title: str, said: str | None, shown: str) -> Principle:
    told = " ".join(part for part in (f"The team says: {said.rstrip('.')}." if said else "", shown) if part)
    done: Done = "done" if said else "in part" if shown else "not done"
    return Principle(name=name, title=title, done=done, said=told)


def _shown(plan: Cycle | None, seal_state: SealState) -> dict[str, str]:
    """What the plan and its seal show by themselves."""
    if plan is None:
        return {}
    shown = {"outcomes": _outcomes(plan)}
    if seal_state == "sealed_before_data":
        shown["registration"] = (
            "Prediction, design and rule were sealed before the outcomes were collected, in this workspace, which is no public register."
        )
    if plan.measures.process:
        shown["implementation"] = f"Measured in each group: {listed([words(one) for one in plan.measures.process])}."
    if plan.design.subgroups:
        groups = listed([words(one) for one in plan.design.subgroups])
        shown["generalization"] = f"Effects are told within groups named beforehand: {groups}."
        shown["equity"] = f"For whom it works is told by {groups}."
    return shown


def _outcomes(plan: Cycle) -> str:
    worth = number(plan.prediction.worth_having)
    return f"How large an effect of {words(plan.prediction.measure)} is worth having was agreed beforehand: {worth}."
