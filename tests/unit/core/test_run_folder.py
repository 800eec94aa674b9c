"""The run folder: private, atomic, one writer per cycle."""

import json
import multiprocessing
import os
import stat

import pandas as pd
import pytest

from cycles.core import files
from cycles.core.errors import BusyError, WriteError
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
