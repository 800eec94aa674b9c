"""What a control chart says, in words filled from its numbers."""

import math
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.periods import period_text
from cycles.core.phrases import amount, day, is_share, listed, number
from cycles.core.phrases import name as words
from cycles.study.charts.kinds import TITLES, Choice
from cycles.study.charts.rules import Signals
from cycles.study.charts.sentences import CAUTION, period_word

TRIAL = 12
"""Points below which limits are called trial limits."""

SHOWN = 3
"""Points a sentence names before it counts the rest."""

NAMES = {
    "outside": ("above the upper limit", "below the lower limit"),
    "trend": ("part of a rise", "part of a fall"),
    "two_of_three": ("near the upper limit, two of three", "near the lower limit, two of three"),
    "run": ("part of a run above the centre line", "part of a run below the centre line"),
}
"""What marks a point, on the high and the low side, by rule; in the order in which a rule names a point."""


def names_of(found: Signals) -> np.ndarray:
    """What marks each point; empty for none."""
    said = np.full(found.outside.shape, "", dtype=object)
    for rule, (high, low) in reversed(NAMES.items()):
        marks = getattr(found, rule)
        said[marks > 0], said[marks < 0] = high, low
    return said


def signal_sentences(found: Signals, periods: pd.Series) -> list[str]:
    """One sentence for each stretch of points that a rule marks."""
    word = period_word(periods)
    told = []
    for place, (high, low) in ((1, NAMES["outside"]), (-1, NAMES["outside"])):
        at = periods[found.outside == place].tolist()
        if at:
            told.append(
                f"{_counted(len(at), word)} {'lies' if len(at) == 1 else 'lie'} {high if place > 0 else low}: {_dates(at)}."
            )
    for first, last, sign in _stretches(found.trend):
        told.append(
            f"{last - first} {word} in a row, each {'higher' if sign > 0 else 'lower'} than the one before: {_span(periods, first, last)}."
        )
    for sign, limit in ((1, "upper"), (-1, "lower")):
        at = periods[found.two_of_three == sign].tolist()
        if at:
            told.append(f"Two of three {word} in a row lie in the outer third near the {limit} limit: {_dates(at)}.")
    for first, last, sign in _stretches(found.run):
        side = "above" if sign > 0 else "below"
        told.append(f"{last - first} {word} in a row lie {side} the centre line: {_span(periods, first, last)}.")
    return told


def spread_sentence(periods: pd.Series) -> list[str]:
    """That the spread within some periods is not that of the others either."""
    if periods.empty:
        return []
    n = _counted(len(periods), period_word(periods))
    return [f"The spread within {n} lies beyond the limits of an S chart: {_dates(periods.tolist())}."]


def level_sentence(points: pd.DataFrame, *, measure: str, unit: str, kind: str, center: dict[str, float]) -> str:
    """Where the last phase lies, and between which limits a stable process stays."""
    if points.empty:
        return f"{_start(measure)}: there are no points to show."
    last = points.iloc[-1]
    own = points[points["phase"] == last["phase"]]
    when = {"after": " after the change", "before": " before the change", "all": ""}.get(
        last["phase"], f", {last['phase']}"
    )
    what = f"the spread (standard deviation) of {words(measure)}" if kind == "s" else words(measure)
    between = (
        f", time between events ({what})"
        if kind == "t"
        else f", cases between events ({what})"
        if kind == "g"
        else f", {what}"
    )
    if pd.isna(last["center"]):
        return (
            f"In the {_counted(len(own), period_word(points['period']))}{when}{between} has too few points for limits."
        )
    middle = "had its centre line (the median) at" if kind in ("g", "t") else "averaged"
    limits = ""
    if not pd.isna(last["lower"]) and not pd.isna(last["upper"]):
        at = "; with as many as in the last point," if own["upper"].nunique() > 1 else ";"
        limits = f"{at} a stable process stays between {_range(float(last['lower']), float(last['upper']), unit)}"
    earlier = (
        f" (before the change: {amount(center['before'], unit)})"
        if last["phase"] == "after" and "before" in center
        else ""
    )
    return (
        f"In the {_counted(len(own), period_word(points['period']))}{when}{between} {middle} "
        f"{amount(last['center'], unit)}{earlier}{limits}."
    )


