"""What a notebook costs beside its own cells: papermill's API, its command line, and forked kernels, in turn on the example district.

Overhead is what a way takes beyond the same cells in this process, when everything is imported. Every way, the cells too, takes its turn in
each round; wall time and CPU time (of everything that was started, the parent of forked kernels too) are told, each as the median over the
rounds. The judged ratios are of wall time; on a loaded machine these are skipped by name. `ROUNDS` (3) and `UNITS` (60 notebooks
share one start) may be set.
"""

import contextlib
import functools
import gc
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nbformat
import papermill
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager
from papermill.engines import NBClientEngine, papermill_engines
from traitlets import Type

import notebook_cells
from cycles.runs import kernels
from cycles.runs.zygote import keeper
from cycles.runs.zygote.engine import ForkingEngine
from cycles.runs.zygote.provisioner import ForkingManager
from harness import Row, busy, measured
from toy_notebooks import notebook, shown

ROUNDS = int(os.environ.get("ROUNDS", "3"))
UNITS = int(os.environ.get("UNITS", "60"))
MANY = 50_000
PAIRS = 5
LASTING = 100
CYCLE_FILE = f"params/{notebook_cells.CYCLE}.yml"
SHIPPED = Path(__file__).resolve().parent.parent / "notebooks" / "pdsa_cycle.ipynb"
PRIVATE = ("Private_Clean:", "Private_Dirty:")


class Taken(NamedTuple):
    """Seconds of the clock and of CPU."""

    wall: float
    cpu: float


class _Unforked(ForkingEngine):
    """Ours without the fork."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **others):
        return super().execute_managed_notebook(nb_man, kernel_name, kernel_manager_class=AsyncKernelManager, **others)


class _Saving(NBClientEngine):
    """Ours, saving at every cell."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **others):
        chosen = {"kernel_manager_class": ForkingManager, "shutdown_kernel": "immediate"}
        return super().execute_managed_notebook(nb_man, kernel_name, **chosen, **others)


class _Graceful(ForkingEngine):
    """Ours, waiting for a kernel to end by itself."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **others):
        return super().execute_managed_notebook(nb_man, kernel_name, shutdown_kernel="graceful", **others)


class _WaitingManager(ForkingManager):
    client_factory = Type(AsyncKernelClient)


class _Waiting(ForkingEngine):
    """Ours, with Jupyter's own client, which waits a little longer for a kernel."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, **others):
        return super().execute_managed_notebook(nb_man, kernel_name, kernel_manager_class=_WaitingManager, **others)


LEFT_OUT = {"fork": _Unforked, "autosave": _Saving, "shutdown": _Graceful, "waits": _Waiting}


