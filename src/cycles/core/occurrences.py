"""The part of the ledger that knows which occurrences of a schedule were taken up: each by one claimer, once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from cycles.core.database import insert_once, retried


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One moment at which a cycle was due (`due_at`, UTC, as :func:`cycles.core.ledger.now` writes it).

    `state` is `claimed` until it is `done`, `failed` or `interrupted`; `run_id` is the run that came of it.
    """

    cycle: str
    due_at: str
    claimed_at: str
    claimed_by: str
    state: str = "claimed"
    run_id: str | None = None
    finished_at: str | None = None


class Occurrences:
    """What was due and who took it up, in the ledger's database.

    Parameters
    ----------
    begin : opens a transaction
    table : as :func:`occurrence_table` makes it
    now : tells the time
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Any]], table: Any, *, now: Callable[[], str]) -> None:
        self._begin, self._table, self._now = begin, table, now

    def claim(self, cycle: str, due_at: str, *, by: str | None = None) -> bool:
        """Take up an occurrence; True for exactly one claimer, however many there are and wherever they run.

        Parameters
        ----------
        cycle, due_at : the occurrence
        by : names the claimer; one who asks again by the same name is told again that it is theirs. By default, nobody else's name.
        """
        from secrets import token_hex

        return self._claim(cycle, due_at, by or token_hex(16))

    @retried
    def _claim(self, cycle: str, due_at: str, by: str) -> bool:
        """Done again after a connection was lost, it finds its own name: the first time may have been heard."""
        from sqlalchemy import select

        table = self._table
        with self._begin() as connection:
            insert_once(
                connection, table, cycle=cycle, due_at=due_at, claimed_by=by, claimed_at=self._now(), state="claimed"
            )
            holder = select(table.c.claimed_by).where(table.c.cycle == cycle, table.c.due_at == due_at)
            return bool(connection.execute(holder).scalar() == by)

    @retried
    def finish(self, cycle: str, due_at: str, *, state: str = "done", run_id: str | None = None) -> None:
        """Enter what came of an occurrence: `done`, `failed` or `interrupted`."""
        table = self._table
        with self._begin() as connection:
            this = (table.c.cycle == cycle) & (table.c.due_at == due_at)
            connection.execute(table.update().where(this).values(state=state, run_id=run_id, finished_at=self._now()))

    @retried
    def list(self, cycle: str | None = None) -> list[Occurrence]:
        """Every occurrence that was taken up, by when it was due."""
        from sqlalchemy import select

        query = select(self._table).order_by(self._table.c.due_at, self._table.c.id)
        if cycle is not None:
            query = query.where(self._table.c.cycle == cycle)
        with self._begin() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [Occurrence(**{name: value for name, value in row.items() if name != "id"}) for row in rows]


def occurrence_table(metadata: Any) -> Any:
    """The table of this part."""
    from sqlalchemy import Column, Integer, String, Table, UniqueConstraint

    def text(name: str, *, nullable: bool = False) -> Column[Any]:
        return Column(name, String(512), nullable=nullable)

    return Table(
        "occurrences", metadata, Column("id", Integer, primary_key=True), text("cycle"), text("due_at"), text("claimed_at"),
        text("claimed_by"), text("state"), text("run_id", nullable=True), text("finished_at", nullable=True),
        UniqueConstraint("cycle", "due_at"),
    )  # fmt: skip
