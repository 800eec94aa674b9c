"""The part of the ledger that knows how measures spread: of each finished cycle, the share of the differences that lies between groups.

Four numbers of a whole cycle; nothing about a group or a person.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

from cycles.core.database import hold, retried
from cycles.core.vocabulary import Record


@dataclass(frozen=True, kw_only=True, repr=False)
class Spread(Record):
    """How the outcome of one cycle was spread.

    `measure` is what was measured (`instrument.scale`, or an indicator with its options), `cluster` the groups, `icc` the share of the
    variance between them, `sd` the standard deviation of students within an arm; `n` students in `n_clusters` groups.
    """

    cycle: str
    measure: str
    cluster: str
    icc: float
    sd: float | None
    n: int
    n_clusters: int
    kept_at: str = ""

    @property
    def text(self) -> str:
        """The share and what it rests on."""
        return f"{self.cycle}: {self.icc:.1%} between groups ({self.n:,} students in {self.n_clusters:,})."


class Spreads:
    """The spreads of finished cycles, in the ledger's database.

    Parameters
    ----------
    begin : opens a transaction
    table : as :func:`spread_table` makes it
    now : tells the time
    """

    def __init__(self, begin: Callable[[], AbstractContextManager[Any]], table: Any, *, now: Callable[[], str]) -> None:
        self._begin, self._table, self._now = begin, table, now

    @retried
    def keep(self, spread: Spread) -> None:
        """Enter the spread of a cycle's measure; a later run of the same cycle takes the place of the earlier one."""
        table = self._table
        same = (
            (table.c.cycle == spread.cycle) & (table.c.measure == spread.measure) & (table.c.cluster == spread.cluster)
        )
        with self._begin() as connection:
            hold(connection, f"cycles.spreads.{spread.cycle}")
            connection.execute(table.delete().where(same))
            connection.execute(table.insert().values(**{**asdict(spread), "kept_at": self._now()}))

    @retried
    def of(self, measure: str, *, cluster: str, besides: str = "") -> list[Spread]:
        """The spreads of a measure within such groups, oldest first; those of the cycle `besides` are left out."""
        from sqlalchemy import select

        table = self._table
        query = select(table).where(table.c.measure == measure, table.c.cluster == cluster, table.c.cycle != besides)
        with self._begin() as connection:
            rows = [dict(row) for row in connection.execute(query.order_by(table.c.id)).mappings()]
        return [Spread(**{name: value for name, value in row.items() if name != "id"}) for row in rows]


def spread_table(metadata: Any) -> Any:
    """The table of this part; a ledger made before it gains it when it is opened."""
    from sqlalchemy import Column, Float, Integer, String, Table, Text, UniqueConstraint

    return Table(
        "spreads", metadata, Column("id", Integer, primary_key=True),
        Column("cycle", String(512), nullable=False), Column("measure", Text, nullable=False),
        Column("cluster", String(512), nullable=False),
        Column("icc", Float, nullable=False), Column("sd", Float), Column("n", Integer, nullable=False),
        Column("n_clusters", Integer, nullable=False), Column("kept_at", String(512), nullable=False),
        UniqueConstraint("cycle", "measure", "cluster"),
    )  # fmt: skip
