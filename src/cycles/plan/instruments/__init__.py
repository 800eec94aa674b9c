"""Instruments: what is asked, with its licence, codes, direction, reversal and missing rule.

One YAML file each in `library/`, or in the workspace's `params/instruments/` for a site's own.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from cycles.core.errors import ParameterError, nearest
from cycles.core.models import Model
from cycles.core.vocabulary import MISSING_REASONS
from cycles.plan.values import Number, Slug

LIBRARY = Path(__file__).parent / "library"


class Licence(Model):
    """Who may use the instrument, and whether its wording is shipped."""

    name: str
    wording: Literal["shipped", "keys_only"]
    source: str | None = None


class Item(Model):
    """One question. Closed items have `responses` (their own, or the instrument's); numeric items have `range`."""

    text: str | None = None
    label: str | None = None
    responses: dict[str, str] | None = None
    range: tuple[Number, Number] | None = None


class Scale(Model):
    """A scored set of items.

    `rule` is the mean or sum of the (reversed) codes, or the share of answers in `codes`. `reversed` items enter as
    `reverse_from` minus the code; by default the lowest plus the highest code. Fewer than `min_answered` answers: no score.
    """

    title: str | None = None
    items: tuple[str, ...] = Field(min_length=1)
    rule: Literal["mean", "sum", "share_in"] = "mean"
    codes: tuple[str, ...] = ()
    reversed: tuple[str, ...] = ()
    reverse_from: Number | None = None
    min_answered: Annotated[int, Field(ge=1)]
    higher_is: Literal["better", "worse"]
    unit: str = "scale points"


class Instrument(Model):
    """A questionnaire. `missing` maps a code to why there is no answer, one of `MISSING_REASONS`."""

    key: Slug
    version: str
    title: str
    citation: str
    licence: Licence
    respondent: Literal["student", "family", "teacher", "principal", "staff"] = "student"
    notes: str | None = None
    responses: dict[str, str] = {}
    missing: dict[str, str] = {}
    items: dict[str, Item] = Field(min_length=1)
    scales: dict[Slug, Scale] = Field(min_length=1)

    @field_validator("missing")
    @classmethod
    def _reasons(cls, missing: dict[str, str]) -> dict[str, str]:
        for reason in missing.values():
            if reason not in MISSING_REASONS:
                raise ValueError(f"'{reason}' is no reason for a missing answer. {nearest(reason, MISSING_REASONS)}")
        return missing

    @model_validator(mode="after")
    def _agrees(self) -> "Instrument":
        for name, scale in self.scales.items():
            for item in (*scale.items, *scale.reversed):
                if item not in self.items:
                    raise ValueError(f"scale {name}: no item {item}")
            if set(scale.reversed) - set(scale.items):
                raise ValueError(f"scale {name}: reversed items must be its own")
            if scale.min_answered > len(scale.items):
                raise ValueError(f"scale {name}: min_answered is more than its items")
            if scale.rule == "sum" and scale.min_answered < len(scale.items):
                raise ValueError(
                    f"scale {name}: a sum needs every item; a partial sum makes missing answers look like low ones"
                )
        for name in self.items:
            if not self.codes(name) and self.items[name].range is None:
                raise ValueError(f"item {name}: needs responses or range")
        return self

    def codes(self, item: str) -> dict[str, str]:
        """The codes of a closed item and their labels; empty for a numeric item."""
        own = self.items[item]
        if own.range is not None:
            return {}
        return own.responses if own.responses is not None else self.responses


def instrument_names(folder: Path | None = None) -> list[str]:
    """Every shipped instrument, and those of a workspace's `params/instruments`."""
    folders = [LIBRARY, *([folder] if folder else [])]
    return sorted({path.stem for one in folders for path in one.glob("*.yml")})


def read_instrument(key: str, *, folder: Path | None = None) -> Instrument:
    """The instrument called `key`.

    Parameters
    ----------
    key : name of the file without `.yml`
    folder : the workspace's own `params/instruments`, looked in first

    Raises
    ------
    ParameterError
        CY102 when there is none; the nearest is suggested.

    Examples
    --------
    >>> read_instrument("school_belonging").scales["belonging"].higher_is
    'better'
    """
    for place in [*([folder] if folder else []), LIBRARY]:
        path = place / f"{key}.yml"
        if path.is_file():
            return Instrument.read(path)
    raise ParameterError(f"unknown instrument '{key}'", code="CY102", fix=nearest(key, instrument_names(folder)))
