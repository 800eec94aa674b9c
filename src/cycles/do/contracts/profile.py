"""A delivery in counts: how much is missing and why, how answers are spread, who answered, who gave the same answer throughout.

Only declared codes are named, and nothing is summarised of fewer than ten numbers, so a profile may be kept when the data are gone.
"""

from collections.abc import Mapping, Set
from typing import Any

import numpy as np
import pandas as pd

from cycles.do.contracts.rules import Contract
from cycles.plan.instruments import Instrument

MIN_NUMBERS = 10
"""Numbers below which no mean, deviation or quantile is told."""

MIN_ITEMS = 4
"""Items a scale needs before the same answer to all of them says something about how it was filled in."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def profile(
    used: pd.DataFrame,
    contract: Contract,
    *,
    missing_codes: Mapping[str, Mapping[str, int]] | None = None,
    instrument: Instrument | None = None,
    roster: Set[str] | None = None,
) -> dict[str, Any]:
    """Count a delivery.

    Parameters
    ----------
    used : DataFrame
        The rows that may be used, cast.
    contract : Contract
        Its types and declared codes say which columns are categories and which are numbers.
    missing_codes : mapping, column -> reason -> n
        Why values are missing, as the cast counted it.
    instrument : Instrument, optional
        Of answers: its scales, for straight-lining.
    roster : set of str, optional
        Ids of the students on the roster, for participation; an answer of anybody else does not count towards it.

    Returns
    -------
    dict, plain data
        `n` (rows); `columns`, by column: `n` (values), `missing_share`, `reasons`, and `distribution` (declared code -> n) or, with at
        least ten numbers, `mean, sd, quantiles`; for answers `waves`, in order of time, by wave: `respondents` (role -> n), `columns` as
        above, `straight_lining` (scale -> `n, share`), `participation` (`n, of, share`).

    Examples
    --------
    >>> from cycles.do.contracts.rules import Column, Rule
    >>> agrees = Contract(name="t", version="1.0.0", columns=(Column(name="a", type="integer"),),
    ...                   rules=(Rule(kind="in_set", columns=("a",), values=(1, 2)),))
    >>> profile(pd.DataFrame({"a": pd.array([1, 1, 2, None], dtype="Int64")}), agrees)["columns"]["a"]
    {'n': 3, 'missing_share': 0.25, 'reasons': {}, 'distribution': {'1': 2, '2': 1}}
    """
    codes = _codes(contract)
    columns = _columns(used, contract, codes, missing_codes or {})
    told: dict[str, Any] = {"n": len(used), "columns": columns}
    if not {"wave", "respondent_id"} <= set(used.columns):
        return told
    scales = _straight_scales(instrument, used)
    items = [column for column in contract.columns if column.item]
    waves = {}
    for wave in _in_order(used):
        rows = used[used["wave"] == wave]
        waves[wave] = {
            "respondents": _respondents(rows),
            "columns": {one.name: _column(rows[one.name], one.type, codes.get(one.name)) for one in items},
            "straight_lining": {name: straight_lining(rows[list(own)]) for name, own in scales.items()},
            **_participation(rows, roster),
        }
    return {**told, "waves": waves}


def straight_lining(answers: pd.DataFrame) -> dict[str, float | int | None]:
    """How many answered every item, and the share of them who gave all the same code.

    >>> straight_lining(pd.DataFrame({"a": [3, 1, 2], "b": [3, 5, None]}))
    {'n': 2, 'share': 0.5}
    """
    complete = answers.dropna()
    n = len(complete)
    return {"n": n, "share": float((complete.nunique(axis=1) == 1).mean()) if n else None}


def _codes(contract: Contract) -> dict[str, list[str]]:
    """The declared codes of each closed column."""
    found: dict[str, list[str]] = {}
    for rule in contract.rules:
        if rule.kind == "in_set" and len(rule.columns) == 1:
            found.setdefault(rule.columns[0], []).extend(str(value) for value in rule.values)
    return {name: list(dict.fromkeys(values)) for name, values in found.items()}


def _columns(
    used: pd.DataFrame, contract: Contract, codes: dict[str, list[str]], reasons: Mapping[str, Mapping[str, int]]
) -> dict[str, Any]:
    return {
        one.name: {**_column(used[one.name], one.type, codes.get(one.name), reasons.get(one.name))}
        for one in contract.columns
        if one.name in used.columns
    }


def _column(
    values: pd.Series, kind: str, codes: list[str] | None, reasons: Mapping[str, int] | None = None
) -> dict[str, Any]:
    present = values.dropna()
    told: dict[str, Any] = {"n": len(present), "missing_share": _share(len(values) - len(present), len(values))}
    told["reasons"] = {str(why): int(n) for why, n in sorted((reasons or {}).items())}
    if codes is not None:
        counted = present.astype("str").value_counts()
        return {**told, "distribution": {code: int(counted.get(code, 0)) for code in codes}}
    if kind in ("integer", "number") and len(present) >= MIN_NUMBERS:
        numbers = present.to_numpy(dtype=float)
        quantiles = [float(one) for one in np.quantile(numbers, QUANTILES)]
        told |= {"mean": float(numbers.mean()), "sd": float(numbers.std(ddof=1)), "quantiles": quantiles}
    return told


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _in_order(used: pd.DataFrame) -> list[str]:
    """Waves by their middle day of answering, or as they come in the file."""
    waves = used.groupby("wave", sort=False)
    if "answered_on" in used and used["answered_on"].notna().any():
        days = waves["answered_on"].median()
        return [str(wave) for wave in days.sort_values(kind="stable").index]
    return [str(wave) for wave in waves.groups]


def _respondents(rows: pd.DataFrame) -> dict[str, int]:
    roles = rows.get("respondent_role", pd.Series(None, index=rows.index, dtype="object")).fillna("unknown")
    return {str(role): int(n) for role, n in rows.groupby(roles.astype("str"))["respondent_id"].nunique().items()}


def _straight_scales(instrument: Instrument | None, used: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    scales = instrument.scales if instrument else {}
    return {
        name: scale.items
        for name, scale in scales.items()
        if len(scale.items) >= MIN_ITEMS and set(scale.items) <= set(used.columns)
    }


def _participation(rows: pd.DataFrame, roster: Set[str] | None) -> dict[str, Any]:
    if not roster:
        return {}
    students = rows[rows["respondent_role"].fillna("student") == "student"] if "respondent_role" in rows else rows
    n = len(roster & set(students["respondent_id"].dropna()))
    return {"participation": {"n": n, "of": len(roster), "share": n / len(roster)}}
