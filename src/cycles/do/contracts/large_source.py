"""A large file opened where it lies: Parquet, or plain delimited text, as a view of text columns that is read piece by piece.

The connection sees this one file and a private folder, nothing else: no network, no extension, no other file.
"""

# ruff: noqa: S608 - names are quoted, texts are literals, and nobody's words become part of a query

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.errors import ContractError, ParameterError, some
from cycles.core.files import sha256
from cycles.core.tables import LINE
from cycles.do.intake.delimited import read_delimited

SOURCE = "_cycles_source"
"""The view of the file: `_line`, and every column as text, missing = empty string."""
HEAD, PIECE = 1 << 20, 1 << 20
_SPACED_QUOTE = rb'[,;\t|][ \t]+"|"[ \t]+[,;\t|\r\n]'
_WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
_EXACT = 2**53


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A file in DuckDB: the connection, its columns in order, its fingerprint, how many of its rows were empty."""

    connection: Any
    names: tuple[str, ...]
    sha256: str
    n_empty: int = 0


def open_file(path: Path, folder: Path, *, memory: str, threads: int) -> Opened:
    """Open a file as the view :data:`SOURCE`.

    Parameters
    ----------
    path : a `.parquet` file, or `.csv` or `.tsv`: delimited text in UTF-8, header on its first line, one line per row, all rows as long
    folder : private; what does not fit in memory goes there
    memory : what the engine may use, such as ``512MB``
    threads : how many processors

    Returns
    -------
    Opened
        `_line` is the line of the file; the rows of Parquet count from 2, as if it had a header.

    Raises
    ------
    ParameterError
        CY105 when only the engine in memory can read such a file.
    ContractError
        CY201 when the file cannot be read at all.
    """
    opener = _open_parquet if path.suffix == ".parquet" else _open_delimited
    (folder / f"input{path.suffix}").symlink_to(
        path.resolve()
    )  # a name without wildcards, in a folder that may be read
    return opener(path, folder / f"input{path.suffix}", _connect(folder, path.resolve(), memory, threads))


def refuse(why: str, path: Path, fix: str = "Use --engine memory.") -> ParameterError:
    """What is said of a file that the engine on disk does not read."""
    return ParameterError(f"the engine on disk does not read this file: {why}", code="CY105", where=path.name, fix=fix)


def quoted(name: str) -> str:
    """A column's name in SQL.

    >>> quoted('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL.

    >>> literal("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def _connect(folder: Path, file: Path, memory: str, threads: int) -> Any:
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "threads": str(threads),
        "memory_limit": memory,
        "temp_directory": str(folder),
        "python_enable_replacements": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(str(folder / "work.duckdb"), config=settings)
    connection.execute(f"SET allowed_paths = [{literal(str(file))}]")
    connection.execute(f"SET allowed_directories = [{literal(str(folder))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


# -- Parquet -------------------------------------------------------------------------------------------------------------


def _open_parquet(path: Path, link: Path, connection: Any) -> Opened:
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names = list(pq.read_schema(link).names)
        table = f"read_parquet({literal(str(link))}, file_row_number = true)"
        described = connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()
    except (pa.ArrowException, duckdb.Error, OSError):
        raise ContractError("the file is not Parquet, or damaged", code="CY201", where=path.name) from None
    _refuse_unclear_names(names, path)
    types = {name: str(kind) for name, kind, *_ in described}
    columns = ", ".join(f"{_as_text(name, types.get(name, ''), path)} AS {quoted(name)}" for name in names)
    connection.execute(f"CREATE VIEW {SOURCE} AS SELECT file_row_number + 2 AS {LINE}, {columns} FROM {table}")
    return Opened(connection=connection, names=tuple(names), sha256=sha256(path))


def _as_text(name: str, kind: str, path: Path) -> str:
    """A column as the text that it would be in memory: whole numbers without a point, moments in ISO form."""
    column = quoted(name)
    if kind == "VARCHAR":
        text = column
    elif kind in (*_WHOLE, "DATE", "BOOLEAN") or kind.startswith("DECIMAL"):
        text = f"CAST({column} AS VARCHAR)"
    elif kind in ("FLOAT", "DOUBLE"):
        number = column if kind == "DOUBLE" else f"CAST(CAST({column} AS VARCHAR) AS DOUBLE)"
        whole = f"abs({number}) < {_EXACT} AND {number} = trunc({number})"
        text = (
            f"CASE WHEN isnan({column}) THEN '' WHEN {whole} THEN CAST(TRY_CAST({number} AS BIGINT) AS VARCHAR) "
            f"ELSE CAST({number} AS VARCHAR) END"
        )
    elif kind == "TIMESTAMP":
        text = (
            f"CASE WHEN {column} = date_trunc('day', {column}) THEN strftime({column}, '%Y-%m-%d') "
            f"WHEN {column} = date_trunc('second', {column}) THEN strftime({column}, '%Y-%m-%dT%H:%M:%S') "
            f"ELSE strftime({column}, '%Y-%m-%dT%H:%M:%S.%f') END"
        )
    else:
        raise refuse(f"the column {name} holds neither text nor numbers, dates or truth values", path)
    return f"coalesce({text}, '')"


def _refuse_unclear_names(names: list[str], path: Path) -> None:
    plain = [name.casefold() for name in names]
    twice = [place + 1 for place, name in enumerate(plain) if name in plain[:place]]
    if twice:
        where = f"{path.name}, columns number {some(twice)}"
        raise ContractError("column names differ only in case, or stand twice", code="CY204", where=where)
    if any(name == "file_row_number" or name.startswith("_") for name in plain):
        raise refuse("a column's name begins with _, or is file_row_number", path)


# -- delimited text ------------------------------------------------------------------------------------------------------


def _open_delimited(path: Path, link: Path, connection: Any) -> Opened:
    """Only text in which a row is a line and nothing had to be assumed; anything else is for the reader in memory."""
    delimiter, names = _head(path)
    digest, n_lines = _scan(path)
    _refuse_unclear_names(names, path)
    columns = "{" + ", ".join(f"{literal(name)}: 'VARCHAR'" for name in names) + "}"
    table = (
        f"read_csv({literal(str(link))}, delim = {literal(delimiter)}, quote = '\"', escape = '\"', header = false, skip = 1, "
        f"columns = {columns}, auto_detect = false, strict_mode = true, null_padding = false, encoding = 'utf-8')"
    )
    texts = ", ".join(f"coalesce({quoted(name)}, '') AS {quoted(name)}" for name in names)
    numbered = f"SELECT row_number() OVER () + 1 AS {LINE}, {texts} FROM {table}"
    empty = " AND ".join(f"{quoted(name)} = ''" for name in names)
    connection.execute(f"CREATE VIEW {SOURCE} AS SELECT * FROM ({numbered}) WHERE NOT ({empty})")
    again = " AND ".join(f"{quoted(name)} = {literal(name)}" for name in names)
    n_rows, n_empty, n_again = _counted(connection, f"FROM ({numbered})", empty, again, path)
    if n_rows != n_lines - 1:
        raise refuse("a row spans several lines, or a line is blank", path)
    if n_again:
        raise refuse("its header stands again further down", path)
    return Opened(connection=connection, names=tuple(names), sha256=digest, n_empty=n_empty)


def _counted(connection: Any, rows: str, empty: str, again: str, path: Path) -> tuple[int, int, int]:
    import duckdb

    try:
        found = connection.execute(
            f"SELECT count(*), count(*) FILTER ({empty}), count(*) FILTER ({again}) {rows}"
        ).fetchone()
    except duckdb.Error:
        raise refuse("rows are not all as long as the header, or quotes do not match", path) from None
    return int(found[0]), int(found[1]), int(found[2])


def _head(path: Path) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns, from the beginning of the file, read as any other file is."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    head = head[: head.rfind(b"\n") + 1]
    if not head:
        raise refuse("its first line does not end", path)
    raw = read_delimited(head, where=path.name)
    names = list(raw.header)
    certain = not raw.facts.get("warnings") and not raw.facts.get("unwrapped") and not len(raw.broken)
    first = raw.table[LINE].iloc[0] if len(raw.table) else 2
    if (
        not certain
        or not all(names)
        or set(raw.excluded) - {"empty_row"}
        or first < 2
        or head.startswith(codecs.BOM_UTF8)
    ):
        raise refuse("something about it has to be assumed", path)
    header = head.split(b"\n", 1)[0].rstrip(b"\r").decode("utf-8", "replace")
    if [one.strip('"') for one in header.split(raw.facts["delimiter"])] != names:
        raise refuse("its first line does not simply name the columns", path)
    return raw.facts["delimiter"], names


def _scan(path: Path) -> tuple[str, int]:
    """The fingerprint and the number of lines; refused unless it is UTF-8 text whose lines all end."""
    digest, decoder, n_lines, last = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), 0, b""
    for piece in _pieces(path):
        digest.update(piece)
        n_lines += piece.count(b"\n")
        around = last + piece
        odd = (
            b"\0" in piece
            or b'="' in around
            or around.rstrip(b"\r").count(b"\r") != around.rstrip(b"\r").count(b"\r\n")
        )
        if odd or re.search(_SPACED_QUOTE, around):
            raise refuse("it holds formulas, NUL bytes, lone carriage returns, or spaces beside quotes", path)
        _decode(decoder, piece, path)
        last = around[-16:]
    _decode(decoder, b"", path, final=True)
    if not last.endswith(b"\n"):
        raise refuse("its last line does not end", path)
    return digest.hexdigest(), n_lines


def _decode(decoder: Any, piece: bytes, path: Path, *, final: bool = False) -> None:
    try:
        decoder.decode(piece, final)
    except UnicodeDecodeError:
        raise refuse("it is not UTF-8", path) from None


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece
