"""Rows set aside: kept as text with the line they stood on and the rules they broke, so that they can be corrected and come back."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cycles.do.contracts.engine import Result

RULES = "_rules"
TOTAL = "rows_set_aside"
"""The entry of a delivery's counts that holds all rows set aside; the others are rules."""


def set_aside(text: pd.DataFrame, results: list[Result], broken: pd.DataFrame) -> tuple[np.ndarray, pd.DataFrame]:
    """Which rows are set aside, and the quarantine table.

    Parameters
    ----------
    text : the canonical text table, with `_line`
    results : rules; rows that broke a critical rule of rows are set aside
    broken : rows that could not even be read, `_line, _rules`

    Returns
    -------
    (array of bool, DataFrame)
        One entry per row of `text`; and the text rows set aside with `_line` and `_rules` (ids, joined by "; "), then the broken rows.
    """
    judged = [
        one for one in results if one.broken is not None and one.rule.severity == "critical" and one.rule.scope == "row"
    ]
    out = np.zeros(len(text), dtype=bool)
    for one in judged:
        out |= one.broken
    rows = text[out]
    rows = rows.assign(**{RULES: pd.array(_ids(judged, out), dtype="str")})
    unread = broken.reindex(columns=rows.columns, fill_value="")
    return out, pd.concat([rows, unread], ignore_index=True) if len(unread) else rows.reset_index(drop=True)


def _ids(judged: list[Result], out: np.ndarray) -> list[str]:
    ids: list[list[str]] = [[] for _ in range(int(out.sum()))]
    for one in judged:
        assert one.broken is not None
        for place in np.flatnonzero(one.broken[out]):
            ids[place].append(one.rule.id)
    return ["; ".join(rules) for rules in ids]


def counts_of(results: list[Result], n_set_aside: int) -> dict[str, int]:
    """What a delivery broke: rule -> rows, and all rows set aside. Counts only, so the ledger may keep them."""
    broke = {one.rule.id: int(one.n_failed) for one in results if one.rule.of_rows and one.n_failed}
    return {**broke, TOTAL: n_set_aside}


def cleared(previous: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """By how many rows each rule is broken less than in the delivery before; rules that did not improve are left out.

    Parameters
    ----------
    previous, now : rule -> rows, as kept in the ledger

    Examples
    --------
    >>> cleared({"required:wave": 12, "rows_set_aside": 12}, {"rows_set_aside": 0})
    {'required:wave': 12, 'rows_set_aside': 12}
    """
    fewer = {rule: n - now.get(rule, 0) for rule, n in previous.items()}
    return {rule: n for rule, n in fewer.items() if n > 0}
