"""Holding a cycle while it runs: a lock on this machine, a lease in the ledger for all others.

The lock goes with its process, however that ends. The lease says who holds, and where the ledger is on a server it is renewed in the
background; :mod:`cycles.core.leases` has the rule.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from cycles.core.errors import BusyError, CyclesError, WriteError
from cycles.core.files import atomic_write, canonical_json
from cycles.core.leases import BEAT
from cycles.core.ledger import Ledger
from cycles.core.processes import Holder, is_live, said

LOCK, HOLDER = ".lock", ".holder.json"
TO_NOTE = 2.0
"""Seconds in which whoever has the lock must have noted who that is."""
_not_given_back: set[str] = set()
"""Runs of this process that are over, though the ledger could not be told."""


class Hold:
    """A cycle that is ours.

    Parameters
    ----------
    cycle : its slug
    run_id : the run that it is held for
    lock : held on this machine
    ledger : keeps the lease
    """

    def __init__(self, cycle: str, run_id: str, *, lock: FileLock, ledger: Ledger) -> None:
        self.cycle, self.run_id = cycle, run_id
        self._lock, self._ledger = lock, ledger
        self._over = threading.Event()
        self._beating: threading.Thread | None = None

    @classmethod
    def take(cls, cycle: str, *, place: Path, ledger: Ledger, holder: Holder) -> "Hold":
        """Take a cycle.

        Parameters
        ----------
        cycle : its slug
        place : the private folder of its runs
        ledger : keeps the lease
        holder : `run_id`, and the process as :func:`cycles.core.processes.this_process` tells it

        Raises
        ------
        BusyError
            CY503, exit status 75, naming the holder.
        WriteError
            CY504 when there is no room for the lock.
        """
        hold = cls(cycle, holder["run_id"], lock=_locked(cycle, place), ledger=ledger)
        try:
            other = _leased(cycle, holder, ledger)
            if other is not None:
                raise _busy(cycle, other, place)
            atomic_write(place / HOLDER, canonical_json(holder).encode())
        except BaseException:
            hold.release()
            raise
        hold._beat()
        return hold

    def require(self) -> None:
        """Make sure that it is still ours.

        Raises
        ------
        BusyError
            CY503 when another run took it while we could not be heard.
        """
        if not self._ledger.leases.renew(self.cycle, self.run_id):
            raise BusyError(
                f"{self.cycle} was taken over by another run while this one could not be heard",
                code="CY503",
                where=self.run_id,
                fix="What this run found was not entered. See `cycles status`.",
            )

    def release(self) -> None:
        """Give it back; a lease that cannot be given back counts for nothing here, and ends by itself elsewhere."""
        self._over.set()
        if self._beating is not None:
            self._beating.join(timeout=1)
        try:
            self._ledger.leases.give_back(self.cycle, self.run_id)
        except CyclesError:
            _not_given_back.add(self.run_id)
        finally:
            _unnote(Path(self._lock.lock_file).parent, self.run_id)
            self._lock.release()

    def _beat(self) -> None:
        """Renew the lease in the background, where others would take us for dead without it."""
        if self._ledger.is_shared:
            self._beating = threading.Thread(target=self._keep_renewing, name=f"lease of {self.cycle}", daemon=True)
            self._beating.start()

    def _keep_renewing(self) -> None:
        while not self._over.wait(BEAT):
            try:
                if not self._ledger.leases.renew(self.cycle, self.run_id):
                    return
            except CyclesError:  # the run itself will say that the ledger does not answer
                continue


@contextmanager
def at_rest(place: Path) -> Iterator[bool]:
    """Whether nobody on this machine runs the cycle whose runs are in a folder; nobody begins to, meanwhile.

    It is for a moment only: whoever wants to run the cycle waits `TO_NOTE` seconds before it is refused.
    """
    lock = FileLock(place / LOCK, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def _locked(cycle: str, place: Path) -> FileLock:
    """The lock. Whoever has it notes its name a moment later: until then it is waited for, and may have gone meanwhile."""
    lock = FileLock(place / LOCK, mode=0o600)
    until = time.monotonic() + TO_NOTE
    try:
        while True:
            with suppress(Timeout):
                lock.acquire(timeout=0)
                return lock
            holder = _noted(place)
            if is_live(holder) or time.monotonic() > until:
                raise _busy(cycle, holder, place)
            time.sleep(0.02)
    except OSError as problem:
        raise WriteError(f"could not lock {cycle}: {problem.strerror}", code="CY504", where=str(place / LOCK)) from None


def _leased(cycle: str, holder: Holder, ledger: Ledger) -> Holder | None:
    """Lease the cycle whose lock is ours; None, or who else has it. A lease in a file is void without the lock."""
    other = ledger.leases.take(cycle, holder["run_id"], holder)
    if other is not None and (not ledger.is_shared or other.get("run_id") in _not_given_back):
        ledger.leases.give_back(cycle, str(other.get("run_id")))
        other = ledger.leases.take(cycle, holder["run_id"], holder)
    return other


def _busy(cycle: str, holder: Holder, place: Path) -> BusyError:
    return BusyError(f"another run holds {cycle}: {said(holder)}", code="CY503", where=str(place))


def _noted(place: Path) -> Holder:
    import json

    try:
        told: Holder = json.loads((place / HOLDER).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return told


def _unnote(place: Path, run_id: str) -> None:
    """Take the note away, so that nobody is told of a run that is over."""
    if _noted(place).get("run_id") == run_id:
        with suppress(OSError):
            (place / HOLDER).unlink()
