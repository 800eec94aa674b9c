"""c, u and u′ charts: events counted, over areas of opportunity that are alike (c) or not (u).

Laney (2002). Improved control charts for attributes. Quality Engineering 14(4), 531-537. doi:10.1081/QEN-120003555
Provost and Murray (2011). The health care data guide, chapter 5. Jossey-Bass. ISBN 978-0-470-90258-5.
"""

import numpy as np

from cycles.study.charts.dispersion import spread_of_scores
from cycles.study.charts.limits import Limits


def rate_limits(
    count: np.ndarray, per: np.ndarray, *, base: np.ndarray | slice = slice(None), prime: bool = False
) -> Limits:
    r"""Limits of rates, wider where there was less opportunity.

    .. math:: \bar u \pm 3 \sigma_z \sqrt{\bar u / n_i}

    Parameters
    ----------
    count, per : events, and the exposure they were counted over, for each point; an exposure of one each makes a c chart
    base : the points that make the limits
    prime : whether the variation between points counts too (u′), as in a p′ chart

    Examples
    --------
    >>> found = rate_limits(np.array([4, 6, 8]), np.array([1.0, 1.0, 2.0]))
    >>> found.lower.round(2).tolist(), found.upper.round(2).tolist()
    ([0.0, 0.0, 0.0], [10.86, 10.86, 9.0])
    """
    middle = count[base].sum() / per[base].sum()
    sigma = np.sqrt(middle / per)
    ratio = spread_of_scores((count / per - middle)[base], sigma[base]) if prime else 1.0
    middles = np.full(len(per), middle)
    return Limits.around(middles, sigma * ratio, least=0.0, facts={"sigma_z": ratio} if prime else {})
