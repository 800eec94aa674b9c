"""The PDSA record: what happened on which day, over the chain of cycles. Charts are annotated by it, and by nothing else."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from cycles.core.errors import CyclesError
from cycles.plan.cycle_file import Cycle, read_cycle_file
from cycles.plan.run import Run

LONGEST = 20
"""Cycles of a chain that are looked at."""


def pdsa_record(run: Run) -> list[tuple[date, str]]:
    """The days of this cycle and of those before it.

    Parameters
    ----------
    run : an open run of a cycle

    Returns
    -------
    list of (date, what happened), in order
        For each cycle before this one that was run in this workspace and whose file can still be read: when its change started, and the
        day of its decision with what was decided. This cycle's own start is not among them: a chart knows it.

    Notes
    -----
    A chain ends at a cycle that has no run here, and where it turns back on itself.
    """
    assert isinstance(run.cycle, Cycle)
    found = []
    for cycle, call in _before(run):
        found.append((cycle.started_on, f"{cycle.cycle} starts"))
        if call is not None:
            found.append((cycle.decide.on, f"{cycle.cycle}: {call}"))
    return sorted(found)


def _before(run: Run) -> Iterator[tuple[Cycle, str | None]]:
    """The cycles of the chain, newest first, each with what its last finished run decided."""
    assert isinstance(run.cycle, Cycle)
    name, seen = run.cycle.previous, {run.cycle.cycle}
    while name is not None and name not in seen and len(seen) < LONGEST:
        seen.add(name)
        rows = run.folder.ledger.runs(name)
        cycle = next(filter(None, (_read(Path(row["cycle_file"])) for row in rows)), None)
        if cycle is None:
            return
        results = next((row["results"] for row in rows if row["state"] == "done"), None) or {}
        yield cycle, results.get("decision", {}).get("call")
        name = cycle.previous


def _read(path: Path) -> Cycle | None:
    try:
        cycle = read_cycle_file(path)
    except (CyclesError, OSError):
        return None
    return cycle if isinstance(cycle, Cycle) else None
