"""Did series that began the change move like the others before they began, and could it have been seen if they had not?

Roth, J. (2022). Pretest with caution: event-study estimates after testing for parallel trends. American Economic Review: Insights, 4(3),
305-322. doi:10.1257/aeri.20210236
"""

from cycles.core.phrases import difference, listed
from cycles.core.vocabulary import Estimate, Finding, SeriesPanel
from cycles.study.checks import CHECKS
from cycles.study.checks._before_starts import before_starts
from cycles.study.inference.background import Background
from cycles.study.inference.null_effects import judge, negligible, table_of

DETECTABLE = 2.8
"""Standard errors that an effect must have to be seen in four studies out of five (two-sided .05, Bloom 1995)."""


@CHECKS.register("trends_before_starts", designs=("staggered_starts",), uses_background=True)
def trends_before_starts(estimate: Estimate, panel: SeriesPanel, background: Background) -> Finding:
    """Effects in each period before the last one before the start, when nothing had been changed.

    Parameters
    ----------
    estimate, panel : the estimate and its panel
    background : what is worth having

    Returns
    -------
    Finding
        concern when series moved apart before they began; pass when every interval lies within what is worth having (.25 standard
        deviations where that is not said); cannot_say when they are too wide for that, with the drift that could have been seen, or with
        a single period before the starts. `table` has `effect, value, low, high, p, n`.

    Notes
    -----
    Not seeing a drift is no proof of none. Compared with the last period before the start, whatever the estimate's method.
    """
    name = "trends_before_starts"
    found = before_starts(estimate, panel)
    if found is None:
        text = f"No {panel.series_name} was observed twice before its start: whether they moved alike cannot be seen."
        return Finding(name=name, answer="cannot_say", text=text)
    effects = {f"{-one} {_periods(panel, -one)} before": effect for one, effect in found.effects.items()}
    small = {key: negligible(one, background.worth_having) for key, one in effects.items()}
    answer, names = judge(effects, small=small, level=estimate.level)
    said = {
        "concern": f"They moved apart before they began ({listed(names)}): part of the difference would have come anyway.",
        "pass": f"Before they began they moved like the others ({listed(names)}), to within what would matter.",
        "cannot_say": f"They were not seen to move apart before they began, but this could have been missed{_power(found.effects, panel)}",
    }
    return Finding(name=name, answer=answer, text=said[answer], table=table_of(effects))


def _power(effects: dict[int, Estimate], panel: SeriesPanel) -> str:
    """The steady drift per period that at least one of the effects would have shown."""
    drifts = [DETECTABLE * one.se / (-since - 1) for since, one in effects.items() if one.se is not None]
    if not drifts:
        return f": too few {panel.series_name}s to judge it."
    return (
        f": only a drift of about {difference(min(drifts), panel.outcome_unit)} a {panel.every} would have been seen."
    )


def _periods(panel: SeriesPanel, n: int) -> str:
    return panel.every if n == 1 else f"{panel.every}s"
