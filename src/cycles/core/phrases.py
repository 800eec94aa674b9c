"""Numbers in plain words: amounts with their unit, differences in points, chances in percent, dates.

Every sentence a report prints fills its numbers through here, so the same number always reads the same way.
"""

import re
from datetime import date, datetime

SHARE = "share"


def is_share(unit: str) -> bool:
    """Whether a unit is a share (0-1), which is read aloud as percent.

    >>> is_share("share of enrolled days"), is_share("points")
    (True, False)
    """
    return unit.strip().lower().split(" ")[0] == SHARE


def number(value: float, *, digits: int = 2) -> str:
    """A number with `digits` significant digits at least, and no more decimals than it needs.

    >>> [number(v) for v in (0.1634, 12.0, 4.25, 0.0, 1234.5)]
    ['0.16', '12', '4.2', '0', '1,234']
    """
    size = abs(value)
    if size < 5e-7:
        return "0"
    if size >= 100:
        return f"{value:,.0f}"
    decimals = digits if size < 1 else digits - 1
    while size * 10**decimals < 1 and decimals < 6:
        decimals += 1
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if size >= 1 else text


def amount(value: float, unit: str) -> str:
    """A level: shares as percent, anything else with its unit.

    >>> amount(0.914, "share of enrolled days"), amount(3.4, "points on the 1-5 scale")
    ('91.4%', '3.4 points on the 1-5 scale')
    """
    return f"{number(100 * value)}%" if is_share(unit) else _with_unit(number(value), unit)


def difference(value: float, unit: str) -> str:
    """A difference, without its sign: shares in percentage points, anything else with its unit.

    >>> difference(-0.021, "share of lessons"), difference(0.16, "points"), difference(0.01, "share of days")
    ('2.1 percentage points', '0.16 points', '1 percentage point')
    """
    if is_share(unit):
        return _with_unit(number(100 * abs(value)), "percentage points")
    return _with_unit(number(abs(value)), unit)


def _with_unit(said: str, unit: str) -> str:
    one = re.sub(r"\bpoints\b", "point", unit, count=1) if said == "1" else unit
    return f"{said} {one}".strip()


def with_interval(value: float, low: float, high: float, unit: str) -> tuple[str, str, str]:
    """A difference and the ends of its interval, all to the decimals that the interval's width can bear.

    Two significant digits of the half-width; shares in percentage points.

    >>> with_interval(0.2134, 0.1331, 0.2935, "points")
    ('0.213 points', '+0.133', '+0.293')
    >>> with_interval(-0.0214, -0.041, -0.0018, "share of days")
    ('2.1 percentage points', '-4.1', '-0.2')
    """
    from math import floor, log10

    times = 100 if is_share(unit) else 1
    half = round(times * (high - low) / 2, 12)
    decimals = min(max(1 - floor(log10(half)), 0), 6) if half > 0 else 2
    size = f"{abs(times * value):,.{decimals}f} {'percentage points' if is_share(unit) else unit}".strip()
    return size, f"{times * low:+,.{decimals}f}", f"{times * high:+,.{decimals}f}"


def chance(probability: float) -> str:
    """A probability in percent, never rounded up to certainty.

    >>> chance(0.834), chance(0.9999), chance(0.001)
    ('83%', 'more than 99%', 'less than 1%')
    """
    if probability > 0.99:
        return "more than 99%"
    if probability < 0.01:
        return "less than 1%"
    return f"{100 * probability:.0f}%"


def day(when: date | datetime) -> str:
    """A date in words.

    >>> day(date(2027, 1, 5))
    '5 January 2027'
    """
    return f"{when.day} {when:%B %Y}"


def name(slug: str) -> str:
    """A measure's or arm's name as words.

    >>> name("lessons_missed_share")
    'lessons missed share'
    """
    return slug.replace("_", " ").replace("-", " ").strip()


def listed(words: list[str] | tuple[str, ...]) -> str:
    """Words joined as one would say them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    words = list(words)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
