"""What a column seems to hold: a guess from its name and its texts, told without telling a student's value."""

import re
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from cycles.do.intake.identifying import identifies

Kind = Literal["empty", "identifying", "id", "integer", "number", "date", "boolean", "category", "text"]

HELD_BY = 10
"""A category is named only if at least this many rows hold it."""
MAX_CATEGORIES = 20
MAX_LENGTH = 40

NO_VALUE = frozenset(
    {
        "n/a", "na", "ns", "s", "*", "**", ".", "-", "--", "#", "dnk", "nd", "null", "none", "no data", "missing", "not available",
        "not applicable", "suppressed", "refused", "prefer not to say", "prefer not to answer", "don't know", "unknown",
    }
)  # fmt: skip
"""Texts that usually say why there is no value (in small letters)."""
CENSORED = re.compile(r"(n?\s*[<>≤≥]=?\s*\d+(\.\d+)?\s*%?)")
"""Texts that give only a bound, such as `<5` or `> 95%`."""
CODES = (
    "-9999",
    "-999",
    "-99",
    "-98",
    "-97",
    "-9",
    "-8",
    "-7",
    "-6666",
    "99",
    "98",
    "97",
    "999",
    "998",
    "9999",
    "9",
    "8",
)
"""Numbers that usually stand for a missing value, where they lie apart from all others."""

_INTEGER = r"[+-]?(0|[1-9][0-9]{0,14})"
_NUMBER = r"[+-]?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?"
_BOOLEAN = ({"true", "false"}, {"yes", "no"}, {"y", "n"})
_ID_NAME = re.compile(r"(^|_)(id|ids|sasid|lasid|ssid|dbn|uuid|guid|nr|number|code|key)$|^id_")
_DATES = {
    r"\d{4}-\d\d?-\d\d?": ("%Y-%m-%d",),
    r"\d{4}-\d\d?-\d\d? \d\d?:\d\d:\d\d": ("%Y-%m-%d %H:%M:%S",),
    r"\d{4}-\d\d?-\d\dT\d\d:\d\d:\d\d": ("%Y-%m-%dT%H:%M:%S",),
    r"\d{4}/\d\d?/\d\d?": ("%Y/%m/%d",),
    r"\d\d?/\d\d?/\d{4}": ("%m/%d/%Y", "%d/%m/%Y"),
    r"\d\d?/\d\d?/\d\d": ("%m/%d/%y", "%d/%m/%y"),
    r"\d\d?-\d\d?-\d{4}": ("%m-%d-%Y", "%d-%m-%Y"),
    r"\d\d?\.\d\d?\.\d{4}": ("%d.%m.%Y", "%m.%d.%Y"),
    r"\d\d?/\d\d?/\d{4} \d\d?:\d\d": ("%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"),
    r"\d\d?/\d\d?/\d{4} \d\d?:\d\d:\d\d": ("%m/%d/%Y %H:%M:%S", "%d/%m/%Y %H:%M:%S"),
    r"\d\d?/\d\d?/\d{4} \d\d?:\d\d:\d\d [AaPp][Mm]": ("%m/%d/%Y %I:%M:%S %p", "%d/%m/%Y %I:%M:%S %p"),
    r"\d\d? [A-Za-z]{3} \d{4}": ("%d %b %Y",),
    r"\d\d?-[A-Za-z]{3}-\d{4}": ("%d-%b-%Y",),
    r"[A-Za-z]{3,9} \d\d?, \d{4}": ("%B %d, %Y", "%b %d, %Y"),
}
_IDENTIFYING = {
    "e-mail addresses": r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}",
    "telephone numbers": r"(\+?\d{1,2}[ .-]?)?(\(\d{3}\)|\d{3})[ .-]\d{3}[ .-]\d{4}",
    "network addresses": r"(\d{1,3}\.){3}\d{1,3}|([0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}",
    "social security numbers": r"\d{3}-\d{2}-\d{4}",
    "names of people or places": r"[A-Z][\w'’-]+,? ([A-Z]\.? )?[A-Z][\w'’-]+",
}
_MOSTLY = 0.8


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column and what it seems to hold. Nothing in it is a value that fewer than ten rows hold."""

    name: str
    question: str = ""
    kind: Kind
    type: Literal["string", "integer", "number", "date", "boolean"] = "string"
    formats: tuple[str, ...] = ()
    n_present: int
    n_missing: int
    n_distinct: int
    categories: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    maybe_missing: tuple[str, ...] = ()
    unique: bool = False
    why: str = ""

    @property
    def ambiguous(self) -> bool:
        """Whether its dates can be read in two ways."""
        return len(self.formats) > 1

    @property
    def carried(self) -> bool:
        """Whether a draft carries it: not what identifies, free text, or nothing at all."""
        return self.kind not in ("empty", "identifying", "text")


def look_at(
    texts: pd.Series, *, question: str = "", labels: tuple[str, ...] = (), missing: tuple[str, ...] = ()
) -> Column:
    """Guess what a column of text holds.

    Parameters
    ----------
    texts : the column, missing = empty string; its name is the column's
    question : what was asked, if that is known
    labels : the labels of its codes, if the file has them
    missing : codes that the file itself marks as missing

    Returns
    -------
    Column

    Examples
    --------
    >>> look_at(pd.Series(["10/05/2026", "11/20/2026"], name="day", dtype="str")).formats
    ('%m/%d/%Y',)
    >>> look_at(pd.Series(["3", "4", "<5"], name="n", dtype="str")).maybe_missing
    ('<5',)
    """
    raw = texts.value_counts()
    counts = raw.groupby(raw.index.str.strip()).sum().sort_values(ascending=False, kind="stable")
    counts = counts[counts.index != ""]
    distinct = pd.Series(counts.index, dtype="str")
    seen = Column(
        name=str(texts.name),
        question=question,
        labels=labels,
        kind="empty",
        n_present=int(counts.sum()),
        n_missing=len(texts) - int(counts.sum()),
        n_distinct=len(counts),
        unique=len(counts) == len(texts),
    )
    if counts.empty:
        return seen
    why = _identifying(seen, counts, distinct)
    if why:
        return replace(seen, kind="identifying", why=why)
    words = _words_for_missing(distinct, missing)
    rest = distinct[~distinct.isin(words)]
    found = _typed(replace(seen, maybe_missing=words), rest, _categories(counts))
    marked = tuple(code for code in missing if code in set(rest) and code not in found.maybe_missing)
    return replace(found, maybe_missing=(*found.maybe_missing, *marked))


def _typed(seen: Column, rest: pd.Series, categories: tuple[str, ...]) -> Column:
    """With texts that may stand for missing values among them, a column stays text until somebody says that they do."""
    formats = _formats(rest)
    if formats:
        sure = len(formats) == 1 and not seen.maybe_missing
        return replace(seen, kind="date", type="date" if sure else "string", formats=formats)
    if _looks_like_id(seen, rest):
        return replace(seen, kind="id")
    if any(set(rest.str.lower()) == pair for pair in _BOOLEAN):
        return replace(seen, kind="boolean", type="string" if seen.maybe_missing else "boolean", categories=categories)
    if len(rest) and rest.str.fullmatch(_NUMBER).all():
        return _numeric(seen, rest, categories)
    return replace(seen, kind="category" if categories else "text", categories=categories)


def _numeric(seen: Column, rest: pd.Series, categories: tuple[str, ...]) -> Column:
    kind: Literal["integer", "number"] = "integer" if rest.str.fullmatch(_INTEGER).all() else "number"
    return replace(
        seen,
        kind="category" if categories and kind == "integer" else kind,
        type="string" if seen.maybe_missing else kind,
        maybe_missing=(*seen.maybe_missing, *_codes_for_missing(rest)),
        categories=categories if kind == "integer" else (),
    )


def _identifying(seen: Column, counts: pd.Series, distinct: pd.Series) -> str:
    if identifies(seen.name) or (seen.question and identifies(seen.question)):
        return "its name"
    for what, form in _IDENTIFYING.items():
        fits = distinct.str.fullmatch(form)
        share = counts[fits.to_numpy()].sum() / counts.sum()
        scattered = what != "names of people or places" or len(distinct) > max(5, 0.5 * counts.sum())
        if share >= _MOSTLY and scattered:
            return f"its values look like {what}"
    return ""


def _words_for_missing(distinct: pd.Series, marked: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are no numbers; numbers are judged beside the others."""
    told = distinct.isin(marked) & ~distinct.str.fullmatch(_NUMBER)
    word = told | distinct.str.lower().isin(NO_VALUE) | distinct.str.fullmatch(CENSORED.pattern, flags=re.IGNORECASE)
    return tuple(sorted(distinct[word]))


