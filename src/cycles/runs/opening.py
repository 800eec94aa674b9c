"""Opening a run: the parameter file is read, its plan sealed, its folder taken."""

import secrets
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core import files
from cycles.core.errors import CyclesError, ParameterError
from cycles.core.ledger import Ledger, Seal
from cycles.core.processes import this_process
from cycles.core.run_folder import RunFolder, close
from cycles.core.tables import CANONICAL_TABLES
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import MARKER, Workspace, find_workspace
from cycles.plan import sealing
from cycles.plan.cycle_file import AnnualImpact, Cycle, Source, read_cycle_file
from cycles.plan.run import Run
from cycles.runs import failure

if TYPE_CHECKING:
    import pandas as pd

UNREACHED = "unreached"
"""In place of the fingerprint of an address that did not answer: what it holds is unknown, and counts as seen."""


def open_run(cycle_file: str | Path, output_dir: str | Path, *, seed: int = 2026) -> Run:
    """Open a run of a parameter file.

    The plan is sealed in the ledger (the first seal stays); a lease that the command line left in `output_dir` is joined,
    otherwise the cycle is taken here. Failures of later cells leave `failure.json` and no student's value.

    Parameters
    ----------
    cycle_file : path of a file in a workspace's `params/`
    output_dir : the run folder; made private (0700)
    seed : for everything random

    Returns
    -------
    Run

    Notes
    -----
    Paths are followed from the current folder; where the parameter file is not found there, both from the workspace above it.

    Raises
    ------
    CyclesError
        CY101-CY110 for the file, CY503 when another run holds the cycle, CY504 when the folder cannot be written.
    """
    close()
    cycle_file, output_dir = _places(Path(cycle_file), Path(output_dir))
    failure.watch(output_dir)
    workspace = find_workspace(cycle_file.parent)
    cycle = read_cycle_file(cycle_file)
    _require_one(cycle, cycle_file)
    folder = RunFolder(output_dir, workspace=workspace, cycle_name=cycle.cycle).use()
    run_id, owns_lease, revision = _join_or_take(folder, cycle, cycle_file)
    folder.start_afresh()
    seal = seal_plan(cycle, workspace, folder.ledger) if isinstance(cycle, Cycle) else None
    deviations = sealing.deviations(cycle, seal) if isinstance(cycle, Cycle) and seal else ()
    if seal:
        folder.write_json(
            "plan.sealed.json", {"sealed_at": seal.sealed_at, "sha256": seal.sha256, "sealed": seal.sealed}
        )
    return Run(
        cycle=cycle,
        cycle_file=cycle_file,
        folder=folder,
        workspace=workspace,
        run_id=run_id,
        seed=int(seed),
        opened_on=date.today(),
        seal=seal,
        deviations=deviations,
        owns_lease=owns_lease,
        revision=revision,
    )


def _require_one(cycle: Cycle | AnnualImpact, cycle_file: Path) -> None:
    """A file with `for_each` is many runs; a notebook opened with it would join all schools into one."""
    if isinstance(cycle, Cycle) and cycle.for_each is not None:
        raise ParameterError(
            "the file asks for one run for each school, and this is one run",
            code="CY105",
            where=f"{cycle_file.name}, for_each",
            fix="`cycles run FILE --dry-run --json` names the file of each school (below .cycles/units/); open one of those.",
        )


def seal_cycle_file(cycle_file: str | Path) -> Seal:
    """Seal the plan of a parameter file without running it. A cycle that is sealed keeps its first seal."""
    workspace = find_workspace(Path(cycle_file).resolve().parent)
    cycle = read_cycle_file(cycle_file)
    if isinstance(cycle, AnnualImpact):
        raise CyclesError("an annual report predicts nothing to seal", code="CY110", where=str(cycle_file))
    with Ledger.of(workspace) as ledger:
        return seal_plan(cycle, workspace, ledger)


