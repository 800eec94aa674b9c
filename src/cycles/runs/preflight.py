"""Before anything runs: does the parameter file read, and does every name and file in it exist? All problems at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from cycles.core.errors import CyclesError, ParameterError, ProblemsError, nearest
from cycles.core.models import Model
from cycles.core.workspace import Workspace, find_workspace
from cycles.plan.cascade import cascade
from cycles.plan.cycle_file import AnnualImpact, Cycle, MeasureSpec, Source, read_cycle_file
from cycles.plan.instruments import Instrument, read_instrument
from cycles.plan.method import EstimateSpec
from cycles.runs.known import names

Read = TypeVar("Read", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A parameter file that can be run: what it says, its workspace and its notebook."""

    cycle_file: Path
    cycle: Cycle | AnnualImpact
    workspace: Workspace
    notebook: Path


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What was found of a parameter file, sound or not: its problems, and the sources that can be read all the same."""

    workspace: Workspace
    cycle: Cycle | AnnualImpact | None
    problems: tuple[CyclesError, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, kw_only=True)
class _Parts:
    """The parts of a parameter file that name things, each by its key in the file."""

    estimates: dict[str, EstimateSpec]
    measures: dict[str, MeasureSpec]
    sources: dict[str, Source]


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
    found = examine(cycle_file)
    if found.problems or found.cycle is None:
        raise ProblemsError(list(found.problems))
    notebook = found.workspace.notebook(found.cycle.kind)
    return Plan(cycle_file=cycle_file, cycle=found.cycle, workspace=found.workspace, notebook=notebook)


def examine(cycle_file: Path) -> Examined:
    """Find every problem of a parameter file and of the names and paths in it, also where its keys are wrong.

    Parameters
    ----------
    cycle_file : a file of a workspace's `params/`

    Raises
    ------
    ParameterError
        CY104 for no file, CY107 for no workspace, CY103 or CY110 for a file that is not one of ours.
    """
    cycle_file = Path(cycle_file).resolve()
    cycle, problems = _read(cycle_file)
    workspace = find_workspace(cycle_file.parent)
    parts = _parts(cycle) if cycle is not None else _readable_parts(cascade(cycle_file).content)
    if cycle is not None:
        problems += _try(lambda: workspace.notebook(cycle.kind), f"{cycle_file.name}, kind")
    problems += _estimators(parts, cycle_file.name)
    for name, measure in parts.measures.items():
        problems += _measure(measure, parts.sources, workspace, f"{cycle_file.name}, {name}")
    wrong = {
        name: list(_source(one, workspace, f"{cycle_file.name}, sources.{name}")) for name, one in parts.sources.items()
    }
    sound = tuple(source for name, source in parts.sources.items() if not wrong[name])
    problems += [problem for several in wrong.values() for problem in several]
    return Examined(workspace=workspace, cycle=cycle, problems=tuple(problems), sources=sound)


def _read(cycle_file: Path) -> tuple[Cycle | AnnualImpact | None, list[CyclesError]]:
    try:
        return read_cycle_file(cycle_file), []
    except ProblemsError as several:
        return None, list(several.problems)


def _parts(cycle: Cycle | AnnualImpact) -> _Parts:
    if isinstance(cycle, AnnualImpact):
        return _Parts(estimates={}, measures={}, sources=cycle.sources)
    others = {f"alternatives.{number}": spec for number, spec in enumerate(cycle.alternatives)}
    groups = {
        "outcome": cycle.measures.outcome,
        "process": cycle.measures.process,
        "balancing": cycle.measures.balancing,
    }
    measures = {f"measures.{group}.{name}": one for group, several in groups.items() for name, one in several.items()}
    return _Parts(estimates={"estimate": cycle.estimate, **others}, measures=measures, sources=cycle.sources)


def _readable_parts(content: Any) -> _Parts:
    """The parts of a file that is not sound as a whole, as far as each of them is."""
    groups = _mapping(_mapping(content).get("measures"))
    measures = {
        f"measures.{group}.{name}": _part(MeasureSpec, one)
        for group in ("outcome", "process", "balancing")
        for name, one in _mapping(groups.get(group)).items()
    }
    sources = {
        name: _part(Source, {"name": name, **_mapping(one)})
        for name, one in _mapping(_mapping(content).get("sources")).items()
    }
    estimate = _part(EstimateSpec, _mapping(content).get("estimate"))
    return _Parts(
        estimates={"estimate": estimate} if estimate else {},
        measures={name: one for name, one in measures.items() if one},
        sources={name: one for name, one in sources.items() if one},
    )


def _mapping(content: Any) -> dict[str, Any]:
    return content if isinstance(content, dict) else {}


def _part(model: type[Read], content: Any) -> Read | None:
    try:
        return model.parse(content, where="")
    except CyclesError:
        return None


def _estimators(parts: _Parts, where: str) -> Iterator[CyclesError]:
    for key, spec in parts.estimates.items():
        unknown = list(_registered("estimators", spec.estimator, f"{where}, {key}.estimator"))
        yield from unknown
        if spec.options and not unknown:
            yield from _try(partial(_estimator_options, spec, f"{where}, {key}.options"), f"{where}, {key}.options")


def _estimator_options(spec: EstimateSpec, where: str) -> None:
    from cycles.study.estimators import own_options

    own_options(spec.estimator, spec.options, where=where)


def _measure(
    measure: MeasureSpec, sources: dict[str, Source], workspace: Workspace, where: str
) -> Iterator[CyclesError]:
    if measure.indicator is not None:
        yield from _registered("indicators", measure.indicator, where)
        return
    if measure.published is not None:
        return
    instrument = measure.instrument or ""
    unknown = list(_try(lambda: _instrument(instrument, workspace), where))
    yield from unknown
    if unknown:
        return
    scales = _instrument(instrument, workspace).scales
    if measure.scale_name not in scales:
        yield _unknown("scale", str(measure.scale_name), list(scales), where)
    asked = sorted({source.instrument for source in sources.values() if source.instrument})
    if instrument not in asked:
        yield ParameterError(
            f"no source holds answers to the instrument '{instrument}'",
            code="CY105",
            where=where,
            fix=f"Write `instrument: {instrument}` at the source of its answers. Named so far: {', '.join(asked) or 'none'}.",
        )


def _source(source: Source, workspace: Workspace, where: str) -> Iterator[CyclesError]:
    yield from _registered("adapters", source.adapter, f"{where}.adapter")
    yield from _try(lambda: workspace.locate(source.path), f"{where}.path")
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
