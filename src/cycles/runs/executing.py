"""A run from its entry in the ledger to the ledger's last word: the notebook in its kernel, what it left, the notice of what came of it."""

import json
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cycles.core.errors import CyclesError, RunError
from cycles.core.ledger import Ledger
from cycles.core.processes import this_process
from cycles.core.run_folder import RunFolder
from cycles.core.steps import Parts
from cycles.runs import kernels, notices, preflight, reuse
from cycles.runs.keys import SEAL, changed_parts
from cycles.runs.ran import REPORT

RESULTS = "results.json"


class Stopped(RunError):
    """CY506: the run was interrupted."""

    exit_status = 130


def enter(folder: RunFolder, plan: preflight.Plan) -> None:
    """Enter a run as running."""
    folder.ledger.start_run(
        run_id=folder.path.name,
        cycle=plan.cycle.cycle,
        kind=plan.cycle.kind,
        folder=folder.path,
        cycle_file=plan.cycle_file,
        holder=this_process(),
    )


def execute(
    folder: RunFolder, plan: preflight.Plan, *, seed: int, parts: Callable[[Ledger], Parts | None], **execution: Any
) -> None:
    """Run the notebook and enter how that ended.

    Parameters
    ----------
    folder : of a run that is entered
    plan, seed : what is run
    parts : tells what it is computed from, by the ledger of the moment
    **execution : as :func:`cycles.runs.kernels.execute` takes it

    Raises
    ------
    CyclesError
        What the notebook reported; CY506 (130) when stopped.
    """
    ledger, run_id = folder.ledger, folder.path.name
    parameters = {"cycle_file": str(plan.cycle_file), "output_dir": str(folder.path), "seed": seed}
    output = folder.path / f"{plan.cycle.kind}.ipynb"
    try:
        with _terminable():
            before = parts(ledger)
            kernels.execute(plan.notebook, output, parameters=parameters, cwd=plan.workspace.root, **execution)
            results = results_of(folder.path)
            reuse.keep(folder, run_id=run_id, parts=_settled(before, parts(ledger)))
            folder.require_hold()
            notify(folder, plan, results)
            finish(ledger, run_id, results)
    except KeyboardInterrupt:
        end(ledger, run_id, "interrupted", 130, "CY506")
        raise Stopped("the run was stopped before it finished", code="CY506", where=str(folder.path)) from None
    except CyclesError as problem:
        end(ledger, run_id, "failed", problem.exit_status, problem.code)
        notify(folder, plan, problem)
        _tell_contracts(folder, plan.cycle.title)
        raise
    except BaseException:
        end(ledger, run_id, "failed", 70, "CY507")
        raise


def finish(ledger: Ledger, run_id: str, results: dict[str, Any]) -> None:
    """Enter that a run is done, and its results."""
    ledger.finish_run(run_id, state="done", exit_status=0, results=results)


def results_of(folder: Path) -> dict[str, Any]:
    """What the notebook left; a notebook that leaves nothing has not done its work."""
    path = folder / RESULTS
    if not path.is_file():
        raise RunError(
            "the notebook ended without results",
            code="CY501",
            where=str(folder),
            fix="Its last cell is cy.report(run).",
        )
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def end(ledger: Ledger, run_id: str, state: str, exit_status: int, code: str) -> None:
    """Enter how a run failed. Where that cannot be written, the next run finds it abandoned; why it failed must not be hidden."""
    with suppress(CyclesError):
        ledger.finish_run(run_id, state=state, exit_status=exit_status, code=code)


def notify(folder: RunFolder, plan: preflight.Plan, came: dict[str, Any] | CyclesError) -> None:
    """Leave the notice of what came of a run: its results, or why there are none."""
    title, cycle, root = plan.cycle.title, plan.cycle.cycle, plan.workspace.root
    if isinstance(came, CyclesError):
        text = notices.of_problem(title, came, _from(plan.cycle_file, root))
    else:
        text = notices.of_results(title, came, _from(folder.path / REPORT, root))
    notices.leave(folder.path, plan.workspace, cycle, text)


def _from(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def _settled(before: Parts | None, after: Parts | None) -> Parts | None:
    """What the run was computed from, if that stayed the same while it ran. The run itself may have made the seal."""
    apart = set(changed_parts(before, after))
    return after if before is not None and apart <= {SEAL} else None


def _tell_contracts(folder: RunFolder, title: str) -> None:
    """A run that was stopped by its contracts leaves the page that says why; it must not hide the problem that stopped it."""
    if not folder.records("contract"):
        return
    from cycles.act.reporting.report import write_contract_page

    with suppress(CyclesError):
        write_contract_page(folder, title=title)


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM, and a terminal that closes, end a run as Ctrl-C does, so that the kernel goes and the ledger knows."""
    signs = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    signs = [one for one in signs if signal.getsignal(one) is not signal.SIG_IGN]  # nohup wants to be left alone
    try:
        before = [signal.signal(one, signal.default_int_handler) for one in signs]
    except ValueError:  # not the main thread: whoever owns it decides
        yield
        return
    try:
        yield
    finally:
        for one, handler in zip(signs, before, strict=True):
            signal.signal(one, handler)
