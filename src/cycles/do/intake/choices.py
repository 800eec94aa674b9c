"""The choices of closed questions: codes with labels, and how many values of the data are none of them."""

from collections.abc import Iterable, Mapping

import pandas as pd

from cycles.core.errors import some
from cycles.core.tables import LINE


def listed_choices(text: str) -> dict[str, str]:
    """The codes and labels of a list such as ``1, Yes | 2, No``; an entry without a code is left out.

    Examples
    --------
    >>> listed_choices("1, Yes, often | 2, No | -9, Refused")
    {'1': 'Yes, often', '2': 'No', '-9': 'Refused'}
    """
    entries = [entry.partition(",") for entry in text.split("|")]
    return {code.strip(): label.strip() for code, comma, label in entries if comma and code.strip()}


def outside_choices(
    table: pd.DataFrame, labels: Mapping[str, Mapping[str, str]], missing: Iterable[str] = ()
) -> list[str]:
    """A sentence for every column with values that are none of its choices; the values themselves are not told.

    Parameters
    ----------
    table : text columns and `_line`
    labels : column -> code -> label
    missing : codes that may stand in any column

    Examples
    --------
    >>> table = pd.DataFrame({"sex": ["1", "7", ""], "_line": [2, 3, 4]})
    >>> outside_choices(table, {"sex": {"1": "Female"}})
    ["CY218: 1 of 2 values of 'sex' are none of its 1 choices: lines 3"]
    """
    return [
        sentence
        for name, choices in labels.items()
        if name in table.columns
        for sentence in _outside(table, name, choices, missing)
    ]


def _outside(table: pd.DataFrame, name: str, choices: Iterable[str], missing: Iterable[str]) -> list[str]:
    codes = set(choices)
    unknown = table.loc[~table[name].str.strip().isin({*codes, *missing, ""}), LINE]
    if unknown.empty:
        return []
    answered = int((table[name].str.strip() != "").sum())
    return [
        f"CY218: {len(unknown):,} of {answered:,} values of '{name}' are none of its {len(codes)} choices: lines {some(unknown)}"
    ]
