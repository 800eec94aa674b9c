"""Pruning a workspace: what no run needs any more goes, and with it the hidden copies of what a team has deleted.

A content of the store is needed by the runs whose folders are there, and by those that whoever comes next may finish. A pack is needed by
the newest split of its source, and by those runs. The ledger, the deliveries, the seals and the notices are evidence, and stay.

Runs may go on meanwhile. A moment is noted, the ledger is read after it, and nothing goes that was put or touched since
(:mod:`cycles.core.wanted`); nor since the oldest run that goes on has begun, because a run puts what it leaves before it enters it.
"""

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock, Timeout

from cycles.core.errors import BusyError, ParameterError, WriteError
from cycles.core.files import make_private
from cycles.core.holding import at_rest
from cycles.core.ledger import Ledger
from cycles.core.objects import Objects
from cycles.core.wanted import AWAY, files_in, take_away
from cycles.core.workspace import Workspace
from cycles.do.intake.part import parts_of
from cycles.do.partition import remembered
from cycles.runs.needed import Needs, needs_of
from cycles.runs.reuse import place_of
from cycles.runs.superseded import superseded

MARGIN = 3_600 * 10**9
"""Nanoseconds by which the clocks of two machines differ at most."""
PLANNED = 24 * MARGIN
"""Nanoseconds in which whoever looked for a pack has given it to the runs that need it."""
Kind = Literal["run_folders", "kept_files", "packs", "leftovers"]
_NAMED = re.compile("[0-9a-f]{64}")


@dataclass
class Pruned:
    """What went, or would go (`dry_run`): by kind how many and how many bytes, and the runs whose folders went.

    `held` are the cycles that were left alone because a run holds them, `n_recent` the files that nobody is known to need and that are too
    new for that to be certain; `problems` says what could not be removed.
    """

    keep: int | None
    dry_run: bool
    n: Counter[Kind] = field(default_factory=Counter)
    n_bytes: Counter[Kind] = field(default_factory=Counter)
    runs: list[dict[str, str]] = field(default_factory=list)
    held: set[str] = field(default_factory=set)
    n_recent: int = 0
    problems: list[WriteError] = field(default_factory=list)

    def count(self, kind: Kind, n_bytes: int) -> None:
        """One more went."""
        self.n[kind] += 1
        self.n_bytes[kind] += n_bytes

    @contextmanager
    def going_on(self, path: Path) -> Iterator[None]:
        """What cannot be removed is told, and the rest goes on."""
        try:
            yield
        except OSError as problem:
            told = f"could not remove {path.name}: {problem.strerror}"
            fix = "Check who may write in the folder, then prune again."
            self.problems.append(WriteError(told, code="CY504", where=str(path), fix=fix))


def prune(workspace: Workspace, *, keep: int | None = None, dry_run: bool = False) -> Pruned:
    """Remove what no run needs any more. Killed on the way, it leaves every run that stays whole; done again, it finishes.

    Parameters
    ----------
    workspace : whose runs, store and packs are looked at
    keep : how many done runs of each cycle stay for being new (:func:`cycles.runs.superseded.superseded`); None removes no folder
    dry_run : only say what would go

    Raises
    ------
    ParameterError
        CY105 when `keep` is less than 1.
    BusyError
        CY503 (75) when another pruning is at work.
    """
    if keep is not None and keep < 1:
        fix = "Write 1 or more, or leave it out."
        raise ParameterError(f"{keep} is no number of runs to keep", code="CY105", where="--keep", fix=fix)
    pruned = Pruned(keep=keep, dry_run=dry_run)
    ledger = Ledger.existing(workspace)
    if ledger is None:
        return pruned
    with ledger, _alone(workspace) as place:
        if keep is not None:
            _prune_runs(pruned, keep, ledger, workspace)
        _prune_folders_left(pruned, workspace)
        os.utime(place)
        moment = place.stat().st_mtime_ns
        needs = needs_of(ledger, workspace, gone={run["run"] for run in pruned.runs})
        pruned.held |= needs.held
        before = min(moment, needs.since - MARGIN)
        _prune_objects(pruned, needs, Objects(workspace.objects), before)
        with pruned.going_on(parts_of(workspace)):
            _prune_packs(pruned, needs, parts_of(workspace), remembered(workspace), min(before, moment - PLANNED))
    return pruned


