"""The violation table: for every rule, which rows break it. Vectorised; Great Expectations counts the same beside it."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.core.vocabulary import Outcome
from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.rules import Contract, Rule


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one rule.

    `broken` marks rows (row rules only); `n_failed` counts rows, missing values, or 1 for a table that failed.
    """

    rule: Rule
    outcome: Outcome
    n_failed: int | None
    broken: np.ndarray | None = None
    gx_n_failed: int | None = None
    expressible: bool = True


def repeats(text: pd.DataFrame, contract: Contract) -> np.ndarray:
    """Rows equal in every column to an earlier row of the same key: said twice, they still say one thing.

    >>> from cycles.do.contracts.rules import Rule
    >>> c = Contract(name="t", version="1", columns=(), rules=(Rule(kind="unique", columns=("id",)),))
    >>> repeats(pd.DataFrame({"id": ["a", "a", "a"], "x": ["1", "1", "2"], "_line": [2, 3, 4]}), c).tolist()
    [False, True, False]
    """
    again = np.zeros(len(text), dtype=bool)
    content = [name for name in text.columns if name != LINE]
    for key in contract.keys:
        if set(key) <= set(content):
            shared = (text.duplicated(list(key), keep=False) & (text[list(key)] != "").all(axis=1)).to_numpy()
            again[shared] |= text.loc[shared, content].duplicated().to_numpy()
    return again


def evaluate(cast: CastTable, contract: Contract) -> list[Result]:
    """Judge every rule of a contract, in its order. A rule that cannot be judged is kept apart from one that failed.

    Parameters
    ----------
    cast : the typed table
    contract : its rules

    Returns
    -------
    list of Result
        Missing values break *required* only; a row whose key is not complete is never a duplicate.
    """
    return [_result(rule, cast) for rule in contract.rules]


def _result(rule: Rule, cast: CastTable) -> Result:
    if rule.kind == "column_exists":
        absent = rule.columns[0] not in cast.table.columns
        return Result(rule=rule, outcome="fail" if absent else "pass", n_failed=int(absent))
    try:
        return _of_rows(rule, cast) if rule.of_rows else _of_table(rule, cast.table)
    except (KeyError, TypeError, ValueError, ArithmeticError, NotImplementedError):
        return Result(rule=rule, outcome="could_not_run", n_failed=None)


def _of_rows(rule: Rule, cast: CastTable) -> Result:
    broken = cast.failed[rule.columns[0]] if rule.kind == "castable" else _PREDICATES[rule.kind](rule, cast.table)
    n = int(broken.sum())
    return Result(
        rule=rule, outcome="fail" if n else "pass", n_failed=n, broken=broken, expressible=rule.kind != "castable"
    )


def _of_table(rule: Rule, table: pd.DataFrame) -> Result:
    assert rule.allowed is not None
    if rule.kind == "missing_values":
        n = int(table[rule.columns[0]].isna().sum())
        return Result(rule=rule, outcome="pass" if rule.allowed.holds(n, of=len(table)) else "fail", n_failed=n)
    fits = rule.allowed.holds(len(table))
    return Result(rule=rule, outcome="pass" if fits else "fail", n_failed=int(not fits))


def _missing(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    return table[rule.columns[0]].isna().to_numpy(dtype=bool)


def _not_unique(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    key = table[list(rule.columns)]
    return (key.duplicated(keep=False) & key.notna().all(axis=1)).to_numpy(dtype=bool)


def _outside(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    values = table[rule.columns[0]]
    low = False if rule.minimum is None else values < rule.minimum
    high = False if rule.maximum is None else values > rule.maximum
    return pd.Series(low | high, index=table.index).fillna(False).to_numpy(dtype=bool)


def _not_in_set(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    values = table[rule.columns[0]]
    return (values.notna() & ~values.isin(rule.values)).to_numpy(dtype=bool)


def _not_matching(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    """Arrow's kernel runs RE2: linear time whatever the pattern."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array(table[rule.columns[0]], type=pa.large_string(), from_pandas=True)
    found = pc.match_substring_regex(texts, pattern=rule.pattern)
    return ~pc.fill_null(found, True).to_numpy(zero_copy_only=False)


def _wrong_length(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    lengths = table[rule.columns[0]].str.len()
    least, most = rule.minimum or 0, np.inf if rule.maximum is None else rule.maximum
    return ((lengths < least) | (lengths > most)).to_numpy(dtype=bool)


_PREDICATES: dict[str, Callable[[Rule, pd.DataFrame], np.ndarray]] = {
    "required": _missing,
    "unique": _not_unique,
    "between": _outside,
    "in_set": _not_in_set,
    "matches": _not_matching,
    "length": _wrong_length,
}
