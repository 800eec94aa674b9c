"""Who is left to compare with, the longer ago the change began?

Callaway, B., & Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of Econometrics, 225(2), 200-230.
doi:10.1016/j.jeconom.2020.12.001
"""

import pandas as pd

from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import CHECKS

FEW = 4
"""Series on either side below which one unusual series carries the effect."""


@CHECKS.register("comparison_left", designs=("staggered_starts",))
def comparison_left(estimate: Estimate, panel: SeriesPanel) -> Finding:
    """Count series under the change and series to compare with, by periods since the start.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        concern when a horizon rests on fewer than four series on either side; pass otherwise; cannot_say for an estimate that does not
        tell effects apart by horizon. `table` has `since, series, comparison`.
    """
    name = "comparison_left"
    series, left = estimate.facts.get("series_since_start"), estimate.facts.get("comparison_left")
    if not series or not left:
        text = "The estimate does not tell effects apart by time since the start."
        return Finding(name=name, answer="cannot_say", text=text)
    table = pd.DataFrame(
        [(int(one), series[one], left[one]) for one in series], columns=["since", "series", "comparison"]
    )
    table = table[table.since >= 0].reset_index(drop=True)
    thin = table[(table.series < FEW) | (table.comparison < FEW)]
    if thin.empty:
        least = int(table[["series", "comparison"]].to_numpy().min())
        text = f"At every time since the start there are at least {least} {panel.series_name}s on either side."
        return Finding(name=name, answer="pass", text=text, table=table)
    when = listed(
        [f"{row.since} ({row.series} under the change, {row.comparison} to compare with)" for row in thin.itertuples()]
    )
    text = f"Effects rest on few {panel.series_name}s at these numbers of {panel.every}s since the start: {when}."
    return Finding(name=name, answer="concern", text=text, table=table)
