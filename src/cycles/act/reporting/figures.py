"""Drawing: the only place that knows matplotlib. Numbers come in already protected; SVG text goes out, the same bytes every time.

Every figure is drawn twice, for a page and for a phone, because an image that shrinks takes its lettering with it.
"""

import io
import re
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cycles.act.reporting.wording import HIDDEN, is_absent, number, percent, printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SLATE, LINE, BAND, BLUE, OCHRE = "#1d2b36", "#56646f", "#c9d1d6", "#e9edf0", "#1c5d87", "#96560f"
ANSWERS = {
    2: ("#cf9a55", "#3f7fa8"),
    3: ("#cf9a55", "#e4e7e9", "#3f7fa8"),
    4: ("#a9681c", "#e3bd87", "#8fbad4", "#1c5d87"),
    5: ("#a9681c", "#e3bd87", "#e4e7e9", "#8fbad4", "#1c5d87"),
    6: ("#8a5110", "#cf9a55", "#ecd3ad", "#b9d5e5", "#6fa5c6", "#1c5d87"),
    7: ("#8a5110", "#cf9a55", "#ecd3ad", "#e4e7e9", "#b9d5e5", "#6fa5c6", "#1c5d87"),
}
"""Colours of an ordered answer, from the first to the last option; the middle one of an odd number is neutral."""

_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cycles",
    "font.family": "DejaVu Sans",
    "text.parse_math": False,
    "text.color": INK,
    "axes.edgecolor": SLATE,
    "axes.labelcolor": SLATE,
    "axes.linewidth": 0.8,
    "xtick.color": SLATE,
    "ytick.color": SLATE,
    "axes.unicode_minus": True,
    "path.simplify": False,
}
_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}
_GAP = 0.03
_STEP = 1.7
_LETTERS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
"""The page's own letters; room is measured with DejaVu Sans, which is wider than any of them."""


@dataclass(frozen=True)
class Drawing:
    """One figure as SVG text, `wide` for a page and `narrow` for a phone."""

    wide: str
    narrow: str


@dataclass(frozen=True)
class Interval:
    """One row of an effect figure: `value` None where nothing may or can be drawn, `planned` for a measure that the plan names."""

    label: str
    value: float | None
    low: float | None
    high: float | None
    said: str
    planned: bool = False


def draw_run_chart(
    points: Sequence[tuple[Any, float | None, str]],
    *,
    centers: dict[str, float],
    change_on: date | None,
    unit: str,
    change_label: str,
    breaks: Sequence[int] = (),
) -> Drawing:
    """A run chart: points by phase (shape, not only colour), the median of each phase, the date of the change.

    Parameters
    ----------
    points : sequence of (period, value, phase)
        In order; `value` None where the point is held back, which is marked `s`.
    centers : dict
        The median of each phase, in the unit of the values.
    change_on : date or None
        Where the dashed line stands.
    unit : str
        Axis label.
    change_label : str
        What is written beside the dashed line.
    breaks : sequence of int
        The points before which the series breaks: nothing is joined across, and a line of its own says so.

    Returns
    -------
    Drawing
    """

    def draw(figure: "Figure", wide: bool) -> None:
        axes = figure.add_subplot()
        spots = places_in_time([period for period, _, _ in points])
        _plot_points(axes, spots, points, centers, breaks)
        _plot_centers(axes, spots, points, centers)
        if change_on is not None:
            _mark_change(axes, spots, points, change_on, change_label)
        for place in breaks:
            between = (spots[place - 1] + spots[place]) / 2
            mark_break(axes, between, right=between > (spots[0] + spots[-1]) / 2, at_foot=change_on is not None)
        time_axis(axes, spots, [period for period, _, _ in points], most=7 if wide else 4)
        axes.set_ylabel(textwrap.fill(unit, 34 if wide else 28))
        legend_above(figure, axes, columns=2 if wide else 1)
        axes.margins(x=0.03, y=0.16)
        axes.spines[["top", "right"]].set_visible(False)

    return drawn_twice(draw, wide_height=3.3, narrow_height=2.9)


def draw_effects(rows: Sequence[Interval], *, unit: str, band: float | None, level: float) -> Drawing:
    """A forest figure: one effect with its interval per row, the line of no difference, the band that is too small to matter.

    Parameters
    ----------
    rows : sequence of Interval
        From top to bottom.
    unit : str
        Unit of the effects.
    band : float or None
        Effects closer to zero than this are too small to matter; None draws no band.
    level : float
        Level of the intervals.

    Returns
    -------
    Drawing
    """

    def draw(figure: "Figure", wide: bool) -> None:
        axes = figure.add_subplot()
        if band:
            axes.axvspan(-band, band, color=BAND, zorder=0, linewidth=0)
        axes.axvline(0, color=SLATE, linewidth=0.9, zorder=1)
        for place, row in enumerate(rows):
            _plot_interval(axes, place, row)
            _label_row(axes, place, row, wide)
        _effect_axis(axes, rows, band)
        axes.set_xlabel(textwrap.fill(f"{unit}, with {percent(level)} interval", 70 if wide else 40))

    return drawn_twice(draw, wide_height=0.95 + 0.42 * len(rows), narrow_height=1.1 + 0.66 * len(rows))


