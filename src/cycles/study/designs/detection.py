"""What this cycle can detect: from the number of students and clusters assigned, before any outcome is looked at."""

from dataclasses import dataclass
from typing import cast

import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Panel, SeriesPanel
from cycles.plan.design import DesignKind
from cycles.plan.method import EstimateSpec
from cycles.plan.power import Detectable, detectable
from cycles.study.designs.detection_at_cutoff import detectable_at_cutoff
from cycles.study.designs.detection_by_method import method_of
from cycles.study.designs.detection_over_time import detectable_over_time
from cycles.study.inference.intraclass import intraclass_correlation


@dataclass(frozen=True, kw_only=True)
class Assigned:
    """What is known before the outcomes: who was assigned, in which groups, and how the baseline is spread.

    `n_clusters_by_arm` counts students where there are no groups, and `units_per_cluster` (a harmonic mean) is then 1. `icc` and `sd` are
    those of the baseline's `n_baseline` students in the arms compared; None where there is none.
    """

    n_clusters_by_arm: dict[str, int]
    units_per_cluster: float
    n_blocks: int | None
    icc: float | None
    sd: float | None
    n_baseline: int


def can_detect(
    panel: Panel | SeriesPanel,
    *,
    estimator: str | EstimateSpec | None = None,
    power: float = 0.80,
    level: float = 0.95,
) -> Detectable:
    """The smallest effect that this panel's arms would reveal four times in five.

    Parameters
    ----------
    panel : the panel; only who was assigned and the baseline are read, never the outcome; of series, the periods before the change
    estimator : the method, as :func:`cycles.estimate` takes it, where it asks something else than a difference of means (receipt, shares,
        ordered answers, a dose), weighs the comparison, or is one of several for series over time
    power : the probability of an interval that excludes zero
    level : the level of that interval

    Returns
    -------
    Detectable
        In standard deviations, and in the measure's unit where there is a baseline to take the standard deviation from.

    Notes
    -----
    The intraclass correlation comes from the baseline where there is one, otherwise from convention; the baseline's
    correlation with the outcome is not known beforehand and is not assumed, so the truth is often a little better.
    """
    spec = EstimateSpec(estimator=estimator) if isinstance(estimator, str) else estimator
    if isinstance(panel, SeriesPanel):
        return detectable_over_time(panel, spec=spec, power=power, level=level)
    if panel.cutoff is not None:
        return detectable_at_cutoff(panel, power=power, level=level)
    known = assigned(panel)
    try:
        method = None if spec is None else method_of(panel, spec)
    except DesignError as refusal:
        text = f"What this cycle can detect cannot be said beforehand: {refusal.what}."
        return Detectable(
            mdes=None, value=None, se=None, df=None, icc=None, level=level, power=power, formula="none", text=text
        )
    return detectable(
        design_kind=cast(DesignKind, panel.design),
        n_clusters_by_arm=known.n_clusters_by_arm,
        units_per_cluster=known.units_per_cluster,
        icc=known.icc,
        n_blocks=known.n_blocks,
        unit=panel.outcome_unit,
        level=level,
        power=power,
        sd=known.sd,
        method=method,
    )


def assigned(panel: Panel) -> Assigned:
    """Who was assigned, and how their baseline is spread; the outcome is not read.

    Parameters
    ----------
    panel : the panel
    """
    compared = panel.table[panel.table["arm"].isin([panel.change, panel.comparison])]
    baseline = compared["baseline"].dropna()
    grouped = compared if panel.cluster_name else compared.assign(cluster=compared["unit"])
    sizes = grouped.groupby(["arm", "cluster"]).size()
    return Assigned(
        n_clusters_by_arm={str(arm): int(rows.size) for arm, rows in sizes.groupby(level="arm")},
        units_per_cluster=_harmonic_mean(sizes),
        n_blocks=compared["block"].nunique() if panel.block_name else None,
        icc=_icc(compared) if panel.cluster_name else None,
        sd=float(baseline.std()) if len(baseline) > 1 else None,
        n_baseline=len(baseline),
    )


def _harmonic_mean(sizes: pd.Series) -> float:
    return float(len(sizes) / (1 / sizes).sum()) if len(sizes) else 0.0


def _icc(compared: pd.DataFrame) -> float | None:
    known = compared.dropna(subset=["baseline", "cluster"])
    if known["cluster"].nunique() < 2 or known["baseline"].nunique() < 2:
        return None
    return intraclass_correlation(known["baseline"].to_numpy(float), pd.factorize(known["cluster"])[0])
