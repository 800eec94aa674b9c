"""A mapping file: how a source's columns become the columns of a canonical table.

Mappings rename, leave out by a named rule, recode labels, turn wide waves into rows and derive; they never decide what is missing.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from cycles.core.errors import ContractError, CyclesError, ProblemsError
from cycles.core.models import Model
from cycles.core.tables import CANONICAL_TABLES
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.plan.cycle_file import Slug

TableName = Literal[
    "students",
    "responses",
    "attendance_days",
    "attendance_totals",
    "courses",
    "incidents",
    "sessions",
    "needs",
    "assessments",
    "arms",
    "site_measures",
]


class Exclusion(Model):
    """Rows whose `column` holds one of `values` are left out, counted under `rule`. An empty text stands for a missing value."""

    rule: Slug
    column: str
    values: tuple[str, ...] = Field(min_length=1)


class Melt(Model):
    """Columns side by side become rows: one row per wave, its key in the column `into`."""

    into: str = "wave"
    waves: dict[str, dict[str, str]] = Field(min_length=1)


class Concat(Model):
    """Texts joined by a separator; empty when any part is empty."""

    columns: tuple[str, ...] = Field(min_length=1)
    separator: str = "-"


class Derive(Model):
    """A new column: the exact decimal sum of columns, or their texts joined. Empty when any part is empty."""

    sum: tuple[str, ...] | None = None
    concat: Concat | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "Derive":
        if (self.sum is None) == (self.concat is None):
            raise ValueError("give either sum or concat")
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The columns it reads."""
        return self.sum if self.sum is not None else self.concat.columns if self.concat else ()


class Mapping(Model):
    """One source's way into a canonical table. Order of work: exclude, columns and constants, melt, recode, dates, derive."""

    table: TableName
    reading: Reading = AS_IT_IS
    exclude: tuple[Exclusion, ...] = ()
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    melt: Melt | None = None
    recode: dict[str, dict[str, str]] = {}
    recode_others: Literal["refuse", "keep"] = "refuse"
    dates: dict[str, str] = {}
    derive: dict[str, Derive] = {}

    @property
    def waves(self) -> dict[str, dict[str, str]]:
        """The columns of each wave; empty when nothing is melted."""
        return self.melt.waves if self.melt else {}

    @property
    def canonical(self) -> tuple[str, ...]:
        """Every canonical column that it makes, in order."""
        melted = [name for wave in self.waves.values() for name in wave]
        into = [self.melt.into] if self.melt else []
        return tuple(dict.fromkeys([*self.columns, *self.constants, *into, *melted, *self.derive]))

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Every column of the file that it reads, in order; nothing else of the file is kept."""
        melted = [source for wave in self.waves.values() for source in wave.values()]
        excluded = [exclusion.column for exclusion in self.exclude]
        parts = [part for derived in self.derive.values() for part in derived.parts if part not in self.canonical]
        return tuple(dict.fromkeys([*self.columns.values(), *melted, *excluded, *parts]))


def read_mapping(path: str | Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    ParameterError
        CY104 no file, CY103 not strict YAML.
    ProblemsError
        Every CY101 and CY105 of the file; CY217 for each column that two items are read from.
    """
    mapping = Mapping.read(path)
    problems = [*_several_items(mapping, str(path)), *_unknown_targets(mapping, str(path))]
    if problems:
        raise ProblemsError(problems)
    return mapping


def _several_items(mapping: Mapping, where: str) -> list[CyclesError]:
    """A column read for two items of one administration: almost always a slip of copying."""
    if mapping.table != "responses":
        return []
    own = set(CANONICAL_TABLES["responses"])
    problems: list[CyclesError] = []
    for wave, melted in (mapping.waves or {"": {}}).items():
        readers: dict[str, list[str]] = {}
        for item, column in {**mapping.columns, **melted}.items():
            if item not in own:
                readers.setdefault(column, []).append(item)
        place = f"{where}, wave {wave}" if wave else where
        problems += [
            ContractError(
                f"column '{column}' is read for {len(items)} items: {', '.join(items)}", code="CY217", where=place
            )
            for column, items in readers.items()
            if len(items) > 1
        ]
    return problems


def _unknown_targets(mapping: Mapping, where: str) -> list[CyclesError]:
    """Recodings and dates of columns that the mapping does not make would be ignored; say so."""
    from cycles.core.errors import ParameterError, nearest

    wanted = [("recode", name) for name in mapping.recode] + [("dates", name) for name in mapping.dates]
    return [
        ParameterError(
            f"'{name}' is not a column that this mapping makes",
            code="CY101",
            where=f"{where}, {part}",
            fix=nearest(name, mapping.canonical),
        )
        for part, name in wanted
        if name not in mapping.canonical
    ]
