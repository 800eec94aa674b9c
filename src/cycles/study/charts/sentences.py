"""What a chart says, in words filled from its numbers."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cycles.core.phrases import amount, difference, number
from cycles.core.phrases import name as words

if TYPE_CHECKING:
    from cycles.study.charts.run_chart import Runs

MIN_POINTS = 10
"""Useful points below which the two rules say nothing."""

CAUTION = "A chart shows that something shifted, not why; by itself it decides nothing."


def signal_sentences(runs: "Runs", points: pd.DataFrame) -> tuple[str, ...]:
    """One sentence for each rule that fired."""
    period = period_word(points["period"])
    found = []
    if runs.shifted:
        found.append(
            f"{runs.longest_run} {period} in a row lie on the same side of the median; chance would give at most {runs.longest_run_limit}."
        )
    if runs.sticky:
        found.append(
            f"The median is crossed {_times(runs.crossings)}; chance would give at least {runs.crossings_limit} crossings."
        )
    return tuple(found)


def describe(points: pd.DataFrame, *, facts: dict[str, Any], signals: tuple[str, ...], measure: str, unit: str) -> str:
    """The finding as a short paragraph."""
    if len(points) == 0:
        return f"{_start(measure)}: there are no points to show."
    period = period_word(points["period"])
    parts = [_level(points, facts=facts, measure=measure, unit=unit, period=period)]
    if facts["n_useful"] < MIN_POINTS:
        parts.append(
            f"To tell a shift from chance, at least {MIN_POINTS} {period} must lie off the median; {facts['n_useful']} of {len(points)} do."
        )
    elif signals:
        parts.append(f"The {len(points)} {period} together vary more than chance would: {' '.join(signals)} {CAUTION}")
    else:
        parts.append(f"The {len(points)} {period} together vary no more than chance would.")
    return " ".join(parts)


def period_word(periods: pd.Series) -> str:
    """What a point is called: weeks, months, days, or points.

    >>> period_word(pd.Series(pd.date_range("2026-09-07", periods=3, freq="W-MON")))
    'weeks'
    """
    if len(periods) < 2 or not pd.api.types.is_datetime64_any_dtype(periods):
        return "points"
    gaps = np.diff(periods.to_numpy().astype("datetime64[D]").astype(int))
    if (gaps % 7 == 0).all():
        return "weeks"
    return "months" if (periods.dt.day == 1).all() and gaps.min() >= 28 else "points"


def _level(points: pd.DataFrame, *, facts: dict[str, Any], measure: str, unit: str, period: str) -> str:
    if "difference" not in facts:
        return f"{_start(measure)}: over {len(points)} {period}, the median was {amount(facts['median'], unit)}."
    n_before, n_after = ((points["phase"] == phase).sum() for phase in ("before", "after"))
    return (
        f"In the {n_after} {period} after the change, the median of {words(measure)} was {amount(facts['after'], unit)}, against "
        f"{amount(facts['before'], unit)} in the {n_before} {period} before: {_moved(facts, unit)}."
    )


def _moved(facts: dict[str, Any], unit: str) -> str:
    """The difference in points and in percent of the earlier value, so that both can be recomputed."""
    change, percent = facts["difference"], facts["percent_change"]
    if change == 0:
        return "no difference"
    direction = "higher" if change > 0 else "lower"
    relative = f" ({number(abs(percent), digits=2)}% of the earlier value)" if percent is not None else ""
    return f"{difference(change, unit)} {direction}{relative}"


def _start(measure: str) -> str:
    text = words(measure)
    return text[:1].upper() + text[1:]


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
