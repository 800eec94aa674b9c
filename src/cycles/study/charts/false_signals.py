"""How often the four rules mark a point of a stable process, by chance alone; more points, more chances.

From 200,000 simulated series of independent normal values a row, each held to the limits of its own XmR chart with screened moving
ranges (`tests/recovery/test_control_charts.py` makes the table again). Without screening the shares are 2 to 4 points smaller.
"""

from collections.abc import Iterable

import numpy as np

SHARES = {
    6: 0.019,
    8: 0.035,
    10: 0.054,
    12: 0.073,
    16: 0.110,
    20: 0.149,
    24: 0.186,
    30: 0.241,
    36: 0.293,
    48: 0.385,
    60: 0.469,
    80: 0.583,
    100: 0.671,
}
"""Points -> share of stable series in which at least one is marked."""


def false_signal_share(points: Iterable[int]) -> float:
    """The share of stable series, with so many points under each set of limits, that show at least one signal by chance.

    Parameters
    ----------
    points : how many, for each set of limits

    Examples
    --------
    >>> [round(false_signal_share([n]), 2) for n in (12, 24, 36)]
    [0.07, 0.19, 0.29]
    >>> round(false_signal_share([12, 24]), 2)
    0.25
    """
    known, shares = list(SHARES), list(SHARES.values())
    quiet = 1.0
    for n in points:
        whole, rest = divmod(n, known[-1])
        own = float(np.interp(rest, [0, *known], [0.0, *shares]))
        quiet *= (1 - shares[-1]) ** whole * (1 - own)
    return 1 - quiet
