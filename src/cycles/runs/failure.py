"""What a failing cell leaves: its code and remedy for people, its traceback only in the restricted log.

Library errors quote values ("could not convert string to float: ..."), so nothing of them is shown or kept in the notebook.
"""

import json
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

from cycles.core.errors import CyclesError, ProblemsError, RunError
from cycles.core.files import atomic_write, make_private

FAILURE = "failure.json"
LOG = "run.log"


def watch(output_dir: Path) -> None:
    """From here on, an error in a cell of this kernel is described in `output_dir/failure.json`."""
    shell = _shell()
    if shell is None:
        return
    make_private(output_dir)
    (output_dir / FAILURE).unlink(missing_ok=True)

    def describe(
        self: Any, kind: type[BaseException], error: BaseException, trace: TracebackType | None, tb_offset: Any = None
    ) -> list[str]:
        shown = leave(output_dir, error)
        # IPython leaves showing to us here; the name and the words it sends are ours, never the library's.
        self._showtraceback(type(shown), shown, [str(shown)])
        return [str(shown)]

    shell.set_custom_exc((Exception,), describe)


def leave(output_dir: Path, error: BaseException) -> CyclesError:
    """Write `failure.json` and the restricted log; returns what a person may see."""
    shown = error if isinstance(error, CyclesError) else _unforeseen(error)
    problems = shown.problems if isinstance(shown, ProblemsError) else [shown]
    content = {**shown.to_dict(), "problems": [problem.to_dict() for problem in problems]}
    make_private(output_dir)
    atomic_write(output_dir / FAILURE, json.dumps(content, indent=1).encode())
    atomic_write(output_dir / LOG, "".join(traceback.format_exception(error)).encode("utf-8", "replace"))
    return shown


def _unforeseen(error: BaseException) -> CyclesError:
    return RunError(f"a cell failed with {type(error).__name__}", code="CY501", where=LOG)


def _shell() -> Any:
    """The IPython shell of this kernel; None outside one."""
    import sys

    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None
