"""Would the effect stand if trends had not stayed parallel after the starts?

Rambachan, A., & Roth, J. (2023). A more credible approach to parallel trends. Review of Economic Studies, 90(5), 2555-2591.
doi:10.1093/restud/rdad018
"""

import pandas as pd

from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import CHECKS
from cycles.study.checks._before_starts import BeforeStarts, before_starts
from cycles.study.inference.starts_by_diff_diff import bounds_on_trends

TIMES = (0.5, 1.0, 1.5, 2.0)
"""How many times the largest change before the starts trends may differ after them."""

ENOUGH = 1.0
"""The effect should stand at least as far as trends differed before."""


@CHECKS.register("trends_after_starts", designs=("staggered_starts",))
def trends_after_starts(estimate: Estimate, panel: SeriesPanel) -> Finding:
    """Intervals of the mean effect that allow trends to differ after the starts as they did before them, half as much, twice as much.

    Parameters
    ----------
    estimate, panel : the estimate and its panel

    Returns
    -------
    Finding
        pass when the interval excludes zero although trends may differ after the starts as much as they did at most from one period to the
        next before them; concern when it does not, but the estimate's own does; cannot_say without an effect to defend, or with fewer than
        two periods before a start. `table` has `times, low, high`.

    Notes
    -----
    By relative magnitudes, with standard errors for large samples, of the mean over the horizons (not of every series alike).
    """
    name = "trends_after_starts"
    if estimate.low is None or estimate.high is None or estimate.low <= 0 <= estimate.high:
        text = "The interval holds zero already, so there is no effect that other trends could take away."
        return Finding(name=name, answer="cannot_say", text=text)
    found = before_starts(estimate, panel)
    bounds = [] if found is None else _bounds(found, estimate.level)
    if not bounds:
        text = "Too few periods before the starts to say how far trends may differ after them."
        return Finding(name=name, answer="cannot_say", text=text)
    table = pd.DataFrame(bounds, columns=["times", "low", "high"])
    stands = [times for times, low, high in bounds if not low <= 0 <= high]
    return Finding(name=name, answer="pass" if ENOUGH in stands else "concern", text=_told(stands), table=table)


def _bounds(found: BeforeStarts, level: float) -> list[tuple[float, float, float]]:
    ends = [(one, bounds_on_trends(found.starts, comparison=found.comparison, times=one, level=level)) for one in TIMES]
    return [(times, *both) for times, both in ends if both is not None]


def _told(stands: list[float]) -> str:
    if not stands:
        return "If trends differed after the starts half as much as they did at most between two periods before, nothing may be left."
    most = max(stands)
    beyond = ", and not beyond" if most < max(TIMES) else ""
    far = "as much as" if most == ENOUGH else f"{most:g} times as much as"
    return (
        f"The effect stays on its side of zero if trends differed after the starts up to {far} they did at most from "
        f"one period to the next before{beyond}."
    )
