"""The ledger: which cycles were sealed, which files were delivered, which runs were made. SQLite in WAL mode.

No student's row is in it: hashes, counts, times and decisions only.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cycles.core.deliveries import Deliveries, delivery_tables
from cycles.core.files import canonical_json, make_private
from cycles.core.spreads import Spreads, spread_table
from cycles.core.vocabulary import SealState


@dataclass(frozen=True, kw_only=True)
class Seal:
    """A prediction and decision rule, fixed at a time.

    `sealed` is the sealed part of the cycle file; `outcome_files` has one entry per outcome file:
    `source, path, sha256` (None if it did not exist) and `outcome_rows` (rows of the outcome wave in it then; None if unknown).
    """

    cycle: str
    sealed_at: str
    sha256: str
    sealed: dict[str, Any]
    outcome_files: list[dict[str, Any]]

    @property
    def state(self) -> SealState:
        """Whether the outcomes were already there when it was sealed."""
        seen = [file for file in self.outcome_files if file["sha256"] is not None and file["outcome_rows"] != 0]
        return "sealed_after_data" if seen else "sealed_before_data"


class Ledger:
    """The ledger of a workspace.

    Parameters
    ----------
    path : file of the SQLite database; it and its folder are made when missing
    """

    def __init__(self, path: Path) -> None:
        from sqlalchemy import create_engine

        make_private(path.parent)
        self.path = path
        self._engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        _listen(self._engine)
        self._tables = _tables()
        self._tables["metadata"].create_all(self._engine)
        path.chmod(0o600)

    @contextmanager
    def _begin(self) -> Iterator[Any]:
        with self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of the file."""
        self._engine.dispose()

    # -- seals -----------------------------------------------------------------------------------------------------

    def seal(self, cycle: str, sealed: dict[str, Any], outcome_files: list[dict[str, Any]]) -> Seal:
        """Fix a plan, once: a cycle that is sealed already keeps its first seal."""
        text = canonical_json(sealed)
        with self._begin() as connection:
            if _first(connection, self._tables["seals"], cycle=cycle) is None:
                connection.execute(
                    self._tables["seals"]
                    .insert()
                    .values(
                        cycle=cycle,
                        sealed_at=now(),
                        sha256=_digest(text),
                        sealed=text,
                        outcome_files=canonical_json(outcome_files),
                    )
                )
        seal = self.seal_of(cycle)
        assert seal is not None
        return seal

    def seal_of(self, cycle: str) -> Seal | None:
        """The seal of a cycle."""
        with self._begin() as connection:
            row = _first(connection, self._tables["seals"], cycle=cycle)
        if row is None:
            return None
        return Seal(**{**row, "sealed": json.loads(row["sealed"]), "outcome_files": json.loads(row["outcome_files"])})

    # -- deliveries ------------------------------------------------------------------------------------------------

    @property
    def deliveries(self) -> Deliveries:
        """The receipts of what was delivered, and the revisions of the cycles."""
        return Deliveries(self._begin, self._tables, now=now)

    @property
    def spreads(self) -> Spreads:
        """How measures were spread in the cycles that finished."""
        return Spreads(self._begin, self._tables["spreads"], now=now)

    def record_delivery(self, cycle: str, source: str, sha256: str, counts: dict[str, int]) -> None:
        """Keep what a delivered file broke (rule -> rows), when this content is first seen."""
        table = self._tables["deliveries"]
        with self._begin() as connection:
            if _first(connection, table, cycle=cycle, source=source, sha256=sha256) is None:
                connection.execute(
                    table.insert().values(
                        cycle=cycle, source=source, sha256=sha256, counts=canonical_json(counts), seen_at=now()
                    )
                )

    def previous_delivery(self, cycle: str, source: str, sha256: str) -> dict[str, int] | None:
        """What the delivery before this one broke: the latest other content first seen before this content was."""
        from sqlalchemy import select

        table = self._tables["deliveries"]
        with self._begin() as connection:
            this = _first(connection, table, cycle=cycle, source=source, sha256=sha256)
            query = select(table).where(table.c.cycle == cycle, table.c.source == source, table.c.sha256 != sha256)
            if this is not None:
                query = query.where(table.c.id < this["id"])
            row = connection.execute(query.order_by(table.c.id.desc())).mappings().first()
        return json.loads(row["counts"]) if row else None

    # -- runs ------------------------------------------------------------------------------------------------------

    def start_run(
        self, *, run_id: str, cycle: str, kind: str, folder: Path, cycle_file: Path, holder: dict[str, Any]
    ) -> None:
        """Enter a run as running."""
        with self._begin() as connection:
            connection.execute(
                self._tables["runs"]
                .insert()
                .values(
                    run_id=run_id,
                    cycle=cycle,
                    kind=kind,
                    folder=str(folder),
                    cycle_file=str(cycle_file),
                    started_at=now(),
                    state="running",
                    holder=canonical_json(holder),
                )
            )

    def finish_run(
        self,
        run_id: str,
        *,
        state: str,
        exit_status: int,
        code: str | None = None,
        results: dict[str, Any] | None = None,
    ) -> None:
        """Enter how a run ended: `done`, `failed` or `interrupted`."""
        table = self._tables["runs"]
        with self._begin() as connection:
            connection.execute(
                table.update()
                .where(table.c.run_id == run_id)
                .values(
                    state=state,
                    finished_at=now(),
                    exit_status=exit_status,
                    code=code,
                    results=None if results is None else canonical_json(results),
                )
            )

    def runs(self, cycle: str | None = None) -> list[dict[str, Any]]:
        """Runs, newest first, with `results` as a dict (None unless done) and `holder`."""
        from sqlalchemy import select

        table = self._tables["runs"]
        query = select(table).order_by(table.c.id.desc())
        if cycle is not None:
            query = query.where(table.c.cycle == cycle)
        with self._begin() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [
            {**row, "results": json.loads(row["results"] or "null"), "holder": json.loads(row["holder"])}
            for row in rows
        ]


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def _first(connection: Any, table: Any, **equals: str) -> dict[str, Any] | None:
    from sqlalchemy import select

    query = select(table)
    for name, value in equals.items():
        query = query.where(table.c[name] == value)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    fields = dict(row)
    return {name: value for name, value in fields.items() if table.name != "seals" or name != "id"}


def _tables() -> dict[str, Any]:
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
    parts = {**delivery_tables(metadata), "spreads": spread_table(metadata)}
    return {"metadata": metadata, "seals": seals, "deliveries": deliveries, "runs": runs, **parts}


def _listen(engine: Any) -> None:
    """Every connection: write-ahead log, and a commit that is on the disk before it is acknowledged."""
    from sqlalchemy import event

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()
