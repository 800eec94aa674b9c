"""`make torture SECTION=survival`: runs killed at any moment, hundreds of times; the end is as if nothing had been.

Here the notebook is played by a few lines that leave files as it does, so that a run takes a moment and is killed anywhere in it: while it
takes the cycle, computes, stores, enters, publishes. Some runs have a rival that starts at the same time. `survival_kills` does the same to
real kernels and whatever surrounds them, with a short notebook and with the shipped one; `survival_faults` has what else befalls a run.

`KILLS` (500 in all), `DISK_POINTS` (20), `PAIRS` (100), `READ_RUNS` (20), `SERVER_STOPS` (10) and `INTERRUPTS` (20) may be set; each row
says of how many it tells (`repeats`), and fewer than were asked for fail it.
"""

import fcntl
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "src")]

from cycles.core.errors import BusyError
from cycles.core.files import atomic_write, sha256
from cycles.core.ledger import Ledger
from cycles.core.workspace import find_workspace
from cycles.runs import kernels, keys
from cycles.runs.reuse import COMPUTED
from cycles.runs.running import run_cycle

KILLS = int(os.environ.get("KILLS", "500"))
SHARES = {"played": 0.74, "light": 0.2, "shipped": 0.06}
"""Of the kills: of a runner whose notebook is played; of runner, kernel, their parent and a fleet's worker, with real notebooks."""
STUDENTS = 80
BUSY, TWO_WRITERS = 75, 9
DATA = "data/attendance.csv"
KINDS = ("killed", "runner", "kernel", "zygote", "worker")
FAULTS = {
    "disk": ("DISK_POINTS", "20", "full_disk"),
    "pairs": ("PAIRS", "100", "pairs"),
    "readers": ("READ_RUNS", "20", "read_invalid"),
    "server": ("SERVER_STOPS", "10", "server"),
    "interrupts": ("INTERRUPTS", "20", "interrupts"),
}
"""What else befalls a run: how often, by which variable, and the row it is told in."""


@dataclass
class Survivor:
    """A cycle that is killed again and again, with what was acknowledged of it and what went wrong."""

    cycle_file: Path
    rng: random.Random
    version: int = 0
    acknowledged: dict[str, int] = field(default_factory=dict)
    counts: Counter = field(default_factory=Counter)
    problems: Counter = field(default_factory=Counter)

    @property
    def root(self) -> Path:
        return self.cycle_file.parent.parent

    def deliver(self) -> None:
        """The next version of the data: from here on, another answer is right."""
        self.version += 1
        (self.root / DATA).write_text(f"a\n{self.version}\n")


def survival(limits: dict[str, Any]) -> list[Any]:
    """Hundreds of kills and the demands on a run folder, the store, the ledger and the processes after each; then the other faults."""
    with tempfile.TemporaryDirectory(prefix="cycles-survival-") as place:
        shares = {name: max(1, round(KILLS * share)) for name, share in SHARES.items()}
        real = {name: _real(name, Path(place) / name, shares[name]) for name in ("light", "shipped")}
        ends = {"played": _started_played(Path(place) / "played", shares["played"])}
        ends |= {name: process.communicate()[0] for name, process in real.items()}
    return [*_of_kills(ends, shares, limits), *_of_faults(limits)]


