"""A panel from any table: for a researcher who has one row per unit already."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError, nearest
from cycles.core.vocabulary import Cutoff, Panel

if TYPE_CHECKING:
    from cycles.plan.design import DesignKind

COLUMNS = ("unit", "cluster", "block", "arm", "baseline", "outcome", "weight", "stratum", "running")
NUMBERS = ("baseline", "outcome", "weight", "running")


def as_panel(
    frame: pd.DataFrame,
    *,
    measure: str,
    outcome: str,
    arm: str,
    change: str,
    comparison: str | None = None,
    unit: str | None = None,
    cluster: str | None = None,
    block: str | None = None,
    weight: str | None = None,
    strata: str | None = None,
    running: str | None = None,
    cutoff: float | None = None,
    change_is: Literal["at_or_above", "below"] = "at_or_above",
    baseline: str | None = None,
    covariates: tuple[str, ...] = (),
    subgroups: tuple[str, ...] = (),
    received: tuple[str, ...] = (),
    others: Literal["drop", "keep"] = "drop",
    outcome_unit: str = "points",
    design: "DesignKind" = "student_comparison",
    higher_is: Literal["better", "worse"] = "better",
) -> Panel:
    """Line a table up as the analysis table of one measure.

    Parameters
    ----------
    frame : DataFrame, one row per unit
        It is not changed.
    measure : what the outcome is called
    outcome, baseline : columns of numbers; missing where not observed
    arm : column of arm names
    change, comparison : the two arms compared; `comparison` is None only with the design "one_group_pre_post"
    unit : column that names the unit, unique; row numbers when None
    cluster, block : columns of groups, or None
    weight : column with how many units each one stands for, or None; only some estimators take weights
    strata : column of the strata of a survey, or None; used by standard errors of the kind "linearised"
    running, cutoff, change_is : column of the score that decides who has the change, the value at which it does so, and whether the change
        is for those at or above it or for those below; with the design "regression_discontinuity" only
    covariates, subgroups : further columns; text covariates become one column per level
    received : columns with how much of the change each unit received, for methods whose options name one
    others : "drop" leaves units of other arms out; "keep" gives each of those arms a term of its own
    outcome_unit, design, higher_is : what the record says of itself

    Returns
    -------
    Panel
        Units without an outcome stay in it. Rows without an arm are left out and counted in `notes`.

    Raises
    ------
    DesignError
        CY301 when a column is missing, a unit appears twice, the two arms are the same, names collide, or a score lacks its cutoff.

    Examples
    --------
    >>> frame = pd.DataFrame({"class": ["small", "regular", "aide"], "score": [3.0, 2.0, None]})
    >>> as_panel(frame, measure="score", outcome="score", arm="class", change="small", comparison="regular").text
    'score: 2 students (1 in regular, 1 in small).'
    """
    columns: dict[str, str | None] = {
        "unit": unit,
        "cluster": cluster,
        "block": block,
        "arm": arm,
        "baseline": baseline,
        "outcome": outcome,
    }
    if weight is not None:
        columns["weight"] = weight
    if strata is not None:
        columns["stratum"] = strata
    if running is not None:
        columns["running"] = running
    _require_columns(
        frame, [*(name for name in columns.values() if name is not None), *covariates, *subgroups, *received]
    )
    _require_two_arms(change, comparison)
    _require_cutoff(running, cutoff, design)
    table = pd.DataFrame({name: _column(frame, name, source) for name, source in columns.items()})
    for extra in dict.fromkeys([*covariates, *subgroups, *received]):
        _add(table, frame, extra, columns)
    table, notes = _in_arms(table, [change] if comparison is None else [change, comparison], others)
    _require_unique(table["unit"])
    return Panel(
        table=table.reset_index(drop=True),
        measure=measure,
        outcome_unit=outcome_unit,
        design=design,
        change=change,
        comparison=comparison,
        cluster_name=cluster,
        block_name=block,
        weight_name=weight,
        strata_name=strata,
        cutoff=None if running is None or cutoff is None else Cutoff(column=running, at=cutoff, change_is=change_is),
        covariates=tuple(covariates),
        subgroups=tuple(subgroups),
        higher_is=higher_is,
        notes=notes,
    )


def _require_columns(frame: pd.DataFrame, names: list[str]) -> None:
    absent = [name for name in dict.fromkeys(names) if name not in frame.columns]
    if absent:
        hint = nearest(absent[0], [str(name) for name in frame.columns])
        raise DesignError(f"the table has no column {', '.join(absent)}", code="CY301", where="as_panel", fix=hint)
    twice = [name for name in dict.fromkeys(names) if list(frame.columns).count(name) > 1]
    if twice:
        raise DesignError(f"the table has more than one column {', '.join(twice)}", code="CY301", where="as_panel")


def _require_two_arms(change: str, comparison: str | None) -> None:
    if change == comparison:
        raise DesignError("the change and the comparison are the same arm", code="CY301", where="as_panel")


def _require_cutoff(running: str | None, cutoff: float | None, design: str) -> None:
    if len({running is not None, cutoff is not None, design == "regression_discontinuity"}) > 1:
        fix = 'Name all three: `running`, `cutoff`, and the design "regression_discontinuity".'
        raise DesignError("a cutoff, its score and its design go together", code="CY301", where="as_panel", fix=fix)


def _require_unique(units: pd.Series) -> None:
    twice = int(units.duplicated(keep=False).sum())
    if twice:
        raise DesignError(
            f"{twice:,} rows name a unit that appears more than once", code="CY301", where="as_panel, unit"
        )
    if units.isna().any():
        raise DesignError(f"{int(units.isna().sum()):,} rows name no unit", code="CY301", where="as_panel, unit")


def _column(frame: pd.DataFrame, name: str, source: str | None) -> pd.Series:
    if source is None:
        return pd.Series(_absent(frame, name), index=frame.index)
    return frame[source] if name in NUMBERS else _labels(frame[source])


def _absent(frame: pd.DataFrame, name: str) -> "pd.api.extensions.ExtensionArray | np.ndarray":
    if name == "baseline":
        return np.full(len(frame), np.nan)
    if name == "unit":
        return pd.array([f"row {place}" for place in range(1, len(frame) + 1)], dtype="str")
    return pd.array([None] * len(frame), dtype="str")


def _labels(values: pd.Series) -> pd.Series:
    """Names as text; whole numbers that became decimals through missing values lose their ".0"."""
    if pd.api.types.is_float_dtype(values.dtype):
        present = values.dropna()
        if np.isfinite(present.to_numpy(dtype=float)).all() and (present == present.round()).all():
            values = values.astype("Int64")
    return values.astype("object").map(str, na_action="ignore").astype("str")


def _add(table: pd.DataFrame, frame: pd.DataFrame, extra: str, columns: dict[str, str | None]) -> None:
    if extra in COLUMNS:
        if columns.get(extra) != extra:
            raise DesignError(
                f"a further column cannot be called {extra}", code="CY301", where="as_panel", fix="Rename it."
            )
        return
    table[extra] = frame[extra]


def _in_arms(table: pd.DataFrame, arms: list[str], others: str) -> tuple[pd.DataFrame, tuple[str, ...]]:
    named = table["arm"].notna() & (table["arm"] != "")
    inside = named if others == "keep" and len(arms) > 1 else table["arm"].isin(arms)
    nowhere, elsewhere = int((~named).sum()), int((named & ~inside).sum())
    told = ((nowhere, "are in no arm and are left out"), (elsewhere, "are in other arms, which are left out"))
    return table[inside], tuple(f"{n:,} rows {what}." for n, what in told if n)
