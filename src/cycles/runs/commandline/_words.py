"""What the command line says: words on stderr, data on stdout, errors as code, what, where, fix."""

import json
import os
import sys
from typing import Any

from cycles.core.errors import CyclesError, ProblemsError, RunError


class Interrupted(RunError):
    """CY506: stopped by whoever started it."""

    exit_status = 130


class Internal(RunError):
    """CY507: something not foreseen."""

    exit_status = 70


def say(text: str = "") -> None:
    """A line for people."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201


def give(content: Any) -> None:
    """Data for programs: one JSON document, or lines of text."""
    text = (
        content
        if isinstance(content, str)
        else json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False, default=str)
    )
    print(text, flush=True)  # noqa: T201


def bold(text: str) -> str:
    """Emphasis, on a terminal that wants it."""
    return f"\033[1m{text}\033[0m" if is_terminal() and not os.environ.get("NO_COLOR") else text


def is_terminal() -> bool:
    """Whether a person is watching stderr."""
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


def forgive_encodings() -> None:
    """A terminal that cannot show a sign shows a question mark instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def failed(problem: CyclesError, *, as_json: bool) -> int:
    """Say what went wrong; returns the exit status."""
    say(str(problem))
    if as_json:
        give(problems_json(problem))
    return problem.exit_status


def problems_json(problem: CyclesError) -> dict[str, Any]:
    """The problems as data: `schema, exit, problems`."""
    several = problem.problems if isinstance(problem, ProblemsError) else [problem]
    return {"schema": "cycles.problems/1", "exit": problem.exit_status, "problems": [one.to_dict() for one in several]}


def interrupted() -> CyclesError:
    """The error of a command that was stopped before anything was begun."""
    return Interrupted("stopped before it finished", code="CY506")


def unforeseen(error: BaseException) -> CyclesError:
    """Our own mistake: the traceback goes to a file only its owner may read, its place is named."""
    where = _keep_trace(error)
    return Internal(f"an internal error ({type(error).__name__})", code="CY507", where=where)


def _keep_trace(error: BaseException) -> str:
    """Write the traceback into the workspace's private folder, or a private temporary one."""
    import tempfile
    import traceback
    from pathlib import Path

    from cycles.core.files import atomic_write, make_private
    from cycles.core.workspace import find_workspace

    try:
        folder = make_private(find_workspace().root / ".cycles")
    except CyclesError:
        folder = Path(tempfile.mkdtemp(prefix="cycles-"))
    try:
        atomic_write(folder / "run.log", "".join(traceback.format_exception(error)).encode("utf-8", "replace"))
    except CyclesError:
        return "the log could not be written"
    return str(folder / "run.log")
