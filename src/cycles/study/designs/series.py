"""Series: the indicators of the cycle week by week, in the arm where the change was tried."""

from typing import TYPE_CHECKING

from cycles.core.vocabulary import Chart
from cycles.plan.cycle_file import Cycle, MeasureSpec
from cycles.study.charts import run_chart
from cycles.study.designs.cohort import cohort
from cycles.study.designs.crossing import breaks_of
from cycles.study.indicators import INDICATORS, indicator

if TYPE_CHECKING:
    from cycles.do.collection import Tables

DATED = frozenset({"attendance_days", "sessions", "incidents"})
"""Tables whose records have a day; only they make a weekly series."""


def run_charts(cycle: Cycle, tables: "Tables") -> dict[str, Chart]:
    """A run chart for attendance and for each indicator of the cycle that has dated records.

    Returns
    -------
    dict, measure -> Chart
        Weekly values of the students in the change arm, with the day the change started; empty when no record has a day.
    """
    students, _ = cohort(cycle, tables)
    chosen = set(students.loc[students["arm"] == cycle.design.contrast.change, "unit"])
    charts = {}
    for name, (indicator_name, options) in _dated(cycle, tables).items():
        weekly = indicator(indicator_name, tables.by_table, by="week", **options)
        charts[name] = run_chart(
            weekly[weekly["student_id"].isin(chosen)],
            change_on=cycle.started_on,
            measure=name,
            unit=INDICATORS.facts(indicator_name)["unit"],
            breaks=breaks_of(name, cycle.measures.all.get(name) or MeasureSpec(indicator=indicator_name), tables) or (),
        )
    return charts


def _dated(cycle: Cycle, tables: "Tables") -> dict[str, tuple[str, dict]]:
    wanted: dict[str, tuple[str, dict]] = {}
    if "attendance_days" in tables.by_table:
        wanted["attendance_share"] = ("attendance_share", {})
    for name, spec in {**cycle.measures.outcome, **cycle.measures.balancing}.items():
        if spec.indicator:
            wanted[name] = (spec.indicator, spec.options)
    return {
        name: (key, options)
        for name, (key, options) in wanted.items()
        if DATED & set(INDICATORS.facts(key)["needs"]) & set(tables.by_table)
    }
