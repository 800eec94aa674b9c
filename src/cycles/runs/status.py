"""The cycles of a workspace as the ledger and the processes show them, not as a notebook says of itself."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from cycles.core.errors import CyclesError
from cycles.core.ledger import Ledger
from cycles.core.processes import is_live
from cycles.core.workspace import Workspace


@dataclass(frozen=True, kw_only=True)
class CycleStatus:
    """One cycle: its latest run, what was decided, whether the plan was sealed in time, when the decision is due."""

    cycle: str
    run: str | None = None
    state: str = "not run yet"
    finished_at: str | None = None
    code: str | None = None
    decision: str | None = None
    sealed: str = "unsealed"
    due: str | None = None
    folder: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def status(workspace: Workspace) -> list[CycleStatus]:
    """Every cycle that has a parameter file or a run, by name.

    A run entered as running whose process is gone is reported as interrupted; nothing is written.

    Parameters
    ----------
    workspace : whose `params/` and ledger are read
    """
    due = _due_dates(workspace)
    latest, seals = _from_ledger(workspace, list(due))
    names = sorted({*due, *latest})
    return [_status_of(name, latest.get(name), seals.get(name, "unsealed"), due.get(name)) for name in names]


def _due_dates(workspace: Workspace) -> dict[str, str | None]:
    """The cycles of `params/`, with the date of their decision; files that cannot be read are left to `cycles check`."""
    from cycles.plan.cycle_file import Cycle, read_cycle_file

    due: dict[str, str | None] = {}
    for path in sorted((workspace.root / "params").glob("*.yml")):
        try:
            cycle = read_cycle_file(path)
        except CyclesError:
            continue
        due[cycle.cycle] = cycle.decide.on.isoformat() if isinstance(cycle, Cycle) else None
    return due


def _from_ledger(workspace: Workspace, names: list[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The latest run of each cycle and the state of each seal; no ledger is made where there is none."""
    ledger = Ledger.existing(workspace)
    if ledger is None:
        return {}, {}
    with ledger:
        latest: dict[str, dict[str, Any]] = {}
        for run in ledger.runs():
            latest.setdefault(run["cycle"], run)
        found = {name: ledger.seal_of(name) for name in {*names, *latest}}
        held = ledger.leases.held() if any(run["state"] == "running" for run in latest.values()) else set()
    settled = {name: {**run, "state": state_of(run, held=held)} for name, run in latest.items()}
    return settled, {name: seal.state for name, seal in found.items() if seal is not None}


def _status_of(name: str, run: dict[str, Any] | None, sealed: str, due: str | None) -> CycleStatus:
    if run is None:
        return CycleStatus(cycle=name, sealed=sealed, due=due)
    decision = ((run["results"] or {}).get("decision") or {}).get("call")
    return CycleStatus(
        cycle=name,
        run=run["run_id"],
        state=run["state"],
        finished_at=run["finished_at"],
        code=run["code"],
        decision=decision,
        sealed=sealed,
        due=due,
        folder=run["folder"],
    )


def state_of(run: dict[str, Any], *, held: Collection[str] = ()) -> str:
    """The state of a run of the ledger, from evidence: its process, or a lease that another machine keeps renewing.

    Parameters
    ----------
    run : as the ledger gives it
    held : the runs whose lease is good

    Examples
    --------
    >>> import socket
    >>> state_of({"run_id": "a", "state": "running", "holder": {"pid": 2**22 + 1, "host": socket.gethostname()}})
    'interrupted'
    """
    gone = run["state"] == "running" and run["run_id"] not in held and not is_live(run["holder"])
    return "interrupted" if gone else str(run["state"])
