"""Names and files of a parameter file are held to what exists, all at once, each with the nearest known name."""

import pytest

from cycles.core.errors import ParameterError, ProblemsError
from cycles.runs import preflight


def test_a_file_whose_names_and_files_exist_is_ready(toy):
    plan = preflight.ready(toy())
    assert plan.notebook.name == "pdsa_cycle.ipynb"
    assert plan.cycle.cycle == "check-ins-2026-fall"


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("estimator: ancova", "estimator: ancva", "CY102", "Did you mean 'ancova'?"),
        ("indicator: sessions_per_week", "indicator: session_per_week", "CY102", "Did you mean 'sessions_per_week'?"),
        ("school_belonging.belonging", "school_belonging.belongin", "CY102", "Did you mean 'belonging'?"),
        ("school_belonging.belonging", "school_belongin.belonging", "CY102", "Did you mean 'school_belonging'?"),
        ("adapter: oneroster", "adapter: onerooster", "CY102", "Did you mean 'oneroster'?"),
        ("contract: arms", "contract: arm", "CY102", "Did you mean 'arms'?"),
        ("mapping: pulse", "mapping: pulze", "CY102", "Did you mean 'pulse'?"),
        ("data/arms.csv", "data/armz.csv", "CY104", "CYCLES_DATA"),
        ("instrument: school_belonging, ", "", "CY105", "instrument: school_belonging"),
        ("variance: CR2", "variance: CR2, options: {trim: 0.1}", "CY101", "Leave `options` out."),
    ],
)
def test_each_name_that_does_not_exist_is_named_with_its_key(toy, old, new, code, hint):
    cycle_file = toy()
    text = cycle_file.read_text()
    assert old in text
    cycle_file.write_text(text.replace(old, new))
    with pytest.raises(ProblemsError) as refused:
        preflight.ready(cycle_file)
    found = {problem.code: problem for problem in refused.value.problems}
    assert hint in found[code].fix
    assert cycle_file.name in found[code].where
    assert refused.value.exit_status == 2


def test_all_problems_are_reported_together(toy):
    cycle_file = toy()
    text = (
        cycle_file.read_text()
        .replace("estimator: ancova", "estimator: nothing_known")
        .replace("adapter: csv", "adapter: xls")
    )
    cycle_file.write_text(text)
    with pytest.raises(ProblemsError) as refused:
        preflight.ready(cycle_file)
    assert len(refused.value.problems) == 4


def test_a_missing_parameter_file_is_one_clear_error(tmp_path):
    with pytest.raises(ParameterError) as refused:
        preflight.ready(tmp_path / "none.yml")
    assert refused.value.code == "CY104"


def test_a_notebook_that_the_workspace_lacks_comes_with_cycles(toy):
    cycle_file = toy()
    cycle_file.write_text(cycle_file.read_text().replace("kind: pdsa_cycle", "kind: evaluation"))
    assert preflight.ready(cycle_file).notebook.name == "evaluation.ipynb"


def test_a_kind_without_a_notebook_is_named(toy, monkeypatch):
    cycle_file = toy()
    monkeypatch.setattr("cycles.core.workspace.scaffold_root", lambda: cycle_file.parent)
    (cycle_file.parent.parent / "notebooks" / "pdsa_cycle.ipynb").unlink()
    with pytest.raises(ProblemsError) as refused:
        preflight.ready(cycle_file)
    assert [problem.code for problem in refused.value.problems] == ["CY110"]
