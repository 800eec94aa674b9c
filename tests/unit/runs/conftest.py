"""A workspace with the example's cycle file and a toy notebook in place of the real one."""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[3]
PARAMETERS = 'cycle_file: str = "x.yml"\noutput_dir: str = "runs/x"\nseed: int = 2026'
DONE = {
    "schema": "cycles.results/1",
    "reconciliation": [],
    "estimates": [],
    "checks": [],
    "decision": {"call": "adapt", "step": 6, "because": "the effect is probably too small"},
    "prediction": {},
    "blocks": [],
}
LEAVES_RESULTS = f"""
import json, pathlib
pathlib.Path(output_dir, "results.json").write_text({json.dumps(json.dumps(DONE))})
pathlib.Path(output_dir, "report.html").write_text("<p>seed " + str(seed) + "</p>")
"""


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Make the workspace, go there, and return the cycle file; the notebook's cells are given."""

    def make(*cells: str) -> Path:
        for name in ("cycles.toml", "params/check-ins-2026-fall.yml", "params/mappings/pulse.yml"):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes((ROOT / name).read_bytes())
        for name in ("pulse.csv", "oneroster.zip", "arms.csv", "attendance.csv", "sessions.csv"):
            (tmp_path / "data").mkdir(exist_ok=True)
            (tmp_path / "data" / name).write_text("a\n1\n")
        for name in ("survey.school_belonging", "arms", "attendance_days", "sessions"):
            (tmp_path / "data_contracts").mkdir(exist_ok=True)
            (tmp_path / "data_contracts" / f"{name}.odcs.yaml").write_text("id: toy\n")
        _write_notebook(tmp_path / "notebooks" / "pdsa_cycle.ipynb", cells or (LEAVES_RESULTS,))
        monkeypatch.chdir(tmp_path)
        return tmp_path / "params" / "check-ins-2026-fall.yml"

    return make


def _write_notebook(path: Path, cells: tuple[str, ...]) -> None:
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    node.cells = [first, nbformat.v4.new_markdown_cell("## Plan"), *(nbformat.v4.new_code_cell(cell) for cell in cells)]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(node, path)