def gap_sentences(points: pd.DataFrame) -> list[str]:
    """Phases before the last that have too few points for limits; the last one's sentence says so itself."""
    if points.empty:
        return []
    word = period_word(points["period"])
    told = []
    for phase, own in points.groupby("phase", sort=False):
        if phase != points["phase"].iloc[-1] and own["center"].isna().all():
            when = "before the change" if phase == "before" else str(phase)
            told.append(f"{_counted(len(own), word)} {when}: too few for limits.")
    return told


def verdict_sentences(variation: str, assurance: str, target: float | None, unit: str) -> list[str]:
    """Variation and assurance as sentences."""
    told = [f"Variation: {variation}."]
    if assurance and target is not None:
        told.append(f"Assurance, for a target of {amount(target, unit)}: {assurance}.")
    return told


def method_sentences(choice: Choice, facts: dict[str, Any], n_by_limits: Sequence[int], word: str) -> list[str]:
    """How the limits were made, and how often the rules are wrong."""
    told = [f"{TITLES[choice.kind]}, because {choice.reason}."]
    if "sigma_z" in facts:
        told.append(f"Limits are {number(facts['sigma_z'])} times as wide as counting alone would make them (Laney).")
    if "factor" in facts:
        how = f"Limits lie {number(facts['factor'], digits=3)} times the mean moving range from the centre line"
        told.append(f"{how}; {_screening(facts)}.")
    if facts.get("frozen_on"):
        told.append(f"Limits are frozen: {word} after {day(date.fromisoformat(facts['frozen_on']))} make none.")
    few = [n for n in n_by_limits if n < TRIAL]
    if few:
        told.append(f"Limits made of fewer than {TRIAL} {word} ({listed([str(n) for n in few])}) are trial limits.")
    if facts.get("false_signals") is not None:
        told.append(
            f"Of 100 stable processes with as many {word}, about {100 * facts['false_signals']:.0f} show a signal by chance. {CAUTION}"
        )
    return told


def _screening(facts: dict[str, Any]) -> str:
    n, of = facts["n_ranges_screened"], facts["n_ranges"]
    if not facts["screened"]:
        return "moving ranges are not screened"
    if n == 0:
        return f"none of {of} moving ranges was too large (screened)"
    return f"{n} of {of} moving ranges were too large and are left out (screened)"


def period_said(period: Any) -> str:
    """A period in words.

    >>> period_said(pd.Timestamp("2026-10-05")), period_said("2026-27")
    ('5 October 2026', '2026-27')
    """
    return day(period) if hasattr(period, "strftime") else period_text(period)


def _range(lower: float, upper: float, unit: str) -> str:
    """Two limits, to the decimals that their distance can bear."""
    times, said = (100.0, "%") if is_share(unit) else (1.0, "")
    width = times * (upper - lower)
    decimals = min(max(1 - math.floor(math.log10(width)), 0), 6) if width > 0 else 2
    ends = [f"{times * end:,.{decimals}f}{said}".replace("-", "\u2212") for end in (lower, upper)]
    return f"{ends[0]} and {ends[1]} {'' if said else unit}".strip()


def _dates(at: list[Any]) -> str:
    shown = [period_said(one) for one in at[:SHOWN]]
    return listed([*shown, f"{len(at) - SHOWN} more"]) if len(at) > SHOWN else listed(shown)


def _span(periods: pd.Series, first: int, last: int) -> str:
    return f"{period_said(periods.iloc[first])} to {period_said(periods.iloc[last - 1])}"


def _stretches(marks: np.ndarray) -> list[tuple[int, int, int]]:
    """First and last (exclusive) place of points in a row with the same mark, and the mark."""
    ends = np.flatnonzero(np.diff(marks)) + 1
    edges = [0, *ends.tolist(), len(marks)]
    return [(first, last, int(marks[first])) for first, last in pairwise(edges) if last > first and marks[first]]


def _counted(n: int, word: str) -> str:
    return f"{n} {word.removesuffix('s') if n == 1 else word}"


def _start(measure: str) -> str:
    said = words(measure)
    return said[:1].upper() + said[1:]
