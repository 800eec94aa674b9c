"""Real runs killed at any moment: the runner, its kernel, the parent of its kernels, or a fleet's worker.

A run that is killed is asked for again until it ends well; what it leaves then must be what an undisturbed run leaves, to the byte.

usage: python tests/survival_kills.py light|shipped FOLDER KILLS SEED
"""

import json
import math
import os
import random
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "src")]

import survival_ground
from cycles.core.errors import CyclesError
from cycles.runs.fleet.lane import Lane, Lost
from cycles.runs.running import run_cycle
from survival_ground import MARK, PATIENCE, Ground, victim

SHARES = {"runner": 0.35, "kernel": 0.4, "zygote": 0.1, "worker": 0.15}
"""Of the kills; the parent of kernels and the worker take longest to come back."""
TOO_MANY = 10


@dataclass
class Fire:
    """A ground, and the processes that run on it: a worker that lasts, and runners of one run each."""

    ground: Ground
    rng: random.Random
    lane: Lane = field(default_factory=lambda: Lane("survival"))
    spans: dict[str, float] = field(default_factory=dict)
    runner: int | None = None

    @property
    def living(self) -> list[int]:
        return [pid for pid in (self.lane.pid, self.runner) if pid is not None]


def under_fire(ground: Ground, *, kills: int, seed: int) -> dict[str, dict[str, int]]:
    """Kill so many, of every kind its share; `counts` by kind, and `problems`."""
    fire = Fire(ground=ground, rng=random.Random(seed))  # noqa: S311  when to kill is no secret
    _undisturbed(fire)
    for kind in sorted(SHARES, key=["runner", "worker", "zygote", "kernel"].index):
        while ground.counts[kind] < math.ceil(kills * SHARES[kind]) and ground.problems.total() < TOO_MANY:
            _once(fire, kind)
            ground.look_for_strays(fire.living)
            ground.examine()
    if ground.counts["begun"]:
        _finish(fire)
    fire.lane.close()
    until = time.monotonic() + PATIENCE + 1
    while time.monotonic() < until and (ground._strays or survival_ground.strays([])):
        ground.look_for_strays([])
        time.sleep(0.25)
    ground.examine()
    return ground.told


def _undisturbed(fire: Fire) -> None:
    """What is right, and how long each way takes; the first run alone delivers files that are new."""
    for way in ("runner", "runner", "worker", "worker", "worker"):
        began = time.monotonic()
        if way == "runner":
            assert os.waitstatus_to_exitcode(os.waitpid(_started(fire), 0)[1]) == 0
            fire.runner = None
        else:
            said = fire.lane.run(_task(fire), stopping=lambda: False)
            assert said["state"] == "done", said
        fire.spans[way] = time.monotonic() - began
        fire.ground.learn()
        fire.ground.acknowledge()
        fire.ground.change()
    fire.spans["zygote"] = fire.spans["kernel"] = fire.spans["worker"]


def _once(fire: Fire, kind: str) -> None:
    """One run and one kill, which may come when the run is over; then the next is another."""
    fire.ground.counts["begun"] = 1
    is_done = _runner_killed(fire) if kind == "runner" else _in_worker_killed(fire, kind)
    if is_done:
        fire.ground.counts["finished"] += 1
        fire.ground.counts["begun"] = 0
        fire.ground.acknowledge()
        fire.ground.change()


def _finish(fire: Fire) -> None:
    """The last one that was killed ends well too."""
    said = fire.lane.run(_task(fire), stopping=lambda: False)
    if said["state"] not in ("done", "cached"):
        fire.ground.other(f"a run after the last kill: {said['state']}, {said['code']}")
        return
    fire.ground.acknowledge()


def _runner_killed(fire: Fire) -> bool:
    pid = _started(fire)
    time.sleep(fire.rng.uniform(0, 1.3 * fire.spans["runner"]))
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    end = os.waitpid(pid, 0)[1]
    fire.runner = None
    if os.WIFSIGNALED(end):
        fire.ground.count("runner")
        return False
    if os.WEXITSTATUS(end):
        fire.ground.other(f"a runner ended with {os.WEXITSTATUS(end)}")
    return os.WEXITSTATUS(end) == 0


def _started(fire: Fire) -> int:
    """As `cycles run` does, from a process that has imported what it needs."""
    fire.runner = pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        run_cycle(fire.ground.cycle_file, seed=1)
        status = 0
    except CyclesError as problem:
        status = problem.exit_status
        print(f"        {problem}", file=sys.stderr)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        os._exit(status)


def _in_worker_killed(fire: Fire, kind: str) -> bool:
    """A run in the worker, of which one process is killed; one that came too late has killed nothing."""
    over, killed = threading.Event(), threading.Event()
    killer = threading.Thread(target=_kill, args=(fire, kind, over, killed, fire.rng.uniform(0, 1.3)))
    killer.start()
    try:
        said = fire.lane.run(_task(fire), stopping=lambda: False)
    except Lost:
        said = {"state": "crashed", "code": "lost"}
    over.set()
    killer.join()
    if killed.is_set():
        fire.ground.count(kind)
    if said["state"] == "crashed" and killed.is_set():
        return False
    if said["state"] not in ("done", "cached"):
        fire.ground.other(f"{kind} killed: {said}")
        return False
    return True


def _kill(fire: Fire, kind: str, over: threading.Event, killed: threading.Event, share: float) -> None:
    """Wait for the process that is to be killed, and then for any part of what a run takes."""
    pid = None
    while pid is None and not over.wait(0.02):
        worker = fire.lane.pid
        pid = worker if worker is None or kind == "worker" else victim(kind, worker)
    if pid is None or over.wait(share * fire.spans[kind]):
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
        killed.set()


def _task(fire: Fire) -> dict:
    return {"cycle_file": str(fire.ground.cycle_file), "seed": 1, "options": {}}


def main(kind: str, folder: str, kills: str, seed: str) -> None:
    os.environ[MARK] = f"{kind}-{os.getpid()}"
    os.environ["PYTHONPATH"] = str(ROOT / "src")
    ground = {"light": survival_ground.light, "shipped": survival_ground.shipped}[kind](Path(folder).resolve())
    import papermill.clientwrap
    import papermill.engines  # noqa: F401

    print(json.dumps(under_fire(ground, kills=int(kills), seed=int(seed))))


if __name__ == "__main__":
    main(*sys.argv[1:])
