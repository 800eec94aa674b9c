"""Chronic absence: whether a student missed a tenth or more of the enrolled days.

US Department of Education, EDFacts file specification 195 (chronic absenteeism): ten percent or more of enrolled days.
"""

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import pandas as pd

from cycles.core.errors import ParameterError
from cycles.study.indicators import INDICATORS
from cycles.study.indicators._attendance import DAY, counted_days
from cycles.study.indicators._windows import Window


@INDICATORS.register(
    "chronic_absence",
    needs=("attendance_days", "attendance_totals"),
    either=True,
    unit="share of students chronically absent",
    higher_is="worse",
    counts="of",
    title="Chronic absence",
)
def chronic_absence(
    tables: Mapping[str, pd.DataFrame],
    *,
    window: Window,
    threshold: str | float = "1/10",
    min_days: float = 10,
    half_day_counts: int = 50,
) -> pd.DataFrame:
    r"""1 for students absent a tenth or more of their enrolled days, else 0.

    .. math:: 10 \cdot \text{days absent} \ge \text{days enrolled}

    in whole hundredths of a day: a float share such as 1 - 162/180 falls just short of .1 and would miss the student.

    Parameters
    ----------
    tables : `attendance_days` or `attendance_totals`, as for `attendance_share`
    window : the time it is about
    threshold : share of days missed, as a fraction ("1/10") or decimal
    min_days : enrolled days below which the value is missing
    half_day_counts : hundredths of a day that `half_day_absent` misses; 100 counts a day with half of it missed as a whole day absent

    Returns
    -------
    DataFrame, one row per student and period
        `student_id, period, value` (0 or 1, missing below `min_days`), `n` (days enrolled).

    Raises
    ------
    ContractError, ParameterError
        As for `attendance_share`; CY105 also for a threshold that is not a fraction between 0 and 1.

    Notes
    -----
    Counted per student over all schools, so a student in two schools counts once (federal counts are per school). `n` is not the
    weight of a group's rate: that is the plain mean of `value`. Not meaningful for single weeks.

    Examples
    --------
    >>> totals = pd.DataFrame({"student_id": ["a", "b"], "period": "K", "days_enrolled": 180, "days_absent": [18, 17.5]})
    >>> window = Window.of(by="window", since=None, until=None, period="K")
    >>> chronic_absence({"attendance_totals": totals}, window=window).value.tolist()
    [1.0, 0.0]
    """
    limit = _fraction(threshold)
    days = counted_days(tables, window=window, half_day=half_day_counts)
    chronic = limit.denominator * days["absent"] >= limit.numerator * days["enrolled"]
    enough = (days["enrolled"] >= DAY * min_days) & (days["enrolled"] > 0)
    return days.assign(value=np.where(enough, chronic.astype(float), np.nan), n=days["enrolled"] / DAY)


def _fraction(threshold: str | float) -> Fraction:
    try:
        limit = Fraction(str(threshold))
    except (ValueError, ZeroDivisionError):
        limit = Fraction(0)
    if not 0 < limit < 1:
        raise ParameterError(
            "threshold must be a fraction between 0 and 1, such as 1/10", code="CY105", where="chronic_absence"
        )
    return limit
