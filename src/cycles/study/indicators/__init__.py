"""Indicators: numbers from records, one row per student and period, each with the days or minutes it stands on."""

import inspect
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import pandas as pd

from cycles.core.errors import DesignError, ParameterError, nearest
from cycles.core.registry import Registry
from cycles.study.indicators._windows import Window

INDICATORS = Registry("cycles.study.indicators", kind="indicator")
"""Facts of an entry: `needs` (canonical tables), `either` (one of them is enough), `unit`, `higher_is`, `title`; `counts` where
`value * n` counts something: `of` for counts out of `n`, `per` for events over an exposure `n`."""

COLUMNS = ["student_id", "period", "indicator", "value", "n"]


def indicator(
    name: str,
    tables: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    by: Literal["window", "week", "month"] = "window",
    since: date | str | None = None,
    until: date | str | None = None,
    period: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Compute an indicator for every student and period.

    Parameters
    ----------
    name : one of `INDICATORS.names()`
    tables : the canonical tables by name, or the one table that the indicator needs
    by : {"window", "week", "month"}
        One value for the whole time, per week (named by its Monday), or per month (named by its first day).
    since, until : first and last day that count, both included; left out, the first and last day in the records
    period : with tables that hold totals by period, the period wanted; otherwise a name for the window
    **options : the indicator's own options, described in its docstring

    Returns
    -------
    DataFrame, one row per student and period
        `student_id, period` (text for a window, date for weeks and months), `indicator, value` (missing where it cannot be computed, never
        zero instead), `n` (the denominator: `value * n` is the numerator, so sums of both give the group's ratio).

    Raises
    ------
    ParameterError
        CY102 unknown indicator; CY101 unknown option; CY105 for a `by` or dates that the records cannot give.
    DesignError
        CY301 when a table it needs is not among `tables`.
    ContractError
        CY211 for missing columns; CY212 for columns that are not dates or numbers; CY213 for undeclared codes.

    Examples
    --------
    >>> status = ["present", "present", "present", "absent_excused"]
    >>> days = pd.DataFrame({"student_id": "a", "on": pd.date_range("2026-09-07", periods=4), "status": status})
    >>> indicator("attendance_share", days).value.item()
    0.75
    """
    entry, facts = INDICATORS.get(name), INDICATORS.facts(name)
    _require_known_options(name, entry, options)
    given = _tables_needed(name, facts, tables)
    window = Window.of(by=by, since=since, until=until, period=period)
    found = entry(given, window=window, **options).assign(indicator=name)
    return found[COLUMNS].sort_values(["student_id", "period"], kind="stable", ignore_index=True)


def _require_known_options(name: str, entry: Any, options: dict[str, Any]) -> None:
    known = [option for option in inspect.signature(entry).parameters if option not in ("tables", "window")]
    unknown = [option for option in options if option not in known]
    if unknown:
        raise ParameterError(
            f"the indicator {name} has no option '{unknown[0]}'",
            code="CY101",
            where="measures",
            fix=nearest(unknown[0], known),
        )


def _tables_needed(
    name: str, facts: dict[str, Any], tables: pd.DataFrame | Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    needs = facts["needs"]
    if isinstance(tables, pd.DataFrame):
        tables = {_fitting(needs, tables): tables}
    given = {table: tables[table] for table in needs if table in tables}
    enough = bool(given) if facts.get("either") else len(given) == len(needs)
    if not enough:
        wanted = " or ".join(needs) if facts.get("either") else " and ".join(needs)
        raise DesignError(
            f"the indicator {name} needs {wanted}", code="CY301", fix="Add a source of that table to the cycle file."
        )
    return given


def _fitting(needs: tuple[str, ...], table: pd.DataFrame) -> str:
    """Which of the tables needed a single table is: totals are known by their column of days enrolled."""
    totals = [need for need in needs if need == "attendance_totals" and "days_enrolled" in table]
    return totals[0] if totals else needs[0]
