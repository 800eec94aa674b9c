"""The reach of a cycle: what it can detect with the students and classrooms it has, and how many it would need for what it predicts."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cycles.core.errors import CyclesError, ParameterError, ProblemsError
from cycles.core.ledger import Ledger
from cycles.core.phrases import chance, difference, listed, name, number
from cycles.core.vocabulary import Panel, Record
from cycles.core.workspace import Workspace, find_workspace
from cycles.plan.cycle_file import Cycle, read_cycle_file
from cycles.plan.power.assumed import ICC, ICC_SOURCE, OutcomeKind
from cycles.plan.power.detection import CLUSTER_KINDS, Detectable
from cycles.plan.power.history import History, history, measured_as
from cycles.plan.power.planned import Planned

if TYPE_CHECKING:
    import pandas as pd

    from cycles.study.designs.detection import Assigned


UNADJUSTED = frozenset({"difference_in_means", "difference_in_differences"})
"""Estimators that do not take the baseline as a term; any other profits from a baseline that foretells the outcome."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What whoever asks knows better than the files do; None where the files, the ledger or convention are to answer."""

    clusters: int | None = None
    size: float | None = None
    icc: float | None = None
    sd: float | None = None
    correlation: float | None = None
    attrition: float = 0.0
    power: float = 0.80
    kind: OutcomeKind | None = None


@dataclass(frozen=True, kw_only=True)
class Basis:
    """One figure that could be taken for the share of the differences between groups: where it is from, and what it would mean."""

    source: str
    icc: float
    because: str
    mdes: float | None = None
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
class Target:
    """An effect that matters to the cycle: how often it would be found, and how many groups, or students in each, would find it."""

    value: float
    effect_size: float | None
    found: float | None
    n_groups: int | None
    size: int | None


@dataclass(frozen=True, kw_only=True, repr=False)
class Reach(Record):
    """What a cycle can detect. `basis` lists the shares between groups that are known, the one used first; `targets` has `prediction` and
    `worth_having`; `curve` what other numbers of groups would find."""

    cycle: str
    measure: str
    group: str
    planned: Planned
    detectable: Detectable
    basis: tuple[Basis, ...]
    sd_from: str
    targets: dict[str, Target]
    curve: "pd.DataFrame"
    sentences: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """All sentences."""
        return " ".join(self.sentences)

    @property
    def table(self) -> "pd.DataFrame":
        """The curve."""
        return self.curve

    @property
    def headline(self) -> str:
        """What it can detect, and what that rests on."""
        rests = f" {_resting(self.group, self.basis[0])}" if self.basis and self.detectable.mdes is not None else ""
        return f"{self.detectable.text}{rests}"

    def to_dict(self) -> dict[str, Any]:
        """As data: `schema cycles.power/1`."""
        told, plan = self.detectable, self.planned
        return {
            "schema": "cycles.power/1",
            "cycle": self.cycle,
            "measure": self.measure,
            "unit": plan.unit,
            "design": plan.design_kind,
            "formula": told.formula,
            "group": self.group,
            "groups_by_arm": plan.groups,
            "students_per_group": plan.size,
            "level": plan.level,
            "power": plan.power,
            "sd": plan.sd,
            "sd_from": self.sd_from,
            "correlation": plan.correlation,
            "attrition": plan.attrition,
            "now": {name: getattr(told, name) for name in ("mdes", "value", "se", "df", "icc")},
            "basis": [vars(one) for one in self.basis],
            "targets": {name: vars(one) for name, one in self.targets.items()},
            "curve": self.curve.to_dict("records"),
            "text": list(self.sentences),
        }


def reach(cycle_file: str | Path, *, asked: Asked | None = None) -> Reach:
    """What a cycle can detect, from who was assigned, the baseline, and what earlier cycles of the site have shown; never from an outcome.

    Parameters
    ----------
    cycle_file : a parameter file of a workspace
    asked : what is to be taken instead

    Raises
    ------
    CyclesError
        CY110 for a file without a prediction; CY105 for an impossible number; what stopped the files from being read, unless groups
        and students are given.
    """
    asked = asked or Asked()
    workspace = find_workspace(Path(cycle_file).resolve().parent)
    cycle = read_cycle_file(cycle_file)
    if not isinstance(cycle, Cycle):
        raise ParameterError("an annual report predicts nothing to detect", code="CY110", where=str(cycle_file))
    panel = _panel_if_needed(cycle, workspace, asked)
    past = _history(cycle, workspace)
    return _told(cycle, panel, past, asked=asked, workspace=workspace)


