"""XmR (I) charts: single values, with limits from how much each differs from the one before.

Provost and Murray (2011). The health care data guide, chapter 5. Jossey-Bass. ISBN 978-0-470-90258-5.
Nelson (1982). Control charts for individual measurements. Journal of Quality Technology 14(3), 172-173. doi:10.1080/00224065.1982.11978811
"""

import numpy as np

from cycles.study.charts.limits import Limits

FACTOR = 2.66
"""Three over 1.128, rounded as the printed tables have it; the factor that most people were taught."""

SCREEN = 3.267
"""A moving range of this many times their mean is not one of a stable process."""


def xmr_limits(
    values: np.ndarray,
    *,
    base: np.ndarray | slice = slice(None),
    screen: bool = True,
    factor: float = FACTOR,
    least: float | None = None,
    most: float | None = None,
) -> Limits:
    r"""Mean plus and minus `factor` times the mean moving range.

    .. math:: \bar x \pm 2.66 \cdot \overline{mR}, \qquad mR_i = |x_i - x_{i-1}|

    Parameters
    ----------
    values : points in order along the last axis, none missing
    base : the points that make the limits; all, unless limits are frozen
    screen : leave out moving ranges that are not below 3.267 times their mean, once. A choice that moves the limits, and is printed.
    factor : 2.66, or 3/1.128 where the unrounded one is wanted
    least, most : what a value can be

    Examples
    --------
    >>> values = np.array([1.0, 2, 1, 2, 10, 1] + [2.0, 1] * 6)
    >>> [round(float(xmr_limits(values, screen=one).upper[0]), 2) for one in (True, False)]
    [4.6, 6.95]
    """
    made = np.asarray(values, dtype=float)[..., base]
    ranges = np.abs(np.diff(made, axis=-1))
    mean = ranges.mean(axis=-1, keepdims=True)
    kept = ranges < SCREEN * mean if screen else np.ones_like(ranges, dtype=bool)
    n_kept = kept.sum(axis=-1, keepdims=True)
    mean = np.where(kept, ranges, 0).sum(axis=-1, keepdims=True) / np.maximum(n_kept, 1)
    middle = np.broadcast_to(made.mean(axis=-1, keepdims=True), np.shape(values))
    facts = {"n_ranges": int(kept.size), "n_ranges_screened": int(kept.size - n_kept.sum()) if mean.any() else 0}
    return Limits.around(middle, factor * mean / 3, least=least, most=most, facts=facts)
