"""Typed values as text that loses nothing: what workbooks, statistical files and Parquet store as numbers, dates and truth values."""

import datetime as dt
import math
from typing import Any

EXACT = 2**53
"""Above this, a floating-point number no longer tells one whole number from the next."""


def number_text(value: float) -> str:
    """A number in the fewest digits that give it back exactly; whole numbers without a decimal point, a missing one as nothing.

    >>> [number_text(value) for value in (7.0, 0.1, -0.0, 1e20, float("nan"))]
    ['7', '0.1', '0', '1e+20', '']
    """
    if math.isnan(value):
        return ""
    return str(int(value)) if abs(value) < EXACT and value == int(value) else repr(value)


def moment_text(value: dt.date | dt.time | dt.timedelta) -> str:
    """A date, a time of day, a moment or a duration in ISO form; a moment without time of day is a date, in UTC it ends in `Z`.

    >>> moment_text(dt.datetime(2026, 9, 21)), moment_text(dt.datetime(2026, 9, 21, 8, 30))
    ('2026-09-21', '2026-09-21T08:30:00')
    >>> moment_text(dt.timedelta(hours=30, minutes=5))
    '30:05:00'
    """
    if isinstance(value, dt.timedelta):
        return _duration(value)
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value.isoformat()


def value_text(value: Any) -> str:
    """Any value of a cell as text; text stays as it is, nothing becomes the empty string.

    >>> [value_text(value) for value in ("007", True, 7, 7.5, None, dt.date(2026, 9, 21))]
    ['007', 'TRUE', '7', '7.5', '', '2026-09-21']
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return number_text(value)
    if isinstance(value, (dt.date, dt.time, dt.timedelta)):
        return moment_text(value)
    return "" if value is None else str(value)


def _duration(value: dt.timedelta) -> str:
    sign, whole = ("-", -value) if value < dt.timedelta() else ("", value)
    seconds, fraction = divmod(whole, dt.timedelta(seconds=1))
    text = f"{sign}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return text + (f".{fraction.microseconds:06d}" if fraction else "")
