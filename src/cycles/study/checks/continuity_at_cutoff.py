"""Does anything jump at the cutoff that the change cannot have moved?

Cattaneo, M. D., Idrobo, N., & Titiunik, R. (2020). A Practical Introduction to Regression Discontinuity Designs: Foundations.
Cambridge University Press. doi:10.1017/9781108684606
"""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr

from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Finding, Panel
from cycles.study.checks import AT_A_CUTOFF, CHECKS
from cycles.study.inference.cutoff_sample import around_cutoff, with_scores
from cycles.study.inference.discontinuity import jump_at_cutoff
from cycles.study.inference.estimability import in_words
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.multiplicity import holm
from cycles.study.inference.sample import Sample, column_of, covariate_columns, part_of, take_sample

ALPHA = 0.05


@CHECKS.register("continuity_at_cutoff", designs=AT_A_CUTOFF)
def continuity_at_cutoff(estimate: Estimate, panel: Panel) -> Finding:
    """Estimate the jump of the baseline and of each covariate as if it were an outcome.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        A concern when one of them jumps (p below .05 after Holm's correction); cannot_say when nothing was measured before the change.

    Notes
    -----
    Each has a bandwidth of its own, the same kernel and standard errors as the estimate would choose unasked, and nothing to adjust it.
    """
    try:
        sample = with_scores(panel, take_sample(panel, baseline=False, covariates=False))
        jumps = dict(_jumps(panel, sample))
    except DesignError as refusal:
        return Finding(
            name="continuity_at_cutoff", answer="cannot_say", text=in_words(refusal, fix=False), code=refusal.code
        )
    if not jumps:
        text = "Nothing was measured before the change of which a jump at the cutoff could be looked for."
        return Finding(name="continuity_at_cutoff", answer="cannot_say", text=text)
    moved = [name for name, p in zip(jumps, holm(list(jumps.values())), strict=True) if p < ALPHA]
    looked = f"Looked for a jump at the cutoff in {listed(list(jumps))}"
    if moved:
        text = f"{looked}, which the change cannot have moved, and found one in {listed(moved)} (Holm's correction)."
        return Finding(name="continuity_at_cutoff", answer="concern", text=text)
    return Finding(name="continuity_at_cutoff", answer="pass", text=f"{looked}: none is seen (Holm's correction).")


def _jumps(panel: Panel, sample: Sample) -> Iterator[tuple[str, float]]:
    """Each column that can jump, and the p-value of its jump."""
    running = column_of(panel, sample, "running")
    for name, column in _columns(panel, sample):
        known = np.isfinite(column)
        if not known.any() or np.array_equal(column[known], running[known]) or np.ptp(column[known]) == 0:
            continue
        part = part_of(sample, known)
        try:
            value, se = jump_at_cutoff(around_cutoff(panel, part, outcome=column[known], adjusted=False)).corrected
        except DesignError:
            continue
        yield name, float(2 * ndtr(-abs(value / se)))


def _columns(panel: Panel, sample: Sample) -> Iterator[tuple[str, Floats]]:
    yield "baseline", column_of(panel, sample, "baseline")
    for covariate in panel.covariates:
        for name, column in covariate_columns(panel.table, covariate).items():
            assert sample.rows is not None
            yield name, column[sample.rows]
