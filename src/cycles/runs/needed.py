"""What the runs of a workspace need of its store and its packs, as the ledger and the folders say."""

import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from cycles.core.files import sha256
from cycles.core.ledger import Ledger
from cycles.core.workspace import Workspace
from cycles.runs.reuse import place_of
from cycles.runs.status import state_of
from cycles.runs.superseded import to_be_finished

_RUN_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{4}")


@dataclass
class Needs:
    """The SHA-256 of contents, the parameter files of schools, and the cycles that are held.

    `since` is when the oldest run that goes on has begun, in nanoseconds: what it has put, it has perhaps not entered yet.
    """

    contents: set[bytes] = field(default_factory=set)
    cycle_files: set[Path] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    since: int = sys.maxsize


def needs_of(ledger: Ledger, workspace: Workspace, *, gone: Collection[str] = ()) -> Needs:
    """Read the ledger, and only then look which folders are there: a folder is made before its run is said to be done.

    Needed is what those runs left whose folders are there, or which whoever comes next may finish; of a cycle that is held, all runs.

    Parameters
    ----------
    ledger, workspace : where the runs are
    gone : runs whose folders count as removed
    """
    holding = ledger.leases.holding()
    needs, known, held = Needs(held=set(holding)), set[str](), set(holding.values())
    for cycle in ledger.cycles():
        runs = ledger.entered(cycle)
        here = [run for run in runs if run["run_id"] not in gone and place_of(workspace, run).is_dir()]
        stay = runs if cycle in needs.held else [*here, *to_be_finished(runs)]
        needs.contents |= {bytes.fromhex(one) for one in ledger.steps.left_by({run["run_id"] for run in stay})}
        needs.cycle_files |= {_unit_file(run, workspace) for run in stay}
        needs.since = min([needs.since, *(_since(run) for run in runs if state_of(run, held=held) == "running")])
        known |= {run["run_id"] for run in runs}
    needs.contents |= set(_of_unknown(known, workspace))
    return needs


def _unit_file(run: dict[str, Any], workspace: Workspace) -> Path:
    """Where the parameter file of a school's run is in this workspace."""
    return workspace.root / ".cycles" / "units" / Path(*Path(run["cycle_file"]).parts[-2:])


def _since(run: dict[str, Any]) -> int:
    return int(datetime.fromisoformat(run["started_at"]).timestamp()) * 10**9


def _of_unknown(known: set[str], workspace: Workspace) -> Iterator[bytes]:
    """What is in folders of runs that this ledger does not know: it may be the wrong one, or a new one."""
    for folder in workspace.runs.glob("*/*"):
        if _RUN_ID.fullmatch(folder.name) and folder.name not in known:
            yield from (bytes.fromhex(sha256(path)) for path in folder.rglob("*") if path.is_file())
