"""Everything short of running: the file, its names and paths, then every source read and held to its contract."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core.errors import CyclesError, ProblemsError, gravest
from cycles.runs import preflight

if TYPE_CHECKING:
    from cycles.core.vocabulary import ContractReport
    from cycles.core.workspace import Workspace
    from cycles.plan.cycle_file import Source


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check found: every problem, and what each source that could be read holds."""

    cycle_file: Path
    problems: tuple[CyclesError, ...]
    reports: tuple["ContractReport", ...]

    @property
    def exit_status(self) -> int:
        """0, or that of the gravest problem."""
        return gravest(problem.exit_status for problem in self.problems)

    def to_dict(self) -> dict[str, Any]:
        """The check as data, counts only: `schema, file, exit, problems, sources`."""
        return {
            "schema": "cycles.check/1",
            "file": self.cycle_file.name,
            "exit": self.exit_status,
            "problems": [problem.to_dict() for problem in self.problems],
            "sources": [_counts(report) for report in self.reports],
        }


def check(cycle_file: Path) -> Checked:
    """Find all that is wrong with a parameter file, the names and files in it, and its data; nothing is written.

    Parameters
    ----------
    cycle_file : a file of a workspace's `params/`

    Raises
    ------
    CyclesError
        Only when the file cannot be read at all (CY103, CY104, CY107, CY110); everything else is in the answer.
    """
    try:
        plan = preflight.ready(cycle_file)
    except ProblemsError as several:
        return _despite(cycle_file, several.problems)
    problems, reports = _sources(list(getattr(plan.cycle, "sources", {}).values()), plan.workspace)
    return Checked(cycle_file=plan.cycle_file, problems=tuple(problems), reports=tuple(reports))


def _despite(cycle_file: Path, problems: list[CyclesError]) -> Checked:
    """Names are wrong: the sources that can be read are still held to their contracts."""
    from cycles.core.workspace import find_workspace
    from cycles.plan.cycle_file import read_cycle_file

    found: list[CyclesError] = []
    reports: list[ContractReport] = []
    try:
        cycle = read_cycle_file(cycle_file)
    except CyclesError:
        return Checked(cycle_file=Path(cycle_file), problems=tuple(problems), reports=())
    spoilt = {name for name in getattr(cycle, "sources", {}) for one in problems if f"sources.{name}." in one.where}
    sound = [source for name, source in getattr(cycle, "sources", {}).items() if name not in spoilt]
    found, reports = _sources(sound, find_workspace(Path(cycle_file).resolve().parent))
    return Checked(cycle_file=Path(cycle_file), problems=(*problems, *found), reports=tuple(reports))


def _sources(sources: list["Source"], workspace: "Workspace") -> tuple[list[CyclesError], list["ContractReport"]]:
    from cycles.do.contracts import as_problems, hold
    from cycles.do.intake import read

    problems: list[CyclesError] = []
    reports: list[ContractReport] = []
    for source in sources:
        try:
            delivery = read(source, workspace=workspace)
            report = hold(delivery, contract=source.contract, workspace=workspace, second_engine=False)
        except ProblemsError as several:
            problems += several.problems
        except CyclesError as problem:
            problems.append(problem)
        else:
            reports.append(report)
            problems += as_problems(report)
    return problems, reports


def _counts(report: "ContractReport") -> dict[str, Any]:
    broken = report.rules[report.rules["outcome"] != "pass"]
    columns = ["rule", "column", "severity", "outcome", "n_failed"]
    return {
        "source": report.source,
        "contract": report.contract,
        "outcome": report.outcome,
        "rows_in": report.rows_in,
        "used": report.n_used,
        "quarantined": report.n_quarantined,
        "rules": broken[columns].astype("object").where(broken[columns].notna(), None).to_dict("records"),
    }
