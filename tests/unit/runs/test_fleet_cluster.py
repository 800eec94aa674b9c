"""Real fleets: on a Dask cluster of processes and on this machine, with workers killed, on the example district's notebook."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from tests.conftest import ROOT
from tests.unit.runs.conftest import LEAVES_RESULTS

from cycles.core.workspace import Workspace
from cycles.runs.example import write_example
from cycles.runs.fleet.lane import worker_ids
from cycles.runs.fleet.planning import plan_fleet
from cycles.runs.fleet.running import FleetResult, Settings, run_fleet
from cycles.runs.scaffold import scaffold

pytestmark = pytest.mark.slow
SLOWLY = "import time, pathlib; pathlib.Path(output_dir, 'begun').touch(); time.sleep(3)"


@pytest.fixture
def cluster():
    """A scheduler and two worker processes, reached as any cluster is: by an address."""
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as running:
        yield running


def run(file: Path, **settings) -> FleetResult:
    return run_fleet(plan_fleet([file]), Settings(seed=2026, **settings), workspace=Workspace(file.parent.parent))


def while_running(file: Path, *, begun: int, do) -> threading.Thread:
    """Do something once so many notebooks have begun."""

    def wait() -> None:
        until = time.monotonic() + 120
        while len(list(file.parent.parent.rglob("begun"))) < begun and time.monotonic() < until:
            time.sleep(0.1)
        do()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_that_loses_a_worker_finishes_every_school(schools, cluster):
    file = schools(SLOWLY, LEAVES_RESULTS)
    killing = while_running(file, begun=2, do=lambda: os.kill(_pid(cluster), signal.SIGKILL))
    result = run(file, executor="dask", scheduler=cluster.scheduler_address)
    killing.join()
    assert result.counts == {"done": 3, "cached": 0, "failed": 0, "crashed": 0, "interrupted": 0}
    again = run(file, executor="dask", scheduler=cluster.scheduler_address)
    assert again.counts["cached"] == 3


def _pid(cluster) -> int:
    """The process of one of the workers."""
    return next(iter(cluster.workers.values())).process.process.pid


def test_a_local_fleet_that_loses_a_worker_finishes_every_school(schools):
    file = schools(SLOWLY, LEAVES_RESULTS)
    killing = while_running(file, begun=2, do=lambda: os.kill(worker_ids()[0], signal.SIGKILL))
    result = run(file, jobs=2)
    killing.join()
    assert result.counts["done"] == 3
    assert sorted(one.attempts for one in result.outcomes) == [1, 1, 2]


def test_a_kernel_that_dies_is_tried_again_and_a_cell_that_fails_is_not(schools):
    once = "import pathlib, os; p = pathlib.Path(cycle_file).with_suffix('.tried'); tried = p.exists(); p.touch()"
    file = schools(
        once, "if '--s1' in cycle_file and not tried: os._exit(1)", "assert '--s2' not in cycle_file", LEAVES_RESULTS
    )
    result = run(file, jobs=2)
    assert [(one.state, one.attempts) for one in result.outcomes] == [("done", 2), ("failed", 1), ("done", 1)]


@pytest.mark.filterwarnings("ignore")
def test_results_are_identical_whichever_executor_ran_them(tmp_path, cluster):
    file, found = _district(tmp_path), {}
    places = {"local": {"jobs": 2}, "dask": {"executor": "dask", "scheduler": cluster.scheduler_address}}
    for name, place in places.items():
        result = run(file, options={"fresh": True}, **place)
        assert result.counts["done"] == 2, [one.problems for one in result.outcomes]
        found[name] = {one.cycle: (Path(one.folder) / "results.json").read_bytes() for one in result.outcomes}
        states = {json.loads(text)["estimates"][0]["state"] for text in found[name].values()}
        assert states == {"estimated"}
    assert found["local"] == found["dask"]


def _district(root: Path) -> Path:
    """Two schools of the example district, each a cycle of its own."""
    scaffold(root, example=False)
    write_example(root, n_students=400)
    file = root / "params" / "check-ins-2026-fall.yml"
    file.write_text((ROOT / "params" / file.name).read_text() + "\nfor_each: {by: school_id, of: roster}\n")
    return file
