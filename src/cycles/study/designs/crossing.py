"""Which series breaks concern a measure, and which of them lie between its baseline and its outcome."""

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from cycles.core.periods import crosses, period_key
from cycles.core.vocabulary import SeriesBreak
from cycles.plan.cycle_file import Cycle, MeasureSpec
from cycles.study.designs.measuring import has_periods
from cycles.study.indicators import INDICATORS

if TYPE_CHECKING:
    from cycles.do.collection import Tables


def breaks_of(name: str, spec: MeasureSpec, tables: "Tables") -> tuple[SeriesBreak, ...] | None:
    """The breaks of a measure, under the cycle's name for it; None where nobody looked for any.

    Parameters
    ----------
    name : what the cycle calls the measure
    spec : a break may name it so, or its scale (`instrument.scale` or `scale`), its instrument, one of the scale's items, or its indicator
    tables : the validated tables, with `breaks`
    """
    if tables.breaks is None:
        return None
    names = {name, spec.scale, spec.scale_name, spec.instrument, spec.indicator, spec.published, *_items(spec, tables)}
    return tuple(replace(one, measure=name) for one in tables.breaks if one.measure in names)


def crossed(name: str, cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> tuple[SeriesBreak, ...] | None:
    """Of the breaks of a measure, those after its baseline and not after its outcome; None where nobody looked.

    Waves are ordered by when they were answered. An indicator of dated records has as baseline all days before the change, so a break
    counts from the first recorded day on.
    """
    known = breaks_of(name, spec, tables)
    if not known:
        return known
    before, after = _ends(cycle, spec, tables)
    if after is None:
        return known
    order = _waves(spec, tables)
    return tuple(one for one in known if before is not None and _is_crossed(one.at, str(before), str(after), order))


def _is_crossed(at: str, before: str, after: str, order: list[str]) -> bool:
    if {at, before, after} <= set(order):
        return order.index(before) < order.index(at) <= order.index(after)
    return crosses(at, before=before, after=after)


def _ends(cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> tuple[str | date | None, str | date | None]:
    """The wave, period or day of the baseline and of the outcome; no baseline, nothing to cross."""
    design = cycle.design
    needs = INDICATORS.facts(str(spec.indicator))["needs"] if spec.indicator else ()
    by_wave = spec.scale is not None or has_periods(str(spec.indicator), tables)
    if by_wave:
        return design.baseline_wave, design.outcome_wave
    days = [tables.by_table[name]["on"].min() for name in needs if "on" in tables.by_table.get(name, ())]
    first = min((day for day in days if not pd.isna(day)), default=None)
    return None if first is None else first.date(), cycle.decide.on


def _waves(spec: MeasureSpec, tables: "Tables") -> list[str]:
    """The waves of the answers by their middle day; without days there is no order but that of their names."""
    answers = tables.by_table.get(f"responses:{spec.instrument}")
    if answers is None or "answered_on" not in answers or answers["answered_on"].isna().all():
        return []
    days = answers.groupby("wave")["answered_on"].median().dropna()
    return [str(wave) for wave in sorted(days.index, key=lambda wave: (days[wave], period_key(wave)))]


def _items(spec: MeasureSpec, tables: "Tables") -> tuple[str, ...]:
    if spec.scale is None:
        return ()
    return tables.instrument(str(spec.instrument)).scales[str(spec.scale_name)].items
