"""One line that is not as long as the header, read again: a stray quote, a separator too many, too few or of another kind.

A line is repaired only if exactly one of all its readings has the right number of fields *and* every field looks like what stands in
that column elsewhere. Readings that are less likely count too: a line that a doubled value or a lost one would explain as well as a
separator too many or too few is left aside.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from operator import and_

from cycles.do.intake.dialect import Dialect
from cycles.do.intake.shapes import Column

ENOUGH_ROWS = 20
"""Fewer rows do not show what a column looks like."""
MOST_WORK = 60_000
"""Fields times places where the line could be cut; a longer line is left aside."""

_Row = tuple[str, ...]


def repaired(line: str, columns: Sequence[Column], dialect: Dialect) -> list[str] | None:
    """The only reading of a line that fits its columns, or None.

    Parameters
    ----------
    line : the line as it stands in the file
    columns : what each column looks like in the other rows
    dialect : how the other rows are written

    Examples
    --------
    >>> from cycles.do.intake.shapes import columns_of
    >>> seen = columns_of([["007", "2026-10-05", "ok"], ["008", "2026-10-06", "ok"]])
    >>> repaired("009,,2026-10-07,ok", seen, Dialect())
    ['009', '2026-10-07', 'ok']
    >>> repaired("009,2026-10-07", seen, Dialect())
    """
    if dialect.quote != '"' or dialect.escape or len(dialect.delimiter) != 1:
        return None
    line = line.rstrip("\r\n")
    if _may_have_lost_a_value(_strictly(line, dialect.delimiter), columns, line, dialect.delimiter):
        return None
    found: set[_Row] = set()
    for reading in _readings(line, columns, dialect.delimiter):
        found.add(reading)
        if len(found) > 1:
            return None
    return list(found.pop()) if found else None


def _readings(line: str, columns: Sequence[Column], delimiter: str) -> Iterator[_Row]:
    yield from _cut(line, columns, delimiter)
    row = _strictly(line, delimiter)
    if len(row) == len(columns) + 1:
        yield from _one_too_many(row, columns, delimiter)
    if row and len(row) == len(columns) - 1:
        yield from _one_too_few(row, columns)
    for place in _between_quotes(line, delimiter):
        yield from _cut(line[:place] + delimiter + line[place:], columns, delimiter)
    if delimiter != " ":
        yield from _cut(line, columns, " ", words=True)


def _cut(line: str, columns: Sequence[Column], delimiter: str, *, words: bool = False) -> Iterator[_Row]:
    """Every way to cut a line at delimiters so that each piece is a field: plain, or with a quote at both ends.

    With `words` a plain field may be several words with the delimiter between them.
    """
    edges = [-1, *_places(line, delimiter), len(line)]
    if len(edges) * len(columns) > MOST_WORK or (len(edges) <= len(columns) and not words):
        return
    dead: set[tuple[int, int]] = set()

    def rest(edge: int, number: int) -> Iterator[_Row]:
        if number == len(columns):
            if edge == len(edges) - 1:
                yield ()
            return
        if (edge, number) in dead or len(edges) - 1 - edge < len(columns) - number:
            return
        alive = False
        for end in range(edge + 1, len(edges)):
            field = _field(line[edges[edge] + 1 : edges[end]], end - edge, delimiter, words)
            if field is not None and columns[number].fits(field):
                for others in rest(end, number + 1):
                    alive = True
                    yield (field, *others)
        if not alive:
            dead.add((edge, number))

    yield from rest(0, 0)


def _field(piece: str, n_pieces: int, delimiter: str, words: bool) -> str | None:
    """The value of a piece, or None when it cannot be one field."""
    if len(piece) > 1 and piece.startswith('"') and piece.endswith('"'):
        return piece[1:-1].replace('""', '"')
    if n_pieces == 1:
        return piece
    return piece if words and '"' not in piece and all(piece.split(delimiter)) else None


def _one_too_many(row: _Row, columns: Sequence[Column], delimiter: str) -> Iterator[_Row]:
    """Without any one of its fields, or with any two neighbours as one: a separator more is only one of the explanations."""
    ahead, behind = _fitting(row, columns, shift=-1)
    for place in range(len(row)):
        if ahead[place] and behind[place + 1]:
            yield (*row[:place], *row[place + 1 :])
    for place, (left, right) in enumerate(pairwise(row)):
        if ahead[place] and behind[place + 2]:
            joined = {left + right, left + delimiter + right if left and right else left + right}
            yield from ((*row[:place], one, *row[place + 2 :]) for one in joined if columns[place].fits(one))


def _one_too_few(row: _Row, columns: Sequence[Column]) -> Iterator[_Row]:
    """With nothing in a column that is always empty."""
    ahead, behind = _fitting(row, columns, shift=1)
    for place, column in enumerate(columns):
        if ahead[place] and behind[place] and column.is_always_empty:
            yield (*row[:place], "", *row[place:])


def _may_have_lost_a_value(row: _Row, columns: Sequence[Column], line: str, delimiter: str) -> bool:
    """Whether what is missing may be a value, or stand in the middle of one, and not only a separator before nothing."""
    if not row or len(row) != len(columns) - 1:
        return False
    ahead, behind = _fitting(row, columns, shift=1)
    for place, column in enumerate(columns):
        if ahead[place] and behind[place] and column.may_be_empty and not column.is_always_empty:
            return True
    plain = f"{delimiter}{line}{delimiter}"
    return any(
        _fits((text[:cut], text[cut:]), columns[place : place + 2])
        for place, text in enumerate(row)
        if ahead[place] and behind[place + 1] and f"{delimiter}{text}{delimiter}" in plain
        for cut in range(1, len(text))
    )


def _fitting(row: _Row, columns: Sequence[Column], *, shift: int) -> tuple[list[bool], list[bool]]:
    """Up to which field a row fits its own columns, and from which on it fits those `shift` further on."""
    ahead = [column.fits(field) for field, column in zip(row, columns, strict=False)]
    behind = [
        0 <= place + shift < len(columns) and columns[place + shift].fits(field) for place, field in enumerate(row)
    ]
    return [True, *accumulate(ahead, and_)], [*list(accumulate(reversed(behind), and_))[::-1], True]


def _between_quotes(line: str, delimiter: str) -> list[int]:
    """Where one enclosed field may end and the next begin without anything between them."""
    outside = (delimiter, "")
    return [
        place + 1
        for place in _places(line, '""')
        if line[max(place - 1, 0) : place] not in outside and line[place + 2 : place + 3] not in outside
    ]


def _fits(row: Sequence[str], columns: Sequence[Column]) -> bool:
    return all(column.fits(field) for field, column in zip(row, columns, strict=True))


def _strictly(line: str, delimiter: str) -> _Row:
    try:
        return tuple(next(csv.reader([line], delimiter=delimiter, strict=True), ()))
    except csv.Error:
        return ()


def _places(line: str, text: str) -> list[int]:
    return [place for place in range(len(line)) if line.startswith(text, place)]
