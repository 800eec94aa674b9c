"""Opening a run: sealed at the right moment, joined or taken, private."""

import json
import shutil
import stat

import pytest
from tests.conftest import ROOT

from cycles.core.errors import BusyError, CyclesError, ProblemsError
from cycles.core.run_folder import RunFolder, current
from cycles.core.workspace import Workspace
from cycles.runs.example import write_example
from cycles.runs.opening import open_run, seal_cycle_file

NAME = "check-ins-2026-fall"


@pytest.fixture
def workspace(tmp_path):
    """A workspace with the example's plan and no data."""
    (tmp_path / "params").mkdir()
    (tmp_path / "cycles.toml").touch()
    shutil.copy(ROOT / "params" / f"{NAME}.yml", tmp_path / "params")
    return tmp_path


def opened(workspace, name="one"):
    return open_run(workspace / "params" / f"{NAME}.yml", workspace / "runs" / NAME / name)


def test_a_plan_without_any_data_is_sealed_before_them(workspace):
    run = opened(workspace)
    assert run.seal_state == "sealed_before_data"
    assert current() is run.folder
    assert stat.S_IMODE(run.folder.path.stat().st_mode) == 0o700


def test_a_baseline_export_does_not_count_as_outcomes_but_a_follow_up_does(workspace):
    write_example(workspace, n_students=120, stage="before")
    assert seal_cycle_file(workspace / "params" / f"{NAME}.yml").state == "sealed_before_data"


def test_outcomes_that_were_there_are_told(workspace):
    write_example(workspace, n_students=120, stage="after")
    run = opened(workspace)
    assert run.seal_state == "sealed_after_data"
    assert run.text.startswith("The outcomes already existed")


def test_a_file_that_cannot_be_read_counts_as_seen(workspace):
    write_example(workspace, n_students=120, stage="before")
    (workspace / "data" / "pulse.csv").write_bytes(b"\x00\x00")
    assert opened(workspace).seal_state == "sealed_after_data"


def with_survey_at(workspace, path):
    """The example's plan with its survey somewhere else."""
    file = workspace / "params" / f"{NAME}.yml"
    file.write_text(file.read_text().replace("path: data/pulse.csv", f"path: {path}"))
    return file


def test_a_database_that_does_not_answer_counts_as_seen(workspace):
    file = with_survey_at(workspace, "env:NOBODY_SET_THIS")
    assert seal_cycle_file(file).state == "sealed_after_data"


def test_an_address_with_a_password_is_never_sealed(workspace):
    file = with_survey_at(workspace, "postgresql://ana:open-sesame@host/db")
    with pytest.raises(CyclesError, match="password") as caught:
        seal_cycle_file(file)
    assert caught.value.code == "CY105"
    kept = [path for path in workspace.rglob("*") if path.is_file() and path != file]
    assert kept
    assert not [path for path in kept if b"open-sesame" in path.read_bytes()]


def test_a_change_after_the_seal_is_a_deviation_and_the_seal_stays(workspace):
    first = opened(workspace)
    first.folder.release()
    path = workspace / "params" / f"{NAME}.yml"
    path.write_text(path.read_text().replace("adopt: 0.80", "adopt: 0.60"))
    second = opened(workspace, "two")
    assert second.seal == first.seal
    assert second.deviations == ("decide.adopt was 0.8 and is now 0.6",)
    assert "decide.adopt" in second.text


def test_the_command_lines_lease_is_joined(workspace):
    place = workspace / "runs" / NAME / "one"
    holder = RunFolder(place, workspace=Workspace(workspace), cycle_name=NAME)
    holder.take(run_id="given")
    run = opened(workspace)
    assert (run.run_id, run.owns_lease) == ("given", False)
    with pytest.raises(BusyError):
        opened(workspace, "two")
    holder.release()


