"""The notice that a run leaves: what was decided, where the report is, what to do. Words and aggregates that the report shows; no student.

It stands beside the report (`notice.txt`) and, the latest of each cycle, in `.cycles/notices/`; only its owner may read it.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from cycles.core.errors import CyclesError, ProblemsError
from cycles.core.files import atomic_write, make_private
from cycles.core.workspace import Workspace

NOTICE = "notice.txt"
_SHOWN = 3


def leave(folder: Path, workspace: Workspace, cycle: str, text: str) -> None:
    """Write a notice; a run must not fail because there is no room for it.

    Parameters
    ----------
    folder : of the run
    workspace, cycle : whose latest notice this is
    text : as :func:`of_results` or :func:`of_problem` makes it
    """
    with suppress(CyclesError):
        atomic_write(folder / NOTICE, text.encode("utf-8", "replace"))
        latest = make_private(make_private(workspace.root / ".cycles") / "notices")
        atomic_write(latest / f"{cycle}.txt", text.encode("utf-8", "replace"))


def of_results(title: str, results: Mapping[str, Any], report: Path) -> str:
    """The notice of a run that was done.

    Parameters
    ----------
    title : of the cycle
    results : as the run left them
    report : where the report is

    Examples
    --------
    >>> decision = {"call": "adapt", "because": "the effect is probably too small.", "next_step": "Change one thing."}
    >>> print(of_results("Check-ins", {"decision": decision}, Path("runs/check-ins/1/report.html")))
    Check-ins
    <BLANKLINE>
    What was decided: Adapt. The effect is probably too small.
    What to do:       Change one thing.
    The report:       runs/check-ins/1/report.html (open it in any browser)
    <BLANKLINE>
    """
    decision = results.get("decision") or {}
    call, because = decision.get("call"), str(decision.get("because") or "")
    decided = (
        f"{_sentence(str(call))} {_sentence(because)}".strip() if call else "Nothing; this report decides nothing."
    )
    do = str(decision.get("next_step") or "") or "Read the report, with those whom it concerns."
    return _lines(
        title, ("What was decided", decided), ("What to do", do), ("The report", f"{report} (open it in any browser)")
    )


def of_problem(title: str, problem: CyclesError, cycle_file: Path) -> str:
    """The notice of a run that was not done: what was found, and what to do; `cycle_file` is what to run again."""
    several = problem.problems if isinstance(problem, ProblemsError) else [problem]
    lines = [("What was decided", "Nothing: the run did not come to its end.")]
    for one in several[:_SHOWN]:
        lines += [("What was found", f"[{one.code}] {_sentence(one.what)}"), ("What to do", one.fix)]
    if len(several) > _SHOWN:
        lines.append(("And", f"{len(several) - _SHOWN} more: `cycles check` lists them all."))
    lines.append(("Then", f"`cycles run {cycle_file}`; what was done is not done again."))
    return _lines(title, *lines)


def _lines(title: str, *told: tuple[str, str]) -> str:
    """What is told, one thing a line, whatever breaks of lines are in it."""
    width = max(len(name) for name, _ in told) + 2
    lines = (f"{f'{name}:'.ljust(width)}{' '.join(text.split())}" for name, text in told)
    return "\n".join([" ".join(title.split()), "", *lines]) + "\n"


def _sentence(text: str) -> str:
    """Begins with a capital letter and ends with a point."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}" if text else ""
