"""From what is known of a cycle to what it can detect: the smallest effect, the two effects that matter, and other numbers of groups."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core.errors import ParameterError
from cycles.core.vocabulary import Record
from cycles.core.workspace import find_workspace
from cycles.plan.cycle_file import Cycle, read_cycle_file
from cycles.plan.power.detection import Detectable
from cycles.plan.power.planned import Planned
from cycles.runs.reach.known import Asked, Basis, Known, bases, known_of, planned, standard_deviation
from cycles.runs.reach.sentences import headline, sentences

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Target:
    """An effect that matters to the cycle: how often it would be found, and how many groups, or students in each, would find it."""

    value: float
    effect_size: float | None
    found: float | None
    n_groups: int | None
    size: int | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Reach(Record):
    """What a cycle can detect. `basis` lists the shares between groups that are known, the one used first; `targets` has `prediction` and
    `worth_having`; `curve` what other numbers of groups would find."""

    cycle: str
    measure: str
    group: str
    planned: Planned
    detectable: Detectable
    basis: tuple[Basis, ...]
    sd_from: str
    targets: dict[str, Target]
    curve: "pd.DataFrame"
    sd_unit: str = ""
    sentences: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(self.sentences)

    @property
    def table(self) -> "pd.DataFrame":
        """The curve."""
        return self.curve

    @property
    def headline(self) -> str:
        """What it can detect, and what that rests on."""
        return headline(self)

    def to_dict(self) -> dict[str, Any]:
        """As data: `schema cycles.power/1`."""
        told, plan = self.detectable, self.planned
        return {
            "schema": "cycles.power/1",
            "cycle": self.cycle,
            "measure": self.measure,
            "unit": plan.unit,
            "design": plan.design_kind,
            "formula": told.formula,
            "group": self.group,
            "groups_by_arm": plan.groups,
            "students_per_group": plan.size,
            "level": plan.level,
            "power": plan.power,
            "sd": plan.sd,
            "sd_from": self.sd_from,
            "correlation": plan.correlation,
            "attrition": plan.attrition,
            "now": {name: getattr(told, name) for name in ("mdes", "value", "se", "df", "icc")},
            "basis": [vars(one) for one in self.basis],
            "targets": {name: vars(one) for name, one in self.targets.items()},
            "curve": self.curve.to_dict("records"),
            "text": list(self.sentences),
        }


def reach(cycle_file: str | Path, *, asked: Asked | None = None) -> Reach:
    """What a cycle can detect, from who was assigned, the baseline, and what earlier cycles of the site have shown; never from an outcome.

    Parameters
    ----------
    cycle_file : a parameter file of a workspace
    asked : what is to be taken instead

    Raises
    ------
    CyclesError
        CY110 for a file without a prediction; CY105 for an impossible number; what stopped the files from being read, unless groups
        and students are given.
    """
    asked = asked or Asked()
    workspace = find_workspace(Path(cycle_file).resolve().parent)
    cycle = read_cycle_file(cycle_file)
    if not isinstance(cycle, Cycle):
        raise ParameterError("an annual report predicts nothing to detect", code="CY110", where=str(cycle_file))
    return _told(known_of(cycle, workspace, asked))


def _told(known: Known) -> Reach:
    plans = [(one, replace(planned(known), icc=one.icc)) for one in bases(known)]
    plan = plans[0][1] if plans else planned(known)
    prediction = known.cycle.prediction
    targets = {
        "prediction": _target(plan, abs(prediction.size)),
        "worth_having": _target(plan, prediction.worth_having),
    }
    found = Reach(
        cycle=known.cycle.cycle,
        measure=prediction.measure,
        group=known.group,
        planned=plan,
        detectable=plan.finds,
        basis=tuple(_judged(one, with_icc.finds) for one, with_icc in plans),
        sd_from=standard_deviation(known)[1],
        sd_unit=known.unit,
        targets=targets,
        curve=plan.curve(
            {name: one.effect_size for name, one in targets.items()},
            through=[one.n_groups for one in targets.values()],
        ),
    )
    return replace(found, sentences=tuple(sentences(found)))


def _judged(basis: Basis, told: Detectable) -> Basis:
    return replace(basis, mdes=told.mdes, value=told.value)


def _target(plan: Planned, value: float) -> Target:
    effect = value / plan.sd if plan.sd else None
    needed = plan.groups_needed(effect)
    size = plan.size_needed(effect) if plan.size > 1 else None
    return Target(value=value, effect_size=effect, found=plan.chance(effect), n_groups=needed, size=size)
