"""The tables of the ledger, and how a ledger of an earlier version becomes one of this version.

No student's row is in any of them: hashes, counts, times and decisions only.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cycles.core.database import Database, hold, insist
from cycles.core.deliveries import delivery_tables
from cycles.core.errors import RunError, WriteError
from cycles.core.files import settle
from cycles.core.leases import lease_table
from cycles.core.occurrences import occurrence_table
from cycles.core.releases import release_table
from cycles.core.spreads import spread_table
from cycles.core.steps import step_tables

VERSION = 3
"""Version 1 had no table that says so: seals, deliveries and runs, later receipts, revisions and spreads.
Version 2 did not count how often an occurrence was taken up."""


@cache
def tables() -> dict[str, Any]:
    """Every table by its name, and `metadata`."""
    from sqlalchemy import Column, Integer, MetaData, String, Table, Text, UniqueConstraint

    metadata = MetaData()

    def text(name: str, **options: Any) -> Column[Any]:
        return Column(name, String(512), nullable=options.pop("nullable", False), **options)

    def body(name: str, *, nullable: bool = False) -> Column[Any]:
        return Column(name, Text, nullable=nullable)

    seals = Table(
        "seals", metadata, Column("id", Integer, primary_key=True),
        text("cycle", unique=True), text("sealed_at"), text("sha256"), body("sealed"), body("outcome_files"),
    )  # fmt: skip
    deliveries = Table(
        "deliveries", metadata, Column("id", Integer, primary_key=True),
        text("cycle"), text("source"), text("sha256"), text("seen_at"), body("counts"),
        UniqueConstraint("cycle", "source", "sha256"),
    )  # fmt: skip
    runs = Table(
        "runs", metadata, Column("id", Integer, primary_key=True),
        text("run_id", unique=True), text("cycle"), text("kind"), body("folder"), body("cycle_file"), text("started_at"),
        text("finished_at", nullable=True), text("state"), Column("exit_status", Integer), text("code", nullable=True),
        body("holder"), body("results", nullable=True),
    )  # fmt: skip
    version = Table(
        "schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False), text("since")
    )
    first = {"seals": seals, "deliveries": deliveries, "runs": runs, **delivery_tables(metadata)}
    first["spreads"] = spread_table(metadata)
    second = {"leases": lease_table(metadata), "releases": release_table(metadata), **step_tables(metadata)}
    second["occurrences"] = occurrence_table(metadata)
    return {"metadata": metadata, "schema_version": version, **first, **second}


def bring_up_to_date(database: Database, *, now: Callable[[], str]) -> None:
    """Make the tables of a new ledger, or those that an earlier version lacks; a file is copied before it is changed.

    Raises
    ------
    RunError
        CY509 when a newer cycles wrote it.
    LedgerError
        CY508 when its server does not answer.
    """
    if insist(lambda: _version(database)) != VERSION:
        insist(lambda: _upgrade(database, now))


def _version(database: Database) -> int:
    """0 for no ledger at all, 1 for one that says nothing of its version."""
    with database.look() as connection:
        return _version_in(connection)


def _version_in(connection: Any) -> int:
    from sqlalchemy import func, inspect, select

    table = tables()["schema_version"]
    inspector = inspect(connection)
    if inspector.has_table(table.name):
        return int(connection.execute(select(func.max(table.c.version))).scalar() or 0)
    return 1 if inspector.has_table("seals") else 0


def _upgrade(database: Database, now: Callable[[], str]) -> None:
    """All steps in one transaction: whoever is killed in the middle leaves the ledger as it was."""
    with database.begin() as connection:
        hold(connection, "cycles.schema")
        version = _version_in(connection)
        if version > VERSION:
            raise RunError(
                f"the ledger is of version {version}; this cycles knows versions up to {VERSION}", code="CY509"
            )
        if version and version < VERSION and isinstance(database.place, Path):
            _copy(database.place, version)
        for step in (_first, _second, _third)[max(version - 1, 0) :]:
            step(connection)
        tables()["schema_version"].create(connection, checkfirst=True)
        if version < VERSION:
            connection.execute(tables()["schema_version"].insert().values(version=VERSION, since=now()))


def _first(connection: Any) -> None:
    """What stands in a ledger of version 1; the oldest of them lack receipts, revisions and spreads."""
    _make(connection, "seals", "deliveries", "runs", "receipts", "revisions", "spreads")


def _second(connection: Any) -> None:
    """Steps and keys of runs, leases, releases, occurrences of schedules; runs are found by their cycle."""
    _make(connection, "leases", "releases", "steps", "keys", "artefacts", "occurrences")
    connection.exec_driver_sql("CREATE INDEX IF NOT EXISTS runs_by_cycle ON runs (cycle)")


def _third(connection: Any) -> None:
    """How often an occurrence was taken up, and which missed ones it stands for."""
    from sqlalchemy import inspect
    from sqlalchemy.schema import CreateColumn

    known = {column["name"] for column in inspect(connection).get_columns("occurrences")}
    for column in tables()["occurrences"].columns:
        if column.name not in known:
            told = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE occurrences ADD COLUMN {told}")


def _make(connection: Any, *names: str) -> None:
    for name in names:
        tables()[name].create(connection, checkfirst=True)


def _copy(path: Path, version: int) -> None:
    """The whole ledger as it was, beside it, with what is still in its log."""
    import sqlite3
    from contextlib import closing

    copy = path.with_name(f"{path.stem}.version-{version}{path.suffix}")
    temporary = copy.with_name(f".{copy.name}")
    try:
        temporary.unlink(missing_ok=True)
        temporary.touch(mode=0o600)
        with (
            closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(temporary)) as target,
        ):
            source.backup(target)
        settle(temporary, copy)
    except (sqlite3.Error, OSError):
        raise WriteError("could not copy the ledger before changing it", code="CY504", where=str(copy)) from None
