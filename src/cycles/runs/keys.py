"""What a run is computed from, as fingerprints: equal fingerprints give equal results, so an unchanged cycle need not run again.

Everything counts that numbers, words or pictures rest on: the notebook, the parameter file, the data of each source and how they are read,
the package and what is installed beside it, the seed, the seal, earlier cycles where the report tells of them, and whether the day of the
decision has come. The site's own spreads (ICCs) do not: they serve planning, and no notebook reads them. A source that is a database or an
interface is known only when it is read: such a cycle always runs.
"""

import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from cycles.core import files
from cycles.core.errors import CyclesError
from cycles.core.ledger import Seal
from cycles.core.phrases import listed
from cycles.core.steps import Parts
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import AnnualImpact, Cycle, Source, read_cycle_file
from cycles.plan.instruments import LIBRARY
from cycles.runs.preflight import Plan

Fingerprints = Mapping[str, str]
SEAL, REVISION = "the seal", "the revision"
PACKAGE = Path(__file__).resolve().parent.parent
_FRESH = 2.0
"""Seconds for which it is taken for granted that neither the package nor what is installed has changed."""


class Known(Protocol):
    """What is asked of a ledger: the ledger itself, or what it said when it was asked of many cycles at once."""

    def seal_of(self, cycle: str) -> Seal | None:
        """The seal of a cycle."""

    def runs(self, cycle: str) -> list[dict[str, Any]]:
        """The runs of a cycle, newest first."""


def parts_of(
    plan: Plan, ledger: Known, *, seed: int, revision: int | None = None, data: Fingerprints | None = None
) -> Parts | None:
    """The fingerprints of everything a run is computed from; None where that cannot be told before it is read.

    Parameters
    ----------
    plan : the parameter file, its workspace and notebook
    ledger : of the workspace
    seed, revision : as the run takes them
    data : the fingerprint of what a source holds for this run, by source, where that is less than its file
    """
    try:
        sources = {f"the data of {name}": _data(one, plan.workspace, data) for name, one in _sources(plan)}
        readings = {f"how {name} is read": _reading(one, plan.workspace) for name, one in _sources(plan)}
    except (CyclesError, OSError):
        return None
    if None in sources.values():
        return None
    return {
        "the notebook": _notebook(plan.notebook),
        "the parameter file": _parameter_file(plan),
        **{name: str(told) for name, told in sources.items()},
        **readings,
        "instruments": _instruments(plan),
        "cycles itself": _now_and_then(_package),
        "what is installed": _now_and_then(_installed),
        "the seed": str(seed),
        REVISION: str(revision),
        SEAL: _seal(plan, ledger),
        "earlier cycles": _earlier(plan, ledger),
        "the day of the decision": str(isinstance(plan.cycle, Cycle) and date.today() >= plan.cycle.decide.on),
    }


def changed(before: Parts | None, now: Parts | None) -> str:
    """What differs, in words; nothing where either is unknown.

    >>> changed({"the seed": "1", "the notebook": "a"}, {"the seed": "2", "the notebook": "a"})
    'the seed'
    """
    return listed(changed_parts(before, now))


def changed_parts(before: Parts | None, now: Parts | None) -> list[str]:
    """The names of the parts that differ; none where either is unknown."""
    if before is None or now is None:
        return []
    return [name for name in {**before, **now} if before.get(name) != now.get(name)]


# -- the parts -----------------------------------------------------------------------------------------------------------


def _parameter_file(plan: Plan) -> str:
    """Of a school's file, what it says: where its parts lie is another place whenever any school delivers something new."""
    if not (isinstance(plan.cycle, Cycle) and plan.cycle.of_unit):
        return _digest(plan.cycle_file.name, files.sha256(plan.cycle_file))
    said = plan.cycle.model_dump(mode="json", exclude={"sources": {"__all__": {"pack"}}})
    return _digest(plan.cycle_file.name, files.canonical_json(said))


def _sources(plan: Plan) -> Iterator[tuple[str, Source]]:
    yield from plan.cycle.sources.items()


def _data(source: Source, workspace: Workspace, given: Fingerprints | None) -> str | None:
    """Of the file, and of what its sender or its mapping put beside it."""
    if given is not None and source.name in given:
        return given[source.name]
    if source.part is not None:
        return source.part
    place = workspace.locate(source.path)
    if not isinstance(place, Path):
        return None
    beside = sorted(one for one in place.parent.glob(f"{place.name}.*") if one.is_file())
    named = _named_beside(source, workspace)
    others = [*beside, *([place.parent / named] if named and (place.parent / named).is_file() else [])]
    return _digest(str(place.name), *(_fingerprint(one) for one in (place, *others)))


