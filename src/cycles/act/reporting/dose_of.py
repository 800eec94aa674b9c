"""How results go with the amount received, as blocks of their own: never among the effects, and never called one."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cycles.act.reporting import figures
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import hide_rows
from cycles.act.reporting.wording import (
    ABSENT,
    HIDDEN,
    count,
    decimals,
    in_reader_units,
    number,
    percent,
    sentence_case,
    words,
)
from cycles.core.vocabulary import Estimate

NOT_AN_EFFECT = (
    "This is an association. Who received more was not left to chance: they may differ in much else, so it does not show that receiving "
    "more would make the difference, and no decision rests on it."
)
COLUMNS = ("Students with", "Students", "Received, mean", "Result, mean", "Result if otherwise alike")


def dose_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """For each dose a figure of its slope and a table by thirds; the estimates are protected already."""
    own = replace(request, section="dose", title=None, caption=None, alt=None)
    return [block for label, one in estimates.items() for block in _blocks(label, one, own)]


def protected_thirds(estimate: Estimate, *, smallest: int) -> list[dict[str, Any]]:
    """The table by thirds, without the numbers of thirds that are too small."""
    import pandas as pd

    rows = estimate.facts.get("thirds", [])
    if not rows:
        return []
    table = pd.DataFrame(rows)[["third", "n"]]
    hidden = hide_rows(table, smallest=smallest)
    kept = ("third",)
    return [
        {name: value if name in kept or not hide else None for name, value in row.items()}
        for row, hide in zip(rows, hidden, strict=True)
    ]


def slope_in_words(label: str, estimate: Estimate) -> str:
    """The slope as a sentence, and what it is not."""
    title = sentence_case(words(label))
    if estimate.reason == HIDDEN:
        return f"{title}: held back, because too few students stand behind it."
    if estimate.value is None:
        return f"{title}: nothing can be told. {estimate.reason} ({estimate.code})"
    said = f"{title}: {_signed(estimate.value, estimate)} {_unit(estimate)} go with {_per(estimate)}"
    if estimate.low is None or estimate.high is None:
        return f"{said}. Described only, without an interval: {estimate.reason} ({estimate.code}) {NOT_AN_EFFECT}"
    ends = f"{_signed(estimate.low, estimate)} to {_signed(estimate.high, estimate)}"
    groups = "" if estimate.n_clusters is None else f" in {count(estimate.n_clusters)} groups"
    basis = f"{count(estimate.n)} students{groups}, all of them with the change"
    return f"{said} ({percent(estimate.level)} interval {ends}; {basis}). {NOT_AN_EFFECT}"


def _blocks(label: str, estimate: Estimate, request: Request) -> list[Block]:
    said = slope_in_words(label, estimate)
    if estimate.value is None:
        return [make_block("text", request, section="dose", text=said)]
    factor, unit = in_reader_units(estimate.unit)[0], f"{_unit(estimate)} for {_per(estimate)}"
    value, low, high = (None if end is None else factor * end for end in (estimate.value, estimate.low, estimate.high))
    told = ABSENT if low is None else f"({_signed(estimate.low, estimate)} to {_signed(estimate.high, estimate)})"
    name = sentence_case(words(label))
    row = figures.Interval(
        label=name, value=value, low=low, high=high, said=f"{_signed(estimate.value, estimate)} {told}"
    )
    figure = make_block(
        "figure",
        request,
        section="dose",
        text=said,
        alt=f"Slope of the result on the amount received: {_signed(estimate.value, estimate)} {told}, {unit}.",
        columns=("", f"Slope ({unit})", "Low", "High", "Standard error", "Kind", "Students"),
        rows=[
            (
                name,
                *(_signed(end, estimate) for end in (estimate.value, estimate.low, estimate.high)),
                ABSENT if estimate.se is None else number(factor * estimate.se, places=_places(estimate) + 1),
                estimate.se_kind or ABSENT,
                count(estimate.n),
            )
        ],
        drawing=figures.draw_effects([row], unit=sentence_case(unit), band=None, level=estimate.level),
    )
    return [figure, *_thirds(estimate, request)]


def _thirds(estimate: Estimate, request: Request) -> list[Block]:
    rows = protected_thirds(estimate, smallest=request.policy.smallest_group)
    if not rows:
        return []
    factor, unit = in_reader_units(estimate.unit)
    unit = "percent" if factor != 1 else unit.partition(" for each ")[0]
    hidden = sum(row["n"] is None for row in rows)
    cells = [
        (f"{row['third']} of it", *([HIDDEN] * 4))
        if row["n"] is None
        else (
            f"{row['third']} of it",
            count(row["n"]),
            number(row["dose_mean"], places=1),
            number(factor * row["outcome_mean"], places=2),
            ABSENT if row["adjusted_mean"] is None else number(factor * row["adjusted_mean"], places=2),
        )
        for row in rows
    ]
    dose = words(str(estimate.facts["dose"]))
    return [
        make_block(
            "table",
            request,
            section="dose",
            title=f"Students by how much they received: {dose}",
            alt="; ".join(f"{row[0]}: result {row[3]}" for row in cells),
            caption=f"Results in {unit}; “if otherwise alike” takes out what the slope is adjusted for. Equal amounts stay together.",
            note=request.policy.note if hidden else "",
            columns=COLUMNS,
            rows=cells,
            suppressed=hidden,
        )
    ]


def _per(estimate: Estimate) -> str:
    return f"each {float(estimate.facts['per']):g} more {words(str(estimate.facts['dose']))}"


def _unit(estimate: Estimate) -> str:
    return in_reader_units(estimate.unit)[1].partition(" for each ")[0]


def _places(estimate: Estimate) -> int:
    if estimate.low is None or estimate.high is None:
        return 2
    return decimals(in_reader_units(estimate.unit)[0] * (estimate.high - estimate.low) / 2)


def _signed(value: float | None, estimate: Estimate) -> str:
    factor = in_reader_units(estimate.unit)[0]
    return ABSENT if value is None else number(factor * value, places=_places(estimate), signed=True)
