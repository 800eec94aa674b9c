"""Four rules for "more than chance", as the National Health Service in England teaches them.

NHS England (2018-2024). Making data count: strengthening your decisions, and Reading, C. et al., NHSRplotthedots, where two points of
three are looked for among the three on one side, without those beyond the limits. The rules go back to Nelson (1984). The Shewhart
control chart: tests for special causes. Journal of Quality Technology 16(4), 237-239. doi:10.1080/00224065.1984.11978921
"""

from dataclasses import dataclass

import numpy as np

from cycles.study.charts.limits import Limits

RUN = 7
"""Points in a row on one side of the centre line; a point on the line ends the run."""

TREND = 7
"""Points in a row of which each is higher (or each lower) than the one before: six moves."""

ROUNDING = 1e-9
"""Differences smaller than this share of the largest value are ties."""


@dataclass(frozen=True, kw_only=True)
class Signals:
    """Which points each rule marks: +1 high or rising, -1 low or falling, 0 none. In the order in which they name a point."""

    outside: np.ndarray
    trend: np.ndarray
    two_of_three: np.ndarray
    run: np.ndarray

    @property
    def direction(self) -> np.ndarray:
        """The direction of each point's first rule; 0 for a point that no rule marks."""
        found = self.outside.copy()
        for one in (self.trend, self.two_of_three, self.run):
            found = np.where(found == 0, one, found)
        return found

    @property
    def any(self) -> np.ndarray:
        """Which points at least one rule marks."""
        return self.direction != 0


def signals(values: np.ndarray, limits: Limits) -> Signals:
    """Hold points to the four rules.

    Parameters
    ----------
    values : points in order along the last axis, none missing; all under one set of limits
    limits : of the same shape

    Returns
    -------
    Signals

    Examples
    --------
    >>> limits = Limits.around(np.zeros(8), np.ones(8))
    >>> signals(np.array([0.5, 0.4, 0.6, 0.2, 0.7, 0.1, 0.3, -0.2]), limits).run.tolist()
    [1, 1, 1, 1, 1, 1, 1, 0]
    """
    values = np.asarray(values, dtype=float)
    slack = ROUNDING * np.abs(values).max(axis=-1, keepdims=True, initial=0.0)
    side = _sign(values - limits.center, slack)
    outside = (values > limits.upper + slack).astype(np.int8) - (values < limits.lower - slack).astype(np.int8)
    outer = (values > limits.inner_upper + slack).astype(np.int8) - (values < limits.inner_lower - slack)
    outer = np.where(outside == 0, outer, 0).astype(np.int8)
    moves = _sign(np.diff(values, axis=-1), slack)
    return Signals(
        outside=outside,
        trend=_points_of(_alike(moves, TREND - 1), TREND, values.shape),
        two_of_three=_two_of_three(outer, side),
        run=_points_of(_alike(side, RUN), RUN, values.shape),
    )


def _sign(differences: np.ndarray, slack: np.ndarray) -> np.ndarray:
    return (differences > slack).astype(np.int8) - (differences < -slack).astype(np.int8)


def _alike(signs: np.ndarray, length: int) -> np.ndarray:
    """For each window of that length, the sign that all of it has, or 0."""
    sums = _window_sums(signs, length)
    return (sums == length).astype(np.int8) - (sums == -length).astype(np.int8)


def _two_of_three(outer: np.ndarray, side: np.ndarray) -> np.ndarray:
    """The points in the outer third of windows of three that are all on one side, at least two of them in its outer third."""
    windows = _alike(side, 3)
    windows = np.where(windows * _window_sums(outer, 3) >= 2, windows, 0)
    return np.where(outer != 0, _points_of(windows, 3, outer.shape), 0)


def _window_sums(signs: np.ndarray, length: int) -> np.ndarray:
    if signs.shape[-1] < length:
        return np.zeros((*signs.shape[:-1], 0), dtype=np.int8)
    n = signs.shape[-1] - length + 1
    sums = np.zeros((*signs.shape[:-1], n), dtype=np.int8)
    for first in range(length):
        sums += signs[..., first : first + n]
    return sums


def _points_of(windows: np.ndarray, length: int, shape: tuple[int, ...]) -> np.ndarray:
    """The sign of the last window that holds a point, for every point of a window that has one."""
    found = np.zeros(shape, dtype=np.int8)
    n = windows.shape[-1]
    for first in reversed(range(length)):
        place = found[..., first : first + n]
        np.copyto(place, windows, where=windows != 0)
    return found
