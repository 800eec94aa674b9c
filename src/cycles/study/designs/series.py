"""Series: the indicators of the cycle week by week, in the arm where the change was tried."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from cycles.core.vocabulary import Chart
from cycles.plan.cycle_file import ChartSpec, Cycle, MeasureSpec
from cycles.study.charts import control_chart, run_chart
from cycles.study.charts.records import ControlChart
from cycles.study.designs.cohort import cohort
from cycles.study.designs.crossing import breaks_of
from cycles.study.indicators import INDICATORS, indicator

if TYPE_CHECKING:
    from cycles.do.collection import Tables

DATED = frozenset({"attendance_days", "sessions", "incidents"})
"""Tables whose records have a day; only they make a weekly series."""

ENOUGH = 12
"""Weeks from which on a control chart is shown beside the run chart; with fewer, most of its limits would be trial limits."""

WHOLE = 1e-6
"""How far a sum of counts may be from a whole number, for rounding."""


def run_charts(cycle: Cycle, tables: "Tables") -> dict[str, Chart]:
    """A run chart for attendance and for each indicator of the cycle that has dated records.

    Returns
    -------
    dict, measure -> Chart
        Weekly values of the students in the change arm, with the day the change started; empty when no record has a day.
    """
    chosen = _in_change_arm(cycle, tables)
    charts = {}
    for name, (indicator_name, options) in _dated(cycle, tables).items():
        charts[name] = run_chart(
            _weekly(indicator_name, options, tables, chosen),
            change_on=cycle.started_on,
            measure=name,
            unit=INDICATORS.facts(indicator_name)["unit"],
            breaks=breaks_of(name, cycle.measures.all.get(name) or MeasureSpec(indicator=indicator_name), tables) or (),
        )
    return charts


def control_charts(
    cycle: Cycle, tables: "Tables", *, marks: Sequence[tuple[date, str]] = ()
) -> dict[str, ControlChart]:
    """A control chart for each process measure, and for each measure that `charts` in the cycle file names, with twelve weeks or more.

    Parameters
    ----------
    cycle : the plan; its `charts` may name the kind, a target, and the last day whose points make limits
    tables : what was collected
    marks : further days of the PDSA record, as :func:`cycles.pdsa_record` tells them

    Returns
    -------
    dict, measure -> ControlChart
        Weekly values of the students in the change arm. Limits begin anew when the change starts, unless they are frozen.
    """
    chosen = _in_change_arm(cycle, tables)
    charts = {}
    for name, (indicator_name, options) in _charted(cycle, tables).items():
        facts = INDICATORS.facts(indicator_name)
        points = _points(_weekly(indicator_name, options, tables, chosen), facts.get("counts"))
        if len(points) < ENOUGH:
            continue
        asked = cycle.charts.get(name, ChartSpec())
        started = [(cycle.started_on, "change starts")]
        charts[name] = control_chart(
            points,
            measure=name,
            unit=facts["unit"],
            kind=asked.kind,
            change_on=None if asked.freeze_until else cycle.started_on,
            target=asked.target,
            better={"better": "higher", "worse": "lower"}.get(facts["higher_is"]),  # type: ignore[arg-type]
            freeze=asked.freeze_until,
            breaks=breaks_of(name, cycle.measures.all[name], tables) or (),
            marks=[*started, *(one for one in marks if one[0] != cycle.started_on)],
        )
    return charts


def _points(weekly: pd.DataFrame, counts: str | None) -> pd.DataFrame:
    """One row per week: counts where the indicator counts something, and the ratio of sums elsewhere; `n` students."""
    rows = weekly.dropna(subset=["value"])
    n = rows["n"].astype(float)
    parts = rows[["period", "student_id"]].assign(top=rows["value"].astype(float) * n, bottom=n)
    sums = parts.groupby("period", as_index=False).agg(
        top=("top", "sum"), bottom=("bottom", "sum"), n=("student_id", "nunique")
    )
    sums = sums[sums["bottom"] > 0]
    whole = (sums["top"] - sums["top"].round()).abs() < WHOLE * sums["top"].clip(lower=1)
    if counts is not None and whole.all():
        return sums.assign(top=sums["top"].round()).rename(columns={"top": "count", "bottom": counts})
    return sums.assign(value=sums["top"] / sums["bottom"])[["period", "value", "n"]]


def _in_change_arm(cycle: Cycle, tables: "Tables") -> set[str]:
    students, _ = cohort(cycle, tables)
    return set(students.loc[students["arm"] == cycle.design.contrast.change, "unit"])


def _weekly(indicator_name: str, options: dict[str, Any], tables: "Tables", chosen: set[str]) -> pd.DataFrame:
    weekly = indicator(indicator_name, tables.by_table, by="week", **options)
    return weekly[weekly["student_id"].isin(chosen)]


def _charted(cycle: Cycle, tables: "Tables") -> dict[str, tuple[str, dict]]:
    """The process measures, and what `charts` names, as far as their records have a day."""
    specs = {
        name: spec for name, spec in cycle.measures.all.items() if name in {*cycle.measures.process, *cycle.charts}
    }
    wanted = {name: (spec.indicator, spec.options) for name, spec in specs.items() if spec.indicator}
    return _with_days(wanted, tables)


def _dated(cycle: Cycle, tables: "Tables") -> dict[str, tuple[str, dict]]:
    wanted: dict[str, tuple[str, dict]] = {}
    if "attendance_days" in tables.by_table:
        wanted["attendance_share"] = ("attendance_share", {})
    for name, spec in {**cycle.measures.outcome, **cycle.measures.balancing}.items():
        if spec.indicator:
            wanted[name] = (spec.indicator, spec.options)
    return _with_days(wanted, tables)


def _with_days(wanted: dict[str, tuple[str, dict]], tables: "Tables") -> dict[str, tuple[str, dict]]:
    return {
        name: (key, options)
        for name, (key, options) in wanted.items()
        if DATED & set(INDICATORS.facts(key)["needs"]) & set(tables.by_table)
    }
