"""The run folder: one run's private place, one writer per cycle, everything written atomically.

The command line takes the cycle (:mod:`cycles.core.holding`) and leaves a lease in `run.json`; the notebook's kernel joins that lease.
A notebook run by itself takes its own. Anybody else is refused.
"""

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core.files import atomic_write, make_private
from cycles.core.holding import Hold
from cycles.core.ledger import Ledger
from cycles.core.processes import is_live, this_process
from cycles.core.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

LEASE = "run.json"
RECORDS = "records.json"
BLOCKS = "blocks.json"
_open: list["RunFolder"] = []


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    path : the folder; made with mode 0700
    workspace : where the ledger is
    cycle_name : the cycle's slug
    """

    def __init__(self, path: Path, *, workspace: Workspace, cycle_name: str) -> None:
        self.path = make_private(path)
        self.workspace = workspace
        self.cycle_name = cycle_name
        self._ledger: Ledger | None = None
        self._hold: Hold | None = None

    @property
    def ledger(self) -> Ledger:
        """The workspace's ledger."""
        if self._ledger is None:
            self._ledger = Ledger.of(self.workspace)
        return self._ledger

    # -- writing ---------------------------------------------------------------------------------------------------

    def write_bytes(self, name: str, data: bytes) -> Path:
        """Write a file of the folder atomically, readable by its owner only."""
        path = self.path / name
        make_private(path.parent)
        atomic_write(path, data)
        return path

    def write_text(self, name: str, text: str) -> Path:
        """As :meth:`write_bytes`, UTF-8."""
        return self.write_bytes(name, text.encode("utf-8"))

    def write_json(self, name: str, content: Any) -> Path:
        """As :meth:`write_text`; NaN is refused."""
        return self.write_text(
            name, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, default=str) + "\n"
        )

    def write_table(self, name: str, table: "pd.DataFrame") -> Path:
        """A table as Parquet (restricted: it may hold rows of students)."""
        buffer = io.BytesIO()
        table.to_parquet(buffer, index=False)
        return self.write_bytes(name, buffer.getvalue())

    # -- what the run found ----------------------------------------------------------------------------------------

    @property
    def blocks(self) -> list[dict[str, Any]]:
        """What was shown, in order; only this is ever published."""
        return self._read(BLOCKS, [])

    def add_block(self, block: dict[str, Any]) -> None:
        """Keep one block. A block with the id of an earlier one takes its place."""
        kept = [one for one in self.blocks if one["id"] != block["id"]]
        self._keep(BLOCKS, [*kept, block])

    def record(self, kind: str, content: dict[str, Any]) -> None:
        """Keep a finding of the run (`kind`: contract, estimate, finding, decision, prediction); aggregates only."""
        records = self._read(RECORDS, {})
        kept = [one for one in records.get(kind, []) if one.get("id") is None or one.get("id") != content.get("id")]
        self._keep(RECORDS, {**records, kind: [*kept, content]})

    def records(self, kind: str) -> list[dict[str, Any]]:
        """What was recorded of a kind, in order."""
        return self._read(RECORDS, {}).get(kind, [])

    def start_afresh(self) -> None:
        """Forget what an earlier run recorded in this folder, so that none of it stands in the next report."""
        for name in (BLOCKS, RECORDS):
            (self.path / name).unlink(missing_ok=True)

    def _keep(self, name: str, content: Any) -> None:
        """Written at every step of a notebook: whole, but not worth waiting for the disk, as a run begins again after a loss of power."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, default=str)
        atomic_write(self.path / name, text.encode("utf-8"), durable=False)

    def _read(self, name: str, empty: Any) -> Any:
        path = self.path / name
        return json.loads(path.read_text("utf-8")) if path.is_file() else empty

    # -- one writer ------------------------------------------------------------------------------------------------

    def take(self, *, run_id: str, revision: int | None = None) -> None:
        """Take the cycle's lock and leave the lease, which says also when an earlier `revision` is to be made again.

        Raises
        ------
        BusyError
            CY503, exit status 75, naming the holder.
        """
        holder = {"run_id": run_id, **this_process()}
        place = make_private(self.workspace.runs / self.cycle_name)
        self._hold = Hold.take(self.cycle_name, place=place, ledger=self.ledger, holder=holder)
        try:
            asked = {} if revision is None else {"revision": revision}
            self.write_json(LEASE, {**holder, "folder": str(self.path), **asked})
        except BaseException:
            self.release()
            raise

    def require_hold(self) -> None:
        """Make sure that the cycle is still ours.

        Raises
        ------
        BusyError
            CY503 when we were taken for dead and another run took it.
        """
        if self._hold is not None:
            self._hold.require()

    def release(self) -> None:
        """Give the cycle back. The lease stays as a record of who ran."""
        if self._hold is not None:
            self._hold.release()
            self._hold = None

    def lease(self) -> dict[str, Any] | None:
        """The lease in the folder, if a live process of this machine holds it."""
        lease = self._read(LEASE, None)
        return lease if lease and is_live(lease) else None

    # -- the folder in use -----------------------------------------------------------------------------------------

    def use(self) -> "RunFolder":
        """Make this the folder that verbs record into."""
        _open[:] = [self]
        return self


def current() -> RunFolder | None:
    """The folder of the run that is open in this process, if any."""
    return _open[0] if _open else None


def close() -> None:
    """Forget the open run: verbs record nothing from here on."""
    for folder in _open:
        folder.release()
    _open.clear()
