"""What finished or nearly finished runs left, used again: an unchanged cycle is answered, a killed run is taken to its end.

Everything that a run computed is put into the store of objects before it is entered; from then on, nothing of it is computed twice.
"""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cycles.core.files import make_private, sha256
from cycles.core.ledger import Ledger
from cycles.core.objects import Objects
from cycles.core.run_folder import LEASE, RunFolder
from cycles.core.steps import Parts, Step, key_of
from cycles.core.workspace import Workspace
from cycles.runs.failure import FAILURE, LOG

COMPUTED = "computed"
"""The step after which nothing is left but to publish: the notebook ran to its end, and all it left is in the store."""

_NOT_KEPT = {LEASE, FAILURE, LOG, "kernel.log"}


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """An earlier run that was computed from the same: its row in the ledger, and the step with what it left."""

    run: dict[str, Any]
    step: Step

    @property
    def is_done(self) -> bool:
        """Whether it came to its end; otherwise it was killed on the way there."""
        return bool(self.run["state"] == "done")


def keep(folder: RunFolder, *, run_id: str, parts: Parts | None) -> Step:
    """Put what a run computed into the store, and enter that it did.

    Parameters
    ----------
    folder : of the run
    run_id : its name
    parts : what it was computed from; None where that cannot be told, and nobody will ask for it

    Raises
    ------
    WriteError
        CY504 when there is no room.
    """
    objects = Objects(folder.workspace.objects)
    artefacts = {str(path.relative_to(folder.path)): objects.put(path.read_bytes()) for path in _left(folder.path)}
    return folder.ledger.steps.complete(run_id, COMPUTED, parts=parts, artefacts=artefacts)


def find(parts: Parts | None, ledger: Ledger, workspace: Workspace) -> Earlier | None:
    """The newest run that was computed from the same, if all it left is still whole.

    Parameters
    ----------
    parts : what a run would be computed from
    ledger, workspace : where to look
    """
    objects = Objects(workspace.objects)
    for step in [] if parts is None else ledger.steps.completed(key_of(parts), COMPUTED):
        run = ledger.run(step.run_id)
        if run is not None and _is_whole(step, objects, place_of(workspace, run)):
            return Earlier(run=run, step=step)
    return None


def restored(step: Step, run: dict[str, Any], workspace: Workspace) -> Path | None:
    """The folder of a run with all that it left, each file looked at once; None where something is nowhere whole."""
    folder = place_of(workspace, run)
    return folder if publish(step, folder, workspace) else None


def publish(step: Step, folder: Path, workspace: Workspace) -> bool:
    """Make a run folder hold what a step left, each file in one step; files that are right are left alone.

    False, and nothing is written, where something is nowhere whole. Whoever prunes spares what a folder that is there needs, so the folder
    is made before the store is asked.
    """
    objects = Objects(workspace.objects)
    missing = {name: digest for name, digest in step.artefacts.items() if not _is(folder / name, digest)}
    if not missing:
        return True
    make_private(folder)
    if not all(objects.claim(digest) for digest in missing.values()):
        with suppress(OSError):  # not empty: it was there before
            folder.rmdir()
        return False
    return all(objects.publish(digest, folder / name) for name, digest in missing.items())


def folder_of(earlier: Earlier, workspace: Workspace) -> RunFolder | None:
    """The folder of an earlier run in this workspace, with all that it left; None where that is gone by now."""
    place = restored(earlier.step, earlier.run, workspace)
    return None if place is None else RunFolder(place, workspace=workspace, cycle_name=earlier.run["cycle"])


def place_of(workspace: Workspace, run: dict[str, Any]) -> Path:
    """Where the run is in this workspace; another machine may have entered it from elsewhere."""
    return workspace.runs / str(run["cycle"]) / str(run["run_id"])


def _left(folder: Path) -> list[Path]:
    found = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return sorted(path for path in found if path.name not in _NOT_KEPT)


def _is_whole(step: Step, objects: Objects, folder: Path) -> bool:
    return all(_is(folder / name, digest) or objects.holds(digest) for name, digest in step.artefacts.items())


def _is(path: Path, digest: str) -> bool:
    return path.is_file() and sha256(path) == digest
