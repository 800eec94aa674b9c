"""The same control chart for several groups."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from cycles.core.errors import ContractError, ParameterError, nearest
from cycles.study.charts.control_chart import control_chart
from cycles.study.charts.records import ControlCharts


def control_charts_by(
    values: pd.DataFrame,
    *,
    by: str,
    measure: str,
    unit: str = "",
    change_on: date | Mapping[str, date] | None = None,
    **options: Any,
) -> ControlCharts:
    """A control chart for each group, with limits, phases and signals of its own.

    Parameters
    ----------
    values : DataFrame, one row per group and point
        The column `by`, and those of :func:`cycles.study.charts.control_chart`.
    by : the column that names the group
    measure, unit : what the values are
    change_on : the day the change started: one for all, or by group where it started on different days; a group that is not named has
        no change
    **options : further options of :func:`cycles.study.charts.control_chart`

    Returns
    -------
    ControlCharts

    Raises
    ------
    ContractError
        CY211 without the column; and those of a control chart.
    ParameterError
        CY102 for a date of a group that is not in the values.

    Examples
    --------
    >>> table = pd.DataFrame({"school": ["a"] * 8 + ["b"] * 8, "period": [*range(8)] * 2, "value": [3.0, 4] * 8, "n": 20})
    >>> found = control_charts_by(table, by="school", measure="waiting")
    >>> sorted(found.charts), found.charts["a"].center
    (['a', 'b'], {'all': 3.5})
    """
    if by not in values:
        raise ContractError(f"the values have no column {by}", code="CY211", where="control charts")
    known = sorted(values[by].dropna().astype("str").unique())
    dates = dict(change_on) if isinstance(change_on, Mapping) else dict.fromkeys(known, change_on)
    for name in dates:
        if name not in known:
            raise ParameterError(
                f"no group is called '{name}'", code="CY102", where="control charts", fix=nearest(name, known)
            )
    groups = {str(name): rows for name, rows in values.groupby(values[by].astype("str"), sort=True)}
    charts = {
        name: control_chart(rows.drop(columns=by), measure=measure, unit=unit, change_on=dates.get(name), **options)
        for name, rows in groups.items()
    }
    return ControlCharts(measure=measure, unit=unit, charts=charts)
