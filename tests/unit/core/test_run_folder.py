"""The run folder: private, atomic, one writer per cycle."""

import json
import multiprocessing
import os
import stat
import threading

import pandas as pd
import pytest
from filelock import FileLock

from cycles.core import files, holding
from cycles.core.errors import BusyError, WriteError
from cycles.core.leases import Leases
from cycles.core.processes import this_process
from cycles.core.run_folder import RunFolder, current
from cycles.core.workspace import Workspace


@pytest.fixture
def folder(tmp_path):
    return RunFolder(tmp_path / "runs" / "c" / "1", workspace=Workspace(tmp_path), cycle_name="c")


def test_folder_and_files_are_for_their_owner_only(folder):
    path = folder.write_table("quarantine/t.parquet", pd.DataFrame({"a": ["x"]}))
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert pd.read_parquet(path).a.tolist() == ["x"]


def test_a_block_with_the_same_id_takes_the_place_of_the_earlier_one(folder):
    for block in ({"id": "a", "n": 1}, {"id": "b"}, {"id": "a", "n": 2}):
        folder.add_block(block)
    assert folder.blocks == [{"id": "b"}, {"id": "a", "n": 2}]


def test_nan_is_refused_rather_than_written(folder):
    with pytest.raises(ValueError):
        folder.write_json("x.json", {"a": float("nan")})


def test_a_failed_write_leaves_what_stood_there(folder, monkeypatch):
    folder.write_text("x.txt", "good")

    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(WriteError) as refused:
        folder.write_text("x.txt", "longer text")
    assert (refused.value.code, refused.value.exit_status) == ("CY504", 74)
    assert (folder.path / "x.txt").read_text() == "good"
    assert [path.name for path in folder.path.iterdir()] == ["x.txt"]


def test_a_folder_that_cannot_be_made_is_said_plainly(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(WriteError):
        files.make_private(tmp_path / "file" / "sub")


def _try_to_take(root, answer):
    other = RunFolder(root / "runs" / "c" / "2", workspace=Workspace(root), cycle_name="c")
    try:
        other.take(run_id="2")
        answer.put("taken")
    except BusyError as busy:
        answer.put((busy.code, busy.exit_status, str(os.getppid()) in str(busy)))


def test_a_second_writer_is_refused_and_told_who_holds_the_cycle(folder, tmp_path):
    folder.take(run_id="1")
    spawn = multiprocessing.get_context("spawn")
    answer = spawn.Queue()
    process = spawn.Process(target=_try_to_take, args=(tmp_path, answer))
    process.start()
    assert answer.get(timeout=60) == ("CY503", 75, True)
    process.join()
    assert folder.lease()["run_id"] == "1"
    folder.release()


def test_a_start_that_is_refused_is_told_of_who_holds_and_not_of_who_held_before(folder, tmp_path):
    place = folder.path.parent
    note = place / ".holder.json"
    place.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps({"run_id": "killed", "pid": 2**22 + 1, "host": os.uname().nodename}))
    lock = FileLock(place / ".lock")
    lock.acquire()
    holder = {"run_id": "1", **this_process()}
    noting = threading.Timer(0.2, lambda: note.write_text(json.dumps(holder)))
    noting.start()
    with pytest.raises(BusyError, match=f"process {os.getpid()} on"):
        RunFolder(place / "2", workspace=Workspace(tmp_path), cycle_name="c").take(run_id="2")
    noting.join()
    lock.release()


def test_whoever_gave_the_cycle_back_is_named_no_more(folder):
    folder.take(run_id="1")
    assert (folder.path.parent / ".holder.json").is_file()
    folder.release()
    assert not (folder.path.parent / ".holder.json").exists()


def test_a_lease_that_could_not_be_given_back_holds_nobody_up(folder, tmp_path, monkeypatch):
    folder.take(run_id="1")
    with monkeypatch.context() as full:
        full.setattr(Leases, "give_back", _no_room)
        folder.release()
    other = RunFolder(folder.path.parent / "2", workspace=Workspace(tmp_path), cycle_name="c")
    other.take(run_id="2")
    other.release()


def test_a_cycle_whose_holder_could_not_be_noted_is_not_held(folder, tmp_path, monkeypatch):
    with monkeypatch.context() as full:
        full.setattr(holding, "atomic_write", _no_room)
        with pytest.raises(WriteError):
            folder.take(run_id="1")
    folder.take(run_id="1")
    folder.release()


def _no_room(*_given, **_named):
    raise WriteError("no room", code="CY504")


def test_a_lease_of_a_dead_process_is_no_lease(folder):
    folder.write_text("run.json", json.dumps({"pid": 2**22 + 1, "host": os.uname().nodename, "run_id": "x"}))
    assert folder.lease() is None
    folder.write_text("run.json", json.dumps({"pid": os.getpid(), "host": "elsewhere", "run_id": "x"}))
    assert folder.lease() is None


def test_verbs_record_into_the_folder_in_use(folder):
    assert current() is None
    folder.use().record("finding", {"id": "a", "answer": "pass"})
    assert current() is folder
    assert folder.records("finding") == [{"id": "a", "answer": "pass"}]
    assert folder.records("estimate") == []
