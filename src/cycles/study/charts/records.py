"""Records of charts with limits: numbers, not drawings."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from cycles.core.vocabulary import Chart, Record

Better = Literal["higher", "lower"]


@dataclass(frozen=True, kw_only=True, repr=False)
class ControlChart(Chart):
    """A chart with limits.

    `points` has besides `period, value, n, phase` also `center, lower, upper` (missing where there are too few points for limits), `signal`
    (what marks the point; empty for none) and `side` (`high`, `low` or empty). `better` is the direction of improvement, `marks` the
    dates of the PDSA record with what happened on them, `reason` why this kind of chart. `variation` and `assurance` say in words what
    the last point shows, and whether the target is met.
    """

    target: float | None = None
    better: Better | None = None
    marks: tuple[tuple[Any, str], ...] = ()
    reason: str = ""
    variation: str = ""
    assurance: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class ControlCharts(Record):
    """The same measure in several groups, a control chart each, with limits and phases of their own. Groups are in alphabetical order."""

    measure: str
    unit: str
    charts: dict[str, ControlChart]

    @property
    def table(self) -> pd.DataFrame:
        """The points of all groups."""
        return pd.concat([one.points.assign(group=name) for name, one in self.charts.items()], ignore_index=True)

    @property
    def text(self) -> str:
        """What varies more than chance, group by group."""
        told = [
            f"{name}: {one.variation}{f'; {one.assurance}' if one.assurance else ''}"
            for name, one in self.charts.items()
        ]
        return ". ".join([*told, "Each group is judged by its own limits; groups are not ranked."])


@dataclass(frozen=True, kw_only=True, repr=False)
class Funnel(Record):
    """Places side by side, each beside the limits for its size; never ranked.

    `points` has `place, value, n, size`, the limits `lower_95, upper_95, lower_998, upper_998` and `side` (`high` or `low` beyond the outer
    limits, else empty). `curve` has the limits by size, for drawing.
    """

    measure: str
    unit: str
    center: float
    points: pd.DataFrame
    curve: pd.DataFrame
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """One row per place."""
        return self.points
