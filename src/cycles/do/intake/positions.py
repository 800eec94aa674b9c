"""Exports whose header has blanks or says the same twice: their columns are read by position, and named afterwards."""

import csv
import dataclasses
import io
from typing import Any

from cycles.core.errors import ContractError
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.fingerprint import fingerprint
from cycles.do.intake.raw import RawTable
from cycles.do.intake.sniff import Text, decode, delimiter_of, unpack


def read_by_position(data: bytes, *, where: str) -> tuple[RawTable, list[str]]:
    r"""Read delimited text, calling its columns `c1, c2, …` whatever its first row says.

    Parameters
    ----------
    data : bytes of the file, gzip or plain
    where : the file's name, for messages

    Returns
    -------
    RawTable, list of str
        The rows below the first, as :func:`cycles.do.intake.delimited.read_delimited` gives them; and the first row, in which
        repeated spaces are one.

    Raises
    ------
    ContractError
        What delimited text may raise, but for CY204.

    Examples
    --------
    >>> raw, header = read_by_position(b"id,How often?,\n007,daily,weekly\n", where="x.csv")
    >>> header, raw.table.to_dict("records")
    (['id', 'How often?', ''], [{'c1': '007', 'c2': 'daily', 'c3': 'weekly', '_line': 2}])
    """
    text = decode(unpack(data, where=where), where=where)
    delimiter = delimiter_of(text.content)
    header, length, lines = _first_row(text, delimiter, where)
    numbered = _numbered(len(header), delimiter, lines) + text.content[length:]
    raw = read_delimited(numbered.encode(), where=where)
    warnings = [*text.warnings, *raw.facts["warnings"]]
    facts = {**raw.facts, "encoding": text.encoding, "warnings": list(dict.fromkeys(warnings))}
    return dataclasses.replace(raw, sha256=fingerprint(data), facts=facts), [" ".join(name.split()) for name in header]


def _first_row(text: Text, delimiter: str, where: str) -> tuple[list[str], int, int]:
    """The first row, how many characters it takes, and how many lines."""
    stream = io.StringIO(text.content, newline="")
    reader: Any = csv.reader(stream, delimiter=delimiter, strict=True)
    try:
        header: list[str] = next((row for row in reader if any(row)), [])
    except csv.Error:
        raise ContractError(
            "the first row cannot be read: a quoted name never ends", code="CY201", where=where
        ) from None
    return header, stream.tell(), reader.line_num


def _numbered(width: int, delimiter: str, lines: int) -> str:
    """A header of numbers that takes as many lines as the one it stands for, so that the lines of the rows stay true."""
    *names, last = [f"c{number + 1}" for number in range(width)]
    return delimiter.join([*names, f'"{last}' + "\n" * (lines - 1) + '"\n'])
