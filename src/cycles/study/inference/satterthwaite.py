"""Degrees of freedom of a mixed model's coefficients from how uncertain its variances are.

Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components. Biometrics Bulletin, 2(6), 110-114.
doi:10.2307/3002019
Kuznetsova, A., Brockhoff, P. B., & Christensen, R. H. B. (2017). lmerTest package: tests in linear mixed effects models. Journal of
Statistical Software, 82(13). doi:10.18637/jss.v082.i13
"""

import numpy as np

from cycles.study.inference.cluster_variance import CoefficientVariance
from cycles.study.inference.mixed_information import MixedInformation, approximate_df, inverted
from cycles.study.inference.mixed_model import MixedModel


def satterthwaite(model: MixedModel) -> CoefficientVariance:
    r"""Covariance as if the variances were known, and degrees of freedom that say they are not.

    .. math:: \nu = \frac{2 \phi^2}{\sum_{ij} A_{ij} \phi_i \phi_j}

    with A the inverse observed information of the variances.

    Parameters
    ----------
    model : MixedModel
        Fitted by REML.

    Returns
    -------
    CoefficientVariance
        Degrees of freedom are nan where the clusters cannot tell the variances apart, or a variance is at its boundary of zero.

    Notes
    -----
    The standard error is too small with few clusters; :func:`cycles.study.inference.kenward_roger.kenward_roger` adjusts it.

    Examples
    --------
    >>> from cycles.study.inference.least_squares import least_squares
    >>> from cycles.study.inference.mixed_model import mixed_model
    >>> outcome, clusters = np.array([1.0, 2, 1, 5, 6, 5, 3, 4, 3]), np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    >>> found = satterthwaite(mixed_model(least_squares(outcome, np.ones((9, 1)), ("intercept",)), clusters))
    >>> round(float(found.df[0]), 6)
    2.0
    """
    information = MixedInformation(model)
    spread = None if model.at_boundary else inverted(information.observed)
    df = np.full(len(model.coefficients), np.nan)
    if spread is not None:
        df = approximate_df(information, spread)
    return CoefficientVariance(model.covariance, df)