def _named_beside(source: Source, workspace: Workspace) -> str | None:
    if source.mapping is None:
        return None
    from cycles.do.intake.mapping import read_mapping

    return read_mapping(workspace.mapping(source.mapping)).reading.beside


def _reading(source: Source, workspace: Workspace) -> str:
    """Its adapter and constants are in the parameter file; the mapping, the contract and the instrument are files of their own."""
    told = [_fingerprint(workspace.mapping(source.mapping))] if source.mapping else []
    try:
        told += [_fingerprint(workspace.contract(source.contract))] if source.contract else []
    except CyclesError:
        told += ["made from its instrument"]
    return _digest(*told)


def _instruments(plan: Plan) -> str:
    """The site's own instruments; those that come with cycles are part of it."""
    own = plan.workspace.instruments
    return "" if own == LIBRARY or not own.is_dir() else files.sha256(own)


def _notebook(path: Path) -> str:
    """Its cells, and the kernel it asks for; not what an editor keeps beside them."""
    return _cells(path, _fingerprint(path))


@lru_cache
def _cells(path: Path, _fingerprint: str) -> str:
    import json

    node = json.loads(path.read_bytes())
    cells = [
        (cell["cell_type"], "".join(cell["source"]), cell.get("metadata", {}).get("tags", [])) for cell in node["cells"]
    ]
    kernel = node.get("metadata", {}).get("kernelspec", {}).get("name")
    return _digest(files.canonical_json([path.stem, kernel, cells]))


def _seal(plan: Plan, ledger: Known) -> str:
    seal = ledger.seal_of(plan.cycle.cycle)
    return "" if seal is None else _digest(seal.sha256, seal.sealed_at, seal.state)


def _earlier(plan: Plan, ledger: Known) -> str:
    """What the report tells of other cycles: their latest results, their files."""
    if isinstance(plan.cycle, AnnualImpact):
        return _digest(*(_latest(name, ledger) for name in plan.cycle.cycles))
    return _digest(*_chain(plan.cycle, ledger))


def _chain(cycle: Cycle, ledger: Known) -> Iterator[str]:
    """The cycles before this one, newest first, as far as they ran here."""
    name, seen = cycle.previous, {cycle.cycle}
    while name is not None and name not in seen:
        seen.add(name)
        yield _latest(name, ledger)
        paths = [Path(run["cycle_file"]) for run in ledger.runs(name)]
        path = next((one for one in paths if one.is_file()), None)
        if path is None:
            return
        yield files.sha256(path)
        try:
            before = read_cycle_file(path)
        except CyclesError:
            return
        name = before.previous if isinstance(before, Cycle) else None


def _latest(cycle: str, ledger: Known) -> str:
    run = next((one for one in ledger.runs(cycle) if one["state"] == "done"), None)
    return _digest(cycle, "" if run is None else files.canonical_json([run["run_id"], run["results"]]))


# -- fingerprints --------------------------------------------------------------------------------------------------------


def _digest(*texts: str) -> str:
    import hashlib

    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def _fingerprint(path: Path) -> str:
    """Of a file that has not been touched since, the one that is known; a folder is read each time."""
    if path.is_dir():
        return files.sha256(path)
    seen = path.stat()
    return _known(path, seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)


@lru_cache(maxsize=4096)
def _known(path: Path, *_seen: int) -> str:
    return files.sha256(path)


_remembered: dict[str, tuple[float, str]] = {}


def _now_and_then(look: Callable[[], str]) -> str:
    when, told = _remembered.get(look.__name__, (float("-inf"), ""))
    if time.monotonic() - when > _FRESH:
        told = look()
        _remembered[look.__name__] = (time.monotonic(), told)
    return told


def _package() -> str:
    """Every file of the package as it is on the disk."""
    paths = sorted(one for one in PACKAGE.rglob("*") if one.is_file() and "__pycache__" not in one.parts)
    return _digest(*(f"{one.relative_to(PACKAGE)} {_fingerprint(one)}" for one in paths))


def _installed() -> str:
    """The names and versions of what could be imported, and the Python and the machine that run it."""
    found = {
        one.name.rpartition(".")[0]
        for folder in map(Path, sys.path)
        if folder.is_dir()
        for one in folder.iterdir()
        if one.suffix in (".dist-info", ".egg-info")
    }
    about: list[Any] = [platform.python_version(), platform.python_implementation(), platform.machine()]
    return _digest(*map(str, about), *sorted(found))
