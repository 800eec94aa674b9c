"""Databases, opened so that nothing can be written: SQLite and DuckDB files and PostgreSQL servers, through SQLAlchemy.

What a driver says of a failure may hold values, addresses and passwords; it is never repeated.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cycles.core.errors import ContractError, CyclesError, ParameterError, nearest
from cycles.do.intake.address import Address

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.exc import DBAPIError

SECONDS_TO_CONNECT = 10
DUCKDB = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "memory_limit": "512MB",
    "threads": "2",
}
"""A view inside a DuckDB file could otherwise read other files of this machine."""

_RELATIONS = {
    "sqlite": r"SELECT '', name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\_%' ESCAPE '\'",
    "duckdb": "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal AND database_name = current_database()"
    " UNION SELECT schema_name, view_name FROM duckdb_views() WHERE NOT internal AND database_name = current_database()",
    "postgresql": "SELECT table_schema, table_name FROM information_schema.tables"
    " WHERE table_schema NOT IN ('information_schema', 'pg_catalog')"
    " UNION SELECT schemaname, matviewname FROM pg_matviews",
}
_USUAL = {"sqlite": "", "duckdb": "main", "postgresql": "public"}
_REFUSED = re.compile(r"authentication|password|role \".*\" does not exist|no pg_hba", re.IGNORECASE)


@contextmanager
def connected(address: Address) -> "Iterator[Connection]":
    """A connection that cannot write.

    Raises
    ------
    ParameterError
        CY104 no such file, CY105 an address of a kind that is not known.
    ContractError
        CY201 a damaged file, CY202 a file that is no database; CY225 a server that does not answer or refuses the credentials.
    """
    from sqlalchemy.exc import DBAPIError

    engine = _engine(address)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection = connection.execution_options(postgresql_readonly=True)
            yield connection
    except DBAPIError as problem:
        raise _failure(problem, engine.dialect.name, address) from None
    finally:
        engine.dispose()


def relations(connection: "Connection") -> dict[str, tuple[str, str]]:
    """Every table and view, by the name it goes by here (`schema.name` where the schema is not the usual one): schema and name."""
    kind = connection.dialect.name
    found = connection.exec_driver_sql(_RELATIONS[kind]).all()
    return {name if schema == _USUAL[kind] else f"{schema}.{name}": (schema, name) for schema, name in sorted(found)}


def quoted(connection: "Connection", relation: str | None, *, where: str) -> str:
    """A table or view as it stands in a statement, quoted whatever it is called; the only one when none is named.

    Raises
    ------
    ContractError
        CY227 when there is none of that name, or several and none was named.
    """
    known = relations(connection)
    if relation is None and len(known) != 1:
        raise ContractError(
            f"the database has {len(known)} tables and views, and none was named",
            code="CY227",
            where=where,
            fix=f"Write `reading: {{relation: NAME}}` in the mapping. {nearest('', known)}",
        )
    name = next(iter(known)) if relation is None else relation.removeprefix(f"{_USUAL[connection.dialect.name]}.")
    if name not in known:
        raise ContractError(
            f"the database has no table or view '{relation}'", code="CY227", where=where, fix=nearest(name, known)
        )
    return ".".join(as_identifier(part) for part in known[name] if part)


def as_identifier(name: str) -> str:
    """A name between the quotes of standard SQL, as it stands in a text clause (where a colon would begin a bound value).

    >>> as_identifier('a"b')
    '"a""b"'
    """
    return '"' + name.replace('"', '""').replace(":", "\\:") + '"'


# -- opening -------------------------------------------------------------------------------------------------------------


def _engine(address: Address) -> "Engine":
    from sqlalchemy import URL, create_engine

    if address.text.split("://")[0] in ("postgresql", "postgresql+psycopg"):
        return _server(address)
    path = _path(address)
    if _kind(path, address) == "duckdb":
        url = URL.create("duckdb", database=str(path))
        return create_engine(url, connect_args={"read_only": True, "config": DUCKDB})
    return create_engine("sqlite://", creator=lambda: _sqlite(path))


def _server(address: Address) -> "Engine":
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address.text).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise _not_understood(address) from None
    return create_engine(url, connect_args={"connect_timeout": SECONDS_TO_CONNECT})


def _path(address: Address) -> Path:
    kind, is_address, rest = address.text.partition("://")
    path = Path(rest.removeprefix("/") if is_address else address.text)
    if is_address and not (kind in ("sqlite", "duckdb") and rest.startswith("//")):
        raise _not_understood(address)
    if not path.is_file():
        raise ParameterError("no such database file", code="CY104", where=address.shown)
    return path


def _not_understood(address: Address) -> ParameterError:
    return ParameterError(
        "not an address of a database that is known",
        code="CY105",
        where=address.shown,
        fix="Write the path of a SQLite or DuckDB file, `postgresql+psycopg://HOST/NAME`, `sqlite:////FOLDER/FILE` or `duckdb:////FOLDER/FILE`.",
    )


def _kind(path: Path, address: Address) -> str:
    with path.open("rb") as stream:
        head = stream.read(16)
    if head == b"SQLite format 3\0":
        return "sqlite"
    if head[8:12] == b"DUCK":
        return "duckdb"
    raise ContractError("the file is neither a SQLite nor a DuckDB database", code="CY202", where=address.shown)


def _sqlite(path: Path) -> Any:
    connection = sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


# -- what went wrong -----------------------------------------------------------------------------------------------------


def cannot_run(address: Address) -> ParameterError:
    """The error of a query that the database refuses."""
    return ParameterError(
        "the database cannot run what is asked, or may not show it", code="CY105", where=f"{address.shown}, reading"
    )


def _failure(problem: "DBAPIError", kind: str, address: Address) -> CyclesError:
    from sqlalchemy.exc import DataError, InternalError, NotSupportedError, ProgrammingError

    if isinstance(problem, DataError | InternalError | NotSupportedError | ProgrammingError):
        return cannot_run(address)
    if kind != "postgresql":
        return ContractError(
            "the database is damaged, in use, or holds text that is not UTF-8", code="CY201", where=address.shown
        )
    if _REFUSED.search(str(problem.orig)):
        return ContractError("the database refused the credentials", code="CY225", where=address.shown)
    return ContractError("the database did not answer, or stopped answering", code="CY225", where=address.shown)
