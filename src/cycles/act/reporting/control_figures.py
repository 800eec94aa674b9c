"""Drawings of control charts and funnels: what is beyond chance differs in shape, not only in colour."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
from cycles.act.reporting.wording import HIDDEN, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DASHES: Any = (0, (5, 3))
DOTS: Any = (0, (1, 2))
LOOKS = {
    "improvement": ("signal: better", BLUE),
    "concern": ("signal: worse", OCHRE),
    "neither": ("signal", INK),
}
SHAPES = {"high": "^", "low": "v"}


@dataclass(frozen=True)
class ControlPoint:
    """One point: its value (None where it is held back), its lines (None where there are none), and the side of its signal."""

    period: Any
    value: float | None
    center: float | None
    lower: float | None
    upper: float | None
    side: str = ""


@dataclass(frozen=True)
class ControlPanel:
    """One chart: its points, the direction of improvement, the target, the days that are marked, and where the series breaks."""

    title: str
    points: Sequence[ControlPoint]
    better: str | None
    target: float | None
    marks: Sequence[tuple[date, str]] = ()
    breaks: Sequence[int] = ()


def draw_control_charts(panels: Sequence[ControlPanel], *, unit: str) -> Drawing:
    """Control charts with their limits: one, or several small ones on one scale.

    Points that show no more than chance are circles; those of a signal are triangles that point up on the high side and down on the low
    one; squares are not judged, because there are no limits. A mark is named beside its line when there is one, and by its number when
    there are several.

    Parameters
    ----------
    panels : sequence of ControlPanel
    unit : str
        Axis label.

    Returns
    -------
    Drawing
    """
    n = len(panels)

    def draw(figure: "Figure", wide: bool) -> None:
        columns = 2 if wide and n > 1 else 1
        grid = figure.subplots(-(-n // columns), columns, sharey=True, squeeze=False)
        every = [axes for row in grid for axes in row]
        for axes, panel in zip(every, panels, strict=False):
            _plot_panel(axes, panel, most=7 if wide and n == 1 else 4)
            if n > 1:
                axes.set_title(
                    textwrap.shorten(panel.title, 40, placeholder=" …"), loc="left", fontsize="medium", color=INK
                )
        for axes in every[n:]:
            axes.remove()
        label = textwrap.fill(unit, 34 if wide else 28)
        every[0].set_ylabel(label) if n == 1 else figure.supylabel(label, fontsize="medium", color=SLATE)
        _one_legend(figure, every[:n], columns=4 if wide else 2)

    rows = -(-n // 2)
    return drawn_twice(
        draw, wide_height=3.4 if n == 1 else 0.6 + 2.1 * rows, narrow_height=3.2 if n == 1 else 0.8 + 2.0 * n
    )


def draw_funnel(
    places: Sequence[tuple[str, float, float, str]],
    *,
    center: float,
    curve: Sequence[tuple[float, float, float, float, float]],
    unit: str,
    size_label: str,
) -> Drawing:
    """Places by size and value within the funnel of their limits; those beyond the outer limits are triangles with their name.

    Parameters
    ----------
    places : sequence of (name, size, value, side)
        Those that may be shown.
    center : float
        The value of all places together.
    curve : sequence of (size, lower 95, upper 95, lower 99.8, upper 99.8)
    unit, size_label : str
        Axis labels.

    Returns
    -------
    Drawing
    """

    def draw(figure: "Figure", wide: bool) -> None:
        axes = figure.add_subplot()
        size, inner_low, inner_high, outer_low, outer_high = zip(*curve, strict=True)
        axes.axhline(center, color=INK, linewidth=1.2, label=f"all together {number(center, places=1)}", zorder=1)
        for low, high, dashes, label in (
            (inner_low, inner_high, DOTS, "95% limits"),
            (outer_low, outer_high, DASHES, "99.8% limits"),
        ):
            axes.plot(size, low, color=SLATE, linestyle=dashes, linewidth=1.3, label=label, zorder=2)
            axes.plot(size, high, color=SLATE, linestyle=dashes, linewidth=1.3, zorder=2)
        for side, (mark, fill) in {"": ("o", "white"), "high": ("^", BLUE), "low": ("v", BLUE)}.items():
            own = [(x, y) for _, x, y, one in places if one == side]
            look: Any = {"marker": mark, "markerfacecolor": fill, "markeredgecolor": BLUE, "linestyle": "none"}
            label = {"": "within", "high": "above", "low": "below"}[side]
            if own:
                axes.plot(
                    [x for x, _ in own],
                    [y for _, y in own],
                    markersize=7 if side else 5.5,
                    label=label,
                    zorder=3,
                    **look,
                )
        for name, x, y, side in places:
            if side:
                _name_place(axes, name, x, y, right=x > (size[0] + size[-1]) / 2)
        axes.set_ylabel(textwrap.fill(unit, 34 if wide else 28))
        axes.set_xlabel(size_label)
        legend_above(figure, axes, columns=5 if wide else 2)
        axes.margins(x=0.04, y=0.08)
        axes.spines[["top", "right"]].set_visible(False)

    return drawn_twice(draw, wide_height=3.8, narrow_height=3.6)


def _name_place(axes: "Axes", name: str, x: float, y: float, *, right: bool) -> None:
    said = textwrap.shorten(name, 26, placeholder=" …")
    axes.annotate(
        said,
        (x, y),
        xytext=(-7 if right else 7, 0),
        textcoords="offset points",
        ha="right" if right else "left",
        va="center",
        color=INK,
        fontsize="small",
        zorder=4,
    )


def _plot_panel(axes: "Axes", panel: ControlPanel, *, most: int) -> None:
    spots = places_in_time([point.period for point in panel.points])
    _plot_lines(axes, spots, panel)
    _plot_values(axes, spots, panel)
    _plot_marks(axes, spots, panel)
    for place in panel.breaks:
        between = (spots[place - 1] + spots[place]) / 2
        mark_break(axes, between, right=between > (spots[0] + spots[-1]) / 2, at_foot=bool(panel.marks))
    time_axis(axes, spots, [point.period for point in panel.points], most=most)
    axes.margins(x=0.03, y=0.16)
    axes.spines[["top", "right"]].set_visible(False)


def _plot_lines(axes: "Axes", spots: list[float], panel: ControlPanel) -> None:
    """Centre line and limits, anew where the centre line changes; the limits are steps where they differ from point to point."""
    for first, last in _stretches(panel.points):
        own = panel.points[first:last]
        edges = _edges(spots, first, last)
        axes.plot(
            [edges[0], edges[-1]],
            [float(own[0].center or 0.0)] * 2,
            color=INK,
            linewidth=1.3,
            label="centre line",
            zorder=1,
        )
        for name in ("upper", "lower"):
            values = [float("nan") if (one := getattr(point, name)) is None else one for point in own]
            axes.stairs(
                values, edges, baseline=None, color=SLATE, linestyle=DASHES, linewidth=1.2, label="limits", zorder=1
            )
    if panel.target is not None:
        axes.axhline(
            panel.target, color=OCHRE, linestyle=DOTS, linewidth=1.8, label=f"target {_short(panel.target)}", zorder=1
        )


def _plot_values(axes: "Axes", spots: list[float], panel: ControlPanel) -> None:
    values = [float("nan") if point.value is None else point.value for point in panel.points]
    for first, last in pairwise([0, *panel.breaks, len(values)]):
        axes.plot(spots[first:last], values[first:last], color=SLATE, linewidth=0.9, zorder=2)
    groups: dict[tuple[str, str, str, str], list[tuple[float, float]]] = {}
    for spot, value, point in zip(spots, values, panel.points, strict=True):
        if point.value is None:
            axes.text(spot, 0.02, HIDDEN, transform=axes.get_xaxis_transform(), ha="center", va="bottom", color=SLATE)
            continue
        groups.setdefault(_look(point, panel.better), []).append((spot, value))
    for (label, mark, fill, edge), own in groups.items():
        look: Any = {"marker": mark, "markerfacecolor": fill, "markeredgecolor": edge, "linestyle": "none", "zorder": 3}
        axes.plot([x for x, _ in own], [y for _, y in own], label=label, markersize=5 if mark in "os" else 8, **look)


def _look(point: ControlPoint, better: str | None) -> tuple[str, str, str, str]:
    """Label, shape, fill and edge of a point; without a centre line it is not judged."""
    side = point.side
    if point.center is None:
        return ("not judged", "s", "white", SLATE)
    if not side:
        return ("no more than chance", "o", "white", SLATE)
    kind = "neither" if better is None else "improvement" if (side == "high") == (better == "higher") else "concern"
    label, colour = LOOKS[kind]
    return (f"{label} ({'high' if side == 'high' else 'low'})", SHAPES[side], colour, colour)


def _plot_marks(axes: "Axes", spots: list[float], panel: ControlPanel) -> None:
    if not panel.points or not all(isinstance(point.period, date) for point in panel.points):
        return
    for at, (on, label) in enumerate(panel.marks, start=1):
        place = float(on.toordinal())
        axes.axvline(place, color=OCHRE, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)
        said = label if len(panel.marks) == 1 else str(at)
        label_line(axes, place, said, color=OCHRE, right=place > (spots[0] + spots[-1]) / 2)


def _stretches(points: Sequence[ControlPoint]) -> list[tuple[int, int]]:
    """First and last (exclusive) point under each centre line."""
    starts = [at for at in range(len(points)) if at == 0 or points[at].center != points[at - 1].center]
    edges = [*starts, len(points)]
    return [(first, last) for first, last in pairwise(edges) if points[first].center is not None]


def _edges(spots: list[float], first: int, last: int) -> list[float]:
    """Where a stretch of points begins, parts and ends: halfway to the neighbours."""
    between = [(before + after) / 2 for before, after in pairwise(spots)]
    half = (between[0] - spots[0]) if between else 0.5
    whole = [spots[0] - half, *between, spots[-1] + half]
    return whole[first : last + 1]


def _one_legend(figure: "Figure", every: Sequence["Axes"], *, columns: int) -> None:
    found: dict[str, Any] = {}
    for axes in every:
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    look: Any = {"frameon": False, "handletextpad": 0.4, "columnspacing": 1.4, "borderpad": 0}
    if found:
        figure.legend(list(found.values()), list(found), loc="outside upper left", ncols=columns, **look)


def _short(value: float) -> str:
    return number(value, places=2).rstrip("0").rstrip(".") if abs(value) < 100 else number(value, places=0)
