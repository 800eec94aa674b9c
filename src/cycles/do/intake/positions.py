"""Exports whose header has blanks or says the same twice: their columns are read by position, and named afterwards."""

from cycles.core.errors import ContractError
from cycles.do.intake.delimited import read_delimited
from cycles.do.intake.dialect import dialect_of, records
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.sniff import decode, unpack


def read_by_position(data: bytes, *, where: str, reading: Reading = AS_IT_IS) -> tuple[RawTable, list[str]]:
    r"""Read delimited text, calling its columns `c1, c2, …` whatever its first row says.

    Parameters
    ----------
    data : bytes of the file, gzip or plain
    where : the file's name, for messages
    reading : what the mapping declares about the file; `rows` is left to the caller, who knows what is a row

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
    place, header = _first_row(data, reading, where)
    numbered = {
        "names": tuple(f"c{number + 1}" for number in range(len(header))),
        "header_line": place + 2,
        "rows": None,
    }
    raw = read_delimited(data, where=where, reading=reading.model_copy(update=numbered))
    return raw, [" ".join(name.split()) for name in header]


def _first_row(data: bytes, reading: Reading, where: str) -> tuple[int, list[str]]:
    """How many records stand above the first row, and its fields."""
    content = decode(unpack(data, where=where), where=where, reading=reading).content
    dialect, _ = dialect_of(content, reading, where=where)
    found = enumerate(fields for _, _, fields in records(content, dialect, where=where))
    place, header = next(((place, fields) for place, fields in found if fields != []), (0, None))
    if header is None:
        raise ContractError("the first row cannot be read: a quoted name never ends", code="CY201", where=where)
    return place, header
