"""A mapping file: how a source's columns become the columns of a canonical table.

Mappings rename, leave out by a named rule, turn columns into rows, recode labels, bring numbers and dates into one form, and derive.
They hold no code and never decide what is missing: a text that they do not understand stays as it is, for the contract to judge.

A mapping in full, every entry but `table` optional, in the order in which they work::

    table: site_measures
    reading: {sheet: Summary}                     # what the file does not say about itself
    exclude:                                      # rows left out, counted by rule
      - {rule: city_rows, column: DBN, values: [TOTAL]}
      - {rule: notes, column: DBN, pattern: "Note:.*"}
    only:                                         # rows that stay; the others are counted by rule
      - {rule: other_boroughs, column: DBN, pattern: "[0-9]{2}M.*"}
    columns:
      site_id: [DBN, "School DBN"]                # a list: whichever of the names the file has
      kind: School Type
      published_on: Published
      opened_on: Opened
    constants: {period: 2015-16}
    melt:                                         # columns side by side become rows
      into: measure
      columns: {attendance_share: "Student Attendance Rate"}  # or `waves`, with several columns for each row
    recode: {kind: {HS: high school}}
    numbers: {value: {decimal: ",", thousands: ".", percent: share, keep: ["-99"]}}
    dates: {published_on: ["%m/%d/%Y", excel_1900]}
    moments: {opened_on: {formats: "%Y-%m-%d %H:%M", zone: UTC, day_in: America/New_York}}
    derive:
      site: {concat: {columns: [district, school], separator: "-"}}
      borough: {take: {column: site_id, start: 3, length: 1}}       # or `pattern`
      week: {date_part: {column: published_on, part: week}}
      year: {year_of: {column: opened_on, begins: 08-01}}
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import field_validator, model_validator

from cycles.core.errors import ContractError, CyclesError, ParameterError, ProblemsError, nearest
from cycles.core.models import Model
from cycles.core.tables import CANONICAL_TABLES
from cycles.do.intake.derived import Derive
from cycles.do.intake.moments import DateForms, Moment
from cycles.do.intake.notation import Notation
from cycles.do.intake.patterns import Pattern
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.plan.values import Slug

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
Names = str | tuple[str, ...]
"""A column of the file, or the names that it may have, of which a file must have exactly one."""


class RowsWhere(Model):
    """Rows told by their `column`: it holds one of `values` (an empty text is a missing value), or `pattern` fits the whole text."""

    rule: Slug
    column: Names
    values: tuple[str, ...] = ()
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "RowsWhere":
        if bool(self.values) == (self.pattern is not None):
            raise ValueError("give either values or pattern")
        return self


class Melt(Model):
    """Columns side by side become rows, the key of each in the column `into`.

    `waves` gives for each key its columns; `columns` gives for each key one column, the text of which goes to `value`.
    """

    into: str = "wave"
    waves: dict[str, dict[str, Names]] = {}
    columns: dict[str, Names] = {}
    value: str = "value"

    @model_validator(mode="after")
    def _one_of(self) -> "Melt":
        if bool(self.waves) == bool(self.columns):
            raise ValueError("give either waves or columns")
        return self

    @property
    def parts(self) -> dict[str, dict[str, Names]]:
        """For each key, canonical column -> column of the file."""
        return self.waves or {key: {self.value: column} for key, column in self.columns.items()}


class Mapping(Model):
    """One source's way into a canonical table; see the example above. Entries work in the order in which they stand here."""

    table: TableName
    reading: Reading = AS_IT_IS
    exclude: tuple[RowsWhere, ...] = ()
    only: tuple[RowsWhere, ...] = ()
    columns: dict[str, Names] = {}
    constants: dict[str, str] = {}
    melt: Melt | None = None
    recode: dict[str, dict[str, str]] = {}
    recode_others: Literal["refuse", "keep"] = "refuse"
    numbers: dict[str, Notation] = {}
    dates: dict[str, DateForms] = {}
    moments: dict[str, Moment] = {}
    derive: dict[str, Derive] = {}

    @field_validator("columns")
    @classmethod
    def _named(cls, columns: dict[str, Names]) -> dict[str, Names]:
        if not all(columns.values()):
            raise ValueError("a column without a name")
        return columns

    @property
    def waves(self) -> dict[str, dict[str, Names]]:
        """The columns of each melted row, by its key; empty when nothing is melted."""
        return self.melt.parts if self.melt else {}

    @property
    def melted(self) -> tuple[str, ...]:
        """The canonical columns that melting makes, in order, without the key."""
        return _once(name for wave in self.waves.values() for name in wave)

    @property
    def underived(self) -> tuple[str, ...]:
        """The canonical columns before anything is derived, in order."""
        return _once([*self.columns, *self.constants, *([self.melt.into] if self.melt else []), *self.melted])

    @property
    def canonical(self) -> tuple[str, ...]:
        """Every canonical column that it makes, in order."""
        return _once([*self.underived, *self.derive])

    @property
    def sources(self) -> tuple[Names, ...]:
        """Every column of the file that it reads, in order, each as it is named here."""
        melted = [source for wave in self.waves.values() for source in wave.values()]
        chosen = [rows.column for rows in (*self.exclude, *self.only)]
        parts = [part for derived in self.derive.values() for part in derived.parts if part not in self.canonical]
        return _once([*self.columns.values(), *melted, *chosen, *parts])

    @property
    def source_columns(self) -> tuple[str, ...]:
        """Every name that a column of the file may have; nothing else of the file is kept."""
        return _once(name for names in self.sources for name in several(names))


