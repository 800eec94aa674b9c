"""What the survival tests stand on: a workspace with real verbs in a real kernel, and the demands on all that it keeps.

`light` has a short notebook of four cells, `shipped` the one that users have. A comment in the notebook's last cell is changed to ask for
another run: everything must be computed anew, and the bytes must be the same.
"""

import os
import re
import sqlite3
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from cycles.core.files import sha256
from cycles.core.ledger import Ledger
from cycles.core.workspace import find_workspace
from cycles.runs.reuse import COMPUTED

STUDENTS = 80
NOTEBOOK = "notebooks/pdsa_cycle.ipynb"
LIGHT = (
    "import cycles as cy\n\nrun = cy.open_run(cycle_file, output_dir, seed=seed)",
    "cy.show(run.cycle, alt='The plan.')",
    "arms = cy.validate(cy.read(run.sources['arms']))\nrun.folder.write_table('tables/arms.parquet', arms)",
    "cy.report(run)",
)
SHIPPED = Path(__file__).resolve().parent.parent / NOTEBOOK
SAME = ("results.json", "report.html", "report_facts.json", "contracts.html", "plan.sealed.json")
"""What is the same to the byte each time; the others tell when and where they were written."""
MARK = "SURVIVING"
"""A variable of the environment by which every process that a run starts can be told."""
PATIENCE = 5.0
"""Seconds in which whatever a killed process started must be gone."""


@dataclass
class Ground:
    """A workspace, what was acknowledged in it, and what went wrong."""

    cycle_file: Path
    version: int = 0
    right: dict[str, str] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    steps: set[tuple[str, str]] = field(default_factory=set)
    counts: Counter = field(default_factory=Counter)
    problems: Counter = field(default_factory=Counter)
    _strays: dict[tuple[int, str], float] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        return self.cycle_file.parent.parent

    def ledger(self) -> Ledger:
        return Ledger.of(find_workspace(self.root))

    def change(self) -> None:
        """Ask for another run: the same answer, and nothing that is known already."""
        self.version += 1
        path = self.root / NOTEBOOK
        node = nbformat.read(path, as_version=4)
        cell = node.cells[-1]
        cell.source = re.sub(r"\n# \d+$", "", cell.source) + f"\n# {self.version}"
        nbformat.write(node, path)

    def learn(self) -> None:
        """What the undisturbed run that has just ended left is right."""
        folder = self._latest_done()
        assert folder is not None
        self.right = {name: sha256(folder / name) for name in SAME}

    def acknowledge(self) -> None:
        """A run was said to be done: it is in the ledger, and has the right bytes."""
        folder = self._latest_done()
        if folder is None or folder.name in self.acknowledged:
            self._wrong("lost", "a run that was acknowledged is not in the ledger")
            return
        self.acknowledged.add(folder.name)
        for name, digest in self.right.items():
            if not (folder / name).is_file() or sha256(folder / name) != digest:
                self._wrong("wrong", f"{folder.name}/{name} is not what an undisturbed run leaves")

    def examine(self) -> None:
        """Nothing acknowledged is lost; every object, every published file and the ledger are whole."""
        with self.ledger() as ledger:
            runs = {run["run_id"]: run for run in ledger.runs()}
            steps = {run_id: ledger.steps.of_run(run_id) for run_id in runs}
        done = {run_id for run_id, run in runs.items() if run["state"] == "done"}
        found = {(run_id, step.step) for run_id, several in steps.items() for step in several}
        self._wrong("lost", "acknowledged runs are gone", len(self.acknowledged - done))
        self._wrong("lost", "acknowledged steps are gone", len(self.steps - found))
        self._wrong("lost", "a run is done without its step", sum((one, COMPUTED) not in found for one in done))
        self.steps |= found
        objects = {path.name: path for path in (self.root / ".cycles/objects").glob("*/[!.]*")}
        self._wrong("torn", "objects", sum(sha256(path) != name for name, path in objects.items()))
        kept = [(run_id, step.artefacts) for run_id in done for step in steps[run_id]]
        self._wrong("lost", "objects", sum(sha not in objects for _, artefacts in kept for sha in artefacts.values()))
        torn = [
            name
            for run_id, artefacts in kept
            for name, sha in artefacts.items()
            if not (path := Path(runs[run_id]["folder"]) / name).is_file() or sha256(path) != sha
        ]
        self._wrong("torn", f"published files: {', '.join(torn[:3])}", len(torn))
        place = find_workspace(self.root).ledger_path
        if place.is_file():
            with closing(sqlite3.connect(place)) as connection:
                whole = connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
            self._wrong("torn", "the ledger", not whole)

    def look_for_strays(self, living: list[int]) -> None:
        """Processes of ours that belong to none that lives; those that are seen longer than they may be are orphans."""
        now, seen = time.monotonic(), strays(living)
        self._strays = {one: self._strays.get(one, now) for one in seen}
        late = [one for one, since in self._strays.items() if now - since > PATIENCE]
        for pid, _ in late:
            self._wrong("orphans", f"{pid}: {_words(pid)}")
            with suppress(OSError):
                os.kill(pid, 9)

    def count(self, told: str) -> None:
        self.counts[told] += 1

    def other(self, told: str) -> None:
        """An end that nobody promised."""
        self._wrong("other", told)

    def _wrong(self, name: str, told: str, n: int | bool = 1) -> None:
        if n:
            self.problems[name] += int(n)
            print(f"        {self.root.name}: {name}: {told}", flush=True, file=sys.stderr)

    def _latest_done(self) -> Path | None:
        with self.ledger() as ledger:
            done = next((run for run in ledger.runs() if run["state"] == "done"), None)
        return None if done is None else Path(done["folder"])

    @property
    def told(self) -> dict[str, dict[str, int]]:
        return {"counts": dict(self.counts), "problems": dict(self.problems)}


