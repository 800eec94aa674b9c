"""A panel with a cutoff as a figure: means of groups large enough to be shown, by score, with the line on either side."""

from dataclasses import replace

import numpy as np

from cycles.act.reporting.cutoff_figures import Side, Spot, draw_cutoff
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import count, in_reader_units, number, sentence_case, words
from cycles.core.errors import DesignError
from cycles.core.vocabulary import Cutoff, Panel
from cycles.study.inference.cutoff_sample import around_cutoff, with_scores
from cycles.study.inference.discontinuity import Around, jump_at_cutoff, lines_at
from cycles.study.inference.sample import take_sample

MOST = 10
"""Dots on a side: of more students each dot stands for more."""

COLUMNS = ("Side", "Score, mean", "Outcome, mean", "Students")


def cutoff_blocks(panel: Panel, request: Request) -> list[Block]:
    """One figure for a panel with a cutoff; none without, or with too few on a side to make a dot of."""
    if panel.cutoff is None:
        return []
    try:
        sample = with_scores(panel, take_sample(panel, baseline=False, covariates=False))
        around = around_cutoff(panel, sample, adjusted=False)
    except DesignError:
        return []
    above = around.running >= panel.cutoff.at
    smallest = request.policy.smallest_group
    if min(above.sum(), (~above).sum()) < smallest:
        return []
    factor, unit = in_reader_units(panel.outcome_unit)
    lines = _lines(around, factor)
    sides, rows = [], []
    for place, (named, side) in enumerate((("Below", ~above), ("At or above", above))):
        dots = _dots(around.running[side], factor * around.outcome[side], smallest)
        label = f"{named} the cutoff: {words(_meant(panel, place))}"
        sides.append(Side(label, [(x, y) for x, y, _ in dots], lines[place]))
        rows += [(label, number(x), number(y), count(n)) for x, y, n in dots]
    measure, score = request.measure_title(panel.measure), sentence_case(words(panel.cutoff.column))
    drawing = draw_cutoff(sides, at=panel.cutoff.at, score=score, unit=f"{measure}, {unit}" if unit else measure)
    own = replace(request, title=None, caption=None)
    alt = f"{measure} by {score.lower()}: the mean of each group of students, with a line on either side of {panel.cutoff.at:g}."
    told = "Lines are drawn through the students within the bandwidth." if lines[0] else ""
    caption = f"Each dot is the mean of {smallest} students or more. {told}".strip()
    title = f"{measure} on either side of the cutoff"
    return [
        make_block(
            "figure", own, section="effect", title=title, alt=alt, caption=caption, columns=COLUMNS, rows=rows, drawing=drawing
        )
    ]  # fmt: skip


def _meant(panel: Panel, place: int) -> str:
    """The arm that the cutoff says for those below it (0), and for the others (1)."""
    assert isinstance(panel.cutoff, Cutoff)
    below_is_change = panel.cutoff.change_is == "below"
    return panel.change if below_is_change == (place == 0) else str(panel.comparison)


def _dots(score: np.ndarray, outcome: np.ndarray, smallest: int) -> list[tuple[float, float, int]]:
    """Students in order of their score, in groups of the same size, none too small to be shown."""
    order = np.argsort(score, kind="stable")
    parts = np.array_split(order, max(1, min(MOST, len(order) // smallest)))
    return [(float(score[part].mean()), float(outcome[part].mean()), len(part)) for part in parts]


def _lines(around: Around, factor: float) -> list[tuple[Spot, Spot] | None]:
    """The line below the cutoff and the one above it, from the cutoff to the end of the bandwidth."""
    try:
        jump = jump_at_cutoff(replace(around, clusters=None))
    except DesignError:
        return [None, None]
    at = around.cutoff.at
    ends = [
        max(float(around.running.min()), at - jump.bandwidth),
        min(float(around.running.max()), at + jump.bandwidth),
    ]
    return [
        ((at, factor * start), (end, factor * (start + slope * (end - at))))
        for end, (start, slope) in zip(ends, lines_at(around, jump), strict=True)
    ]
