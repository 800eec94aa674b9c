"""Numbers, dates and names as a reader meets them in prose and tables."""

import math
import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from cycles.core import phrases

HIDDEN = "s"
"""What stands in the place of a number that is held back."""

ABSENT = "–"
"""What stands in the place of a number that does not exist."""

MINUS = "\u2212"

_CAPITALS = {"iep", "gpa", "ell", "frl", "sel", "ancova"}
_NOT_PRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_YES_NO = {"true": "yes", "True": "yes", "false": "no", "False": "no"}
_SLUG = re.compile(r"\b[a-z0-9]+(?:_[a-z0-9]+)+\b")


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


def printable(text: str) -> str:
    """Text without control characters, and without the marks that turn the direction of what follows.

    >>> printable("a\\x0bb\\u202ec")
    'abc'
    """
    return _NOT_PRINTABLE.sub("", text)


def decimals(half_width: float | None) -> int:
    """How many decimals the half-width of an interval can bear: two of its digits, as in :func:`cycles.core.phrases.with_interval`.

    >>> [decimals(w) for w in (12.0, 8.3, 0.21, 0.08, None)]
    [0, 1, 2, 3, 2]
    """
    half = 0.0 if half_width is None or is_absent(half_width) else round(half_width, 12)
    return max(0, min(6, 1 - math.floor(math.log10(half)))) if half > 0 else 2


def slugs_as_words(text: str) -> str:
    """A sentence with the names of columns and arms in it as words.

    >>> slugs_as_words("30 classrooms in not_yet")
    '30 classrooms in not yet'
    """
    return _SLUG.sub(lambda name: words(name[0]), text)


def number(value: Any, *, places: int = 2, signed: bool = False) -> str:
    """A number with a true minus sign and thousands separated.

    >>> number(-0.214), number(1234.5, places=0), number(0.5, signed=True), number(None)
    ('−0.21', '1,234', '+0.50', '–')
    """
    if is_absent(value):
        return ABSENT
    said = f"{float(value):{'+' if signed else ''},.{places}f}"
    return said.replace("-", MINUS)


def moved(value: float) -> str:
    """A change with its sign and no more decimals than it needs.

    >>> moved(15.0), moved(-0.0492)
    ('+15', '−0.05')
    """
    return ("+" if value >= 0 else MINUS) + phrases.number(abs(value))


def count(value: Any) -> str:
    """A whole number with thousands separated.

    >>> count(1042.0)
    '1,042'
    """
    return ABSENT if is_absent(value) else f"{round(float(value)):,}"


def percent(share: Any, *, places: int = 0) -> str:
    """A share as a percentage.

    >>> percent(0.876), percent(None)
    ('88%', '–')
    """
    return ABSENT if is_absent(share) else f"{number(100 * float(share), places=places)}%"


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

    >>> words("lessons_missed_share"), words("iep: yes"), words("classroom_id")
    ('lessons missed share', 'IEP: yes', 'classroom')
    """
    said = re.sub(r" id(s?)\b", r"\1", phrases.name(str(name)))
    return " ".join(word.upper() if word.strip(":") in _CAPITALS else word for word in said.split(" "))


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


def cell(value: Any, *, column: str = "", places: int = 2) -> str:
    """A table cell; `places` are the decimals of its column.

    >>> cell(0.875, column="share"), cell(1042), cell(3.14159), cell("not_yet"), cell(None)
    ('87.50%', '1,042', '3.14', 'not yet', '–')
    """
    if isinstance(value, str):
        return _YES_NO.get(
            value, slugs_as_words(value) if "_" in value else words(value) if value in _CAPITALS else value
        )
    if is_absent(value):
        return ABSENT
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return "Yes" if value else "No"
    if not isinstance(value, (int, float)) and not hasattr(value, "item"):
        return str(value)
    share = column == "share" or column.endswith("_share")
    return percent(value, places=places) if share else number(value, places=0 if isinstance(value, int) else places)


def column_places(values: Iterable[Any], *, digits: int = 3) -> int:
    """The decimals that show so many digits of a column's largest number; none where all are whole.

    >>> column_places([2.61, 0.04]), column_places([14.0, 3.0]), column_places([104.2])
    (2, 0, 0)
    """
    sizes = [abs(float(one)) for one in values if isinstance(one, (int, float)) and not is_absent(one)]
    if not sizes or all(size == round(size) for size in sizes):
        return 0
    return max(0, min(4, digits - 1 - math.floor(math.log10(max(sizes)))))


def _iso(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
