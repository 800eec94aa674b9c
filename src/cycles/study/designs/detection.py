"""What this cycle can detect: from the number of students and clusters assigned, before any outcome is looked at."""

from typing import TYPE_CHECKING, cast

import pandas as pd

from cycles.core.vocabulary import Panel
from cycles.plan.cycle_file import DesignKind
from cycles.plan.power import detectable
from cycles.study.inference.intraclass import intraclass_correlation

if TYPE_CHECKING:
    from cycles.plan.cycle_file import DesignKind
from cycles.plan.power import Detectable


def can_detect(panel: Panel, *, power: float = 0.80, level: float = 0.95) -> "Detectable":
    """The smallest effect that this panel's arms would reveal four times in five.

    Parameters
    ----------
    panel : the panel; only who was assigned and the baseline are read, never the outcome
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
    compared = panel.table[panel.table["arm"].isin([panel.change, panel.comparison])]
    baseline = compared["baseline"].dropna()
    grouped = compared if panel.cluster_name else compared.assign(cluster=compared["unit"])
    sizes = grouped.groupby(["arm", "cluster"]).size()
    return detectable(
        design_kind=cast(DesignKind, panel.design),
        n_clusters_by_arm={str(arm): int(rows.size) for arm, rows in sizes.groupby(level="arm")},
        units_per_cluster=_harmonic_mean(sizes),
        icc=_icc(compared) if panel.cluster_name else None,
        n_blocks=compared["block"].nunique() if panel.block_name else None,
        unit=panel.outcome_unit,
        level=level,
        power=power,
        sd=float(baseline.std()) if len(baseline) > 1 else None,
    )


def _harmonic_mean(sizes: pd.Series) -> float:
    return float(len(sizes) / (1 / sizes).sum()) if len(sizes) else 0.0


def _icc(compared: pd.DataFrame) -> float | None:
    known = compared.dropna(subset=["baseline", "cluster"])
    if known["cluster"].nunique() < 2 or known["baseline"].nunique() < 2:
        return None
    return intraclass_correlation(known["baseline"].to_numpy(float), pd.factorize(known["cluster"])[0])
