"""The PDSA record: the days of the cycles before this one, for the charts."""

import shutil
from datetime import date

import pytest
from tests.conftest import ROOT

from cycles.act.evidence import pdsa_record
from cycles.runs.opening import open_run


@pytest.fixture
def run(tmp_path):
    (tmp_path / "cycles.toml").touch()
    path = shutil.copy(ROOT / "params" / "star_grade1.yml", tmp_path)
    return open_run(path, tmp_path / "out")


def enter(run, cycle_file, state="done"):
    ledger = run.folder.ledger
    ledger.start_run(
        run_id="k",
        cycle="star-kindergarten",
        kind="pdsa_cycle",
        folder=run.folder.path,
        cycle_file=cycle_file,
        holder={},
    )
    results = {"decision": {"call": "adopt"}} if state == "done" else None
    ledger.finish_run("k", state=state, exit_status=0, results=results)


def test_an_earlier_cycle_tells_its_start_and_its_decision(run, tmp_path):
    enter(run, shutil.copy(ROOT / "params" / "star_kindergarten.yml", tmp_path))
    record = pdsa_record(run)
    assert [said for _, said in record] == ["star-kindergarten starts", "star-kindergarten: adopt"]
    assert all(isinstance(on, date) for on, _ in record)
    assert record == sorted(record)


def test_a_cycle_that_did_not_finish_tells_its_start_only(run, tmp_path):
    enter(run, shutil.copy(ROOT / "params" / "star_kindergarten.yml", tmp_path), state="failed")
    assert [said for _, said in pdsa_record(run)] == ["star-kindergarten starts"]


def test_a_chain_ends_where_a_file_is_gone_or_nothing_was_run(run, tmp_path):
    assert pdsa_record(run) == []
    enter(run, tmp_path / "gone.yml")
    assert pdsa_record(run) == []


def test_a_chain_that_turns_back_on_itself_ends(run, tmp_path):
    path = tmp_path / "star_kindergarten.yml"
    text = (ROOT / "params" / "star_kindergarten.yml").read_text()
    path.write_text(text.replace("cycle: star-kindergarten", "cycle: star-kindergarten\nprevious: star-grade1"))
    enter(run, path)
    assert len(pdsa_record(run)) == 2
