"""Does the change seem to move what it cannot have moved: the baseline, or a measure named as a placebo?

Hartman & Hidalgo (2018), doi:10.1111/ajps.12387; Lipsitch, M., Tchetgen Tchetgen, E., & Cohen, T. (2010). Negative controls.
Epidemiology, 21(3), 383-388. doi:10.1097/EDE.0b013e3181d61eeb
"""

from dataclasses import replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.estimators import estimate as estimated
from cycles.study.inference.background import Background
from cycles.study.inference.null_effects import judge, negligible, table_of
from cycles.study.inference.sample import numbers

BASELINE = "the baseline"


@CHECKS.register("placebo_outcome", designs=COMPARING, uses_background=True)
def placebo_outcome(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    """Estimate the "effect" on the baseline, among units with an outcome, and on measures named as placebos.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : what is worth having, and the estimates of placebo measures

    Returns
    -------
    Finding
        concern when such an effect is seen; pass when all intervals lie within what is worth having (.25 standard deviations where
        that is not said); cannot_say when they are too wide for that, or there is nothing to look at. `table` has
        `effect, value, low, high, p, n`.

    Notes
    -----
    The baseline is compared without adjustment. That no effect is seen is no evidence that there is none: the interval has to say so.
    """
    found = _on_the_baseline(panel, estimate.level)
    effects = {**({} if found is None else {BASELINE: found}), **background.placebos}
    if not effects:
        text = "There is no baseline and no placebo measure on which a false effect would show."
        return Finding(name="placebo_outcome", answer="cannot_say", text=text)
    small = {
        name: negligible(one, background.worth_having if name == BASELINE else None) for name, one in effects.items()
    }
    answer, names = judge(effects, small=small, level=estimate.level)
    said = {
        "concern": f"The change seems to have moved what it cannot have moved: {listed(names)}. The arms differ for another reason.",
        "pass": f"No effect where there can be none ({listed(names)}), and measured well enough to rule out one that would matter.",
        "cannot_say": f"No effect is seen on {listed(names)}, but one large enough to matter cannot be ruled out.",
    }
    return Finding(name="placebo_outcome", answer=answer, text=said[answer], table=table_of(effects))


def _on_the_baseline(panel: Panel, level: float) -> Estimate | None:
    try:
        baseline = numbers(panel.table, "baseline")
        observed = ~np.isnan(numbers(panel.table, "outcome"))
    except DesignError:
        return None
    if not (observed & ~np.isnan(baseline)).any():
        return None
    table = panel.table.assign(outcome=baseline, baseline=np.nan)[observed].reset_index(drop=True)
    past = replace(panel, table=table, covariates=(), subgroups=(), breaks=None, weight_name=None)
    return estimated(past, estimator="difference_in_means", level=level)
