"""The model of an interrupted time series: a level and a trend before the change, and what the change adds to each.

Wagner, Soumerai, Zhang and Ross-Degnan (2002). Segmented regression analysis of interrupted time series studies in medication use research.
Journal of Clinical Pharmacy and Therapeutics 27(4), 299-309. doi:10.1046/j.1365-2710.2002.00430.x
Bernal, Cummins and Gasparrini (2017). Interrupted time series regression for the evaluation of public health interventions: a tutorial.
International Journal of Epidemiology 46(1), 348-355. doi:10.1093/ije/dyw098
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.over_time import Whole

HARMONICS = 2
"""Pairs of sine and cosine waves that stand for the seasons."""

LEVEL, SLOPE = 2, 3
"""Places of the two terms that the change adds."""

Seasons = Literal["none", "indicators", "harmonics"]
Horizon = Literal["average", "last"] | int


@dataclass(frozen=True)
class Segmented:
    """The design matrix (n, k) of a single series, and which combination of its coefficients is the effect."""

    design: Floats
    terms: tuple[str, ...]
    horizon: Floats
    last: Floats


def segmented(
    times: Whole,
    start: int,
    *,
    seasons: Seasons = "none",
    cycle_length: int | None = None,
    horizon: Horizon = "average",
    count_from: int = 0,
) -> Segmented:
    r"""Columns of an interrupted time series: level, trend, jump and change of trend, then the seasons.

    .. math:: x_t = (1,\ t + 1,\ D_t,\ D_t (t - t_0 + c),\ \ldots), \quad D_t = [t \ge t_0]

    Parameters
    ----------
    times : array (n,) of whole periods from 0 that have a value
    start : the first period under the change, t0
    seasons, cycle_length : one term for each period of a season but the first, or two pairs of waves
    horizon : the periods whose effect is wanted: the mean over those under the change, the last, or the k-th
    count_from : c; with 0 the jump is that of the first period under the change, with 1 of the one before it

    Examples
    --------
    >>> segmented(np.arange(4), 2).design.astype(int).tolist()
    [[1, 1, 0, 0], [1, 2, 0, 0], [1, 3, 1, 0], [1, 4, 1, 1]]
    """
    after = times >= start
    since = np.where(after, times - start + count_from, 0).astype(float)
    columns = [np.ones(len(times)), times + 1.0, after.astype(float), since]
    terms = ["intercept", "time", "level change", "slope change"]
    if seasons != "none" and cycle_length:
        extra = _indicators(times, cycle_length) if seasons == "indicators" else _waves(times, cycle_length)
        columns += extra.values()
        terms += extra.keys()
    wanted = _wanted(since[after], horizon, count_from)
    return Segmented(
        np.column_stack(columns), tuple(terms), _effect(wanted, len(terms)), _effect(float(since[-1]), len(terms))
    )


def _wanted(since: Floats, horizon: Horizon, count_from: int) -> float:
    if horizon == "average":
        return float(since.mean())
    return float(since[-1]) if horizon == "last" else float(horizon) - 1 + count_from


def _effect(since: float, k: int) -> Floats:
    effect = np.zeros(k)
    effect[LEVEL], effect[SLOPE] = 1.0, since
    return effect


def _indicators(times: Whole, length: int) -> dict[str, Floats]:
    place = times % length
    return {f"season {one + 1}": (place == one).astype(float) for one in range(1, length) if (place == one).any()}


def _waves(times: Whole, length: int) -> dict[str, Floats]:
    waves: dict[str, Floats] = {}
    for pair in range(1, min(HARMONICS, (length - 1) // 2) + 1):
        angle = 2 * np.pi * pair * times / length
        waves |= {f"sine {pair}": np.sin(angle), f"cosine {pair}": np.cos(angle)}
    return waves
