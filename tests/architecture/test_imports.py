"""The house stands on its import contracts: kept as it is, and broken by what they forbid."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def linted(folder: Path) -> subprocess.CompletedProcess:
    """What import-linter says of a copy of the package."""
    script = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", script, "--no-cache"], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


PLANTED = {
    "an upward import": ("core/files.py", "from cycles.runs import opening", "a stage knows only the stages before it"),
    "a lazy upward import": (
        "plan/sealing.py",
        "def _late():\n    import cycles.study.scoring",
        "a stage knows only the stages before it",
    ),
    "an upward import within study": (
        "study/inference/least_squares.py",
        "import cycles.study.checks",
        "from inference to checks",
    ),
    "an upward import within act": (
        "act/decisions/rule.py",
        "import cycles.act.reporting.wording",
        "from decisions to reports",
    ),
    "the front door": ("do/supports.py", "import cycles as cy", "No module uses the front door"),
    "Great Expectations elsewhere": (
        "do/supports.py",
        "def _late():\n    import great_expectations",
        "Great Expectations lives in do.contracts",
    ),
    "papermill elsewhere": ("do/supports.py", "import papermill", "Papermill and dask live in runs"),
    "drawing elsewhere": ("act/reporting/html.py", "import matplotlib", "Drawing lives in act.reporting.figures"),
    "an estimator that knows another": (
        "study/estimators/ancova.py",
        "import cycles.study.estimators.difference_in_means",
        "Estimators do not know each other",
    ),
    "a check that knows another": (
        "study/checks/collinearity.py",
        "import cycles.study.checks.cluster_count",
        "Checks do not know each other",
    ),
    "a room that nobody planned": ("attic/__init__.py", "", "a stage knows only the stages before it"),
}


def test_the_contracts_are_kept(copy):
    done = linted(copy)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_forbidden_is_refused(copy, name):
    place, line, contract = PLANTED[name]
    path = copy / "src" / "cycles" / place
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text() if path.exists() else "") + f"\n{line}\n")
    done = linted(copy)
    assert done.returncode == 1, done.stdout
    assert contract in done.stdout.split("Broken contracts")[-1]


def test_help_loads_nothing_heavy():
    script = "import sys; from cycles.runs.commandline import run_one; run_one(['--help']); print(' '.join(sys.modules), file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    heavy = {
        "pandas",
        "numpy",
        "pydantic",
        "papermill",
        "matplotlib",
        "sqlalchemy",
        "great_expectations",
        "rich",
        "scipy",
        "statsmodels",
    }
    assert heavy & set(done.stderr.split()) == set()
