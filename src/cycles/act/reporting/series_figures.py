"""Drawing of series over time: points, the line that the model fits, and the dashed one that it expects without the change."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cycles.act.reporting.figures import (
    BLUE,
    INK,
    OCHRE,
    SLATE,
    Drawing,
    drawn_twice,
    label_line,
    legend_above,
    mark_break,
    places_in_time,
    time_axis,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS = (("o", BLUE), ("D", SLATE), ("s", INK), ("^", OCHRE))


@dataclass(frozen=True)
class Line:
    """One arm: a value, a fitted value and one without the change for each period; None where there is none or it is held back."""

    label: str
    values: Sequence[float | None]
    fitted: Sequence[float | None]
    without: Sequence[float | None]


def draw_series(
    lines: Sequence[Line], *, periods: Sequence[Any], start: int | None, breaks: Sequence[int], unit: str
) -> Drawing:
    """Every arm's points and lines over the periods, with the start of the change.

    Parameters
    ----------
    lines : sequence of Line
        In order; each arm has a mark of its own.
    periods : dates or names, in order
    start : the first period under the change, or None
    breaks : places in `periods` from which on values are not comparable with those before
    unit : axis label
    """

    def draw(figure: "Figure", wide: bool) -> None:
        axes = figure.add_subplot()
        spots = places_in_time(periods)
        for place, line in enumerate(lines):
            _plot(axes, spots, line, *LOOKS[place % len(LOOKS)], start=start)
        if start is not None and start > 0:
            between = (spots[start - 1] + spots[start]) / 2
            axes.axvline(between, color=OCHRE, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
            label_line(axes, between, "change starts", color=OCHRE, right=between > (spots[0] + spots[-1]) / 2)
        for place in breaks:
            if 0 < place < len(spots):
                between = (spots[place - 1] + spots[place]) / 2
                mark_break(axes, between, right=place > len(spots) / 2, at_foot=True)
        time_axis(axes, spots, periods, most=7 if wide else 4)
        axes.set_ylabel(textwrap.fill(unit, 34 if wide else 28))
        legend_above(figure, axes, columns=2 if wide else 1)
        axes.margins(x=0.03, y=0.14)
        axes.spines[["top", "right"]].set_visible(False)

    return drawn_twice(draw, wide_height=3.6, narrow_height=3.6)


def _plot(axes: "Axes", spots: list[float], line: Line, mark: str, colour: str, *, start: int | None) -> None:
    values = [float("nan") if value is None else value for value in line.values]
    joined = all(value is None for value in line.fitted)
    look: Any = {
        "marker": mark,
        "markersize": 4,
        "markerfacecolor": "white",
        "markeredgecolor": colour,
        "color": colour,
    }
    axes.plot(spots, values, linestyle="-" if joined else "none", linewidth=0.9, label=line.label, zorder=3, **look)
    ends = [0, start, len(spots)] if start else [0, len(spots)]
    for first, last in pairwise(ends):
        axes.plot(spots[first:last], _numbers(line.fitted[first:last]), color=colour, linewidth=1.6, zorder=2)
    if any(value is not None for value in line.without):
        begin = start or 0
        name = f"{line.label}: to be expected without the change"
        axes.plot(
            spots[begin:],
            _numbers(line.without[begin:]),
            color=colour,
            linewidth=1.4,
            linestyle=(0, (4, 2)),
            label=name,
            zorder=2,
        )


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [float("nan") if value is None else value for value in values]
