"""`make bench` and `make torture` judge by reviewed limits, and a skipped row is not ok."""

import json
import tomllib

import pytest

import harness
from harness import LIMITS, main, measured

LIMIT = {"time": {"op": "<=", "limit": 2.0, "unit": "seconds"}}


@pytest.mark.parametrize(
    ("value", "ok", "skipped"), [(1.0, True, False), (2.0, True, False), (2.1, False, False), (None, False, True)]
)
def test_a_row_is_ok_only_when_it_was_measured_and_within_its_limit(value, ok, skipped):
    row = measured("time", value, limits=LIMIT)
    assert (row.ok, row.skipped) == (ok, skipped)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_a_number_is_not_ok(value):
    assert not measured("time", value, limits=LIMIT).ok


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder that results are kept in."""
    monkeypatch.setattr(harness, "KEPT", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("value", "status"), [(1.0, 0), (3.0, 1), (None, 1)])
def test_a_section_ends_with_one_json_line_and_its_status(kept, monkeypatch, capfd, value, status):
    monkeypatch.setenv("SECTION", "cli")
    assert main("bench", {"cli": lambda limits: [measured("time", value, limits=LIMIT)]}) == status
    last = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert last["section"] == "cli"
    assert set(last["rows"][0]) == {"name", "value", "unit", "op", "limit", "ok", "skipped", "repeats"}


def test_what_came_of_a_section_is_kept_with_the_machine(kept, monkeypatch, capfd):
    monkeypatch.setenv("SECTION", "cli")
    assert main("bench", {"cli": lambda limits: [measured("time", 1.0, limits=LIMIT)]}, ["--json"]) == 0
    said = capfd.readouterr()
    [file] = (kept / "bench").iterdir()
    found = json.loads(file.read_text())
    assert said.err == ""
    assert json.loads(said.out) == {"section": "cli", "rows": found["rows"]}
    assert {"processor", "cores", "memory_gib", "system", "python", "load"} == set(found["machine"])


def test_an_unknown_section_is_a_usage_error(monkeypatch, capfd):
    monkeypatch.setenv("SECTION", "clii")
    assert main("bench", {"cli": lambda limits: []}) == 2
    assert "known: cli" in capfd.readouterr().err


def test_every_limit_says_its_unit_and_operator():
    for kind in tomllib.loads(LIMITS.read_text()).values():
        for section in kind.values():
            for limit in section.values():
                assert set(limit) == {"op", "limit", "unit"}
