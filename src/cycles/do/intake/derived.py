"""Columns that a mapping derives from others: sums, texts joined, parts of ids and of dates, the school year of a day."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import pandas as pd
from pydantic import AfterValidator, Field, model_validator

from cycles.core.models import Model
from cycles.do.intake.distinct import each_once
from cycles.do.intake.patterns import Pattern, compiled

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)\Z", re.ASCII)


class Concat(Model):
    """Texts joined by a separator; empty when any part is empty."""

    columns: tuple[str, ...] = Field(min_length=1)
    separator: str = "-"


class Take(Model):
    """A part of a text: `length` letters from number `start` on, or what `pattern` finds (its first group, if it has one)."""

    column: str
    start: Annotated[int, Field(ge=1)] | None = None
    length: Annotated[int, Field(ge=1)] | None = None
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "Take":
        if (self.start is None or self.length is None) == (self.pattern is None):
            raise ValueError("give either start and length, or pattern")
        return self


class DatePart(Model):
    """A part of an ISO day: its year, month, day, the ISO week (2026-W45) or the day of the week (1 is Monday)."""

    column: str
    part: Literal["year", "month", "day", "week", "weekday"]


def _month_and_day(text: str) -> str:
    try:
        date.fromisoformat(f"2000-{text}")
    except ValueError:
        raise ValueError("begins is a month and a day such as 08-01") from None
    return text


class YearOf(Model):
    """The school year that an ISO day falls in, such as `2015-16`, by the day on which school years begin."""

    column: str
    begins: Annotated[str, AfterValidator(_month_and_day)]


class Derive(Model):
    """A new column, made in one way: the exact decimal sum of columns, texts joined, a part of a text or day, or a school year.

    Empty when any column that it is made of is empty.
    """

    sum: tuple[str, ...] | None = None
    concat: Concat | None = None
    take: Take | None = None
    date_part: DatePart | None = None
    year_of: YearOf | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "Derive":
        ways = (self.sum, self.concat, self.take, self.date_part, self.year_of)
        if sum(way is not None for way in ways) != 1:
            raise ValueError("give one of sum, concat, take, date_part and year_of")
        return self

    @property
    def parts(self) -> tuple[str, ...]:
        """The columns it reads."""
        if self.sum is not None:
            return self.sum
        if self.concat is not None:
            return self.concat.columns
        one = self.take or self.date_part or self.year_of
        return (one.column,) if one else ()


def derive(rule: Derive, parts: list[pd.Series]) -> pd.Series:
    """A derived column.

    Parameters
    ----------
    rule : how it is made
    parts : the columns of `rule.parts`, as text

    Returns
    -------
    Series of text
        Empty where a part is empty, and where a part has nothing to take: no day, a text too short, a pattern that finds nothing.

    Examples
    --------
    >>> derive(Derive(year_of=YearOf(column="on", begins="08-01")), [pd.Series(["2016-06-28", "2016-09-08"], dtype="str")]).tolist()
    ['2015-16', '2016-17']
    """
    if len(parts) == 1 and rule.sum is None and rule.concat is None:
        return each_once(parts[0], _taker(rule))
    combine = _sum if rule.sum is not None else rule.concat.separator.join if rule.concat else "".join
    values = [combine(texts) if all(texts) else "" for texts in zip(*parts, strict=True)]
    return pd.Series(pd.array(values, dtype="str"), index=parts[0].index)


def _taker(rule: Derive) -> Callable[[str], str]:
    if rule.take is not None:
        return _finder(rule.take.pattern) if rule.take.pattern else _slicer(rule.take)
    if rule.date_part is not None:
        part = rule.date_part.part
        return lambda text: _of_day(text, _PARTS[part])
    begins = rule.year_of.begins if rule.year_of else ""
    return lambda text: _of_day(text, lambda day: _school_year(day, begins))


def _slicer(take: Take) -> Callable[[str], str]:
    first = (take.start or 1) - 1
    last = first + (take.length or 0)
    return lambda text: text[first:last] if len(text) >= last else ""


def _finder(pattern: str) -> Callable[[str], str]:
    def find(text: str) -> str:
        found = compiled(pattern).search(text)
        return "" if found is None else found.group(1 if found.re.groups else 0) or ""

    return find


def _of_day(text: str, tell: Callable[[date], str]) -> str:
    try:
        return tell(date.fromisoformat(text)) if len(text) == len("2026-11-01") else ""
    except ValueError:
        return ""


def _iso_week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


_PARTS: dict[str, Callable[[date], str]] = {
    "year": lambda day: f"{day.year}",
    "month": lambda day: f"{day.month}",
    "day": lambda day: f"{day.day}",
    "week": _iso_week,
    "weekday": lambda day: f"{day.isoweekday()}",
}


def _school_year(day: date, begins: str) -> str:
    first = day.year if f"{day:%m-%d}" >= begins else day.year - 1
    return f"{first}-{(first + 1) % 100:02d}"


def _sum(texts: tuple[str, ...]) -> str:
    """An exact decimal sum; a part that is no number leaves a text that no cast accepts, so the row is set aside."""
    if not all(_NUMBER.match(text.strip()) for text in texts):
        return "+".join(texts)
    return format(sum((Decimal(text.strip()) for text in texts), Decimal(0)), "f")