def _codes_for_missing(rest: pd.Series) -> tuple[str, ...]:
    """Well-known codes that lie apart: negative where all else is not, or far above all else."""
    numbers = pd.to_numeric(rest)
    plain = numbers[~rest.isin(CODES)]
    if plain.empty:
        return ()
    low, high = plain.min(), plain.max()
    return tuple(code for code in CODES if code in set(rest) and _lies_apart(code, low, high))


def _lies_apart(code: str, low: float, high: float) -> bool:
    if low < 0:
        return False
    return float(code) < 0 or float(code) >= 5 * high or (code in ("8", "9") and high <= 5)


def _formats(rest: pd.Series) -> tuple[str, ...]:
    for form, formats in _DATES.items():
        if len(rest) and re.fullmatch(form, rest.iloc[0]) and rest.str.fullmatch(form).all():
            return tuple(one for one in formats if pd.to_datetime(rest, format=one, errors="coerce").notna().all())
    return ()


def _looks_like_id(seen: Column, rest: pd.Series) -> bool:
    """By its name, its leading zeros, or because every row has a code of its own."""
    if rest.empty or not rest.str.fullmatch(r"[A-Za-z0-9_./:-]{1,64}").all():
        return False
    name = re.sub(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+", "_", seen.name).lower()
    zeros = rest.str.fullmatch(r"[0-9]+").all() and rest.str.fullmatch(r"0[0-9]+").any()
    own = seen.unique and len(rest) >= HELD_BY and rest.str.contains(r"\d").all() and not _plain_numbers(rest)
    return bool(_ID_NAME.search(name) or zeros or own)


def _plain_numbers(rest: pd.Series) -> bool:
    return bool(rest.str.fullmatch(_NUMBER).all()) and bool((rest.str.len() < 6).all())


def _categories(counts: pd.Series) -> tuple[str, ...]:
    few = len(counts) <= MAX_CATEGORIES and counts.min() >= HELD_BY
    short = few and max(len(text) for text in counts.index) <= MAX_LENGTH
    return tuple(sorted(counts.index)) if short else ()
