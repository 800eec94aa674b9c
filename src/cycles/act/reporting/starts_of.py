"""Effects by time since the change began, and by group that began together, as a figure. The estimates are protected already."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cycles.act.reporting import figures
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import ABSENT, count, decimals, in_reader_units, number, sentence_case
from cycles.core.vocabulary import Estimate

CAPTION = (
    "Before the start there can be no effect yet: these lines show how far apart the {name}s moved anyway. The longer ago the start, the "
    "fewer {name}s tell of it; those that began first tell of the longest time."
)


def start_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """The effects of one estimate of staggered starts, by periods since the start and by group."""
    if len(estimates) != 1:
        return []
    estimate = next(iter(estimates.values()))
    if estimate.coefficients is None or "series_since_start" not in estimate.facts:
        return []
    measure, every = request.measure_title(estimate.id), estimate.facts["every"]
    rows = [row for row in estimate.coefficients.to_dict("records") if _label(row["term"], estimate)]
    factor, unit = in_reader_units(estimate.unit)
    places = _places(rows, factor)
    title = f"{measure}: effect by {every}s since the start"
    return [
        make_block(
            "figure",
            replace(
                request, title=title, alt=f"{title}, with intervals, and by group that began together.", caption=None
            ),
            section="effect",
            caption=CAPTION.format(name=estimate.facts["series_name"]),
            columns=["", f"Effect ({unit})", "Low", "High", "Under the change", "To compare with"],
            rows=[_numbers(row, estimate, factor, places) for row in rows],
            drawing=figures.draw_effects(
                [_interval(row, estimate, factor, places) for row in rows],
                unit=sentence_case(unit),
                band=None,
                level=estimate.level,
            ),
        )
    ]


def _label(term: str, estimate: Estimate) -> str:
    """What a row is called: how long before or after the start, or which group; empty for what is not shown."""
    every = estimate.facts["every"]
    if term.startswith("since_start["):
        since = int(term.removeprefix("since_start[").removesuffix("]"))
        return f"{every} {since + 1}" if since >= 0 else f"{-since} {every}{'' if since == -1 else 's'} before"
    if term.startswith("group[") and term.endswith("]"):
        return f"began in {term.removeprefix('group[').removesuffix(']')}"
    return ""


def _interval(row: dict[Any, Any], estimate: Estimate, factor: float, places: int) -> figures.Interval:
    value, low, high = (None if row[end] is None else factor * row[end] for end in ("value", "low", "high"))
    said = number(value, places=places, signed=True)
    if low is not None and high is not None:
        said = f"{said} ({number(low, places=places, signed=True)} to {number(high, places=places, signed=True)})"
    label = sentence_case(_label(row["term"], estimate))
    return figures.Interval(
        label=label, value=value, low=low, high=high, said=said, planned=row["term"].startswith("since")
    )


def _numbers(row: dict[Any, Any], estimate: Estimate, factor: float, places: int) -> tuple[str, ...]:
    ends = [
        ABSENT if row[end] is None else number(factor * row[end], places=places, signed=True)
        for end in ("value", "low", "high")
    ]
    facts, term = estimate.facts, str(row["term"])
    if term.startswith("group"):
        series, others = facts["series_by_group"].get(term.removeprefix("group[").removesuffix("]")), None
    else:
        since = term.removeprefix("since_start[").removesuffix("]")
        series, others = facts["series_since_start"].get(since), facts["comparison_left"].get(since)
    told = [ABSENT if one is None else count(one) for one in (series, others)]
    return (sentence_case(_label(term, estimate)), *ends, *told)


def _places(rows: list[dict[Any, Any]], factor: float) -> int:
    widths = [factor * (row["high"] - row["low"]) / 2 for row in rows if row["low"] is not None]
    return decimals(min(widths)) if widths else 2
