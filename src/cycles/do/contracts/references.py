"""Foreign keys: rows that refer to a row which the other table does not have."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cycles.do.contracts.rules import Contract, Rule

Others = Mapping[str, pd.DataFrame]
"""The used rows of other tables, by table name."""


def orphans(rule: Rule, table: pd.DataFrame, others: Others) -> np.ndarray:
    """Rows whose complete key the other table lacks (an anti join). A key with a missing part refers to nothing.

    Examples
    --------
    >>> rule = Rule(kind="reference", columns=("id",), to="students", to_columns=("student_id",))
    >>> students = pd.DataFrame({"student_id": ["1", "2"]})
    >>> orphans(rule, pd.DataFrame({"id": ["1", "3", None]}), {"students": students}).tolist()
    [False, True, False]
    """
    parents = others[rule.to or ""][list(rule.to_columns)]
    keys = table[list(rule.columns)]
    _refuse_unlike(keys, parents)
    if len(rule.columns) == 1:
        found = keys.iloc[:, 0].isin(parents.iloc[:, 0])
    else:
        found = pd.Series(pd.MultiIndex.from_frame(keys).isin(pd.MultiIndex.from_frame(parents)), index=keys.index)
    return (keys.notna().all(axis=1) & ~found).to_numpy(dtype=bool)


def checkable(rule: Rule, others: Others) -> bool:
    """Whether a rule is no reference, or the table and the columns that it refers to are there."""
    parents = others.get(rule.to or "")
    return rule.kind != "reference" or (parents is not None and set(rule.to_columns) <= set(parents.columns))


def not_checked(contract: Contract, others: Others) -> dict[str, str]:
    """The references that cannot be judged here, and why: rule -> sentence.

    >>> rule = Rule(kind="reference", columns=("id",), to="students", to_columns=("student_id",), name="students")
    >>> not_checked(Contract(name="t", version="1", columns=(), rules=(rule,)), {})
    {'reference:id[students]': 'not checked: no students table was delivered with it'}
    """
    return {
        rule.id: f"not checked: no {rule.to} table was delivered with it"
        if rule.to not in others
        else f"not checked: the {rule.to} table has no {' and '.join(rule.to_columns)}"
        for rule in contract.rules
        if not checkable(rule, others)
    }


def _refuse_unlike(keys: pd.DataFrame, parents: pd.DataFrame) -> None:
    """Keys of different types would never be equal, and every row would seem to refer to nobody."""
    unlike = [a for a, b in zip(keys, parents, strict=True) if str(keys[a].dtype) != str(parents[b].dtype)]
    if unlike:
        raise TypeError("a key and what it refers to are of different types")