def _real(name: str, folder: Path, kills: int) -> Any:
    words = [sys.executable, str(Path(__file__).with_name("survival_kills.py")), name, str(folder), str(kills), "2026"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def _started_played(folder: Path, kills: int) -> str:
    from factories import make_district

    folder.mkdir()
    cycle_file = make_district(folder, STUDENTS).cycle_file
    words = [sys.executable, __file__, str(cycle_file), str(kills), "2026"]
    return subprocess.run(words, stdout=subprocess.PIPE, text=True).stdout


def _of_kills(ends: dict[str, str], shares: dict[str, int], limits: dict[str, Any]) -> list[Any]:
    from harness import measured

    told = {name: _json(end) for name, end in ends.items()}
    for name, one in told.items():
        print(f"        {name}: {one}", file=sys.stderr)
    problems = sum((Counter(one["problems"]) for one in told.values()), Counter())
    kills = {name: sum(one["counts"].get(kind, 0) for kind in KINDS) for name, one in told.items()}
    missed = sum(max(0, wanted - kills[name]) for name, wanted in shares.items())
    names = ("lost", "torn", "wrong", "two_writers", "orphans", "other")
    rows = [measured(name, problems[name], limits=limits, repeats=sum(kills.values())) for name in names]
    return [*rows, measured("kills_missed", missed, limits=limits, repeats=sum(kills.values()))]


def _of_faults(limits: dict[str, Any]) -> list[Any]:
    from harness import measured
    from survival_faults import found

    rows = []
    for fault, (variable, usual, row) in FAULTS.items():
        asked = int(os.environ.get(variable, usual))
        told = found(fault, asked)
        print(f"        {fault}: {told}", file=sys.stderr)
        value = None if "skipped" in told else _unmet(told, asked)
        rows.append(measured(row, value, limits=limits, repeats=told.get("n", 0)))
    return rows


def _unmet(told: dict[str, Any], asked: int) -> int:
    """How often something else happened than was promised, or nothing was tried."""
    if "failed" in told:
        return asked
    if "runs" in told:
        return abs(told["runs"] - asked) + abs(told["refused"] - asked) + told["other"]
    return abs(asked - told["n"]) + told.get("invalid", 0) + sum(told.get("problems", {}).values())


def _json(text: str) -> dict[str, Any]:
    """The last line of JSON; a process that left none has ended in a way that nobody promised."""
    lines = [line for line in text.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"counts": {}, "problems": {"other": 1}}


def survive(cycle_file: Path, *, kills: int, seed: int) -> dict[str, Any]:
    """Kill a cycle so often, then let it run to its end.

    Returns
    -------
    dict
        `counts` (killed, of these after all was computed, finished, refused), and `problems`: lost acknowledged runs, torn objects,
        wrong bytes, two writers, other ends.
    """
    one = Survivor(cycle_file=cycle_file, rng=random.Random(seed))  # noqa: S311  when to kill is no secret
    kernels.execute = _played
    keys.PACKAGE = one.root / "params"  # nothing of the package changes meanwhile, though somebody may be working on it
    one.deliver()
    run_cycle(cycle_file, seed=1)  # here, so that those who follow need not import anything
    one.deliver()
    span = _undisturbed(one)
    while one.counts["killed"] < kills and one.problems.total() < 10:
        _once(one, span)
        _examine(one)
        one.counts["rounds"] += 1
        if (
            one.counts["rounds"] % 20 == 0
        ):  # a machine that became slower would have every run killed before it wrote anything
            span = _undisturbed(one)
    _undisturbed(one)
    _examine(one)
    return {"counts": dict(one.counts), "problems": dict(one.problems), "span": round(span, 3)}


# -- a life ----------------------------------------------------------------------------------------------------------------


def _once(one: Survivor, span: float) -> None:
    """A run, perhaps with a rival, killed after a while; a version that was acknowledged is followed by the next."""
    runners = [_started(one) for _ in range(2 if one.rng.random() < 0.2 else 1)]
    time.sleep(one.rng.uniform(0, 1.5 * span))
    for pid in runners:
        os.kill(pid, signal.SIGKILL)
    ends = [os.waitpid(pid, 0)[1] for pid in runners]
    for end in ends:
        _count(one, end)
    if any(os.WIFEXITED(end) and os.WEXITSTATUS(end) == 0 for end in ends):
        _acknowledge(one)
        one.deliver()


def _undisturbed(one: Survivor) -> float:
    begun = time.monotonic()
    pid = _started(one)
    _count(one, os.waitpid(pid, 0)[1])
    span = time.monotonic() - begun
    _acknowledge(one)
    one.deliver()
    return span


def _started(one: Survivor) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        run_cycle(one.cycle_file, seed=1)
        status = 0
    except BusyError:
        status = BUSY
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _played(notebook: Path, output: Path, *, parameters: dict, cwd: Path, progress: Any = None) -> None:
    """As a notebook would: some files, one after the other, that rest on the data alone."""
    with (cwd / "playing").open("w") as alone:
        try:
            fcntl.flock(alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os._exit(TWO_WRITERS)
        for name, content in _right((cwd / DATA).read_text()).items():
            time.sleep(0.004)
            atomic_write(Path(parameters["output_dir"]) / name, content)
        atomic_write(output, b"{}")


def _right(data: str) -> dict[str, bytes]:
    """What a run on these data leaves, to the byte."""
    results = {"schema": "cycles.results/1", "decision": {"call": "adapt", "because": data}, "estimates": []}
    return {"results.json": json.dumps(results).encode(), "report.html": f"<p>{data}</p>".encode() * 2_000}


# -- what must hold ----------------------------------------------------------------------------------------------------------


def _count(one: Survivor, end: int) -> None:
    if os.WIFSIGNALED(end):
        one.counts["killed"] += 1
        return
    status = os.WEXITSTATUS(end)
    one.counts[{0: "finished", BUSY: "refused"}.get(status, "other")] += 1
    if status not in (0, BUSY):
        one.problems["two_writers" if status == TWO_WRITERS else "other"] += 1


def _acknowledge(one: Survivor) -> None:
    """The latest run of the ledger was acknowledged: it has the right bytes, now and ever after."""
    with _ledger(one) as ledger:
        done = next((run for run in ledger.runs() if run["state"] == "done"), None)
    if done is None:
        one.problems["lost"] += 1
    else:
        one.acknowledged[done["run_id"]] = one.version


def _examine(one: Survivor) -> None:
    """Nothing that was acknowledged is lost or other than it was; nothing in the store is torn; the ledger is sound."""
    with _ledger(one) as ledger:
        runs = {run["run_id"]: run for run in ledger.runs()}
        for run_id, version in one.acknowledged.items():
            one.problems["lost"] += run_id not in runs or runs[run_id]["state"] != "done"
            one.problems["wrong"] += not _is_right(Path(runs[run_id]["folder"]), version)
        newest = next(iter(runs.values()))
        one.counts["killed_after_computing"] += newest["state"] == "running" and bool(
            ledger.steps.of_run(newest["run_id"])
        )
        done = [run_id for run_id, run in runs.items() if run["state"] == "done"]
        stored = {sha for run_id in done[:3] for step in ledger.steps.of_run(run_id) for sha in step.artefacts.values()}
        one.problems["lost"] += sum(
            not any(step.step == COMPUTED for step in ledger.steps.of_run(it)) for it in done[:3]
        )
    objects = {path.name: path for path in (one.root / ".cycles" / "objects").glob("*/[!.]*")}
    one.problems["torn"] += sum(sha256(path) != name for name, path in objects.items())
    one.problems["lost"] += len(stored - objects.keys())
    with closing(sqlite3.connect(find_workspace(one.root).ledger_path)) as connection:
        one.problems["torn"] += connection.execute("PRAGMA quick_check").fetchone() != ("ok",)
    one.problems = +one.problems


def _is_right(folder: Path, version: int) -> bool:
    right = _right(f"a\n{version}\n")
    return all((folder / name).is_file() and (folder / name).read_bytes() == content for name, content in right.items())


def _ledger(one: Survivor) -> Ledger:
    return Ledger.of(find_workspace(one.root))


if __name__ == "__main__":
    print(json.dumps(survive(Path(sys.argv[1]), kills=int(sys.argv[2]), seed=int(sys.argv[3]))))
