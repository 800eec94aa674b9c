"""Whatever is added brings its companions: hand-scored answers, an independent value, a planted truth, a parameter file."""

from pathlib import Path

import pytest
from tests.conftest import ROOT

from cycles.do.intake.adapters import ADAPTERS
from cycles.plan.cycle_file import KINDS, read_cycle_file
from cycles.plan.instruments import instrument_names, read_instrument
from cycles.study.checks import CHECKS
from cycles.study.estimators import ESTIMATORS
from cycles.study.indicators import INDICATORS

TESTS = ROOT / "tests"


def written(*folders: str) -> str:
    """The text of every test module and golden table below some folders of the tests."""
    files = [path for folder in folders for ending in ("py", "csv") for path in (TESTS / folder).rglob(f"*.{ending}")]
    return "".join(path.read_text("utf-8") for path in files)


@pytest.mark.parametrize("key", instrument_names())
def test_an_instrument_has_answers_scored_by_hand_for_each_of_its_scales_and_a_contract(key):
    head = (TESTS / "golden" / "instruments" / f"{key}.csv").read_text("utf-8").splitlines()[0].split(",")
    assert set(read_instrument(key).scales) <= set(head)
    assert (ROOT / "data_contracts" / f"survey.{key}.odcs.yaml").is_file()


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_an_estimator_has_an_independent_value_and_a_planted_truth(name):
    assert name in written("golden", "reference_groups")
    assert name in written("recovery")


@pytest.mark.parametrize("name", CHECKS.names())
def test_a_check_has_a_fault_that_it_catches(name):
    assert f'["{name}"]' in written("unit/study/checks")


@pytest.mark.parametrize("name", INDICATORS.names())
def test_an_indicator_has_a_test_of_its_own(name):
    assert f'"{name}"' in written("unit/study/indicators", "spec", "properties")


@pytest.mark.parametrize("name", ADAPTERS.names())
def test_an_adapter_has_a_file_with_the_table_it_should_give(name):
    assert f'"{name}"' in written("golden", "unit/do")


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_has_a_notebook_a_schema_and_a_parameter_file(kind):
    assert (ROOT / "notebooks" / f"{kind}.ipynb").is_file()
    assert (ROOT / "params" / "schema" / f"{kind}.json").is_file()
    assert kind in {read_cycle_file(path).kind for path in (ROOT / "params").glob("*.yml")}


@pytest.mark.parametrize("path", sorted((ROOT / "params").glob("[!s]*.yml")), ids=lambda path: path.stem)
def test_a_parameter_file_is_told_of_in_the_readme(path: Path):
    assert path.name in (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").rglob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_holds_no_functions_and_no_outputs(path: Path):
    import nbformat

    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert not [cell for cell in cells if cell.outputs or cell.execution_count]
    assert not [cell for cell in cells if "def " in cell.source or "lambda" in cell.source]
    assert sum("parameters" in cell.metadata.get("tags", []) for cell in cells) == 1
