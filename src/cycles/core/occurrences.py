"""The part of the ledger that knows which occurrences of schedules were taken up: each by one claimer, once, none after a later one."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cycles.core.database import hold, insert_once, retried
from cycles.core.errors import CyclesError

if TYPE_CHECKING:
    from cycles.core.leases import Leases


@dataclass(frozen=True, kw_only=True)
class Occurrence:
    """One moment at which a cycle was due (`due_at`, UTC, as :func:`cycles.core.ledger.now` writes it).

    `state` is `claimed` until it is `done`, `failed` or `interrupted`; `run_id` is the run that came of it; `attempts` is how often it was
    taken up. It may stand also for `n_missed` occurrences before it, the first of them at `missed_since`, that nobody took up in time.
    """

    cycle: str
    due_at: str
    claimed_at: str
    claimed_by: str
    state: str = "claimed"
    run_id: str | None = None
    finished_at: str | None = None
    attempts: int = 1
    n_missed: int = 0
    missed_since: str | None = None


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

    def claim(
        self, cycle: str, due_at: str, *, by: str | None = None, n_missed: int = 0, missed_since: str | None = None
    ) -> bool:
        """Take up an occurrence; True for exactly one claimer, however many there are and wherever they run.

        Once a later occurrence of the cycle was taken up, by a clock that is ahead or after this one was missed, nobody is given this one.

        Parameters
        ----------
        cycle, due_at : the occurrence
        by : names the claimer; one who asks again by the same name is told again that it is theirs. By default, nobody else's name.
        n_missed, missed_since : the occurrences before it that it stands for
        """
        from secrets import token_hex

        return self._claim(
            cycle, due_at, {"claimed_by": by or token_hex(16), "n_missed": n_missed, "missed_since": missed_since}
        )

    @retried
    def _claim(self, cycle: str, due_at: str, told: dict[str, Any]) -> bool:
        """Done again after a connection was lost, it finds its own name: the first time may have been heard."""
        from sqlalchemy import func, select

        table = self._table
        with self._begin() as connection:
            hold(connection, f"cycles.occurrences.{cycle}")
            latest = connection.execute(select(func.max(table.c.due_at)).where(table.c.cycle == cycle)).scalar()
            if latest is None or latest < due_at:
                fresh = {"claimed_at": self._now(), "state": "claimed", "attempts": 1}
                insert_once(connection, table, cycle=cycle, due_at=due_at, **fresh, **told)
            holder = select(table.c.claimed_by).where(table.c.cycle == cycle, table.c.due_at == due_at)
            return bool(connection.execute(holder).scalar() == told["claimed_by"])

    @retried
    def retake(self, seen: Occurrence, *, by: str) -> bool:
        """Take up once more what failed, or what was left by a claimer who is gone; True for exactly one claimer.

        Parameters
        ----------
        seen : the occurrence as it was found; who finds it otherwise by now comes too late
        by : names the claimer
        """
        from sqlalchemy import select

        table = self._table
        this = (table.c.cycle == seen.cycle) & (table.c.due_at == seen.due_at)
        unchanged = (
            this
            & (table.c.claimed_by == seen.claimed_by)
            & (table.c.state == seen.state)
            & (table.c.attempts == seen.attempts)
        )
        mine = {"claimed_by": by, "claimed_at": self._now(), "state": "claimed", "attempts": seen.attempts + 1}
        with self._begin() as connection:
            connection.execute(table.update().where(unchanged).values(**mine, run_id=None, finished_at=None))
            return bool(connection.execute(select(table.c.claimed_by).where(this)).scalar() == by)

    @retried
    def finish(
        self, cycle: str, due_at: str, *, state: str = "done", run_id: str | None = None, by: str | None = None
    ) -> None:
        """Enter what came of an occurrence: `done`, `failed` or `interrupted`; where `by` is given, only if it is still theirs."""
        table = self._table
        this = (table.c.cycle == cycle) & (table.c.due_at == due_at)
        if by is not None:
            this &= table.c.claimed_by == by
        with self._begin() as connection:
            connection.execute(table.update().where(this).values(state=state, run_id=run_id, finished_at=self._now()))

    def list(self, cycle: str | None = None) -> list[Occurrence]:
        """Every occurrence that was taken up, by when it was due."""
        from sqlalchemy import select

        query = select(self._table).order_by(self._table.c.due_at, self._table.c.id)
        return [*self._found(query if cycle is None else query.where(self._table.c.cycle == cycle))]

    def latest(self) -> dict[str, Occurrence]:
        """The latest occurrence that was taken up of each cycle."""
        from sqlalchemy import func, select

        table = self._table
        last = select(table.c.cycle, func.max(table.c.due_at).label("due_at")).group_by(table.c.cycle).subquery()
        query = select(table).join(last, (table.c.cycle == last.c.cycle) & (table.c.due_at == last.c.due_at))
        return {one.cycle: one for one in self._found(query)}

    @retried
    def _found(self, query: Any) -> tuple[Occurrence, ...]:
        with self._begin() as connection:
            rows = [dict(row) for row in connection.execute(query).mappings()]
        return tuple(Occurrence(**{name: value for name, value in row.items() if name != "id"}) for row in rows)


@contextmanager
def claimer(leases: "Leases") -> Iterator[str]:
    """A name to claim by, which others see to be good (`leases.held()`) as long as this process lives and can be heard.

    Parameters
    ----------
    leases : of the ledger that the claims are in
    """
    import threading
    from secrets import token_hex

    from cycles.core.leases import BEAT
    from cycles.core.processes import this_process

    name, over = token_hex(16), threading.Event()
    leases.take(_lease(name), name, this_process())

    def renew() -> None:
        while not over.wait(BEAT):
            try:
                if not leases.renew(_lease(name), name):
                    return
            except CyclesError:  # whoever finishes a claim will say that the ledger does not answer
                continue

    if leases.shared:
        threading.Thread(target=renew, name="lease of a claimer", daemon=True).start()
    try:
        yield name
    finally:
        over.set()
        forget(leases, name)


def forget(leases: "Leases", name: str) -> None:
    """Take away the lease of a claimer who is done, or gone."""
    with suppress(CyclesError):  # it ends by itself
        leases.give_back(_lease(name), name)


def _lease(name: str) -> str:
    """No cycle is called so."""
    return f"due/{name}"


def occurrence_table(metadata: Any) -> Any:
    """The table of this part."""
    from sqlalchemy import Column, Integer, String, Table, UniqueConstraint

    def text(name: str, *, nullable: bool = False) -> Column[Any]:
        return Column(name, String(512), nullable=nullable)

    def count(name: str, default: int) -> Column[Any]:
        return Column(name, Integer, nullable=False, server_default=str(default))

    return Table(
        "occurrences", metadata, Column("id", Integer, primary_key=True), text("cycle"), text("due_at"), text("claimed_at"),
        text("claimed_by"), text("state"), text("run_id", nullable=True), text("finished_at", nullable=True),
        count("attempts", 1), count("n_missed", 0), text("missed_since", nullable=True),
        UniqueConstraint("cycle", "due_at"),
    )  # fmt: skip
