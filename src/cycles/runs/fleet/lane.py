"""A lane: one worker process, given one job at a time, begun again when it is lost.

Whoever waits in a lane is a thread: of this process, or of a cluster's worker. So the same function serves both kinds of executor.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from cycles.core.errors import RunError
from cycles.runs.fleet.outcome import of_problem
from cycles.runs.fleet.worker import Task

COMMAND = [sys.executable, "-m", "cycles.runs.fleet.worker"]
LOOK = 0.2
"""Seconds between two looks at whether the fleet is to stop."""
GRACE = 20.0
"""Seconds that a worker has to stop its run, or to say that the time of its job is over, before it is killed."""
_own = threading.local()
_lanes: list["Lane"] = []
_guard = threading.Lock()


class Lost(Exception):
    """The worker ended without an answer."""


class Lane:
    """One worker process, started when the first job comes.

    Parameters
    ----------
    fleet : whose jobs it runs
    """

    def __init__(self, fleet: str) -> None:
        self.fleet = fleet
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""

    @property
    def pid(self) -> int | None:
        """The worker's process, while there is one."""
        return self._process.pid if self._process else None

    def run(self, task: Task, *, stopping: Callable[[], bool], seconds: float | None = None) -> dict[str, Any]:
        """Give the worker a job and wait for what it says.

        Parameters
        ----------
        task : for :func:`cycles.runs.fleet.worker.perform`
        stopping : asked now and then; once it says yes, the worker is told to stop its run
        seconds : how long the job may take before the worker itself is taken for lost

        Raises
        ------
        Lost
        """
        process = self._started()
        try:
            assert process.stdin is not None
            process.stdin.write(json.dumps(task).encode() + b"\n")
            process.stdin.flush()
            line = self._answer(process, stopping, seconds)
        except BrokenPipeError:
            line = b""
        if not line.endswith(b"\n"):
            self.kill()
            raise Lost
        said: dict[str, Any] = json.loads(line)
        return said

    def close(self) -> None:
        """Let the worker end, and wait for it."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
        self.kill()

    def kill(self) -> None:
        """End the worker now."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        self._process, self._rest = None, b""

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.kill()
            # A session of its own: a Ctrl-C of the terminal reaches us, and we tell it.
            self._process = subprocess.Popen(  # noqa: S603 - our own worker
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._process

    def _answer(self, process: subprocess.Popen[bytes], stopping: Callable[[], bool], seconds: float | None) -> bytes:
        """One line, or what there is of it when the worker is gone or too late."""
        assert process.stdout is not None
        end = None if seconds is None else time.monotonic() + seconds + GRACE
        told = False
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not self._rest.endswith(b"\n"):
                if end is not None and time.monotonic() > end:
                    break
                if not told and stopping():
                    process.send_signal(signal.SIGTERM)
                    told, end = True, time.monotonic() + GRACE
                if selector.select(LOOK):
                    read = os.read(process.stdout.fileno(), 1 << 16)
                    if not read:
                        break
                    self._rest += read
        line, self._rest = self._rest, b""
        return line


def run_in_lane(task: Task) -> dict[str, Any]:
    """Run a job in the lane of this thread; what crashed (a lost worker, a dead kernel) is tried again, a failure is not.

    Parameters
    ----------
    task : as for the worker, with the name of its `fleet`, `tries`, `seconds` (or None) and `stop`: a file that is there once the
        fleet is to stop

    Returns
    -------
    dict
        What an outcome says, with the number of `attempts`.
    """
    stop = Path(task["stop"])
    for attempt in range(1, task["tries"] + 1):
        if stop.exists():
            return {**of_problem(RunError("stopped before it began", code="CY506")), "attempts": attempt}
        try:
            said = _lane(task["fleet"]).run(task, stopping=stop.exists, seconds=task["seconds"])
        except Lost:
            lost = RunError("its worker was lost", code="CY515")
            said = {**of_problem(lost), "state": "crashed"}
        if said["state"] != "crashed":
            break
    return {**said, "attempts": attempt}


def close_lanes(fleet: str) -> None:
    """End every worker that this process started for a fleet."""
    with _guard:
        mine = [lane for lane in _lanes if lane.fleet == fleet]
        _lanes[:] = [lane for lane in _lanes if lane.fleet != fleet]
    for lane in mine:
        lane.close()


def worker_ids() -> list[int]:
    """The processes of the workers that this process started."""
    return [lane.pid for lane in list(_lanes) if lane.pid is not None]


def _lane(fleet: str) -> Lane:
    """The lane of this thread. One of another fleet, which is idle here and now, is ended first."""
    lane: Lane | None = getattr(_own, "lane", None)
    if lane is not None and lane.fleet == fleet and lane in _lanes:
        return lane
    with _guard:
        if lane is not None and lane in _lanes:
            _lanes.remove(lane)
        _own.lane = fresh = Lane(fleet)
        _lanes.append(fresh)
    if lane is not None:
        lane.close()
    return fresh
