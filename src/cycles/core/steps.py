"""The part of the ledger that knows how far each run came, from what, and what it left.

A step that is entered has its artefacts in the store of objects: whoever comes after a killed run takes them from there. A key is the
fingerprint of everything a run is computed from, in parts, so that it can be said what changed.
"""

import hashlib
import json
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from cycles.core.database import batched, insert_once, retried
from cycles.core.files import canonical_json

Artefacts = dict[str, str]
"""Name in the run folder -> SHA-256 of what is in it."""

Parts = dict[str, str]
"""What a run is computed from, in words -> its fingerprint."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step that a run completed, from what (`key`; empty where that cannot be told), and what it left."""

    run_id: str
    step: str
    key: str
    artefacts: Artefacts
    done_at: str


class Steps:
    """Steps, keys and artefacts, in the ledger's database.

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
        self._steps, self._keys, self._artefacts = (tables[name] for name in ("steps", "keys", "artefacts"))

    @retried
    def complete(self, run_id: str, step: str, *, parts: Parts | None, artefacts: Artefacts) -> Step:
        """Enter a step of a run, once, with what it was computed from; `parts` is None where that cannot be told."""
        key = "" if parts is None else key_of(parts)
        with self._begin() as connection:
            told = {"run_id": run_id, "step": step, "key": key, "done_at": self._now()}
            insert_once(connection, self._steps, **told)
            if parts is not None:
                insert_once(connection, self._keys, key=key, parts=canonical_json(parts), kept_at=self._now())
            for name, sha256 in artefacts.items():
                insert_once(connection, self._artefacts, run_id=run_id, step=step, name=name, sha256=sha256)
        return Step(**told, artefacts=artefacts)

    @retried
    def completed(self, key: str, step: str) -> list[Step]:
        """The runs that completed a step from the same key, newest first."""
        table = self._steps
        with self._look() as connection:
            return self._found(connection, (table.c.key == key) & (table.c.step == step))

    @retried
    def of_run(self, run_id: str) -> list[Step]:
        """The steps that a run completed, newest first."""
        with self._look() as connection:
            return self._found(connection, self._steps.c.run_id == run_id)

    @retried
    def of_runs(self, run_ids: Collection[str], step: str) -> dict[str, Step]:
        """A step of each of many runs, where they completed it, by run."""
        from sqlalchemy import select

        table, left = self._steps, self._artefacts
        found: dict[str, Step] = {}
        with self._look() as connection:
            for some in batched(run_ids):
                asked = select(table).where(table.c.run_id.in_(some), table.c.step == step)
                for row in connection.execute(asked).mappings():
                    told = {name: row[name] for name in ("run_id", "step", "key", "done_at")}
                    found[row["run_id"]] = Step(**told, artefacts={})
                asked = select(left).where(left.c.run_id.in_(some), left.c.step == step)
                for one in connection.execute(asked):
                    found[one.run_id].artefacts[one.name] = one.sha256
        return found

    @retried
    def left_by(self, run_ids: Collection[str]) -> set[str]:
        """The SHA-256 of everything that many runs left."""
        from sqlalchemy import select

        left = self._artefacts
        with self._look() as connection:
            asked = (select(left.c.sha256).where(left.c.run_id.in_(some)) for some in batched(run_ids))
            return {row.sha256 for one in asked for row in connection.execute(one)}

    @retried
    def parts(self, key: str) -> Parts | None:
        """What a key is the fingerprint of."""
        from sqlalchemy import select

        with self._look() as connection:
            found = connection.execute(select(self._keys.c.parts).where(self._keys.c.key == key)).scalar()
        return None if found is None else dict(json.loads(found))

    def _found(self, connection: Any, where: Any) -> list[Step]:
        from sqlalchemy import select

        table, left = self._steps, self._artefacts
        rows = connection.execute(select(table).where(where).order_by(table.c.id.desc())).mappings().all()
        found = []
        for row in rows:
            of_step = (left.c.run_id == row["run_id"]) & (left.c.step == row["step"])
            artefacts = {one.name: one.sha256 for one in connection.execute(select(left).where(of_step))}
            found.append(
                Step(**{name: row[name] for name in ("run_id", "step", "key", "done_at")}, artefacts=artefacts)
            )
        return found


def key_of(parts: Parts) -> str:
    """The fingerprint of the parts together.

    >>> key_of({"seed": "1"}) == key_of({"seed": "2"})
    False
    """
    return hashlib.sha256(canonical_json(parts).encode()).hexdigest()


def step_tables(metadata: Any) -> dict[str, Any]:
    """The tables of this part."""
    from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

    def text(name: str, **options: Any) -> Column[Any]:
        return Column(name, String(512), nullable=False, **options)

    steps = Table(
        "steps", metadata, Column("id", Integer, primary_key=True),
        text("run_id"), text("step"), text("key", index=True), text("done_at"), UniqueConstraint("run_id", "step"),
    )  # fmt: skip
    keys = Table(
        "keys", metadata, text("key", primary_key=True), Column("parts", Text, nullable=False), text("kept_at")
    )
    artefacts = Table(
        "artefacts", metadata, Column("id", Integer, primary_key=True),
        text("run_id"), text("step"), text("name"), text("sha256"), UniqueConstraint("run_id", "step", "name"),
    )  # fmt: skip
    return {"steps": steps, "keys": keys, "artefacts": artefacts}
