"""The decision rule of a cycle, written before the data, and the days on which it may be looked at earlier."""

from datetime import date
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from cycles.core.models import Model
from cycles.plan.values import Number, Probability, Slug


class Prior(Model):
    """The prior on the effect size (Hedges' g)."""

    mean: Number = 0.0
    sd: Annotated[Number, Field(gt=0)] = 0.25
    scale: Literal["effect_size"] = "effect_size"


class Fidelity(Model):
    """The floor below which the change was not really done."""

    at_least: Number


class Harm(Model):
    """How much worse a balancing measure may get, in its own unit."""

    worse_by: Annotated[Number, Field(gt=0)]


class Looks(Model):
    """Looking before the decision date, agreed beforehand: on which days, and how sure one must be then.

    `level` is the chance that, without any effect, a bound is ever crossed. `obrien_fleming` spends it over the days named and the decision
    date; `information` is the share of all information at each of them, even steps unless it is given. `always_valid` allows any day.
    """

    on: tuple[date, ...] = ()
    method: Literal["obrien_fleming", "always_valid"] = "obrien_fleming"
    level: Annotated[Number, Field(gt=0, lt=0.5)] = 0.05
    information: tuple[Number, ...] | None = None

    @model_validator(mode="after")
    def _rising(self) -> "Looks":
        if not self.on and self.method == "obrien_fleming":
            raise ValueError("looks: name the days under `on`, or write method: always_valid")
        if any(later <= one for one, later in pairwise(self.on)):
            raise ValueError("looks: the days must rise")
        shares = self.information
        if shares is not None and (
            len(shares) != len(self.on) or any(later <= one for one, later in pairwise((0.0, *shares, 1.0)))
        ):
            raise ValueError("looks: information has one share for each day, rising, above 0 and below 1")
        return self

    @property
    def fractions(self) -> tuple[float, ...]:
        """The share of all information at each day and at the decision, which is 1."""
        steps = len(self.on) + 1
        shares = self.information or tuple(place / steps for place in range(1, steps))
        return (*shares, 1.0)


def _as_looks(value: Any) -> Any:
    """A list of days is short for looks on these days."""
    return {"on": value} if isinstance(value, list | tuple) else value


class Decide(Model):
    """The decision rule, written before the data."""

    on: date
    adopt: Probability = 0.80
    abandon: Probability = 0.20
    prior: Prior = Prior()
    fidelity: dict[Slug, Fidelity] = {}
    balancing: dict[Slug, Harm] = {}
    max_cycles: Annotated[int, Field(ge=1)] = 4
    looks: Annotated[Looks | None, BeforeValidator(_as_looks)] = None

    @model_validator(mode="after")
    def _looks_come_first(self) -> "Decide":
        if self.looks is not None and self.looks.on and self.looks.on[-1] >= self.on:
            raise ValueError("looks: every look comes before the decision date")
        return self

    @model_validator(mode="after")
    def _ordered(self) -> "Decide":
        if self.abandon >= self.adopt:
            raise ValueError("abandon must be smaller than adopt")
        return self
