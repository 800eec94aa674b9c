"""Everything short of running: the file, its names and paths, then every source read and held to its contract."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core.errors import CyclesError, ProblemsError, gravest
from cycles.plan.cycle_file import Cycle
from cycles.runs import preflight

if TYPE_CHECKING:
    from cycles.core.vocabulary import ContractReport, Delivery
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
    found = preflight.examine(cycle_file)
    problems, deliveries, reports = _sources(found.sources, found.workspace)
    problems = [*found.problems, *problems]
    if isinstance(found.cycle, Cycle) and not problems:
        problems = _design(found.cycle, deliveries, reports, found.workspace)
    return Checked(cycle_file=Path(cycle_file), problems=tuple(problems), reports=tuple(reports))


def _design(
    cycle: Cycle, deliveries: list["Delivery"], reports: list["ContractReport"], workspace: "Workspace"
) -> list[CyclesError]:
    """Whether the roster has what the design names, and every measure can be lined up by it."""
    from cycles.do.collection import gathered
    from cycles.study.designs import build_panels

    try:
        build_panels(cycle, gathered(deliveries, reports, [], instruments=workspace.instruments))
    except ProblemsError as several:
        return several.problems
    except CyclesError as problem:
        return [problem]
    return []


def _sources(
    sources: Iterable["Source"], workspace: "Workspace"
) -> tuple[list[CyclesError], list["Delivery"], list["ContractReport"]]:
    from cycles.do.contracts import as_problems, hold
    from cycles.do.intake import read

    problems: list[CyclesError] = []
    deliveries: list[Delivery] = []
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
            deliveries.append(delivery)
            reports.append(report)
            problems += as_problems(report)
    return problems, deliveries, reports


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
