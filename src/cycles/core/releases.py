"""The part of the ledger that knows what was published: which file of which run, with which content, under which disclosure policy."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from cycles.core.database import insert_once, retried


@dataclass(frozen=True, kw_only=True)
class Release:
    """One file as it was published."""

    cycle: str
    run_id: str
    name: str
    sha256: str
    policy: str
    released_at: str = ""


class Releases:
    """What was published, in the ledger's database.

    Parameters
    ----------
    begin : opens a transaction
    table : as :func:`release_table` makes it
    now : tells the time
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Any]], table: Any, *, now: Callable[[], str]) -> None:
        self._begin, self._table, self._now = begin, table, now

    @retried
    def enter(self, release: Release) -> None:
        """Enter what is published; the same file of the same run with the same content, once."""
        with self._begin() as connection:
            insert_once(connection, self._table, **{**vars(release), "released_at": self._now()})

    @retried
    def of(self, cycle: str) -> list[Release]:
        """What was published of a cycle, oldest first."""
        from sqlalchemy import select

        query = select(self._table).where(self._table.c.cycle == cycle).order_by(self._table.c.id)
        with self._begin() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return [Release(**{name: value for name, value in row.items() if name != "id"}) for row in rows]


def release_table(metadata: Any) -> Any:
    """The table of this part."""
    from sqlalchemy import Column, Integer, String, Table, UniqueConstraint

    def text(name: str) -> Column[Any]:
        return Column(name, String(512), nullable=False)

    return Table(
        "releases", metadata, Column("id", Integer, primary_key=True), text("cycle"), text("run_id"), text("name"),
        text("sha256"), text("policy"), text("released_at"), UniqueConstraint("run_id", "name", "sha256"),
    )  # fmt: skip
