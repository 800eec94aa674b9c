"""What is known of a cycle before its outcomes: from its files, from earlier cycles, from whoever asks, or from what is published."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cycles.core.errors import CyclesError, DesignError, ProblemsError
from cycles.core.ledger import Ledger
from cycles.core.phrases import name
from cycles.core.vocabulary import Panel, SeriesPanel
from cycles.core.workspace import Workspace
from cycles.plan.cycle_file import Cycle
from cycles.plan.power.assumed import ICC, ICC_SOURCE, OutcomeKind
from cycles.plan.power.by_method import Method
from cycles.plan.power.detection import CLUSTER_KINDS
from cycles.plan.power.history import History, history, measured_as
from cycles.plan.power.planned import Planned

if TYPE_CHECKING:
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
    received: float | None = None
    share: float | None = None


@dataclass(frozen=True, kw_only=True)
class Basis:
    """One figure that could be taken for the share of the differences between groups: where it is from, and what it would mean."""

    source: str
    icc: float
    because: str
    mdes: float | None = None
    value: float | None = None


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that is known of a cycle; `files` is None where they cannot be read yet, and the sizes were given instead."""

    cycle: Cycle
    asked: Asked
    unit: str
    files: "Assigned | None"
    past: History | None
    method: Method | None = None

    @property
    def is_grouped(self) -> bool:
        """Whether students count by their classroom or school."""
        return _is_grouped(self.cycle)

    @property
    def group(self) -> str:
        """What one group is called."""
        return name((self.cycle.design.cluster or "group").removesuffix("_id")) if self.is_grouped else "student"

    @property
    def kind(self) -> OutcomeKind:
        """What is measured, as the question or the cycle file's standards say."""
        return self.asked.kind or self.cycle.standards.outcome_domain or "other"


def known_of(cycle: Cycle, workspace: Workspace, asked: Asked) -> Known:
    """Gather what is known; no outcome is read.

    Parameters
    ----------
    cycle : the cycle
    workspace : where its files and its ledger are
    asked : what is to be taken instead

    Raises
    ------
    CyclesError
        What stopped the files from being read, unless groups and students are given.
    """
    from cycles.study.designs.detection import assigned

    panel = _panel_if_needed(cycle, workspace, asked)
    if isinstance(panel, SeriesPanel):
        raise DesignError(
            "what series over time can detect hangs on their periods, not on a number of groups", code="CY310"
        )
    return Known(
        cycle=cycle,
        asked=asked,
        unit=_unit(cycle, workspace) if panel is None else panel.outcome_unit,
        files=None if panel is None else assigned(panel),
        past=_history(cycle, workspace),
        method=_method(cycle, panel, asked),
    )


def planned(known: Known) -> Planned:
    """The study as its files have it, or as it was asked about."""
    cycle, asked, files = known.cycle, known.asked, known.files
    plan = Planned(
        design_kind=cycle.design.kind,
        groups=_groups(known),
        size=_size(known),
        sd=standard_deviation(known)[0],
        unit=known.unit if known.method is None else known.method.unit or known.unit,
        n_blocks=None if files is None else files.n_blocks,
        measure_kind=known.kind,
        correlation=asked.correlation,
        adjusts=cycle.estimate.estimator not in UNADJUSTED,
        of_change=cycle.estimate.estimator == "difference_in_differences",
        attrition=asked.attrition,
        level=cycle.estimate.level,
        power=asked.power,
        method=known.method,
    )
    return plan if asked.clusters is None else plan.with_groups(asked.clusters)


def standard_deviation(known: Known) -> tuple[float | None, str]:
    """The first that is known, and where it is from; a method whose effects are not in standard deviations has its own."""
    if known.method is not None and known.method.answers:
        return None, ""
    own = None if known.method is None else known.method.sd(None)
    if own is not None:
        return own, "as the method has it"
    if known.asked.sd:
        return known.asked.sd, "as you said"
    if known.files is not None and known.files.sd:
        return known.files.sd, "from the baseline of this cycle"
    if known.past is not None and known.past.sd:
        return known.past.sd, f"from {known.past.text}"
    return None, ""


