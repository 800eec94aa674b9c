"""Difference between the arms in how much they changed from baseline to outcome.

Angrist, J. D., & Pischke, J.-S. (2009). Mostly Harmless Econometrics, chapter 5. Princeton University Press.
doi:10.1515/9781400829828
"""

from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, arm_model, estimate_of
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.sample import Sample
from cycles.study.inference.second_route import two_way_within
from cycles.study.inference.survey_weights import with_unweighted

SAME_AS = (
    "Regression of outcome minus baseline: with two waves the same as fixed effects for units and waves, where blocks and "
    "covariates may change the trend."
)
PARALLEL = "An effect only if, without the change, both arms would have changed by the same amount; two waves cannot test that."


@ESTIMATORS.register(
    "difference_in_differences",
    needs_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=True,
    one_group=False,
    least_squares=True,
    takes_weights=True,
)
def difference_in_differences(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95
) -> Estimate:
    r"""Regress the change from baseline on the arms, covariates and blocks.

    .. math:: y_{i1} - y_{i0} = \alpha + \beta\, \text{change}_i + x_i'\theta + \gamma_{\text{block}(i)} + \varepsilon_i

    Parameters
    ----------
    panel : Panel
    sample : Sample
        The panel's estimable units with baseline and covariates, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.

    Returns
    -------
    Estimate
        `value` is beta, in the outcome's unit.

    Raises
    ------
    DesignError
        CY304, CY305 or CY306; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Baseline and outcome must be the same measure on the same scale. Not for arms that start at different times.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyynnn"), "before": [1.0, 2, 3, 2, 3, 4], "after": [3.1, 3.9, 5, 2.5, 3, 4.5]})
    >>> panel = as_panel(frame, measure="m", outcome="after", baseline="before", arm="arm", change="y", comparison="n")
    >>> found = estimate(panel, estimator="difference_in_differences")
    >>> round(found.value, 6), round(found.second_route, 6)
    (1.666667, 1.666667)
    """
    assert sample.baseline is not None
    about = Account(
        estimator="difference_in_differences",
        second_route=lambda: two_way_within(sample),
        conventions=conventions_of(panel, sample, variance=variance, more=(SAME_AS, PARALLEL)),
    )
    model = arm_model(sample, response=sample.outcome - sample.baseline, baseline=False)
    found = estimate_of(panel, sample, model, variance=variance, level=level, about=about)
    return with_unweighted(found, panel, sample, model, variance=variance, about=about)
