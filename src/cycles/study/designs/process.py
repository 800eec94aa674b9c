"""Process: whether the change was done, for whom, and how much of it."""

from typing import TYPE_CHECKING

import pandas as pd

from cycles.plan.cycle_file import Cycle
from cycles.study.designs.panels import unit_panel

if TYPE_CHECKING:
    from cycles.do.collection import Tables


def process_by_arm(cycle: Cycle, tables: "Tables") -> pd.DataFrame:
    """Each process measure, summarised by arm.

    Returns
    -------
    DataFrame, one row per process measure and arm
        `measure, arm, n` (students with a value), `mean, median, lower_quartile, upper_quartile` (in the measure's unit).
        Empty when the cycle names no process measure.
    """
    rows = []
    for name in cycle.measures.process:
        table = unit_panel(cycle, tables, measure=name).table
        for arm, values in table.dropna(subset=["outcome"]).groupby("arm")["outcome"]:
            quartiles = values.quantile([0.25, 0.5, 0.75]).tolist()
            rows.append((name, arm, len(values), float(values.mean()), quartiles[1], quartiles[0], quartiles[2]))
    return pd.DataFrame(rows, columns=["measure", "arm", "n", "mean", "median", "lower_quartile", "upper_quartile"])


def fidelity(cycle: Cycle, tables: "Tables") -> dict[str, float | None]:
    """The mean of each process measure in the change arm; None where nothing was recorded.

    Returns
    -------
    dict, measure -> mean in the measure's unit
    """
    table = process_by_arm(cycle, tables)
    change = table[table["arm"] == cycle.design.contrast.change].set_index("measure")["mean"]
    return {name: float(change[name]) if name in change else None for name in cycle.measures.process}
