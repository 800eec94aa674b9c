"""Difference of two arms' outcomes among units of equal baseline: analysis of covariance.

Van Breukelen, G. J. P. (2006). ANCOVA versus change from baseline. Journal of Clinical Epidemiology, 59(9), 920-925.
doi:10.1016/j.jclinepi.2006.02.007
"""

from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, arm_model, estimate_of
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.sample import Sample
from cycles.study.inference.second_route import partialled_out
from cycles.study.inference.survey_weights import with_unweighted


@ESTIMATORS.register(
    "ancova",
    needs_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=False,
    one_group=False,
    least_squares=True,
    takes_weights=True,
)
def ancova(panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95) -> Estimate:
    r"""Regress the outcome on the arms, the baseline, covariates and blocks.

    .. math:: y_{i1} = \alpha + \beta\, \text{change}_i + \delta\, y_{i0} + x_i'\theta + \gamma_{\text{block}(i)} + \varepsilon_i

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
        `value` is beta, in the outcome's unit; `coefficients` has `intercept, arm[...], baseline`, covariates, `block[...]`.

    Raises
    ------
    DesignError
        CY304, CY305 or CY306; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    The same slope in all arms. For arms that were not assigned at random it answers a different question than
    `difference_in_differences` does, and the two may disagree (Lord's paradox): say beforehand which one counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyyynnnn"), "before": [1.0, 2, 3, 4, 1, 2, 3, 4], "after": [3.1, 3.9, 5, 6, 1, 2, 3, 4]})
    >>> panel = as_panel(frame, measure="m", outcome="after", baseline="before", arm="arm", change="y", comparison="n")
    >>> round(estimate(panel, estimator="ancova").value, 6)
    2.0
    """
    about = Account(
        estimator="ancova",
        second_route=lambda: partialled_out(sample, response=sample.outcome, baseline=True),
        conventions=conventions_of(panel, sample, variance=variance, more=(_adjusted_for(panel),)),
    )
    model = arm_model(sample, response=sample.outcome, baseline=True)
    found = estimate_of(panel, sample, model, variance=variance, level=level, about=about)
    return with_unweighted(found, panel, sample, model, variance=variance, about=about)


def _adjusted_for(panel: Panel) -> str:
    return f"Adjusted for {', '.join(('the baseline', *panel.covariates))}, with one slope for all arms."
