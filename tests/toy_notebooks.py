"""What the tests of plain and of forked kernels share: a toy notebook, and looking at processes."""

import os
import re
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


def plainly(output) -> str:
    """An output without what differs between any two kernels: their number in paths, and addresses in memory."""
    return re.sub(r"ipykernel_\d+|0x[0-9a-f]+", "-", str(output))


def shown(path: Path, folder: Path) -> list[str]:
    """What each cell of an executed notebook shows, without the moment and the folder it ran in."""
    cells = [plainly(cell.outputs) for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    cells = [one.replace(str(folder), "FOLDER").replace(folder.name, "FOLDER") for one in cells]
    return [re.sub(r"\b\d{8}T\d{6}Z-\w+|\b\d\d:\d\d(:\d\d[.\d]*)?", "-", one) for one in cells]
