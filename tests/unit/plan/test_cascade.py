"""The cascade: the district's defaults, the school's settings, the file itself; each value knows where it was given."""

import json

import pytest
from tests.conftest import ROOT

from cycles.core.errors import ParameterError, ProblemsError
from cycles.core.layers import layered
from cycles.plan.cascade import cascade, school_settings
from cycles.plan.cycle_file import read_cycle_file
from cycles.runs.commandline import run_one

EXAMPLE = ROOT / "params" / "check-ins-2026-fall.yml"


@pytest.fixture
def workspace(tmp_path):
    """A workspace with the example's file, and what is written into its `params/`."""
    (tmp_path / "cycles.toml").write_text("")
    (tmp_path / "params" / "schools").mkdir(parents=True)
    (tmp_path / "params" / EXAMPLE.name).write_bytes(EXAMPLE.read_bytes())

    def write(name: str, text: str):
        (tmp_path / "params" / name).write_text(text)
        return tmp_path / "params" / EXAMPLE.name

    return write


def test_mappings_are_merged_and_lists_replaced():
    district = {"decide": {"adopt": "0.8", "prior": {"sd": "0.25"}}, "languages": ["en", "es"]}
    school = {"decide": {"prior": {"mean": "0.1"}}, "languages": ["pt"]}
    merged = layered([("district", district), ("school", school)])
    assert merged.content == {"decide": {"adopt": "0.8", "prior": {"sd": "0.25", "mean": "0.1"}}, "languages": ["pt"]}
    assert merged.origins[("decide", "prior", "sd")] == "district"
    assert merged.origins[("decide", "prior", "mean")] == "school"
    assert merged.origin(["languages", "0"], default="file") == "school"


def test_a_mapping_in_place_of_a_value_takes_its_origin_too():
    merged = layered([("a", {"x": {"y": "1", "z": "2"}}), ("b", {"x": "3"}), ("c", {"x": {"y": "4"}})])
    assert merged.content == {"x": {"y": "4"}}
    assert merged.origins == {("x", "y"): "c"}


def test_the_file_goes_before_the_districts_defaults(workspace):
    file = workspace("defaults.yml", "decide: {max_cycles: 2, adopt: 0.99}\n")
    file.write_text(file.read_text().replace(", max_cycles: 4", ""))
    cycle = read_cycle_file(file)
    assert (cycle.decide.max_cycles, cycle.decide.adopt) == (2, 0.80)


def test_a_misspelt_default_is_told_with_the_file_it_stands_in(workspace):
    file = workspace("defaults.yml", "decide: {max_cycle: 2}\n")
    with pytest.raises(ProblemsError) as refused:
        read_cycle_file(file)
    [problem] = refused.value.problems
    assert (problem.code, problem.where) == ("CY101", "params/defaults.yml, decide.max_cycle")
    assert "Did you mean 'max_cycles'?" in problem.fix


def test_what_makes_a_file_this_file_cannot_be_a_default(workspace):
    file = workspace("defaults.yml", "cycle: everyone\n")
    with pytest.raises(ParameterError) as refused:
        read_cycle_file(file)
    assert refused.value.code == "CY101"
    assert "'cycle' cannot be a default" in refused.value.what


def test_a_yearly_report_takes_only_the_defaults_that_every_kind_has(workspace, tmp_path):
    workspace("defaults.yml", "report: {disclosure: ct_edsight}\ndecide: {adopt: 0.9}\n")
    year = tmp_path / "params" / "year-2026-27.yml"
    year.write_bytes((ROOT / "params" / year.name).read_bytes())
    assert set(cascade(year).origins.values()) <= {"defaults.yml", year.name}
    assert read_cycle_file(year).report.disclosure == "ct_edsight" or "disclosure" in year.read_text()


def test_a_school_has_a_name_and_settings_of_its_own(workspace):
    file = workspace("schools/s1.yml", "name: North High\nreport: {languages: [en, pt]}\n")
    school = school_settings(file.parent, "s1")
    assert school.name == "North High"
    merged = cascade(file, school=school)
    assert merged.content["report"]["languages"] == ["en", "es"]  # the file says so itself
    assert school_settings(file.parent, "s2") is None


def test_every_value_says_where_it_comes_from(workspace, capfd):
    workspace("defaults.yml", "team: {owner: District}\nreport: {languages: [en]}\n")
    file = workspace("schools/s1.yml", "team: {owner: Ms Diaz}\n")
    assert run_one(["config", "show", "--origin", "--cycle", str(file), "--school", "s1"]) == 0
    said = capfd.readouterr().out.splitlines()
    assert "team.owner = Ms Diaz  (schools/s1.yml)" in said
    assert f"decide.adopt = 0.80  ({file.name})" in said
    assert f"report.languages = ['en', 'es']  ({file.name})" in said
    assert run_one(["config", "show", "--cycle", str(file), "--json"]) == 0
    values = {one["name"]: one for one in json.loads(capfd.readouterr().out)["settings"]}
    assert (values["team.owner"]["value"], values["team.owner"]["origin"]) == ("District", "defaults.yml")
