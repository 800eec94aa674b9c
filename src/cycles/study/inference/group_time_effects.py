"""All effects of series that began at different times: the headline, by periods since the start, by group, and by group and period."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from cycles.core.errors import DesignError
from cycles.study.inference.group_time import Aggregate, Cells, Comparison, Method, averages, cells_of
from cycles.study.inference.group_time_variance import Uncertain, uncertain
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.starts import Starts
from cycles.study.inference.starts_by_diff_diff import Effects, by_diff_diff
from cycles.study.inference.two_way_contrast import TwoWayContrast, two_way_contrast


@dataclass(frozen=True)
class GroupTimeEffects:
    """The effects, one per term, the headline first; `theirs` are diff_diff's, `contrast` what two-way fixed effects would say."""

    starts: Starts
    cells: Cells
    since: tuple[int, ...]
    groups: tuple[int, ...]
    terms: list[str]
    found: Uncertain
    theirs: Effects
    contrast: TwoWayContrast
    aggregate: Aggregate
    comparison: Comparison
    anticipation: int

    @property
    def without_effect(self) -> tuple[str, ...]:
        """The groups that nobody is left to compare with after they began."""
        return tuple(self.starts.label(group) for group in self.starts.began if group not in self.groups)

    @property
    def second_route(self) -> float | None:
        """The headline from diff_diff's effects; None where it does not have them, or averages groups over other periods than we do."""
        if self.aggregate == "by_group":
            known = {} if self.anticipation else self.theirs.groups
            pairs = [(known.get(group), self.starts.sizes[group]) for group in self.groups]
        else:
            alike = self.aggregate == "by_time"
            pairs = [
                (self.theirs.since.get(one), 1 if alike else self.series_at[one]) for one in self.since if one >= 0
            ]
        values = np.array([np.nan if one is None else one[0] for one, _ in pairs])
        return float(np.average(values, weights=[n for _, n in pairs])) if np.isfinite(values).all() else None

    @cached_property
    def series_at(self) -> dict[int, int]:
        """Series under the change that an effect of each horizon rests on."""
        sizes = self.starts.sizes[self.cells.group]
        return {one: int(sizes[self.cells.since == one].sum()) for one in self.since}

    @cached_property
    def comparison_left(self) -> dict[int, int]:
        """The fewest series that an effect of each horizon is compared with."""
        left: dict[int, int] = {}
        for group, period, since in zip(self.cells.group, self.cells.period, self.cells.since, strict=True):
            n = self._compared_with(int(group), int(period))
            left[int(since)] = min(n, left.get(int(since), n))
        return {one: left[one] for one in self.since}

    @property
    def facts(self) -> dict[str, Any]:
        """Series by group and horizon, and the contrast."""
        groups = range(len(self.starts.starts))
        return {
            "comparison": self.comparison,
            "anticipation": self.anticipation,
            "series_by_group": {self.starts.label(one): int(self.starts.sizes[one]) for one in groups},
            "series_since_start": {str(one): n for one, n in self.series_at.items()},
            "comparison_left": {str(one): n for one, n in self.comparison_left.items()},
            "two_way_fixed_effects": self.contrast.value,
            "two_way_negative_share": self.contrast.negative_share,
            "two_way_already_begun_share": self.contrast.already_begun_share,
        }

    def large_sample(self, level: float) -> Uncertain:
        """The same effects with diff_diff's standard errors and the normal distribution; of groups in single periods none."""
        theirs = [self.theirs.overall, *(self.theirs.since.get(one) for one in self.since)]
        theirs += [self.theirs.groups.get(one) for one in self.groups]
        se = np.full(len(self.terms), np.nan)
        se[: len(theirs)] = [np.nan if one is None else one[1] for one in theirs]
        reach = ndtri((1 + level) / 2) * se
        value = self.found.value
        p = 2 * ndtr(-np.abs(value / se))
        return Uncertain(value, se, np.full(len(se), np.nan), value - reach, value + reach, p)

    def _compared_with(self, group: int, period: int) -> int:
        if self.comparison == "never_started":
            return self.starts.n_never
        others = self.starts.not_begun(period + self.anticipation)
        return int(self.starts.sizes[others[others != group]].sum())


def group_time_effects(
    starts: Starts,
    *,
    method: Method,
    comparison: Comparison,
    anticipation: int,
    aggregate: Aggregate,
    level: float,
) -> GroupTimeEffects:
    """Every effect with its uncertainty, in two ways.

    Parameters
    ----------
    starts : the complete series
    method, comparison, anticipation, aggregate : as `staggered_starts` takes them
    level : coverage of the intervals

    Raises
    ------
    DesignError
        CY302 when no period under the change has anybody left to compare with.

    Examples
    --------
    >>> values = np.array([[0.0, 0, 0], [1, 1, 2], [0, 3, 3], [1, 3, 4]])
    >>> starts = Starts(values, np.array([0, 0, 1, 1]), np.array([-1, 1]), ("1", "2", "3"))
    >>> found = group_time_effects(starts, method="imputation", comparison="never_started", anticipation=0, aggregate="overall", level=0.95)
    >>> found.terms, found.found.value.round(6).tolist(), round(found.second_route, 6)
    (['overall', 'since_start[0]', 'since_start[1]', 'group[2]', 'group[2] in 2', 'group[2] in 3'], [2.5, 2.5, 2.5, 2.5, 2.5, 2.5], 2.5)
    """
    used: Comparison = "not_yet_started" if method == "imputation" else comparison
    cells = cells_of(starts, method=method, comparison=comparison, anticipation=anticipation)
    if not cells.after.any():
        raise DesignError("in no period under the change is anybody left to compare with", code="CY302")
    overall, since, groups = averages(cells, starts, aggregate)
    return GroupTimeEffects(
        starts=starts,
        cells=cells,
        since=tuple(since),
        groups=tuple(groups),
        terms=_terms(starts, cells, since, groups),
        found=uncertain(starts, _stacked(overall, since, groups, cells), level=level),
        theirs=by_diff_diff(starts, method=method, comparison=comparison, anticipation=anticipation),
        contrast=two_way_contrast(starts),
        aggregate=aggregate,
        comparison=used,
        anticipation=anticipation,
    )


def _terms(starts: Starts, cells: Cells, since: dict[int, Floats], groups: dict[int, Floats]) -> list[str]:
    each = zip(cells.group, cells.period, strict=True)
    return [
        "overall",
        *(f"since_start[{one}]" for one in since),
        *(f"group[{starts.label(one)}]" for one in groups),
        *(f"group[{starts.label(group)}] in {starts.periods[period]}" for group, period in each),
    ]


def _stacked(overall: Floats, since: dict[int, Floats], groups: dict[int, Floats], cells: Cells) -> Floats:
    return np.concatenate([np.array([overall, *since.values(), *groups.values()]), cells.weights])
