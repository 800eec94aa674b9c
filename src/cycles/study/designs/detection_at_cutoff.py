"""What a cutoff can detect, from how precisely a jump of the baseline would have been estimated; the outcome is not read."""

from dataclasses import replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.phrases import difference, number
from cycles.core.vocabulary import Panel
from cycles.plan.power import Detectable, multiplier
from cycles.study.inference.cutoff_sample import around_cutoff, with_scores
from cycles.study.inference.discontinuity import jump_at_cutoff, near
from cycles.study.inference.effect_size import pooled_sd
from cycles.study.inference.sample import numbers, take_sample

FORMULA = "regression_discontinuity"
AS_NORMAL = 1e6
"""Degrees of freedom of an interval with normal quantiles."""


def detectable_at_cutoff(panel: Panel, *, power: float, level: float) -> Detectable:
    """The smallest jump that this cutoff would reveal, taking the outcome to vary around its line as the baseline does.

    Parameters
    ----------
    panel : the panel; only who was assigned, the score and the baseline are read
    power, level : as for :func:`cycles.can_detect`

    Returns
    -------
    Detectable
        Without a number where there is no baseline besides the score, or too few units on a side; `text` says why.
    """
    baseline = numbers(panel.table, "baseline")
    if not np.isfinite(baseline).any() or np.array_equal(baseline, numbers(panel.table, "running"), equal_nan=True):
        return _told(
            None,
            None,
            power,
            level,
            "This cycle's reach cannot be told beforehand: there is no baseline besides the score.",
        )
    try:
        earlier = replace(panel, table=panel.table.assign(outcome=baseline), covariates=())
        sample = with_scores(earlier, take_sample(earlier, baseline=False, covariates=False))
        around = around_cutoff(earlier, sample, adjusted=False)
        jump = jump_at_cutoff(around)
    except DesignError as refusal:
        return _told(None, None, power, level, f"This cycle's reach cannot be told beforehand: {refusal.what}.")
    close, entitled = near(around, jump), around.cutoff.entitles(around.running)
    sd = pooled_sd(around.outcome[close & entitled], around.outcome[close & ~entitled])
    se = jump.corrected[1] / sd
    value = multiplier(AS_NORMAL, level=level, power=power) * jump.corrected[1]
    text = (
        f"Near the cutoff, this cycle can detect only a true effect of at least {difference(value, panel.outcome_unit)} "
        f"({number(value / sd)} standard deviations): one of that size would be found {number(10 * power)} times in 10. "
        "Judged by how the baseline varies."
    )
    return _told(value, se, power, level, text, sd=sd)


def _told(
    value: float | None, se: float | None, power: float, level: float, text: str, *, sd: float | None = None
) -> Detectable:
    mdes = None if value is None or sd is None else value / sd
    df = None if mdes is None else AS_NORMAL
    return Detectable(
        mdes=mdes, value=value, se=se, df=df, icc=None, level=level, power=power, formula=FORMULA, text=text
    )
