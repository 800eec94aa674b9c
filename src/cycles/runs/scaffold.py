"""Making a workspace: its folders, the notebooks and contracts that come with cycles, and, if asked, a district that runs.

Nothing of the user's is overwritten: a file that is already there stays as it is.
"""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cycles.core.errors import WriteError
from cycles.core.ledger import Ledger
from cycles.core.workspace import MARKER, Workspace, scaffold_root
from cycles.plan.cycle_file import Cycle, read_cycle_file

EXAMPLE = "params/check-ins-2026-fall.yml"
ELSEWHERE = "star_"  # parameter files of data that everyone downloads for themselves
COPIED = (
    ("notebooks", "*.ipynb"),
    ("notebooks/learn", "*.ipynb"),
    ("data_contracts", "*.odcs.yaml"),
    ("params/mappings", "*.yml"),
)
SETTINGS = "# Settings of this workspace; `cycles config show --origin` says which are in force.\n# seed = 2026\n"
IGNORED = "data/\nruns/\njobs/\n.cycles/\n.ipynb_checkpoints/\n"


@dataclass(kw_only=True)
class Made:
    """What was made, and what was left as it was because it differs from what comes with cycles (paths below the root)."""

    root: Path
    written: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    sealed: str | None = None


def scaffold(root: Path, *, example: bool) -> Made:
    """Make a workspace in `root`, or complete the one that is there.

    Parameters
    ----------
    root : the folder; made when missing
    example : also write the example district's cycle, seal its plan, and write its data

    Raises
    ------
    WriteError
        CY504 when the folder cannot be written.
    """
    made = Made(root=_folder(root))
    _put(made, MARKER, SETTINGS.encode(), compare=False)
    _put(made, ".gitignore", IGNORED.encode(), compare=False)
    _copy_shipped(made)
    _write_schemas(made)
    if example:
        _write_example(made)
    return made


def _folder(root: Path) -> Path:
    try:
        for folder in ("params", "data"):
            (root / folder).mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise WriteError(f"could not make the folder: {problem.strerror}", code="CY504", where=str(root)) from None
    return root.resolve()


def _copy_shipped(made: Made) -> None:
    source = scaffold_root()
    for folder, pattern in COPIED:
        for path in sorted((source / folder).glob(pattern)):
            _put(made, f"{folder}/{path.name}", path.read_bytes())


def _write_schemas(made: Made) -> None:
    from cycles.runs.schemas import schema_files

    for name, text in schema_files().items():
        _put(made, name, text.encode())


def _write_example(made: Made) -> None:
    """The plans are sealed while only the baseline is there, as a team would; then the year goes on."""
    plans = _example_plans(made)
    if not _is_sealed(made.root):
        _write_district(made, stage="before")
    made.sealed = {name: _seal(made.root / name) for name in plans}[EXAMPLE]
    _write_district(made, stage="after")


def _example_plans(made: Made) -> list[str]:
    """Copy the example's parameter files; those that predict something, and so can be sealed."""
    names = [f"params/{path.name}" for path in sorted((scaffold_root() / "params").glob("*.yml"))]
    ours = [name for name in names if not Path(name).name.startswith(ELSEWHERE)]
    for name in ours:
        _put(made, name, (scaffold_root() / name).read_bytes())
    return [name for name in ours if isinstance(read_cycle_file(made.root / name), Cycle)]


def _seal(path: Path) -> str:
    from cycles.runs.opening import seal_cycle_file

    return seal_cycle_file(path).state


def _is_sealed(root: Path) -> bool:
    ledger = Ledger.existing(Workspace(root))
    if ledger is None:
        return False
    with ledger:
        return ledger.seal_of(Path(EXAMPLE).stem) is not None


def _write_district(made: Made, *, stage: Literal["before", "after"]) -> None:
    """Write the district's files of a stage, replacing only what an earlier stage wrote."""
    from cycles.runs.example import write_example

    with tempfile.TemporaryDirectory(prefix="cycles-example-") as place:
        write_example(Path(place), stage=stage)
        for path in sorted(one for one in Path(place).rglob("*") if one.is_file()):
            name = str(path.relative_to(place))
            _put(made, name, path.read_bytes(), replace=name in made.written)


def _put(made: Made, name: str, content: bytes, *, compare: bool = True, replace: bool = False) -> None:
    """Write one file if nothing is there; what is there and differs is kept and named."""
    path = made.root / name
    if path.exists() and not replace:
        if compare and path.read_bytes() != content:
            made.kept.append(name)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as problem:
        raise WriteError(f"could not write {name}: {problem.strerror}", code="CY504", where=str(path)) from None
    if name not in made.written:
        made.written.append(name)
