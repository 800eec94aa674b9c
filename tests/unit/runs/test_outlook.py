"""The outlook: told from who was assigned and the baseline, or why it cannot be told yet."""

import shutil

import pytest
from tests.conftest import ROOT

from cycles.runs.example import write_example
from cycles.runs.outlook import outlook


@pytest.fixture
def cycle_file(tmp_path):
    (tmp_path / "cycles.toml").touch()
    return shutil.copy(ROOT / "params" / "check-ins-2026-fall.yml", tmp_path)


def test_before_the_outcomes_it_says_what_the_cycle_can_detect(cycle_file, tmp_path):
    write_example(tmp_path, n_students=240, stage="before", broken=False)
    detect, rule = outlook(cycle_file)
    assert "can detect only a true effect of at least" in detect
    assert "points on the 1-5 scale" in detect
    assert rule.startswith("If the change does nothing, this rule adopts it")


def test_the_outcomes_do_not_change_it(cycle_file, tmp_path):
    write_example(tmp_path, n_students=240, stage="after", broken=False)
    with_outcomes = outlook(cycle_file)
    pulse = tmp_path / "data" / "pulse.csv"
    pulse.write_text(pulse.read_text().replace(",2027-winter\n", ",2027-spring\n"))
    assert outlook(cycle_file) == with_outcomes


def test_without_a_roster_it_says_why_nothing_can_be_told(cycle_file):
    (only,) = outlook(cycle_file)
    assert "cannot be told yet" in only
    assert "CY301" in only
