"""Dates and times as files write them, brought into one form: a day as `2026-11-01`, a moment in UTC as `2026-11-01T05:30:00Z`.

A text that fits no declared form stays as it is, for the contract to judge; one that fits two forms with different days is refused.
"""

import re
from datetime import date, timedelta
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, BeforeValidator, Field

from cycles.core.errors import ContractError
from cycles.core.models import Model
from cycles.do.intake.distinct import lines_of, replaced

EXCEL = {"excel_1900": date(1899, 12, 30), "excel_1904": date(1904, 1, 1)}
"""Day nought of the two ways in which workbooks count days."""
_PHANTOM = 60
"""The first way has a 29 February 1900, which never was; serials up to it are a day off."""
_LAST = 2_958_465
"""31 December 9999, the last day that a workbook knows."""
_SERIAL = re.compile(r"([0-9]{1,7})(\.[0-9]+)?")
_DIRECTIVES = frozenset("%YymdbBHIMSfpzjaA")


def _as_several(given: object) -> object:
    return (given,) if isinstance(given, str) else given


def _known_form(form: str) -> str:
    told = re.findall("%(.)", form)
    if form not in EXCEL and (not told or not set(told) <= _DIRECTIVES):
        raise ValueError(f"'{form}' is not a date format such as %m/%d/%Y, nor one of {', '.join(EXCEL)}")
    return form


def _known_zone(zone: str) -> str:
    from zoneinfo import available_timezones

    if zone not in available_timezones():
        raise ValueError(f"'{zone}' is not an IANA time zone such as America/New_York")
    return zone


DateForms = Annotated[
    tuple[Annotated[str, AfterValidator(_known_form)], ...], BeforeValidator(_as_several), Field(min_length=1)
]
Zone = Annotated[str, AfterValidator(_known_zone)]


class Moment(Model):
    """How a column's times are written, and where.

    `zone` is where the clocks stood (a text with its own offset, `%z`, does not need it). With `day_in` the column becomes the day it
    was in that zone, otherwise the moment in UTC. `twice` says which of two moments is meant by a time in the hour that a clock shows
    twice.
    """

    formats: DateForms
    zone: Zone = "UTC"
    day_in: Zone | None = None
    twice: Literal["earlier", "later"] | None = None


def read_days(table: pd.DataFrame, name: str, forms: tuple[str, ...], *, where: str) -> pd.Series:
    """A column's dates as ISO days.

    Parameters
    ----------
    table : a text table with `_line`
    name : the column
    forms : strptime formats, or `excel_1900` or `excel_1904` for the numbers that stand behind the dates of a workbook
    where : the file's name, for messages

    Returns
    -------
    Series of text
        ISO days; a text that fits no form is as it was. Of a time only its day is kept.

    Raises
    ------
    ContractError
        CY228 for texts that fit two forms with different days.

    Examples
    --------
    >>> table = pd.DataFrame({"on": ["10/05/2026", "NS", "42370"], "_line": [2, 3, 4]})
    >>> read_days(table, "on", ("%m/%d/%Y", "excel_1900"), where="x.csv").tolist()
    ['2026-10-05', 'NS', '2016-01-01']
    """
    texts = pd.Series(pd.unique(table[name]), dtype="str")
    return _first_that_fits(table, name, texts, [_days(texts, form) for form in forms], where=where)


def read_moments(table: pd.DataFrame, name: str, moment: Moment, *, where: str) -> pd.Series:
    """A column's times as moments in UTC, or as days somewhere.

    Parameters
    ----------
    table, name, where : as for :func:`read_days`
    moment : how and where they were written

    Raises
    ------
    ContractError
        CY228 for texts that fit two forms with different moments, and for times that a clock showed twice, or never.

    Examples
    --------
    >>> table = pd.DataFrame({"answered_on": ["2026-11-02 03:30"], "_line": [2]})
    >>> read_moments(table, "answered_on", Moment(formats=("%Y-%m-%d %H:%M",), day_in="America/New_York"), where="x.csv").tolist()
    ['2026-11-01']
    """
    texts = pd.Series(pd.unique(table[name]), dtype="str")
    readings = [_instants(table, name, texts, form, moment, where) for form in moment.formats]
    return _first_that_fits(table, name, texts, [_told(one, moment) for one in readings], where=where)


def _first_that_fits(
    table: pd.DataFrame, name: str, texts: pd.Series, readings: list[pd.Series], *, where: str
) -> pd.Series:
    """Readings are of the distinct texts, missing where a form does not fit."""
    told = pd.concat(readings, axis=1)
    unclear = texts[(told.nunique(axis=1) > 1).to_numpy()]
    if len(unclear):
        n, lines = lines_of(table, name, unclear)
        raise ContractError(
            f"{n:,} dates of '{name}' fit two of its forms, with different days",
            code="CY228",
            where=f"{where}, lines {lines}",
            fix="Leave one of the two forms in the mapping.",
        )
    first = told.bfill(axis=1).iloc[:, 0]
    return replaced(table[name], {text: day for text, day in zip(texts, first, strict=True) if isinstance(day, str)})


def _days(texts: pd.Series, form: str) -> pd.Series:
    if form in EXCEL:
        return texts.map(lambda text: _day_of_serial(text.strip(), form)).astype("object")
    parsed = pd.to_datetime(texts, format=form, errors="coerce", exact=True, utc="%z" in form)
    return parsed.dt.strftime("%Y-%m-%d").astype("object")


def _day_of_serial(text: str, form: str) -> str | None:
    found = _SERIAL.fullmatch(text)
    serial = int(found[1]) if found else 0
    if not 1 <= serial <= _LAST or (form == "excel_1900" and serial == _PHANTOM):
        return None
    early = form == "excel_1900" and serial < _PHANTOM
    try:
        return (EXCEL[form] + timedelta(days=serial + early)).isoformat()
    except OverflowError:
        return None


def _instants(table: pd.DataFrame, name: str, texts: pd.Series, form: str, moment: Moment, where: str) -> pd.Series:
    if form in EXCEL:
        raise ContractError(
            f"times of '{name}' cannot be read as {form}",
            code="CY228",
            where=where,
            fix="Put it under `dates`, or format the cells as text.",
        )
    parsed = pd.to_datetime(texts, format=form, errors="coerce", exact=True, utc="%z" in form)
    if "%z" in form:
        return parsed
    placed = parsed.dt.tz_localize(moment.zone, ambiguous=_clock(moment, len(texts)), nonexistent="NaT")
    lost = texts[(placed.isna() & parsed.notna()).to_numpy()]
    if len(lost):
        n, lines = lines_of(table, name, lost)
        raise ContractError(
            f"{n:,} times of '{name}' were shown twice, or never, by the clocks of {moment.zone}",
            code="CY228",
            where=f"{where}, lines {lines}",
            fix="Export the times with their offset, or say `twice: earlier` or `twice: later`.",
        )
    return placed.dt.tz_convert("UTC")


def _clock(moment: Moment, n: int) -> Any:
    """The first of two equal times is the one of summer time."""
    import numpy as np

    return "NaT" if moment.twice is None else np.full(n, moment.twice == "earlier")


def _told(instants: pd.Series, moment: Moment) -> pd.Series:
    if moment.day_in is None:
        return instants.dt.strftime("%Y-%m-%dT%H:%M:%SZ").astype("object")
    return instants.dt.tz_convert(moment.day_in).dt.strftime("%Y-%m-%d").astype("object")
