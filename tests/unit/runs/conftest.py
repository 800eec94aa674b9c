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


STUDENTS = "student_id,school_id,grade,classroom_id,school_name\n1,S1,09,A,North\n2,S2,09,B,South\n3,S3,09,C,West\n"
OF_SCHOOLS = {
    "survey": (
        "{adapter: csv, path: data/pulse.csv, instrument: school_belonging}",
        "respondent_id,wave\n1,w\n2,w\n3,w\n",
    ),
    "roster": ("{adapter: csv, path: data/students.csv, contract: students}", STUDENTS),
    "arms": ("{adapter: csv, path: data/arms.csv, contract: arms}", "unit_id,unit_kind,arm\nA,classroom,check_ins\n"),
    "attendance": (
        "{adapter: csv, path: data/attendance.csv, contract: attendance_days}",
        "student_id,school_id,on,status\n1,S1,2026-10-05,present\n",
    ),
    "sessions": (
        "{adapter: csv, path: data/sessions.csv, contract: sessions}",
        "student_id,on,minutes\n2,2026-10-05,15\n",
    ),
}


@pytest.fixture
def schools(toy: Callable[..., Path]) -> Callable[..., Path]:
    """As `toy`, with a roster of three schools and `for_each`."""

    def make(*cells: str) -> Path:
        file = toy(*cells)
        text = file.read_text()
        written = "".join(f"  {name}: {source}\n" for name, (source, _) in OF_SCHOOLS.items())
        before, _, after = text.partition("sources:\n")
        rest = after[after.index("schedule:") :]
        file.write_text(
            f"{before}sources:\n{written}for_each: {{by: school_id, of: roster, called: school_name}}\n{rest}"
        )
        for name, (source, rows) in OF_SCHOOLS.items():
            path = "students" if name == "roster" else "pulse" if name == "survey" else name
            (file.parent.parent / "data" / f"{path}.csv").write_text(rows)
            assert f"data/{path}.csv" in source
        return file

    return make


def _write_notebook(path: Path, cells: tuple[str, ...]) -> None:
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    node.cells = [first, nbformat.v4.new_markdown_cell("## Plan"), *(nbformat.v4.new_code_cell(cell) for cell in cells)]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(node, path)
