"""Dates of statistical programs: numbers counted from an origin, told as dates only by their display format.

The reading library knows a short list of formats, drops fractions of a second and lets durations start again at midnight; this does not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import numpy as np

from cycles.do.intake.as_text import moment_text, number_text

Kind = Literal["date", "moment", "duration", "counted"]
"""`counted`: weeks, months, quarters or half-years from the origin; left as they are."""

SPSS_ORIGIN = np.datetime64("1582-10-14", "ms")
ORIGIN = np.datetime64("1960-01-01", "ms")
"""Of SAS and Stata."""

_DAY = 86_400_000
_FIRST, _LAST = np.datetime64("0001-01-01", "ms"), np.datetime64("9999-12-31T23:59:59.999", "ms")

_SPSS: dict[Kind, str] = {
    "date": "DATE|ADATE|EDATE|JDATE|SDATE|QYR|MOYR|WKYR",
    "moment": "DATETIME|YMDHMS",
    "duration": "TIME|DTIME|MTIME",
}
_SAS: dict[Kind, str] = {
    "moment": "DATETIME|DATEAMPM|DTDATE|DTMONYY|DTWKDATX|DTYEAR|DTYYQC|MDYAMPM|[EB]8601D[TNXZ]",
    "duration": "TIME|TIMEAMPM|HHMM|HOUR|MMSS|TOD|[EB]8601TM",
    "date": (
        "DATE|DAY|DOWNAME|(DD)?MM(DD)?YY[BCDNPS]?|YYMM(DD)?[BCDNPS]?|YYMON|MONYY|MONNAME|MONTH|QTRR?|YYQR?[CDNPS]?|YEAR|"
        "JULDAY|JULIAN|NENGO|WEEKDATE|WEEKDATX|WEEKDAY|WORDDATE|WORDDATX|WEEK[UVW]|[EB]8601DA"
    ),
}


@dataclass(frozen=True)
class CountedTime:
    """How a program counts time: its origin, the milliseconds of one step, and how it names the kinds."""

    origin: np.datetime64
    step: dict[Kind, float]
    kind_of: Callable[[str], Kind | None]

    def texts(self, values: np.ndarray, form: str) -> tuple[list[str], int]:
        """Numbers in a display format as text, and how many of them are no date of any calendar and stay numbers."""
        kind = self.kind_of(form)
        if kind is None or kind == "counted":
            return [number_text(value) for value in values.tolist()], 0
        counted = values * self.step[kind]
        if kind == "duration":
            known = np.isfinite(counted) & (np.abs(counted) < 1e14)
            return _each(values, known, lambda: _durations(counted[known])), _lost(values, known)
        low, high = (float((end - self.origin).astype("int64")) for end in (_FIRST, _LAST))
        known = (counted >= low) & (counted <= high)
        return _each(values, known, lambda: _moments_of(self.origin, counted[known])), _lost(values, known)


def _each(values: np.ndarray, known: np.ndarray, told: Callable[[], list[str]]) -> list[str]:
    texts = np.array([number_text(value) for value in values.tolist()], dtype=object)
    texts[known] = told()
    return texts.tolist()


def _lost(values: np.ndarray, known: np.ndarray) -> int:
    return int((~known & ~np.isnan(values)).sum())


def _durations(counted: np.ndarray) -> list[str]:
    return [moment_text(timedelta(milliseconds=round(value))) for value in counted.tolist()]


def _moments_of(origin: np.datetime64, counted: np.ndarray) -> list[str]:
    moments = origin + np.round(counted).astype("int64").astype("timedelta64[ms]")
    return [moment_text(moment) for moment in moments.astype("datetime64[us]").tolist()]


def _named(kinds: dict[Kind, str]) -> Callable[[str], Kind | None]:
    """A format's kind by its letters; width and decimals at its end do not matter."""

    def kind_of(form: str) -> Kind | None:
        letters = re.sub(r"(\d+(\.\d*)?|\.)\Z", "", form.upper())
        return next((kind for kind, names in kinds.items() if re.fullmatch(names, letters)), None)

    return kind_of


def _stata_kind(form: str) -> Kind | None:
    """`%td` and the old `%d` count days, `%tc` milliseconds, `%tw`, `%tm`, `%tq`, `%th` longer steps; `%ty` is the year itself.

    >>> [_stata_kind(form) for form in ("%td", "%-tdDD/NN/CCYY", "%tc", "%tcHH:MM:SS", "%tm", "%ty", "%9.0g")]
    ['date', 'date', 'moment', 'duration', 'counted', None, None]
    """
    match = re.match(r"%-?(t[cCdwmqhy]|d)(.*)", form)
    if match is None or match[1] == "ty":
        return None
    if match[1] in ("tc", "tC"):
        return "duration" if re.fullmatch(r"(?=.*HH)[HhMSs:._!]+", match[2]) else "moment"
    return "date" if match[1] in ("td", "d") else "counted"


SPSS = CountedTime(SPSS_ORIGIN, {"date": 1e3, "moment": 1e3, "duration": 1e3}, _named(_SPSS))
SAS = CountedTime(ORIGIN, {"date": _DAY, "moment": 1e3, "duration": 1e3}, _named(_SAS))
STATA = CountedTime(ORIGIN, {"date": _DAY, "moment": 1.0, "duration": 1.0}, _stata_kind)
