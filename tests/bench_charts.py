"""What limits and rules of many control charts cost, against the same rules as an analyst writes them in pandas, a series at a time."""

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cycles.study.charts.rules import signals
from cycles.study.charts.xmr import xmr_limits
from harness import Row, measured

SERIES, POINTS = 1_000, 60
REPEATS = 3


def rows(limits: dict) -> list[Row]:
    """CPU time of 1,000 XmR series of 60 points, limits and rules; the same points must be marked."""
    values = _series()
    assert (ours(values) == by_hand(values)).all(), "the two mark different points"
    ratio = _seconds(lambda: by_hand(values)) / _seconds(lambda: ours(values), times=20)
    return [measured("control_charts_speedup", ratio, limits=limits, repeats=REPEATS)]


def ours(values: np.ndarray) -> np.ndarray:
    """Which points any rule marks."""
    return signals(values, xmr_limits(values)).any


def by_hand(values: np.ndarray) -> np.ndarray:
    """The same with shifts, differences and rolling windows."""
    return np.stack([_marked(pd.Series(one)).to_numpy() for one in values])


def _marked(y: pd.Series) -> pd.Series:
    ranges = y.diff().abs()
    half = 2.66 * ranges[ranges < 3.267 * ranges.mean()].mean()
    mean = y.mean()
    side, moves = np.sign(y - mean), np.sign(y.diff())
    outside = (y > mean + half) | (y < mean - half)
    outer = ((y - mean).abs() > half * 2 / 3) & ~outside
    run = _spread(side.rolling(7).sum().abs() == 7, 7)
    trend = _spread(moves.rolling(6).sum().abs() == 6, 7)
    pair = (outer.astype(float).rolling(3).sum() >= 2) & (side.rolling(3).sum().abs() == 3)
    return outside | run | trend | (outer & _spread(pair, 3))


def _spread(ends: pd.Series, length: int) -> pd.Series:
    """Every point of the windows that end where it is true."""
    return ends[::-1].astype(float).rolling(length, min_periods=1).max()[::-1] > 0


def _series() -> np.ndarray:
    draw = np.random.default_rng(60)
    return draw.normal(50, 6, (SERIES, POINTS)) + np.cumsum(draw.normal(0, 0.6, (SERIES, POINTS)), axis=1)


def _seconds(work: Callable[[], Any], times: int = 1) -> float:
    """Median CPU seconds of one call, which is made so many times a measurement."""
    taken = []
    for _ in range(REPEATS):
        gc.collect()
        start = time.process_time()
        for _ in range(times):
            work()
        taken.append((time.process_time() - start) / times)
    return statistics.median(taken)
