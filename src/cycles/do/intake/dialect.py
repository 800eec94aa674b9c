"""The dialect of delimited text: what separates fields, what encloses them, what escapes; and its records, read strictly.

A dialect is taken from what the mapping declares, and else from the file when only one fits; two that fit equally are asked about.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, NamedTuple

from cycles.core.errors import ContractError, ParameterError
from cycles.do.intake.reading import Reading

USUAL = (",", ";", "\t", "|")
UNUSUAL = (", ", "; ", "~", "^", " ", ":")
"""Tried only when no usual delimiter makes a table; the last two also occur in ordinary text, so more is asked of them."""
IN_PROSE = (" ", ":")

SAMPLE_CHARACTERS = 200_000
SAMPLE_RECORDS = 200
GOOD_FIT = 0.9

_DELIMITER, _QUOTE, _ESCAPE = "\ue0f0", "\ue0f1", "\ue0f2"
"""Private characters that stand for what the csv module cannot be told; a file that holds one of them is refused its dialect."""


class Record(NamedTuple):
    """One record: the lines it spans, and its fields, or None when its quotes cannot be read."""

    line: int
    last: int
    fields: list[str] | None


Plain = tuple[int, int, list[str] | None]


@dataclass(frozen=True)
class Dialect:
    """How fields are separated and enclosed. `quote` "" means that nothing encloses; `escape` None that a quote is doubled."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None


def dialect_of(content: str, reading: Reading, *, where: str) -> tuple[Dialect, tuple[str, ...]]:
    r"""The dialect of a text, and what is to be said about it. What `reading` declares is not guessed.

    Raises
    ------
    ParameterError
        CY105 when what is declared cannot tell fields apart.
    ContractError
        CY220 when two dialects fit equally and give different tables.

    Examples
    --------
    >>> dialect_of("id;mark\n7;3,5\n8;4,0\n", Reading(), where="x.csv")[0].delimiter
    ';'
    """
    declared = Dialect(
        delimiter=reading.delimiter or ",", quote='"' if reading.quote is None else reading.quote, escape=_own(reading)
    )
    _refuse_nonsense(declared)
    if reading.delimiter:
        return declared, ()
    head = content[:SAMPLE_CHARACTERS]
    dialect = _delimited(head, declared, where)
    said: list[str] = []
    if reading.quote is None:
        dialect, said = _enclosed(head, dialect)
    if dialect.delimiter not in USUAL:
        said.append(f"CY220: the fields are taken to be separated by {_words(dialect.delimiter)}")
    return dialect, tuple(said)


def records(content: str, dialect: Dialect, *, where: str) -> Iterator[Plain]:
    """Every record of a text, read strictly: its first line, its last, its fields. Blank lines have no fields.

    Records are plain tuples in the order of :class:`Record`, which costs less by half.

    Raises
    ------
    ContractError
        CY201 when a quoted field never ends.
    """
    content, restored = _translated(content, dialect, where)
    reader = _reader(content, dialect)
    before = 0
    while True:
        try:
            for row in reader:
                line, before = before + 1, reader.line_num
                yield line, before, restored(row) if restored else row
            return
        except csv.Error as problem:
            if "unexpected end" in str(problem):
                place = f"{where}, from line {before + 1} to the end"
                raise ContractError("a quoted field never ends", code="CY201", where=place) from None
            line, before = before + 1, reader.line_num
            yield line, before, None


def lines_of(content: str) -> Iterable[str]:
    """The lines of a text, with their ends: only CR, LF and CRLF end one."""
    stream = io.BytesIO(content.encode("utf-8", "surrogatepass"))
    return io.TextIOWrapper(stream, "utf-8", "surrogatepass", newline="")


def _own(reading: Reading) -> str | None:
    """An escape that is the quote itself is doubling."""
    return None if reading.escape in (None, "", reading.quote or '"') else reading.escape


def _refuse_nonsense(declared: Dialect) -> None:
    marks = [declared.delimiter, declared.quote, declared.escape or ""]
    if any(end in mark for mark in marks for end in "\r\n") or (
        declared.quote and declared.quote in declared.delimiter
    ):
        raise ParameterError(
            "a delimiter, quote or escape that is declared cannot be told from a line break or from another of them",
            code="CY105",
            where="reading",
        )


