"""Which row of a sheet names the columns: seen where it can be seen, declared where it cannot, never guessed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from cycles.core.errors import ContractError, some
from cycles.do.intake.reading import Reading

SEARCHED = 100
"""Rows from the top in which a header is looked for."""

Merged = Iterable[tuple[tuple[int, int], tuple[int, int]]]


@dataclass(frozen=True)
class Header:
    """The names by position (empty for a column without one), and the last row of the header (0: there is none)."""

    names: tuple[str, ...]
    line: int


def header_of(rows: Sequence[Sequence[Any]], *, reading: Reading, where: str, merged: Merged = ()) -> Header:
    """The header among the first rows of a sheet.

    Parameters
    ----------
    rows : the first rows, as wide as the sheet; an empty cell is the empty string
    reading : `header_line` and `header_lines` (several lines are joined by a space), or `names` for a sheet without a header
    merged : merged cells as (first row, first column), (last row, last column), counted from 0

    Raises
    ------
    ContractError
        CY209 when no row, or more than one, can be the header; CY204 when a name stands twice.

    Examples
    --------
    >>> header_of([["Spring survey", ""], ["id", "q1"], ["007", 4.0]], reading=Reading(), where="x.xlsx")
    Header(names=('id', 'q1'), line=2)
    """
    if reading.names:
        return _given(reading.names, rows, where)
    first = reading.header_line or _found(rows, where)
    last = first + reading.header_lines - 1
    if last > len(rows):
        raise ContractError(f"there is no row {last} among the first {len(rows)}", code="CY209", where=where)
    names = _joined(rows[first - 1 : last], first, list(merged))
    _refuse_duplicates(names, where)
    return Header(names, last)


def _given(names: tuple[str, ...], rows: Sequence[Sequence[Any]], where: str) -> Header:
    width = max((len(row) for row in rows), default=0)
    if len(names) != width:
        raise ContractError(f"{len(names)} names are given for {width} columns", code="CY209", where=where)
    _refuse_duplicates(names, where)
    return Header(names, 0)


def _found(rows: Sequence[Sequence[Any]], where: str) -> int:
    """The first row that fills at least half of what the fullest row fills, provided that it holds text only.

    A single cell above a table of several columns is a title.
    """
    fullest = max((_filled(row) for row in rows), default=0)
    least = max(min(2, fullest), 1, fullest / 2)
    places = [number for number, row in enumerate(rows, 1) if _filled(row) >= least]
    if not places:
        raise ContractError("no row holds anything", code="CY209", where=where)
    first = places[0]
    if not _only_text(rows[first - 1]):
        raise ContractError(
            "the first full row holds numbers or dates, so it may be data",
            code="CY209",
            where=f"{where}, row {first}",
        )
    _refuse_two_lines(rows, places, where)
    return first


def _refuse_two_lines(rows: Sequence[Sequence[Any]], places: list[int], where: str) -> None:
    """A row of group titles, with gaps that the row of text under it fills, is half of a header."""
    if len(places) < 2:
        return
    upper, lower = rows[places[0] - 1], rows[places[1] - 1]
    if _only_text(lower) and _filled(lower) > _filled(upper):
        raise ContractError(
            "two rows could name the columns",
            code="CY209",
            where=f"{where}, rows {some(places[:2])}",
            fix="Say it in the mapping: `reading: {header_line: N}`, and `header_lines: 2` if both do.",
        )


def _filled(row: Sequence[Any]) -> int:
    return sum(cell != "" for cell in row)


def _only_text(row: Sequence[Any]) -> bool:
    return all(isinstance(cell, str) for cell in row)


def _joined(rows: Sequence[Sequence[Any]], first: int, merged: list[Any]) -> tuple[str, ...]:
    """Names of several lines joined; a title merged across columns belongs to each of them."""
    from cycles.do.intake.as_text import value_text

    lines = [[value_text(cell) for cell in row] for row in rows]
    for (top, left), (bottom, right) in merged:
        inside = first - 1 <= top and bottom < first - 1 + len(rows)
        if inside and len(rows) > 1:
            for column in range(left + 1, min(right + 1, len(lines[0]))):
                lines[top - first + 1][column] = lines[top - first + 1][left]
    return tuple(" ".join(" ".join(parts).split()) for parts in zip(*lines, strict=True))


def _refuse_duplicates(names: Sequence[str], where: str) -> None:
    twice = [place + 1 for place, name in enumerate(names) if name and name in names[:place]]
    if twice:
        raise ContractError(
            f"{len(twice)} column names stand twice in the header",
            code="CY204",
            where=f"{where}, columns number {some(twice)}",
        )
