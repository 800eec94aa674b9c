"""The cycle file: every problem at once, each with its place and the nearest known name."""

import pytest
from tests.conftest import ROOT

from cycles.core import strict_yaml
from cycles.core.errors import ParameterError, ProblemsError
from cycles.plan.cycle_file import AnnualImpact, Cycle, read_cycle_file

EXAMPLE = ROOT / "params" / "check-ins-2026-fall.yml"


def changed(tmp_path, old, new):
    text = EXAMPLE.read_text()
    assert old in text
    path = tmp_path / "cycle.yml"
    path.write_text(text.replace(old, new))
    return path


@pytest.mark.parametrize("path", sorted((ROOT / "params").glob("*.yml")), ids=lambda path: path.stem)
def test_every_shipped_parameter_file_is_valid(path):
    assert isinstance(read_cycle_file(path), Cycle | AnnualImpact)


def test_numbers_dates_and_names_are_what_the_file_says():
    cycle = read_cycle_file(EXAMPLE)
    assert cycle.prediction.interval == (0.05, 0.35)
    assert cycle.decide.on.isoformat() == "2027-01-25"
    assert cycle.sources["survey"].name == "survey"
    assert cycle.measures.process["check_ins_per_week"].options == {"service": "check_in"}
    assert cycle.measures.outcome["belonging"].instrument == "school_belonging"


def test_a_chart_may_have_a_kind_a_target_and_a_last_day_of_its_limits(tmp_path):
    said = "charts: {check_ins_per_week: {kind: xmr, target: 1.5, freeze_until: 2026-11-01}}\nsources:\n"
    chart = read_cycle_file(changed(tmp_path, "sources:\n", said)).charts["check_ins_per_week"]
    assert (chart.kind, chart.target, chart.freeze_until.isoformat()) == ("xmr", 1.5, "2026-11-01")


def test_a_misspelt_key_names_the_nearest(tmp_path):
    with pytest.raises(ProblemsError) as refused:
        read_cycle_file(changed(tmp_path, "covariates:", "covariats:"))
    problem = refused.value.problems[0]
    assert problem.code == "CY101"
    assert problem.where.endswith("design.covariats")
    assert "Did you mean 'covariates'?" in problem.fix
    assert refused.value.exit_status == 2


def test_all_problems_are_reported_together(tmp_path):
    path = changed(tmp_path, "adopt: 0.80", "adopt: 1.80")
    path.write_text(path.read_text().replace("started_on: 2026-10-05", "started_on: soon").replace("aim:", "aimm:"))
    with pytest.raises(ProblemsError) as refused:
        read_cycle_file(path)
    assert {problem.code for problem in refused.value.problems} == {"CY101", "CY105"}
    assert len(refused.value.problems) >= 4


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("cycle: check-ins-2026-fall ", "cycle: ../../escape ", "CY108"),
        ("kind: pdsa_cycle", "kind: pdsa_cicle", "CY110"),
        ("{measure: belonging,", "{measure: longing,", "CY105"),
        ('cron: "0 6 * * MON"', 'cron: "every Monday"', "CY105"),
        ("America/New_York", "America/Hartfort", "CY105"),
        ("size: 0.20", "size: .nan", "CY105"),
        ("abandon: 0.20", "abandon: 0.90", "CY105"),
        ("fidelity: {check_ins_per_week:", "fidelity: {visits:", "CY105"),
        ("{scale: school_belonging.belonging}", "{scale: belonging}", "CY105"),
        ("{scale: school_belonging.belonging}", "{}", "CY105"),
        ("interval: [0.05, 0.35]", "interval: [0.35, 0.05]", "CY105"),
        ("sources:\n", "charts: {longing: {target: 4}}\nsources:\n", "CY105"),
        ("sources:\n", "charts: {belonging: {kind: pie}}\nsources:\n", "CY105"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_code(tmp_path, old, new, code):
    with pytest.raises((ParameterError, ProblemsError)) as refused:
        read_cycle_file(changed(tmp_path, old, new))
    assert refused.value.code == code
    assert refused.value.exit_status == 2


def test_an_empty_file_is_refused(tmp_path):
    (tmp_path / "empty.yml").write_text("")
    with pytest.raises(ParameterError):
        read_cycle_file(tmp_path / "empty.yml")
    with pytest.raises(ParameterError):
        Cycle.parse([], where="x")


def test_number_or_text_leaves_ids_alone():
    assert strict_yaml.number_or_text(5) == 5