def _told(cycle: Cycle, panel: Panel | None, past: History | None, *, asked: Asked, workspace: Workspace) -> Reach:
    from cycles.study.designs.detection import assigned

    known = None if panel is None else assigned(panel)
    plan, sd_from = _planned(cycle, panel, known, past, asked=asked, workspace=workspace)
    plans = [(one, _with_icc(plan, one)) for one in _bases(cycle, known, past, asked)]
    basis = tuple(_judged(one, with_icc.finds) for one, with_icc in plans)
    plan = plans[0][1] if plans else plan
    targets = {
        name: _target(plan, value)
        for name, value in (("prediction", abs(cycle.prediction.size)), ("worth_having", cycle.prediction.worth_having))
    }
    curve = plan.curve(
        {name: one.effect_size for name, one in targets.items()}, through=[one.n_groups for one in targets.values()]
    )
    found = Reach(
        cycle=cycle.cycle,
        measure=cycle.prediction.measure,
        group=_group(cycle),
        planned=plan,
        detectable=plan.finds,
        basis=basis,
        sd_from=sd_from,
        targets=targets,
        curve=curve,
    )
    return Reach(**{**vars(found), "sentences": tuple(_sentences(found))})


# -- what is known ---------------------------------------------------------------------------------------------------


def _panel_if_needed(cycle: Cycle, workspace: Workspace, asked: Asked) -> Panel | None:
    """The panel of the predicted measure; None where it cannot be built and the sizes were given."""
    try:
        return _panel(cycle, workspace)
    except ProblemsError:
        raise
    except CyclesError as problem:
        if asked.clusters is not None and (asked.size is not None or not _is_grouped(cycle)):
            return None
        fix = f"{problem.fix} Or say what is planned: --clusters N --size N.".strip()
        raise type(problem)(problem.what, code=problem.code, where=problem.where, fix=fix) from None


def _panel(cycle: Cycle, workspace: Workspace) -> Panel:
    """The panel of the predicted measure, from whichever sources can be read already."""
    from cycles.do.collection import gathered
    from cycles.do.contracts import hold
    from cycles.do.intake import read
    from cycles.study.designs import build_panel

    deliveries = []
    for source in cycle.sources.values():
        try:
            deliveries.append(read(source, workspace=workspace))
        except CyclesError as problem:
            if problem.code != "CY104":
                raise
    reports = [hold(delivery, workspace=workspace, second_engine=False) for delivery in deliveries]
    tables = gathered(deliveries, reports, [], instruments=workspace.instruments)
    return build_panel(cycle, tables, measure=cycle.prediction.measure)


def _history(cycle: Cycle, workspace: Workspace) -> History | None:
    """What earlier cycles of this workspace have shown about the predicted measure, within the same kind of group."""
    if not workspace.ledger_path.is_file() or not cycle.design.cluster:
        return None
    measure = measured_as(cycle.measures.outcome[cycle.prediction.measure])
    ledger = Ledger(workspace.ledger_path)
    try:
        return history(ledger.spreads.of(measure, cluster=cycle.design.cluster, besides=cycle.cycle))
    finally:
        ledger.close()


def _planned(
    cycle: Cycle,
    panel: Panel | None,
    known: "Assigned | None",
    past: History | None,
    *,
    asked: Asked,
    workspace: Workspace,
) -> tuple[Planned, str]:
    """The study as its files have it, or as it was asked about, and where the standard deviation is from."""
    sds = [
        (asked.sd, "as you said"),
        (None if known is None else known.sd, "from the baseline of this cycle"),
        (None if past is None else past.sd, "" if past is None else f"from {past.text}"),
    ]
    sd, sd_from = next(((sd, told) for sd, told in sds if sd), (None, ""))
    of_change = cycle.estimate.estimator == "difference_in_differences"
    plan = Planned(
        design_kind=cycle.design.kind,
        groups=_groups(cycle, known),
        size=_size_of(cycle, known, asked),
        sd=sd,
        unit=_unit(cycle, workspace) if panel is None else panel.outcome_unit,
        n_blocks=None if known is None else known.n_blocks,
        measure_kind=_kind(cycle, asked),
        correlation=asked.correlation,
        adjusts=cycle.estimate.estimator not in UNADJUSTED,
        of_change=of_change,
        attrition=asked.attrition,
        level=cycle.estimate.level,
        power=asked.power,
    )
    return (plan if asked.clusters is None else plan.of(asked.clusters)), sd_from


def _groups(cycle: Cycle, known: "Assigned | None") -> dict[str, float]:
    """Groups by arm, or equal halves of nothing in particular where no file tells."""
    contrast = cycle.design.contrast
    if known is not None and known.n_clusters_by_arm:
        return {arm: float(n) for arm, n in known.n_clusters_by_arm.items()}
    arms = [contrast.change, *([contrast.comparison] if contrast.comparison else [])]
    return dict.fromkeys(arms, 1.0)


def _size_of(cycle: Cycle, known: "Assigned | None", asked: Asked) -> float:
    """Students in a group; 1 where nobody is grouped."""
    if not _is_grouped(cycle):
        return 1.0
    return asked.size or (1.0 if known is None else known.units_per_cluster)


def _unit(cycle: Cycle, workspace: Workspace) -> str:
    """The unit of the predicted measure, before there are data."""
    from cycles.plan.instruments import read_instrument
    from cycles.study.indicators import INDICATORS

    spec = cycle.measures.outcome[cycle.prediction.measure]
    if spec.indicator:
        return str(INDICATORS.facts(spec.indicator)["unit"])
    scales = read_instrument(str(spec.instrument), folder=workspace.instruments).scales
    return scales[str(spec.scale_name)].unit


