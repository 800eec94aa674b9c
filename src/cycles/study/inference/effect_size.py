"""Effect sizes as the What Works Clearinghouse defines them.

Hedges, L. V. (1981). Distribution theory for Glass's estimator of effect size and related estimators. Journal of
Educational Statistics, 6(2), 107-128. doi:10.3102/10769986006002107
What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, appendix E.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Record
from cycles.study.inference.least_squares import Floats


@dataclass(frozen=True, kw_only=True, repr=False)
class EffectSize(Record):
    """Hedges' g of two independent groups, with its interval. `sd` is the pooled standard deviation it is measured in."""

    g: float
    se: float
    low: float
    high: float
    level: float
    n: int
    sd: float
    difference: float
    improvement_index: float

    @property
    def text(self) -> str:
        """The effect size as one sentence."""
        return (
            f"Hedges g {self.g:+.3f} ({self.level:.0%} interval {self.low:+.3f} to {self.high:+.3f}; {self.n:,} units)."
        )


def hedges_g(change: ArrayLike, comparison: ArrayLike, *, level: float = 0.95) -> EffectSize:
    r"""Standardised difference of two independent groups, corrected for small samples.

    .. math:: g = \omega \frac{\bar y_1 - \bar y_0}{S_p}, \quad \omega = 1 - \frac{3}{4N - 9}, \quad
              SE = \omega \sqrt{\frac{1}{n_1} + \frac{1}{n_0} + \frac{g^2}{2(N - 2)}}

    Parameters
    ----------
    change, comparison : one number per unit; missing values are left out
    level : coverage of the interval, 0-1

    Returns
    -------
    EffectSize
        In standard deviations; the interval is the normal one.

    Raises
    ------
    DesignError
        CY306 with fewer than two values in a group, CY304 when neither group varies, CY309 for infinity.

    Notes
    -----
    Takes units as independent. When students share classrooms its standard error is too small: use the effect size of
    :func:`cycles.estimate`, whose standard error knows the clusters.

    Examples
    --------
    >>> round(hedges_g([5, 6, 7], [4, 5, 6]).g, 6)
    0.8
    """
    one, other = _present(change), _present(comparison)
    sd = _usable_sd(one, other)
    n, difference = len(one) + len(other), float(one.mean() - other.mean())
    omega = small_sample_factor(n)
    g = omega * difference / sd
    se = omega * float(np.sqrt(1 / len(one) + 1 / len(other) + g**2 / (2 * (n - 2))))
    reach = float(ndtri((1 + level) / 2)) * se
    return EffectSize(
        g=g,
        se=se,
        low=g - reach,
        high=g + reach,
        level=level,
        n=n,
        sd=sd,
        difference=difference,
        improvement_index=improvement_index(g),
    )


def small_sample_factor(n: int) -> float:
    """Hedges' correction 1 - 3/(4N - 9) for `n` units in two groups.

    >>> round(small_sample_factor(6), 6)
    0.8
    """
    return 1 - 3 / (4 * n - 9)


def improvement_index(g: float) -> float:
    """Percentile points the average comparison unit would move by: 100 times the normal distribution at `g`, minus 50.

    >>> round(improvement_index(0.25), 6)
    9.870633
    """
    return 100 * float(ndtr(g)) - 50


def pooled_sd(change: Floats, comparison: Floats) -> float:
    """Standard deviation within two groups, their variances weighted by degrees of freedom.

    >>> pooled_sd(np.array([5.0, 6, 7]), np.array([4.0, 5, 6]))
    1.0
    """
    squares = sum(float(((part - part.mean()) ** 2).sum()) for part in (change, comparison))
    return float(np.sqrt(squares / (len(change) + len(comparison) - 2)))


def _usable_sd(one: Floats, other: Floats) -> float:
    if min(len(one), len(other)) < 2:
        raise DesignError("an effect size needs at least two values in each group", code="CY306")
    sd, size = pooled_sd(one, other), max(1.0, abs(float(one.mean())), abs(float(other.mean())))
    if sd < 1e-9 * size:
        raise DesignError("no value differs from its group's mean", code="CY304")
    return sd


def _present(values: ArrayLike) -> Floats:
    numbers = np.asarray(values, dtype=float)
    if np.isinf(numbers).any():
        raise DesignError("a value is infinite", code="CY309")
    return numbers[~np.isnan(numbers)]