def draw_answers(items: Sequence[tuple[str, Sequence[float | None]]], *, options: Sequence[str]) -> Drawing:
    """Diverging bars: the shares of an ordered answer, one bar per item, centred on the middle of the scale.

    Parameters
    ----------
    items : sequence of (wording, shares)
        One share (0-1) per option, None where it is held back: a narrow box of fixed width, marked `s`, stands for it.
    options : sequence of str
        The options from one end of the scale to the other.

    Returns
    -------
    Drawing
    """
    colours = _answer_colours(len(options))

    def draw(figure: "Figure", wide: bool) -> None:
        axes = figure.add_subplot()
        for place, (_, shares) in enumerate(items):
            _plot_answers(axes, place if wide else _STEP * place, shares, colours)
        _name_items(axes, [wording for wording, _ in items], wide)
        axes.set_xticks([])
        axes.spines[:].set_visible(False)
        _answer_legend(figure, options, colours, columns=min(len(options), 5) if wide else 2)

    lines = -(-len(options) // 2)
    return drawn_twice(draw, wide_height=0.7 + 0.44 * len(items), narrow_height=0.5 + 0.24 * lines + 0.74 * len(items))


# -- run chart -----------------------------------------------------------------------------------------------------------


def draw_years(
    lines: Sequence[tuple[str, Sequence[float | None]]],
    *,
    periods: Sequence[str],
    breaks: Sequence[int],
    unit: str,
    last_is_median: bool = False,
) -> Drawing:
    """Several series over the same periods: shape and dashes tell them apart, not only colour; no line crosses a break.

    Parameters
    ----------
    lines : sequence of (label, values)
        A value for each period, None where there is none.
    periods : sequence of str
        In order of time.
    breaks : sequence of int
        Places in `periods` from which on values are not comparable with those before.
    unit : str
        Axis label.
    last_is_median : bool
        Whether the last line stands behind the others, in grey.

    Returns
    -------
    Drawing
    """
    looks = [("o", BLUE, "-"), ("D", OCHRE, "-"), ("s", INK, "--"), ("^", BLUE, ":"), ("v", OCHRE, "--")]

    def draw(figure: "Figure", wide: bool) -> None:
        axes = figure.add_subplot()
        ends = [0, *breaks, len(periods)]
        for place, (label, values) in enumerate(lines):
            behind = last_is_median and place == len(lines) - 1
            marker, colour, dashes = ("x", SLATE, ":") if behind else looks[place % len(looks)]
            look: Any = {"marker": marker, "color": colour, "linestyle": dashes, "linewidth": 1.3, "markersize": 5.5}
            for first, last in pairwise(ends):
                told = [float("nan") if value is None else value for value in values[first:last]]
                axes.plot(range(first, last), told, label=label if first == 0 else None, zorder=3, **look)
        for place in breaks:
            mark_break(axes, place - 0.5, right=place > len(periods) / 2)
        time_axis(axes, [float(place) for place in range(len(periods))], periods, most=7 if wide else 4)
        axes.set_ylabel(textwrap.fill(unit, 34 if wide else 28))
        legend_above(figure, axes, columns=2 if wide else 1)
        axes.margins(x=0.06, y=0.2)
        axes.spines[["top", "right"]].set_visible(False)

    return drawn_twice(draw, wide_height=3.4, narrow_height=3.4)


def mark_break(axes: "Axes", place: float, *, right: bool, at_foot: bool = False) -> None:
    """A line between two periods that may not be compared, with words to its left when it stands on the `right`."""
    axes.axvline(place, color=SLATE, linewidth=1.4, linestyle=(0, (1, 1.5)), zorder=1)
    label_line(axes, place, "not comparable\nwith before", color=INK, right=right, at_foot=at_foot)


def places_in_time(periods: Sequence[Any]) -> list[float]:
    """Places on the time axis: days for dates, 0, 1, 2 … for anything else."""
    if periods and all(isinstance(period, date) for period in periods):
        return [float(period.toordinal()) for period in periods]
    return [float(place) for place in range(len(periods))]


def _plot_points(
    axes: "Axes",
    spots: list[float],
    points: Sequence[tuple[Any, float | None, str]],
    centers: dict[str, float],
    breaks: Sequence[int],
) -> None:
    values = [float("nan") if value is None else value for _, value, _ in points]
    for first, end in pairwise([0, *breaks, len(points)]):
        axes.plot(spots[first:end], values[first:end], color=SLATE, linewidth=1.0, zorder=2)
    phases = list(dict.fromkeys(phase for _, _, phase in points))
    marks = [("o", "white"), ("D", BLUE), ("s", OCHRE), ("^", INK)]
    places = _places([value for _, value, _ in points])
    for place, phase in enumerate(phases):
        mark, fill = marks[place % len(marks)]
        look: Any = {
            "marker": mark,
            "markersize": 6,
            "markerfacecolor": fill,
            "markeredgecolor": BLUE,
            "linestyle": "none",
            "zorder": 3,
        }
        own = [(x, y) for x, y, point in zip(spots, values, points, strict=True) if point[2] == phase]
        median = f"median {number(centers[phase], places=places)}" if phase in centers else ""
        axes.plot([x for x, _ in own], [y for _, y in own], label=", ".join(filter(None, [phase, median])), **look)
    for spot, value in zip(spots, values, strict=True):
        if is_absent(value):
            axes.text(spot, 0.02, HIDDEN, transform=axes.get_xaxis_transform(), ha="center", va="bottom", color=SLATE)


def legend_above(figure: "Figure", axes: "Axes", *, columns: int) -> None:
    """What each mark and line stands for, above the drawing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        look: Any = {"frameon": False, "handletextpad": 0.2, "columnspacing": 1.6, "borderpad": 0}
        figure.legend(handles, labels, loc="outside upper left", ncols=columns, **look)


def _plot_centers(
    axes: "Axes", spots: list[float], points: Sequence[tuple[Any, float | None, str]], centers: dict[str, float]
) -> None:
    for phase, center in centers.items():
        own = [spot for spot, point in zip(spots, points, strict=True) if point[2] == phase] or spots
        axes.plot([min(own), max(own)], [center, center], color=INK, linewidth=1.3, zorder=1)


def _mark_change(
    axes: "Axes", spots: list[float], points: Sequence[tuple[Any, float | None, str]], on: date, label: str
) -> None:
    periods = [period for period, _, _ in points]
    if not periods or not all(isinstance(period, date) for period in periods):
        return
    place = float(on.toordinal())
    axes.axvline(place, color=OCHRE, linewidth=1.2, linestyle=(0, (4, 3)), zorder=1)
    label_line(axes, place, label, color=OCHRE, right=place > (spots[0] + spots[-1]) / 2)


def label_line(axes: "Axes", place: float, label: str, *, color: str, right: bool, at_foot: bool = False) -> None:
    """Words beside an upright line, to its left when it stands on the `right`."""
    axes.annotate(
        label,
        (place, 0.0 if at_foot else 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-4 if right else 4, 3 if at_foot else -2),
        textcoords="offset points",
        ha="right" if right else "left",
        va="bottom" if at_foot else "top",
        color=color,
        zorder=4,
        bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 0.8},
    )


def time_axis(axes: "Axes", spots: list[float], periods: Sequence[Any], *, most: int) -> None:
    """Periods below the drawing, as many as there is room for."""
    step = max(1, -(-len(spots) // most))
    shown = list(range(0, len(spots), step))
    labels = [f"{period.day} {period:%b}" if isinstance(period, date) else str(period) for period in periods]
    axes.set_xticks([spots[place] for place in shown], [labels[place] for place in shown])


def _places(values: Sequence[float | None]) -> int:
    present = [value for value in values if value is not None]
    width = max(present) - min(present) if present else 0.0
    return 1 if width >= 2 else 2


# -- effects -------------------------------------------------------------------------------------------------------------


def _plot_interval(axes: "Axes", place: int, row: Interval) -> None:
    if row.value is None:
        return
    if row.low is not None and row.high is not None:
        axes.plot([row.low, row.high], [place, place], color=BLUE, linewidth=2.0, solid_capstyle="round", zorder=2)
    axes.plot(
        [row.value],
        [place],
        marker="s" if row.planned else "o",
        markersize=9 if row.planned else 7,
        color=BLUE,
        zorder=3,
    )


def _label_row(axes: "Axes", place: int, row: Interval, wide: bool) -> None:
    weight = "bold" if row.planned else "normal"
    if wide:
        left, right = axes.get_yaxis_transform(), axes.get_yaxis_transform()
        axes.text(-0.02, place, textwrap.fill(row.label, 26), transform=left, ha="right", va="center", weight=weight)
        axes.text(1.02, place, row.said, transform=right, ha="left", va="center", color=INK)
        return
    said = textwrap.shorten(row.label, 44, placeholder=" …")
    axes.text(0, place - 0.28, said, transform=axes.get_yaxis_transform(), ha="left", va="bottom", weight=weight)
    axes.text(1, place + 0.22, row.said, transform=axes.get_yaxis_transform(), ha="right", va="top", fontsize="small")


def _effect_axis(axes: "Axes", rows: Sequence[Interval], band: float | None) -> None:
    ends = [end for row in rows for end in (row.value, row.low, row.high) if end is not None]
    widest = max([abs(end) for end in ends] + [1.6 * band if band else 0.0]) or 1.0
    low, high = min([*ends, -(1.3 * band) if band else 0.0, 0.0]), max([*ends, 1.3 * band if band else 0.0, 0.0])
    axes.set_xlim(low - 0.06 * widest, high + 0.06 * widest)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=6)
    axes.spines[["top", "right", "left"]].set_visible(False)


# -- answers -------------------------------------------------------------------------------------------------------------


def _answer_colours(n_options: int) -> tuple[str, ...]:
    if n_options in ANSWERS:
        return ANSWERS[n_options]
    known = ANSWERS[7]
    return tuple(known[round(place * (len(known) - 1) / max(1, n_options - 1))] for place in range(n_options))


def _plot_answers(axes: "Axes", place: float, shares: Sequence[float | None], colours: tuple[str, ...]) -> None:
    widths = [_GAP if share is None else share for share in shares]
    half = len(widths) / 2
    before = sum(width * min(1.0, max(0.0, half - position)) for position, width in enumerate(widths))
    left = -before
    axes.plot([0, 0], [place - 0.42, place + 0.42], color=INK, linewidth=0.8, zorder=3)
    for share, width, colour in zip(shares, widths, colours, strict=True):
        held = share is None
        look: Any = (
            {"color": "white", "hatch": "////", "edgecolor": LINE} if held else {"color": colour, "edgecolor": "white"}
        )
        axes.barh(place, width, left=left, height=0.62, linewidth=0.8, zorder=2, **look)
        if held or width >= 0.055:
            said = HIDDEN if share is None else f"{100 * share:.0f}"
            axes.text(
                left + width / 2,
                place,
                said,
                ha="center",
                va="center",
                color=_on(colour, held),
                zorder=4,
                fontsize="small",
            )
        left += width


def _on(colour: str, held: bool) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "white" if not held and 0.299 * red + 0.587 * green + 0.114 * blue < 128 else INK


def _name_items(axes: "Axes", wordings: list[str], wide: bool) -> None:
    if wide:
        axes.set_yticks(range(len(wordings)), [textwrap.fill(wording, 34) for wording in wordings])
        axes.set_ylim(len(wordings) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        return
    axes.set_yticks([])
    ground: Any = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    for place, wording in enumerate(wordings):
        spot = (0, _STEP * place - 0.42)
        axes.text(
            *spot, textwrap.fill(wording, 48), transform=axes.get_yaxis_transform(), va="bottom", bbox=ground, zorder=5
        )
    axes.set_ylim(_STEP * len(wordings) - _STEP + 0.45, -1.3)


def _answer_legend(figure: "Figure", options: Sequence[str], colours: tuple[str, ...], *, columns: int) -> None:
    from matplotlib.patches import Patch

    keys = [Patch(facecolor=colour, label=option) for option, colour in zip(options, colours, strict=True)]
    figure.legend(
        handles=keys, loc="outside lower center", ncols=columns, frameon=False, fontsize="small", handlelength=1.0
    )


# -- SVG -----------------------------------------------------------------------------------------------------------------


def drawn_twice(draw: Any, *, wide_height: float, narrow_height: float) -> Drawing:
    """The figure for a page and for a phone; `draw` takes the figure and whether it is the wide one."""
    return Drawing(
        _svg(draw, width=7.2, height=wide_height, wide=True), _svg(draw, width=3.5, height=narrow_height, wide=False)
    )


def _svg(draw: Any, *, width: float, height: float, wide: bool) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({**_STYLE, "font.size": 9.5 if wide else 8.5}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # a box stands for a letter the font lacks
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure, wide)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata=_NO_METADATA, transparent=False, facecolor="white")
    return _lean(buffer.getvalue())


def _lean(svg: str) -> str:
    """Without prolog, comments and needless decimals: nothing that points outside, and half the size."""
    svg = re.sub(r"<!--.*?-->|<\?xml.*?\?>|<!DOCTYPE.*?>|<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = re.sub(
        r'(?<= d=")[^"]*|(?<=translate\()[^)]*|(?<= x=")[^"]*|(?<= y=")[^"]*', lambda part: _rounded(part[0]), svg
    )
    return printable(re.sub(r"\s*\n\s*", "\n", svg).strip()) + "\n"


def _rounded(coordinates: str) -> str:
    return re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), coordinates)
