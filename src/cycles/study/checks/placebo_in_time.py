"""Does the method see a change where there was none: halfway through the time before it?

Linden, A., & Yarnold, P. R. (2016). Using machine learning to identify structural breaks in single-group interrupted time series designs.
Journal of Evaluation in Clinical Practice, 22(6), 855-859. doi:10.1111/jep.12544
Abadie, A., Diamond, A., & Hainmueller, J. (2015). Comparative politics and the synthetic control method. American Journal of Political
Science, 59(2), 495-510. doi:10.1111/ajps.12116
"""

from dataclasses import replace

import numpy as np

from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import CHECKS
from cycles.study.estimators import estimate as estimated
from cycles.study.inference.background import Background, spec_of
from cycles.study.inference.null_effects import judge, negligible, table_of

DESIGNS = ("interrupted_time_series", "comparative_interrupted_time_series")


@CHECKS.register("placebo_in_time", designs=DESIGNS, uses_background=True)
def placebo_in_time(estimate: Estimate, panel: SeriesPanel, background: Background) -> Finding:
    """Pretend that the change began halfway through the periods before it, and estimate its effect from those alone.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : the method, and what is worth having

    Returns
    -------
    Finding
        concern when an effect is seen that cannot have been; pass when its interval lies within what is worth having; cannot_say when it is
        too wide for that, or there are too few periods. `table` has `effect, value, low, high, p, n`.
    """
    name = "placebo_in_time"
    before = _before(panel)
    if before is None:
        return Finding(name=name, answer="cannot_say", text="The change began in no period of these series.")
    found = estimated(before, estimator=spec_of(estimate, background))
    if found.p is None:
        text = f"There are too few {panel.every}s before the change to pretend that it began among them ({found.code})."
        return Finding(name=name, answer="cannot_say", text=text)
    effects = {"a change that was not made": found}
    answer, _ = judge(
        effects, small={one: negligible(found, background.worth_having) for one in effects}, level=estimate.level
    )
    said = {
        "concern": "The method sees an effect of a change that was not made: levels and trends moved by themselves as well.",
        "pass": "Of a change that was not made, halfway through the time before, the method sees no effect that would matter.",
        "cannot_say": "Of a change that was not made the method sees no effect, but it could have missed one that would matter.",
    }
    return Finding(name=name, answer=answer, text=said[answer], table=table_of(effects))


def _before(panel: SeriesPanel) -> SeriesPanel | None:
    """The periods before the change, with a start halfway; None where there is no single start."""
    starts = panel.table["started"].dropna().unique()
    if len(starts) != 1:
        return None
    table = panel.table[panel.table["time"] < int(starts[0])]
    seen = np.unique(table.loc[table["value"].notna(), "time"])
    if not len(seen):
        return None
    halfway = int(seen[len(seen) // 2])
    return replace(panel, table=table.assign(started=table["started"].where(table["started"].isna(), halfway)))
