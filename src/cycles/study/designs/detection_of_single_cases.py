"""How far the phases of single cases must lie apart to be told apart, by simulation: there is no formula for the power of Tau.

Parker, R. I., & Vannest, K. (2009). An improved effect size for single-case research: nonoverlap of all pairs. Behavior Therapy, 40(4),
357-367. doi:10.1016/j.beth.2008.10.006
Newcombe, R. G. (2006). Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2. Statistics in
Medicine, 25(4), 559-573. doi:10.1002/sim.2324
"""

from math import erf, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from cycles.core.errors import DesignError
from cycles.core.vocabulary import SeriesPanel
from cycles.study.inference.least_squares import Floats

FEWEST = 5
"""Points that each phase needs for an interval."""

DRAWS = 2000
FARTHEST = 8.0
"""Standard deviations between the phases beyond which nothing is looked for: they hardly overlap at three."""

Sizes = tuple[tuple[int, int], ...]
"""Points before the change and under it, of each case."""


def sizes_of(panel: SeriesPanel) -> tuple[Sizes, bool]:
    """The points of each case before and under the change, and whether those under it are taken to become as many as before.

    Parameters
    ----------
    panel : the panel; from the start on only whether there are periods is looked at

    Raises
    ------
    DesignError
        CY302 where the change begins in no series, CY321 where no case has five points before it.
    """
    began = panel.table[panel.table["started"].notna()]
    if began.empty:
        raise DesignError("the change begins in no series", code="CY302")
    found, supposed = [], False
    for _, rows in began.groupby("series", sort=True):
        before = int((rows["value"].notna() & (rows["time"] < rows["started"])).sum())
        under = int((rows["time"] >= rows["started"]).sum())
        if before >= FEWEST:
            supposed = supposed or under < FEWEST
            found.append((before, under if under >= FEWEST else before))
    if not found:
        raise DesignError(f"no case has {FEWEST} points before the change", code="CY321")
    return tuple(found), supposed


def smallest_tau(sizes: Sizes, *, power: float, level: float) -> float | None:
    """The true Tau at which the interval lies above nought with that chance; None where not even phases far apart would do.

    Parameters
    ----------
    sizes : points before and under the change, of each case
    power, level : as for :func:`cycles.can_detect`

    Notes
    -----
    Values are normal and independent of one another, and the change moves all of a case alike. Effects that get worse are found alike.

    Examples
    --------
    >>> round(smallest_tau(((10, 10),), power=0.8, level=0.95), 1)
    0.7
    """
    noise = _noise(sizes)
    if _found(noise, FARTHEST, level) < power:
        return None
    return tau_of(float(brentq(lambda apart: _found(noise, apart, level) - power, 0.0, FARTHEST, xtol=1e-3)))


def tau_of_difference(panel: SeriesPanel, value: float) -> float | None:
    """The Tau of a difference in the values' unit, by how each case varies before the change; None where none does.

    Parameters
    ----------
    panel : the panel; no value from the start on is read
    value : mean difference of the phases
    """
    table = panel.table[panel.table["started"].notna() & panel.table["value"].notna()]
    before = table[table["time"] < table["started"]].groupby("series")["value"]
    spread = float(np.sqrt(before.var().mean()))
    return tau_of(abs(value) / spread) if spread > 0 else None


def chance_of_tau(sizes: Sizes, tau: float, *, level: float) -> float:
    """How often the interval lies above nought, if Tau truly is so large."""
    apart = sqrt(2) * float(ndtri((min(abs(tau), 0.9999) + 1) / 2))
    return _found(_noise(sizes), apart, level)


def tau_of(apart: float) -> float:
    """Tau of normal phases that lie so many standard deviations apart.

    >>> round(tau_of(1.0), 3)
    0.52
    """
    return erf(apart / 2)


def _noise(sizes: Sizes) -> list[tuple[Floats, Floats]]:
    draw = np.random.default_rng([2026, len(sizes)])
    return [(draw.normal(size=(DRAWS, m)), draw.normal(size=(DRAWS, n))) for m, n in sizes]


def _found(noise: list[tuple[Floats, Floats]], apart: float, level: float) -> float:
    """The share of draws whose interval excludes nought: Newcombe's for one case, the normal one of the mean for several."""
    z = float(ndtri((1 + level) / 2))
    if len(noise) == 1:
        values, _ = _nap(*noise[0], apart)
        m, n = noise[0][0].shape[1], noise[0][1].shape[1]
        half = (m + n) / 2 - 1
        beyond = z * sqrt(0.25 * (2 + half + (1 + 2 * half) * 0.25) / (m * n * 2.25))
        return float((values - 0.5 > beyond).mean())
    parts = [_nap(*one, apart) for one in noise]
    value = np.mean([one[0] for one in parts], axis=0) - 0.5
    spread = np.sqrt(np.sum([one[1] for one in parts], axis=0)) / len(parts)
    return float((value > z * spread).mean())


def _nap(a: Floats, b: Floats, apart: float) -> tuple[Floats, Floats]:
    """Nonoverlap of all pairs of each draw with Sen's variance, as the estimator has them; normal values have no ties."""
    m, n = a.shape[1], b.shape[1]
    wins = (b[:, None, :] + apart > a[:, :, None]).astype(np.float32)
    value = wins.mean(axis=(1, 2), dtype=float)
    inside = np.clip(value, 0.5 / (m * n), 1 - 0.5 / (m * n))
    rows = wins.mean(axis=2, dtype=float).var(axis=1)
    columns = wins.mean(axis=1, dtype=float).var(axis=1)
    spread = inside * (1 - inside) + n * rows + m * columns - 2 * value * (1 - value)
    return value, np.maximum(spread / ((m - 1) * (n - 1)), 0.0)
