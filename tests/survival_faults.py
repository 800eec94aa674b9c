"""Faults that befall real runs: a full disk, two starts at once, readers that look at any moment, a server that goes away, Ctrl-C.

Each is a process of its own, which executes its notebooks in kernels forked from one parent and prints what it found as JSON.

usage: python tests/survival_faults.py disk|pairs|readers|server|interrupts FOLDER NUMBER
"""

import contextlib
import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT), str(ROOT / "src")]

from cycles.core.files import sha256
from cycles.runs import kernels, keys
from cycles.runs.commandline import run_one
from survival_ground import Ground, light

FULL, BUSY, STOPPED = 74, 75, 130
DISK = "24m"
APART = "SURVIVING_APART"
"""A variable of the environment: whether this process has a space of mounts of its own."""
MOMENT = random.Random(7)  # noqa: S311  when something happens is no secret


# -- a disk that is full -------------------------------------------------------------------------------------------------


def disk(folder: Path, points: int) -> dict:
    """With room for less and less of a run: all that was there before stays, and the run says what it needs.

    On a small disk of its own; where none can be made, every write from some point on is told that there is no room.
    """
    has_disk = _has_disk(folder)
    ground = light(folder / "w")
    _ended_well(ground)
    ground.change()
    room = _rooms(folder, ground) if has_disk else _refusals(ground)
    problems: Counter = Counter()
    full = 0
    for point in range(points):
        ground.change()
        earlier = _kept(ground)
        with room(point, points):
            status, said = _command(ground)
        full += status == FULL
        problems["ended_otherwise"] += status != FULL
        problems["untold"] += not ("[CY504]" in said and "bytes needed" in said and str(folder) in said)
        problems["tracebacks"] += "Traceback" in said
        changed = {name for name, sha in earlier.items() if not Path(name).is_file() or sha256(Path(name)) != sha}
        problems["earlier_changed"] += len(changed)
        _tell_if(status != FULL or "bytes needed" not in said, f"point {point} of {points}: {status} {said}")
    ground.change()
    _ended_well(ground)
    ground.examine()
    problems.update(ground.problems)
    return {"n": full, "how": "a full disk" if has_disk else "injected", "problems": dict(+problems)}


def _has_disk(folder: Path) -> bool:
    """Mount a small disk, where this process has been started in a space of mounts of its own."""
    if not os.environ.get(APART):
        return False
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", str(folder)]
    return subprocess.run(words, capture_output=True).returncode == 0


