"""Series that began a change at different times, as a table of numbers: which group started when, and who can be compared with whom.

Callaway, B., & Sant'Anna, P. H. C. (2021). Difference-in-differences with multiple time periods. Journal of Econometrics, 225(2), 200-230.
doi:10.1016/j.jeconom.2020.12.001
"""

from dataclasses import dataclass

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import SeriesPanel
from cycles.study.inference.estimability import is_constant
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints, numbers

NEVER = -1
"""The start of series in which the change never began while they were observed."""

NEVER_STARTED = "never_started"
"""What their arm is called where nobody named it."""

FEWEST_TO_JUDGE = 4
"""Series that began, and series to compare them with, below which a difference is described only (CY307)."""


@dataclass(frozen=True)
class Starts:
    """Complete series by periods, and the groups of those that began together.

    `values` is (series, periods). `group` gives each series its place in `starts`, which holds the first period (a column of `values`)
    under the change of each group, `NEVER` first where some never began it. `periods` are written as the source writes them.
    `incomplete` and `no_before` count the series left out: with a gap, or under the change before anything could be observed.
    """

    values: Floats
    group: Ints
    starts: Ints
    periods: tuple[str, ...]
    incomplete: int = 0
    no_before: int = 0

    @property
    def sizes(self) -> Ints:
        """Series in each group."""
        return np.bincount(self.group, minlength=len(self.starts))

    @property
    def began(self) -> Ints:
        """The places of the groups that began the change while they were observed."""
        return np.flatnonzero(self.starts != NEVER)

    @property
    def n_began(self) -> int:
        """Series that began the change while they were observed."""
        return int(self.sizes[self.began].sum())

    @property
    def n_never(self) -> int:
        """Series in which it never began."""
        return len(self.values) - self.n_began

    @property
    def means(self) -> Floats:
        """Mean value of each group in each period: (groups, periods)."""
        sums = np.zeros((len(self.starts), self.values.shape[1]))
        np.add.at(sums, self.group, self.values)
        return sums / self.sizes[:, None]

    def not_begun(self, period: int) -> Ints:
        """The places of the groups that have not begun in a period."""
        return np.flatnonzero((self.starts == NEVER) | (self.starts > period))

    def label(self, group: int) -> str:
        """The group's name: the period in which it began."""
        return "never" if self.starts[group] == NEVER else self.periods[self.starts[group]]


def take_starts(panel: SeriesPanel, *, before: int = 1) -> Starts:
    """The complete series of a panel, in groups by when they began.

    Parameters
    ----------
    panel : SeriesPanel
        It is not changed.
    before : int
        Periods that a series must have been observed before its start.

    Returns
    -------
    Starts
        Periods in which no series has a value are left out, and series without a value in one of the others; both are never filled in.

    Raises
    ------
    DesignError
        CY309 not finite or text, CY308 no complete series, CY310 no series observed before its start, CY302 no series that began or none to
        compare with, CY303 a single one, CY304 the same value everywhere.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.series_frames import as_series
    >>> rows = pd.DataFrame({"school": list("aaabbb"), "year": [1, 2, 3] * 2, "share": [1.0, 2, 4, 2, 4, 6]})
    >>> panel = as_series(rows.assign(began=rows.school.map({"a": 3})), measure="share", value="share", time="year", series="school",
    ...     started="began", change="joined", design="staggered_starts")
    >>> found = take_starts(panel)
    >>> found.starts.tolist(), found.label(1), found.means.tolist()
    ([-1, 2], '3', [[2.0, 4.0, 6.0], [1.0, 2.0, 4.0]])
    """
    if panel.table["value"].isna().all():
        raise DesignError(f"no {panel.series_name} has a value in any period", code="CY308")
    wide, began, periods = _wide(panel)
    complete = np.isfinite(wide).all(axis=1)
    if not complete.any():
        raise DesignError(
            f"no {panel.series_name} has a value in every period that is observed",
            code="CY308",
            fix="Leave out periods with many gaps.",
        )
    early = (began != NEVER) & (began < before)
    kept = complete & ~early
    starts, group = np.unique(began[kept], return_inverse=True)
    found = Starts(
        values=wide[kept],
        group=group.astype(np.intp),
        starts=starts.astype(np.intp),
        periods=periods,
        incomplete=int((~complete).sum()),
        no_before=int((complete & early).sum()),
    )
    _require_before(found, panel, before)
    _require_spread(found, panel)
    return found


def require_comparison(starts: Starts, *, name: str, with_later: bool) -> None:
    """CY302 where no series began or none is left to compare with, CY303 where it is a single one.

    Parameters
    ----------
    starts : the groups
    name : what a series is called
    with_later : whether series that begin later serve as the comparison until they do
    """
    later = starts.n_began - int(starts.sizes[starts.began[:1]].sum()) if with_later and len(starts.began) else 0
    others = starts.n_never + later
    if not starts.n_began:
        raise DesignError(f"no {name} began the change while it was observed", code="CY302")
    if not others:
        who = "never began the change or began it later" if with_later else "never began the change"
        fix = "Take `comparison: not_yet_started`." if not with_later and len(starts.began) > 1 else None
        raise DesignError(f"no {name} is left to compare with: none {who}", code="CY302", fix=fix or "")
    if starts.n_began == 1 or others == 1:
        single = "began the change" if starts.n_began == 1 else "is there to compare with"
        raise DesignError(f"a single {name} {single}: it and the change cannot be told apart", code="CY303")


def spread_before(starts: Starts) -> float | None:
    """Standard deviation between series within groups, over the periods before any of them began; None where they do not differ."""
    before = starts.values[:, : int(starts.starts[starts.began].min(initial=starts.values.shape[1]))]
    squares, free = 0.0, 0
    for group, size in enumerate(starts.sizes):
        rows = before[starts.group == group]
        squares += float(((rows - rows.mean(axis=0)) ** 2).sum())
        free += (int(size) - 1) * before.shape[1]
    if not free or is_constant(np.array([0.0, 2 * np.sqrt(squares / free)]), size=starts.values):
        return None
    return float(np.sqrt(squares / free))


def _wide(panel: SeriesPanel) -> tuple[Floats, Ints, tuple[str, ...]]:
    """Values by series and observed period, the column in which each series begins, and what the columns are called."""
    table = panel.table
    values, times = numbers(table, "value"), np.unique(table["time"].to_numpy())
    wide = values.reshape(-1, len(times))
    observed = np.isfinite(wide).any(axis=0)
    first = table["started"].to_numpy(dtype=float, na_value=np.nan)[:: len(times)]
    place = np.searchsorted(times[observed], np.where(np.isnan(first), np.inf, first))
    began = np.where(place < observed.sum(), place, NEVER).astype(np.intp)
    called = table["period"].iloc[: len(times)].to_numpy(dtype=object)[observed]
    return wide[:, observed], began, tuple(str(one) for one in called)


def _require_before(starts: Starts, panel: SeriesPanel, before: int) -> None:
    if starts.no_before and not starts.n_began:
        periods = "a period" if before == 1 else f"{before} periods"
        raise DesignError(f"no {panel.series_name} was observed for {periods} before its start", code="CY310")


def _require_spread(starts: Starts, panel: SeriesPanel) -> None:
    if is_constant(starts.values.ravel()):
        raise DesignError(
            f"all {len(starts.values):,} {panel.series_name}s have the same value throughout", code="CY304"
        )
