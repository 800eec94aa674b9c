"""Executing a notebook: papermill's client, with what it leaves out.

Parameter names are checked against the notebook's typed `parameters` cell (papermill pastes names into code); the executed
copy is written once, whole, to a private file; whether it succeeded is read from what happened, never from notebook metadata;
a kernel never outlives its runner, and what it prints by itself goes to a private log.
"""

import ast
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Literal

from cycles.core.errors import CyclesError, ParameterError, ProblemsError, RunError, nearest
from cycles.core.files import atomic_write, make_private
from cycles.runs import limits
from cycles.runs.failure import FAILURE, LOG
from cycles.runs.zygote import dying_with, keeper

Progress = Callable[[int, int, str], None]
START_SECONDS = 120
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
"""Small matrices are slower on many threads, and sums taken in another order end in another last digit."""
Kernel = Literal["auto", "forked", "plain"]
KINDS: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}


class KernelDied(RunError):
    """CY501: the kernel ended by itself or was killed, so the notebook has neither succeeded nor failed."""


class Reported(CyclesError):
    """A problem as the kernel reported it."""

    def __init__(self, report: Mapping[str, Any]) -> None:
        super().__init__(
            str(report["what"]), code=str(report["code"]), where=str(report["where"]), fix=str(report["fix"])
        )
        self.exit_status = int(report["exit"])


def execute(
    notebook: Path,
    output: Path,
    *,
    parameters: Mapping[str, Any],
    cwd: Path,
    progress: Progress | None = None,
    kernel: Kernel = "auto",
    timeout: float | None = None,
    memory_limit: int | None = None,
) -> None:
    """Run a notebook in a kernel of its own and keep the executed copy, restricted.

    Parameters
    ----------
    notebook : the notebook to run; it is not changed
    output : where the executed copy goes (mode 0600), also when a cell fails; `failure.json` is looked for beside it
    parameters : values for names of the notebook's `parameters` cell
    cwd : the folder the kernel works in
    progress : told `(cells done, cells in all, heading of the section)` before each cell
    kernel : "forked" from a parent that has imported what notebooks use, "plain" (a new Python), or "auto": forked within
        :func:`zygote`, where one parent serves many notebooks, if that is possible here (it is said when not), and plain otherwise
    timeout : seconds for the whole notebook
    memory_limit : MiB resident, of the kernel and what it started

    Raises
    ------
    ParameterError
        CY101 for a name that the notebook does not have, CY105 for a value of another type.
    CyclesError
        Whatever the kernel reported; CY501 when a cell failed, or the kernel died, without a report; CY510 and CY511 when it was
        killed for going beyond a limit; CY512 when it must be forked and cannot be.
    KeyboardInterrupt
        When stopped; the kernel is gone by then.
    """
    from papermill.iorw import load_notebook_node
    from papermill.parameterize import parameterize_notebook

    node = load_notebook_node(str(notebook))
    _check_parameters(node, parameters, where=notebook.name)
    make_private(output.parent)
    node = parameterize_notebook(node, dict(parameters))
    client = _client(node, kernel=kernel, progress=progress or _silent)
    with limits.holding(client, timeout=timeout, memory_limit=memory_limit) as watch:
        failed_cell = _run(client, cwd=cwd, log=output.parent / "kernel.log", keep=output)
    if watch.broken is not None:
        raise watch.broken
    if failed_cell is not None:
        raise _reported(output.parent, failed_cell, died=bool(client.nb_man.watched.get("died")))


def zygote() -> AbstractContextManager[keeper.Keeper]:
    """While this lasts, notebooks of this process run in kernels forked from one parent; it starts with the first of them.

    Examples
    --------
    >>> with zygote():
    ...     pass  # run_cycle(...) again and again
    """
    return keeper.keeping()


def start_zygote() -> None:
    """As entering :func:`zygote`, for a worker that lives as long as its process."""
    keeper.KEEPER.want(+1)


def stop_zygote() -> None:
    """As leaving :func:`zygote`."""
    keeper.KEEPER.want(-1)


def typed_parameters(node: Any) -> dict[str, str]:
    """The names of a notebook's `parameters` cell and the types written beside them."""
    source = "\n".join(cell.source for cell in node.cells if "parameters" in cell.metadata.get("tags", []))
    typed = [
        one for one in ast.parse(source).body if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    ]
    return {one.target.id: ast.unparse(one.annotation) for one in typed if isinstance(one.target, ast.Name)}


def _check_parameters(node: Any, parameters: Mapping[str, Any], *, where: str) -> None:
    known = typed_parameters(node)
    problems: list[CyclesError] = []
    for name, value in parameters.items():
        if name not in known:
            problems.append(
                ParameterError(f"unknown parameter '{name}'", code="CY101", where=where, fix=nearest(name, known))
            )
        elif type(value) is not KINDS.get(known[name], type(value)):
            problems.append(
                ParameterError(f"parameter '{name}' is not of type {known[name]}", code="CY105", where=where)
            )
    if problems:
        raise ProblemsError(problems)


