"""The time of a notebook's own cells: in this process, after every import, on an example district. Prints seconds of CPU as JSON.

usage: python tests/notebook_cells.py FOLDER REPEATS
"""

import contextlib
import io
import json
import os
import sys
import time
from pathlib import Path

import nbformat

from cycles.core import run_folder
from cycles.runs.example import write_example
from cycles.runs.scaffold import scaffold

CYCLE = "check-ins-2026-fall"


def main(root: Path, repeats: int) -> list[float]:
    """CPU seconds of each pass over the cells; a first pass, which imports, is not counted."""
    scaffold(root, example=False)
    (root / "params" / f"{CYCLE}.yml").write_bytes((_shipped() / "params" / f"{CYCLE}.yml").read_bytes())
    write_example(root)
    os.chdir(root)
    return [_pass(root / "runs" / CYCLE / str(number)) for number in range(repeats + 1)][1:]


def _pass(output: Path) -> float:
    """Run the cells once, as papermill would with these parameters, in a namespace of their own."""
    cells = [
        cell
        for cell in nbformat.read(Path("notebooks/pdsa_cycle.ipynb"), as_version=4).cells
        if cell.cell_type == "code"
    ]
    names = {"cycle_file": f"params/{CYCLE}.yml", "output_dir": str(output), "seed": 2026}
    started = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in cells:
            if "parameters" not in cell.metadata.get("tags", []):
                exec(compile(cell.source, "cell", "exec"), names)  # noqa: S102 - our own notebook
    run_folder.close()
    return time.process_time() - started


def _shipped() -> Path:
    from cycles.core.workspace import scaffold_root

    return scaffold_root()


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
