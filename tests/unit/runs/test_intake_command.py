"""`cycles intake sniff`: a look at a file on a terminal, as data, and as drafts that overwrite nothing."""

import json

import pytest

from cycles.runs.commandline import run_one

DAYS = "student_id,date,status\n" + "".join(
    f"{n:04d},{n % 9 + 1:02d}/{n % 7 + 1:02d}/2026,present\n" for n in range(30)
)


@pytest.fixture
def days(tmp_path, monkeypatch):
    """A workspace with one file, and we are in it."""
    (tmp_path / "cycles.toml").touch()
    (tmp_path / "days.csv").write_text(DAYS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def test_a_file_is_told_in_a_few_lines(days, capfd):
    assert run_one(["intake", "sniff", "days.csv"]) == 0
    said = capfd.readouterr().err
    assert "days.csv: 30 rows, 3 columns; adapter csv, because it is a text table." in said
    assert "[CY228] date: day and month can be exchanged in every date; %m/%d/%Y or %d/%m/%Y?" in said
    assert "table attendance_days? 3 columns: student_id, on, status" in said
    assert "0017" not in said


def test_the_drafts_stand_in_the_workspace(days, capfd):
    assert run_one(["intake", "sniff", "days.csv", "--json"]) == 0
    given = json.loads(capfd.readouterr().out)
    assert given["schema"] == "cycles.sniff/1"
    written = {
        path.relative_to(days).as_posix()
        for path in days.rglob("days.*")
        if path.suffix != ".csv" or "codebook" in path.name
    }
    assert written == {
        "params/mappings/days.yml",
        "data_contracts/days.odcs.yaml",
        "data_contracts/days.codebook.md",
        "data_contracts/days.codebook.csv",
    }
    assert [column["kind"] for column in given["columns"]] == ["id", "date", "category"]


def test_what_exists_is_never_overwritten(days, capfd):
    (days / "data_contracts").mkdir()
    (days / "data_contracts" / "days.odcs.yaml").write_text("mine")
    assert run_one(["intake", "sniff", "days.csv"]) == 0
    assert (days / "data_contracts" / "days.odcs.yaml").read_text() == "mine"
    assert (days / "params" / "mappings" / "days.draft.yml").is_file()
    before = {path: path.read_bytes() for path in days.rglob("*") if path.is_file()}
    assert run_one(["intake", "sniff", "days.csv"]) == 2
    assert "drafts of that name are there already" in capfd.readouterr().err
    assert {path: path.read_bytes() for path in days.rglob("*") if path.is_file()} == before


def test_looking_alone_writes_nothing(days):
    before = set(days.rglob("*"))
    assert run_one(["intake", "sniff", "days.csv", "--no-drafts"]) == 0
    assert set(days.rglob("*")) == before


def test_the_drafts_may_go_elsewhere_under_another_name(days):
    assert run_one(["intake", "sniff", "days.csv", "--out", "drafts", "--name", "october"]) == 0
    assert (days / "drafts" / "params" / "mappings" / "october.yml").is_file()


@pytest.mark.parametrize("name", ["../days", "Days", "a/b"])
def test_an_unsafe_name_is_refused_before_anything_is_written(days, name, capfd):
    before = set(days.rglob("*"))
    assert run_one(["intake", "sniff", "days.csv", "--name", name]) == 2
    assert "[CY108]" in capfd.readouterr().err
    assert set(days.rglob("*")) == before


def test_what_is_known_already_can_be_given(days, capfd):
    (days / "odd.csv").write_text("Report of October\n" + DAYS)
    assert run_one(["intake", "sniff", "odd.csv", "--reading", "header_line=2"]) == 0
    assert "header_line: 2" in (days / "params" / "mappings" / "odd.yml").read_text()


@pytest.mark.parametrize("given", ["header_line", "heder_line=2", "header_line=two"])
def test_a_slip_in_what_is_known_is_said(days, given, capfd):
    assert run_one(["intake", "sniff", "days.csv", "--reading", given]) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_a_file_that_is_not_there_is_said(days, capfd):
    assert run_one(["intake", "sniff", "nothing.csv"]) == 2
    assert "[CY104]" in capfd.readouterr().err


def test_a_file_outside_any_workspace_is_looked_at_too(tmp_path, monkeypatch):
    (tmp_path / "days.csv").write_text(DAYS)
    monkeypatch.chdir(tmp_path)
    assert run_one(["intake", "sniff", "days.csv"]) == 0
    assert (tmp_path / "params" / "mappings" / "days.yml").is_file()


def test_an_address_without_its_variable_is_said(days, capfd):
    assert run_one(["intake", "sniff", "env:NOBODY_SET_THIS"]) == 1
    assert "[CY225]" in capfd.readouterr().err
