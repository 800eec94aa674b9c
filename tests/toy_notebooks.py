"""What the tests of plain and of forked kernels share: a toy notebook, and looking at processes."""

import os
import textwrap
import time
from pathlib import Path

import nbformat

PARAMETERS = 'cycle_file: str = "x.yml"  # the cycle to run\noutput_dir: str = "runs/x"\nseed: int = 2026'


def notebook(folder: Path, *cells: str) -> Path:
    """A notebook with a parameters cell, one heading and the given cells."""
    node = nbformat.v4.new_notebook(
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )
    first = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    heading = nbformat.v4.new_markdown_cell("## Study")
    node.cells = [first, heading, *(nbformat.v4.new_code_cell(textwrap.dedent(cell)) for cell in cells)]
    path = folder / "toy.ipynb"
    nbformat.write(node, path)
    return path


def wait_for(look, seconds: float):
    """The first true answer of `look`, within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        answer = look()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError("waited in vain")


def lives(pid: int) -> bool:
    """Whether a process is there and not just waiting to be told of."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path(f"/proc/{pid}/stat").exists() else True
