"""Did the comparison series move like those of the change before it began?

Bernal, J. L., Cummins, S., & Gasparrini, A. (2018). The use of controls in interrupted time series studies of public health interventions.
International Journal of Epidemiology, 47(6), 2082-2093. doi:10.1093/ije/dyy135
"""

from dataclasses import replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.phrases import difference
from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import CHECKS
from cycles.study.inference.autoregressive import autoregressive
from cycles.study.inference.background import Background
from cycles.study.inference.null_effects import judge, negligible, table_of
from cycles.study.inference.over_time import over_time, period_means


@CHECKS.register("comparison_before", designs=("comparative_interrupted_time_series",), uses_background=True)
def comparison_before(estimate: Estimate, panel: SeriesPanel, background: Background) -> Finding:
    """Compare the trends before the change, over as many periods as there were under it.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : what is worth having

    Returns
    -------
    Finding
        concern when the arms were moving apart; pass when the difference of their trends, over as long as the change lasted, lies within
        what is worth having; cannot_say when it is not known well enough, or there are too few periods. `table` as of `placebo_in_time`.
    """
    name = "comparison_before"
    try:
        drift = _drift(estimate, panel)
    except DesignError as refusal:
        return Finding(
            name=name, answer="cannot_say", text=f"Whether the arms moved alike before cannot be seen: {refusal.what}."
        )
    effects = {"trends before the change": drift}
    small = negligible(replace(drift, sd=panel.sd), background.worth_having)
    answer, _ = judge(effects, small=dict.fromkeys(effects, small), level=estimate.level)
    length = f"{estimate.facts.get('periods_after', 0)} {panel.every}s"
    apart = difference(drift.value or 0.0, panel.outcome_unit)
    said = {
        "concern": f"Before the change the arms were moving apart already, by {apart} over {length}; the model goes on with that.",
        "pass": f"Before the change the arms moved alike: over {length} by {apart}, less than would matter.",
        "cannot_say": f"Before the change the arms moved apart by {apart} over {length}, which may be chance or may matter.",
    }
    return Finding(name=name, answer=answer, text=said[answer], table=table_of(effects))


def _drift(estimate: Estimate, panel: SeriesPanel) -> Estimate:
    """How far apart the trends before would lead over as many periods as the change lasted."""
    seen = over_time(panel)
    assert seen.comparison is not None, "the design has a comparison"
    apart = period_means(seen.change) - period_means(seen.comparison)
    known = ~np.isnan(apart) & (seen.times < seen.start)
    times = seen.times[known]
    design = np.column_stack([np.ones(len(times)), times.astype(float)])
    fit = autoregressive(apart[known], design, ("intercept", "time"), times=times)
    after = int((seen.times >= seen.start).sum())
    found = fit.contrast(np.array([0.0, float(after)]), level=estimate.level)
    return replace(
        estimate, value=found.value, se=found.se, df=found.df, low=found.low, high=found.high, p=found.p, n=len(times)
    )
