"""g and t charts: for events so rare that most periods have none, what is charted is what lies between them.

Benneyan (2001). Number-between g-type statistical quality control charts for monitoring adverse events. Health Care Management Science
4(4), 305-318. doi:10.1023/A:1011846412909
Provost and Murray (2011). The health care data guide, p. 228 (centre line of the g chart). Jossey-Bass. ISBN 978-0-470-90258-5.
Nelson (1994). A control chart for parts-per-million nonconforming items. Journal of Quality Technology 26(3), 239-240.
doi:10.1080/00224065.1994.11979529
"""

import numpy as np

from cycles.study.charts.limits import Limits
from cycles.study.charts.xmr import FACTOR, xmr_limits

MEDIAN = 0.693
"""The median over the mean of what lies between rare events (log 2, rounded as it was published)."""

POWER = 3.6
"""The root that makes times between events, which are exponential, nearly normal."""


def cases_between_limits(cases: np.ndarray, *, base: np.ndarray | slice = slice(None)) -> Limits:
    r"""A g chart: cases without the event between two with it.

    .. math:: \bar g \pm 3 \sqrt{\bar g (\bar g + 1)}, \text{ never below } 0; \qquad \text{centre line } 0.693\, \bar g

    Parameters
    ----------
    cases : for each event, cases since the one before
    base : the points that make the limits

    Examples
    --------
    >>> found = cases_between_limits(np.array([4.0, 8, 12, 16]))
    >>> found.center[0].round(2).item(), found.lower[0].item(), found.upper[0].round(2).item()
    (6.93, 0.0, 41.46)
    """
    mean = cases[base].mean()
    middle = np.full(len(cases), mean)
    return Limits.around(middle, np.sqrt(mean * (mean + 1)), center=MEDIAN * middle, least=0.0)


def time_between_limits(
    time: np.ndarray, *, base: np.ndarray | slice = slice(None), screen: bool = True, factor: float = FACTOR
) -> Limits:
    r"""A t chart: an XmR chart of the 3.6th roots of the times between events, raised to the power 3.6 again.

    Parameters
    ----------
    time : for each event, time since the one before
    base : the points that make the limits
    screen, factor : as in :func:`cycles.study.charts.xmr.xmr_limits`

    Examples
    --------
    >>> found = time_between_limits(np.array([2.0, 9, 4, 15, 6, 30]))
    >>> found.lower[0].round(3).item(), found.center[0].round(1).item()
    (0.002, 8.5)
    """
    found = xmr_limits(time ** (1 / POWER), base=base, screen=screen, factor=factor, least=0.0)
    names = ("center", "lower", "upper", "inner_lower", "inner_upper")
    return Limits(**{name: np.maximum(getattr(found, name), 0) ** POWER for name in names}, facts=found.facts)
