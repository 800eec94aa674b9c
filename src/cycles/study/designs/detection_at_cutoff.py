"""What a cutoff can detect, from how precisely a jump of the baseline would have been estimated; the outcome is not read.

Without a baseline besides the score, from the score alone:
Schochet (2009). Statistical power for regression discontinuity designs in education evaluations. Journal of Educational and Behavioral
Statistics 34(2), 238-266. doi:10.3102/1076998609332748
"""

from dataclasses import replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.phrases import difference, number
from cycles.core.vocabulary import Panel
from cycles.plan.power import Detectable, multiplier
from cycles.plan.power.by_method import Method
from cycles.study.inference.cutoff_sample import around_cutoff, with_scores
from cycles.study.inference.discontinuity import FEWEST, jump_at_cutoff, near
from cycles.study.inference.effect_size import pooled_sd
from cycles.study.inference.sample import numbers, take_sample

FORMULA = "regression_discontinuity"
BANDWIDTH = 0.5
"""The share of the students taken to lie near enough, where nothing says how their outcomes bend."""

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
        In standard deviations only, by a formula, where there is no baseline besides the score; without a number where there are too few
        units on a side, and then `text` says why.
    """
    baseline = numbers(panel.table, "baseline")
    if not np.isfinite(baseline).any() or np.array_equal(baseline, numbers(panel.table, "running"), equal_nan=True):
        return _by_formula(panel, power, level)
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


def method_at_cutoff(panel: Panel, *, level: float) -> Method:
    """The cutoff as what it makes of the plain comparison's standard error, for other numbers of students.

    Raises
    ------
    DesignError
        CY310 where its reach cannot be told.
    """
    told = detectable_at_cutoff(panel, power=0.80, level=level)
    if told.se is None or told.mdes is None:
        raise DesignError(told.text.removesuffix(".").removeprefix("This cycle's "), code="CY310")
    table = panel.table[panel.table["arm"].isin([panel.change, panel.comparison])]
    share, sd = float((table["arm"] == panel.change).mean()), table["baseline"].std()
    se = told.se if told.value is None or not sd > 0 else told.se * told.value / told.mdes / float(sd)
    times = se * float(np.sqrt(share * (1 - share) * len(table)))
    said = (
        f"A cutoff: the standard error is {number(times)} times that of a draw of all students. With more students it falls more slowly "
        "than said here, because only nearer ones are then used."
    )
    return Method(formula=FORMULA, times=times, said=(said,))


def _by_formula(panel: Panel, power: float, level: float) -> Detectable:
    """Straight lines through the nearer half of the students: the design effect of their score with the arm (Schochet 2009)."""
    assert panel.cutoff is not None
    score = numbers(panel.table, "running")
    score = score[np.isfinite(score)]
    away = np.abs(score - panel.cutoff.at)
    near_by = score[away <= np.quantile(away, BANDWIDTH)] if len(score) else score
    side = np.asarray(panel.cutoff.entitles(near_by), dtype=float)
    n, share = len(near_by), float(side.mean()) if len(near_by) else 0.0
    if min(share, 1 - share) * n < FEWEST:
        what = f"fewer than {FEWEST} students lie near the cutoff on one side"
        return _told(None, None, power, level, f"This cycle's reach cannot be told beforehand: {what}.")
    shared = float(np.corrcoef(side, near_by)[0, 1] ** 2)
    se = float(1 / np.sqrt(share * (1 - share) * n * (1 - shared)))
    mdes = multiplier(n - 3, level=level, power=power) * se
    text = (
        f"Near the cutoff, this cycle can detect only a true effect of at least {number(mdes)} standard deviations: one of that size would "
        f"be found {number(10 * power)} times in 10. Judged by the score alone (no other baseline is known), with straight lines through "
        f"the {n:,} students who are nearer than the others; a cutoff needs {number(1 / (1 - shared))} times the students of a draw. What "
        "allows for bends in the lines finds somewhat larger effects only."
    )
    return Detectable(
        mdes=mdes, value=None, se=se, df=n - 3, icc=None, level=level, power=power, formula=FORMULA, text=text
    )


def _told(
    value: float | None, se: float | None, power: float, level: float, text: str, *, sd: float | None = None
) -> Detectable:
    mdes = None if value is None or sd is None else value / sd
    df = None if mdes is None else AS_NORMAL
    return Detectable(
        mdes=mdes, value=value, se=se, df=df, icc=None, level=level, power=power, formula=FORMULA, text=text
    )