def _rooms(folder: Path, ground: Ground) -> Callable[[int, int], contextlib.AbstractContextManager[None]]:
    """Room for a share of what an undisturbed run takes."""
    before = _used(folder)
    _ended_well(ground)
    need = _used(folder) - before
    return lambda point, points: _room(folder, need * point // points)


def _refusals(ground: Ground) -> Callable[[int, int], contextlib.AbstractContextManager[None]]:
    """Writes of this process that are refused, from one on; those of an undisturbed run that others need not make again are left out."""
    counted: Counter = Counter()
    with _refused(ground, counted, None):
        _ended_well(ground)
    return lambda point, points: _refused(ground, Counter(), counted["writes"] * point // (2 * points))


@contextlib.contextmanager
def _refused(ground: Ground, counted: Counter, most: int | None) -> Iterator[None]:
    make = tempfile.mkstemp

    def mkstemp(*given: Any, **named: Any) -> tuple[int, str]:
        if ground.root in Path(named.get("dir") or "/").parents:
            if most is not None and counted["writes"] >= most:
                raise OSError(errno.ENOSPC, "No space left on device")
            counted["writes"] += 1
        return make(*given, **named)

    tempfile.mkstemp = mkstemp
    try:
        yield
    finally:
        tempfile.mkstemp = make


def _used(folder: Path) -> int:
    there = os.statvfs(folder)
    return (there.f_blocks - there.f_bavail) * there.f_frsize


@contextlib.contextmanager
def _room(folder: Path, bytes_left: int) -> Iterator[None]:
    """Fill the disk up to what is left."""
    filling = folder / "filling"
    there = os.statvfs(folder)
    with filling.open("wb", buffering=0) as file:
        os.posix_fallocate(file.fileno(), 0, max(1, there.f_bavail * there.f_frsize - bytes_left))
    try:
        yield
    finally:
        filling.unlink()


def _kept(ground: Ground) -> dict[str, str]:
    """Every published file and every object, by its content."""
    places = [*(ground.root / "runs").glob("*/*/*"), *(ground.root / ".cycles/objects").glob("*/*")]
    return {str(path): sha256(path) for path in places if path.is_file() and not path.name.startswith(".")}


# -- two starts at once --------------------------------------------------------------------------------------------------


def pairs(folder: Path, number: int) -> dict:
    """Two start at the same moment: one runs, the other is told who does. The notebook is played, so that only the start counts."""
    from torture_survival import _right

    ground = light(folder)
    keys.PACKAGE = ground.root / "params"
    found: Counter = Counter()

    def played(notebook: Path, output: Path, *, parameters: dict, cwd: Path, **_others: object) -> None:
        time.sleep(0.3)
        for name, content in _right("a").items():
            (Path(parameters["output_dir"]) / name).write_bytes(content)
        output.write_bytes(b"{}")

    kernels.execute = played
    _ended_well(ground)
    for _ in range(number):
        ground.change()
        found.update(_pair(ground, folder))
    with ground.ledger() as ledger:
        runs = ledger.runs()
    found["entered"] = len(runs) - 1
    found["not_done"] = sum(run["state"] != "done" for run in runs)
    leftovers = len(list((ground.root / "runs").glob("*/2*"))) - len(runs)
    return {"n": number, "runs": found["runs"], "refused": found["refused"], "other": found["other"] + abs(leftovers)
            + abs(found["entered"] - number) + found["not_done"]}  # fmt: skip


def _pair(ground: Ground, folder: Path) -> Counter:
    started, starting = os.pipe()
    pids = {_starter(ground, folder, number, started, starting): number for number in (0, 1)}
    os.close(starting)  # both read the end at the same moment
    os.close(started)
    ends = {pid: os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids}
    found: Counter = Counter()
    for pid, status in ends.items():
        said = (folder / f"said-{pids[pid]}").read_text()
        [rival] = set(pids) - {pid}
        names = "[CY503]" in said and f"process {rival} on " in said and "Traceback" not in said
        word = "runs" if status == 0 else "refused" if status == BUSY and names else "other"
        found[word] += 1
        _tell_if(word == "other", f"a start ended with {status}: {said}")
    return found


def _starter(ground: Ground, folder: Path, number: int, started: int, starting: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    os.close(starting)
    os.read(started, 1)
    status = 1
    try:
        os.dup2(os.open(folder / f"said-{number}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
        status = run_one(["run", str(ground.cycle_file), "--json"])
    finally:
        os._exit(status)


# -- readers -------------------------------------------------------------------------------------------------------------


def readers(folder: Path, runs: int) -> dict:
    """While runs are made, everything that is published is read again and again: each time it is there whole, or not there."""
    ground = light(folder)
    _ended_well(ground)
    over = threading.Event()
    looks: Counter = Counter()
    reading = [threading.Thread(target=_read_on, args=(ground.root, over, looks)) for _ in range(2)]
    for one in reading:
        one.start()
    for number in range(runs):
        if number % 4 == 3:  # what was lost is published again, under the eyes of the readers
            for path in (ground.root / "runs").glob("*/*/report.html"):
                path.unlink()
        else:
            ground.change()
        _ended_well(ground)
    over.set()
    for one in reading:
        one.join()
    return {"n": runs, "looks": looks["valid"], "invalid": looks["invalid"]}


def _read_on(root: Path, over: threading.Event, looks: Counter) -> None:
    import nbformat

    valid: dict[str, Callable[[bytes], object]] = {
        "report.html": lambda data: data.rstrip().endswith(b"</html>") or _refuse(),
        "results.json": json.loads,
        "pdsa_cycle.ipynb": lambda data: nbformat.validate(nbformat.reads(data.decode(), as_version=4)),
    }
    known: set[tuple[str, int, int]] = set()
    while not over.is_set():
        for path in sorted((root / "runs").glob("*/*/*")):
            with contextlib.suppress(FileNotFoundError):
                if path.name not in valid:
                    continue
                there = path.stat()
                data = path.read_bytes()
                looks["all"] += 1
                if (here := (str(path), there.st_ino, len(data))) in known:
                    looks["valid"] += 1
                    continue
                try:
                    valid[path.name](data)
                    looks["valid"] += 1
                    known.add(here)
                except Exception as problem:
                    looks["invalid"] += 1
                    _tell_if(True, f"{path.name}: {type(problem).__name__}, {len(data)} bytes")


def _refuse() -> None:
    raise ValueError("cut")


# -- a server that goes away ---------------------------------------------------------------------------------------------


def server(folder: Path, stops: int) -> dict:
    """The ledger's server is stopped at any moment of a run, as if it were killed, and started again: the run ends well."""
    from postgres import running_server

    with running_server() as running:
        if isinstance(running, str):
            return {"skipped": running}
        os.environ["CYCLES_LEDGER"] = running.address
        ground = light(folder)
        _ended_well(ground)
        ground.learn()
        span = _ended_well_again(ground)
        while ground.counts["stopped"] < stops and ground.problems.total() < 5:
            ground.change()
            stopping = threading.Timer(MOMENT.uniform(0, span), _restart, args=(ground, running))
            stopping.start()
            status, said = _command(ground)
            stopping.join()
            if status:
                ground.other(f"ended with {status}: {said}")
                continue
            ground.acknowledge()
            ground.examine()
    return {"n": ground.counts["stopped"], "problems": dict(ground.problems)}


def _restart(ground: Ground, running: object) -> None:
    running.stop()
    ground.count("stopped")
    time.sleep(MOMENT.uniform(0.1, 2.0))
    running.start()


# -- Ctrl-C --------------------------------------------------------------------------------------------------------------


def interrupts(folder: Path, number: int) -> dict:
    """Ctrl-C at any moment: a run that says it was stopped is interrupted, one that says it is done is done; nothing in between."""
    ground = light(folder)
    _ended_well(ground)
    ground.learn()
    span = _ended_well_again(ground)
    problems: Counter = Counter()
    while ground.counts["stopped"] < number and problems.total() < 5 and ground.counts["finished"] < number:
        ground.change()
        stopping = threading.Timer(MOMENT.uniform(0, span), os.kill, args=(os.getpid(), signal.SIGINT))
        before = _states(ground)
        try:
            stopping.start()
            status, said = _command(ground)
            stopping.cancel()
        except KeyboardInterrupt:  # it came when the command was over
            status, said = 0, ""
        ground.counts["stopped" if status == STOPPED else "finished"] += 1
        new = {run_id: state for run_id, state in _states(ground).items() if before.get(run_id) != state}
        expected = {"interrupted"} if status == STOPPED else {"done"}
        wrong = set(new.values()) - expected if status in (0, STOPPED) else {"other"}
        problems["completed" if "done" in wrong else "other"] += bool(wrong)
        _tell_if(bool(wrong) or "Traceback" in said, f"ended with {status}, entered {new}: {said}")
        problems["tracebacks"] += "Traceback" in said
    ground.examine()
    problems.update(ground.problems)
    return {"n": ground.counts["stopped"], "finished": ground.counts["finished"], "problems": dict(+problems)}


def _states(ground: Ground) -> dict[str, str]:
    with ground.ledger() as ledger:
        return {run["run_id"]: run["state"] for run in ledger.runs()}


# -- running -------------------------------------------------------------------------------------------------------------


def _ended_well(ground: Ground) -> None:
    status, said = _command(ground)
    assert status == 0, said


def _ended_well_again(ground: Ground) -> float:
    """How long an undisturbed run takes, when all is imported."""
    for _ in range(2):
        ground.change()
        began = time.monotonic()
        _ended_well(ground)
    return time.monotonic() - began


def _command(ground: Ground) -> tuple[int, str]:
    """`cycles run` in this process: its exit status, and what it said on stderr."""
    with tempfile.TemporaryFile() as told:
        kept = [os.dup(1), os.dup(2)]
        sys.stdout.flush()
        os.dup2(told.fileno(), 1)
        os.dup2(told.fileno(), 2)
        try:
            status = run_one(["run", str(ground.cycle_file), "--seed", "1"])
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for ours, place in zip(kept, (1, 2), strict=True):
                os.dup2(ours, place)
                os.close(ours)
        told.seek(0)
        return status, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told.read().decode("utf-8", "replace"))


def _tell_if(is_wrong: bool, words: str) -> None:
    if is_wrong:
        print(f"        {words}", file=sys.stderr)


FAULTS: dict[str, Callable[[Path, int], dict]] = {
    "disk": disk, "pairs": pairs, "readers": readers, "server": server, "interrupts": interrupts,
}  # fmt: skip


def found(fault: str, number: int) -> dict:
    """What became of it, in a process of its own; a disk also wants a space of mounts of its own."""
    apart = _apart() if fault == "disk" else []
    with tempfile.TemporaryDirectory(prefix=f"cycles-{fault}-") as folder:
        command = [*apart, sys.executable, str(Path(__file__)), fault, folder, str(number)]
        environment = {**os.environ, APART: "yes" if apart else ""}
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=1800, cwd=folder, env=environment)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {"failed": done.returncode}


def _apart() -> list[str]:
    """The words before a command that give it a space of mounts of its own; none where that cannot be."""
    words = ["unshare", "--mount", *(["--map-root-user"] if os.geteuid() else [])]
    possible = shutil.which("unshare") and subprocess.run([*words, "true"], capture_output=True).returncode == 0
    return words if possible else []


if __name__ == "__main__":
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it
    with kernels.zygote():
        print(json.dumps(FAULTS[sys.argv[1]](Path(sys.argv[2]).resolve(), int(sys.argv[3]))))
