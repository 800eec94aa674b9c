"""How one job of a fleet ended, as plain data: it travels between processes and machines as JSON."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from cycles.core.errors import CyclesError, ProblemsError

State = Literal["done", "cached", "failed", "crashed", "interrupted"]
STATES: tuple[State, ...] = ("done", "cached", "failed", "crashed", "interrupted")
WELL: tuple[State, ...] = ("done", "cached")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`state` is what happened; `code` and `problems` say why when it was not done.

    A failure is an answer (a contract that is broken is broken on every try); a crash is none: the process was lost.
    `exit` is the exit status that the job would have had alone; `seconds` and `attempts` are of this fleet, not of the result.
    """

    cycle: str
    state: State
    unit: str | None = None
    name: str | None = None
    sentence: str = ""
    code: str | None = None
    exit: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    run: str | None = None
    folder: str | None = None
    report: str | None = None
    seconds: float = 0.0
    attempts: int = 1

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def of_problem(problem: CyclesError) -> dict[str, Any]:
    """What an outcome says of an error: its state, code, exit status, sentence and problems."""
    several = problem.problems if isinstance(problem, ProblemsError) else [problem]
    state: State = "interrupted" if problem.code == "CY506" else "failed"
    exit_status = 130 if state == "interrupted" else problem.exit_status
    problems = [one.to_dict() for one in several]
    return {"state": state, "code": problem.code, "exit": exit_status, "sentence": problem.what, "problems": problems}
