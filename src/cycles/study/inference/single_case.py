r"""Two phases of one case: how far the values after the change lie beyond those before it.

Parker, R. I., & Vannest, K. (2009). An improved effect size for single-case research: nonoverlap of all pairs. Behavior Therapy, 40(4),
357-367. doi:10.1016/j.beth.2008.10.006
Parker, R. I., Vannest, K. J., Davis, J. L., & Sauber, S. B. (2011). Combining nonoverlap and trend for single-case research: Tau-U.
Behavior Therapy, 42(2), 284-299. doi:10.1016/j.beth.2010.08.006
Tarlow, K. R. (2017). An improved rank correlation effect size statistic for single-case designs: baseline corrected Tau. Behavior
Modification, 41(4), 427-467. doi:10.1177/0145445516676750
Pustejovsky, J. E. (2018). Using response ratios for meta-analyzing single-case designs with behavioral outcomes. Journal of School
Psychology, 68, 99-112. doi:10.1016/j.jsp.2018.02.003
Newcombe, R. G. (2006). Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2. Statistics in
Medicine, 25(4), 559-573. doi:10.1002/sim.2324
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from cycles.study.inference.least_squares import Floats

Scale = Literal["count", "rate", "proportion", "percentage"]
"""Scales on which zero means none, so that one mean can be so many times another."""

WHOLE: dict[Scale, float] = {"proportion": 1.0, "percentage": 100.0}
"""The most there can be, on scales that have one."""

EDGE = 1e-12
"""How far from 0 and 1 the ends of an interval are looked for."""


@dataclass(frozen=True, kw_only=True)
class Phases:
    """Values in order, each with its time: A before the change, B under it. `better` is 1 where higher is better, -1 where lower is."""

    a: Floats
    b: Floats
    time_a: Floats
    time_b: Floats
    better: int

    @property
    def pairs(self) -> Floats:
        """For each value of A (rows) and B (columns): 1 where B is better, 0 where A is, a half where they are the same."""
        return _wins(self.better * self.a, self.better * self.b)


@dataclass(frozen=True, kw_only=True)
class Nap:
    """Nonoverlap of all pairs: the share of pairs in which the value under the change is better. `se` is None where none can be told."""

    value: float
    se: float | None
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ResponseRatio:
    """The natural logarithm of the mean under the change over the mean before it, with its standard error."""

    value: float
    se: float


def nap(pairs: Floats, *, level: float = 0.95) -> Nap:
    r"""Nonoverlap of all pairs, with Sen's unbiased variance and Newcombe's interval.

    .. math:: V = \frac{P(1 - P) + n Q_1 + m Q_2 - 2 Q_3}{(m - 1)(n - 1)}

    with :math:`Q_1, Q_2, Q_3` the mean squares of the centred pairs' row means, column means, and of the pairs themselves.

    Parameters
    ----------
    pairs : array (m, n) of 0, 1/2 and 1
    level : coverage of the interval, for values that do not depend on one another

    Returns
    -------
    Nap
        For its standard error a value of 0 or 1 counts as half a pair away from there, and ties are not made use of, as in the R package
        SingleCaseES: with many ties it is a little too large.

    Examples
    --------
    >>> found = nap(np.array([[1.0, 1.0], [0.5, 1.0]]))
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3)
    (0.875, 0.3, 0.991)
    """
    m, n = pairs.shape
    value = float(pairs.mean())
    off = pairs - value
    inside = min(max(value, 0.5 / (m * n)), 1 - 0.5 / (m * n))
    rows, columns = float((off.mean(axis=1) ** 2).mean()), float((off.mean(axis=0) ** 2).mean())
    spread = inside * (1 - inside) + n * rows + m * columns - 2 * float((off**2).mean())
    variance = spread / ((m - 1) * (n - 1)) if min(m, n) > 1 else 0.0
    low, high = _newcombe(value, m, n, level)
    return Nap(value=value, se=float(np.sqrt(variance)) if variance > 0 else None, low=low, high=high)


def tau_u(phases: Phases) -> float:
    """Tau-U: better less worse pairs, less the pairs of A that improve on one another in time, over the pairs of A with B.

    This is the form that adjusts for the trend before the change, by the number of pairs between the phases. It can lie beyond one.

    >>> phases = Phases(a=np.array([1.0, 2]), b=np.array([3.0, 4]), time_a=np.array([0.0, 1]), time_b=np.array([2.0, 3]), better=1)
    >>> tau_u(phases)
    0.75
    """
    values = phases.better * phases.a
    trend = float(np.triu(np.sign(values[None, :] - values[:, None]), k=1).sum())
    pairs = phases.pairs
    return (float((2 * pairs - 1).sum()) - trend) / pairs.size


def corrected(phases: Phases) -> Phases:
    """The phases less the trend of A: the median of the slopes between all its points (Theil-Sen), carried on through B.

    Always corrected, not only where a test finds a trend: with few points such a test finds none even where there is one.
    """
    first, second = np.triu_indices(len(phases.a), k=1)
    slopes = (phases.a[second] - phases.a[first]) / (phases.time_a[second] - phases.time_a[first])
    slope = float(np.median(slopes))
    return Phases(
        a=phases.a - slope * phases.time_a,
        b=phases.b - slope * phases.time_b,
        time_a=phases.time_a,
        time_b=phases.time_b,
        better=phases.better,
    )


def kendall_with_phase(pairs: Floats, phases: Phases) -> float | None:
    """Kendall's rank correlation (tau-b) of the values with the phase, as Tarlow has it; None where no value differs from another."""
    values = np.concatenate([phases.a, phases.b])
    _, ties = np.unique(values, return_counts=True)
    n = len(values)
    differing = n * (n - 1) / 2 - float((ties * (ties - 1) / 2).sum())
    return None if differing == 0 else float((2 * pairs - 1).sum() / np.sqrt(differing * pairs.size))


