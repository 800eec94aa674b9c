"""The Open Data Contract Standard file, as much of it as we can keep: every key is either understood or refused.

Bitol, Open Data Contract Standard v3, https://bitol-io.github.io/open-data-contract-standard/
"""

from typing import Any, Literal

from pydantic import Field, model_validator

from cycles.core.models import Model
from cycles.do.contracts.rules import Allowed, Type

COMPARISONS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)


class Custom(Model):
    """A further property of an element, by name."""

    id: str | None = None
    property: str
    value: Any
    description: str | None = None
    vendor: str | None = None


class Loose(Model):
    """What describes an element and carries no rule."""

    id: str | None = None
    name: str | None = None
    description: str | None = None
    businessName: str | None = None
    physicalType: str | None = None
    physicalName: str | None = None
    deprecated: bool = False
    synonyms: Any = None
    authoritativeDefinitions: Any = None
    tags: tuple[str, ...] = ()
    context: Any = None
    customProperties: tuple[Custom, ...] = ()


class Bounds(Model):
    """What values are held to: the options of a logical type, or the arguments of `invalidValues`."""

    minLength: int | None = Field(default=None, ge=0)
    maxLength: int | None = Field(default=None, ge=0)
    pattern: str | None = None
    format: str | None = None
    minimum: str | None = None
    maximum: str | None = None
    exclusiveMinimum: str | None = None
    exclusiveMaximum: str | None = None
    multipleOf: str | None = None


class Arguments(Bounds):
    """What a library metric is told. The standard has `properties`, `validValues`, `pattern` and `missingValues`; bounds are ours."""

    properties: tuple[str, ...] = ()
    validValues: tuple[str, ...] = ()
    missingValues: tuple[str | None, ...] = ()


class Quality(Loose):
    """One quality rule: a library metric or a query with what is accepted, or a text that carries no rule."""

    type: Literal["library", "text", "sql"] = "library"
    metric: Literal["nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount"] | None = None
    arguments: Arguments = Arguments()
    query: str | None = None
    mustBe: float | None = None
    mustNotBe: float | None = None
    mustBeGreaterThan: float | None = None
    mustBeGreaterOrEqualTo: float | None = None
    mustBeLessThan: float | None = None
    mustBeLessOrEqualTo: float | None = None
    mustBeBetween: tuple[float, float] | None = None
    mustNotBeBetween: tuple[float, float] | None = None
    unit: Literal["rows", "percent"] = "rows"
    severity: Literal["error", "warning", "info"] = "error"
    dimension: str | None = None
    method: str | None = None
    businessImpact: str | None = None
    schedule: str | None = None
    scheduler: str | None = None

    @model_validator(mode="after")
    def _one_comparison(self) -> "Quality":
        given = [name for name in COMPARISONS if getattr(self, name) is not None]
        if self.type != "text" and len(given) != 1:
            raise ValueError(f"a rule has exactly one of {', '.join(COMPARISONS)}")
        return self

    @property
    def allowed(self) -> Allowed:
        """Which counts it accepts; percent as shares."""
        scale = 100 if self.unit == "percent" else 1
        exact = self.mustBe if self.mustBe is not None else self.mustNotBe
        low, high = self.mustBeBetween or self.mustNotBeBetween or (exact, exact)
        for name in ("mustBeGreaterThan", "mustBeGreaterOrEqualTo"):
            low = getattr(self, name) if getattr(self, name) is not None else low
        for name in ("mustBeLessThan", "mustBeLessOrEqualTo"):
            high = getattr(self, name) if getattr(self, name) is not None else high
        return Allowed(
            low=None if low is None else low / scale,
            high=None if high is None else high / scale,
            low_open=self.mustBeGreaterThan is not None,
            high_open=self.mustBeLessThan is not None,
            outside=self.mustNotBe is not None or self.mustNotBeBetween is not None,
            unit="share" if self.unit == "percent" else "rows",
        )


class Relationship(Model):
    """A foreign key; `from` is the column it stands at, or (on a table) named."""

    id: str | None = None
    type: Literal["foreignKey"] = "foreignKey"
    origin: str | tuple[str, ...] | None = Field(default=None, alias="from")
    to: str | tuple[str, ...]
    customProperties: tuple[Custom, ...] = ()


class Enum(Model):
    """One allowed value."""

    value: str
    label: str | None = None
    id: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()


class Property(Loose):
    """One column."""

    name: str
    logicalType: Type
    logicalTypeOptions: Bounds = Bounds()
    required: bool = False
    unique: bool = False
    primaryKey: bool = False
    primaryKeyPosition: int = -1
    enum: tuple[Enum, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    quality: tuple[Quality, ...] = ()
    classification: str | None = None
    criticalDataElement: bool = False
    semanticType: str | None = None
    encryptedName: str | None = None
    partitioned: bool = False
    partitionKeyPosition: int = -1
    transformSourceObjects: Any = None
    transformLogic: str | None = None
    transformDescription: str | None = None
    examples: tuple[Any, ...] = ()


class Table(Loose):
    """One table."""

    name: str
    logicalType: Literal["object"] = "object"
    dataGranularityDescription: str | None = None
    properties: tuple[Property, ...]
    relationships: tuple[Relationship, ...] = ()
    quality: tuple[Quality, ...] = ()


class Odcs(Model):
    """A contract file of one table. What is `Any` describes people, places and agreements; it carries no rule."""

    apiVersion: Literal["v3.0.0", "v3.0.1", "v3.0.2", "v3.1.0", "v3.2.0"]
    kind: Literal["DataContract"]
    id: str
    name: str
    version: str
    status: str
    domain: str | None = None
    tenant: str | None = None
    dataProduct: str | None = None
    contractCreatedTs: str | None = None
    tags: tuple[str, ...] = ()
    description: dict[str, Any] = {}
    tables: tuple[Table, ...] = Field(alias="schema")
    customProperties: tuple[Custom, ...] = ()
    servers: Any = None
    context: Any = None
    support: Any = None
    price: Any = None
    team: Any = None
    roles: Any = None
    slaDefaultElement: str | None = None
    slaProperties: Any = None
    authoritativeDefinitions: Any = None
