"""`make torture SECTION=dask`: many notebooks on a cluster that keeps losing workers; all finish, with what this machine would have left.

`DASK_NOTEBOOKS` (200) may be set, and `DASK_SECONDS` (20) between two losses.
"""

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

NOTEBOOKS = int(os.environ.get("DASK_NOTEBOOKS", "200"))
EVERY = float(os.environ.get("DASK_SECONDS", "20"))
COMPARED = ("results.json", "report.html")


def dask(limits: dict[str, Any]) -> list[Any]:
    """The same files on a cluster of two workers, one of which is killed every so often, and on this machine."""
    from harness import measured

    names = ("unfinished", "different", "losses_missing")
    try:
        from distributed import LocalCluster
    except ImportError:
        return [measured(name, None, limits=limits) for name in names]
    with tempfile.TemporaryDirectory(prefix="cycles-dask-") as place:
        folder = _many(Path(place))
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent / "src")
        workers = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
        with LocalCluster(**workers, dashboard_address=None) as cluster, _losses(cluster) as lost:
            there = _results(folder, executor="dask", scheduler=cluster.scheduler_address)
        here = _results(folder, jobs=2)
    unfinished = sum(there.get(name) is None for name in here) + sum(one is None for one in here.values())
    different = sum(there.get(name) != one for name, one in here.items())
    print(f"        {len(here)} notebooks, {lost['workers']} workers lost", file=sys.stderr)
    return [
        measured("unfinished", unfinished + abs(len(here) - NOTEBOOKS), limits=limits, repeats=NOTEBOOKS),
        measured("different", different, limits=limits, repeats=NOTEBOOKS),
        measured("losses_missing", max(0, 1 - lost["workers"]), limits=limits, repeats=lost["workers"]),
    ]


def _many(root: Path) -> Path:
    """A workspace with so many parameter files, all of one notebook."""
    from survival_ground import light

    ground = light(root)
    text = ground.cycle_file.read_text("utf-8")
    name = ground.cycle_file.stem
    assert f"cycle: {name}" in text
    for number in range(NOTEBOOKS):
        one = f"{name}-{number:03d}"
        (ground.cycle_file.parent / f"{one}.yml").write_text(text.replace(f"cycle: {name}", f"cycle: {one}"), "utf-8")
    ground.cycle_file.unlink()
    return ground.cycle_file.parent


def _results(folder: Path, **place: Any) -> dict[str, dict[str, bytes] | None]:
    """What each cycle left; None for one that did not finish."""
    from cycles.core.workspace import Workspace
    from cycles.runs.fleet.planning import plan_fleet
    from cycles.runs.fleet.running import Settings, run_fleet

    settings = Settings(seed=2026, options={"fresh": True}, **place)
    began = time.monotonic()
    result = run_fleet(plan_fleet([folder]), settings, workspace=Workspace(folder.parent))
    print(f"        {place}: {result.counts}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    for one in result.outcomes:
        if one.state != "done":
            print(f"        {one.cycle}: {one.state} {one.code} {one.sentence}", file=sys.stderr)
    return {
        one.cycle: {name: (Path(one.folder) / name).read_bytes() for name in COMPARED}
        if one.folder and one.state == "done"
        else None
        for one in result.outcomes
    }


@contextlib.contextmanager
def _losses(cluster: Any) -> Any:
    """While this lasts, one worker after the other is killed, every so often; the cluster begins another in its place."""
    over, lost = threading.Event(), Counter({"workers": 0})

    def lose() -> None:
        while not over.wait(EVERY):
            workers = [
                one.process.process.pid for one in cluster.workers.values() if one.process and one.process.process
            ]
            if workers:
                with contextlib.suppress(ProcessLookupError, TypeError):
                    os.kill(workers[lost["workers"] % len(workers)], signal.SIGKILL)
                    lost["workers"] += 1

    losing = threading.Thread(target=lose)
    losing.start()
    try:
        yield lost
    finally:
        over.set()
        losing.join()
