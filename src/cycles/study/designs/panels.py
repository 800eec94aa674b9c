"""Panels: each measure of a cycle lined up by its design, one row per student, outcome or not."""

from typing import TYPE_CHECKING

import pandas as pd

from cycles.core.errors import DesignError, nearest
from cycles.core.vocabulary import Cutoff, Panel, SeriesPanel
from cycles.plan.cycle_file import Cycle
from cycles.plan.design import SERIES_KINDS, Design
from cycles.study.designs.cohort import cohort
from cycles.study.designs.crossing import crossed
from cycles.study.designs.measuring import before_and_after, facts_of, prior_value
from cycles.study.designs.over_time import build_series

if TYPE_CHECKING:
    from cycles.do.collection import Tables

COLUMNS = ["unit", "cluster", "block", "arm", "baseline", "outcome"]


def build_panels(cycle: Cycle, tables: "Tables") -> dict[str, Panel | SeriesPanel]:
    """The panel of every outcome and balancing measure, by the measure's name.

    Parameters
    ----------
    cycle : the cycle
    tables : the validated tables, as :func:`cycles.collect` returns them

    Raises
    ------
    DesignError
        CY301 when a table or a column that the design names is missing.
    """
    names = [*cycle.measures.outcome, *cycle.measures.balancing]
    return {name: build_panel(cycle, tables, measure=name) for name in names}


def build_panel(cycle: Cycle, tables: "Tables", *, measure: str) -> Panel | SeriesPanel:
    """The panel of one measure: of units, or for a design over time of series.

    Parameters
    ----------
    cycle : the cycle
    tables : the validated tables
    measure : name of an outcome, balancing or process measure

    Returns
    -------
    Panel or SeriesPanel
        Every assigned student is in it; those without an outcome are its attrition. A design over time has one row per series and period.

    Raises
    ------
    DesignError
        CY301 for a measure or a column that is not there.
    """
    if measure not in cycle.measures.all:
        raise DesignError(f"no measure '{measure}'", code="CY301", fix=nearest(measure, cycle.measures.all))
    if cycle.design.kind in SERIES_KINDS:
        return build_series(cycle, tables, measure=measure)
    return unit_panel(cycle, tables, measure=measure)


def unit_panel(cycle: Cycle, tables: "Tables", *, measure: str) -> Panel:
    """The panel of one measure with one row per student, whatever the design."""
    design, spec = cycle.design, cycle.measures.all[measure]
    students, notes = cohort(cycle, tables)
    values = before_and_after(cycle, spec, tables).rename(columns={"student_id": "unit"})
    table = students.merge(values, on="unit", how="left")
    table, covariates = _with_covariates(table, cycle, tables)
    facts = facts_of(spec, tables)
    table, received = _with_received(table, cycle, tables)
    table, running = _with_running(table, cycle, tables)
    table, drawn = _as_drawn(table, design)
    return Panel(
        table=table[
            [*COLUMNS, *drawn, *running, *dict.fromkeys([*covariates, *_present(design.subgroups, table), *received])]
        ],
        measure=measure,
        outcome_unit=facts["unit"],
        design=design.kind,
        change=design.contrast.change,
        comparison=design.contrast.comparison,
        unit_name=design.unit,
        cluster_name=design.cluster,
        block_name=design.block,
        weight_name=design.weight,
        cutoff=Cutoff(**design.cutoff.model_dump()) if design.cutoff else None,
        strata_name=design.strata,
        covariates=covariates,
        subgroups=design.subgroups,
        higher_is=facts["higher_is"],  # type: ignore[arg-type]
        notes=notes,
        breaks=crossed(measure, cycle, spec, tables),
    )


def _as_drawn(table: pd.DataFrame, design: Design) -> tuple[pd.DataFrame, list[str]]:
    """The weight and the stratum of a survey, where the design names them."""
    named = {"weight": design.weight, "stratum": design.strata}
    columns = {name: table[_present((column,), table)[0]] for name, column in named.items() if column is not None}
    return table.assign(**columns), list(columns)


def _with_covariates(table: pd.DataFrame, cycle: Cycle, tables: "Tables") -> tuple[pd.DataFrame, tuple[str, ...]]:
    for name in cycle.design.covariates:
        if name.startswith("prior_") and name not in table:
            table = table.merge(prior_value(name, cycle, tables), left_on="unit", right_index=True, how="left")
    return table, tuple(_present(cycle.design.covariates, table))


def _with_received(table: pd.DataFrame, cycle: Cycle, tables: "Tables") -> tuple[pd.DataFrame, list[str]]:
    """The process measures that a method's options name, each as a column of what every student received."""
    named = {
        value
        for spec in (cycle.estimate, *cycle.alternatives)
        for value in spec.options.values()
        if isinstance(value, str)
    }
    wanted = [name for name in cycle.measures.process if name in named]
    for name in wanted:
        received = before_and_after(cycle, cycle.measures.process[name], tables).set_index("student_id")["outcome"]
        table = table.drop(columns=name, errors="ignore").merge(
            received.rename(name), left_on="unit", right_index=True, how="left"
        )
    return table, wanted


def _with_running(table: pd.DataFrame, cycle: Cycle, tables: "Tables") -> tuple[pd.DataFrame, list[str]]:
    """The score that a cutoff is about: a column of the roster or of the table of arms, `prior_<indicator>`, or the baseline."""
    if cycle.design.cutoff is None:
        return table, []
    name = cycle.design.cutoff.column
    if name.startswith("prior_") and name not in table:
        table = table.merge(prior_value(name, cycle, tables), left_on="unit", right_index=True, how="left")
    return table.assign(running=table[_present((name,), table)[0]]), ["running"]


def _present(names: tuple[str, ...], table: pd.DataFrame) -> list[str]:
    missing = [name for name in names if name not in table]
    if missing:
        raise DesignError(
            f"the roster has no column {', '.join(missing)}",
            code="CY301",
            where="design",
            fix=nearest(missing[0], table.columns),
        )
    return list(names)