def _bases(cycle: Cycle, known: "Assigned | None", past: History | None, asked: Asked) -> Iterator[Basis]:
    """The shares between groups that are known, the best first."""
    if not _is_grouped(cycle):
        return
    if asked.icc is not None:
        yield Basis(source="given", icc=asked.icc, because="as you said")
    if past is not None:
        yield Basis(source="history", icc=past.icc, because=past.text)
    if known is not None and known.icc is not None:
        groups = f"{sum(known.n_clusters_by_arm.values()):,} {_group(cycle)}s"
        yield Basis(
            source="baseline",
            icc=known.icc,
            because=f"the baseline of this cycle ({known.n_baseline:,} students in {groups})",
        )
    kind = _kind(cycle, asked)
    yield Basis(source="published", icc=ICC[kind], because=ICC_SOURCE[kind])


def _is_grouped(cycle: Cycle) -> bool:
    return cycle.design.kind in CLUSTER_KINDS or (
        cycle.design.kind == "one_group_pre_post" and cycle.design.cluster is not None
    )


def _kind(cycle: Cycle, asked: Asked) -> OutcomeKind:
    return asked.kind or cycle.standards.outcome_domain or "other"


def _group(cycle: Cycle) -> str:
    return name((cycle.design.cluster or "group").removesuffix("_id")) if _is_grouped(cycle) else "student"


# -- what it means ---------------------------------------------------------------------------------------------------


def _with_icc(plan: Planned, basis: Basis) -> Planned:
    from dataclasses import replace

    return replace(plan, icc=basis.icc)


def _judged(basis: Basis, told: Detectable) -> Basis:
    return Basis(**{**vars(basis), "mdes": told.mdes, "value": told.value})


def _target(plan: Planned, value: float) -> Target:
    effect = value / plan.sd if plan.sd else None
    needed = plan.groups_needed(effect)
    size = plan.size_needed(effect) if plan.size > 1 else None
    return Target(value=value, effect_size=effect, found=plan.chance(effect), n_groups=needed, size=size)


# -- what is said ----------------------------------------------------------------------------------------------------


def _sentences(found: Reach) -> Iterator[str]:
    yield _who(found)
    yield found.headline
    if found.detectable.mdes is None:
        return
    if len(found.basis) > 1:
        yield _otherwise(found)
    if found.planned.sd is None:
        yield (
            "How that compares with the prediction cannot be told: nobody has measured how much students differ. "
            "Give --sd, the standard deviation of the measure."
        )
        return
    yield f"One standard deviation is {difference(found.planned.sd, found.planned.unit)}, {found.sd_from}."
    for what, target in found.targets.items():
        yield _about(found, what, target)
    if found.planned.adjusts and found.planned.correlation is None:
        yield (
            "The baseline will be adjusted for, which finds somewhat smaller effects; how much smaller depends on the correlation of "
            "before and after (--correlation)."
        )


def _who(found: Reach) -> str:
    plan = found.planned
    arms = ", ".join(f"{number(n)} {name(arm)}" for arm, n in plan.groups.items())
    each = f", about {number(plan.size)} students in each" if found.group != "student" else ""
    lost = f"; {plan.attrition:.0%} of the students are expected to have no outcome" if plan.attrition else ""
    return f"{found.cycle}: {plan.total:,.0f} {found.group}s ({arms}){each}{lost}."


def _resting(group: str, basis: Basis) -> str:
    return f"Between {group}s lie {basis.icc:.1%} of the differences between students: {basis.because}."


def _otherwise(found: Reach) -> str:
    told = [f"{_size(one, found)} with {one.icc:.1%} ({one.because})" for one in found.basis[1:]]
    return f"By other figures it would be {listed(told)}."


def _size(basis: Basis, found: Reach) -> str:
    if basis.value is not None:
        return difference(basis.value, found.planned.unit)
    return "nothing" if basis.mdes is None else f"{number(basis.mdes)} standard deviations"


def _about(found: Reach, what: str, target: Target) -> str:
    plan = found.planned
    size = difference(target.value, plan.unit)
    subject = f"What was predicted ({size})" if what == "prediction" else f"What is worth having ({size})"
    assert target.found is not None
    told = f"{subject} would be found with a chance of {chance(target.found)}."
    often = f"{number(10 * plan.power)} times in 10"
    if target.n_groups is None:
        return f"{told} No number of {found.group}s is known to find it {often}."
    if target.n_groups <= plan.total:
        return f"{told} {target.n_groups:,} {found.group}s would find it {often}."
    text = f"{told} To find it {often}, {target.n_groups:,} {found.group}s are needed, divided as now"
    if plan.size <= 1:
        return f"{text}."
    if target.size is None:
        return f"{text}; more students in the same {found.group}s would not be enough."
    return f"{text}, or {target.size:,} students in each of the {plan.total:,.0f}."
