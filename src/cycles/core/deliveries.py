"""The part of the ledger that knows what was delivered: a receipt for each version of a source, and a cycle's revisions.

Counts, hashes and column names only; no value of a row.
"""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cycles.core.database import hold, insert_once, retried
from cycles.core.errors import RunError
from cycles.core.files import canonical_json
from cycles.core.phrases import listed
from cycles.core.vocabulary import Record

if TYPE_CHECKING:
    import pandas as pd

Inputs = dict[str, dict[str, Any]]
"""source -> `version`, `sha256` and `basis`: what a run was computed from."""


@dataclass(frozen=True, kw_only=True, repr=False)
class DeliveryReceipt(Record):
    """One version of a source. `version` 0 has not been entered yet.

    `basis` has the SHA-256 of the `mapping`, `contract` and `instrument` that it was read by, `kept` that of the canonical text table as it
    was kept. `header` names the columns of the file in order, `types` the columns of the table. `excluded` and `quarantined` count rows
    by rule, `cells` single cells set aside; `profile` is what :func:`cycles.do.contracts.profile.profile` counts.
    """

    cycle: str
    source: str
    sha256: str
    basis: dict[str, str]
    version: int = 0
    seen_at: str = ""
    path: str = ""
    contract: str = ""
    contract_version: str = ""
    outcome: str = ""
    rows_read: int = 0
    rows_mapped: int = 0
    excluded: dict[str, int] = field(default_factory=dict)
    used: int = 0
    set_aside: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    cells: int = 0
    header: tuple[str, ...] = ()
    types: dict[str, str] = field(default_factory=dict)
    profile: dict[str, Any] = field(default_factory=dict)
    kept: str = ""

    @property
    def text(self) -> str:
        """The version and its rows, in a sentence."""
        left_out = sum(self.excluded.values())
        parts = [f"{self.rows_read:,} rows read", f"{self.used:,} used"]
        parts += [f"{n:,} {what}" for n, what in ((left_out, "left out"), (self.set_aside, "set aside")) if n]
        parts += [f"{self.cells:,} cells set aside"] if self.cells else []
        return f"{self.source}: version {self.version}, {', '.join(parts)}."

    @property
    def table(self) -> "pd.DataFrame":
        """One row: `source, version, rows_read, left_out, rows_mapped, used, set_aside, cells, outcome`."""
        import pandas as pd

        names = ("source", "version", "rows_read", "rows_mapped", "used", "set_aside", "cells", "outcome")
        row = {**{name: getattr(self, name) for name in names}, "left_out": sum(self.excluded.values())}
        return pd.DataFrame([row])

    @property
    def facts(self) -> dict[str, Any]:
        """What a report may say of it, as plain data: no path, no time, no profile."""
        names = ("version", "sha256", "basis", "rows_read", "rows_mapped", "excluded", "used", "set_aside")
        told = {name: getattr(self, name) for name in (*names, "quarantined", "cells")}
        return {**told, "columns": len(self.header), "schema": self.schema, "text": self.text}

    @property
    def schema(self) -> str:
        """The fingerprint of its columns: the file's in order, and the table's types."""
        return _digest(canonical_json([list(self.header), self.types]))


@dataclass(frozen=True, kw_only=True, repr=False)
class Revision(Record):
    """What a cycle was computed from, numbered in the order in which different inputs led to finished runs."""

    cycle: str
    number: int
    inputs: Inputs
    because: str = ""
    opened_at: str = ""

    @property
    def text(self) -> str:
        """The number and why there is another one."""
        return f"Revision {self.number}{f': {self.because}' if self.because else ''}."

    @property
    def facts(self) -> dict[str, Any]:
        """The same on every rerun: `number, because, inputs` (source -> version)."""
        return {
            "number": self.number,
            "because": self.because,
            "inputs": {source: one["version"] for source, one in sorted(self.inputs.items())},
        }


