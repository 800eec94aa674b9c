"""Delimited text, read as text: no value is interpreted, and a row of the wrong length is never padded into place."""

import csv
import io
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from cycles.core.errors import ContractError, some
from cycles.do.intake.fingerprint import fingerprint
from cycles.do.intake.raw import RawTable, broken_rows, text_frame
from cycles.do.intake.sniff import Text, decode, delimiter_of, unpack

MAX_BROKEN_SHARE = 0.01
"""Up to this share of rows of the wrong length is set aside; above it the whole file is doubted."""


@dataclass
class _Rows:
    kept: list[Any] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    empty: int = 0


def read_delimited(
    data: bytes, *, where: str, columns: Iterable[str] | None = None, max_broken_share: float = MAX_BROKEN_SHARE
) -> RawTable:
    r"""Read delimited text of which the first row names the columns.

    Parameters
    ----------
    data : bytes of the file, gzip or plain
    where : the file's name, for messages
    columns : names to keep; every column when None. Names that the file lacks are left to the caller, who sees `header`
    max_broken_share : rows of the wrong length tolerated, 0-1

    Returns
    -------
    RawTable
        Every value as text, missing = empty string. Rows whose every field is empty are excluded as `empty_row`. The lines of a row
        with too few or too many fields stand in `broken`.

    Raises
    ------
    ContractError
        CY201 unreadable, CY202 another format, CY203 too many rows of the wrong length, CY204 a column named twice, CY207 expands too much.

    Examples
    --------
    >>> read_delimited(b"id,name\n007,NA\n", where="x.csv").table.to_dict("records")
    [{'id': '007', 'name': 'NA', '_line': 2}]
    """
    text = decode(unpack(data, where=where), where=where)
    delimiter = delimiter_of(text.content)
    reader = csv.reader(io.StringIO(text.content, newline=""), delimiter=delimiter, strict=True)
    header = _header(reader, where)
    names = [name for name in header if name and (columns is None or name in set(columns))]
    rows = _rows(reader, len(header), _picker([header.index(name) for name in names]), where)
    _refuse_if_mostly_broken(rows, len(header), where, max_broken_share)
    facts = _facts(text, delimiter, header, rows)
    return RawTable(
        table=text_frame(dict(zip(names, _columns(rows.kept, len(names)), strict=True)), rows.lines),
        header=tuple(header),
        sha256=fingerprint(data),
        rows_raw=len(rows.lines) + len(rows.broken) + rows.empty,
        excluded={"empty_row": rows.empty} if rows.empty else {},
        broken=broken_rows(rows.broken),
        facts=facts,
    )


def _header(reader: Any, where: str) -> list[str]:
    try:
        first: list[str] = next((row for row in reader if row), [])
    except csv.Error:
        raise ContractError(
            "the first row cannot be read: a quoted name never ends", code="CY201", where=where
        ) from None
    header = [" ".join(name.split()) for name in first]
    named = [name for name in header if name]
    if not named:
        raise ContractError(
            "the first row names no column", code="CY201", where=where, fix="Export it with a header row."
        )
    twice = [position + 1 for position, name in enumerate(header) if name and name in header[:position]]
    if twice:
        raise ContractError(
            f"{len(twice)} column names stand twice in the header",
            code="CY204",
            where=f"{where}, columns number {some(twice)}",
        )
    return header


def _picker(positions: list[int]) -> Callable[[list[str]], Any]:
    return itemgetter(*positions) if positions else lambda row: ""


def _rows(reader: Any, width: int, pick: Callable[[list[str]], Any], where: str) -> _Rows:
    """Every record, its first line, and the lines of those with the wrong number of fields.

    Each line of a broken record counts: an unclosed quote swallows whole rows, and they are lost too.
    """
    rows = _Rows()
    before = reader.line_num
    while True:
        try:
            for row in reader:
                line, before = before + 1, reader.line_num
                if len(row) == width and any(row):
                    rows.kept.append(pick(row))
                    rows.lines.append(line)
                elif row and not any(row):
                    rows.empty += 1
                elif row:
                    rows.broken.extend(range(line, before + 1))
            return rows
        except csv.Error as problem:
            if "unexpected end" in str(problem):
                place = f"{where}, from line {before + 1} to the end"
                raise ContractError("a quoted field never ends", code="CY201", where=place) from None
            rows.broken.extend(range(before + 1, reader.line_num + 1))
            before = reader.line_num


def _columns(kept: list[Any], width: int) -> list[Any]:
    if not kept:
        return [[] for _ in range(width)]
    return [kept] if width == 1 else list(zip(*kept, strict=True)) if width else []


def _refuse_if_mostly_broken(rows: _Rows, width: int, where: str, most: float) -> None:
    n = len(rows.lines) + len(rows.broken)
    if len(rows.broken) > most * n:
        raise ContractError(
            f"{len(rows.broken):,} of {n:,} rows do not have the header's {width} fields",
            code="CY203",
            where=f"{where}, lines {some(rows.broken)}",
        )


def _facts(text: Text, delimiter: str, header: list[str], rows: _Rows) -> dict[str, Any]:
    warnings = list(text.warnings)
    if not text.content.endswith(("\n", "\r")):
        warnings.append("CY219: the file does not end with a line break; check that its last row is whole")
    if rows.broken:
        warnings.append(f"rows of the wrong length, set aside: lines {some(rows.broken)}")
    return {"encoding": text.encoding, "delimiter": delimiter, "columns": len(header), "warnings": warnings}
