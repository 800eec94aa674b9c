"""Finding a run by its name and writing its report again."""

from pathlib import Path

from cycles.core.errors import RunError, nearest
from cycles.core.ledger import Ledger
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

    cycle, folder = _find(name, workspace)
    run = RunFolder(folder, workspace=workspace, cycle_name=cycle)
    return report_again(run)


def _find(name: str, workspace: Workspace) -> tuple[str, Path]:
    runs = _runs(workspace)
    exact = [run for run in runs if run["run_id"] == name]
    latest = [run for run in runs if run["cycle"] == name and run["state"] == "done"]
    for run in [*exact, *latest]:
        folder = Path(run["folder"])
        if folder.is_dir():
            return run["cycle"], folder
    known = {word for run in runs for word in (run["run_id"], run["cycle"])}
    raise RunError(f"no run '{name}'", code="CY505", where=str(workspace.root), fix=nearest(name, known))


def _runs(workspace: Workspace) -> list[dict[str, str]]:
    ledger = Ledger.existing(workspace)
    if ledger is None:
        return []
    with ledger:
        return ledger.runs()