def _reader(content: str, dialect: Dialect) -> Any:
    delimiter = _DELIMITER if len(dialect.delimiter) > 1 else dialect.delimiter
    if not dialect.quote:
        return csv.reader(lines_of(content), delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    return csv.reader(lines_of(content), delimiter=delimiter, quotechar=dialect.quote, strict=True)


def _translated(content: str, dialect: Dialect, where: str) -> tuple[str, Callable[[list[str]], list[str]] | None]:
    """Long delimiters and escapes as private characters for the csv module, and how to put the fields back."""
    swaps: list[tuple[str, str, str]] = []
    if dialect.escape:
        swaps += [
            (dialect.escape * 2, _ESCAPE, dialect.escape),
            (dialect.escape + dialect.quote, _QUOTE, dialect.quote),
        ]
    if len(dialect.delimiter) > 1:
        swaps.append((dialect.delimiter, _DELIMITER, dialect.delimiter))
    if not swaps:
        return content, None
    if any(mark in content for _, mark, _ in swaps):
        raise ContractError("the file holds characters of the private use area", code="CY201", where=where)
    for written, mark, _ in swaps:
        content = content.replace(written, mark)
    return content, lambda row: [_back(field, swaps) for field in row]


def _back(field: str, swaps: list[tuple[str, str, str]]) -> str:
    for _, mark, text in swaps:
        field = field.replace(mark, text)
    return field


# -- which dialect fits ------------------------------------------------------------------------------------------------


class _Fit(NamedTuple):
    """How well a dialect fits: share of records as wide as the header, share of the commonest width, that width, records seen."""

    share: float
    commonest: float
    width: int
    n: int


def _delimited(head: str, declared: Dialect, where: str) -> Dialect:
    fits = {delimiter: _fit(head, replace(declared, delimiter=delimiter)) for delimiter in USUAL}
    best = max(USUAL, key=lambda delimiter: fits[delimiter][:2])
    rivals = [one for one in USUAL if one != best and fits[one].share >= max(GOOD_FIT, 0.99 * fits[best].share)]
    if rivals:
        raise ContractError(
            f"fields can be separated by {_words(best)} or by {_words(rivals[0])}", code="CY220", where=where
        )
    if fits[best].share < 0.5:
        return _unusual(head, declared, where) or replace(declared, delimiter=best if fits[best].width > 1 else ",")
    return _longer(head, replace(declared, delimiter=best), fits[best])


def _longer(head: str, dialect: Dialect, fit: _Fit) -> Dialect:
    """A delimiter that is always followed by a space, or always doubled, is that longer one."""
    for second, width in ((" ", fit.width), (dialect.delimiter, (fit.width + 1) // 2)):
        longer = replace(dialect, delimiter=dialect.delimiter + second)
        found = _fit(head, longer)
        if found.share >= max(GOOD_FIT, fit.share) and (found.width == width or found.share > fit.share):
            return longer
    return dialect


def _unusual(head: str, declared: Dialect, where: str) -> Dialect | None:
    for delimiter in UNUSUAL:
        found = _fit(head, replace(declared, delimiter=delimiter))
        if found.share < (1.0 if delimiter in IN_PROSE else GOOD_FIT) or found.n < 2:
            continue
        if delimiter in IN_PROSE and found.width < 3:
            raise ContractError(
                f"fields can be separated by {_words(delimiter)}, or there is one column only",
                code="CY220",
                where=where,
            )
        return replace(declared, delimiter=delimiter)
    return None


def _enclosed(head: str, dialect: Dialect) -> tuple[Dialect, list[str]]:
    """Another quote, or an escape, is taken only where it repairs what doubled quotes cannot, or encloses every time it begins."""
    errors = _unreadable(head, dialect)
    escaped = replace(dialect, escape="\\")
    if errors and '\\"' in head and not _unreadable(head, escaped):
        return escaped, ["CY220: quotes inside fields are taken to be escaped by a backslash"]
    single = replace(dialect, quote="'")
    opened = rf"(?:^|{re.escape(dialect.delimiter)})'"
    often = len(re.findall(opened, head, re.MULTILINE)) >= 2
    if often and not _unreadable(head, single) and _fit(head, single).share >= _fit(head, dialect).share:
        return single, ["CY220: fields are taken to be enclosed in single quotes"]
    return dialect, []


def _unreadable(head: str, dialect: Dialect) -> int:
    return sum(record.fields is None for record in _sample(head, dialect))


def _sample(head: str, dialect: Dialect) -> list[Record]:
    """The first records; a field that the sample cuts off ends it."""
    found: list[Record] = []
    try:
        for record in islice(records(head, dialect, where=""), SAMPLE_RECORDS):
            found.append(Record(*record))
    except ContractError:
        pass
    return found


def _fit(head: str, dialect: Dialect) -> _Fit:
    rows = [record.fields for record in _sample(head, dialect) if record.fields != []]
    widths = [0 if row is None else len(row) for row in rows]
    header = next((row for row in rows if row and sum(map(bool, row)) > 1), None)
    if header is None:
        return _Fit(0.0, 0.0, 1, len(rows))
    width = len(header)
    wide = [one for one in widths if one > 1]
    commonest = max(wide.count(one) for one in set(wide))
    return _Fit(widths.count(width) / len(widths), commonest / len(widths), width, len(rows))


def _words(delimiter: str) -> str:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", ":": "colon"}
    return " and ".join(f"a {names.get(character, repr(character))}" for character in delimiter)
