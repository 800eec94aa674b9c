"""Which row names the columns: below the title lines that printed reports begin with, over several lines when that is declared.

A header is never assumed where the file shows otherwise: two candidates, or a first row of values, are asked about.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from cycles.core.errors import ContractError, some
from cycles.do.intake.dialect import Record
from cycles.do.intake.reading import Reading
from cycles.do.intake.shapes import names_columns


@dataclass(frozen=True)
class Header:
    """The names, how many of the first records are not rows of the table, the row that named them, and what is to be said."""

    names: tuple[str, ...]
    n_records: int
    row: tuple[str, ...] = ()
    line: int | None = None
    warnings: tuple[str, ...] = ()


def header_of(head: Sequence[Record], reading: Reading, *, where: str) -> Header:
    """The header of a file, from its first records.

    Parameters
    ----------
    head : the first records of the file, blank ones too
    reading : what the mapping declares: `names`, or `header_line` and `header_lines`
    where : the file's name, for messages

    Raises
    ------
    ContractError
        CY201 when no column is named, CY204 when two have one name, CY209 when it cannot be known which row is the header.
    """
    if reading.names:
        return Header(_refuse_twice(reading.names, where), (reading.header_line or 1) - 1)
    at, warnings = (_declared(head, reading, where), ()) if reading.header_line else _found(head, where)
    lines = [record for record in head[at : at + reading.header_lines] if record.fields]
    if not lines or any(record.fields is None for record in lines):
        raise ContractError("the first row cannot be read: a quoted name never ends", code="CY201", where=where)
    rows = [record.fields or [] for record in lines]
    names = tuple(_name([row[place] for row in rows if place < len(row)]) for place in range(max(map(len, rows))))
    if not any(names):
        raise ContractError(
            "the first row names no column", code="CY201", where=where, fix="Export it with a header row."
        )
    return Header(_refuse_twice(names, where), at + len(rows), tuple(rows[-1]), lines[0].line, warnings)


def unwrapped(text: str) -> str:
    """Excel's forced text, `="007"`, as the text that it stands for.

    >>> unwrapped('="007"')
    '007'
    """
    return (
        text[2:-1] if text.startswith('="') and text.endswith('"') and len(text) > 2 and '"' not in text[2:-1] else text
    )


def _name(parts: Sequence[str]) -> str:
    return " ".join(word for part in parts for word in unwrapped(part).split())


def _declared(head: Sequence[Record], reading: Reading, where: str) -> int:
    at = next((place for place, record in enumerate(head) if record.line == reading.header_line), None)
    if at is None or not head[at].fields:
        raise ContractError(f"line {reading.header_line} is no row that could be a header", code="CY209", where=where)
    return at


def _found(head: Sequence[Record], where: str) -> tuple[int, tuple[str, ...]]:
    """The first row with more than one value, when the lines above it are a title; else the first row."""
    filled = [place for place, record in enumerate(head) if record.fields != []]
    if not filled:
        raise ContractError("the first row names no column", code="CY201", where=where)
    first = filled[0]
    wide = next((place for place in filled if sum(map(bool, head[place].fields or [])) > 1), first)
    if head[first].fields is None or wide == first or not _most_are_as_wide(head, wide):
        _refuse_values(head, first, where)
        return first, ()
    if not _is_apart(head, wide) and not _names_columns(head, wide):
        raise ContractError(
            f"line {head[first].line} or line {head[wide].line} could be the header", code="CY209", where=where
        )
    _refuse_values(head, wide, where)
    titles = [head[place].line for place in filled if place < wide]
    return wide, (f"CY209: title lines above the header are not read as rows: lines {some(titles)}",)


def _most_are_as_wide(head: Sequence[Record], at: int) -> bool:
    """So that one long row in a file of one column is not its header."""
    width = len(head[at].fields or [])
    below = [len(record.fields) for record in head[at + 1 :] if record.fields]
    return not below or 2 * below.count(width) > len(below)


def _is_apart(head: Sequence[Record], at: int) -> bool:
    return not any(head[at - 1].fields or [])


def _names_columns(head: Sequence[Record], at: int) -> bool | None:
    row = head[at].fields or []
    return names_columns(
        row, [record.fields for record in head[at + 1 :] if record.fields and len(record.fields) == len(row)]
    )


def _refuse_values(head: Sequence[Record], at: int, where: str) -> None:
    nothing_below = not any(record.fields for record in head[at + 1 :])
    of_values = not any(map(str.isalpha, "".join(head[at].fields or [])))
    if _names_columns(head, at) is False or (nothing_below and of_values and any(head[at].fields or [])):
        raise ContractError(
            f"line {head[at].line} holds values, so the file seems to have no header", code="CY209", where=where
        )


def _refuse_twice(names: tuple[str, ...], where: str) -> tuple[str, ...]:
    twice = [position + 1 for position, name in enumerate(names) if name and name in names[:position]]
    if twice:
        raise ContractError(
            f"{len(twice)} column names stand twice in the header",
            code="CY204",
            where=f"{where}, columns number {some(twice)}",
        )
    return names
