"""What a failing cell leaves: a code and a remedy; values only in the restricted log."""

import json
import stat
import subprocess
import sys

import nbformat
from nbclient import NotebookClient

from cycles.core.errors import ContractError, ParameterError, ProblemsError
from cycles.runs import failure

CANARY = "Quillon-Thessaly-77"


def test_our_own_error_is_kept_as_it_is(tmp_path):
    error = ContractError("3 rows broke the contract", code="CY212", where="x.csv, lines 2, 3, 4")
    assert failure.leave(tmp_path, error) is error
    left = json.loads((tmp_path / "failure.json").read_text())
    assert (left["code"], left["exit"], left["where"]) == ("CY212", 1, "x.csv, lines 2, 3, 4")
    assert [one["code"] for one in left["problems"]] == ["CY212"]


def test_every_problem_of_several_is_kept(tmp_path):
    problems = [ParameterError("a", code="CY101"), ContractError("b", code="CY212")]
    failure.leave(tmp_path, ProblemsError(problems))
    left = json.loads((tmp_path / "failure.json").read_text())
    assert [one["code"] for one in left["problems"]] == ["CY101", "CY212"]
    assert left["exit"] == 1


def test_a_librarys_error_shows_no_value_outside_the_restricted_log(tmp_path):
    try:
        float(CANARY)
    except ValueError as error:
        shown = failure.leave(tmp_path, error)
    assert (shown.code, CANARY in str(shown)) == ("CY501", False)
    assert CANARY not in (tmp_path / "failure.json").read_text()
    assert CANARY in (tmp_path / "run.log").read_text()
    assert stat.S_IMODE((tmp_path / "run.log").stat().st_mode) == 0o600


def test_in_a_kernel_the_notebook_keeps_no_value_either(tmp_path):
    source = f"""
from pathlib import Path
from cycles.runs import failure
failure.watch(Path({str(tmp_path / "out")!r}))
"""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source), nbformat.v4.new_code_cell(f"float(chr(81) + {CANARY[1:]!r})")]
    )
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", allow_errors=True)
    client.execute()
    outputs = json.dumps([cell.outputs for cell in notebook.cells])
    assert CANARY not in outputs
    assert "CY501" in outputs
    assert json.loads((tmp_path / "out" / "failure.json").read_text())["code"] == "CY501"


def test_under_plain_papermill_the_terminal_shows_no_value(tmp_path):
    cells = [
        f"from pathlib import Path\nfrom cycles.runs import failure\nfailure.watch(Path({str(tmp_path / 'out')!r}))",
        f"float(chr(81) + {CANARY[1:]!r})",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, tmp_path / "in.ipynb")
    words = [sys.executable, "-m", "papermill", str(tmp_path / "in.ipynb"), str(tmp_path / "executed.ipynb")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert "CY501" in done.stderr
    assert CANARY not in done.stdout + done.stderr + (tmp_path / "executed.ipynb").read_text()
