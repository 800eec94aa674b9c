"""Series over time as cases with two phases: what was seen before a change began, and since."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cycles.core.vocabulary import SeriesPanel
from cycles.study.inference.sample import numbers
from cycles.study.inference.single_case import Phases


@dataclass(frozen=True, kw_only=True)
class Case:
    """A series in which the change began: its phases, when it began, how many people stand behind it, and points without a value."""

    phases: Phases
    started: int
    people: int
    missing: int


def cases_of(panel: SeriesPanel) -> list[Case]:
    """The series in which the change began, in the order of their names.

    Parameters
    ----------
    panel : the panel; it is not changed

    Returns
    -------
    list of Case
        A series whose people nobody counted (`n` missing) counts as one person.

    Raises
    ------
    DesignError
        CY309 for infinity or text where a number belongs.
    """
    better = 1 if panel.higher_is == "better" else -1
    table = panel.table.assign(value=numbers(panel.table, "value"))
    table = table[table["started"].notna()].sort_values("time")
    return [_case(rows, better) for _, rows in table.groupby("series", sort=True)]


def _case(rows: pd.DataFrame, better: int) -> Case:
    seen = rows[rows["value"].notna()]
    started = int(rows["started"].iloc[0])
    before = (seen["time"] < started).to_numpy(dtype=bool)
    value, time = seen["value"].to_numpy(dtype=float), seen["time"].to_numpy(dtype=float)
    behind = numbers(seen, "n")
    people = int(np.nanmin(behind)) if np.isfinite(behind).any() else 1
    phases = Phases(a=value[before], b=value[~before], time_a=time[before], time_b=time[~before], better=better)
    return Case(phases=phases, started=started, people=people, missing=len(rows) - len(seen))
