"""What values look like, column by column: `28/01/2018` is `9/9/9`. It tells a header from a row, and whether a row fits the others."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

MOST_SHAPES = 12
"""A column with more shapes than this holds free text, which has none."""

_DIGITS, _LETTERS, _SPACES = re.compile(r"\d+"), re.compile(r"[^\W\d_]+"), re.compile(r"\s+")


def shape(text: str) -> str:
    """Runs of digits as 9, of letters as a, of white space as one space; quotes do not count.

    >>> shape('"MG-8769')
    'a-9'
    """
    digits = _DIGITS.sub("9", text.replace('"', "").strip())
    return _SPACES.sub(" ", _LETTERS.sub("a", digits))[:60]


def is_value(text: str) -> bool:
    """Digits and no letter: a number, a date, a time, an amount.

    >>> is_value("28/01/2018"), is_value("Q7_4")
    (True, False)
    """
    return _DIGITS.search(text) is not None and _LETTERS.search(text) is None


@dataclass(frozen=True)
class Column:
    """The shapes seen in one column; None for free text. `may_be_empty` when some value was missing."""

    shapes: frozenset[str] | None
    may_be_empty: bool

    @property
    def is_always_empty(self) -> bool:
        """Whether nothing stood in it."""
        return self.shapes == frozenset()

    def fits(self, text: str) -> bool:
        """Whether a value looks like those that stood there."""
        if not text:
            return self.may_be_empty
        return self.shapes is None or shape(text) in self.shapes


def columns_of(rows: Sequence[Sequence[str]]) -> list[Column]:
    """What each column of some rows, all of one length, looks like.

    >>> [sorted(column.shapes) for column in columns_of([["007", "a"], ["8", ""]])]
    [['9'], ['a']]
    """
    return [_column(values) for values in zip(*rows, strict=True)]


def _column(values: Sequence[str]) -> Column:
    shapes = frozenset(shape(value) for value in values if value)
    return Column(shapes if len(shapes) <= MOST_SHAPES else None, "" in values)


def names_columns(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool | None:
    """Whether a row is a header above the rows `below`: True or False where something shows it, None where nothing does.

    It is where it has a word above numbers or dates. It is not where it has a number or date above others of the same shape.

    >>> names_columns(["id", "on"], [["7", "2026-10-05"]]), names_columns(["6", "2026-10-04"], [["7", "2026-10-05"]])
    (True, False)
    """
    columns = [[other[place] for other in below if other[place]] for place in range(len(row))]
    if any(name and not is_value(name) and _are_values(values) for name, values in zip(row, columns, strict=True)):
        return True
    alike = [is_value(name) and _commonest(values) == shape(name) for name, values in zip(row, columns, strict=True)]
    return False if any(alike) else None


def places_of_values(rows: Sequence[Sequence[str]]) -> list[int]:
    """The columns of some rows, by place, in which numbers or dates stand.

    >>> places_of_values([["North", "7"], ["South", ""]])
    [1]
    """
    columns = enumerate(zip(*rows, strict=True))
    return [place for place, values in columns if _are_values([value for value in values if value])]


def _are_values(values: Sequence[str]) -> bool:
    return bool(values) and sum(map(is_value, values)) >= 0.9 * len(values)


def _commonest(values: Sequence[str]) -> str | None:
    counts = Counter(map(shape, values))
    return counts.most_common(1)[0][0] if counts else None
