"""Before anything runs: does the parameter file read, and does every name and file in it exist? All problems at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cycles.core.errors import CyclesError, ParameterError, ProblemsError, nearest
from cycles.core.workspace import Workspace, find_workspace
from cycles.plan.cycle_file import AnnualImpact, Cycle, EstimateSpec, MeasureSpec, Source, read_cycle_file
from cycles.plan.instruments import Instrument, read_instrument
from cycles.runs.known import names


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A parameter file that can be run: what it says, its workspace and its notebook."""

    cycle_file: Path
    cycle: Cycle | AnnualImpact
    workspace: Workspace
    notebook: Path


def ready(cycle_file: Path) -> Plan:
    """Read a parameter file and hold every name and path in it to what exists.

    Parameters
    ----------
    cycle_file : a file of a workspace's `params/`

    Raises
    ------
    ParameterError
        CY104 for no file, CY107 for no workspace, CY103 or CY110 for a file that is not one of ours.
    ProblemsError
        Everything else that is wrong, together: CY101, CY102, CY104, CY105, CY108, CY110.
    """
    cycle_file = Path(cycle_file).resolve()
    cycle = read_cycle_file(cycle_file)
    workspace = find_workspace(cycle_file.parent)
    problems = list(_problems(cycle, workspace, where=cycle_file.name))
    if problems:
        raise ProblemsError(problems)
    return Plan(cycle_file=cycle_file, cycle=cycle, workspace=workspace, notebook=workspace.notebook(cycle.kind))


def _problems(cycle: Cycle | AnnualImpact, workspace: Workspace, *, where: str) -> Iterator[CyclesError]:
    yield from _try(lambda: workspace.notebook(cycle.kind), f"{where}, kind")
    if isinstance(cycle, AnnualImpact):
        return
    yield from _estimators([cycle.estimate, *cycle.alternatives], where)
    for group, measures in (
        ("outcome", cycle.measures.outcome),
        ("process", cycle.measures.process),
        ("balancing", cycle.measures.balancing),
    ):
        for name, measure in measures.items():
            yield from _measure(measure, cycle, workspace, f"{where}, measures.{group}.{name}")
    for name, source in cycle.sources.items():
        yield from _source(source, workspace, f"{where}, sources.{name}")


def _estimators(specs: list[EstimateSpec], where: str) -> Iterator[CyclesError]:
    for number, spec in enumerate(specs):
        key = "estimate.estimator" if number == 0 else f"alternatives.{number - 1}.estimator"
        yield from _registered("estimators", spec.estimator, f"{where}, {key}")


def _measure(measure: MeasureSpec, cycle: Cycle, workspace: Workspace, where: str) -> Iterator[CyclesError]:
    if measure.indicator is not None:
        yield from _registered("indicators", measure.indicator, where)
        return
    instrument = measure.instrument or ""
    unknown = list(_try(lambda: _instrument(instrument, workspace), where))
    yield from unknown
    if unknown:
        return
    scales = _instrument(instrument, workspace).scales
    if measure.scale_name not in scales:
        yield _unknown("scale", str(measure.scale_name), list(scales), where)
    asked = sorted({source.instrument for source in cycle.sources.values() if source.instrument})
    if instrument not in asked:
        yield ParameterError(
            f"no source holds answers to the instrument '{instrument}'",
            code="CY105",
            where=where,
            fix=f"Write `instrument: {instrument}` at the source of its answers. Named so far: {', '.join(asked) or 'none'}.",
        )


def _source(source: Source, workspace: Workspace, where: str) -> Iterator[CyclesError]:
    yield from _registered("adapters", source.adapter, f"{where}.adapter")
    yield from _try(lambda: workspace.resolve(source.path), f"{where}.path")
    if source.contract is not None:
        yield from _try(lambda: workspace.contract(str(source.contract)), f"{where}.contract")
    if source.mapping is not None:
        yield from _try(lambda: workspace.mapping(str(source.mapping)), f"{where}.mapping")
    if source.instrument is not None:
        yield from _try(lambda: _instrument(str(source.instrument), workspace), f"{where}.instrument")


def _instrument(key: str, workspace: Workspace) -> Instrument:
    return read_instrument(key, folder=workspace.instruments)


def _registered(kind: str, name: str, where: str) -> Iterator[CyclesError]:
    known = names(kind)
    if name not in known:
        yield _unknown(kind.removesuffix("s"), name, known, where)


def _unknown(kind: str, name: str, known: list[str], where: str) -> CyclesError:
    return ParameterError(f"unknown {kind} '{name}'", code="CY102", where=where, fix=nearest(name, known))


def _try(look: Callable[[], object], where: str) -> Iterator[CyclesError]:
    """The problems met in looking, each saying which key of the file led there."""
    try:
        look()
    except ProblemsError as several:
        yield from several.problems
    except CyclesError as problem:
        place = f"{where}; {problem.where}" if problem.where else where
        yield type(problem)(problem.what, code=problem.code, where=place, fix=problem.fix)
