"""The part of the ledger that knows how far each run came, and which run answers which question.

A step that is entered has its artefacts in the store of objects: whoever comes after a killed run takes them from there. A key is the
fingerprint of everything a run is computed from; the run entered under it is the answer.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from cycles.core.database import insert_once, retried
from cycles.core.files import canonical_json

Artefacts = dict[str, str]
"""Name in the run folder -> SHA-256 of what is in it."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that a run completed: which (`computed`), from what (`key`; empty where that cannot be told), and what it left."""

    run_id: str
    step: str
    key: str
    artefacts: Artefacts
    done_at: str


class Steps:
    """Steps and keys, in the ledger's database.

    Parameters
    ----------
    begin : opens a transaction
    tables : as :func:`step_tables` makes them
    now : tells the time
    look : opens a transaction that only reads
    """

    def __init__(
        self,
        begin: Callable[[], AbstractContextManager[Any]],
        tables: dict[str, Any],
        *,
        now: Callable[[], str],
        look: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        self._begin, self._look, self._now = begin, look, now
        self._steps, self._keys = tables["steps"], tables["keys"]

    @retried
    def complete(self, run_id: str, step: str, *, key: str, artefacts: Artefacts) -> None:
        """Enter a step of a run, once."""
        with self._begin() as connection:
            body = canonical_json(artefacts)
            insert_once(connection, self._steps, run_id=run_id, step=step, key=key, artefacts=body, done_at=self._now())

    @retried
    def step_of(self, run_id: str, step: str) -> Step | None:
        """A step of a run, if it came so far."""
        from sqlalchemy import select

        table = self._steps
        query = select(table).where(table.c.run_id == run_id, table.c.step == step)
        with self._look() as connection:
            row = connection.execute(query).mappings().first()
        return None if row is None else _step(row)

    @retried
    def completed(self, key: str, step: str) -> list[Step]:
        """The runs that completed a step from the same key, newest first."""
        from sqlalchemy import select

        table = self._steps
        query = select(table).where(table.c.key == key, table.c.step == step).order_by(table.c.id.desc())
        with self._look() as connection:
            return [_step(row) for row in connection.execute(query).mappings()]

    @retried
    def answer(self, key: str, *, cycle: str, run_id: str) -> None:
        """Enter a finished run as the answer to a key; a later run takes the place of the earlier one."""
        table = self._keys
        with self._begin() as connection:
            row = {"cycle": cycle, "run_id": run_id, "kept_at": self._now()}
            if not insert_once(connection, table, key=key, **row):
                connection.execute(table.update().where(table.c.key == key).values(**row))

    @retried
    def answered_by(self, key: str) -> str | None:
        """The run that answers a key."""
        from sqlalchemy import select

        with self._look() as connection:
            found = connection.execute(select(self._keys.c.run_id).where(self._keys.c.key == key)).scalar()
        return None if found is None else str(found)


def step_tables(metadata: Any) -> dict[str, Any]:
    """The tables of this part."""
    from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

    def text(name: str, **options: Any) -> Column[Any]:
        return Column(name, String(512), nullable=False, **options)

    steps = Table(
        "steps", metadata, Column("id", Integer, primary_key=True),
        text("run_id"), text("step"), text("key", index=True), text("done_at"), Column("artefacts", Text, nullable=False),
        UniqueConstraint("run_id", "step"),
    )  # fmt: skip
    keys = Table(
        "keys", metadata, Column("id", Integer, primary_key=True),
        text("key", unique=True), text("cycle"), text("run_id"), text("kept_at"),
    )  # fmt: skip
    return {"steps": steps, "keys": keys}


def _step(row: Any) -> Step:
    told = {name: row[name] for name in ("run_id", "step", "key", "done_at")}
    return Step(**told, artefacts=json.loads(row["artefacts"]))
