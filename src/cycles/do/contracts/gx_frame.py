"""The table as Great Expectations is given it: plain types, keys of references in one column, and numbers that conditions compare."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.do.contracts.references import Others
from cycles.do.contracts.rules import Rule

ORPHAN = "_refers_to"
"""Prefix of the columns that hold, for a reference, 1 where the key is known, 0 where it is not, and nothing where it is not complete."""


def key_name(rule: Rule) -> str:
    """The column of a reference.

    >>> key_name(Rule(kind="reference", columns=("id",), to="students", name="students"))
    '_refers_to reference:id[students]'
    """
    return f"{ORPHAN} {rule.id}"


class Frame:
    """A plain copy of a cast table, with helper columns for some rules.

    Great Expectations evaluates conditions as text; so that no column name and no value is ever part of that text, each column that a
    condition reads is copied under a name of ours as numbers: dates as days, truth values as 0 and 1, texts as the place of the text
    among the distinct ones (-1 for a text that does not occur).

    >>> frame = Frame(pd.DataFrame({"kind": ["a", "b", None]}), [], {})
    >>> frame.stand_in("kind"), frame.table["_when_0"].tolist()[:2], frame.number_of("kind", "b"), frame.number_of("kind", "z")
    ('_when_0', [0.0, 1.0], 1.0, -1.0)
    """

    def __init__(self, table: pd.DataFrame, rules: Sequence[Rule], others: Others) -> None:
        self.rules = tuple(rules)
        self.table = _plain(table)
        self._typed = table
        self._stand_ins: dict[str, str] = {}
        self._places: dict[str, dict[Any, int]] = {}
        for rule in rules:
            if rule.kind == "reference":
                self.table[key_name(rule)] = _encoded(rule, table, others)

    def stand_in(self, column: str) -> str:
        """The column of numbers that stands for a column."""
        if column not in self._stand_ins:
            name = f"_when_{len(self._stand_ins)}"
            self.table[name] = self._as_numbers(column)
            self._stand_ins[column] = name
        return self._stand_ins[column]

    def number_of(self, column: str, value: Any) -> float:
        """A value of a condition, as the stand-in has it."""
        if column in self._places:
            return float(self._places[column].get(value, -1))
        return float(_days(pd.Series([pd.Timestamp(value)])).iloc[0]) if hasattr(value, "year") else float(value)

    def _as_numbers(self, column: str) -> pd.Series:
        values = self._typed[column]
        if pd.api.types.is_datetime64_dtype(values):
            return _days(values)
        if pd.api.types.is_numeric_dtype(values):
            return values.astype("float64")
        places, distinct = pd.factorize(values)
        self._places[column] = {value: place for place, value in enumerate(distinct)}
        return pd.Series(places, index=values.index).astype("float64").where(places >= 0)


def _plain(table: pd.DataFrame) -> pd.DataFrame:
    """Nullable integers and truth values in types that every expectation can compare."""
    plain = table.drop(columns=LINE, errors="ignore")
    for name in plain.columns:
        if str(plain[name].dtype) == "Int64":
            plain[name] = plain[name].astype("float64")
        elif str(plain[name].dtype) == "boolean":
            plain[name] = plain[name].astype("object").where(plain[name].notna(), None)
    return plain


def _days(dates: pd.Series) -> pd.Series:
    return (dates - pd.Timestamp(1970, 1, 1)) / pd.Timedelta(days=1)


def _encoded(rule: Rule, table: pd.DataFrame, others: Others) -> pd.Series:
    """A left join with the parents' distinct keys: another way than the first engine takes, and no id of the other table goes along."""
    keys = table[list(rule.columns)].reset_index(drop=True)
    parents = others[rule.to or ""][list(rule.to_columns)].drop_duplicates().set_axis(keys.columns, axis=1)
    joined = keys.merge(parents.assign(_known=1.0), on=list(keys.columns), how="left")
    known = joined["_known"].fillna(0.0).where(keys.notna().all(axis=1), np.nan)
    return known.set_axis(table.index)