def several(names: Names) -> tuple[str, ...]:
    """The names that a column may have.

    >>> several("DBN"), several(("DBN", "School DBN"))
    (('DBN',), ('DBN', 'School DBN'))
    """
    return (names,) if isinstance(names, str) else names


def read_mapping(path: str | Path) -> Mapping:
    """Read a mapping file.

    Raises
    ------
    ParameterError
        CY104 no file, CY103 not strict YAML.
    ProblemsError
        Every CY101 and CY105 of the file; CY217 for each column that two items are read from.
    """
    return checked(Mapping.read(path), where=str(path))


def checked(mapping: Mapping, *, where: str) -> Mapping:
    """The mapping, if nothing in it contradicts itself. Raises a ProblemsError as :func:`read_mapping`."""
    problems = [*_several_items(mapping, where), *_made_twice(mapping, where), *_unknown_targets(mapping, where)]
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
        for item, names in {**mapping.columns, **melted}.items():
            for column in several(names) if item not in own else ():
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


def _made_twice(mapping: Mapping, where: str) -> list[CyclesError]:
    """A column filled from two places would keep only one of them."""
    into = [mapping.melt.into] if mapping.melt else []
    makers = [*mapping.columns, *mapping.constants, *into, *mapping.melted, *mapping.derive]
    twice = _once(name for name in makers if makers.count(name) > 1)
    return [
        ParameterError(
            f"'{name}' is made twice",
            code="CY105",
            where=where,
            fix="Name it once, under columns, constants, melt or derive.",
        )
        for name in twice
    ]


def _unknown_targets(mapping: Mapping, where: str) -> list[CyclesError]:
    """What is said of a column that the mapping does not make, or makes only afterwards, would be ignored."""
    wanted = [(part, name) for part in ("recode", "numbers", "dates", "moments") for name in getattr(mapping, part)]
    return [
        ParameterError(
            f"'{name}' is derived, so it cannot be changed here"
            if name in mapping.derive
            else f"'{name}' is not a column that this mapping makes",
            code="CY101",
            where=f"{where}, {part}",
            fix="Change the columns that it is derived from."
            if name in mapping.derive
            else nearest(name, mapping.underived),
        )
        for part, name in wanted
        if name not in mapping.underived
    ]


def _once(names: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(names))