def bases(known: Known) -> Iterator[Basis]:
    """The shares between groups that are known, the one to be used first; none where nobody is grouped."""
    if not known.is_grouped:
        return
    if known.asked.icc is not None:
        yield Basis(source="given", icc=known.asked.icc, because="as you said")
    if known.past is not None:
        yield Basis(source="history", icc=known.past.icc, because=known.past.text)
    files = known.files
    if files is not None and files.icc is not None:
        in_groups = f"{files.n_baseline:,} students in {sum(files.n_clusters_by_arm.values()):,} {known.group}s"
        yield Basis(source="baseline", icc=files.icc, because=f"the baseline of this cycle ({in_groups})")
    yield Basis(source="published", icc=ICC[known.kind], because=ICC_SOURCE[known.kind])


def _panel_if_needed(cycle: Cycle, workspace: Workspace, asked: Asked) -> Panel | SeriesPanel | None:
    """The panel of the predicted measure; None where it cannot be built and the sizes were given."""
    try:
        return panel_of(cycle, workspace)
    except ProblemsError:
        raise
    except CyclesError as problem:
        if asked.clusters is not None and (asked.size is not None or not _is_grouped(cycle)):
            return None
        fix = f"{problem.fix} Or say what is planned: --clusters N --size N.".strip()
        raise type(problem)(problem.what, code=problem.code, where=problem.where, fix=fix) from None


def _method(cycle: Cycle, panel: Panel | None, asked: Asked) -> Method | None:
    """What the estimator makes of the plain comparison's precision, where there is a panel or enough was said."""
    from cycles.study.designs.detection_at_cutoff import method_at_cutoff
    from cycles.study.designs.detection_by_method import method_of, method_said

    if panel is None:
        return method_said(cycle.estimate, received=asked.received, share=asked.share)
    if panel.cutoff is not None:
        return method_at_cutoff(panel, level=cycle.estimate.level)
    return method_of(panel, cycle.estimate, received=asked.received, share=asked.share)


def panel_of(cycle: Cycle, workspace: Workspace) -> Panel | SeriesPanel:
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
    ledger = Ledger.existing(workspace) if cycle.design.cluster else None
    if ledger is None or not cycle.design.cluster:
        return None
    measure = measured_as(cycle.measures.outcome[cycle.prediction.measure])
    with ledger:
        return history(ledger.spreads.of(measure, cluster=cycle.design.cluster, besides=cycle.cycle))


def _unit(cycle: Cycle, workspace: Workspace) -> str:
    """The unit of the predicted measure, before there are data."""
    from cycles.plan.instruments import read_instrument
    from cycles.study.indicators import INDICATORS

    spec = cycle.measures.outcome[cycle.prediction.measure]
    if spec.published:
        return str(spec.unit)
    if spec.indicator:
        return str(INDICATORS.facts(spec.indicator)["unit"])
    scales = read_instrument(str(spec.instrument), folder=workspace.instruments).scales
    return scales[str(spec.scale_name)].unit


def _groups(known: Known) -> dict[str, float]:
    """Groups by arm; where no file tells, one in each, for `Planned.of` to multiply."""
    contrast = known.cycle.design.contrast
    if known.files is not None and known.files.n_clusters_by_arm:
        return {arm: float(n) for arm, n in known.files.n_clusters_by_arm.items()}
    arms = [contrast.change, *([contrast.comparison] if contrast.comparison else [])]
    one_group = known.cycle.design.kind == "one_group_pre_post"
    return dict.fromkeys(arms[:1] if one_group else arms, 1.0)


def _size(known: Known) -> float:
    """Students in a group; 1 where nobody is grouped."""
    if not known.is_grouped:
        return 1.0
    return known.asked.size or (1.0 if known.files is None else known.files.units_per_cluster)


def _is_grouped(cycle: Cycle) -> bool:
    return cycle.design.kind in CLUSTER_KINDS or (
        cycle.design.kind == "one_group_pre_post" and cycle.design.cluster is not None
    )
