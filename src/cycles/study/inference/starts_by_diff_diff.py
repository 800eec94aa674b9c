"""The same effects by the library diff_diff: a second route to every number, and its large-sample standard errors.

Its warnings are about what is refused here before it is asked, or about later versions of pandas; they never reach a reader.
"""

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cycles.study.inference.group_time import Comparison, Method
from cycles.study.inference.starts import NEVER, Starts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd


@dataclass(frozen=True)
class Effects:
    """Effects and standard errors, each (value, se): overall, by periods since the start, by group (its place)."""

    overall: tuple[float, float]
    since: dict[int, tuple[float, float]]
    groups: dict[int, tuple[float, float]]
    version: str


def by_diff_diff(starts: Starts, *, method: Method, comparison: Comparison, anticipation: int = 0) -> Effects:
    """Ask the library.

    Parameters
    ----------
    starts : the complete series
    method, comparison, anticipation : as :func:`cycles.study.inference.group_time.cells_of` takes them

    Returns
    -------
    Effects
        `overall` weighs every series and period alike, with `anticipation` those before the start too. `groups` is empty for
        `sun_abraham`.
    """
    import diff_diff

    with _quiet():
        found = _fitted(starts, method, comparison, anticipation)
        if method == "sun_abraham":
            since = {int(e): (one["effect"], one["se"]) for e, one in found.event_study_effects.items()}
            return Effects((found.overall_att, found.overall_se), since, {}, diff_diff.__version__)
        simple = found.aggregate("simple").to_dataframe()
        events = found.aggregate("event_study").to_dataframe()
        groups = found.aggregate("group").to_dataframe()
    place = {int(start) + FIRST: number for number, start in enumerate(starts.starts)}
    return Effects(
        overall=(float(simple["att"].iloc[0]), float(simple["se"].iloc[0])),
        since={int(row.event_time): (float(row.att), float(row.se)) for row in events.itertuples()},
        groups={place[int(row.label)]: (float(row.att), float(row.se)) for row in groups.itertuples()},
        version=diff_diff.__version__,
    )


def bounds_on_trends(
    starts: Starts, *, comparison: Comparison, times: float, level: float
) -> tuple[float, float] | None:
    """The interval of the mean effect if trends after the start differ at most `times` as much as they did before it.

    Parameters
    ----------
    starts : the complete series, with at least three periods before some start
    comparison : who serves as the comparison
    times : how many times the largest change of the difference from one period to the next before the start
    level : coverage

    Returns
    -------
    (low, high) or None
        By relative magnitudes; None where the library finds no interval.

    References
    ----------
    Rambachan, A., & Roth, J. (2023). A more credible approach to parallel trends. Review of Economic Studies, 90(5), 2555-2591.
    doi:10.1093/restud/rdad018
    """
    from diff_diff import HonestDiD

    with _quiet():
        events = _fitted(starts, "callaway_santanna", comparison, 0, base_period="universal").aggregate("event_study")
        try:
            found = HonestDiD(method="relative_magnitude", M=times, alpha=1 - level).fit(events)
        except (ValueError, np.linalg.LinAlgError):
            return None
    low, high = float(found.ci_lb), float(found.ci_ub)
    return (low, high) if np.isfinite([low, high]).all() else None


def already_begun_share(starts: Starts) -> float:
    """Weight that two-way fixed effects give to comparisons with series already under the change (Goodman-Bacon 2021), 0-1."""
    from diff_diff import BaconDecomposition

    with _quiet():
        found = BaconDecomposition().fit(
            _long(starts), outcome="value", unit="series", time="time", first_treat="began"
        )
    return float(found.total_weight_later_vs_earlier)


def _fitted(starts: Starts, method: Method, comparison: Comparison, anticipation: int, **more: Any) -> Any:
    from diff_diff import CallawaySantAnna, ImputationDiD, SunAbraham

    group = {"never_started": "never_treated", "not_yet_started": "not_yet_treated"}[comparison]
    if method == "imputation":
        model: Any = ImputationDiD(anticipation=anticipation, **more)
    elif method == "sun_abraham":
        model = SunAbraham(anticipation=anticipation, control_group=group, **more)
    else:
        model = CallawaySantAnna(anticipation=anticipation, control_group=group, **more)
    return model.fit(_long(starts), outcome="value", unit="series", time="time", first_treat="began")


def _long(starts: Starts) -> "pd.DataFrame":
    """One row per series and period; the library counts starts from one, with zero for never."""
    import pandas as pd

    n, periods = starts.values.shape
    began = np.where(starts.starts == NEVER, 0, starts.starts + FIRST)[starts.group]
    columns = {
        "series": np.repeat(np.arange(n), periods),
        "time": np.tile(np.arange(periods) + FIRST, n),
        "began": np.repeat(began, periods),
        "value": starts.values.ravel(),
    }
    return pd.DataFrame(columns)


FIRST = 1
"""What the library is told the first period is."""


@contextmanager
def _quiet() -> "Iterator[None]":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
