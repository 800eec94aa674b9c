"""The tutorials' own cells, in this process: what each shows, as JSON. A warning is an error, as in the tests.

usage: python tests/tutorial_cells.py WORKSPACE NOTEBOOK...
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any


def main(workspace: Path, notebooks: list[Path]) -> dict[str, list[dict[str, Any]]]:
    """Each notebook's cells: whether it ran, and what it showed, as text and as HTML."""
    from IPython.core.interactiveshell import InteractiveShell

    os.chdir(workspace)
    warnings.simplefilter("error")
    shell = InteractiveShell.instance()
    return {path.stem: _cells(shell, path) for path in notebooks}


def _cells(shell: Any, path: Path) -> list[dict[str, Any]]:
    """Run the cells in a namespace of their own, up to the first that fails."""
    import nbformat

    shell.reset(new_session=True)
    told = []
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            told.append(_ran(shell, cell.source))
            if told[-1]["error"]:
                break
    return told


def _ran(shell: Any, source: str) -> dict[str, Any]:
    from IPython.utils.capture import capture_output

    with capture_output() as caught:
        result = shell.run_cell(source)
    shown = [str(text) for one in caught.outputs for kind, text in one.data.items() if kind.startswith("text/")]
    error = result.error_before_exec or result.error_in_exec
    return {"error": repr(error) if error else "", "shown": "\n".join([caught.stdout, *shown]), "said": caught.stderr}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), [Path(one).resolve() for one in sys.argv[2:]])))
