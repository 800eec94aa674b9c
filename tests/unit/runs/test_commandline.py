"""The `cycles` command: words on stderr, data on stdout, a status for each kind of problem, never a traceback."""

import json
import sqlite3
import stat
from pathlib import Path

import pytest

from cycles.core.catalogue import CATALOGUE
from cycles.core.workspace import Workspace
from cycles.runs import doctor, known
from cycles.runs.commandline import COMMANDS, _words, group, run_one
from cycles.runs.schemas import schema_files, schemas

ROOT = Path(__file__).resolve().parents[3]


def test_help_lists_every_command(capfd):
    assert run_one(["--help"]) == 0
    said = capfd.readouterr().out
    assert all(f"\n  {name} " in said for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_can_be_called_and_says_what_it_does(name, capfd):
    assert run_one([name, "--help"]) == 0
    assert group.get_command(None, name).get_short_help_str(200)
    assert "Usage: cycles" in capfd.readouterr().out


def test_a_misspelt_command_is_answered_with_the_nearest(capfd):
    assert run_one(["statsu"]) == 2
    said = capfd.readouterr().err
    assert "Did you mean 'status'?" in said
    assert "Traceback" not in said


def test_a_missing_argument_is_a_usage_error(capfd):
    assert run_one(["run"]) == 2
    assert "cycles run --help" in capfd.readouterr().err


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_code_is_explained(code, capfd):
    assert run_one(["explain", code.lower()]) == 0
    said = capfd.readouterr().out
    assert said.startswith(f"[{code}]")
    assert CATALOGUE[code].fix in said


def test_a_word_of_the_field_is_explained_too(capfd):
    assert run_one(["explain", "Effect size"]) == 0
    assert capfd.readouterr().out == "effect size: the effect in standard deviations (Hedges' g)\n"
    assert run_one(["explain", "wave", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["meaning"] == "one administration of an instrument"


def test_an_unknown_code_is_answered_with_the_nearest(capfd):
    assert run_one(["explain", "CY21"]) == 2
    assert "[CY102]" in capfd.readouterr().err


@pytest.mark.parametrize("kind", known.KINDS)
def test_the_names_of_every_kind_are_listed(kind, capfd):
    assert run_one(["list", kind, "--json"]) == 0
    found = json.loads(capfd.readouterr().out)["names"]
    assert found == sorted(found)
    assert found


def test_an_unknown_kind_is_answered_with_the_nearest(capfd):
    assert run_one(["list", "estimatrs"]) == 2
    assert "Did you mean 'estimators'?" in capfd.readouterr().err


def test_an_error_of_ours_that_nobody_foresaw_leaves_its_trace_in_a_private_log_only(tmp_path, monkeypatch, capfd):
    (tmp_path / "cycles.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cycles.runs.known.names", lambda kind: 1 / 0)
    assert run_one(["list", "codes", "--json"]) == 70
    said = capfd.readouterr()
    assert json.loads(said.out)["problems"][0]["code"] == "CY507"
    assert "Traceback" not in said.err
    log = tmp_path / ".cycles" / "run.log"
    assert "ZeroDivisionError" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_without_a_workspace_the_trace_goes_to_a_private_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    problem = _words.unforeseen(ValueError("x"))
    assert stat.S_IMODE(Path(problem.where).stat().st_mode) == 0o600


def test_stopping_a_command_is_130(monkeypatch, capfd):
    def stopped(kind):
        raise KeyboardInterrupt

    monkeypatch.setattr("cycles.runs.known.names", stopped)
    assert run_one(["list", "codes"]) == 130
    assert "[CY506]" in capfd.readouterr().err


def test_status_outside_a_workspace_says_how_to_make_one(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run_one(["status"]) == 2
    assert "[CY107]" in capfd.readouterr().err


def test_status_of_a_workspace_without_cycles_says_what_to_do(tmp_path, monkeypatch, capfd):
    (tmp_path / "cycles.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert run_one(["status"]) == 0
    assert "No cycles yet" in capfd.readouterr().err
    assert not (tmp_path / ".cycles").exists()


def test_status_shows_what_was_sealed_and_when_the_decision_is_due(toy, capfd):
    toy()
    assert run_one(["seal", "params/check-ins-2026-fall.yml"]) == 0
    assert run_one(["status", "--json"]) == 0
    [cycle] = json.loads(capfd.readouterr().out)["cycles"]
    assert (cycle["due"], cycle["state"], cycle["sealed"]) == ("2027-01-25", "not run yet", "sealed_after_data")
    assert run_one(["status"]) == 0
    assert "check-ins-2026-fall  not run yet  -         after data" in capfd.readouterr().out


def test_sealing_again_keeps_the_first_seal(toy, capfd):
    toy()
    first, second = [
        (run_one(["seal", "params/check-ins-2026-fall.yml", "--json"]), json.loads(capfd.readouterr().out))
        for _ in range(2)
    ]
    assert first == second
    assert first[1]["schema"] == "cycles.seal/1"


def test_sealing_what_is_not_there_is_a_missing_file(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run_one(["seal", "none.yml"]) == 2
    assert "[CY104]" in capfd.readouterr().err


def test_a_dry_run_names_notebook_inputs_and_outputs_and_writes_nothing(toy, capfd):
    cycle_file = toy()
    assert run_one(["run", str(cycle_file), "--dry-run", "--json"]) == 0
    said = json.loads(capfd.readouterr().out)
    assert [one["source"] for one in said["inputs"]] == ["survey", "roster", "arms", "attendance", "sessions"]
    assert all(len(one["sha256"]) == 64 for one in said["inputs"])
    assert run_one(["run", str(cycle_file), "--dry-run"]) == 0
    assert "notebook: notebooks/pdsa_cycle.ipynb" in capfd.readouterr().err
    assert not (cycle_file.parent.parent / "runs").exists()


@pytest.mark.parametrize(
    ("flag", "variable", "written", "value", "origin"),
    [
        (None, None, "", 2026, "default"),
        (None, None, "seed = 5", 5, "cycles.toml"),
        (None, "6", "seed = 5", 6, "CYCLES_SEED"),
        (7, "6", "seed = 5", 7, "command line"),
    ],
)
def test_a_setting_comes_from_the_flag_then_the_environment_then_the_file(
    tmp_path, monkeypatch, flag, variable, written, value, origin
):
    from cycles.runs.settings import setting

    (tmp_path / "cycles.toml").write_text(written)
    if variable:
        monkeypatch.setenv("CYCLES_SEED", variable)
    found = setting("seed", Workspace(tmp_path), flag=flag)
    assert (found.value, found.origin) == (value, origin)


def test_how_many_run_at_once_is_a_setting_too(schools, monkeypatch, capfd):
    from cycles.runs.commandline import _fleet

    file, asked = schools(), []
    monkeypatch.setattr(_fleet, "run", lambda _paths, settings, **_: asked.append(settings.jobs) or 0)
    assert run_one(["run", str(file)]) == 0
    (file.parent.parent / "cycles.toml").write_text("jobs = 3")
    assert run_one(["run", str(file)]) == 0
    monkeypatch.setenv("CYCLES_JOBS", "4")
    assert run_one(["run", str(file)]) == 0
    assert run_one(["run", str(file), "--jobs", "5"]) == 0
    assert asked == [None, 3, 4, 5]


WRONG = [
    ("sed = 5", "CY101"),
    ("seed = ", "CY103"),
    ('seed = "x"', "CY105"),
    ("seed = 1.5", "CY105"),
    ('kernel = "spoon"', "CY105"),
]


@pytest.mark.parametrize(("written", "code"), WRONG)
def test_a_wrong_setting_is_an_error(tmp_path, monkeypatch, capfd, written, code):
    (tmp_path / "cycles.toml").write_text(written)
    monkeypatch.chdir(tmp_path)
    assert run_one(["config", "show", "--origin"]) == 2
    assert f"[{code}]" in capfd.readouterr().err


def test_a_dry_run_does_not_ask_a_database(toy, capfd):
    cycle_file = toy()
    cycle_file.write_text(cycle_file.read_text().replace("path: data/pulse.csv", "path: env:WAREHOUSE"))
    assert run_one(["run", str(cycle_file), "--dry-run"]) == 0
    assert "input:    survey, env:WAREHOUSE, read when the cycle runs" in capfd.readouterr().err


def test_settings_are_shown_with_their_origin(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run_one(["config", "show", "--origin"]) == 0
    assert "seed = 2026  (default)\n" in capfd.readouterr().out


def test_the_committed_schemas_are_those_of_the_models():
    for name, text in schema_files().items():
        assert (ROOT / name).read_text() == text, f"{name}: run `cycles init .` after deleting it"


def test_the_example_satisfies_its_schema():
    import jsonschema
    from ruamel.yaml import YAML

    for path in (ROOT / "params").glob("*.yml"):
        content = json.loads(json.dumps(YAML(typ="safe").load(path), default=str))
        jsonschema.validate(content, schemas()[content["kind"]], format_checker=jsonschema.FormatChecker())


def test_doctor_says_one_line_and_one_fix_per_check_and_changes_nothing(tmp_path, monkeypatch, capfd):
    (tmp_path / "cycles.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CYCLES_DATA", str(tmp_path / "absent"))
    monkeypatch.setattr(doctor, "_kernel", doctor._python)
    monkeypatch.setattr(doctor, "_forked_kernels", doctor._python)
    assert run_one(["doctor"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert "warn  data folders: CYCLES_DATA names no folder" in "\n".join(lines)
    assert all(line.startswith(("ok    ", "warn  ", "      fix: ")) for line in lines)
    assert [one.name for one in tmp_path.iterdir()] == ["cycles.toml"]


def test_doctor_finds_folders_that_others_may_open_and_a_ledger_that_is_not_sound(tmp_path, monkeypatch):
    (tmp_path / "cycles.toml").touch()
    (tmp_path / "runs" / "a" / "b").mkdir(parents=True, mode=0o755)
    (tmp_path / ".cycles").mkdir(mode=0o700)
    sqlite3.connect(tmp_path / ".cycles" / "ledger.sqlite").execute("create table t (x)").connection.close()
    found = {one.check: one for one in (doctor._permissions(Workspace(tmp_path)), doctor._ledger(Workspace(tmp_path)))}
    assert {name: one.state for name, one in found.items()} == {"permissions": "fail", "ledger": "fail"}
    assert all(one.fix for one in found.values())


def test_a_check_of_the_doctor_that_fails_is_a_finding(monkeypatch):
    def broken():
        raise OSError

    [finding] = doctor._guarded(broken, "_kernel")
    assert (finding.check, finding.state) == ("kernel", "fail")


def test_receipts_say_that_nothing_was_delivered_or_list_it(tmp_path, monkeypatch, capfd):
    from cycles.core.deliveries import DeliveryReceipt
    from cycles.core.ledger import Ledger

    (tmp_path / "cycles.toml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert run_one(["receipts"]) == 0
    assert "Nothing has been delivered yet" in capfd.readouterr().err
    ledger = Ledger(tmp_path / ".cycles" / "ledger.sqlite")
    ledger.deliveries.receive(DeliveryReceipt(cycle="c", source="arms", sha256="a", basis={}, rows_read=3, used=3))
    inputs = {"arms": {"version": 1, "sha256": "a", "basis": {}}}
    ledger.deliveries.enter(ledger.deliveries.revision_for("c", inputs))
    ledger.close()
    assert run_one(["receipts"]) == 0
    listed = capfd.readouterr().out
    assert "arms: version 1, 3 rows read, 3 used." in listed
    assert "Revision 1." in listed
    assert run_one(["receipts", "c", "--json"]) == 0
    [cycle] = json.loads(capfd.readouterr().out)["cycles"]
    assert (cycle["receipts"][0]["version"], cycle["revisions"][0]["inputs"]) == (1, {"arms": 1})
