"""p and p′ charts: how many of so many, each counted or not.

Laney (2002). Improved control charts for attributes. Quality Engineering 14(4), 531-537. doi:10.1081/QEN-120003555
Provost and Murray (2011). The health care data guide, chapter 5. Jossey-Bass. ISBN 978-0-470-90258-5.
"""

import numpy as np

from cycles.study.charts.dispersion import spread_of_scores
from cycles.study.charts.limits import Limits


def proportion_limits(
    count: np.ndarray, of: np.ndarray, *, base: np.ndarray | slice = slice(None), prime: bool = False
) -> Limits:
    r"""Limits of proportions, wider where fewer were counted.

    .. math:: \bar p \pm 3 \sigma_z \sqrt{\bar p (1 - \bar p) / n_i}

    Parameters
    ----------
    count, of : how many were counted, of how many, for each point
    base : the points that make the limits
    prime : whether the variation between points counts too (p′): :math:`\sigma_z` is the mean moving range of the standard scores over
        1.128; it is 1 in a p chart.

    Examples
    --------
    >>> found = proportion_limits(np.array([8, 10, 12]), np.array([100, 100, 400]))
    >>> found.lower.round(3).tolist(), found.upper.round(3).tolist()
    ([0.0, 0.0, 0.017], [0.115, 0.115, 0.083])
    """
    middle = count[base].sum() / of[base].sum()
    sigma = np.sqrt(middle * (1 - middle) / of)
    ratio = spread_of_scores((count / of - middle)[base], sigma[base]) if prime else 1.0
    middles = np.full(len(of), middle)
    return Limits.around(middles, sigma * ratio, least=0.0, most=1.0, facts={"sigma_z": ratio} if prime else {})
