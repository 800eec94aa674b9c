"""A lane keeps going: a worker that is lost is replaced, one that is told to stop stops, and what it prints by itself is no answer."""

import sys
import time

import pytest

from cycles.runs.fleet import lane

WORKER = """
import json, os, signal, sys, time
for line in sys.stdin:
    task = json.loads(line)
    tried = os.path.join(task["folder"], "tried")
    with open(tried, "a") as file:
        file.write("x")
    times = os.path.getsize(tried)
    if task["does"] == "dies" or (task["does"] == "dies once" and times == 1):
        os.kill(os.getpid(), signal.SIGKILL)
    if task["does"] == "half":
        sys.stdout.write('{"state": '); sys.stdout.flush(); os._exit(1)
    if task["does"] == "hangs":
        signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)
    if task["does"] == "waits":
        signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            print(json.dumps({"state": "interrupted", "pid": os.getpid()}), flush=True)
            continue
    print(json.dumps({"state": "done", "pid": os.getpid()}), flush=True)
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a job in a lane whose worker does as it is told."""
    monkeypatch.setattr(lane, "COMMAND", [sys.executable, "-c", WORKER])
    monkeypatch.setattr(lane, "GRACE", 0.5)
    monkeypatch.setattr(lane, "LOOK", 0.05)

    def ask(does: str, **changes) -> dict:
        task = {"fleet": "f", "tries": 3, "seconds": None, "stop": str(tmp_path / "stop"), "folder": str(tmp_path)}
        return lane.run_in_lane({**task, "does": does, **changes})

    yield ask
    lane.close_lanes("f")
    assert lane.worker_ids() == []


def test_a_worker_serves_one_job_after_another(run):
    assert run("it")["pid"] == run("it")["pid"]


def test_a_lost_worker_is_replaced_and_the_job_tried_again(run):
    said = run("dies once")
    assert (said["state"], said["attempts"]) == ("done", 2)


def test_a_job_that_loses_every_worker_has_crashed_and_the_next_one_runs(run):
    lost = run("dies")
    assert (lost["state"], lost["code"], lost["attempts"]) == ("crashed", "CY515", 3)
    assert run("it")["state"] == "done"


def test_half_an_answer_is_none(run):
    assert run("half", tries=1)["state"] == "crashed"


def test_a_worker_that_hangs_beyond_its_time_is_taken_for_lost(run):
    begun = time.monotonic()
    assert run("hangs", seconds=0.1, tries=1)["state"] == "crashed"
    assert time.monotonic() - begun < 30


def test_a_fleet_that_stops_tells_its_workers_and_begins_nothing_more(run, tmp_path):
    (tmp_path / "stop").write_bytes(b"")
    assert run("it")["state"] == "interrupted"
    assert not (tmp_path / "tried").exists()


def test_a_run_that_is_going_on_is_stopped_too(run, tmp_path, monkeypatch):
    looks = iter([False, False, False])
    monkeypatch.setattr(lane.Path, "exists", lambda _self: next(looks, True))
    assert run("waits")["state"] == "interrupted"
