"""Do scores pile up at some values, or take so few that no line can be drawn through them?

Barreca, A. I., Lindo, J. M., & Waddell, G. R. (2016). Heaping-induced bias in regression-discontinuity designs. Economic Inquiry,
54(1), 268-293. doi:10.1111/ecin.12225
"""

import numpy as np
from scipy.special import ndtr

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Answer, Estimate, Finding, Panel
from cycles.study.checks import AT_A_CUTOFF, CHECKS
from cycles.study.inference.cutoff_sample import cutoff_of
from cycles.study.inference.estimability import in_words
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import numbers

FEW_VALUES = 10
"""With fewer different scores on a side the distance from the cutoff is coarse, and the bandwidth counts whole steps."""

TIMES = 2.0
"""A heap holds more than this many times what the values beside it hold, and more than chance would."""

ALPHA = 0.05


@CHECKS.register("heaping", designs=AT_A_CUTOFF)
def heaping(estimate: Estimate, panel: Panel) -> Finding:
    """Count the scores within the bandwidth by value, each held against the two values on either side of it.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        A concern for a value that far more share than its neighbours (normal test of the count, Bonferroni), or for fewer than ten
        different scores on a side; cannot_say without a bandwidth.
    """
    try:
        cutoff, running = cutoff_of(panel), numbers(panel.table, "running")
    except DesignError as refusal:
        return _told("cannot_say", in_words(refusal, fix=False))
    reach = estimate.facts.get("bandwidth")
    if reach is None:
        return _told("cannot_say", "There is no bandwidth within which scores could be counted.")
    values, counts = np.unique(running[np.isfinite(running)], return_counts=True)
    heaps = [heap for heap in _heaps(values, counts.astype(float)) if abs(heap - cutoff.at) <= reach]
    values = values[np.abs(values - cutoff.at) <= reach]
    if heaps:
        where = ", ".join(f"{value:g}" for value in heaps[:3])
        text = f"Far more students than at the values beside have a score of {where}: those given such a score may differ from others."
        return _told("concern", text)
    fewest = min(int((values < cutoff.at).sum()), int((values >= cutoff.at).sum()))
    if fewest < FEW_VALUES:
        text = f"Only {fewest} different scores lie on one side within the bandwidth: the line to the cutoff rests on few steps."
        return _told("concern", text)
    text = f"Within the bandwidth there are {len(values):,} different scores, and none is much more common than those beside it."
    return _told("pass", text)


def _heaps(values: Floats, counts: Floats) -> Floats:
    if len(values) < 5:
        return values[:0]
    beside = (counts[:-4] + counts[1:-3] + counts[3:-1] + counts[4:]) / 4
    middle = counts[2:-2]
    far = (middle - beside) / np.sqrt(beside * (1 + 1 / 4))
    unlikely = 1 - ndtr(far) < ALPHA / len(middle)
    return values[2:-2][unlikely & (middle > TIMES * beside) & (middle >= FEW_VALUES)]


def _told(answer: Answer, text: str) -> Finding:
    return Finding(name="heaping", answer=answer, text=text)