@contextmanager
def _alone(workspace: Workspace) -> Iterator[Path]:
    """One pruning at a time; gives the file whose time of change is the moment."""
    place = make_private(workspace.ledger_path.parent) / "prune.lock"
    lock = FileLock(place, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise BusyError("another pruning is at work", code="CY503", where=str(place), fix="Wait for it.") from None
    except OSError as problem:
        raise WriteError(f"could not lock the store: {problem.strerror}", code="CY504", where=str(place)) from None
    try:
        yield place
    finally:
        lock.release()


# -- run folders ---------------------------------------------------------------------------------------------------------


def _prune_runs(pruned: Pruned, keep: int, ledger: Ledger, workspace: Workspace) -> None:
    pruned.held |= ledger.leases.holding().keys()
    for cycle in ledger.cycles():
        place = workspace.runs / cycle
        if not place.is_dir() or cycle in pruned.held:
            continue
        with pruned.going_on(place), _at_rest(place, pruned) as is_free:
            if not is_free:
                pruned.held.add(cycle)
                continue
            for run in superseded(cycle, keep=keep, ledger=ledger, workspace=workspace):
                _put_aside(pruned, run, place_of(workspace, run))


@contextmanager
def _at_rest(place: Path, pruned: Pruned) -> Iterator[bool]:
    if pruned.dry_run:
        yield True
        return
    with at_rest(place) as is_free:
        yield is_free


def _put_aside(pruned: Pruned, run: dict[str, Any], folder: Path) -> None:
    """Take a folder out of everybody's sight, in one step; what it holds is removed when the cycle is free again."""
    with pruned.going_on(folder):
        size = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())
        if not pruned.dry_run:
            os.rename(folder, folder.with_name(f"{AWAY}{folder.name}"))
        pruned.runs.append({"cycle": run["cycle"], "run": run["run_id"], "folder": str(folder)})
        pruned.count("run_folders", size)


def _prune_folders_left(pruned: Pruned, workspace: Workspace) -> None:
    """Remove what was put aside, also by a pruning that was killed."""
    for folder in [] if pruned.dry_run else workspace.runs.glob(f"*/{AWAY}*"):
        with pruned.going_on(folder):
            shutil.rmtree(folder)


# -- the store and the packs ---------------------------------------------------------------------------------------------


def _prune_objects(pruned: Pruned, needs: Needs, objects: Objects, before: int) -> None:
    for folder in objects.folders():
        with pruned.going_on(folder):
            for path, seen in files_in(folder).items():
                is_content = bool(_NAMED.fullmatch(path.name))
                if not (is_content and bytes.fromhex(path.name) in needs.contents):
                    _remove(pruned, path, seen, kind="kept_files" if is_content else "leftovers", before=before)


def _prune_packs(pruned: Pruned, needs: Needs, folder: Path, says: dict[Path, tuple[str, str]], before: int) -> None:
    """Remove packs that are not used, what is remembered of packs that are gone, and packs that were never finished."""
    files = files_in(folder)
    packs = {path.stem: (path, seen) for path, seen in files.items() if path.suffix == ".parquet"}
    unused = packs.keys() - _newest(says, {pack: seen.st_mtime_ns for pack, (_, seen) in packs.items()})
    for pack in sorted(unused - _named_in(needs.cycle_files) if unused else unused):
        _remove(pruned, *packs[pack], kind="packs", before=before)
    stale = {path: path.lstat() for path, (_, pack) in says.items() if not (folder / f"{pack}.parquet").is_file()}
    unfinished = {path: seen for path, seen in files.items() if path.suffix != ".parquet"}
    for path, seen in {**stale, **unfinished}.items():
        _remove(pruned, path, seen, kind="leftovers", before=before)


def _newest(says: dict[Path, tuple[str, str]], looked_for: dict[str, int]) -> set[str]:
    """The pack of each source that was looked for last."""
    newest = dict(sorted(says.values(), key=lambda said: looked_for.get(said[1], 0)))
    return set(newest.values())


def _named_in(files: set[Path]) -> set[str]:
    return {name for path in files if path.is_file() for name in _NAMED.findall(path.read_text("utf-8", "replace"))}


def _remove(pruned: Pruned, path: Path, seen: os.stat_result, *, kind: Kind, before: int) -> None:
    with pruned.going_on(path):
        if seen.st_mtime_ns < before and (pruned.dry_run or take_away(path, before=before)):
            pruned.count(kind, seen.st_size)
        else:
            pruned.n_recent += 1
