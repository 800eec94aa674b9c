"""The process that runs one job after another: tasks come in as lines of JSON, outcomes go out the same way.

A process of its own, because a notebook that brings it down must not bring down the others; its end is noticed as the end of its output.
When whoever gives the tasks is gone, it stops its run and ends.
"""

import json
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import IO, Any

from cycles.core.errors import BusyError, CyclesError, RunError
from cycles.runs import kernels
from cycles.runs.fleet.outcome import of_problem

PATIENCE = 10.0
"""Seconds in which a cycle that is held is asked for again: a worker that was lost may hold it for a moment longer."""
Task = dict[str, Any]


def main() -> None:
    """Serve tasks from stdin until it ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends it to everyone; whoever gives the tasks decides
    tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
    busy = threading.Event()
    threading.Thread(target=_listen, args=(sys.stdin, tasks, busy), daemon=True).start()
    with ExitStack() as stack:
        for number, task in enumerate(iter(tasks.get, None)):
            if number == 1:  # one notebook alone does not pay for a parent that has imported everything
                stack.enter_context(kernels.zygote())
            busy.set()
            said = perform(task)
            busy.clear()
            answers.write(json.dumps(said) + "\n")
            answers.flush()


def perform(task: Task) -> dict[str, Any]:
    """Run one job; whatever happens is an outcome.

    Parameters
    ----------
    task : `cycle_file`, `seed` and `options` (further arguments of `run_cycle`)
    """
    begun = time.monotonic()
    try:
        said = _run(task)
    except KeyboardInterrupt:
        said = of_problem(RunError("stopped before it began", code="CY506"))
    except kernels.KernelDied as problem:
        said = {**of_problem(problem), "state": "crashed"}
    except CyclesError as problem:
        said = of_problem(problem)
    except Exception as error:  # whatever it is, the other jobs go on, and no value reaches the screen
        said = of_problem(_unforeseen(error, Path(task["cycle_file"])))
    return {**said, "seconds": round(time.monotonic() - begun, 3)}


def _run(task: Task) -> dict[str, Any]:
    from cycles.runs.running import run_cycle

    with _stoppable():
        ran = _when_free(lambda: run_cycle(Path(task["cycle_file"]), seed=task["seed"], **task["options"]))
    return {
        "state": "cached" if getattr(ran, "cached", False) else "done",
        "sentence": ran.sentence,
        "run": ran.run_id,
        "folder": str(ran.folder),
        "report": str(ran.report),
    }


def _when_free(run: Callable[[], Any]) -> Any:
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return run()
        except BusyError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


class _stoppable:
    """While a job runs, SIGTERM stops it as Ctrl-C does; between jobs it ends the process."""

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGTERM, _interrupt)

    def __exit__(self, *_problem: object) -> None:
        signal.signal(signal.SIGTERM, self._before)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _listen(stream: IO[str], tasks: "queue.SimpleQueue[Task | None]", busy: threading.Event) -> None:
    """Pass on each line; at the end of the stream nobody waits for an answer any more, and a run that is going on is stopped."""
    for line in stream:
        tasks.put(json.loads(line))
    tasks.put(None)
    if busy.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


def _unforeseen(error: BaseException, cycle_file: Path) -> CyclesError:
    """Our own mistake: its traceback goes to a file that only its owner may read."""
    import traceback

    from cycles.core.files import atomic_write, make_private
    from cycles.core.workspace import find_workspace

    try:
        folder = make_private(find_workspace(cycle_file.parent).root / ".cycles")
        atomic_write(folder / "run.log", "".join(traceback.format_exception(error)).encode("utf-8", "replace"))
        where = str(folder / "run.log")
    except CyclesError:
        where = ""
    return RunError(f"an internal error ({type(error).__name__})", code="CY507", where=where)


if __name__ == "__main__":
    main()
