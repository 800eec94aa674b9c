"""A year side by side: the latest finished run of each cycle, and nothing pooled."""

import pytest

from cycles.act.evidence import side_by_side
from cycles.core.errors import RunError
from cycles.runs.opening import open_run

YEAR = """
kind: annual_impact
cycle: the-year
title: The year
team: {name: office}
year: 2026-27
cycles: [one, two]
same_students: true
"""


def results(value, call):
    effect = {
        "value": value,
        "low": value - 1,
        "high": value + 1,
        "effect_size": value / 10,
        "n": 40,
        "unit": "points",
        "state": "estimated",
    }
    return {
        "cycle": {"title": "A title", "outcomes": ["belonging"]},
        "estimates": [{"id": "belonging", **effect}, {"id": "iep: yes", **effect}],
        "decision": {"call": call, "because": "because", "sealed": "sealed_before_data"},
        "prediction": {"predicted": 0.2, "result": value},
    }


@pytest.fixture
def run(tmp_path):
    (tmp_path / "cycles.toml").touch()
    (tmp_path / "year.yml").write_text(YEAR)
    return open_run(tmp_path / "year.yml", tmp_path / "out")


def enter(run, cycle, run_id, state="done", **results_of):
    folder = run.folder.path
    run.folder.ledger.start_run(
        run_id=run_id, cycle=cycle, kind="pdsa_cycle", folder=folder, cycle_file=folder, holder={}
    )
    run.folder.ledger.finish_run(
        run_id, state=state, exit_status=0, results=results(**results_of) if results_of else None
    )


def test_the_latest_finished_run_of_each_cycle_is_told(run):
    enter(run, "one", "1", value=1.0, call="adopt")
    enter(run, "one", "2", value=2.0, call="adapt")
    enter(run, "one", "3", state="failed")
    enter(run, "two", "4", value=3.0, call="adapt")
    year = side_by_side(run)
    assert year.effects["effect"].tolist() == [2.0, 3.0]
    assert year.effects["measure"].tolist() == ["belonging", "belonging"]
    assert year.decisions["decision"].tolist() == ["adapt", "adapt"]
    assert "never pooled as if independent" in year.text
    assert "2 were sealed before their data" in year.text


def test_a_cycle_that_was_never_finished_is_named(run):
    enter(run, "one", "1", value=1.0, call="adopt")
    with pytest.raises(RunError) as missing:
        side_by_side(run)
    assert missing.value.code == "CY505"
    assert "two" in str(missing.value)
    assert "one," not in str(missing.value)
