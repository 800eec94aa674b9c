"""Everything short of running: the file, its names and paths, then every source read and held to its contract."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core.errors import ContractError, CyclesError, ProblemsError, gravest
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
    from cycles.do.contracts import hold
    from cycles.do.intake import read

    problems: list[CyclesError] = []
    reports: list[ContractReport] = []
    for source in sources:
        try:
            report = hold(read(source, workspace=workspace), contract=source.contract, workspace=workspace)
        except ProblemsError as several:
            problems += several.problems
        except CyclesError as problem:
            problems.append(problem)
        else:
            reports.append(report)
            problems += _broken(report)
    return problems, reports


def _broken(report: "ContractReport") -> list[CyclesError]:
    """The rules of a contract that stop a run, as problems with their counts."""
    if report.outcome == "pass":
        return []
    stopping = report.rules[report.rules["outcome"] != "pass"]
    where = f"source {report.source}, contract {report.contract} {report.version}"
    return [_rule_problem(dict(rule), where) for rule in stopping.to_dict("records")]


def _rule_problem(rule: dict[Any, Any], where: str) -> CyclesError:
    column = f", column {rule['column']}" if rule.get("column") else ""
    if rule["outcome"] == "could_not_run":
        return ContractError(f"rule {rule['rule']} could not run", code="CY214", where=f"{where}{column}")
    broken = "1 row" if rule["n_failed"] == 1 else f"{int(rule['n_failed']):,} rows"
    return ContractError(
        f"{broken} broke the rule {rule['rule']} ({rule['severity']})", code="CY212", where=f"{where}{column}"
    )


def _counts(report: "ContractReport") -> dict[str, Any]:
    broken = report.rules[report.rules["outcome"] != "pass"]
    return {
        "source": report.source,
        "contract": report.contract,
        "outcome": report.outcome,
        "rows_in": report.rows_in,
        "used": report.n_used,
        "quarantined": report.n_quarantined,
        "rules": [
            {
                "rule": one["rule"],
                "column": one["column"],
                "severity": one["severity"],
                "outcome": one["outcome"],
                "n_failed": int(one["n_failed"]),
            }
            for one in broken.to_dict("records")
        ],
    }
