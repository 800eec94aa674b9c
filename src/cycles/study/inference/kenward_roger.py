"""Standard errors and degrees of freedom of a mixed model that know its variances were estimated, from few clusters.

Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects from restricted maximum likelihood. Biometrics, 53(3),
983-997. doi:10.2307/2533558
Halekoh, U., & Hojsgaard, S. (2014). A Kenward-Roger approximation and parametric bootstrap methods for tests in linear mixed models: the R
package pbkrtest. Journal of Statistical Software, 59(9). doi:10.18637/jss.v059.i09
"""

import numpy as np

from cycles.study.inference.cluster_variance import CoefficientVariance
from cycles.study.inference.mixed_information import MixedInformation, approximate_df, inverted
from cycles.study.inference.mixed_model import MixedModel


def kenward_roger(model: MixedModel) -> CoefficientVariance:
    r"""Adjusted covariance and degrees of freedom of every coefficient.

    .. math:: \hat\Phi_A = \hat\Phi + 2 \hat\Phi \Big\{\sum_{ij} W_{ij} (Q_{ij} - P_i \hat\Phi P_j)\Big\} \hat\Phi, \quad
              \nu = \frac{2 \phi^2}{\sum_{ij} W_{ij} \phi_i \phi_j}

    with W the inverse expected information of the variances and :math:`\phi_i` the derivative of a coefficient's variance
    :math:`\phi` in the i-th.

    Parameters
    ----------
    model : MixedModel
        Fitted by REML.

    Returns
    -------
    CoefficientVariance
        All nan where the clusters cannot tell the variances apart.

    Notes
    -----
    For a single coefficient Kenward and Roger's scale factor is one, so a t distribution serves. The expected information keeps the
    degrees of freedom near the number of clusters where the variance between them is estimated as zero.

    Examples
    --------
    Three clusters in a balanced plan: the mean has two degrees of freedom, as in an analysis of variance.

    >>> from cycles.study.inference.least_squares import least_squares
    >>> from cycles.study.inference.mixed_model import mixed_model
    >>> outcome, clusters = np.array([1.0, 2, 1, 5, 6, 5, 3, 4, 3]), np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    >>> found = kenward_roger(mixed_model(least_squares(outcome, np.ones((9, 1)), ("intercept",)), clusters))
    >>> round(float(found.se[0]), 4), round(float(found.df[0]), 6)
    (1.1547, 2.0)
    """
    information = MixedInformation(model)
    k, spread = len(model.coefficients), inverted(information.expected)
    if spread is None:
        return CoefficientVariance(np.full((k, k), np.nan), np.full(k, np.nan))
    plain, moves = model.profile.inverse, information.moves
    inner = information.curves - (moves @ plain)[:, None] @ moves[None]
    adjusted = plain + 2 * plain @ np.tensordot(spread, inner, axes=2) @ plain
    root = model.fit.root
    covariance = model.residual_variance * root @ ((adjusted + adjusted.T) / 2) @ root.T
    return CoefficientVariance(covariance, approximate_df(information, spread))
