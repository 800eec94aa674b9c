"""The published files through an evaluator's report: Hartford and Waterbury, and New York's high schools with their break."""

import json
import shutil

import pytest

import cycles as cy
from cycles.core.workspace import scaffold_root


@pytest.fixture
def opened(tmp_path, shared, monkeypatch):
    """A run of a parameter file that comes with cycles, on the outside data."""

    def make(name: str):
        monkeypatch.setenv("CYCLES_DATA", str(shared("data")))
        (tmp_path / "cycles.toml").touch()
        (tmp_path / "params").mkdir()
        shutil.copy(scaffold_root() / "params" / f"{name}.yml", tmp_path / "params")
        return cy.open_run(tmp_path / "params" / f"{name}.yml", tmp_path / "out")

    return make


def test_connecticuts_report_tells_the_percents_that_were_published(opened, tmp_path):
    run = opened("ct_chronic_absence")
    for one in cy.over_the_years(run, cy.collect(run)):
        cy.show(one, alt=one.text)
    cy.report(run)
    (block,) = [
        one
        for one in json.loads((tmp_path / "out" / "results.json").read_text())["blocks"]
        if one["section"] == "context"
    ]
    assert block["rows"][:2] == [
        ["Hartford", "26.0", "24.9", "26.6", "25.7"],
        ["Waterbury", "18.1", "19.8", "20.6", "18.6"],
    ]
    assert "Connecticut State Department of Education" in block["caption"]
    assert "not comparable" not in block["text"]


def test_new_yorks_report_compares_no_survey_year_across_the_break(opened):
    run = opened("nyc_high_schools")
    told = {one.measure: one for one in cy.over_the_years(run, cy.collect(run))}
    assert {name: len(one.stretches) for name, one in told.items()} == {
        "attendance_share": 1,
        "chronic_absence_share": 1,
        "supportive_environment_share": 2,
        "trust_share": 2,
    }
    assert "2014-15" in told["attendance_share"].text
    assert "in 2014-15" not in told["supportive_environment_share"].text
    assert "is not comparable before and from 2015-16" in told["supportive_environment_share"].text
