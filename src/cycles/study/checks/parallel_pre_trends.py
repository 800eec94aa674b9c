"""Did the arms move alike before the change, and could this study have seen it if they had not?

Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends. American Economic Review: Insights, 4(3),
305-322. doi:10.1257/aeri.20210236
"""

from dataclasses import replace

import numpy as np

from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.estimators import estimate as estimated
from cycles.study.inference.background import Background
from cycles.study.inference.null_effects import judge, negligible, table_of

DETECTABLE = 2.8
"""Standard errors that an effect must have to be seen in four studies out of five (two-sided .05, Bloom 1995)."""


@CHECKS.register("parallel_pre_trends", designs=COMPARING, uses_background=True)
def parallel_pre_trends(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    """Difference in differences between each earlier wave and the baseline, when nothing had been changed.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : the measure in waves before the baseline, and what is worth having

    Returns
    -------
    Finding
        concern when the arms moved apart before the change; pass when every interval lies within what is worth having (.25 standard
        deviations where that is not said); cannot_say when they are too wide for that, with what could have been seen, or with fewer
        than two waves before the change. `table` has `effect, value, low, high, p, n`.

    Notes
    -----
    A test without power proves nothing, so not rejecting is no pass here. Units with an outcome only, as in the estimate.
    """
    effects = _before(panel, background, estimate.level)
    if not effects:
        text = "Fewer than two waves before the change: whether the arms were moving alike already cannot be seen."
        return Finding(name="parallel_pre_trends", answer="cannot_say", text=text)
    small = {name: negligible(one, background.worth_having) for name, one in effects.items()}
    answer, names = judge(effects, small=small, level=estimate.level)
    said = {
        "concern": f"The arms were moving apart before the change ({listed(names)}): part of the difference would have come anyway.",
        "pass": f"Before the change the arms moved alike ({listed(names)}), to within what would matter.",
        "cannot_say": f"The arms were not seen to move apart before the change ({listed(names)}), but this could have been missed",
    }
    text = said[answer] + (_power(effects, panel) if answer == "cannot_say" else "")
    return Finding(name="parallel_pre_trends", answer=answer, text=text, table=table_of(effects))


def _before(panel: Panel, background: Background, level: float) -> dict[str, Estimate]:
    observed = panel.table["outcome"].notna().to_numpy(dtype=bool)
    found = {}
    for wave, values in (background.earlier or {}).items():
        earlier = panel.table["unit"].map(values).to_numpy(dtype=float)
        table = panel.table.assign(outcome=panel.table["baseline"], baseline=np.where(observed, earlier, np.nan))
        past = replace(panel, table=table, covariates=(), subgroups=(), breaks=None, weight_name=None)
        one = estimated(past, estimator="difference_in_differences", level=level)
        if one.value is not None:
            found[f"{wave} to the baseline"] = one
    return found


def _power(effects: dict[str, Estimate], panel: Panel) -> str:
    errors = [one.se for one in effects.values() if one.se is not None]
    if not errors:
        return ": too few clusters to judge it."
    return f": only a difference of about {DETECTABLE * min(errors):.2g} {panel.outcome_unit} would have been seen."
