"""Control charts: points in time between limits that a stable process rarely leaves, and rules for what is more than chance.

NHS England (2018-2024). Making data count. The kind of chart follows the data; each family of limits has its own module and source.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from cycles.core.errors import ParameterError
from cycles.core.phrases import amount, is_share
from cycles.core.vocabulary import SeriesBreak
from cycles.study.charts import control_words
from cycles.study.charts.judged import Judged
from cycles.study.charts.kinds import Kind, choose
from cycles.study.charts.parts import break_sentences, breaks_within
from cycles.study.charts.phasing import phasing
from cycles.study.charts.readings import read_points
from cycles.study.charts.records import Better, ControlChart
from cycles.study.charts.sentences import period_word
from cycles.study.charts.verdicts import assurance, variation
from cycles.study.charts.xmr import FACTOR


def control_chart(
    values: pd.DataFrame,
    *,
    measure: str,
    unit: str = "",
    kind: Kind = "auto",
    change_on: date | Mapping[str, date] | None = None,
    target: float | None = None,
    better: Better | None = None,
    freeze: date | None = None,
    breaks: Iterable[SeriesBreak] = (),
    marks: Sequence[tuple[date, str]] = (),
    screen: bool = True,
    factor: float = FACTOR,
) -> ControlChart:
    """Points between limits, with what varies more than chance told in words.

    Parameters
    ----------
    values : DataFrame, one row per point
        `period`, and what the points are: `value` (one measurement a period, or several rows a period), `count` and `of` (out of how many),
        `count` and `per` (the exposure), `count` alone, `cases_between` or `time_between` (since the event before); `n`, the people
        behind a point, without which a report shows no point.
    measure, unit : what the values are, for the sentences
    kind : "auto" follows the data, and the text says why: XmR for single measurements, Xbar for several a period ("s" for their
        spread), p for proportions, u for rates, c for counts, g and t for what lies between rare events. p′ and u′ where a test says
        that counts vary more or less than counting alone explains; counts that do so without an exposure get an XmR chart.
    change_on : the day the change started, or the days by the name of the phase that begins there; phases have limits of their own
    target : in the unit of the values
    better : "higher" or "lower", for what is an improvement, and whether the target is met
    freeze : points after this day make no limits; those in force on that day hold from then on
    breaks : series breaks; the chart starts anew at those of this measure
    marks : further days of the PDSA record, and what happened on them
    screen : whether moving ranges too large for a stable process are left out (XmR and t)
    factor : 2.66, the printed factor of the mean moving range; 3/1.128 is the unrounded one

    Returns
    -------
    ControlChart
        `facts` holds limits by phase, the test of dispersion, screening, the factor, and how often the rules mark a stable process.

    Raises
    ------
    ContractError
        CY211 for missing columns, CY212 for counts that cannot be counts.
    ParameterError
        CY105 for a kind the data cannot make, for dates where periods are not, and for a freeze before the first point.

    Notes
    -----
    The rules (:mod:`cycles.study.charts.rules`) do not look across limits: a run ends where a phase or a break begins. Fewer than six
    points make no limits; fewer than twelve make trial limits. Points without a value, or counted out of nothing, are left out and
    counted. Points are taken to be independent given the process: not for running totals or moving averages.

    Examples
    --------
    >>> weeks = pd.date_range("2026-09-07", periods=12, freq="W-MON")
    >>> table = pd.DataFrame({"period": weeks, "value": [3.0, 4, 3, 5, 4, 3, 4, 5, 3, 4, 4, 9], "n": 30})
    >>> chart = control_chart(table, measure="waiting", unit="days", better="lower")
    >>> chart.signals
    ('1 week lies above the upper limit: 23 November 2026.',)
    >>> chart.variation
    'special cause, concern (the last point is part of a signal on the high side)'
    """
    readings = read_points(values).spreads() if kind == "s" else read_points(values)
    used = breaks_within(breaks, readings.period, measure=measure)
    starts = _starts(change_on)
    split = phasing(readings.period, starts=starts, freeze=freeze, breaks=used)
    choice = choose(readings, kind, split.groups)
    judged = Judged(readings, split, choice, screen=screen, factor=factor, share=is_share(unit))
    points = judged.points
    center = _centers(points)
    facts = {
        **judged.facts,
        "kind": choice.kind,
        "n_points": len(points),
        "n_missing": readings.n_missing,
        "frozen_on": freeze.isoformat() if freeze else None,
    }
    last = points.iloc[-1] if len(points) else None
    limits = (None, None) if last is None else (_known(last["lower"]), _known(last["upper"]))
    seen = variation(None if last is None or pd.isna(last["center"]) else int(judged.direction[-1]), better)
    held = assurance(*limits, target=target, better=better)
    return ControlChart(
        kind=choice.kind,
        measure=measure,
        unit=unit,
        points=points,
        center=center,
        change_on=change_on if isinstance(change_on, date) else max(starts.values(), default=None),
        signals=tuple(judged.told),
        breaks=used,
        text=" ".join(
            [
                control_words.level_sentence(points, measure=measure, unit=unit, kind=choice.kind, center=center),
                *control_words.gap_sentences(points),
                *judged.told,
                *control_words.verdict_sentences(seen, held, target, unit),
                *_anew(used, center, points, unit),
                *control_words.method_sentences(choice, facts, judged.made_of, period_word(readings.period)),
            ]
        ),
        facts=facts,
        target=target,
        better=better,
        marks=_marks(starts, marks),
        reason=choice.reason,
        variation=seen,
        assurance=held,
    )


def _centers(points: pd.DataFrame) -> dict[str, float]:
    """The centre line of each phase that has one."""
    known = points.dropna(subset=["center"]).groupby("phase", sort=False)["center"]
    return {str(name): float(lines.iloc[-1]) for name, lines in known}


def _anew(breaks: tuple[SeriesBreak, ...], center: dict[str, float], points: pd.DataFrame, unit: str) -> list[str]:
    levels = {phase: amount(middle, unit) for phase, middle in center.items()}
    return (
        break_sentences(breaks, center, levels, about=str(points["phase"].iloc[-1]), what="centre line")
        if breaks
        else []
    )


def _starts(change_on: date | Mapping[str, date] | None) -> dict[str, date]:
    if change_on is None:
        return {}
    if not isinstance(change_on, Mapping):
        return {"after": change_on}
    if len(set(change_on.values())) < len(change_on):
        raise ParameterError("two phases start on the same day", code="CY105", where="control chart, change_on")
    return dict(change_on)


def _marks(starts: dict[str, date], marks: Sequence[tuple[date, str]]) -> tuple[tuple[Any, str], ...]:
    """Every named day of the record in order of time; the day a phase starts is named by the phase."""
    own = [(on, "change starts" if name == "after" else name) for name, on in starts.items()]
    told = {on for on, _ in own}
    return tuple(sorted([*own, *((on, what) for on, what in marks if on not in told)], key=lambda one: one[0]))


def _known(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)
