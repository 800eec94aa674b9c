"""The chain of cycles: what the one before found and decided."""

import shutil

import pytest
from tests.conftest import ROOT

from cycles.act.evidence import last_cycle
from cycles.runs.opening import open_run


@pytest.fixture
def run(tmp_path):
    (tmp_path / "cycles.toml").touch()
    path = shutil.copy(ROOT / "params" / "star_grade1.yml", tmp_path)
    return open_run(path, tmp_path / "out")


def enter(run, value, state="done"):
    folder = run.folder.path
    results = {
        "cycle": {"title": "Kindergarten"},
        "decision": {"call": "adopt", "measure": "total"},
        "estimates": [{"id": "total", "value": value, "unit": "points"}],
    }
    ledger = run.folder.ledger
    ledger.start_run(
        run_id="k", cycle="star-kindergarten", kind="pdsa_cycle", folder=folder, cycle_file=folder, holder={}
    )
    ledger.finish_run("k", state=state, exit_status=0, results=results if state == "done" else None)


@pytest.mark.parametrize(("value", "moved"), [(16.0, "a rise of 16 points"), (-2.0, "a fall of 2 points")])
def test_its_call_and_its_estimate_are_told(run, value, moved):
    enter(run, value)
    last = last_cycle(run)
    assert (last.call, last.value) == ("adopt", value)
    assert last.text == f"The cycle before this one, “Kindergarten”, ended with: adopt. Its estimate was {moved}."


def test_an_estimate_that_was_held_back_stays_so(run):
    enter(run, None)
    assert "estimate" not in last_cycle(run).text


def test_a_cycle_that_never_finished_is_said_to_be_unknown(run):
    enter(run, 1.0, state="failed")
    assert last_cycle(run).call is None
    assert "no finished run" in last_cycle(run).text


def test_the_first_cycle_says_that_it_is_the_first(run, tmp_path):
    run.folder.release()
    path = shutil.copy(ROOT / "params" / "star_kindergarten.yml", tmp_path)
    assert last_cycle(open_run(path, tmp_path / "first")).text == "This cycle is the first of its chain."