class Deliveries:
    """Receipts and revisions, in the ledger's database.

    Parameters
    ----------
    begin : opens a transaction
    tables : as :func:`delivery_tables` makes them, and the ledger's own `deliveries`
    now : tells the time
    """

    def __init__(
        self, begin: Callable[[], AbstractContextManager[Any]], tables: dict[str, Any], *, now: Callable[[], str]
    ) -> None:
        self._begin = begin
        self._receipts, self._revisions, self._older = tables["receipts"], tables["revisions"], tables["deliveries"]
        self._now = now

    # -- receipts --------------------------------------------------------------------------------------------------

    @retried
    def receive(self, receipt: DeliveryReceipt) -> DeliveryReceipt:
        """Enter a receipt with the next version of its source; the same file read in the same way keeps its first receipt."""
        known = self.find(receipt)
        if known is not None:
            return known
        with self._begin() as connection:
            hold(connection, f"cycles.versions.{receipt.cycle}.{receipt.source}")
            version = 1 + self._versions(connection, receipt)
            entered = replace(receipt, version=version, seen_at=self._now())
            content = asdict(entered)
            keys = {name: content.pop(name) for name in ("cycle", "source", "version", "sha256", "seen_at")}
            row = {**keys, "basis": _basis(receipt), "body": canonical_json(content)}
            if insert_once(connection, self._receipts, **row):
                return entered
        return self.find(receipt) or entered  # another run entered the same file in the meantime

    def find(self, receipt: DeliveryReceipt) -> DeliveryReceipt | None:
        """The receipt of the same file, read in the same way."""
        found = self.receipts(receipt.cycle, receipt.source)
        return next((one for one in found if (one.sha256, one.basis) == (receipt.sha256, receipt.basis)), None)

    @retried
    def receipts(self, cycle: str | None = None, source: str | None = None) -> list[DeliveryReceipt]:
        """Receipts, oldest first."""
        from sqlalchemy import select

        query = select(self._receipts).order_by(self._receipts.c.id)
        for name, value in (("cycle", cycle), ("source", source)):
            query = query if value is None else query.where(self._receipts.c[name] == value)
        with self._begin() as connection:
            return [_receipt(row) for row in connection.execute(query).mappings()]

    def _versions(self, connection: Any, receipt: DeliveryReceipt) -> int:
        """Versions so far; files that an older ledger knows without a receipt count too."""
        from sqlalchemy import select

        receipts, older = self._receipts, self._older
        mine = (receipts.c.cycle == receipt.cycle) & (receipts.c.source == receipt.source)
        seen = [row.sha256 for row in connection.execute(select(receipts.c.sha256).where(mine))]
        mine = (older.c.cycle == receipt.cycle) & (older.c.source == receipt.source)
        before = {row.sha256 for row in connection.execute(select(older.c.sha256).where(mine))}
        return len(seen) + len(before - {*seen, receipt.sha256})

    # -- revisions -------------------------------------------------------------------------------------------------

    def revision_for(self, cycle: str, inputs: Inputs) -> Revision:
        """The revision with these inputs, or the one that a run with them would open; nothing is entered yet."""
        earlier = self.revisions(cycle)
        same = next((one for one in earlier if one.inputs == inputs), None)
        if same is not None:
            return same
        because = _because(earlier[-1].inputs, inputs) if earlier else ""
        return Revision(cycle=cycle, number=len(earlier) + 1, inputs=inputs, because=because)

    @retried
    def enter(self, revision: Revision) -> None:
        """Enter a revision when a run with its inputs has finished; once."""
        row = {"cycle": revision.cycle, "revision": revision.number, "because": revision.because}
        inputs = canonical_json(revision.inputs)
        with self._begin() as connection:
            insert_once(connection, self._revisions, **row, inputs=inputs, opened_at=self._now())

    @retried
    def revisions(self, cycle: str) -> list[Revision]:
        """The revisions of a cycle, in order."""
        from sqlalchemy import select

        table = self._revisions
        query = select(table).where(table.c.cycle == cycle).order_by(table.c.revision)
        with self._begin() as connection:
            return [
                Revision(
                    cycle=cycle,
                    number=row["revision"],
                    inputs=json.loads(row["inputs"]),
                    because=row["because"],
                    opened_at=row["opened_at"],
                )
                for row in connection.execute(query).mappings()
            ]

    def revision(self, cycle: str, number: int) -> Revision:
        """The revision of that number.

        Raises
        ------
        RunError
            CY505 when there is none.
        """
        known = self.revisions(cycle)
        found = next((one for one in known if one.number == number), None)
        if found is None:
            has = f"it has {len(known)}" if known else "no run of it has finished yet"
            raise RunError(
                f"{cycle} has no revision {number}; {has}",
                code="CY505",
                where="--revision",
                fix="`cycles receipts` lists them.",
            )
        return found


def delivery_tables(metadata: Any) -> dict[str, Any]:
    """The tables of this part; a ledger made before them gains them when it is opened, and keeps what it has."""
    from sqlalchemy import Column, Integer, String, Table, Text, UniqueConstraint

    def text(name: str) -> Column[Any]:
        return Column(name, String(512), nullable=False)

    receipts = Table(
        "receipts", metadata, Column("id", Integer, primary_key=True),
        text("cycle"), text("source"), Column("version", Integer, nullable=False), text("sha256"), text("basis"), text("seen_at"),
        Column("body", Text, nullable=False), UniqueConstraint("cycle", "source", "version"),
        UniqueConstraint("cycle", "source", "sha256", "basis"),
    )  # fmt: skip
    revisions = Table(
        "revisions", metadata, Column("id", Integer, primary_key=True),
        text("cycle"), Column("revision", Integer, nullable=False), Column("inputs", Text, nullable=False), text("opened_at"),
        Column("because", Text, nullable=False), UniqueConstraint("cycle", "revision"),
    )  # fmt: skip
    return {"receipts": receipts, "revisions": revisions}


def _receipt(row: Any) -> DeliveryReceipt:
    body = json.loads(row["body"])
    keys = {name: row[name] for name in ("cycle", "source", "version", "sha256", "seen_at")}
    return DeliveryReceipt(**{**body, **keys, "header": tuple(body["header"])})


def _basis(receipt: DeliveryReceipt) -> str:
    return _digest(canonical_json(receipt.basis))


def _because(before: Inputs, now: Inputs) -> str:
    """What differs from the revision before, in words."""
    again = [name for name in now if name in before and now[name]["sha256"] != before[name]["sha256"]]
    other = [name for name in now if name in before and name not in again and now[name] != before[name]]
    parts = [f"{name} was delivered again (version {now[name]['version']})" for name in again]
    parts += [
        f"{name} is read by another mapping, contract or instrument (version {now[name]['version']})" for name in other
    ]
    parts += [f"{name} was added" for name in now if name not in before]
    parts += [f"{name} is no longer used" for name in before if name not in now]
    return listed(parts)


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()
