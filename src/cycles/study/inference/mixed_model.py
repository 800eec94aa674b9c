"""Linear mixed models: clusters that differ in their mean, or in their mean and slope, by restricted maximum likelihood.

Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models using lme4. Journal of Statistical
Software, 67(1). doi:10.18637/jss.v067.i01
Laird, N. M., & Ware, J. H. (1982). Random-effects models for longitudinal data. Biometrics, 38(4), 963-974. doi:10.2307/2529876
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cycles.core.errors import DesignError
from cycles.study.inference.cluster_statistics import cluster_statistics
from cycles.study.inference.least_squares import Floats, LeastSquares
from cycles.study.inference.likelihood_search import highest
from cycles.study.inference.profile_likelihood import Likelihood, Profile

NOTHING = 1e-12
"""Spread within clusters below this share of all spread is none."""

AT_ZERO = 1e-9
"""A relative variance below this share of the largest is at its boundary, zero."""


@dataclass(frozen=True)
class MixedModel:
    """A fitted model: the fixed part from `fit` moved to generalised least squares at the `profile`'s variances."""

    fit: LeastSquares
    profile: Profile

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the fixed part's terms."""
        return self.fit.terms

    @property
    def residuals(self) -> Floats:
        """What the fixed part leaves of each row (n,)."""
        return self.fit.residuals - self.fit.basis @ self.profile.shift

    @property
    def coefficients(self) -> Floats:
        """The fixed part (k,)."""
        return self.fit.coefficients + self.fit.root @ self.profile.shift

    @property
    def residual_variance(self) -> float:
        """Variance within clusters, around the fixed part and the clusters' own."""
        return self.profile.squares / self.profile.df

    @property
    def between(self) -> Floats:
        """Covariance of the random effects (q, q): the variance between clusters; with a slope, of intercepts and slopes."""
        return self.residual_variance * self.profile.ratio

    @property
    def covariance(self) -> Floats:
        """Covariance of the coefficients (k, k) as if the variances were known."""
        return self.residual_variance * self.fit.root @ self.profile.inverse @ self.fit.root.T

    @property
    def deviance(self) -> float:
        """Minus twice the (restricted) log-likelihood, as lme4 prints it."""
        constant = self.profile.df * (1 + np.log(2 * np.pi / self.profile.df))
        scale = 2 * float(np.linalg.slogdet(self.fit.root)[1]) if self.profile.likelihood == "REML" else 0.0
        return float(constant) + self.profile.deviance - scale

    @property
    def at_boundary(self) -> bool:
        """Whether a variance was estimated as zero, or below (with a slope: or a correlation as one)."""
        variances = np.linalg.eigvalsh(self.profile.ratio)
        return bool(variances[0] <= AT_ZERO * abs(variances[-1]))


def mixed_model(
    fit: LeastSquares,
    clusters: NDArray[np.intp],
    *,
    slope: Floats | None = None,
    likelihood: Likelihood = "REML",
    bounded: bool = True,
) -> MixedModel:
    r"""Fit a random intercept (and slope) of each cluster beside the fixed part of `fit`.

    .. math:: y_i = x_i'\beta + b_{g(i)} + s_{g(i)} z_i + \varepsilon_i, \quad
              (b_g, s_g) \sim N(0, T), \quad \varepsilon_i \sim N(0, \sigma^2)

    Parameters
    ----------
    fit : LeastSquares
        The fixed part; its residuals must vary.
    clusters : array (n,) of whole numbers 0..G-1, each present
    slope : array (n,) or None
        z, the variable whose slope differs between clusters; it should also be a term of the fixed part.
    likelihood : {"REML", "ML"}
        REML for variances and intervals; ML only to compare models that differ in their fixed part.
    bounded : bool
        Whether the variance between clusters stops at zero. Let below zero it tells of clusters that are more alike than chance would
        make them, and tests keep their level with few clusters; a slope's variances always stop.

    Returns
    -------
    MixedModel

    Raises
    ------
    DesignError
        CY310 when clusters have one unit each, or units of a cluster do not differ; CY313 when the highest likelihood was not found.

    Notes
    -----
    The likelihood needs only cross products per cluster (:mod:`cycles.study.inference.cluster_statistics`). A fit counts as found when
    the slope of the likelihood says so, whatever an optimiser reports: see :mod:`cycles.study.inference.likelihood_search`.

    References
    ----------
    Molenberghs, G., & Verbeke, G. (2011). A note on a hierarchical interpretation for negative variance components. Statistical
    Modelling, 11(5), 389-408. doi:10.1177/1471082X1001100501

    Examples
    --------
    >>> from cycles.study.inference.least_squares import least_squares
    >>> outcome, clusters = np.array([1.0, 2, 1, 5, 6, 5, 3, 4, 3]), np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    >>> found = mixed_model(least_squares(outcome, np.ones((9, 1)), ("intercept",)), clusters)
    >>> round(float(found.between[0, 0]), 4), round(found.residual_variance, 4)
    (3.8889, 0.3333)
    """
    if fit.n == clusters.max() + 1:
        raise DesignError("every cluster is a single unit, so clusters and units cannot be told apart", code="CY310")
    statistics = cluster_statistics(fit, clusters, slope=slope)
    if statistics.within[-1, -1] <= NOTHING * float(fit.residuals @ fit.residuals):
        raise DesignError("the units of a cluster do not differ in their outcome", code="CY310")
    return MixedModel(fit, highest(statistics, likelihood, bounded=bounded))
