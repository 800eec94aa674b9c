"""Periods as people write them (`2014-15`, `2026-fall`, `2026-10-05`), put in order of time."""

import re
from typing import Any

_SEASONS = {"winter": 1, "spring": 3, "summer": 6, "fall": 9, "autumn": 9}
"""The month a season counts from within its calendar year."""


def period_key(period: Any) -> tuple[tuple[int, int, str], ...]:
    """What to sort a period by: numbers as numbers, a year before anything else, seasons by their month.

    Parameters
    ----------
    period : a date, or the text of a period or wave

    Examples
    --------
    >>> sorted(["2027-winter", "2026-fall", "2014-15", "2026-10-05"], key=period_key)
    ['2014-15', '2026-fall', '2026-10-05', '2027-winter']
    """
    parts = re.findall(r"[0-9]+|[a-z]+", period_text(period).lower())
    years = [part for part in parts if len(part) == 4 and part.isdigit()][:1]
    rest = [part for part in parts if part not in years]
    return tuple(_part(part) for part in [*years, *rest])


def period_text(period: Any) -> str:
    """A period as text; a day without its midnight.

    >>> from datetime import datetime
    >>> period_text(datetime(2026, 10, 5))
    '2026-10-05'
    """
    return period.isoformat()[:10] if hasattr(period, "isoformat") else str(period)


def crosses(at: str, *, before: Any, after: Any) -> bool:
    """Whether a series that breaks at the period `at` is broken between two periods: the later one is at it or past it.

    `before` came first, whatever the names say, so that waves called "before" and "after" can be told too.

    >>> crosses("2015-16", before="2014-15", after="2015-16"), crosses("2015-16", before="2015-16", after="2016-17")
    (True, False)
    """
    ends = [period_text(before), period_text(after)]
    if at in ends and ends[0] != ends[1]:
        return at == ends[1]
    return period_key(before) < period_key(at) <= period_key(after)


def _part(part: str) -> tuple[int, int, str]:
    if part.isdigit():
        return (0, int(part), "")
    return (0, _SEASONS[part], "") if part in _SEASONS else (1, 0, part)
