"""What stands around an estimate: what else was looked at, when, and what was known of everybody. A check that needs it is handed it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Literal

from cycles.core.vocabulary import Estimate, Record
from cycles.plan.method import EstimateSpec
from cycles.plan.rule import Looks

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True, repr=False)
class Everyone(Record):
    """The baseline of all who were measured, in the change or not."""

    mean: float
    sd: float
    n: int

    @property
    def text(self) -> str:
        """The level everybody began at."""
        return f"Everybody measured: mean {self.mean:.3g}, standard deviation {self.sd:.3g}, {self.n:,} units."


@dataclass(frozen=True, kw_only=True, repr=False)
class Background(Record):
    """What a panel does not hold. None means that nobody said; an empty mapping or tuple, that there was nothing.

    `spec` is the method of the estimate; `worth_having` is in the outcome's unit. `outcomes`, `subgroups` and `alternatives` are the
    other effects that were looked at; `placebos` those on measures that the change cannot have moved. `looks` are the days before the
    decision date on which an estimate was printed, `agreed` what had been sealed about looking early. `earlier` has the measure in waves
    before the baseline, oldest first, by unit.
    """

    spec: EstimateSpec | None = None
    worth_having: float | None = None
    direction: Literal["increase", "decrease"] | None = None
    sealed_before_data: bool = False
    outcomes: Mapping[str, Estimate] | None = None
    subgroups: Mapping[str, Estimate] | None = None
    alternatives: Mapping[str, Estimate] | None = None
    placebos: Mapping[str, Estimate] = field(default_factory=dict)
    looks: tuple[date, ...] | None = None
    agreed: Looks | None = None
    started_on: date | None = None
    decide_on: date | None = None
    everyone: Everyone | None = None
    reliability: float | None = None
    earlier: "Mapping[str, pd.Series] | None" = None

    @property
    def text(self) -> str:
        """What is known besides the panel, in a sentence."""
        others = [len(one) for one in (self.outcomes, self.subgroups, self.alternatives) if one is not None]
        looked = "not said" if self.looks is None else f"{len(self.looks)}"
        return f"Other effects looked at: {sum(others)}. Days with an earlier estimate: {looked}."


def favourable(estimate: Estimate, background: Background) -> int:
    """1 if the effect hoped for is an increase, -1 if a decrease."""
    if background.direction is not None:
        return 1 if background.direction == "increase" else -1
    return 1 if estimate.higher_is == "better" else -1


def spec_of(estimate: Estimate, background: Background) -> EstimateSpec:
    """The method of an estimate: as the file says, or else as the record tells."""
    if background.spec is not None:
        return background.spec
    kind = estimate.se_kind.split(" ")[0]
    known = ("classical", "HC1", "HC3", "CR0", "CR1", "CR1S")
    return EstimateSpec(
        estimator=estimate.estimator,
        variance=kind if kind in known else "CR2",  # type: ignore[arg-type]
        level=estimate.level,
    )
