"""Conditions of a rule: in which rows it is judged. Our documented extension of the standard, `appliesWhen`.

    customProperties:
      - property: appliesWhen
        value:
          - {column: measure, in: [attendance_share, chronic_absence_share]}
          - {column: n, at_least: 10}

Every condition must hold. Words: `is`, `is_not`, `in`, `not_in`, `at_least`, `at_most`, `above`, `below` (numbers and dates), and
`present: true`, `missing: true`. A missing value holds nothing but `missing`.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError, nearest
from cycles.do.contracts.cast import cast_text
from cycles.do.contracts.rules import Comparison, Condition, Type

_WORDS: dict[str, Comparison] = {
    "is": "==",
    "is_not": "!=",
    "in": "in",
    "not_in": "not in",
    "at_least": ">=",
    "at_most": "<=",
    "above": ">",
    "below": "<",
    "present": "present",
    "missing": "missing",
}
_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
ORDERED = (">=", "<=", ">", "<")


def conditions(written: Any, types: Mapping[str, Type], *, where: str) -> tuple[Condition, ...]:
    """The value of `appliesWhen`, compiled.

    Parameters
    ----------
    written : a list of `{column: NAME, WORD: value}`
    types : the type of each column of the table
    where : for messages

    Raises
    ------
    ContractError
        CY210 for another form, an unknown column or word, or a value that is not of the column's type.

    Examples
    --------
    >>> conditions([{"column": "n", "at_least": "10"}], {"n": "integer"}, where="t")
    (Condition(column='n', op='>=', values=(10,)),)
    """
    if not isinstance(written, list) or not all(isinstance(one, Mapping) and len(one) == 2 for one in written):
        raise _cannot("appliesWhen is a list of {column, and what it is}", where)
    return tuple(_condition(one, types, where) for one in written)


def applies(when: tuple[Condition, ...], table: pd.DataFrame) -> np.ndarray | None:
    """The rows in which every condition holds; None when there is no condition.

    >>> applies((Condition(column="n", op=">", values=(1,)),), pd.DataFrame({"n": [1.0, 2.0, None]})).tolist()
    [False, True, False]
    """
    if not when:
        return None
    holds = np.ones(len(table), dtype=bool)
    for one in when:
        holds &= _holds(one, table[one.column])
    return holds


def _holds(one: Condition, values: pd.Series) -> np.ndarray:
    present = values.notna().to_numpy(dtype=bool)
    if one.op in ("present", "missing"):
        return present if one.op == "present" else ~present
    if one.op in ("in", "not in"):
        found = values.isin(one.values).to_numpy(dtype=bool)
        return present & (found if one.op == "in" else ~found)
    compared = pd.Series(_COMPARE[one.op](values, one.values[0])).fillna(False)
    return present & compared.to_numpy(dtype=bool)


def _condition(written: Mapping[str, Any], types: Mapping[str, Type], where: str) -> Condition:
    column = written.get("column")
    if column not in types:
        raise _cannot(
            f"a condition names the column '{column}', which is not declared", where, nearest(str(column), types)
        )
    word = next(key for key in written if key != "column")
    if word not in _WORDS:
        raise _cannot(f"unknown word '{word}' in a condition", where, nearest(word, _WORDS))
    return Condition(
        column=str(column), op=_WORDS[word], values=_values(word, written[word], types[str(column)], where)
    )


def _values(word: str, told: Any, kind: Type, where: str) -> tuple[Any, ...]:
    if word in ("present", "missing"):
        if told != "true" and told is not True:
            raise _cannot(f"a condition says `{word}: true` or nothing", where)
        return ()
    if _WORDS[word] in ORDERED and kind not in ("integer", "number", "date"):
        raise _cannot(f"'{word}' compares numbers or dates, not a column of the type {kind}", where)
    several = told if word in ("in", "not_in") else [told]
    if not isinstance(several, list) or not several:
        raise _cannot(f"'{word}' takes a list of values", where)
    values = tuple(cast_text(str(one), kind) for one in several)
    if None in values:
        raise _cannot(f"a condition's value is not of the type {kind}", where)
    return values


def _cannot(what: str, where: str, fix: str = "") -> ContractError:
    return ContractError(what, code="CY210", where=where, fix=fix)
