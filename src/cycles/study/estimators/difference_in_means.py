"""Difference of two arms' mean outcomes, within blocks where there are some; of one group, the mean change.

Imbens, G. W., & Rubin, D. B. (2015). Causal Inference for Statistics, Social, and Biomedical Sciences, chapters 6-9.
Cambridge University Press. doi:10.1017/CBO9781139025751
"""

import numpy as np

from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, arm_model, estimate_of
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.sample import Sample
from cycles.study.inference.second_route import mean_difference
from cycles.study.inference.survey_weights import with_unweighted

CHANGE_ONLY = "Change within one group, not an effect: nothing says what would have happened without the change."


@ESTIMATORS.register(
    "difference_in_means",
    needs_baseline=False,
    uses_covariates=False,
    adjusts=False,
    subtracts=False,
    one_group=True,
    least_squares=True,
    takes_weights=True,
)
def difference_in_means(panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95) -> Estimate:
    r"""Compare mean outcomes, or follow one group.

    .. math:: y_i = \alpha + \beta\, \text{change}_i + \gamma_{\text{block}(i)} + \varepsilon_i

    Parameters
    ----------
    panel : Panel
    sample : Sample
        The panel's estimable units, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.

    Returns
    -------
    Estimate
        `value` is beta, in the outcome's unit. With the design "one_group_pre_post" it is the mean of outcome minus baseline.

    Raises
    ------
    DesignError
        CY304, CY305 or CY306; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Uses neither baseline nor covariates. Not for arms that were already different before the change: see `ancova`.

    Examples
    --------
    See :func:`cycles.estimate`.
    """
    if len(sample.arms) == 1:
        return _mean_change(panel, sample, variance, level)
    more = (f"Not adjusted for {', '.join(panel.covariates)}.",) if panel.covariates else ()
    about = Account(
        estimator="difference_in_means",
        second_route=lambda: mean_difference(sample),
        conventions=conventions_of(panel, sample, variance=variance, more=more),
    )
    model = arm_model(sample, response=sample.outcome, baseline=False)
    found = estimate_of(panel, sample, model, variance=variance, level=level, about=about)
    return with_unweighted(found, panel, sample, model, variance=variance, about=about)


def _mean_change(panel: Panel, sample: Sample, variance: Variance, level: float) -> Estimate:
    assert sample.baseline is not None
    change = sample.outcome - sample.baseline
    before, after = (np.average(one, weights=sample.weights) for one in (sample.baseline, sample.outcome))
    about = Account(
        estimator="difference_in_means",
        second_route=lambda: float(after - before),
        conventions=conventions_of(panel, sample, variance=variance, more=(CHANGE_ONLY,)),
    )
    model = arm_model(sample, response=change, baseline=False)
    found = estimate_of(panel, sample, model, variance=variance, level=level, about=about)
    return with_unweighted(found, panel, sample, model, variance=variance, about=about)
