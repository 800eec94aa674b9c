"""A column of text changed value by value, each distinct text once."""

from collections.abc import Callable, Iterable, Mapping

import pandas as pd

from cycles.core.errors import some
from cycles.core.tables import LINE


def each_once(texts: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """Every text changed; the change is worked out once for each distinct text.

    >>> each_once(pd.Series(["b", "a", "b"], dtype="str"), str.upper).tolist()
    ['B', 'A', 'B']
    """
    return replaced(texts, {text: change(text) for text in pd.unique(texts)})


def replaced(texts: pd.Series, by: Mapping[str, str]) -> pd.Series:
    """Texts exchanged for others; one that is not named stays.

    >>> replaced(pd.Series(["1", "x"], dtype="str"), {"1": "one"}).tolist()
    ['one', 'x']
    """
    codes, known = pd.factorize(texts)
    changed = pd.Series([by.get(text, text) for text in known], dtype="str")
    return changed.take(codes).set_axis(texts.index)


def lines_of(table: pd.DataFrame, name: str, texts: Iterable[str]) -> tuple[int, str]:
    """How many rows hold one of the texts, and their lines in words.

    >>> lines_of(pd.DataFrame({"x": ["a", "b"], "_line": [2, 3]}), "x", ["b"])
    (1, '3')
    """
    lines = table.loc[table[name].isin(list(texts)), LINE]
    return len(lines), some(lines)
