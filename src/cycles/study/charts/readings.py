"""What a control chart reads: points in order, as measurements, as counts, or as what lies between events."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cycles.core.errors import ContractError

SHAPES = {
    "time_between": "times between events",
    "cases_between": "cases between events",
    "of": "counts out of so many",
    "per": "counts over an exposure",
    "count": "counts",
    "several": "several measurements a period",
    "value": "one measurement a period",
}
"""What the columns of a table say that its points are; the first that fits counts."""


@dataclass(frozen=True, kw_only=True)
class Readings:
    """Points in order of time; what a shape does not have is None.

    `value` is what is drawn: the measurement, the mean, the proportion or the rate. `size` is what the count is out of, the exposure,
    or the number of measurements; `n` counts the people behind a point (missing where nobody told).
    """

    shape: str
    period: pd.Series
    value: np.ndarray
    n: pd.Series
    count: np.ndarray | None = None
    size: np.ndarray | None = None
    spread: np.ndarray | None = None
    n_missing: int = 0

    def spreads(self) -> "Readings":
        """The standard deviation of each period in the place of its mean, without periods of a single measurement."""
        if self.spread is None or self.size is None:
            return self
        own = self.size > 1
        return Readings(
            shape=self.shape,
            period=self.period[own].reset_index(drop=True),
            value=self.spread[own],
            n=self.n[own].reset_index(drop=True),
            size=self.size[own],
            spread=self.spread[own],
            n_missing=self.n_missing,
        )


def read_points(values: pd.DataFrame) -> Readings:
    """The points of a table, and what its columns say that they are.

    Parameters
    ----------
    values : DataFrame, one row per point
        `period`, and one of: `value`; `count` and `of` (out of how many); `count` and `per` (the exposure); `count` alone;
        `cases_between` or `time_between` (since the event before). Several rows a period with `value` are measurements of that
        period. `n`: people behind the point; without it, `of` where there is one, or the number of measurements.

    Raises
    ------
    ContractError
        CY211 for missing columns, CY212 for values that cannot be what their column says.

    Examples
    --------
    >>> read_points(pd.DataFrame({"period": [1, 2], "count": [3, 4], "of": [30, 50]})).value.tolist()
    [0.1, 0.08]
    """
    _require_columns(values)
    shape = _shape(values)
    if shape == "several":
        return _of_several(values)
    needed = {"of": ["count", "of"], "per": ["count", "per"]}.get(shape, [shape])
    numbers = values[needed].apply(lambda column: column.astype("Float64").astype(float))
    whole = numbers.notna().all(axis=1) & np.isfinite(numbers).all(axis=1)
    if len(needed) == 2:
        whole &= numbers[shape] > 0
    rows = values[whole].sort_values("period", kind="stable")
    numbers = numbers.loc[rows.index]
    _require_possible(numbers, shape)
    count = numbers["count"].to_numpy() if "count" in numbers else None
    size = numbers[shape].to_numpy() if len(needed) == 2 else None
    return Readings(
        shape=shape,
        period=rows["period"].reset_index(drop=True),
        value=count / size if size is not None and count is not None else numbers[shape].to_numpy(),
        n=_people(rows, shape),
        count=count,
        size=size,
        n_missing=int((~whole).sum()),
    )


def _shape(values: pd.DataFrame) -> str:
    for one in ("time_between", "cases_between"):
        if one in values:
            return one
    if "count" in values:
        return "of" if "of" in values else "per" if "per" in values else "count"
    return "several" if values["period"].duplicated().any() else "value"


def _of_several(values: pd.DataFrame) -> Readings:
    numbers = values["value"].astype("Float64").astype(float)
    present = numbers.notna() & np.isfinite(numbers)
    grouped = numbers[present].groupby(values.loc[present, "period"], sort=True)
    table = grouped.agg(mean="mean", spread="std", size="size")
    return Readings(
        shape="several",
        period=table.index.to_series().reset_index(drop=True),
        value=table["mean"].to_numpy(dtype=float),
        n=table["size"].astype("Float64").reset_index(drop=True),
        size=table["size"].to_numpy(dtype=float),
        spread=table["spread"].to_numpy(dtype=float),
        n_missing=int((~present).sum()),
    )


def _people(rows: pd.DataFrame, shape: str) -> pd.Series:
    source = "n" if "n" in rows else "of" if shape == "of" else None
    known = rows[source] if source else pd.Series(pd.NA, index=rows.index)
    return known.astype("Float64").reset_index(drop=True)


def _require_columns(values: pd.DataFrame) -> None:
    missing = [column for column in ("period",) if column not in values]
    if not {"value", "count", "time_between", "cases_between"} & set(values.columns):
        missing.append("value, count, time_between or cases_between")
    if missing:
        raise ContractError(
            f"the values have no column {', and none named '.join(missing)}", code="CY211", where="control chart"
        )


def _require_possible(numbers: pd.DataFrame, shape: str) -> None:
    """Counts are whole and not negative; no more are counted than there are; nothing between events is negative."""
    wrong = None
    if shape in ("time_between", "cases_between") and (numbers[shape] < 0).any():
        wrong, column = "are negative", shape
    elif "count" in numbers and ((numbers["count"] < 0) | (numbers["count"] != numbers["count"].round())).any():
        wrong, column = "are negative or not whole", "count"
    elif shape == "of" and (numbers["count"] > numbers["of"]).any():
        wrong, column = "are larger than what they are out of", "count"
    if wrong:
        fix = "Put events that one person can have several times over an exposure (`per`); what is not counted, under `value`."
        raise ContractError(f"values of {column} {wrong}", code="CY212", where="control chart", fix=fix)
