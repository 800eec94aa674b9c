"""The violation table: for every rule, which rows break it. Vectorised; Great Expectations counts the same beside it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.core.vocabulary import Outcome
from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.conditions import applies
from cycles.do.contracts.references import Others, checkable, orphans
from cycles.do.contracts.rules import Contract, Rule
from cycles.do.contracts.sql_rules import answer


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one rule.

    `broken` marks rows (row rules only); `n_failed` counts rows, missing values, or 1 for a table that failed; `n_judged` is how many rows
    were judged, where rows were. `expressible` tells whether Great Expectations can count the same.
    """

    rule: Rule
    outcome: Outcome
    n_failed: int | None
    n_judged: int | None = None
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


NOT_EXPRESSIBLE = frozenset({"castable", "multiple_of", "sql"})
"""Kinds that Great Expectations has no expectation for; the cast comes before it."""


def evaluate(cast: CastTable, contract: Contract, *, others: Others | None = None) -> list[Result]:
    """Judge every rule of a contract, in its order. A rule that cannot be judged is kept apart from one that failed.

    Parameters
    ----------
    cast : the typed table
    contract : its rules
    others : the used rows of tables that it refers to, by name; a reference to a table that is not there is left out

    Returns
    -------
    list of Result
        Missing values break *required* only; a row whose key is not complete is never a duplicate, and refers to nobody.
    """
    return [_result(rule, cast, contract, others or {}) for rule in contract.rules if checkable(rule, others or {})]


def _result(rule: Rule, cast: CastTable, contract: Contract, others: Others) -> Result:
    if rule.kind == "column_exists":
        absent = rule.columns[0] not in cast.table.columns
        return Result(rule=rule, outcome="fail" if absent else "pass", n_failed=int(absent))
    try:
        if rule.kind == "sql":
            return _of_query(rule, cast.table, contract.table)
        return _of_rows(rule, cast, others) if rule.of_rows else _of_table(rule, cast.table)
    except (KeyError, TypeError, ValueError, ArithmeticError, RuntimeError):
        expressible = rule.kind not in NOT_EXPRESSIBLE
        return Result(rule=rule, outcome="could_not_run", n_failed=None, expressible=expressible)


def _of_rows(rule: Rule, cast: CastTable, others: Others) -> Result:
    table, judged = cast.table, applies(rule.when, cast.table)
    if rule.kind == "castable":
        broken = cast.failed[rule.columns[0]]
    elif rule.kind == "reference":
        broken = orphans(rule, table, others)
    elif rule.kind == "unique" and judged is not None:
        broken = np.zeros(len(table), dtype=bool)
        broken[judged] = _not_unique(rule, table[judged])
    else:
        broken = _PREDICATES[rule.kind](rule, table)
    if judged is not None:
        broken = broken & judged
    return _counted(rule, broken, len(table) if judged is None else int(judged.sum()))


def _counted(rule: Rule, broken: np.ndarray, n_judged: int) -> Result:
    n = int(np.count_nonzero(broken))
    accepted = n == 0 if rule.allowed is None else rule.allowed.holds(n, of=n_judged)
    return Result(
        rule=rule,
        outcome="pass" if accepted else "fail",
        n_failed=n,
        n_judged=n_judged,
        broken=broken,
        expressible=rule.kind not in NOT_EXPRESSIBLE,
    )


def _of_table(rule: Rule, table: pd.DataFrame) -> Result:
    assert rule.allowed is not None
    if rule.kind == "missing_values":
        judged = applies(rule.when, table)
        missing = _missing(rule, table) if judged is None else _missing(rule, table) & judged
        n, of = int(np.count_nonzero(missing)), len(table) if judged is None else int(judged.sum())
        return Result(rule=rule, outcome="pass" if rule.allowed.holds(n, of=of) else "fail", n_failed=n, n_judged=of)
    return _yes_or_no(rule, rule.allowed.holds(len(table)))


def _of_query(rule: Rule, table: pd.DataFrame, name: str) -> Result:
    told = answer(rule, table, name=name)
    if isinstance(told, np.ndarray):
        return _counted(rule, told, len(table))
    assert rule.allowed is not None
    return _yes_or_no(rule, rule.allowed.holds(told), expressible=False)


def _yes_or_no(rule: Rule, fits: bool, *, expressible: bool = True) -> Result:
    return Result(rule=rule, outcome="pass" if fits else "fail", n_failed=int(not fits), expressible=expressible)


def _missing(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    return table[rule.columns[0]].isna().to_numpy(dtype=bool)


def _not_unique(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    key = table[rule.columns[0]] if len(rule.columns) == 1 else table[list(rule.columns)]
    complete = key.notna() if isinstance(key, pd.Series) else key.notna().all(axis=1)
    return (key.duplicated(keep=False) & complete).to_numpy(dtype=bool)


def _outside(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    values = table[rule.columns[0]]
    if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_dtype(values)):
        raise TypeError("bounds are for numbers and dates")
    outside: Any = False
    if rule.minimum is not None:
        outside = values <= rule.minimum if rule.exclusive_minimum else values < rule.minimum
    if rule.maximum is not None:
        outside = outside | (values >= rule.maximum if rule.exclusive_maximum else values > rule.maximum)
    return _true(outside)


def _no_multiple(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    """As far as binary fractions can tell: 0.3 is a multiple of 0.1."""
    steps = table[rule.columns[0]].astype("float64").to_numpy() / float(rule.minimum)
    with np.errstate(invalid="ignore"):
        return np.abs(steps - np.round(steps)) > 1e-9 * np.maximum(1.0, np.abs(steps))


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
    return _true((lengths < least) | (lengths > most))


def _true(flags: Any) -> np.ndarray:
    """Truth values, where unknown is not true."""
    return pd.Series(flags).fillna(False).to_numpy(dtype=bool)


_PREDICATES: dict[str, Callable[[Rule, pd.DataFrame], np.ndarray]] = {
    "required": _missing,
    "unique": _not_unique,
    "between": _outside,
    "multiple_of": _no_multiple,
    "in_set": _not_in_set,
    "matches": _not_matching,
    "length": _wrong_length,
}