def test_finishing_writes_the_manifest_and_lets_the_cycle_go(workspace):
    run = opened(workspace)
    run.finish({"decision": {"call": "adopt"}})
    manifest = json.loads((run.folder.path / "manifest.json").read_text())
    assert manifest["seal"]["state"] == "sealed_before_data"
    assert manifest["seed"] == 2026
    assert run.folder.ledger.runs(NAME)[0]["state"] == "done"
    assert opened(workspace, "two").owns_lease


def test_finishing_keeps_the_spread_of_the_measures_for_planning_the_next_cycle(workspace):
    run = opened(workspace)
    told = {"id": "belonging", "icc": 0.09, "sd": 0.7, "n": 900, "n_clusters": 56}
    run.finish({"estimates": [told]})
    [kept] = run.folder.ledger.spreads.of("school_belonging.belonging", cluster="classroom_id")
    assert (kept.cycle, kept.icc, kept.n_clusters) == ("check-ins-2026-fall", 0.09, 56)


def test_a_folder_used_again_forgets_what_the_earlier_run_showed(workspace):
    first = opened(workspace)
    first.folder.add_block({"id": "old"})
    first.folder.record("estimate", {"id": "old"})
    first.finish({})
    again = opened(workspace)
    assert again.folder.blocks == []
    assert again.folder.records("estimate") == []


def test_an_annual_report_has_nothing_to_seal(workspace):
    shutil.copy(ROOT / "params" / "year-2026-27.yml", workspace / "params")
    run = open_run(workspace / "params" / "year-2026-27.yml", workspace / "runs" / "year" / "one")
    assert run.seal_state == "unsealed"
    assert run.sources == {}
    assert "no seal" in run.text
    with pytest.raises(CyclesError) as refused:
        seal_cycle_file(workspace / "params" / "year-2026-27.yml")
    assert refused.value.code == "CY110"


def test_a_misspelt_file_opens_nothing(workspace):
    path = workspace / "params" / f"{NAME}.yml"
    path.write_text(path.read_text().replace("estimate:", "estimte:"))
    with pytest.raises(ProblemsError):
        opened(workspace)
    assert current() is None


def test_a_notebook_in_a_folder_below_finds_the_file_and_the_run_folder_in_the_workspace(workspace, monkeypatch):
    below = workspace / "notebooks" / "learn"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    run = open_run(f"params/{NAME}.yml", f"runs/{NAME}/learn")
    assert run.cycle_file == workspace / "params" / f"{NAME}.yml"
    assert run.folder.path == workspace / "runs" / NAME / "learn"


def test_a_file_that_is_nowhere_is_looked_for_where_it_was_called(workspace, monkeypatch):
    monkeypatch.chdir(workspace / "params")
    with pytest.raises(CyclesError) as missing:
        open_run("params/none.yml", "runs/none")
    assert missing.value.code == "CY104"
    assert not (workspace / "runs" / "none").exists()


def test_a_run_that_is_closed_lets_the_cycle_go_and_records_nothing_more(workspace):
    first = opened(workspace)
    first.close()
    first.close()
    assert current() is None
    second = opened(workspace, "two")
    states = {run["run_id"]: run["state"] for run in second.folder.ledger.runs(NAME)}
    assert states == {first.run_id: "interrupted", second.run_id: "running"}


def test_closing_a_finished_run_leaves_it_finished(workspace):
    run = opened(workspace)
    run.finish({})
    run.close()
    assert run.folder.ledger.run(run.run_id)["state"] == "done"


def test_opening_again_in_the_same_process_takes_the_cycle_again(workspace):
    opened(workspace).close()
    again = opened(workspace)
    assert again.owns_lease
    again.finish({})
    assert again.folder.ledger.latest(NAME)["state"] == "done"


def test_opening_again_without_closing_leaves_no_run_behind(workspace):
    first, second = opened(workspace), opened(workspace)
    assert second.owns_lease
    states = {run["run_id"]: run["state"] for run in second.folder.ledger.runs(NAME)}
    assert states == {first.run_id: "interrupted", second.run_id: "running"}