def fleet(limits: dict) -> list[Row]:
    """Overhead, what each measure brings, memory, two processes, and what many notebooks would take."""
    for name, engine in LEFT_OUT.items():
        papermill_engines.register(f"without-{name}", engine)
    _say(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        root = Path(folder)
        notebook_cells.main(root, 1)
        gc.freeze()  # as in a forked kernel: collecting what was imported is no part of the cells
        with kernels.zygote():
            taken, start = _rounds(root)
            rows = [*_overheads(taken, start, limits), _outputs(root, limits), _memory(root, limits)]
            rows += _lasting(root, limits)
        rows.append(_two_processes(root, limits))
    _say(f"load {os.getloadavg()[0]:.2f}")
    return rows


def _rounds(root: Path) -> tuple[dict[str, Taken], Taken]:
    """What each way takes, medians of the rounds, and what the first forked notebook took more than the others."""
    ways: dict[str, Callable[[str], object]] = {
        "cells": lambda name: notebook_cells._pass(root / "runs" / name),
        "api": lambda name: _papermill(root, name, None),
        "cli": lambda name: _command(root, name),
        "forked": lambda name: _papermill(root, name, "cycles-forked"),
        **{f"without {one}": functools.partial(_papermill, root, engine=f"without-{one}") for one in LEFT_OUT},
        "without warm-up": lambda name: _papermill(root, name, "cycles-forked"),
    }
    first = _taken(ways["forked"], "first")
    rounds: dict[str, list[Taken]] = {way: [] for way in ways}
    for number in range(ROUNDS):
        for way, run in ways.items():
            with _cold(root, way == "without warm-up"):
                rounds[way].append(_taken(run, f"{way.replace(' ', '-')}-{number}"))
        told = ", ".join(f"{way} {one[-1].wall:.2f} ({one[-1].cpu:.2f})" for way, one in rounds.items())
        _say(f"round {number + 1}, load {os.getloadavg()[0]:.2f}, wall (CPU): {told}")
    medians = {
        way: Taken(*(statistics.median(values) for values in zip(*one, strict=True))) for way, one in rounds.items()
    }
    return medians, Taken(*(max(0.0, a - b) for a, b in zip(first, medians["forked"], strict=True)))


def _overheads(taken: dict[str, Taken], start: Taken, limits: dict) -> list[Row]:
    """The judged ratios are of wall time; those of CPU time stand beside them, and are what a loaded machine still tells."""
    over = {clock: _over(taken, start, clock) for clock in ("wall", "cpu")}
    for clock, one in over.items():
        told = ", ".join(f"{way} {value:.2f} s" for way, value in one.items())
        _say(f"{clock}: cells {getattr(taken['cells'], clock):.2f} s; overhead: {told}")
        for way in ("api", "cli"):
            _say(
                f"  {clock}: forked {one['forked'] / one[way]:.3f} of the {way}'s"
                if one[way] > 0
                else f"  {clock}: {way} skipped"
            )
    _say(f"a zygote starts in {start.wall:.2f} s ({start.cpu:.2f} of CPU), shared by {UNITS} notebooks")
    gain = over["wall"]["api"] - over["wall"]["forked"]
    brought = {way: taken[f"without {way}"].wall - taken["forked"].wall for way in (*LEFT_OUT, "warm-up")}
    _say("of what is gained: " + ", ".join(f"{way} brings {value / gain:.0%}" for way, value in brought.items()))
    for processes in (2, 16, 64):
        hours = {way: (taken["cells"].wall + value) * MANY / processes / 3600 for way, value in over["wall"].items()}
        said = ", ".join(f"{way} {value:.1f} h" for way, value in hours.items())
        _say(f"  {MANY:,} notebooks on {processes} processes, each with a core: {said}")
    wall, is_busy = over["wall"], busy("overhead")
    values = {
        "overhead_of_api": _ratio(wall["forked"], wall["api"]),
        "overhead_of_cli": _ratio(wall["forked"], wall["cli"]),
        "fork_gain_share": _ratio(brought["fork"], gain),
    }
    return [measured(name, None if is_busy else value, limits=limits, repeats=ROUNDS) for name, value in values.items()]


def _over(taken: dict[str, Taken], start: Taken, clock: str) -> dict[str, float]:
    """What each way takes beyond the cells; of the start of the parent, a notebook's share."""
    seconds = {way: getattr(one, clock) for way, one in taken.items()}
    over = {way: seconds[way] - seconds["cells"] for way in ("api", "cli", "forked")}
    return {**over, "forked": over["forked"] + getattr(start, clock) / UNITS}


def _ratio(ours: float, theirs: float) -> float | None:
    """None where the cells alone took longer than the notebook with them: a busy machine was measured, not an overhead."""
    if ours <= 0 or theirs <= 0:
        _say("overhead: skipped, it came out below nothing; measure again on a quiet machine")
        return None
    return ours / theirs


def _taken(run: Callable[[str], object], name: str) -> Taken:
    """The wall time and the CPU time of a run; the CPU time of a forked kernel is counted once it has ended."""
    wall, cpu = time.monotonic(), _cpu_seconds()
    run(name)
    return Taken(time.monotonic() - wall, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    """CPU time of this process and of its children that have ended, and the same of the parent of forked kernels."""
    own = sum(os.times()[:4])
    parent = keeper.KEEPER.zygote()
    if parent is None or not parent.lives:
        return own
    fields = Path(f"/proc/{parent.pid}/stat").read_text().rpartition(")")[2].split()
    return own + sum(int(one) for one in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def _outputs(root: Path, limits: dict) -> Row:
    """How many cells show something else in a forked kernel."""
    seen = [shown(root / f"{way}-0.ipynb", root / "runs" / f"{way}-0") for way in ("api", "forked")]
    return measured("cells_that_differ", sum(a != b for a, b in zip(*seen, strict=True)), limits=limits)


def _memory(root: Path, limits: dict) -> Row:
    """Memory of its own that a kernel holds at the end of the notebook."""
    source = nbformat.read(SHIPPED, as_version=4)
    look = "lines = open('/proc/self/smaps_rollup').read(); open(output_dir + '.memory', 'w').write(lines)"
    source.cells.append(nbformat.v4.new_code_cell(look))
    nbformat.write(source, root / "measuring.ipynb")
    private = {}
    for name, engine in (("memory-plain", None), ("memory-forked", "cycles-forked")):
        _papermill(root, name, engine, source=root / "measuring.ipynb")
        lines = (root / "runs" / f"{name}.memory").read_text().splitlines()
        private[name] = sum(int(line.split()[1]) for line in lines if line.startswith(PRIVATE)) / 1024
    _say("private memory: " + ", ".join(f"{name} {value:.0f} MiB" for name, value in private.items()))
    return measured("memory_of_plain", private["memory-forked"] / private["memory-plain"], limits=limits)


def _lasting(root: Path, limits: dict) -> list[Row]:
    """Whether the last notebook of a parent costs what the first did; small ones, so that the kernel is all there is to see."""
    path = notebook(root, "import cycles, pandas as pd; pd.DataFrame({'a': [1]})")
    taken, held = [], []
    for _ in range(LASTING):
        taken.append(_timed(lambda _name: kernels.execute(path, root / "toy" / "o.ipynb", parameters={}, cwd=root), ""))
        held.append(_resident_mib(keeper.KEEPER.zygote().pid))
    ends = statistics.median(taken[-25:]) / statistics.median(taken[:25])
    _say(
        f"a small notebook in a forked kernel: {statistics.median(taken):.2f} s; parent {held[0]:.0f} to {held[-1]:.0f} MiB"
    )
    grown = (held[-1] - held[9]) / (LASTING - 10) * MANY / 1024
    return [
        measured("last_of_first", ends, limits=limits, repeats=LASTING),
        measured("parent_growth_gib", grown, limits=limits, repeats=LASTING),
    ]


def _two_processes(root: Path, limits: dict) -> Row:
    """How much sooner two notebooks are done by two processes than by one."""
    if (os.cpu_count() or 1) < 2 or busy("two processes"):
        return measured("two_processes_speedup", None, limits=limits)
    spawning = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawning, initializer=kernels.start_zygote) as pool:
        list(pool.map(functools.partial(_in_worker, root), ["w0", "w1"]))
        ratios = [_one_by_one(pool, root, number) / _together(pool, root, number) for number in range(PAIRS)]
    return measured("two_processes_speedup", statistics.median(ratios), limits=limits, repeats=PAIRS)


def _one_by_one(pool: ProcessPoolExecutor, root: Path, number: int) -> float:
    begun = time.monotonic()
    for name in "ab":
        pool.submit(_in_worker, root, f"alone-{number}-{name}").result()
    return time.monotonic() - begun


def _together(pool: ProcessPoolExecutor, root: Path, number: int) -> float:
    begun = time.monotonic()
    for done in [pool.submit(_in_worker, root, f"both-{number}-{name}") for name in "ab"]:
        done.result()
    return time.monotonic() - begun


def _in_worker(root: Path, name: str) -> None:
    """One notebook, in a workspace that this process has for itself: a cycle has one writer."""
    own = root / "apart" / str(os.getpid())
    if not own.is_dir():
        shutil.copytree(root, own, ignore=shutil.ignore_patterns("apart", "runs", ".cycles", "*.ipynb"))
    _papermill(own, name, "cycles-forked")


def _papermill(root: Path, name: str, engine: str | None, *, source: Path = SHIPPED) -> None:
    parameters = {"cycle_file": CYCLE_FILE, "output_dir": str(root / "runs" / name)}
    target = root / f"{name}.ipynb"
    papermill.execute_notebook(source, target, parameters, engine_name=engine, progress_bar=False, cwd=root)


def _command(root: Path, name: str) -> None:
    words = [sys.executable, "-m", "papermill", str(SHIPPED), str(root / f"{name}.ipynb"), "--no-progress-bar"]
    words += ["-p", "cycle_file", CYCLE_FILE, "-p", "output_dir", str(root / "runs" / name)]
    subprocess.run(words, check=True, cwd=root, capture_output=True)


@contextlib.contextmanager
def _cold(root: Path, wanted: bool):
    """A parent that has imported and no more, kept from one round to the next beside the usual one."""
    if not wanted:
        yield
        return
    kept, module = keeper.KEEPER, keeper.PARENT
    keeper.PARENT = "cold_parent"
    usual, key = kept._zygote, kept._key
    kept._zygote, kept._key = getattr(_cold, "parent", (None, ()))
    with _variable("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "/")])):
        if kept._zygote is None:
            _papermill(root, "cold", "cycles-forked")
        try:
            yield
        finally:
            _cold.parent = (kept._zygote, kept._key)
            kept._zygote, kept._key, keeper.PARENT = usual, key, module


@contextlib.contextmanager
def _variable(name: str, value: str):
    before = os.environ.get(name)
    os.environ[name] = value
    yield
    os.environ.pop(name)
    if before is not None:
        os.environ[name] = before


def _timed(run: Callable[[str], object], name: str) -> float:
    begun = time.monotonic()
    run(name)
    return time.monotonic() - begun


def _resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
