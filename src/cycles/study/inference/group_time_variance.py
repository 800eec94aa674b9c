"""How sure one can be of weighted means of groups: the spread of series within the groups that began together.

Given who started when, an effect is a sum over groups of the mean of one number per series. Each group's spread is its own; degrees of
freedom are Satterthwaite's under values of equal spread (Bell & McCaffrey 2002).
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.starts import Starts


@dataclass(frozen=True)
class Uncertain:
    """Effects (k,) with standard errors, degrees of freedom, intervals and p; nan where a group in them is a single series."""

    value: Floats
    se: Floats
    df: Floats
    low: Floats
    high: Floats
    p: Floats


def uncertain(starts: Starts, weights: Floats, *, level: float) -> Uncertain:
    """Weighted means of the groups, with their uncertainty.

    Parameters
    ----------
    starts : the series and their groups
    weights : array (k, groups, periods)
    level : coverage of the intervals

    Returns
    -------
    Uncertain
        Nothing but the value where a group that carries weight is a single series, or where series within groups do not differ.

    Examples
    --------
    >>> starts = Starts(np.array([[1.0], [3], [4], [8]]), np.array([0, 0, 1, 1]), np.array([-1, 0]), ("2026",))
    >>> found = uncertain(starts, np.array([[[-1.0], [1.0]]]), level=0.95)
    >>> found.value.tolist(), found.se.round(6).tolist(), found.df.tolist()
    ([4.0], [2.236068], [2.0])
    """
    value = np.einsum("kgt,gt->k", weights, starts.means)
    parts = _parts(starts, weights)
    size = np.einsum("kgt,kgt->kg", weights, weights) / starts.sizes
    single = (size[:, starts.sizes == 1] > 0).any(axis=1)
    se, df = np.sqrt(parts.sum(axis=1)), _df(size, starts)
    unknown = single | (se <= ROUNDING * np.abs(starts.values).max())
    se, df = np.where(unknown, np.nan, se), np.where(unknown, np.nan, df)
    reach = stdtrit(df, (1 + level) / 2) * se
    return Uncertain(value, se, df, value - reach, value + reach, 2 * stdtr(df, -np.abs(value / se)))


def covariance(starts: Starts, weights: Floats) -> Floats:
    """Covariance of weighted means of the groups: (k, k); of a single series the spread counts as zero."""
    total = np.zeros((len(weights), len(weights)))
    for group, size in enumerate(starts.sizes):
        if size > 1:
            total += (
                np.atleast_2d(np.cov(starts.values[starts.group == group] @ weights[:, group].T, rowvar=False)) / size
            )
    return total


ROUNDING = 1e-12
"""A standard error below this share of the values' size is rounding."""


def _parts(starts: Starts, weights: Floats) -> Floats:
    """Each group's share of the variance: (k, groups)."""
    parts = np.zeros(weights.shape[:2])
    for group, size in enumerate(starts.sizes):
        if size > 1:
            numbers = starts.values[starts.group == group] @ weights[:, group].T
            parts[:, group] = numbers.var(axis=0, ddof=1) / size
    return parts


def _df(size: Floats, starts: Starts) -> Floats:
    """Satterthwaite's, each group's variance known from one series fewer than it has."""
    free = np.maximum(starts.sizes - 1, 1)
    with np.errstate(invalid="ignore"):
        return size.sum(axis=1) ** 2 / (size**2 / free).sum(axis=1)
