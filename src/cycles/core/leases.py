"""The part of the ledger that knows who may write: one run per cycle, also where several machines share the ledger.

The rule. A lease is for one run of one cycle. A holder on this machine is judged by its process: it holds as long as that very process
lives. A holder elsewhere, which only a ledger on a server has, renews its lease every `BEAT` seconds and holds until `LEASE` seconds have
passed without it, by the server's clock. Whoever was taken for dead and was not finds its lease gone and may not finish its run.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from cycles.core.database import clock, hold, insert_once, retried
from cycles.core.files import canonical_json
from cycles.core.processes import Holder, can_judge, is_live

LEASE, BEAT = 90.0, 20.0
"""Seconds; a lease outlives three beats that were missed."""


class Leases:
    """Who holds which cycle, in the ledger's database.

    Parameters
    ----------
    begin : opens a transaction
    table : as :func:`lease_table` makes it
    shared : whether holders on other machines are to be believed until their lease ends; a file has none
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Any]], table: Any, *, shared: bool) -> None:
        self._begin, self._table, self.shared = begin, table, shared

    @retried
    def take(self, cycle: str, run_id: str, holder: Holder) -> Holder | None:
        """Take a cycle for a run; None when it is ours now, otherwise who holds it."""
        with self._begin() as connection:
            hold(connection, f"cycles.lease.{cycle}")
            found = self._row(connection, cycle)
            if found is not None and found["run_id"] != run_id and self._holds(connection, found):
                told: Holder = json.loads(found["holder"])
                return told
            connection.execute(self._table.delete().where(self._table.c.cycle == cycle))
            until = clock(connection) + LEASE
            insert_once(connection, self._table, cycle=cycle, run_id=run_id, holder=canonical_json(holder), until=until)
        return None

    @retried
    def renew(self, cycle: str, run_id: str) -> bool:
        """Hold on for another `LEASE` seconds; False when the lease has passed to somebody else."""
        table = self._table
        with self._begin() as connection:
            mine = (table.c.cycle == cycle) & (table.c.run_id == run_id)
            until = clock(connection) + LEASE
            return bool(connection.execute(table.update().where(mine).values(until=until)).rowcount == 1)

    @retried
    def give_back(self, cycle: str, run_id: str) -> None:
        """Let the cycle go, if it is still ours."""
        table = self._table
        with self._begin() as connection:
            connection.execute(table.delete().where((table.c.cycle == cycle) & (table.c.run_id == run_id)))

    def held(self) -> set[str]:
        """The runs whose lease is good."""
        return set(self.holding().values())

    @retried
    def holding(self) -> dict[str, str]:
        """The cycles that are held by a good lease, and the run that each is held for."""
        from sqlalchemy import select

        with self._begin() as connection:
            rows = [dict(row) for row in connection.execute(select(self._table)).mappings()]
            return {row["cycle"]: row["run_id"] for row in rows if self._holds(connection, row)}

    def _row(self, connection: Any, cycle: str) -> dict[str, Any] | None:
        from sqlalchemy import select

        row = connection.execute(select(self._table).where(self._table.c.cycle == cycle)).mappings().first()
        return None if row is None else dict(row)

    def _holds(self, connection: Any, row: dict[str, Any]) -> bool:
        holder: Holder = json.loads(row["holder"])
        if can_judge(holder):
            return is_live(holder)
        return self.shared and bool(row["until"] > clock(connection))


def lease_table(metadata: Any) -> Any:
    """The table of this part."""
    from sqlalchemy import Column, Float, String, Table, Text

    return Table(
        "leases", metadata, Column("cycle", String(512), primary_key=True), Column("run_id", String(512), nullable=False),
        Column("holder", Text, nullable=False), Column("until", Float, nullable=False),
    )  # fmt: skip
