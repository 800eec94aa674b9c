"""The database under the ledger: a SQLite file, or a PostgreSQL server at an address.

On both, a transaction is whole or absent, and on the disk before it is acknowledged; transactions that write take their turn. A server that
goes away in the middle is waited for, and the work that was not acknowledged is done again: all of it may be done twice.
"""

import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from cycles.core.errors import CyclesError, LedgerError, ParameterError, RunError, WriteError

MOST = 500
"""Names in one question."""
PATIENCE = 60.0
"""Seconds that a database is waited for before the run is given up."""

SECONDS_TO_CONNECT = 10
NEEDS = 1 << 20
"""Bytes that a ledger in a file wants for its log, generously; a full disk is told with what is needed."""

_REFUSED = re.compile(r"authentication|password|role \".*\" does not exist|no pg_hba", re.IGNORECASE)
_NO_ROOM = re.compile(r"disk is full|readonly database|disk I/O error|unable to open database", re.IGNORECASE)
_IN_USE = re.compile(r"locked|busy", re.IGNORECASE)
_DAMAGED = re.compile(r"malformed|not a database", re.IGNORECASE)

Given = ParamSpec("Given")
Self = TypeVar("Self")
Found = TypeVar("Found")


class Lost(Exception):
    """The database went away, or was in use for too long, before it acknowledged the transaction."""


class Database:
    """Where the ledger is kept.

    Parameters
    ----------
    place : file of a SQLite database, or an address `postgresql+psycopg://host/name` without a password
    """

    def __init__(self, place: Path | str) -> None:
        self.place = place
        self.is_server = not isinstance(place, Path)
        self._engine = _server(str(place)) if self.is_server else _file(Path(place))
        self._looking = self._engine.execution_options(cycles_reads=True)

    @contextmanager
    def begin(self) -> Iterator[Any]:
        """A transaction that may write: on SQLite it takes its turn at once, so that what it reads stays true while it writes."""
        with self._transaction(self._engine) as connection:
            yield connection

    @contextmanager
    def look(self) -> Iterator[Any]:
        """A transaction that only reads, and waits for nobody."""
        with self._transaction(self._looking) as connection:
            yield connection

    @contextmanager
    def _transaction(self, engine: Any) -> Iterator[Any]:
        from sqlalchemy.exc import DBAPIError

        try:
            with engine.begin() as connection:
                yield connection
        except DBAPIError as problem:
            raise _told(problem, self.place) from None

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()


def insist(work: Callable[[], Found]) -> Found:
    """Do what :class:`Lost` interrupts again, waiting a little longer each time, for at most `PATIENCE` seconds.

    Raises
    ------
    LedgerError
        CY508, exit status 69.
    """
    until, pause = time.monotonic() + PATIENCE, 0.05
    while True:
        try:
            return work()
        except Lost as lost:
            if time.monotonic() >= until:
                raise LedgerError("the ledger does not answer", code="CY508", where=str(lost)) from None
        time.sleep(min(pause, max(0.0, until - time.monotonic())))
        pause = min(2 * pause, 2.0)


def retried(
    method: Callable[Concatenate[Self, Given], Found],
) -> Callable[Concatenate[Self, Given], Found]:
    """A method of a part of the ledger that may be done again as a whole."""

    @wraps(method)
    def patiently(self: Self, *given: Given.args, **named: Given.kwargs) -> Found:
        return insist(lambda: method(self, *given, **named))

    return patiently


def batched(names: Collection[str]) -> Iterator[list[str]]:
    """Names in portions that a database takes in one question.

    >>> [len(one) for one in batched([str(n) for n in range(1200)])]
    [500, 500, 200]
    """
    every = list(names)
    yield from (every[start : start + MOST] for start in range(0, len(every), MOST))


def insert_once(connection: Any, table: Any, **values: Any) -> bool:
    """Insert a row unless one with the same unique values is there; whether it was inserted."""
    from sqlalchemy.dialects import postgresql, sqlite

    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return bool(connection.execute(insert(table).values(**values).on_conflict_do_nothing()).rowcount == 1)


def hold(connection: Any, name: str) -> None:
    """Until the transaction ends, nobody else holds the same name. On SQLite writers take turns anyway."""
    from sqlalchemy import text

    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def clock(connection: Any) -> float:
    """The time by the one clock that all writers share: the server's, or this machine's. Seconds since 1970."""
    if connection.dialect.name == "postgresql":
        return float(connection.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar())
    return time.time()


# -- opening -------------------------------------------------------------------------------------------------------------


def _server(address: str) -> Any:
    from sqlalchemy import create_engine, make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(address)
    except ArgumentError:
        url = None
    if url is None or url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise ParameterError(
            "the ledger is a SQLite file or a PostgreSQL server",
            code="CY105",
            where="ledger",
            fix="Write `postgresql+psycopg://HOST/NAME`, or nothing.",
        )
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_size=2,
        connect_args={"connect_timeout": SECONDS_TO_CONNECT, "options": _options(url)},
    )


def _options(url: Any) -> str:
    """A commit is on the server's disk before it is acknowledged, whatever the server's own settings say."""
    return f"{url.query.get('options', '')} -c synchronous_commit=on".strip()


def _file(path: Path) -> Any:
    """Every connection: write-ahead log, and a commit that is on the disk before it is acknowledged."""
    from sqlalchemy import create_engine, event

    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver would begin transactions by itself, and too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        reads = connection.get_execution_options().get("cycles_reads")
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


# -- what a driver says --------------------------------------------------------------------------------------------------


def _told(problem: Any, place: Path | str) -> Exception:
    """What is meant, without the driver's words: they may hold values and addresses."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    said, state = str(problem.orig), getattr(problem.orig, "sqlstate", None)
    where = _shown(place)
    if state == "53100" or (state is None and _NO_ROOM.search(said)):
        return WriteError("could not write the ledger", code="CY504", where=f"{where}, {NEEDS:,} bytes needed")
    if _DAMAGED.search(said):
        return RunError("the ledger is damaged", code="CY509", where=where)
    if _REFUSED.search(said):
        return _refused(where)
    gone = isinstance(problem, OperationalError | InterfaceError) and (
        not isinstance(place, Path) or _IN_USE.search(said)
    )
    if problem.connection_invalidated or gone:
        return Lost(where)
    return problem if isinstance(problem, Exception) else RuntimeError(where)


def _refused(where: str) -> CyclesError:
    return LedgerError(
        "the ledger's server refuses the user or the password",
        code="CY508",
        where=where,
        fix="Set PGUSER and PGPASSWORD, or write ~/.pgpass; never a password into a file of the workspace.",
    )


def _shown(place: Path | str) -> str:
    """The place without user and options."""
    from sqlalchemy import make_url

    if isinstance(place, Path):
        return str(place)
    url = make_url(place)
    return f"postgresql://{url.host or url.query.get('host', '')}/{url.database or ''}"
