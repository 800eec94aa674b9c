"""Which runs of a cycle others came after, so that their folders may go: evidence, decisions and what can still be finished stay."""

import json
from collections import Counter
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path
from typing import Any

from cycles.core.ledger import Ledger
from cycles.core.run_folder import LEASE
from cycles.core.workspace import Workspace
from cycles.runs.keys import REVISION
from cycles.runs.ran import REPORT
from cycles.runs.reuse import COMPUTED, place_of
from cycles.runs.status import OPEN

Run = dict[str, Any]


def superseded(cycle: str, *, keep: int, ledger: Ledger, workspace: Workspace) -> list[Run]:
    """The runs whose folders may go.

    Of those whose folders are here, there stay: the newest `keep` that are done; the latest, whatever became of it; all that run or may
    still be finished; those by which a decision was reached, or became another; the newest of each revision that was made again; and those
    of which more was published than the report that each run leaves.

    Parameters
    ----------
    cycle : its name
    keep : how many done runs stay for being new
    ledger, workspace : where the runs are
    """
    runs = ledger.entered(cycle)
    here = [run for run in runs if place_of(workspace, run).is_dir()]
    done = [run for run in here if run["state"] == "done"]
    stay = {run["run_id"] for run in (*runs[:1], *done[:keep], *_unfinished(runs, ledger))}
    rest = [run for run in here if run["run_id"] not in stay]
    if rest:
        stay |= _decided(done, ledger) | _made_again(done, ledger, workspace) | _published(cycle, ledger)
    return [run for run in rest if run["run_id"] not in stay]


def to_be_finished(runs: list[Run]) -> list[Run]:
    """The runs (newest first) that whoever comes next may finish: none that came after them is done."""
    return list(takewhile(lambda run: run["state"] != "done", runs))


def _unfinished(runs: list[Run], ledger: Ledger) -> list[Run]:
    computed = ledger.steps.of_runs([run["run_id"] for run in to_be_finished(runs)], COMPUTED)
    return [run for run in runs if run["state"] == "running" or run["run_id"] in computed]


def _decided(done: list[Run], ledger: Ledger) -> set[str]:
    """A cycle that is run every week decides every week: only the first of equal calls in a row says something new."""
    stay, before = set(), None
    for run in reversed(done):
        call = _call_of(ledger.run(run["run_id"]))
        if call not in (None, *OPEN, before):
            stay.add(run["run_id"])
        before = call
    return stay


def _call_of(run: Run | None) -> str | None:
    results = (run or {}).get("results") or {}
    return (results.get("decision") or {}).get("call")


def _made_again(done: Iterable[Run], ledger: Ledger, workspace: Workspace) -> set[str]:
    """The newest of each revision that somebody asked for by its number."""
    newest: dict[str, str] = {}
    for run in done:
        newest.setdefault(_asked(run, ledger, place_of(workspace, run)), run["run_id"])
    newest.pop("None", None)
    return set(newest.values())


def _asked(run: Run, ledger: Ledger, folder: Path) -> str:
    """The number of the revision that the run was to make again, or `None`: the ledger says so, or else the lease that was left."""
    step = next(iter(ledger.steps.of_run(run["run_id"])), None)
    parts = ledger.steps.parts(step.key) if step is not None else None
    if parts is not None and REVISION in parts:
        return parts[REVISION]
    try:
        return str(json.loads((folder / LEASE).read_text("utf-8")).get("revision"))
    except (OSError, ValueError, AttributeError):
        return "None"


def _published(cycle: str, ledger: Ledger) -> set[str]:
    """A run publishes its report once, when it ends; what is entered beyond that was published by somebody."""
    releases = ledger.releases.of(cycle)
    of_run = Counter(one.run_id for one in releases)
    return {one.run_id for one in releases if one.name != REPORT or of_run[one.run_id] > 1}
