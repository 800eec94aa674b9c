"""Did students or schools choose on which side of the cutoff a score came to lie?

Cattaneo, M. D., Idrobo, N., & Titiunik, R. (2020). A Practical Introduction to Regression Discontinuity Designs: Foundations.
Cambridge University Press. doi:10.1017/9781108684606
McCrary, J. (2008). Manipulation of the running variable in the regression discontinuity design: a density test. Journal of
Econometrics, 142(2), 698-714. doi:10.1016/j.jeconom.2007.05.005
"""

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import AT_A_CUTOFF, CHECKS
from cycles.study.inference.cutoff_sample import cutoff_of
from cycles.study.inference.estimability import in_words
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import numbers

FEWEST, NEAREST = 20, 100
"""Units that are compared: a tenth of all, but not fewer or more than these. Nearer ones are fewer, farther ones differ anyway."""

ALPHA = 0.05


@CHECKS.register("manipulation", designs=AT_A_CUTOFF)
def manipulation(estimate: Estimate, panel: Panel) -> Finding:
    """Compare how many units stand just on either side of the cutoff: an exact binomial test of one half.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        A concern when chance alone would hardly leave the sides so unequal (p below .05); cannot_say with fewer than twenty units near the
        cutoff. Everybody with a score is counted, with or without an outcome.

    Notes
    -----
    The test takes the scores to be spread evenly within the narrow window, which reaches equally far to both sides. A pass is weak
    evidence: the sentence says from which share on it would have been noticed.
    """
    try:
        cutoff, running = cutoff_of(panel), numbers(panel.table, "running")
    except DesignError as refusal:
        return Finding(name="manipulation", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code)
    below, above = _near(running[np.isfinite(running)] - cutoff.at)
    if below + above < FEWEST:
        return Finding(
            name="manipulation", answer="cannot_say", text="Too few scores lie near the cutoff to compare its sides."
        )
    return _judged(below if cutoff.change_is == "below" else above, below + above, panel)


def _near(away: Floats) -> tuple[int, int]:
    """How many lie below and at or above the cutoff, in the narrowest window around it that holds enough."""
    wanted = min(max(FEWEST, len(away) // 10), NEAREST)
    left, right = np.sort(-away[away < 0]), np.sort(away[away >= 0])
    if not len(left):
        return 0, 0
    below, above = np.searchsorted(left, left, side="right"), np.searchsorted(right, left, side="left")
    place = min(int(np.searchsorted(below + above, wanted)), len(left) - 1)
    return int(below[place]), int(above[place])


def _judged(entitled: int, n: int, panel: Panel) -> Finding:
    from scipy.stats import binom, binomtest

    p = float(binomtest(entitled, n, 0.5).pvalue)
    noticed = float(binom.isf(ALPHA / 2, n, 0.5) + 1) / n
    text = f"Of the {n} {panel.unit_name}s nearest the cutoff, "
    if p < ALPHA:
        side = "more" if entitled > n / 2 else "fewer"
        told = (
            f"{text}{side} lie on the side of {panel.change} than chance would put there (binomial test, p = {p:.2g})."
        )
        return Finding(name="manipulation", answer="concern", text=f"{told} Find out who could move a score, and why.")
    told = f"about as many lie on either side as chance would put there (binomial test, p = {p:.2g})"
    text = f"{text}{told}; {noticed:.0%} on one side would have been noticed."
    return Finding(name="manipulation", answer="pass", text=text)