def light(folder: Path) -> Ground:
    """A workspace with the short notebook."""
    from toy_notebooks import notebook

    ground = shipped(folder)
    (folder / NOTEBOOK).unlink()
    notebook(folder, *LIGHT).rename(folder / NOTEBOOK)
    return ground


def shipped(folder: Path) -> Ground:
    """A workspace with the notebook that users have."""
    from factories import make_district

    folder.mkdir(parents=True, exist_ok=True)
    cycle_file = make_district(folder, STUDENTS).cycle_file
    (folder / NOTEBOOK).parent.mkdir(exist_ok=True)
    (folder / NOTEBOOK).write_bytes(SHIPPED.read_bytes())
    return Ground(cycle_file=cycle_file)


# -- processes -----------------------------------------------------------------------------------------------------------


def strays(living: list[int]) -> set[tuple[int, str]]:
    """Marked processes (number, when it began) that do not descend from the living."""
    table = _processes()
    mine = {os.getpid(), *living}
    told = f"{MARK}={os.environ.get(MARK)}".encode()
    return {(pid, began) for pid, (_, began) in table.items() if _marked(pid, told) and not _descends(pid, mine, table)}


def descendants(pid: int) -> list[int]:
    """The processes below one, nearest first."""
    table, found = _processes(), [pid]
    for one in found:
        found += [child for child, (parent, _) in table.items() if parent == one and child not in found]
    return found[1:]


def victim(kind: str, below: int) -> int | None:
    """The zygote or the kernel below a process, if there is one now."""
    for pid in descendants(below):
        words = _words(pid)
        is_zygote = "cycles.runs.zygote.parent" in words
        forked = is_zygote and "cycles.runs.zygote.parent" in _words(_processes().get(pid, (0, ""))[0])
        if (kind == "zygote" and is_zygote and not forked) or (
            kind == "kernel" and (forked or "ipykernel_launcher" in words)
        ):
            return pid
    return None


def _processes() -> dict[int, tuple[int, str]]:
    """Each process that runs: its parent, and when it began."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, IndexError):
            state, parent, *rest = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
            if state not in "ZX":
                found[int(folder.name)] = (int(parent), rest[17])
    return found


def _descends(pid: int, of: set[int], table: dict[int, tuple[int, str]]) -> bool:
    while pid in table:
        if pid in of:
            return True
        pid = table[pid][0]
    return pid in of


def _marked(pid: int, told: bytes) -> bool:
    with suppress(OSError):
        return told in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


def _words(pid: int) -> str:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    return ""
