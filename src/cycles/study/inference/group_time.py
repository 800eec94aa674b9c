"""Effects by group and time as weights on the groups' means: whatever the method, each effect is a sum of means times weights.

The weights depend on who started when, not on the values. So an effect's uncertainty is that of a few independent means (one per group),
which small samples can be judged by.

Callaway, B., & Sant'Anna, P. H. C. (2021). doi:10.1016/j.jeconom.2020.12.001
Sun, L., & Abraham, S. (2021). Estimating dynamic treatment effects in event studies with heterogeneous treatment effects. Journal of
Econometrics, 225(2), 175-199. doi:10.1016/j.jeconom.2020.09.006
Borusyak, K., Jaravel, X., & Spiess, J. (2024). Revisiting event-study designs: robust and efficient estimation. Review of Economic
Studies, 91(6), 3253-3285. doi:10.1093/restud/rdae007
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints
from cycles.study.inference.starts import NEVER, Starts

Method = Literal["callaway_santanna", "sun_abraham", "imputation"]
Comparison = Literal["never_started", "not_yet_started"]
Aggregate = Literal["overall", "by_time", "by_group"]


@dataclass(frozen=True)
class Cells:
    """One row per group and period with an effect: the group, the period, periods since its start; weights are (cells, groups, periods)."""

    group: Ints
    period: Ints
    since: Ints
    weights: Floats

    @property
    def after(self) -> np.ndarray:
        """Which of them lie under the change."""
        return self.since >= 0


def cells_of(
    starts: Starts, *, method: Method, comparison: Comparison, anticipation: int = 0, universal: bool = False
) -> Cells:
    """The effects that can be had, before and after each start.

    Parameters
    ----------
    starts : the groups
    method : whose weights
    comparison : who serves as the comparison (the imputation uses all that have not begun)
    anticipation : periods before the start that may already show the change
    universal : compare every period with the last one before the start, rather than earlier ones with the one before them

    Returns
    -------
    Cells
        Of the imputation, periods under the change only. Empty where nobody is left to compare with.

    Examples
    --------
    >>> starts = Starts(np.arange(12.0).reshape(4, 3), np.array([0, 0, 1, 1]), np.array([NEVER, 2]), ("1", "2", "3"))
    >>> found = cells_of(starts, method="callaway_santanna", comparison="never_started")
    >>> found.since.tolist(), found.weights[-1].tolist()
    ([-1, 0], [[0.0, 1.0, -1.0], [0.0, -1.0, 1.0]])
    """
    if method == "imputation":
        found = _imputed(starts, anticipation)
    else:
        universal = universal or method == "sun_abraham"
        found = _compared(starts, comparison, anticipation, universal)
    group, period, weights = zip(*found, strict=True) if found else ((), (), np.zeros((0, *starts.means.shape)))
    places = np.array(group, dtype=np.intp)
    periods = np.array(period, dtype=np.intp)
    return Cells(places, periods, periods - starts.starts[places], np.array(weights))


def averages(cells: Cells, starts: Starts, aggregate: Aggregate) -> tuple[Floats, dict[int, Floats], dict[int, Floats]]:
    """The overall effect, the effects by periods since the start, and those by group: weights (groups, periods) each.

    Parameters
    ----------
    cells : the effects, some of them under the change
    starts : the groups
    aggregate : whether the overall effect weighs every series and period alike, every horizon alike, or every series alike

    Returns
    -------
    array, dict periods since -> array, dict group -> array
    """
    sizes = starts.sizes[cells.group].astype(float)
    since = {int(one): _mean(cells, cells.since == one, sizes) for one in np.unique(cells.since)}
    groups = {
        int(one): _mean(cells, cells.after & (cells.group == one), sizes) for one in np.unique(cells.group[cells.after])
    }
    if aggregate == "by_time":
        overall = np.mean([weights for one, weights in since.items() if one >= 0], axis=0)
    elif aggregate == "by_group":
        overall = np.average([*groups.values()], axis=0, weights=starts.sizes[[*groups]])
    else:
        overall = _mean(cells, cells.after, sizes)
    return overall, since, groups


def _mean(cells: Cells, chosen: np.ndarray, sizes: Floats) -> Floats:
    return np.average(cells.weights[chosen], axis=0, weights=sizes[chosen])


def _compared(
    starts: Starts, comparison: Comparison, anticipation: int, universal: bool
) -> list[tuple[int, int, Floats]]:
    """Each group's change from a base period, less that of the groups it is compared with."""
    found = []
    for group in starts.began:
        base = starts.starts[group] - 1 - anticipation
        for period in range(starts.values.shape[1]):
            from_period = base if universal or period > base else period - 1
            others = _others(starts, group, max(period, from_period) + anticipation, comparison)
            if from_period < 0 or period == from_period or not len(others):
                continue
            weights = np.zeros(starts.means.shape)
            share = starts.sizes[others] / starts.sizes[others].sum()
            weights[others, period] -= share
            weights[others, from_period] += share
            weights[group, period] += 1
            weights[group, from_period] -= 1
            found.append((int(group), period, weights))
    return found


def _others(starts: Starts, group: int, last: int, comparison: Comparison) -> Ints:
    """Groups that have not begun by the last period that is used, without the group itself."""
    others = starts.not_begun(last) if comparison == "not_yet_started" else np.flatnonzero(starts.starts == NEVER)
    return others[others != group]


def _imputed(starts: Starts, anticipation: int) -> list[tuple[int, int, Floats]]:
    """Each group's mean, less what group and period effects say that were fitted to everything not yet under the change."""
    n_groups, n_periods = starts.means.shape
    groups, periods = np.divmod(np.arange(n_groups * n_periods), n_periods)
    begun = (starts.starts[groups] != NEVER) & (periods >= starts.starts[groups] - anticipation)
    design = np.column_stack([groups[:, None] == np.arange(n_groups), periods[:, None] == np.arange(1, n_periods)])
    design = design.astype(float)
    weighted = design * (starts.sizes[groups] * ~begun)[:, None]
    gram = weighted.T @ design
    inverse = np.linalg.pinv(gram, hermitian=True)
    told = np.abs(design @ (inverse @ gram) - design).max(axis=1) < ESTIMABLE
    found = []
    for cell in np.flatnonzero(begun & told & (periods >= starts.starts[groups])):
        weights = -(weighted @ (inverse @ design[cell]))
        weights[cell] += 1
        found.append((int(groups[cell]), int(periods[cell]), weights.reshape(n_groups, n_periods)))
    return found


ESTIMABLE = 1e-8
"""How far a period's effect may be from what the others say of it, for rounding, and still be known."""
