"""The ledger: which cycles were sealed, which files were delivered, which runs were made, by whom, and what was published.

A SQLite file, or a PostgreSQL database that several machines share. No student's row is in it: hashes, counts, times and decisions only.
"""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cycles.core.database import Database, batched, insert_once, retried
from cycles.core.deliveries import Deliveries
from cycles.core.files import canonical_json, make_private
from cycles.core.leases import Leases
from cycles.core.occurrences import Occurrences
from cycles.core.releases import Releases
from cycles.core.schema import bring_up_to_date, tables
from cycles.core.spreads import Spreads
from cycles.core.steps import Steps
from cycles.core.vocabulary import SealState
from cycles.core.workspace import Workspace


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
    place : file of the SQLite database, which is made with its folder when missing; or the address of a PostgreSQL database, without a
        password (`PGPASSWORD` and `~/.pgpass` have one)

    Raises
    ------
    LedgerError
        CY508 (69) when the server does not answer, or refuses.
    RunError
        CY509 when a newer cycles wrote the ledger, or its file is damaged.
    """

    def __init__(self, place: Path | str) -> None:
        self.place = place
        if isinstance(place, Path):
            make_private(place.parent)
        self._database = Database(place)
        self._begin, self._look = self._database.begin, self._database.look
        self._tables = tables()
        try:
            bring_up_to_date(self._database, now=now)
            if isinstance(place, Path):
                place.chmod(0o600)
        except BaseException:
            self.close()
            raise

    @classmethod
    def of(cls, workspace: Workspace) -> "Ledger":
        """The ledger of a workspace; made when there is none."""
        return cls(workspace.ledger_address or workspace.ledger_path)

    @classmethod
    def existing(cls, workspace: Workspace) -> "Ledger | None":
        """The ledger of a workspace; None where its file has not been made. That of a server is always there."""
        return cls.of(workspace) if workspace.ledger_address or workspace.ledger_path.is_file() else None

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_how: object) -> None:
        self.close()

    @property
    def is_shared(self) -> bool:
        """Whether other machines may write it too."""
        return self._database.is_server

    def close(self) -> None:
        """Let go of the file, or of the server."""
        self._database.close()

    # -- seals -----------------------------------------------------------------------------------------------------

    @retried
    def seal(self, cycle: str, sealed: dict[str, Any], outcome_files: list[dict[str, Any]]) -> Seal:
        """Fix a plan, once: a cycle that is sealed already keeps its first seal."""
        text = canonical_json(sealed)
        with self._begin() as connection:
            insert_once(
                connection,
                self._tables["seals"],
                cycle=cycle,
                sealed_at=now(),
                sha256=_digest(text),
                sealed=text,
                outcome_files=canonical_json(outcome_files),
            )
        seal = self.seal_of(cycle)
        assert seal is not None
        return seal

    @retried
    def seal_of(self, cycle: str) -> Seal | None:
        """The seal of a cycle."""
        with self._look() as connection:
            row = _first(connection, self._tables["seals"], cycle=cycle)
        return None if row is None else _seal(row)

    # -- deliveries ------------------------------------------------------------------------------------------------

    @property
    def deliveries(self) -> Deliveries:
        """The receipts of what was delivered, and the revisions of the cycles."""
        return Deliveries(self._begin, self._tables, now=now)

    @property
    def spreads(self) -> Spreads:
        """How measures were spread in the cycles that finished."""
        return Spreads(self._begin, self._tables["spreads"], now=now)

    @property
    def steps(self) -> Steps:
        """How far runs came, and which run answers which key."""
        return Steps(self._begin, self._tables, now=now, look=self._look)

    @property
    def leases(self) -> Leases:
        """Who may write which cycle."""
        return Leases(self._begin, self._tables["leases"], shared=self.is_shared)

    @property
    def releases(self) -> Releases:
        """What was published."""
        return Releases(self._begin, self._tables["releases"], now=now)

    @property
    def occurrences(self) -> Occurrences:
        """Which occurrences of schedules were taken up."""
        return Occurrences(self._begin, self._tables["occurrences"], now=now)

    @retried
    def record_delivery(self, cycle: str, source: str, sha256: str, counts: dict[str, int]) -> None:
        """Keep what a delivered file broke (rule -> rows), when this content is first seen."""
        table = self._tables["deliveries"]
        with self._begin() as connection:
            told = canonical_json(counts)
            insert_once(connection, table, cycle=cycle, source=source, sha256=sha256, counts=told, seen_at=now())

    @retried
    def previous_delivery(self, cycle: str, source: str, sha256: str) -> dict[str, int] | None:
        """What the delivery before this one broke: the latest other content first seen before this content was."""
        from sqlalchemy import select

        table = self._tables["deliveries"]
        with self._look() as connection:
            this = _first(connection, table, cycle=cycle, source=source, sha256=sha256)
            query = select(table).where(table.c.cycle == cycle, table.c.source == source, table.c.sha256 != sha256)
            if this is not None:
                query = query.where(table.c.id < this["id"])
            row = connection.execute(query.order_by(table.c.id.desc())).mappings().first()
        return json.loads(row["counts"]) if row else None

    # -- runs ------------------------------------------------------------------------------------------------------

    @retried
    def start_run(
        self, *, run_id: str, cycle: str, kind: str, folder: Path, cycle_file: Path, holder: dict[str, Any]
    ) -> None:
        """Enter a run as running."""
        with self._begin() as connection:
            insert_once(
                connection,
                self._tables["runs"],
                run_id=run_id,
                cycle=cycle,
                kind=kind,
                folder=str(folder),
                cycle_file=str(cycle_file),
                started_at=now(),
                state="running",
                holder=canonical_json(holder),
            )

    @retried
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
        return self._runs(cycle, most=None)

    def latest(self, cycle: str) -> dict[str, Any] | None:
        """The newest run of a cycle, however it ended."""
        return next(iter(self._runs(cycle, most=1)), None)

    @retried
    def latest_of(self, cycles: Collection[str]) -> dict[str, dict[str, Any]]:
        """The newest run of each of many cycles, where there is one."""
        from sqlalchemy import func, select

        table = self._tables["runs"]
        found: dict[str, dict[str, Any]] = {}
        with self._look() as connection:
            for some in batched(cycles):
                newest = select(func.max(table.c.id)).where(table.c.cycle.in_(some)).group_by(table.c.cycle)
                for row in connection.execute(select(table).where(table.c.id.in_(newest))).mappings():
                    found[row["cycle"]] = _run(dict(row))
        return found

    @retried
    def cycles(self) -> list[str]:
        """The cycles of which a run was entered, by name."""
        from sqlalchemy import select

        name = self._tables["runs"].c.cycle
        with self._look() as connection:
            return [row.cycle for row in connection.execute(select(name).distinct().order_by(name))]

    @retried
    def entered(self, cycle: str) -> list[dict[str, Any]]:
        """The runs of a cycle, newest first, without their results, which take long to read where there are many."""
        from sqlalchemy import select

        table = self._tables["runs"]
        columns = [table.c[name] for name in ("run_id", "cycle", "cycle_file", "started_at", "state", "holder")]
        query = select(*columns).where(table.c.cycle == cycle).order_by(table.c.id.desc())
        with self._look() as connection:
            return [{**row, "holder": json.loads(row["holder"])} for row in connection.execute(query).mappings()]

    @retried
    def seals_of(self, cycles: Collection[str]) -> dict[str, Seal]:
        """The seal of each of many cycles, where there is one."""
        from sqlalchemy import select

        table = self._tables["seals"]
        with self._look() as connection:
            rows = [
                row
                for some in batched(cycles)
                for row in connection.execute(select(table).where(table.c.cycle.in_(some))).mappings()
            ]
        return {row["cycle"]: _seal({name: row[name] for name in row if name != "id"}) for row in rows}

    @retried
    def run(self, run_id: str) -> dict[str, Any] | None:
        """A run by its name."""
        with self._look() as connection:
            row = _first(connection, self._tables["runs"], run_id=run_id)
        return None if row is None else _run(row)

    @retried
    def _runs(self, cycle: str | None, *, most: int | None) -> list[dict[str, Any]]:
        from sqlalchemy import select

        table = self._tables["runs"]
        query = select(table).order_by(table.c.id.desc()).limit(most)
        if cycle is not None:
            query = query.where(table.c.cycle == cycle)
        with self._look() as connection:
            return [_run(dict(row)) for row in connection.execute(query).mappings()]


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


def _seal(row: dict[str, Any]) -> Seal:
    return Seal(**{**row, "sealed": json.loads(row["sealed"]), "outcome_files": json.loads(row["outcome_files"])})


def _run(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "results": json.loads(row["results"] or "null"), "holder": json.loads(row["holder"])}
