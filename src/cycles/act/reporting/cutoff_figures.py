"""Drawing of a cutoff: mean outcomes by score on either side, and the line through those near it."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cycles.act.reporting.figures import BLUE, OCHRE, SLATE, Drawing, drawn_twice, label_line, legend_above

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Spot = tuple[float, float]
"""A score and an outcome."""

LOOKS = (("o", BLUE), ("s", OCHRE))


@dataclass(frozen=True)
class Side:
    """One side of the cutoff: what it is called, its means, and the two ends of its line; no line where none was fitted."""

    label: str
    means: Sequence[Spot]
    line: tuple[Spot, Spot] | None


def draw_cutoff(sides: Sequence[Side], *, at: float, score: str, unit: str) -> Drawing:
    """Both sides of a cutoff.

    Parameters
    ----------
    sides : sequence of Side
        Each has a mark of its own, not only a colour.
    at : the cutoff
    score, unit : what the two axes are
    """

    def draw(figure: "Figure", wide: bool) -> None:
        axes = figure.add_subplot()
        for side, (mark, color) in zip(sides, LOOKS, strict=False):
            x, y = zip(*side.means, strict=True)
            axes.plot(x, y, mark, color=color, markersize=5, label=side.label, zorder=3)
            if side.line is not None:
                axes.plot(*zip(*side.line, strict=True), color=color, linewidth=2.0, zorder=2)
        axes.margins(x=0.03, y=0.16)
        low, high = axes.get_xlim()
        label_line(axes, at, f"cutoff {at:g}", color=SLATE, right=at > (low + high) / 2)
        axes.axvline(at, color=SLATE, linewidth=1.0, linestyle=(0, (5, 3)), zorder=1)
        axes.set_xlabel(score)
        axes.set_ylabel(textwrap.fill(unit, 34 if wide else 28))
        legend_above(figure, axes, columns=2 if wide else 1)
        axes.spines[["top", "right"]].set_visible(False)

    return drawn_twice(draw, wide_height=3.3, narrow_height=2.9)
