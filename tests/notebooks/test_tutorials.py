"""The tutorials: each runs from top to bottom in a fresh workspace, shows numbers and no gaps, and together they name every verb."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tests.conftest import ROOT

import cycles as cy
from cycles.runs.scaffold import scaffold

TUTORIALS = sorted((ROOT / "notebooks" / "learn").glob("*.ipynb"))
NOT_KNOWN = re.compile(r"\b(nan|NaN|NaT|<NA>|inf)\b")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> Path:
    """A workspace as `cycles init DIR --example` makes it."""
    folder = tmp_path_factory.mktemp("learning")
    scaffold(folder, example=True)
    return folder


@pytest.fixture(scope="module")
def lessons(workspace) -> dict[str, list[dict[str, Any]]]:
    """What each tutorial showed, one after the other in one workspace, as somebody would who works through them."""
    copies = [workspace / "notebooks" / "learn" / path.name for path in TUTORIALS]
    words = [sys.executable, str(ROOT / "tests" / "tutorial_cells.py"), str(workspace), *map(str, copies)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False, env=environment())
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def environment() -> dict[str, str]:
    return {**os.environ, "MPLBACKEND": "agg", "NO_COLOR": "1", "OMP_NUM_THREADS": "1"}


def source_of(path: Path) -> str:
    return "\n".join(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_runs_and_shows_no_gaps(lessons, path):
    for number, cell in enumerate(lessons[path.stem], start=1):
        assert not cell["error"], f"code cell {number}: {cell['error']}"
        assert not NOT_KNOWN.search(cell["shown"]), f"code cell {number}: {cell['shown']}"
        assert not cell["said"], f"code cell {number}: {cell['said']}"
    assert any(cell["shown"].strip() for cell in lessons[path.stem])


def test_after_the_tutorials_no_cycle_is_held_and_only_the_reported_one_is_done(lessons, workspace):
    told = subprocess.run(
        [sys.executable, "-m", "cycles", "status", "--json"],
        cwd=workspace,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    states = {one["cycle"]: one["state"] for one in json.loads(told.stdout)["cycles"]}
    assert "running" not in states.values()
    assert [cycle for cycle, state in states.items() if state == "done"] == ["tutoring-by-lot"]


@pytest.mark.parametrize("path", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_is_short_and_says_what_goes_wrong(path):
    cells = nbformat.read(path, as_version=4).cells
    assert 6 <= len(cells) <= 12
    assert cells[0].source.startswith(f"# {int(path.stem[:2])}. ")
    assert any("One thing that goes wrong" in cell.source for cell in cells)


def test_the_tutorials_are_numbered_in_the_order_of_the_journey():
    assert [int(path.stem[:2]) for path in TUTORIALS] == list(range(1, len(TUTORIALS) + 1))


@pytest.mark.parametrize("verb", cy.__all__)
def test_a_verb_is_shown_in_a_tutorial_or_a_notebook(verb):
    told = "\n".join(source_of(path) for path in (ROOT / "notebooks").rglob("*.ipynb"))
    assert re.search(rf"\bcy\.{verb}\b", told)


def test_jupyterlab_runs_a_tutorial_in_the_folder_where_it_lies(workspace, tmp_path):
    executed(workspace / "notebooks" / "learn" / TUTORIALS[0].name, tmp_path, cwd=workspace / "notebooks" / "learn")
    assert (workspace / "runs" / "check-ins-2026-fall" / "learn" / "plan.sealed.json").is_file()
    assert not (workspace / "notebooks" / "learn" / "runs").exists()


@pytest.mark.slow
@pytest.mark.parametrize("path", TUTORIALS[1:], ids=lambda path: path.stem)
def test_papermill_runs_a_tutorial_from_the_workspace(workspace, tmp_path, path):
    executed(workspace / "notebooks" / "learn" / path.name, tmp_path, cwd=workspace)


def executed(notebook: Path, folder: Path, *, cwd: Path) -> None:
    """Run a notebook in a kernel of its own, as papermill does by itself."""
    words = [sys.executable, "-m", "papermill", str(notebook), str(folder / "executed.ipynb"), "--no-progress-bar"]
    done = subprocess.run(
        [*words, "--cwd", str(cwd)],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
