"""The table as Great Expectations is given it: plain types, keys of references in one column, and numbers that conditions compare."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cycles.do.contracts.references import Others
from cycles.do.contracts.rules import Rule

_FIRST, _DAY = pd.Timestamp(1970, 1, 1), pd.Timedelta(days=1)
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
        self.table = _plain(table, {name for rule in rules for name in rule.columns})
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
        return float(as_plain(value))

    def _as_numbers(self, column: str) -> pd.Series:
        values = self._typed[column]
        if pd.api.types.is_datetime64_dtype(values):
            return _days(values)
        if pd.api.types.is_numeric_dtype(values):
            return values.astype("float64")
        places, distinct = pd.factorize(values)
        self._places[column] = {value: place for place, value in enumerate(distinct)}
        return pd.Series(places, index=values.index).astype("float64").where(places >= 0)


def as_plain(value: Any) -> Any:
    """A bound or an allowed value, as the plain table has it.

    >>> as_plain(pd.Timestamp(1970, 1, 11)), as_plain("a")
    (10.0, 'a')
    """
    return (pd.Timestamp(value) - _FIRST) / _DAY if hasattr(value, "year") else value


def _plain(table: pd.DataFrame, names: set[str]) -> pd.DataFrame:
    """The columns that rules name, in types that expectations compare at once: whole numbers as numbers, dates as days."""
    plain = table[[name for name in table.columns if name in names]].copy(deep=False)
    for name in plain.columns:
        if str(plain[name].dtype) == "Int64":
            plain[name] = plain[name].astype("float64")
        elif pd.api.types.is_datetime64_dtype(plain[name]):
            plain[name] = _days(plain[name])
        elif str(plain[name].dtype) == "boolean":
            plain[name] = plain[name].astype("object").where(plain[name].notna(), None)
    return plain


def _days(dates: pd.Series) -> pd.Series:
    return (dates - _FIRST) / _DAY


def _encoded(rule: Rule, table: pd.DataFrame, others: Others) -> pd.Series:
    """A left join with the parents' distinct keys: another way than the first engine takes, and no id of the other table goes along."""
    keys = table[list(rule.columns)].reset_index(drop=True)
    parents = others[rule.to or ""][list(rule.to_columns)].drop_duplicates().set_axis(keys.columns, axis=1)
    joined = keys.merge(parents.assign(_known=1.0), on=list(keys.columns), how="left")
    known = joined["_known"].fillna(0.0).where(keys.notna().all(axis=1), np.nan)
    return known.set_axis(table.index)
