"""The likelihood of a linear mixed model with everything but the random effects' relative variances at its best, and its slope.

Bates, D., Maechler, M., Bolker, B., & Walker, S. (2015). Fitting linear mixed-effects models using lme4. Journal of Statistical
Software, 67(1). doi:10.18637/jss.v067.i01
Harville, D. A. (1977). Maximum likelihood approaches to variance component estimation and to related problems. Journal of the American
Statistical Association, 72(358), 320-338. doi:10.1080/01621459.1977.10480998
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from cycles.study.inference.cluster_statistics import ClusterStatistics
from cycles.study.inference.least_squares import Floats

Likelihood = Literal["REML", "ML"]


@dataclass(frozen=True)
class Profile:
    """The likelihood at given variances of the random effects, relative to the residual variance: `ratio` (q, q).

    All else is at its best there: the fixed part (as `shift` from least squares, in the orthonormal basis) and the residual variance.
    """

    statistics: ClusterStatistics
    ratio: Floats
    likelihood: Likelihood

    @cached_property
    def precision(self) -> Floats:
        """Inverse covariance of each cluster's turned rows (G, q, q)."""
        lift = self.statistics.lift
        return _inverse(np.eye(self.statistics.q) + lift @ self.ratio @ lift.transpose(0, 2, 1))

    @cached_property
    def cross(self) -> Floats:
        """Weighted cross products of basis and residual (k+1, k+1)."""
        turned = self.statistics.turned
        flat = turned.reshape(-1, turned.shape[2])
        return self.statistics.within + flat.T @ (self.precision @ turned).reshape(flat.shape)

    @cached_property
    def inverse(self) -> Floats:
        """Covariance of the fixed part in the orthonormal basis, over the residual variance (k, k)."""
        return _inverse(self.cross[:-1, :-1])

    @cached_property
    def shift(self) -> Floats:
        """From least squares to generalised least squares, in the orthonormal basis (k,)."""
        return self.inverse @ self.cross[:-1, -1]

    @cached_property
    def squares(self) -> float:
        """Weighted sum of squared residuals."""
        return float(self.cross[-1, -1] - self.cross[:-1, -1] @ self.shift)

    @cached_property
    def left(self) -> Floats:
        """What the fixed part leaves of each cluster's turned rows (G, q)."""
        turned = self.statistics.turned
        return turned[:, :, -1] - turned[:, :, :-1] @ self.shift

    @property
    def df(self) -> int:
        """What the residual sum of squares is divided by."""
        return self.statistics.n - (self.statistics.k if self.likelihood == "REML" else 0)

    @property
    def deviance(self) -> float:
        """Minus twice the log-likelihood, but for terms that do not depend on the variances."""
        spread = -float(np.linalg.slogdet(self.precision)[1].sum())
        fixed = float(np.linalg.slogdet(self.cross[:-1, :-1])[1]) if self.likelihood == "REML" else 0.0
        return self.df * float(np.log(self.squares)) + spread + fixed

    @property
    def gradient(self) -> Floats:
        """Slope of the deviance in `ratio`, as a symmetric matrix (q, q)."""
        pull = self.statistics.lift.transpose(0, 2, 1) @ self.precision
        scores = (pull @ self.left[:, :, None])[:, :, 0]
        found = (
            np.tensordot(pull, self.statistics.lift, axes=([0, 2], [0, 1])) - self.df / self.squares * scores.T @ scores
        )
        if self.likelihood == "REML":
            terms = pull @ self.statistics.turned[:, :, :-1]
            found = found - np.tensordot(terms @ self.inverse, terms, axes=([0, 2], [0, 2]))
        return found


def deviances(statistics: ClusterStatistics, ratios: Floats, likelihood: Likelihood) -> Floats:
    """The deviance at each of several single variances (m,), as :attr:`Profile.deviance` has it.

    Examples
    --------
    >>> means = ClusterStatistics(np.eye(2), np.array([[[1.0, 2.0]], [[2.0, 1.0]]]), np.full((2, 1, 1), 1.5), 9)
    >>> bool(np.isclose(deviances(means, np.array([0.3]), "REML")[0], Profile(means, np.array([[0.3]]), "REML").deviance))
    True
    """
    turned = statistics.turned[:, 0, :]
    precision = 1 / (1 + ratios[:, None] * statistics.lift[:, 0, 0] ** 2)
    cross = statistics.within + np.array([turned.T @ (weights[:, None] * turned) for weights in precision])
    whole, fixed = np.linalg.slogdet(cross)[1], np.linalg.slogdet(cross[:, :-1, :-1])[1]
    df = statistics.n - (statistics.k if likelihood == "REML" else 0)
    found = df * (whole - fixed) - np.log(precision).sum(axis=1)
    return found + fixed if likelihood == "REML" else found


def _inverse(matrices: Floats) -> Floats:
    return np.asarray(np.linalg.inv(matrices), dtype=np.float64)
