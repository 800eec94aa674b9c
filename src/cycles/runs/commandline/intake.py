"""`cycles intake sniff FILE`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.core.workspace import Workspace
    from cycles.do.intake.proposing import Proposal
    from cycles.do.intake.reading import Reading

_FOLDERS = {
    "yml": "params/mappings",
    "odcs.yaml": "data_contracts",
    "codebook.md": "data_contracts",
    "codebook.csv": "data_contracts",
}


@click.group()
def command() -> None:
    """Look at a file: what it is, and a draft mapping, contract and codebook for it."""


@command.command()
@click.argument("file")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the drafts below this folder (default: the workspace).",
)
@click.option("--name", help="What the drafts are called (default: after the file).")
@click.option(
    "--reading",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="What is known already, such as sheet=Summary; may be repeated.",
)
@click.option("--no-drafts", is_flag=True, help="Only look; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def sniff(
    file: str, out: Path | None, name: str | None, given: tuple[str, ...], no_drafts: bool, as_json: bool
) -> None:
    """Look at FILE (or a folder, or a database) and draft a mapping, a contract and a codebook for it.

    Nothing is decided and nothing existing is overwritten: every guess is marked in the drafts, missing codes are proposed and not applied,
    and a value is named only where at least ten rows hold it.
    """
    from cycles.core.workspace import is_address
    from cycles.do.intake.proposing import propose

    workspace = _workspace()
    source = file if is_address(file) else Path(file)
    found = propose(source, reading=_reading(given), workspace=workspace)
    written = (
        []
        if no_drafts
        else _write(found, out or (workspace.root if workspace else Path.cwd()), name or _slug(file), workspace)
    )
    if as_json:
        _words.give({**found.to_dict(), "written": [str(path) for path in written]})
        return
    _say(found)
    for path in written:
        _words.say(f"draft: {path}")


def _workspace() -> "Workspace | None":
    from cycles.core.errors import ParameterError
    from cycles.core.workspace import find_workspace

    try:
        return find_workspace()
    except ParameterError:
        return None


def _reading(given: tuple[str, ...]) -> "Reading":
    from cycles.do.intake.reading import Reading

    wrong = next((one for one in given if "=" not in one), None)
    if wrong is not None:
        raise click.BadParameter(f"'{wrong}' is not KEY=VALUE", param_hint="--reading")
    return Reading.parse(dict(one.split("=", 1) for one in given), where="--reading")


def _slug(file: str) -> str:
    """A safe name from the file's own."""
    stem = "source" if "://" in file or file.startswith("env:") else Path(file).name.split(".")[0]
    return re.sub(r"[^a-z0-9]+", "_", stem.lower()).strip("_")[:60] or "source"


def _write(found: "Proposal", root: Path, name: str, workspace: "Workspace | None") -> list[Path]:
    """All four files or none; what exists stays, and the drafts then say so in their names."""
    from cycles.core.files import atomic_write
    from cycles.do.intake.proposing.codebook import codebook_csv, codebook_md
    from cycles.do.intake.proposing.drafts import contract_draft, mapping_draft, plan_of

    paths = _free_paths(root, name)
    plan = plan_of(found, workspace.instruments if workspace else None)
    texts = {
        "yml": mapping_draft(found, plan),
        **({"odcs.yaml": contract_draft(found, plan, name=name)} if plan.lines else {}),
        "codebook.md": codebook_md(found, plan),
        "codebook.csv": codebook_csv(found, plan),
    }
    for ending, text in texts.items():
        _make(paths[ending].parent)
        atomic_write(paths[ending], text.encode("utf-8"))
    return [paths[ending] for ending in texts]


def _free_paths(root: Path, name: str) -> dict[str, Path]:
    from cycles.core.errors import ParameterError

    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", name):
        raise ParameterError(f"'{name}' cannot be the name of files", code="CY108", where="--name")
    for stem in (name, f"{name}.draft"):
        paths = {ending: root / folder / f"{stem}.{ending}" for ending, folder in _FOLDERS.items()}
        there = [path for path in paths.values() if path.exists()]
        if not there:
            return paths
    raise ParameterError(
        f"{len(there)} drafts of that name are there already",
        code="CY105",
        where=", ".join(str(path) for path in there),
        fix="Finish and rename them, remove them, or give another --name.",
    )


def _make(folder: Path) -> None:
    from cycles.core.errors import WriteError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise WriteError(f"could not make the folder: {problem.strerror}", code="CY504", where=str(folder)) from None


def _say(found: "Proposal") -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from cycles.do.intake.proposing.drafts import told

    size = f"{found.n_rows:,} rows, {len(found.columns)} columns"
    what = f"adapter {found.recognised.adapter}, because {found.recognised.because}"
    _words.say(_words.bold(f"{found.source}: {size}; {what}."))
    for line in _sentences(found):
        _words.say(line)
    table = Table(box=None, padding=(0, 2, 0, 0))
    for heading in ("column", "seems to hold"):
        table.add_column(heading, overflow="fold")
    for column in found.columns:
        table.add_row(Text(column.name), Text(told(column)))
    Console(stderr=True, highlight=False).print(table)


def _sentences(found: "Proposal") -> list[str]:
    said = [f"  {warning}" for warning in found.warnings]
    said += [f"  left out: {n:,} rows ({rule})" for rule, n in found.excluded.items()]
    said += [f"  set aside: {found.n_broken:,} rows that cannot be read"] if found.n_broken else []
    said += [f"  not read, because they identify people: {', '.join(found.dropped)}"] if found.dropped else []
    said += [
        f"  [CY228] {one.name}: day and month can be exchanged in every date; {' or '.join(one.formats)}?"
        for one in found.columns
        if one.ambiguous
    ]
    said += [f"  instrument {one.key}? {one.text}" for one in found.instruments[:3]]
    said += [f"  table {one.table}? {len(one.columns)} columns: {', '.join(one.columns)}" for one in found.tables[:2]]
    return said