def _run(client: Any, *, cwd: Path, log: Path, keep: Path) -> int | None:
    """Execute every cell; the number of the cell that failed, None when none did. The copy is kept either way."""
    manager, watched = client.nb_man, client.nb_man.watched
    manager.notebook_start()
    try:
        with _surroundings(log) as surroundings:
            client.execute(cwd=str(cwd), **surroundings)
    except KeyboardInterrupt:
        _hush_tasks()
        raise
    except Exception as problem:
        if type(problem).__module__.split(".")[0] not in ("nbclient", "jupyter_client", "zmq", "builtins"):
            raise
        watched["died"] = type(problem).__name__ == "DeadKernelError" or "begun" not in watched  # or never lived
        watched.setdefault("failed", watched.get("begun", 0))
        _note(log, problem)
    finally:
        _keep(manager.nb, keep)
    return watched.get("failed")


def _hush_tasks() -> None:
    """Nobody hears any more how the tasks end that were cut off; asyncio would tell it on the screen, with a traceback."""
    from jupyter_core.utils import ensure_event_loop

    loop = ensure_event_loop()
    if not loop.is_running():  # one that runs is somebody else's
        loop.set_exception_handler(lambda _loop, _context: None)


def _watch(manager: Any, progress: Progress) -> dict[str, int]:
    """Follow the cells as they begin and fail."""
    headings = _headings(manager.nb)
    watched: dict[str, int] = {}
    begin, fail = manager.cell_start, manager.cell_exception

    def cell_start(cell: Any, cell_index: int | None = None, **others: Any) -> None:
        watched["begun"] = int(cell_index or 0)
        progress(watched["begun"], len(headings), headings[watched["begun"]])
        begin(cell, cell_index, **others)

    def cell_exception(cell: Any, cell_index: int | None = None, **others: Any) -> None:
        watched["failed"] = int(cell_index or 0)
        fail(cell, cell_index, **others)

    manager.cell_start, manager.cell_exception = cell_start, cell_exception
    return watched


def _headings(node: Any) -> list[str]:
    """For each cell, the second-level heading above it."""
    heading, found = "", []
    for cell in node.cells:
        titles = [
            line[3:].strip()
            for line in cell.source.splitlines()
            if cell.cell_type == "markdown" and line.startswith("## ")
        ]
        heading = titles[-1] if titles else heading
        found.append(heading)
    return found


def _client(node: Any, *, kernel: Kernel, progress: Progress) -> Any:
    """Papermill's client for a notebook, whose cells are followed."""
    import logging

    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NotebookExecutionManager
    from papermill.utils import nb_kernel_name

    quiet = logging.getLogger("cycles.kernels")
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    manager = NotebookExecutionManager(node, output_path=None, progress_bar=False, log_output=False)
    manager.watched = _watch(manager, progress)
    return PapermillNotebookClient(
        manager,
        kernel_name=nb_kernel_name(manager.nb),
        kernel_manager_class=_manager_of_kernels(kernel),
        timeout=None,
        startup_timeout=START_SECONDS,
        shutdown_kernel="immediate",
        coalesce_streams=True,  # into how many pieces a kernel's words are cut is a matter of moments
        log=quiet,
    )


def _manager_of_kernels(kernel: Kernel) -> type:
    from jupyter_client.manager import AsyncKernelManager

    if kernel == "plain" or (kernel == "auto" and not keeper.KEEPER.is_wanted):
        return AsyncKernelManager
    from cycles.runs.zygote.provisioner import ForkingManager, OnlyForkingManager

    return OnlyForkingManager if kernel == "forked" else ForkingManager


@contextmanager
def _surroundings(log: Path) -> Iterator[dict[str, Any]]:
    """What the kernel is started with: a private log for its own streams, and nobody's start-up files."""
    os.environ.setdefault("JUPYTER_PREFER_ENV_PATH", "1")
    atomic_write(log, b"")
    with tempfile.TemporaryDirectory(prefix="cycles-ipython-") as profile, log.open("ab") as stream:
        environment = {**ONE_THREAD, **os.environ, "IPYTHONDIR": profile, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
        dying = {"preexec_fn": partial(dying_with.die_with, os.getpid())} if sys.platform == "linux" else {}
        yield {"stdout": stream, "stderr": stream, "env": environment, **dying}


def _keep(node: Any, output: Path) -> None:
    import nbformat

    atomic_write(output, nbformat.writes(node).encode("utf-8"))


def _note(log: Path, problem: BaseException) -> None:
    import traceback

    with log.open("a", encoding="utf-8", errors="replace") as stream:
        stream.writelines(traceback.format_exception(problem))


def _reported(folder: Path, cell: int, *, died: bool) -> CyclesError:
    """What the kernel wrote in `failure.json`; without one, which cell failed, or that the kernel died in it."""
    try:
        report = json.loads((folder / FAILURE).read_text("utf-8"))
        problems: list[CyclesError] = [Reported(one) for one in report["problems"]]
        return problems[0] if len(problems) == 1 else ProblemsError(problems)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        log = LOG if (folder / LOG).is_file() else "kernel.log"
        kind, what = (
            (KernelDied, "the kernel died in cell {}") if died else (RunError, "cell {} failed, or its kernel died")
        )
        return kind(what.format(cell + 1), code="CY501", where=str(folder / log))


def _silent(_done: int, _total: int, _heading: str) -> None:
    pass
