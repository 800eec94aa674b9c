"""Tables, views and queries of a database (SQLite, DuckDB, PostgreSQL), every value as exact text.

Names are quoted, values are bound, rows are streamed, and nothing can be written: a query is one SELECT in a read-only transaction.
"""

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cycles.core.errors import ContractError, ParameterError, some
from cycles.core.tables import LINE
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.address import Address, address_of
from cycles.do.intake.as_text import moment_text, number_text
from cycles.do.intake.database import as_identifier, cannot_run, connected, quoted
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.text_rows import TextRows

if TYPE_CHECKING:
    from sqlalchemy import Connection, TextClause

BATCH = 20_000
_ONE_QUERY = re.compile(r"(select|with)\b[^;]*\Z", re.IGNORECASE)
AS_TEXT_IN_DUCKDB = {
    "FLOAT": "CAST({} AS VARCHAR)",
    "TIME WITH TIME ZONE": "CAST({} AS VARCHAR)",
    "TIMESTAMP WITH TIME ZONE": "replace(CAST(make_timestamp(epoch_us({})) AS VARCHAR), ' ', 'T') || 'Z'",
}
"""Types that its driver does not hand over exactly; the moments are those of UTC."""


@ADAPTERS.register("sql", table=None)
def sql(path: Path | str, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read a table, a view or a query of a database.

    Parameters
    ----------
    path : a SQLite or DuckDB file, an address such as `postgresql+psycopg://host/name`, or `env:NAME`, a variable that holds one
    columns : the columns a mapping reads; every column when None. No other is fetched
    reading : `relation` (`table` or `schema.table`; not needed when there is only one), or `query` with `values` bound to its `:name`s

    Returns
    -------
    RawTable
        Numbers as their shortest exact text, truth values as `true` and `false`, dates and moments in ISO 8601 (midnight is the day
        alone), NULL as the empty string. `_line` counts rows from 1. `sha256` is that of the names and rows read, whatever their order,
        so that the same content has the same fingerprint wherever it is stored.

    Raises
    ------
    ParameterError
        CY104 no such file; CY105 a password in an address, or a query that cannot be run, is not one SELECT, or lacks values.
    ContractError
        CY225 the server cannot be reached, CY227 no such table, CY201 a damaged file or values that are not text, CY202 no database,
        CY204 a column named twice, CY207 more than 512 MB of text.

    Examples
    --------
    >>> import sqlite3, tempfile
    >>> file = Path(tempfile.mkdtemp()) / "arms.sqlite"
    >>> with sqlite3.connect(file) as database:
    ...     _ = database.execute("CREATE TABLE arms AS SELECT '007' AS unit_id, 1.5 AS dose, NULL AS note")
    >>> database.close()
    >>> sql(file).table.to_dict("records")
    [{'unit_id': '007', 'dose': '1.5', 'note': '', '_line': 1}]
    """
    address = address_of(path)
    _refuse_both(reading)
    with connected(address) as connection:
        source = _source(connection, reading, address)
        types = _header(connection, source, address)
        wanted = {name: kind for name, kind in types.items() if columns is None or name in set(columns)}
        rows = TextRows(wanted, where=address.shown)
        for batch in _batches(connection, source, wanted):
            rows.add(_texts(batch, list(wanted), address.shown), len(batch))
    return RawTable(
        table=rows.table(),
        header=tuple(types),
        sha256=rows.sha256,
        rows_raw=rows.n,
        facts={"database": connection.dialect.name, "relation": reading.relation, "warnings": []},
    )


# -- what is asked -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Source:
    """A statement that shows every column, what stands behind FROM to ask for some of them, and the values bound in both."""

    every: str
    relation: str
    values: dict[str, str] = field(default_factory=dict)

    def statement(self, columns: list[str] | None = None) -> "TextClause":
        """A statement for some columns. Values are bound without a type, so that the database takes that of the column."""
        from sqlalchemy import bindparam, text
        from sqlalchemy.types import NullType

        bound = [bindparam(name, value, type_=NullType()) for name, value in self.values.items()]
        asked = self.every if columns is None else f"SELECT {', '.join(columns) or 'NULL'} FROM {self.relation}"  # noqa: S608  quoted names
        return text(asked).bindparams(*bound)


def _refuse_both(reading: Reading) -> None:
    if reading.relation is not None and reading.query is not None:
        raise ParameterError("both a relation and a query", code="CY105", where="reading", fix="Give one of them.")
    if reading.query is not None and not _ONE_QUERY.match(_stripped(reading.query)):
        raise ParameterError(
            "not exactly one SELECT",
            code="CY105",
            where="reading.query",
            fix="Begin with SELECT or WITH; a semicolon may stand only at the end. A text with a semicolon goes under `values`.",
        )


def _stripped(query: str) -> str:
    return query.strip().removesuffix(";").rstrip()


def _source(connection: "Connection", reading: Reading, address: Address) -> _Source:
    if reading.query is None:
        relation = quoted(connection, reading.relation, where=address.shown)
        return _Source(f"SELECT * FROM {relation} LIMIT 0", relation)  # noqa: S608  a quoted name
    query = _stripped(reading.query)
    named = set(re.findall(r"(?<![:\w\\]):(\w+)(?!:)", query))
    if named != set(reading.values):
        odd = ", ".join(f":{name}" for name in sorted(named ^ set(reading.values)))
        raise ParameterError(
            f"the query and its values do not name the same: {odd}",
            code="CY105",
            where="reading.values",
            fix="Give each :name of the query one value. A colon that is none is written \\:.",
        )
    return _Source(query, f"({query}\n) AS asked", dict(reading.values))


def _header(connection: "Connection", source: _Source, address: Address) -> dict[str, str]:
    """The names of all columns, each with its type as the driver calls it."""
    from sqlalchemy.exc import OperationalError

    try:
        result = connection.execution_options(stream_results=True).execute(source.statement())
    except OperationalError:
        if connection.dialect.name != "sqlite":  # which calls every mistake in a query so
            raise
        raise cannot_run(address) from None
    described = result.cursor.description if result.cursor else []
    result.close()
    header = [str(one[0]) for one in described]
    twice = [position + 1 for position, name in enumerate(header) if name in header[:position] or name == LINE]
    if twice:
        raise ContractError(
            f"{len(twice)} columns have a name that is taken",
            code="CY204",
            where=f"{address.shown}, columns number {some(twice)}",
            fix="Name them in the query: SELECT ... AS name.",
        )
    return {str(one[0]): str(one[1]) for one in described}


# -- what is read --------------------------------------------------------------------------------------------------------


def _batches(connection: "Connection", source: _Source, wanted: dict[str, str]) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of the wanted columns (name -> the driver's type), a batch at a time."""
    names = {as_identifier(name): kind for name, kind in wanted.items()}
    listed = [AS_TEXT_IN_DUCKDB.get(kind, "{}").format(name) for name, kind in names.items()]
    result = connection.execution_options(stream_results=True).execute(source.statement(listed))
    while rows := result.fetchmany(BATCH):
        yield [tuple(row) for row in rows]


def _texts(rows: list[tuple[Any, ...]], names: list[str], where: str) -> dict[str, list[str]]:
    """A batch by column, as text; a column that holds something else is refused by its name."""
    columns = dict(zip(names, zip(*rows, strict=True), strict=False))
    texts = {name: [_text(value) for value in values] for name, values in columns.items()}
    odd = [name for name, column in texts.items() if None in column]
    if odd:
        raise ContractError(
            f"{len(odd)} columns hold bytes, lists or other values that are no text: {', '.join(odd)}",
            code="CY201",
            where=where,
            fix="Leave them out in the mapping, or make text of them in the query.",
        )
    return {name: [text or "" for text in column] for name, column in texts.items()}


def _text(value: Any) -> str | None:
    """A value as text that says exactly what it is; None when it is nothing that text can say."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return moment_text(value)
    return str(value) if isinstance(value, int | UUID) else None
