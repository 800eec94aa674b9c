"""Sensitivity: the same question answered by the other methods that the file names."""

from dataclasses import replace
from typing import TYPE_CHECKING

from cycles.core.vocabulary import Estimate
from cycles.plan.cycle_file import Cycle
from cycles.study.designs import build_panel

if TYPE_CHECKING:
    from cycles.do.collection import Tables


def estimate_alternatives(cycle: Cycle, tables: "Tables", *, measure: str, seed: int = 0) -> dict[str, Estimate]:
    """One estimate for each entry of `alternatives` in the file, in its order.

    Parameters
    ----------
    cycle : the cycle or evaluation
    tables : the validated tables
    measure : an outcome measure
    seed : for resampling, where a method asks for it or clusters are few

    Returns
    -------
    dict, label -> Estimate
        Empty when the file names no alternatives.
    """
    from cycles.study.estimators import estimate

    found = {}
    for alternative in cycle.alternatives:
        other = cycle.model_copy(update={"design": alternative.design.of(cycle.design)})
        panel = build_panel(other, tables, measure=measure)
        found[alternative.label] = replace(estimate(panel, estimator=alternative, seed=seed), id=alternative.label)
    return found
