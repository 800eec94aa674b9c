r"""Effects of several groups drawn towards one another, as far as chance could have set them apart: a normal hierarchical model.

Gelman, A., Hill, J., & Yajima, M. (2012). Why we (usually) don't have to worry about multiple comparisons. Journal of Research on
Educational Effectiveness, 5(2), 189-211. doi:10.1080/19345747.2011.618213
Röver, C., Bender, R., Dias, S., Schmid, C. H., Schmidli, H., Sturtz, S., Weber, S., & Friede, T. (2021). On weakly informative prior
distributions for the heterogeneity parameter in Bayesian random-effects meta-analysis. Research Synthesis Methods, 12(4), 448-474.
doi:10.1002/jrsm.1475
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from cycles.study.inference.least_squares import Floats

NODES = 400
"""Points of the integral over the spread between groups."""

FARTHEST = 5.0
"""Standard deviations of the prior up to which that spread is integrated."""


@dataclass(frozen=True)
class Shrunken:
    """Each group's effect after pooling, its interval, and the expected spread of effects between groups."""

    value: Floats
    low: Floats
    high: Floats
    spread: float


def shrunken(values: Floats, se: Floats, *, scale: float, level: float = 0.95) -> Shrunken:
    r"""Partially pooled effects.

    .. math:: y_j \sim N(\theta_j, s_j^2), \quad \theta_j \sim N(\mu, \tau^2), \quad p(\mu) \propto 1, \quad
              \tau \sim \text{half-normal}(\text{scale})

    Parameters
    ----------
    values, se : array (k,), the groups' own effects and their standard errors
    scale : how far apart groups' effects are expected to lie at most: the scale of the prior of tau, in the unit of the effects
    level : coverage of the intervals

    Returns
    -------
    Shrunken
        Means and quantiles of the posterior, integrated over tau on a grid.

    Notes
    -----
    Takes the groups' estimates as independent of one another.

    Examples
    --------
    >>> found = shrunken(np.array([0.4, 0.0]), np.array([0.2, 0.2]), scale=0.25)
    >>> found.value.round(3).tolist()
    [0.282, 0.118]
    """
    taus = (np.arange(NODES) + 0.5) / NODES * FARTHEST * scale
    total = se**2 + taus[:, None] ** 2
    precision = (1 / total).sum(axis=1)
    centre = (values / total).sum(axis=1) / precision
    log = -0.5 * (np.log(total).sum(axis=1) + np.log(precision) + ((values - centre[:, None]) ** 2 / total).sum(axis=1))
    log -= 0.5 * (taus / scale) ** 2
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    own = taus[:, None] ** 2 / total
    means = own * values + (1 - own) * centre[:, None]
    spreads = np.sqrt(own * se**2 + (1 - own) ** 2 / precision[:, None])
    ends = [
        [_quantile(means[:, one], spreads[:, one], weight, share) for one in range(len(values))]
        for share in ((1 - level) / 2, (1 + level) / 2)
    ]
    return Shrunken(weight @ means, np.array(ends[0]), np.array(ends[1]), float(weight @ taus))


def _quantile(means: Floats, spreads: Floats, weight: Floats, share: float) -> float:
    """Of a mixture of normals."""
    reach = 10 * float(spreads.max())
    low, high = float(means.min()) - reach, float(means.max()) + reach
    return float(brentq(lambda at: float(weight @ ndtr((at - means) / spreads)) - share, low, high, xtol=1e-10))