def new_run_id() -> str:
    """A name for a run: its UTC time and four random letters, so that names sort by time."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"


def seal_plan(cycle: Cycle, workspace: Workspace, ledger: Ledger) -> Seal:
    """The seal of a cycle, made now if there is none, with the state of the outcome files at this moment."""
    found = ledger.seal_of(cycle.cycle)
    if found is not None:
        return found
    outcome_files = [_outcome_file(cycle, source, workspace) for source in outcome_sources(cycle)]
    return sealing.seal(cycle, ledger, outcome_files=outcome_files)


def outcome_sources(cycle: Cycle) -> list[Source]:
    """The sources that the outcome measures are computed from."""
    from cycles.study.indicators import INDICATORS

    instruments = {spec.instrument for spec in cycle.measures.outcome.values() if spec.instrument}
    needs: set[str] = set()
    for spec in cycle.measures.outcome.values():
        if spec.indicator:
            needs |= set(INDICATORS.facts(spec.indicator)["needs"]) - {"students", "arms"}
        if spec.published:
            needs |= {source.contract for source in cycle.sources.values() if source.contract} - {*CANONICAL_TABLES}
            needs |= {"site_measures"}
    return [source for source in cycle.sources.values() if source.instrument in instruments or source.contract in needs]


def _settled(folder: RunFolder, lease: dict[str, Any]) -> bool:
    """Whether the run of a lease is over: it has ended, or this process opened it before and is opening another."""
    entered = folder.ledger.run(lease["run_id"])
    if entered is None or entered["state"] != "running":
        return entered is not None
    ours = this_process()
    if any(entered["holder"].get(name) != ours[name] for name in ours):
        return False
    folder.ledger.finish_run(lease["run_id"], state="interrupted", exit_status=130, code="CY506")
    return True


def _places(cycle_file: Path, output_dir: Path) -> tuple[Path, Path]:
    """Both paths made absolute. JupyterLab starts a notebook in the folder of the notebook, papermill where it is called."""
    root = Path.cwd()
    if not (root / cycle_file).exists():
        above = [folder for folder in root.parents if (folder / MARKER).is_file() and (folder / cycle_file).is_file()]
        root = next(iter(above), root)
    return (root / cycle_file).resolve(), root / output_dir


def _outcome_file(cycle: Cycle, source: Source, workspace: Workspace) -> dict[str, Any]:
    entry: dict[str, Any] = {"source": source.name, "path": source.path, "sha256": None, "outcome_rows": None}
    try:
        place = workspace.locate(source.path)
    except CyclesError as problem:
        if problem.code == "CY105":  # an address with a password would be written into the ledger
            raise
        return entry
    found = _delivered(source, workspace)
    if found is None:
        return {**entry, "sha256": files.sha256(place) if isinstance(place, Path) else UNREACHED}
    return {**entry, "sha256": found.sha256, "outcome_rows": _outcome_rows(cycle, found.table)}


def _delivered(source: Source, workspace: Workspace) -> Delivery | None:
    """The source as it can be read now; None when it cannot."""
    from cycles.do.intake import read

    try:
        return read(source, workspace=workspace)
    except CyclesError:
        return None


def _outcome_rows(cycle: Cycle, table: "pd.DataFrame") -> int | None:
    """How many rows already hold outcomes; None when that cannot be known."""
    wave = cycle.design.outcome_wave
    for column in ("wave", "period", "term"):
        if column in table and wave is not None:
            return int((table[column] == wave).sum())
    if "on" in table:
        return int((table["on"] >= cycle.started_on.isoformat()).sum())
    return None


def _join_or_take(folder: RunFolder, cycle: Cycle | AnnualImpact, cycle_file: Path) -> tuple[str, bool, int | None]:
    lease = folder.lease()
    if lease is not None and not _settled(folder, lease):
        return lease["run_id"], False, lease.get("revision")
    run_id = new_run_id()
    folder.take(run_id=run_id)
    folder.ledger.start_run(
        run_id=run_id,
        cycle=cycle.cycle,
        kind=cycle.kind,
        folder=folder.path,
        cycle_file=cycle_file,
        holder=this_process(),
    )
    return run_id, True, None
