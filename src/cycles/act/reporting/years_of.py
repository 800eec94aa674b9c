"""Published figures over the years as a block: a line for each place, broken where the measure is, and the numbers behind it."""

from dataclasses import replace

from cycles.act.evidence import OverTheYears
from cycles.act.reporting import figures
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import ABSENT, HIDDEN, is_absent, number, sentence_case
from cycles.core.phrases import is_share

PUBLISHED = "Published by {}. Figures of whole places; what the publisher held back is {}."


def years_blocks(one: OverTheYears, request: Request) -> list[Block]:
    """A measure of some places over the years.

    A value on fewer people than the policy allows is held back like any other. Where nothing says how many people stand behind a value,
    it is told as its publisher told it, and who that is stands under the figure.
    """
    alt = request.required_alt("a figure of years")
    few = (one.points["n"] < request.policy.smallest_group).fillna(False).astype(bool)
    told = replace(one, points=one.points.assign(value=one.points["value"].mask(few)))
    factor, unit = (100.0, "percent") if is_share(one.unit) else (1.0, one.unit)
    rows = list(zip(one.points["place"], told.points["value"], few, strict=True))
    lines = {place: [(value, hidden) for own, value, hidden in rows if own == place] for place in one.places}
    drawn = [
        (sentence_case(place), [None if is_absent(value) else factor * value for value, _ in values])
        for place, values in lines.items()
    ]
    label = f"{one.title}, {unit}" if unit else one.title
    first = [one.periods.index(stretch[0]) for stretch in one.stretches[1:]]
    block = make_block(
        "figure",
        request,
        section="context",
        title=one.title,
        text=told.text,
        alt=alt if not few.any() else f"{one.title} over the years, by place.",
        caption=PUBLISHED.format(one.publisher, ABSENT),
        note=request.policy.note if few.any() else "",
        columns=(label, *one.periods),
        rows=[
            (sentence_case(place), *(HIDDEN if hidden else _cell(value, factor) for value, hidden in values))
            for place, values in lines.items()
        ],
        drawing=figures.draw_years(
            drawn, periods=one.periods, breaks=first, unit=label, last_is_median=one.with_median
        ),
        suppressed=int(few.sum()),
    )
    return [block]


def _cell(value: float, factor: float) -> str:
    return ABSENT if is_absent(value) else number(factor * value, places=1)
