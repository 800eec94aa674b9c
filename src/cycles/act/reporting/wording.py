"""Numbers, dates and names as a reader meets them in prose and tables."""

import math
from datetime import date, datetime
from typing import Any

from cycles.core import phrases

HIDDEN = "s"
"""What stands in the place of a number that is held back."""

ABSENT = "–"
"""What stands in the place of a number that does not exist."""

MINUS = "\u2212"


def is_absent(value: Any) -> bool:
    """Whether there is no value: None, NaN, infinity or a missing mark of pandas.

    >>> [is_absent(v) for v in (None, float("nan"), 0, "")]
    [True, True, False, False]
    """
    if value is None:
        return True
    if isinstance(value, float):
        return not math.isfinite(value)
    return type(value).__name__ in ("NAType", "NaTType")


def plain(value: Any) -> Any:
    """A value as JSON can hold it: numpy numbers become Python's, dates ISO text, what is absent None.

    >>> plain({"a": float("nan"), "b": (1, date(2026, 10, 5))})
    {'a': None, 'b': [1, '2026-10-05']}
    """
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(one) for one in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if is_absent(value):
        return None
    return value if isinstance(value, (str, int, float, bool)) else _iso(value)


def decimals(width: float | None) -> int:
    """How many decimals show two significant digits of an interval's half-width.

    >>> [decimals(w) for w in (12.0, 3.4, 0.21, None)]
    [0, 1, 2, 2]
    """
    if width is None or is_absent(width) or width <= 0:
        return 2
    return max(0, min(4, 1 - math.floor(math.log10(width))))


def number(value: Any, *, places: int = 2, signed: bool = False) -> str:
    """A number with a true minus sign and thousands separated.

    >>> number(-0.214), number(1234.5, places=0), number(0.5, signed=True), number(None)
    ('−0.21', '1,234', '+0.50', '–')
    """
    if is_absent(value):
        return ABSENT
    said = f"{float(value):{'+' if signed else ''},.{places}f}"
    return said.replace("-", MINUS)


def count(value: Any) -> str:
    """A whole number with thousands separated.

    >>> count(1042.0)
    '1,042'
    """
    return ABSENT if is_absent(value) else f"{round(float(value)):,}"


def percent(share: Any, *, places: int = 0) -> str:
    """A share as a percentage.

    >>> percent(0.876), percent(None)
    ('88 %', '–')
    """
    return ABSENT if is_absent(share) else f"{number(100 * float(share), places=places)} %"


def day(value: Any) -> str:
    """A date, or text that begins with one, in words.

    >>> day("2026-10-05")
    '5 October 2026'
    """
    moment = as_date(value)
    return ABSENT if moment is None else phrases.day(moment)


def as_date(value: Any) -> date | None:
    """A date where the value is one, or text that begins with one; None otherwise.

    >>> as_date("2026-10-05"), as_date("week 3")
    (datetime.date(2026, 10, 5), None)
    """
    if is_absent(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def short_day(value: Any) -> str:
    """A date without its year.

    >>> short_day("2026-10-05")
    '5 October'
    """
    return " ".join(day(as_date(value)).split()[:2])


def words(name: Any) -> str:
    """A name of a file as words: `check_ins` becomes `check ins`.

    >>> words("lessons_missed_share")
    'lessons missed share'
    """
    return phrases.name(str(name))


def sentence_case(text: str) -> str:
    """The first letter as a capital, the rest as it is.

    >>> sentence_case("iep students")
    'Iep students'
    """
    return text[:1].upper() + text[1:]


def in_reader_units(unit: str) -> tuple[float, str]:
    """Factor and unit for readers: a share (0-1) is told in percentage points, everything else as it is.

    >>> in_reader_units("share"), in_reader_units("scale points")
    ((100.0, 'percentage points'), (1.0, 'scale points'))
    """
    return (100.0, "percentage points") if phrases.is_share(unit) else (1.0, unit)


def cell(value: Any, *, column: str = "") -> str:
    """A table cell.

    >>> cell(0.875, column="share"), cell(1042), cell(3.14159), cell("Grade 6"), cell(None)
    ('87.5 %', '1,042', '3.142', 'Grade 6', '–')
    """
    if isinstance(value, str):
        return value
    if is_absent(value):
        return ABSENT
    if isinstance(value, date) or hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return "Yes" if value else "No"
    if not isinstance(value, (int, float)) and not hasattr(value, "item"):
        return str(value)
    return _number_cell(float(value), column)


def _number_cell(value: float, column: str) -> str:
    if not math.isfinite(value):
        return ABSENT
    if column == "share" or column.endswith("_share"):
        return percent(value, places=1)
    if value == round(value) and abs(value) < 1e15:
        return number(value, places=0)
    return number(value, places=max(0, min(6, 3 - math.floor(math.log10(abs(value))))))


def _iso(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
