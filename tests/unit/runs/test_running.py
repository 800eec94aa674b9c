"""One cycle at a time: the lock, the lease, the ledger's last word, and what is left when something goes wrong."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cycles.core.errors import BusyError, CyclesError, WriteError
from cycles.core.ledger import Ledger
from cycles.core.run_folder import RunFolder
from cycles.core.workspace import Workspace
from cycles.runs.commandline import run_one
from cycles.runs.running import run_cycle
from cycles.runs.status import status


def ledger_of(cycle_file: Path) -> list[dict]:
    ledger = Ledger(Workspace(cycle_file.parent.parent).ledger_path)
    try:
        return ledger.runs()
    finally:
        ledger.close()


def test_a_run_leaves_a_private_folder_and_is_done_in_the_ledger(toy):
    cycle_file = toy()
    ran = run_cycle(cycle_file, seed=7)
    assert ran.sentence == "Adapt: the effect is probably too small"
    assert ran.report.read_text() == "<p>seed 7</p>"
    assert ran.folder.parent == cycle_file.parent.parent / "runs" / "check-ins-2026-fall"
    assert ran.folder.stat().st_mode & 0o777 == 0o700
    [run] = ledger_of(cycle_file)
    assert (run["state"], run["exit_status"], run["results"]["decision"]["call"]) == ("done", 0, "adapt")


def test_the_command_prints_data_on_stdout_and_words_on_stderr(toy, capfd):
    cycle_file = toy()
    assert run_one(["run", str(cycle_file), "--json"]) == 0
    said = capfd.readouterr()
    results = json.loads(said.out)
    assert results["schema"] == "cycles.results/1"
    assert results["run"]["cycle"] == "check-ins-2026-fall"
    assert "Adapt: the effect is probably too small" in said.err
    assert f"report: runs/check-ins-2026-fall/{results['run']['id']}/report.html" in said.err
    assert "Plan (cell 3 of 4)" in said.err


def test_a_notebook_that_fails_is_failed_in_the_ledger_with_its_code(toy, capfd):
    cycle_file = toy("raise ValueError('Maria Lopez')")
    assert run_one(["run", str(cycle_file), "--json"]) == 3
    said = capfd.readouterr()
    assert json.loads(said.out)["problems"][0]["code"] == "CY501"
    assert "Lopez" not in said.out + said.err
    assert "Traceback" not in said.err
    [run] = ledger_of(cycle_file)
    assert (run["state"], run["exit_status"], run["code"]) == ("failed", 3, "CY501")


STOPPED_BY_A_CONTRACT = """
import json, pathlib
kept = {"source": "arms", "contract": "arms", "outcome": "fail", "rows_in": 3, "used": 1}
pathlib.Path(output_dir, "records.json").write_text(json.dumps({"contract": [kept]}))
raise ValueError
"""


def test_a_run_that_is_stopped_leaves_the_page_of_its_contracts(toy):
    cycle_file = toy(STOPPED_BY_A_CONTRACT)
    with pytest.raises(CyclesError):
        run_cycle(cycle_file, seed=1)
    [run] = ledger_of(cycle_file)
    assert "3 in = 1 used + 2 set aside" in Path(run["folder"], "contracts.html").read_text()


def test_a_notebook_that_leaves_no_results_has_failed(toy):
    cycle_file = toy("1 + 1")
    with pytest.raises(CyclesError) as failed:
        run_cycle(cycle_file, seed=1)
    assert failed.value.code == "CY501"
    assert ledger_of(cycle_file)[0]["state"] == "failed"


def test_a_second_writer_is_refused_by_name_and_leaves_nothing(toy, capfd):
    cycle_file = toy()
    workspace = Workspace(cycle_file.parent.parent)
    place = workspace.runs / "check-ins-2026-fall"
    holder = RunFolder(place / "first", workspace=workspace, cycle_name="check-ins-2026-fall")
    holder.take(run_id="first")
    try:
        with pytest.raises(BusyError) as refused:
            run_cycle(cycle_file, seed=1)
        assert run_one(["run", str(cycle_file)]) == 75
    finally:
        holder.release()
    assert refused.value.code == "CY503"
    assert f"process {os.getpid()}" in capfd.readouterr().err
    assert [one.name for one in place.iterdir() if one.is_dir()] == ["first"]


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_is_interrupted_and_says_so(toy, sign):
    cycle_file = toy("open('begun', 'w').close()\nimport time; time.sleep(60)")
    runner = _started(cycle_file)
    runner.send_signal(sign)
    _, said = runner.communicate(timeout=20)
    assert runner.returncode == 130
    assert "[CY506]" in said
    assert "Traceback" not in said
    assert [(run["state"], run["exit_status"]) for run in ledger_of(cycle_file)] == [("interrupted", 130)]


def test_a_killed_run_shows_as_interrupted_and_the_next_one_enters_it_so(toy):
    cycle_file = toy("open('begun', 'w').close()\nimport time; time.sleep(60)")
    runner = _started(cycle_file)
    runner.kill()
    runner.communicate(timeout=20)
    workspace = Workspace(cycle_file.parent.parent)
    assert [one.state for one in status(workspace)] == ["interrupted"]
    assert ledger_of(cycle_file)[0]["state"] == "running"
    toy()
    run_cycle(cycle_file, seed=1)
    assert [run["state"] for run in ledger_of(cycle_file)] == ["done", "interrupted"]
    assert [one.decision for one in status(workspace)] == ["adapt"]


def test_a_run_that_could_not_be_entered_as_ended_is_settled_by_the_next_one_of_its_process(toy, monkeypatch):
    cycle_file = toy("raise SystemError")
    with monkeypatch.context() as full:
        full.setattr(Ledger, "finish_run", _no_room)
        with pytest.raises(CyclesError):
            run_cycle(cycle_file, seed=1)
    toy()
    run_cycle(cycle_file, seed=1)
    assert [run["state"] for run in ledger_of(cycle_file)] == ["done", "interrupted"]


def _no_room(*_given, **_named):
    raise WriteError("no room", code="CY504")


def _started(cycle_file: Path) -> subprocess.Popen:
    """`cycles run` in a process of its own, once its last cell has begun."""
    runner = subprocess.Popen(
        [sys.executable, "-m", "cycles", "run", str(cycle_file)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 60
    while not (cycle_file.parent.parent / "begun").exists():
        assert runner.poll() is None, runner.communicate()[1]
        assert time.monotonic() < until
        time.sleep(0.05)
    return runner


def test_an_unchanged_cycle_is_answered_from_the_ledger_and_says_so(toy, capfd):
    cycle_file = toy()
    first = run_cycle(cycle_file, seed=7)
    again = run_cycle(cycle_file, seed=7)
    assert (again.cached, again.run_id, again.folder, again.results) == (
        True,
        first.run_id,
        first.folder,
        first.results,
    )
    assert again.sentence.startswith("Nothing has changed since 20")
    assert again.sentence.endswith(first.sentence)
    assert len(ledger_of(cycle_file)) == 1
    assert not run_cycle(cycle_file, seed=7, fresh=True).cached
    assert len(ledger_of(cycle_file)) == 2
