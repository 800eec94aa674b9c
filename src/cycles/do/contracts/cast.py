"""From text to types, cell by cell: a text that does not fit is named and missing, a missing code is missing with its reason."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.do.contracts.missing import whole_match
from cycles.do.contracts.rules import Column, Contract, Type

_FORM = {
    "integer": r"[+-]?[0-9]{1,15}(\.0*)?",
    "number": r"[+-]?([0-9]{1,300}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
_TRUTH = {"true": True, "yes": True, "y": True, "1": True, "false": False, "no": False, "n": False, "0": False}
_DTYPE: dict[Type, Any] = {
    "string": pd.StringDtype(na_value=np.nan),
    "integer": "Int64",
    "number": "float64",
    "date": "datetime64[us]",
    "boolean": "boolean",
}


@dataclass(frozen=True, kw_only=True)
class CastTable:
    """Typed columns beside `_line`. `failed` marks, by column, the cells whose text did not fit.

    `missing_codes` counts column -> reason -> n; `absent` names the columns that the file should have and lacks.
    """

    table: pd.DataFrame
    failed: dict[str, np.ndarray]
    missing_codes: dict[str, dict[str, int]]
    absent: tuple[str, ...] = ()


def cast_table(text: pd.DataFrame, contract: Contract) -> CastTable:
    """Cast a text table by its contract.

    Parameters
    ----------
    text : all columns text, missing = empty string, with `_line`
    contract : says each column's type and missing codes

    Returns
    -------
    CastTable
        string -> str without surrounding spaces, integer -> Int64, number -> float64, date (YYYY-MM-DD) -> datetime64, boolean -> boolean.
        A column that the file may lack is there, all missing; one that it must have is in `absent`. Further columns stay text.

    Examples
    --------
    >>> c = Contract(name="t", version="1", columns=(Column(name="minutes", type="integer", missing={"-9": "not_recorded"}),), rules=())
    >>> cast = cast_table(pd.DataFrame({"minutes": ["30", "-9", "half"], "_line": [2, 3, 4]}), c)
    >>> cast.table["minutes"].tolist(), cast.failed["minutes"].tolist(), cast.missing_codes
    ([30, <NA>, <NA>], [False, False, True], {'minutes': {'not_recorded': 1}})
    """
    declared = {column.name: column for column in contract.columns}
    columns: dict[str, Any] = {}
    failed: dict[str, np.ndarray] = {}
    codes: dict[str, dict[str, int]] = {}
    for name in text.columns:
        if name != LINE:
            columns[name], failed[name], counts = _cast(
                text[name], declared.get(name) or Column(name=name, type="string")
            )
            codes |= {name: counts} if counts else {}
    for name, column in declared.items():
        if name not in columns and column.optional:
            columns[name] = pd.Series(index=text.index, dtype=_DTYPE[column.type])
            failed[name] = np.zeros(len(text), dtype=bool)
    table = pd.DataFrame({**columns, LINE: text[LINE]}, index=text.index)
    absent = tuple(name for name in declared if name not in columns)
    return CastTable(table=table, failed=failed, missing_codes=codes, absent=absent)


def cast_text(text: str, kind: Type) -> Any:
    """One text as a value of a type, or None when it is not one.

    >>> cast_text("3.0", "integer"), cast_text("3,5", "number")
    (3, None)
    """
    values, _ = _typed(pd.Series([text.strip()], dtype="str"), kind)
    value = values.iloc[0]
    return None if pd.isna(value) else value.item() if hasattr(value, "item") else value


def _cast(text: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray, dict[str, int]]:
    """Each distinct text is cast once."""
    places, distinct = pd.factorize(text)
    stripped = pd.Series(distinct, dtype="str").str.strip()
    reasons = _reasons(stripped, column)
    plain = stripped.mask(reasons.notna(), "")
    values, failed = _typed(plain, column.type)
    counted = reasons.take(places).value_counts(sort=False)
    cast = values.take(places).set_axis(text.index)
    return cast, failed[places], {str(why): int(n) for why, n in counted.items()}


def _reasons(stripped: pd.Series, column: Column) -> pd.Series:
    """Why a text is no value; a code is recognised as text, and as a number in columns of numbers (`-9.0` is `-9`); patterns come last."""
    reasons = stripped.map(column.missing).astype("object")
    reasons = _as_numbers(reasons, stripped, column)
    for pattern, why in column.missing_patterns.items():
        reasons = reasons.mask(reasons.isna() & (stripped != "") & whole_match(stripped, pattern), why)
    return reasons


def _as_numbers(reasons: pd.Series, stripped: pd.Series, column: Column) -> pd.Series:
    if column.type in ("integer", "number") and column.missing:
        numbers, _ = _typed(stripped, "number")
        known = {cast_text(code, "number"): why for code, why in column.missing.items()}
        known.pop(None, None)
        reasons = reasons.where(reasons.notna() | numbers.isna(), numbers.map(known))
    return reasons


def _typed(stripped: pd.Series, kind: Type) -> tuple[pd.Series, np.ndarray]:
    empty = (stripped == "").to_numpy(dtype=bool)
    if kind == "string":
        return stripped.mask(empty).astype(_DTYPE["string"]), np.zeros(len(stripped), dtype=bool)
    values: pd.Series = _truth(stripped) if kind == "boolean" else _parsed(stripped, kind)
    return values, values.isna().to_numpy(dtype=bool) & ~empty


def _truth(texts: pd.Series) -> pd.Series:
    return texts.str.lower().map(_TRUTH).astype("boolean")


def _parsed(texts: pd.Series, kind: Type) -> pd.Series:
    fits = texts.where(texts.str.fullmatch(_FORM[kind]))
    values = _date(fits) if kind == "date" else pd.to_numeric(fits).astype("float64")
    return values.astype(_DTYPE[kind])


def _date(texts: pd.Series) -> pd.Series:
    return pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
