"""Effects before each start, when there can be none: what the checks of staggered starts look at."""

from dataclasses import dataclass, replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.inference.group_time import Comparison, averages, cells_of
from cycles.study.inference.group_time_variance import uncertain
from cycles.study.inference.series_record import described_series, sure
from cycles.study.inference.starts import Starts, spread_before, take_starts


@dataclass(frozen=True)
class BeforeStarts:
    """The groups, who they are compared with, and the effect at each number of periods since the start (below zero: before it)."""

    starts: Starts
    comparison: Comparison
    effects: dict[int, Estimate]


def before_starts(estimate: Estimate, panel: SeriesPanel) -> BeforeStarts | None:
    """The effects in the periods before the one that everything is compared with; None where there are none.

    Parameters
    ----------
    estimate, panel : the estimate and its panel; what it does not say of its comparison is taken from the panel
    """
    anticipation = int(estimate.facts.get("anticipation", 0))
    try:
        starts = take_starts(panel, before=1 + anticipation)
    except DesignError:
        return None
    comparison: Comparison = estimate.facts.get("comparison", "never_started" if starts.n_never else "not_yet_started")
    cells = cells_of(
        starts, method="callaway_santanna", comparison=comparison, anticipation=anticipation, universal=True
    )
    if not cells.after.any() or not (cells.since < -1 - anticipation).any():
        return None
    _, since, _ = averages(cells, starts, "overall")
    placebo = [one for one in since if one < -1 - anticipation]
    found = uncertain(starts, np.array([since[one] for one in placebo]), level=estimate.level)
    about = described_series(panel, estimator="staggered_starts", level=estimate.level, sd=spread_before(starts))
    effects = {}
    for place, one in enumerate(placebo):
        n = int(starts.sizes[np.unique(cells.group[cells.since == one])].sum())
        told = replace(about, value=float(found.value[place]), n=n)
        if np.isfinite(found.se[place]):
            names = ("se", "df", "low", "high", "p")
            told = sure(told, **{name: float(getattr(found, name)[place]) for name in names}, kind="of means")
        effects[one] = told
    return BeforeStarts(starts, comparison, effects)
