"""Finding a run by its name and writing its report again."""

from pathlib import Path

from cycles.core.errors import RunError, nearest
from cycles.core.files import sha256
from cycles.core.ledger import Ledger
from cycles.core.releases import Release
from cycles.core.run_folder import RunFolder
from cycles.core.workspace import Workspace


def write_again(name: str, workspace: Workspace) -> Path:
    """Write the report of a run from its recorded blocks.

    Parameters
    ----------
    name : a run's name, or a cycle's, which stands for its latest finished run
    workspace : whose ledger knows it

    Returns
    -------
    Path of the report.

    Raises
    ------
    RunError
        CY505 when there is no such run, or it left nothing to report from.
    """
    from cycles.act.reporting.report import report_again

    found = _find(name, workspace)
    run = RunFolder(Path(found["folder"]), workspace=workspace, cycle_name=found["cycle"])
    path = report_again(run)
    with run.ledger as ledger:
        _enter(path, found, ledger)
    return path


def _enter(path: Path, run: dict[str, str], ledger: Ledger) -> None:
    """What is published now, if it is not what was published before; the blocks were protected when they were made."""
    policies = [one.policy for one in ledger.releases.of(run["cycle"]) if one.run_id == run["run_id"]]
    policy = policies[-1] if policies else "as when the run was made"
    ledger.releases.enter(
        Release(cycle=run["cycle"], run_id=run["run_id"], name=path.name, sha256=sha256(path), policy=policy)
    )


def _find(name: str, workspace: Workspace) -> dict[str, str]:
    runs = _runs(workspace)
    exact = [run for run in runs if run["run_id"] == name]
    latest = [run for run in runs if run["cycle"] == name and run["state"] == "done"]
    for run in [*exact, *latest]:
        folder = Path(run["folder"])
        if folder.is_dir():
            return run
    known = {word for run in runs for word in (run["run_id"], run["cycle"])}
    raise RunError(f"no run '{name}'", code="CY505", where=str(workspace.root), fix=nearest(name, known))


def _runs(workspace: Workspace) -> list[dict[str, str]]:
    ledger = Ledger.existing(workspace)
    if ledger is None:
        return []
    with ledger:
        return ledger.runs()
