"""A sheet's table as text: below its header, without empty rows and notes, with a word on every cell that cannot be trusted."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from cycles.core.errors import ContractError, some
from cycles.do.intake.as_text import value_text
from cycles.do.intake.chunks import TextChunks
from cycles.do.intake.header_row import SEARCHED, Header, header_of
from cycles.do.intake.reading import Reading
from cycles.do.intake.workbook import Sheet, rows_of

ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
"""What an error looks like where a workbook stores it as text."""

DIGITS = 15
"""Of a number; a workbook holds no more."""

SENTENCE = 4
"""Words from which a lone cell at the end of a table is a note, not an id."""

_AS_FORMULA = re.compile(r'="([^"]*)"\Z')
_PIECE = 5000

_Row = tuple[int, list[Any]]


@dataclass(frozen=True, kw_only=True)
class SheetTable:
    """The table of a sheet; `lines` are the rows of the sheet, `excluded` counts rows by rule."""

    header: Header
    columns: dict[str, Any]
    lines: list[int]
    excluded: dict[str, int]
    warnings: list[str]


@dataclass
class _Gathered:
    """What was met on the way through the rows."""

    lines: list[int] = field(default_factory=list)
    rules: Counter[str] = field(default_factory=Counter)
    used: set[int] = field(default_factory=set)
    errors: Counter[int] = field(default_factory=Counter)
    long: Counter[int] = field(default_factory=Counter)
    blank: bool = False


def read_sheet(
    sheet: Sheet, *, reading: Reading, columns: Iterable[str] | None, shift: int, hidden_errors: bool, where: str
) -> SheetTable:
    """Read the table of a sheet.

    Parameters
    ----------
    sheet : an open sheet
    reading : what is declared about its header
    columns : names to keep; every named column when None
    shift : days to add to every date
    hidden_errors : whether an error looks like an empty cell in this format, so that a warning must say so
    where : file and sheet, for messages

    Raises
    ------
    ContractError
        CY204, CY209 by its header; CY229 when a column that is kept holds nothing but errors; CY201 damaged.
    """
    rows = rows_of(sheet, where=where)
    head = list(islice(rows, SEARCHED))
    _refuse_all_errors(head, sheet, where)
    header = header_of(head, reading=reading, where=where, merged=sheet.merged)
    _refuse_nul(header.names, where)
    places = _kept(header, columns)
    met = _Gathered()
    body = _table_rows(enumerate(chain(head[header.line :], rows), header.line + 1), len(header.names), met)
    gathered = _texts(body, places, shift, met, where)
    return SheetTable(
        header=header,
        columns=gathered,
        lines=met.lines,
        excluded={rule: n for rule, n in met.rules.items() if n},
        warnings=_warnings(sheet, header, places, met, hidden_errors, where),
    )


def _refuse_all_errors(head: list[list[Any]], sheet: Sheet, where: str) -> None:
    faulty = sheet.faults.errors or sheet.faults.uncalculated
    if faulty and not any(cell != "" for row in head for cell in row):
        raise ContractError("the sheet holds nothing but errors or formulas without a value", code="CY229", where=where)


def _kept(header: Header, columns: Iterable[str] | None) -> dict[str, int]:
    wanted = None if columns is None else set(columns)
    return {name: place for place, name in enumerate(header.names) if name and (wanted is None or name in wanted)}


def _table_rows(rows: Iterator[_Row], width: int, met: _Gathered) -> Iterator[_Row]:
    """The rows of the table: the empty ones left out, and the notes at its end."""
    lone: list[_Row] = []
    after_gap: set[int] = set()
    gap = False
    for line, row in rows:
        filled = sum(cell != "" for cell in row)
        if filled > 1 or (filled and width == 1):
            yield from lone
            lone, gap = [], False
            yield line, row
        elif filled:
            lone.append((line, row))
            after_gap |= {line} if gap else set()
        else:
            gap = True
            met.rules["empty_row"] += 1
    for line, row in lone:
        if line in after_gap or _is_sentence(row):
            met.rules["note_row"] += 1
        else:
            yield line, row


def _is_sentence(row: list[Any]) -> bool:
    return any(isinstance(cell, str) and len(cell.split()) >= SENTENCE for cell in row)


def _texts(rows: Iterator[_Row], places: dict[str, int], shift: int, met: _Gathered, where: str) -> dict[str, Any]:
    chunks = TextChunks(places)
    while piece := list(islice(rows, _PIECE)):
        met.lines += [line for line, _ in piece]
        columns = list(zip(*(row for _, row in piece), strict=True))
        met.used |= {place for place, cells in enumerate(columns) if any(cell != "" for cell in cells)}
        texts = [_column(columns[place], place, shift, met) for place in places.values()]
        for column in texts:
            _refuse_nul(column, where)
        chunks.add(texts)
    return chunks.columns()


def _column(cells: Iterable[Any], place: int, shift: int, met: _Gathered) -> list[str]:
    texts = [_text(cell, shift) for cell in cells]
    errors = sum(text in ERRORS for text in texts) if "#" in "".join(text[:1] for text in texts) else 0
    if errors:
        met.errors[place] += errors
        texts = ["" if text in ERRORS else text for text in texts]
    met.long[place] += sum(isinstance(cell, (int, float)) and abs(cell) >= 10**DIGITS for cell in cells)
    met.blank = met.blank or "" in texts
    return texts


def _refuse_nul(texts: Iterable[str], where: str) -> None:
    if any("\0" in text for text in texts):
        raise ContractError("cells hold NUL characters", code="CY201", where=where)


def _text(cell: Any, shift: int) -> str:
    if isinstance(cell, str):
        as_formula = _AS_FORMULA.match(cell) if cell[:1] == "=" else None
        return as_formula[1] if as_formula else cell
    if shift and isinstance(cell, dt.date):
        return value_text(cell + dt.timedelta(days=shift))
    return value_text(cell)


# -- what has to be said -----------------------------------------------------------------------------------------------


def _warnings(
    sheet: Sheet, header: Header, places: dict[str, int], met: _Gathered, hidden_errors: bool, where: str
) -> list[str]:
    kept, left = set(met.lines), sheet.first_column
    said: list[str] = []
    for name, place in places.items():
        faults = sheet.faults
        errors = [line for line in faults.errors.get(place + left, ()) if line in kept]
        uncalculated = [line for line in faults.uncalculated.get(place + left, ()) if line in kept]
        unpadded = [line for line in faults.unpadded.get(place + left, ()) if line in kept]
        if kept and len(errors) + len(uncalculated) + met.errors[place] >= len(kept):
            raise ContractError(
                f"column '{name}' holds nothing but errors or formulas without a value", code="CY229", where=where
            )
        said += _of_cells(name, errors, uncalculated, met.errors[place])
        said += _of_numbers(name, unpadded, met.long[place])
    return [*said, *_of_sheet(header, met, hidden_errors)]


def _of_cells(name: str, errors: list[int], uncalculated: list[int], as_text: int) -> Iterator[str]:
    if errors:
        yield f"CY229: column '{name}': errors such as #N/A, read as empty: {len(errors)} (rows {some(errors)})"
    if as_text:
        yield f"CY229: column '{name}': errors such as #N/A as text, read as empty: {as_text}"
    if uncalculated:
        yield (
            f"CY229: column '{name}': formulas that were never calculated, read as empty: {len(uncalculated)} "
            f"(rows {some(uncalculated)})"
        )


def _of_numbers(name: str, unpadded: list[int], long: int) -> Iterator[str]:
    if unpadded:
        yield (
            f"CY226: column '{name}': numbers shown with leading zeros that the workbook does not hold, read without them: "
            f"{len(unpadded)} (rows {some(unpadded)})"
        )
    if long:
        yield f"CY226: column '{name}': numbers of more than {DIGITS} digits, which a workbook cannot hold exactly: {long}"


def _of_sheet(header: Header, met: _Gathered, hidden_errors: bool) -> Iterator[str]:
    nameless = [place for place in met.used if not header.names[place]]
    if nameless:
        yield f"CY226: values stand in columns without a name, which are not read: {len(nameless)}"
    if hidden_errors and met.blank:
        yield "CY229: in a workbook of this kind an error cannot be told from an empty cell; save it as .xlsx to see them"
