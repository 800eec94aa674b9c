"""Delimited text, read as text: no value is interpreted, and a row of the wrong length is never padded into place."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from cycles.core.errors import ContractError, some
from cycles.do.intake.dialect import Dialect, Plain, Record, dialect_of, lines_of, records
from cycles.do.intake.fingerprint import fingerprint
from cycles.do.intake.gathered import Gathered
from cycles.do.intake.header import Header, header_of
from cycles.do.intake.raw import RawTable, broken_rows, text_frame
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.repair import ENOUGH_ROWS, repaired
from cycles.do.intake.shapes import Column, columns_of, is_value, places_of_values
from cycles.do.intake.sniff import Text, decode, unpack
from cycles.do.intake.whole import require_final_line_break, require_rows

MAX_BROKEN_SHARE = 0.01
"""Up to this share of rows of the wrong length is set aside; above it the whole file is doubted."""
FEW = 3
"""So many rows are set aside in a small file too, as long as they are at most a quarter of it."""
MAX_REPAIRED_SHARE = 0.1
"""With more rows of the wrong length than this, what the others look like is no evidence."""
MAX_REPAIRED = 200
"""So many rows of the wrong length are no accidents, and are not read again."""
HEAD = 1000
"""Records from which the header, and what each column looks like, are seen."""


@dataclass
class _Rows:
    kept: Gathered
    broken: list[Record] = field(default_factory=list)
    repaired: list[int] = field(default_factory=list)
    after_gap: list[tuple[int, list[str]]] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    notes: list[int] = field(default_factory=list)
    empty: int = 0

    @property
    def broken_lines(self) -> list[int]:
        """Each line counts: an unclosed quote swallows whole rows, and they are lost too."""
        return [line for record in self.broken for line in range(record.line, record.last + 1)]


def read_delimited(
    data: bytes,
    *,
    where: str,
    columns: Iterable[str] | None = None,
    reading: Reading = AS_IT_IS,
    max_broken_share: float = MAX_BROKEN_SHARE,
) -> RawTable:
    r"""Read delimited text in whatever dialect it is written.

    Parameters
    ----------
    data : bytes of the file, gzip or plain
    where : the file's name, for messages
    columns : names to keep; every column when None. Names that the file lacks are left to the caller, who sees `header`
    reading : what is declared about the file; the rest is taken from the file where it shows it with certainty
    max_broken_share : rows of the wrong length tolerated, 0-1

    Returns
    -------
    RawTable
        Every value as text, missing = empty string; Excel's `="007"` is unwrapped, and counted in `facts["unwrapped"]`. Rows whose every
        field is empty are excluded as `empty_row`, a second copy of the header right below it as `repeated_header`, lines of one field
        at the end as `note`. The lines of a row with too few or too many fields stand in `broken`.

    Raises
    ------
    ParameterError
        CY105 an encoding that does not exist.
    ContractError
        CY201 unreadable, CY202 another format, CY203 too many rows of the wrong length, CY204 a column named twice, CY207 expands too
        much, CY209 no header, CY219 cut off, CY220 two dialects fit, CY226 several tables in one file.

    Notes
    -----
    A row of the wrong length is set aside, unless exactly one reading of its line fits what every column holds elsewhere (CY226 names
    the line). The file is refused when more than 1 % of its rows are set aside; up to three are tolerated in a small file, as long as
    they are no more than a quarter of it.

    Examples
    --------
    >>> read_delimited(b"id,name\n007,NA\n", where="x.csv").table.to_dict("records")
    [{'id': '007', 'name': 'NA', '_line': 2}]
    """
    text = decode(unpack(data, where=where), where=where, reading=reading)
    require_final_line_break(text.content, reading, where=where)
    dialect, said = dialect_of(text.content, reading, where=where)
    found = _one_table(records(text.content, dialect, where=where), reading, where)
    head = [Record(*record) for record in islice(found, HEAD)]
    header = header_of(head, reading, where=where)
    names = [name for name in header.names if name and (columns is None or name in set(columns))]
    kept = Gathered([header.names.index(name) for name in names], may_be_wrapped='="' in text.content)
    rows = _rows(chain(islice(head, header.n_records, None), found), header, kept)
    sample = [one.fields for one in head[header.n_records :] if one.fields and len(one.fields) == len(header.names)]
    _refuse_second_table(rows, sample, where)
    _repair(rows, text.content, sample, dialect)
    _refuse_if_mostly_broken(rows, len(header.names), where, max_broken_share)
    columns_kept = dict(zip(names, kept.columns(), strict=True))
    raw = RawTable(
        table=text_frame(columns_kept, kept.lines),
        header=header.names,
        sha256=fingerprint(data),
        rows_raw=len(kept.lines) + len(rows.broken_lines) + sum(_excluded(rows).values()),
        excluded=_excluded(rows),
        broken=broken_rows(rows.broken_lines),
        facts={
            "encoding": text.encoding,
            "delimiter": dialect.delimiter,
            "columns": len(header.names),
            "warnings": _warnings(text, said, header, rows, sample),
            **({"unwrapped": kept.n_unwrapped} if kept.n_unwrapped else {}),
        },
    )
    require_rows(raw.rows_raw, reading.rows, where=where)
    return raw


# -- the rows ----------------------------------------------------------------------------------------------------------


def _one_table(found: Iterator[Plain], reading: Reading, where: str) -> Iterator[Plain]:
    """All records, or those of the table that is declared: a table begins where its header stands again, or its width changes for good."""
    if reading.table is None:
        return found
    tables: list[list[Record]] = []
    rows = [record for record in map(Record._make, found) if record.fields != []]
    for place, record in enumerate(rows):
        if not tables or _begins_table(record, rows[place + 1 : place + 2], tables[-1]):
            tables.append([])
        tables[-1].append(record)
    if reading.table > len(tables):
        raise ContractError(f"the file holds {len(tables)} tables, not {reading.table}", code="CY227", where=where)
    return iter(tables[reading.table - 1])


def _begins_table(record: Record, following: Sequence[Record], table: Sequence[Record]) -> bool:
    if record.fields is None or not table[0].fields:
        return False
    if record.fields == table[0].fields:
        return len(table) > 1
    width = len(record.fields)
    return width > 1 and width != len(table[0].fields) and bool(following) and len(following[0].fields or []) == width


def _rows(body: Iterator[Plain], header: Header, kept: Gathered) -> _Rows:
    """Every record by what becomes of it."""
    rows = _Rows(kept)
    width, header_row, gap = len(header.names), list(header.row), False
    for line, last, fields in body:
        if fields is None:
            rows.broken.append(Record(line, last, None))
        elif not any(fields):
            rows.empty += bool(fields)
            gap = True
        elif fields == header_row:
            rows.again.append(line)
        elif len(fields) == width:
            if gap:
                rows.after_gap.append((line, fields))
                gap = False
            kept.add(line, fields)
        else:
            rows.broken.append(Record(line, last, fields))
    _set_notes_apart(rows, width)
    return rows


def _set_notes_apart(rows: _Rows, width: int) -> None:
    """Lines of one text at the very end are notes, not rows that lost their fields."""
    while rows.broken and width > 1 and rows.kept.lines and rows.broken[-1].line > rows.kept.lines[-1]:
        fields = rows.broken[-1].fields
        if fields is None or sum(map(bool, fields)) != 1 or not any(map(str.isalpha, "".join(fields))):
            return
        rows.notes.insert(0, rows.broken.pop().line)


def _refuse_second_table(rows: _Rows, sample: Sequence[list[str]], where: str) -> None:
    """A header further down begins another table, even one of the same width."""
    begins = [line for line in rows.again if rows.kept.lines and line > rows.kept.lines[0]]
    of_values = places_of_values(sample)
    begins += [line for line, fields in rows.after_gap if line != rows.kept.lines[0] and _is_header(fields, of_values)]
    if begins:
        raise ContractError(
            f"the file holds several tables: one more begins on line {some(begins)}",
            code="CY226",
            where=where,
            fix="Say which one in the mapping: `reading: {table: 1}`, or export them as files of their own.",
        )


def _is_header(fields: list[str], of_values: Sequence[int]) -> bool:
    """Words only, of which one stands where numbers or dates stand elsewhere."""
    words = [any(map(str.isalpha, text)) and not is_value(text) for text in fields]
    return all(word or not text for word, text in zip(words, fields, strict=True)) and any(
        words[at] for at in of_values
    )


def _repair(rows: _Rows, content: str, sample: Sequence[list[str]], dialect: Dialect) -> None:
    """Put back the rows of one line that can be read in one way only."""
    n = len(rows.kept.lines) + len(rows.broken)
    if (
        not rows.broken
        or len(sample) < ENOUGH_ROWS
        or len(rows.broken) > min(MAX_REPAIRED, max(FEW, MAX_REPAIRED_SHARE * n))
    ):
        return
    seen: list[Column] = columns_of(sample)
    wanted = {record.line for record in rows.broken if record.line == record.last}
    texts = {line: text for line, text in enumerate(lines_of(content), start=1) if line in wanted}
    put_back = {line: row for line, text in texts.items() if (row := repaired(text, seen, dialect))}
    rows.broken = [record for record in rows.broken if record.line not in put_back]
    rows.repaired = sorted(put_back)
    rows.kept.put_back(put_back)


def _refuse_if_mostly_broken(rows: _Rows, width: int, where: str, most: float) -> None:
    broken = rows.broken_lines
    n = len(rows.kept.lines) + len(broken)
    if len(broken) > max(most * n, min(FEW, n // 4)):
        raise ContractError(
            f"{len(broken):,} of {n:,} rows do not have the header's {width} fields",
            code="CY203",
            where=f"{where}, lines {some(broken)}",
        )


# -- what is handed over -----------------------------------------------------------------------------------------------


def _excluded(rows: _Rows) -> dict[str, int]:
    counts = {"empty_row": rows.empty, "repeated_header": len(rows.again), "note": len(rows.notes)}
    return {rule: n for rule, n in counts.items() if n}


def _warnings(text: Text, said: tuple[str, ...], header: Header, rows: _Rows, sample: Sequence[list[str]]) -> list[str]:
    warnings = [*text.warnings, *said, *header.warnings]
    nameless = [place for place, name in enumerate(header.names) if not name]
    if any(row[place] for row in sample for place in nameless):
        warnings.append(f"CY226: columns without a name are not read: number {some(place + 1 for place in nameless)}")
    for lines, what in (
        (rows.again, "CY209: the header stands twice; its second copy is not read as a row: line"),
        (rows.notes, "CY226: notes below the table are not read: lines"),
        (rows.repaired, "CY226: rows repaired, as only one reading of them fits the columns: lines"),
        (rows.broken_lines, "CY203: rows of the wrong length, set aside: lines"),
    ):
        if lines:
            warnings.append(f"{what} {some(lines)}")
    return warnings
