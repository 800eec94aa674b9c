"""Making a workspace, checking it, and writing its reports again."""

import importlib
import json
import stat
from pathlib import Path

import pytest

from cycles.core.errors import WriteError
from cycles.runs.checking import check
from cycles.runs.commandline import run_one
from cycles.runs.scaffold import scaffold


@pytest.fixture(scope="module")
def example(tmp_path_factory) -> Path:
    """The example's workspace, as `cycles init DIR --example` makes it."""
    folder = tmp_path_factory.mktemp("example")
    made = scaffold(folder, example=True)
    assert made.sealed == "sealed_before_data"
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".cycles" not in path.parts
    }


def test_a_second_time_changes_nothing(example):
    before = contents(example)
    again = scaffold(example, example=True)
    assert (again.written, again.kept, again.sealed) == ([], [], "sealed_before_data")
    assert contents(example) == before


def test_it_prints_the_next_two_commands(example, monkeypatch, capfd):
    monkeypatch.chdir(example.parent)
    assert run_one(["init", example.name, "--example"]) == 0
    assert capfd.readouterr().err.endswith(f"Next:\n  cd {example.name}\n  cycles run params/check-ins-2026-fall.yml\n")


def test_what_a_user_changed_stays_and_is_named(tmp_path, capfd):
    scaffold(tmp_path, example=False)
    notebook = tmp_path / "notebooks" / "pdsa_cycle.ipynb"
    notebook.write_text("mine")
    assert run_one(["init", str(tmp_path), "--json"]) == 0
    said = capfd.readouterr()
    assert json.loads(said.out)["kept"] == ["notebooks/pdsa_cycle.ipynb"]
    assert "left as they were" in said.err
    assert notebook.read_text() == "mine"


def test_data_of_a_users_own_are_never_replaced_by_the_example(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "arms.csv").write_text("ours\n")
    made = scaffold(tmp_path, example=True)
    assert "data/arms.csv" in made.kept
    assert (tmp_path / "data" / "arms.csv").read_text() == "ours\n"


def test_a_folder_that_cannot_be_made_is_a_write_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(WriteError) as refused:
        scaffold(tmp_path / "file" / "below", example=False)
    assert refused.value.code == "CY504"
    assert refused.value.exit_status == 74


def test_the_example_passes_its_check(example):
    found = check(example / "params" / "check-ins-2026-fall.yml")
    assert found.problems == ()
    counts = {one["source"]: one for one in found.to_dict()["sources"]}
    assert all(one["rows_in"] == one["used"] + one["quarantined"] for one in counts.values())
    assert set(counts) == {"survey", "roster", "arms", "attendance", "sessions"}
    assert sum(one["quarantined"] for one in counts.values()) > 0


def test_a_check_reports_the_file_the_names_and_the_data_at_once(example, tmp_path, monkeypatch, capfd):
    cycle_file = example / "params" / "broken.yml"
    text = (example / "params" / "check-ins-2026-fall.yml").read_text()
    text = text.replace("estimator: ancova", "estimator: ancva").replace("data/arms.csv", "data/armz.csv")
    cycle_file.write_text(text.replace("data/attendance.csv", "data/broken.csv"))
    (example / "data" / "broken.csv").write_text(
        "student_id,school_id,on,status\n" + "000001,S1,2026-09-01,elsewhere\n" * 9
    )
    try:
        assert run_one(["check", str(cycle_file), "--json"]) == 1
    finally:
        cycle_file.unlink()
        (example / "data" / "broken.csv").unlink()
    said = capfd.readouterr()
    codes = [problem["code"] for problem in json.loads(said.out)["problems"]]
    assert codes[:2] == ["CY102", "CY104"]
    assert "CY212" in codes
    assert "elsewhere" not in said.out + said.err


def test_a_check_of_a_file_that_cannot_be_read_says_why(tmp_path, capfd):
    (tmp_path / "cycles.toml").touch()
    (tmp_path / "x.yml").write_text("kind: pdsa_cycle\ncycle: X y\n")
    assert run_one(["check", str(tmp_path / "x.yml")]) == 2
    said = capfd.readouterr().err
    assert "[CY105]" in said
    assert "[CY108]" in said
    assert "problems found." in said


def test_a_report_of_a_run_that_is_not_there_is_answered(example, monkeypatch, capfd):
    monkeypatch.chdir(example)
    assert run_one(["report", "no-such-run"]) == 3
    assert "[CY505]" in capfd.readouterr().err


def test_a_report_is_written_again_from_what_the_run_recorded(toy, monkeypatch, capfd):
    facts = (
        "import json, pathlib\n"
        "pathlib.Path(output_dir, 'blocks.json').write_text('[]')\n"
        "pathlib.Path(output_dir, 'results.json').write_text(json.dumps({'decision': {}, 'estimates': []}))"
    )
    cycle_file = toy(facts)
    reporting = importlib.import_module("cycles.act.reporting.report")
    monkeypatch.setattr(reporting, "report_again", lambda folder: folder.write_text("report.html", "again"))
    assert run_one(["run", str(cycle_file)]) == 0
    capfd.readouterr()
    assert run_one(["report", "check-ins-2026-fall"]) == 0
    path = Path(capfd.readouterr().out.strip())
    assert path.read_text() == "again"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_misspelt_key_does_not_hide_what_else_is_wrong(example, capfd):
    cycle_file = example / "params" / "misspelt.yml"
    text = (example / "params" / "check-ins-2026-fall.yml").read_text()
    cycle_file.write_text(
        text.replace("decide:", "deside:").replace("sessions_per_week", "sesions").replace("arms.csv", "armz.csv")
    )
    try:
        found = check(cycle_file)
    finally:
        cycle_file.unlink()
    assert sorted(problem.code for problem in found.problems) == ["CY101", "CY102", "CY104", "CY105"]
    assert {report.source for report in found.reports} == {"survey", "roster", "attendance", "sessions"}
