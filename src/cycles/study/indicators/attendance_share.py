"""Attendance: the share of enrolled days a student was present."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cycles.study.indicators import INDICATORS
from cycles.study.indicators._attendance import DAY, counted_days
from cycles.study.indicators._windows import Window


@INDICATORS.register(
    "attendance_share",
    needs=("attendance_days", "attendance_totals"),
    either=True,
    unit="share of enrolled days",
    higher_is="better",
    counts="of",
    title="Attendance",
)
def attendance_share(
    tables: Mapping[str, pd.DataFrame], *, window: Window, half_day_counts: int = 50, min_days: float = 1
) -> pd.DataFrame:
    r"""Share of enrolled days each student was present.

    .. math:: \text{attendance\_share} = \frac{\text{days enrolled} - \text{days absent}}{\text{days enrolled}}

    Parameters
    ----------
    tables : `attendance_days` (`student_id, on, status`), or `attendance_totals` (`student_id, period, days_enrolled, days_absent`)
        Where both are given, days are used unless a `period` is asked for without dates.
    window : the time it is about
    half_day_counts : hundredths of a day that `half_day_absent` misses
    min_days : enrolled days below which the value is missing

    Returns
    -------
    DataFrame, one row per student and period
        `student_id, period, value` (share, 0-1), `n` (days enrolled).

    Raises
    ------
    ContractError
        CY211 missing columns, CY212 values that are not dates or numbers, CY213 undeclared statuses.
    ParameterError
        CY105 when totals are asked for by date.

    Notes
    -----
    A tardy day counts as present; excused and unexcused absence and out-of-school suspension count alike. Days in all of a
    student's schools are added up. Not for comparing schools that define tardy or half days differently.

    Examples
    --------
    >>> totals = pd.DataFrame({"student_id": ["a"], "period": ["K"], "days_enrolled": [180], "days_absent": [9]})
    >>> attendance_share({"attendance_totals": totals}, window=Window.of(by="window", since=None, until=None, period="K")).value.item()
    0.95
    """
    days = counted_days(tables, window=window, half_day=half_day_counts)
    enough = (days["enrolled"] >= DAY * min_days) & (days["enrolled"] > 0)
    present = (days["enrolled"] - days["absent"]) / days["enrolled"].where(enough, 1)
    return days.assign(value=np.where(enough, present, np.nan), n=days["enrolled"] / DAY)
