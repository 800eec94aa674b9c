"""Were the arms alike before the change?

What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, chapter IV: equivalence is judged among the
units that the estimate is made from.
"""

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.effect_size import hedges_g
from cycles.study.inference.sample import Sample, take_sample

SATISFIED = 0.05
ADJUSTABLE = 0.25
EDGE = 1e-9
"""Both limits count as inside them; this much is rounding."""

ENOUGH_CORRELATION = 0.6
"""From this correlation of baseline and outcome on, a difference in differences counts as adjustment."""


@CHECKS.register("baseline_equivalence", designs=COMPARING)
def baseline_equivalence(estimate: Estimate, panel: Panel) -> Finding:
    """Standardised difference of the arms at baseline, among the units that the estimate is made from.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        pass up to .05 standard deviations; up to .25 if the estimator adjusts for the baseline; concern otherwise;
        cannot_say without a baseline. Where units were weighted or matched, what is left afterwards is judged. `table` has
        `arm, mean, sd, n` of the baseline.
    """
    try:
        analysed_with = bool(ESTIMATORS.facts(estimate.estimator)["uses_covariates"])
        sample = take_sample(panel, baseline=True, covariates=analysed_with)
        assert sample.baseline is not None
        g = hedges_g(sample.baseline[sample.arm == 1], sample.baseline[sample.arm == 0]).g
    except DesignError as refusal:
        text = f"No baseline to compare the arms by ({refusal.what}): whether they were alike is not known."
        return Finding(name="baseline_equivalence", answer="cannot_say", text=text)
    left = _after_weighting(estimate)
    answer, words = _judged(abs(g if left is None else left), _adjusts(estimate, sample))
    text = f"At baseline the arms differ by {g:+.3f} standard deviations: {words}."
    if left is not None:
        text = f"At baseline the arms differ by {left:+.3f} standard deviations as they are weighted or matched ({g:+.3f} before): {words}."
    return Finding(name="baseline_equivalence", answer=answer, text=text, table=_table(sample))


def _after_weighting(estimate: Estimate) -> float | None:
    """What weighting or matching left of the difference, in standard deviations of the change arm; None where there was none."""
    if estimate.balance is None:
        return None
    left = dict(zip(estimate.balance["covariate"], estimate.balance["smd_after"], strict=True))
    return left.get("baseline")


def _judged(size: float, adjusts: bool) -> tuple[Answer, str]:
    if size <= SATISFIED + EDGE:
        return "pass", f"alike (up to {SATISFIED})"
    if size > ADJUSTABLE + EDGE:
        return "concern", f"more than {ADJUSTABLE}, which no adjustment makes good"
    if adjusts:
        return "pass", f"between {SATISFIED} and {ADJUSTABLE}, which needs adjustment, and the estimate adjusts for it"
    return (
        "concern",
        f"between {SATISFIED} and {ADJUSTABLE}, which needs an adjustment that this estimate does not make",
    )


def _adjusts(estimate: Estimate, sample: Sample) -> bool:
    if estimate.estimator != "difference_in_differences":
        return bool(ESTIMATORS.facts(estimate.estimator)["adjusts"])
    if sample.baseline is None or sample.outcome.std() == 0:
        return False
    return bool(np.corrcoef(sample.baseline, sample.outcome)[0, 1] >= ENOUGH_CORRELATION - EDGE)


def _table(sample: Sample) -> pd.DataFrame:
    assert sample.baseline is not None
    parts = [(arm, sample.baseline[sample.arm == code]) for code, arm in enumerate(sample.arms)]
    rows = [
        {"arm": arm, "mean": part.mean(), "sd": part.std(ddof=1), "n": len(part)}
        for arm, part in parts
        if len(part) > 1
    ]
    return pd.DataFrame(rows, columns=["arm", "mean", "sd", "n"])