def share_beyond_all(phases: Phases) -> float:
    """PND: the share of values under the change that are better than every value before it."""
    return float((phases.better * phases.b > (phases.better * phases.a).max()).mean())


def share_beyond_median(phases: Phases) -> float:
    """PEM: the share of values under the change that are better than the median before it; the same counts half."""
    beyond = phases.better * (phases.b - np.median(phases.a))
    return float((np.sign(beyond) / 2 + 0.5).mean())


def standardised_difference(phases: Phases) -> float | None:
    """The difference of the means over the standard deviation of A, times 1 - 3/(4 df - 1); None where A does not vary."""
    sd = float(phases.a.std(ddof=1))
    if sd <= 1e-9 * max(1.0, abs(float(phases.a.mean()))):
        return None
    factor = 1 - 3 / (4 * (len(phases.a) - 1) - 1)
    return phases.better * factor * float(phases.b.mean() - phases.a.mean()) / sd


def response_ratio(phases: Phases, *, scale: Scale, improving: Literal["increase", "decrease"]) -> ResponseRatio | None:
    r"""The log response ratio in one of its two forms, corrected for small samples.

    .. math:: \ln \bar y_B + \frac{s_B^2}{2 n_B \bar y_B^2} - \ln \bar y_A - \frac{s_A^2}{2 n_A \bar y_A^2}

    Parameters
    ----------
    phases : the phases
    scale : a count's mean is taken as at least half a count over the whole phase; of shares and percentages the part that should grow
        (or shrink) is what the form is about
    improving : "increase" gives LRRi, above zero where it got better; "decrease" LRRd, below zero where it got better

    Returns
    -------
    ResponseRatio or None
        None where a mean is not above zero.
    """
    against = (improving == "increase") != (phases.better == 1)
    parts = [phases.a, phases.b]
    if against and scale in WHOLE:
        parts = [WHOLE[scale] - part for part in parts]
    means = [float(part.mean()) for part in parts]
    if scale == "count":
        means = [max(mean, 1 / (2 * len(part))) for mean, part in zip(means, parts, strict=True)]
    if min(means) <= 0:
        return None
    noise = [part.var(ddof=1) / (len(part) * mean**2) for part, mean in zip(parts, means, strict=True)]
    value = float(np.log(means[1] / means[0]) + (noise[1] - noise[0]) / 2)
    turned = -1 if against and scale not in WHOLE else 1
    return ResponseRatio(value=turned * value, se=float(np.sqrt(sum(noise))))


def _wins(a: Floats, b: Floats) -> Floats:
    return np.sign(b[None, :] - a[:, None]) / 2 + 0.5


def _newcombe(value: float, m: int, n: int, level: float) -> tuple[float, float]:
    """The values of P that a score test with Hanley and McNeil's variance does not refuse (Newcombe's method 5)."""
    z, half = float(ndtri((1 + level) / 2)), (m + n) / 2 - 1

    def refused(p: float) -> float:
        q = p * (1 - p)
        return m * n * (value - p) ** 2 * (2 + q) - z**2 * q * (2 + half + (1 + 2 * half) * q)

    inside = min(max(value, EDGE), 1 - EDGE)  # at 0 and 1 the variance is none, and the score as well
    low = 0.0 if value == 0 else brentq(refused, 0.0, inside)
    high = 1.0 if value == 1 else brentq(refused, inside, 1.0)
    return float(low), float(high)
