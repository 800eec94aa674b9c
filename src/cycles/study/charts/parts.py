"""Where a chart starts anew: at each series break begins a part with phases, a median and rules of its own."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cycles.core.periods import crosses, period_key
from cycles.core.vocabulary import SeriesBreak


def breaks_within(breaks: Iterable[SeriesBreak], periods: pd.Series, *, measure: str) -> tuple[SeriesBreak, ...]:
    """The breaks of a measure that lie between its first and its last period, in order, one for each place.

    >>> years = pd.Series(["2014-15", "2015-16", "2016-17"])
    >>> known = [SeriesBreak(measure="trust", at=at, because="", origin="declared") for at in ("2014-15", "2016-17")]
    >>> [one.at for one in breaks_within(known, years, measure="trust")]
    ['2016-17']
    """
    if periods.empty:
        return ()
    ends = {"before": periods.iloc[0], "after": periods.iloc[-1]}
    own = {one.at: one for one in breaks if one.measure == measure and crosses(one.at, **ends)}
    found: dict[int, SeriesBreak] = {}
    for one in sorted(own.values(), key=lambda one: period_key(one.at)):
        found.setdefault(sum(period_key(period) < period_key(one.at) for period in periods), one)
    return tuple(found.values())


def part_of(periods: pd.Series, breaks: tuple[SeriesBreak, ...]) -> np.ndarray:
    """The number of the part each period lies in, from 0 on."""
    keys = [period_key(one.at) for one in breaks]
    return np.array([sum(key <= period_key(period) for key in keys) for period in periods], dtype=int)


def part_names(breaks: tuple[SeriesBreak, ...]) -> list[str]:
    """What the parts are called.

    >>> part_names((SeriesBreak(measure="trust", at="2015-16", because="", origin="declared"),))
    ['before 2015-16', 'from 2015-16']
    """
    if not breaks:
        return ["all"]
    return [f"before {breaks[0].at}", *(f"from {one.at}" for one in breaks)]


def phases(part: np.ndarray, after: np.ndarray | None, breaks: tuple[SeriesBreak, ...]) -> np.ndarray:
    """`before` and `after` in the part in which the change starts (in one without breaks: in all of it); the part's name elsewhere."""
    names = np.array(part_names(breaks), dtype=object)[part]
    if after is None or (breaks and not after.any()):
        return names
    own = part == main_part(part, after)
    return np.where(own, np.where(after, "after", "before"), names)


def main_part(part: np.ndarray, after: np.ndarray | None) -> int:
    """The part in which the change starts, or the last one."""
    if len(part) == 0:
        return 0
    return int(part[after.argmax()]) if after is not None and after.any() else int(part[-1])


def break_sentences(
    breaks: tuple[SeriesBreak, ...],
    center: dict[str, float],
    levels: dict[str, str],
    *,
    about: str,
    what: str = "median",
) -> list[str]:
    """That the chart starts anew, why, and the middle of each part that the other sentences do not tell.

    Parameters
    ----------
    breaks : those within the chart
    center : the median, or centre line, of each phase
    levels : the same in words
    about : the phase or part the other sentences are about
    what : what the chart's middle is
    """
    if not breaks:
        return []
    told = [f"From {one.at} on it is not comparable with before ({one.because})" for one in breaks]
    others = [f"{levels[name]} {name}" for name in center if name in part_names(breaks) and name != about]
    medians = f" The {what} was {', '.join(others)}." if others else ""
    return [f"{'; '.join(told)}: the chart starts anew there.{medians}"]
