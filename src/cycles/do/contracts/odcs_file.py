"""The Open Data Contract Standard file, as much of it as we can keep: every key is either understood or refused.

Bitol, Open Data Contract Standard v3, https://bitol-io.github.io/open-data-contract-standard/
"""

from typing import Any, Literal

from pydantic import Field

from cycles.core.models import Model
from cycles.do.contracts.rules import Type


class Loose(Model):
    """What describes an element and carries no rule."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    businessName: str | None = None
    physicalType: str | None = None
    physicalName: str | None = None
    tags: tuple[str, ...] = ()


class Custom(Model):
    """A further property of an element, by name."""

    property: str
    value: Any
    description: str | None = None
    vendor: str | None = None


class Options(Model):
    """Bounds of a logical type."""

    minLength: int | None = None
    maxLength: int | None = None
    pattern: str | None = None
    format: str | None = None
    minimum: str | None = None
    maximum: str | None = None


class Arguments(Model):
    """What a library metric is told."""

    properties: tuple[str, ...] = ()
    validValues: tuple[str, ...] = ()
    pattern: str | None = None


class Quality(Loose):
    """One quality rule: a library metric with its bounds, or a text that carries no rule."""

    type: Literal["library", "text"] = "library"
    metric: Literal["nullValues", "invalidValues", "duplicateValues", "rowCount"] | None = None
    arguments: Arguments = Arguments()
    mustBe: float | None = None
    mustBeGreaterOrEqualTo: float | None = None
    mustBeLessOrEqualTo: float | None = None
    mustBeBetween: tuple[float, float] | None = None
    unit: Literal["rows", "percent"] = "rows"
    severity: Literal["error", "warning"] = "error"
    dimension: str | None = None

    @property
    def bounds(self) -> tuple[float | None, float | None]:
        """The least and the most that it allows."""
        if self.mustBeBetween:
            return self.mustBeBetween
        if self.mustBe is not None:
            return self.mustBe, self.mustBe
        return self.mustBeGreaterOrEqualTo, self.mustBeLessOrEqualTo


class Enum(Model):
    """One allowed value."""

    value: str
    description: str | None = None


class Property(Loose):
    """One column."""

    name: str
    logicalType: Type
    logicalTypeOptions: Options = Options()
    required: bool = False
    unique: bool = False
    primaryKey: bool = False
    primaryKeyPosition: int = -1
    enum: tuple[Enum, ...] = ()
    quality: tuple[Quality, ...] = ()
    customProperties: tuple[Custom, ...] = ()
    classification: str | None = None
    criticalDataElement: bool = False
    examples: tuple[Any, ...] = ()


class Table(Loose):
    """One table."""

    name: str
    logicalType: Literal["object"] = "object"
    dataGranularityDescription: str | None = None
    properties: tuple[Property, ...]
    quality: tuple[Quality, ...] = ()
    customProperties: tuple[Custom, ...] = ()


class Odcs(Model):
    """A contract file of one table."""

    apiVersion: Literal["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0"]
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: str
    domain: str | None = None
    tenant: str | None = None
    tags: tuple[str, ...] = ()
    description: dict[str, Any] = {}
    tables: tuple[Table, ...] = Field(alias="schema")
    customProperties: tuple[Custom, ...] = ()
