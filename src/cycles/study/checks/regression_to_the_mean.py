"""Would part of the change have come anyway, because the units began unusually low or high?

Barnett, A. G., van der Pols, J. C., & Dobson, A. J. (2005). Regression to the mean: what it is and how to deal with it. International
Journal of Epidemiology, 34(1), 215-220. doi:10.1093/ije/dyh299
"""

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import CHECKS, COMPARING
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.background import Background
from cycles.study.inference.estimability import is_constant, is_one_group
from cycles.study.inference.sample import Sample, take_sample

NOT_SELECTED = 0.10
"""Standard deviations from everybody's mean within which a group counts as not selected for its baseline."""

MATTERS = 0.25
"""Share of the estimate from which what would have come anyway is a concern."""


@CHECKS.register("regression_to_the_mean", designs=(*COMPARING, "one_group_pre_post"), uses_background=True)
def regression_to_the_mean(estimate: Estimate, panel: Panel, background: Background) -> Finding:
    r"""The change to be expected of units that began away from the mean, from the reliability of the baseline.

    .. math:: E[\text{change}] = (1 - \rho)(\mu - \bar y_0)

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : the mean of everybody at baseline, and the baseline's reliability

    Returns
    -------
    Finding
        Of one group: pass when it began like everybody; concern when what was to be expected anyway makes up a quarter of the estimate in
        its direction. Of two arms whose baselines are subtracted: the same, with the other arm as everybody and the comparison's slope of
        outcome on baseline as reliability. pass for estimates that do not subtract the baseline. cannot_say without what is needed.
        `table` has `began_at, everybody, reliability, expected, n`.

    Notes
    -----
    Cronbach's alpha bounds the expected change from below: it leaves out that people differ from day to day.
    """
    if estimate.value is None:
        return _finding("cannot_say", "There is no estimate that regression to the mean could be part of.")
    if not is_one_group(panel) and not ESTIMATORS.facts(estimate.estimator).get("subtracts"):
        text = (
            "The baseline is not subtracted from the outcome, so unusual baselines do not by themselves make a change."
        )
        return _finding("pass", text)
    try:
        sample = take_sample(panel, baseline=True, covariates=False)
    except DesignError:
        return _finding("cannot_say", "The baselines cannot be read as numbers.")
    if sample.n == 0 or sample.baseline is None:
        return _finding("cannot_say", "There is no baseline that could have been unusual.")
    return _of_one_group(estimate, sample, background) if is_one_group(panel) else _of_arms(estimate, sample)


def _of_one_group(estimate: Estimate, sample: Sample, background: Background) -> Finding:
    assert sample.baseline is not None
    began, everyone, reliability = float(sample.baseline.mean()), background.everyone, background.reliability
    if everyone is None or everyone.sd <= 0:
        return _finding(
            "cannot_say", "Where everybody else began is not known, so neither is how unusual this group was."
        )
    away = (began - everyone.mean) / everyone.sd
    if abs(away) <= NOT_SELECTED:
        return _finding("pass", f"The group began where everybody did ({away:+.2f} standard deviations).")
    if reliability is None or not 0 <= reliability <= 1:
        text = f"The group began {away:+.2f} standard deviations from everybody, and how reliable that is is not known."
        return _finding("cannot_say", text)
    told = f"The group began {away:+.2f} standard deviations from everybody, and the baseline's reliability is {reliability:.2f}"
    return _weighed(estimate, told, began, everyone.mean, reliability, sample.n)


def _of_arms(estimate: Estimate, sample: Sample) -> Finding:
    assert sample.baseline is not None
    change, comparison = (sample.baseline[sample.arm == code] for code in (1, 0))
    if min(len(change), len(comparison)) < 2 or is_constant(comparison):
        return _finding(
            "cannot_say", "The comparison's baselines do not tell how much of a difference would have lasted."
        )
    slope = float(np.polyfit(comparison, sample.of(0), 1)[0])
    lasting = min(max(slope, 0.0), 1.0)
    began, other = float(change.mean()), float(comparison.mean())
    sd = float(np.sqrt((change.var(ddof=1) + comparison.var(ddof=1)) / 2))
    if abs(began - other) <= NOT_SELECTED * sd:
        return _finding("pass", "Both arms began at about the same level, so neither was to move towards the other.")
    told = f"The arms began {(began - other) / sd:+.2f} standard deviations apart; in the comparison {lasting:.0%} of a difference lasts"
    return _weighed(estimate, told, began, other, lasting, sample.n)


def _weighed(estimate: Estimate, told: str, began: float, everybody: float, reliability: float, n: int) -> Finding:
    assert estimate.value is not None
    expected = (1 - reliability) * (everybody - began)
    table = pd.DataFrame(
        [{"began_at": began, "everybody": everybody, "reliability": reliability, "expected": expected, "n": n}]
    )
    text = f"{told}: {expected:+.3g} {estimate.unit} of the {estimate.value:+.3g} would be expected without any change."
    large = expected * estimate.value > 0 and abs(expected) >= MATTERS * abs(estimate.value)
    return Finding(name="regression_to_the_mean", answer="concern" if large else "pass", text=text, table=table)


def _finding(answer: str, text: str) -> Finding:
    return Finding(name="regression_to_the_mean", answer=answer, text=text)  # type: ignore[arg-type]
