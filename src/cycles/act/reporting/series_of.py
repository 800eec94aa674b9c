"""Series over time as blocks: what was seen, what the model fits, and what it expects without the change. Protected here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.series_figures import Line, draw_series
from cycles.act.reporting.wording import (
    HIDDEN,
    as_date,
    cell,
    count,
    is_absent,
    number,
    sentence_case,
    slugs_as_words,
    words,
)
from cycles.core.periods import period_key
from cycles.core.phrases import is_share
from cycles.core.vocabulary import Estimate, SeriesBreak, SeriesPanel
from cycles.study.inference.over_time import period_means

if TYPE_CHECKING:
    import pandas as pd

HELD = "Too few students stand behind some of these points; lines that could give them away are held back."
STUDENT = "student"


def series_blocks(panel: SeriesPanel, request: Request) -> list[Block]:
    """How many series there are in each arm, and their mean in each period."""
    rows = _means(panel)
    title = f"What is followed over time: {request.measure_title(panel.measure)}"
    started = panel.table.loc[panel.table["started"].notna()].drop_duplicates("series")
    told = " ".join(slugs_as_words(one) for one in (_series_told(panel), *panel.notes))
    alt = request.alt or f"{request.measure_title(panel.measure)} by {panel.every} in each arm."
    asked = replace(request, alt=alt, title=request.title or title)
    starts = sorted({int(one) for one in started["started"]})
    start = _period_at(panel, starts[0]) if len(starts) == 1 else None
    few = panel.series_name == STUDENT
    return [
        _figure(
            rows,
            asked,
            measure=panel.measure,
            unit=panel.outcome_unit,
            text=told,
            start=start,
            breaks=panel.breaks or (),
            few=few,
        )
    ]


def line_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """The lines of a single estimate of series: fitted, and expected without the change."""
    if len(estimates) != 1:
        return []
    estimate = next(iter(estimates.values()))
    if estimate.lines is None or estimate.lines.empty:
        return []
    measure = request.measure_title(estimate.id)
    text = _lines_told(estimate, measure)
    asked = replace(request, alt=text, title=f"{measure}: what was seen, and what was to be expected", caption=None)
    few = estimate.facts.get("series_name") == STUDENT
    return [
        _figure(
            estimate.lines,
            asked,
            measure=estimate.id,
            unit=estimate.unit,
            text=text,
            start=estimate.facts.get("started"),
            breaks=(),
            few=few,
        )
    ]


def basis_over_time(estimate: Estimate) -> str:
    """What an estimate of series rests on: periods before and under the change, and series."""
    facts = estimate.facts
    every, name = facts.get("every", "period"), facts.get("series_name", "serie")
    if "periods_before" not in facts:
        return f"{count(estimate.n)} values of {count(estimate.n_clusters)} series"
    series = [
        f"{count(n)} {name}{'' if n == 1 else 's'} with {words(arm)}" for arm, n in facts["series_by_arm"].items()
    ]
    return f"{count(facts['periods_before'])} {every}s before and {count(facts['periods_after'])} under the change, {' and '.join(series)}"


def _series_told(panel: SeriesPanel) -> str:
    by_arm = panel.table.drop_duplicates("series").groupby("arm").size()
    periods = panel.table.loc[panel.table["value"].notna(), "time"].nunique()
    arms = ", ".join(f"{words(str(arm))}: {count(n)}" for arm, n in by_arm.items())
    return f"{sentence_case(panel.series_name)}s by arm: {arms}; {count(periods)} {panel.every}s with a value."


def _lines_told(estimate: Estimate, measure: str) -> str:
    """What the drawing shows, in a sentence or two; without values where there may be none."""
    assert estimate.lines is not None, "asked for before"
    factor, unit = _scale(estimate.unit)
    change = list(estimate.facts.get("series_by_arm", {}))[:1]
    own = estimate.lines[estimate.lines["arm"] == change[0]] if change else estimate.lines
    last = own.iloc[-1]
    every = estimate.facts.get("every", "period")
    alone = estimate.lines["arm"].nunique() == 1
    where = (
        "where level and trend before would have led"
        if alone
        else "where it would be, had it moved as the comparison did"
    )
    return (
        f"{measure} by {every}: points are what was seen, full lines what the model fits, the dashed line {where}. In the last {every}, "
        f"{number(factor * float(last['fitted']))} {unit} by the model, and {number(factor * float(last['without']))} to be expected "
        "without the change."
    ).replace("  ", " ")


def _figure(
    rows: "pd.DataFrame",
    request: Request,
    *,
    measure: str,
    unit: str,
    text: str,
    start: str | None,
    breaks: tuple[SeriesBreak, ...],
    few: bool,
) -> Block:
    factor, said = _scale(unit)
    smallest = request.policy.smallest_group
    title = request.measure_title(measure)
    held = [few or _is_few(n, smallest) for n in rows["n"]]
    whole = not any(held)
    periods = sorted(dict.fromkeys(str(one) for one in rows["period"]), key=period_key)
    lines = [_line(str(arm), part, periods, held, factor, whole) for arm, part in rows.groupby("arm", sort=False)]
    label = f"{title}, {said}" if said else title
    if few:
        return make_block("text", request, section="trend", text=f"{title} over time. {HELD}", suppressed=sum(held))
    return make_block(
        "figure",
        request,
        section="trend",
        text=text if whole else HELD,
        alt=(request.alt or "") if whole else f"{title} over time. {HELD}",
        note=request.policy.note if not whole else "",
        columns=(
            "Arm",
            "Period",
            label,
            *(("Fitted", "Without the change") if "fitted" in rows and whole else ()),
            "Students at least",
        ),
        rows=[_row(row, gone, factor, lines=whole) for row, gone in zip(rows.to_dict("records"), held, strict=True)],
        drawing=draw_series(
            lines,
            periods=[as_date(one) or one for one in periods],
            start=None if start is None or start not in periods else periods.index(start),
            breaks=[sum(period_key(one) < period_key(at.at) for one in periods) for at in breaks],
            unit=label,
        ),
        suppressed=sum(held),
    )


def _line(arm: str, part: "pd.DataFrame", periods: list[str], held: list[bool], factor: float, whole: bool) -> Line:
    own = {
        str(row["period"]): (row, held[place]) for place, row in zip(part.index, part.to_dict("records"), strict=True)
    }

    def told(name: str) -> list[float | None]:
        found = [own.get(period) for period in periods]
        return [
            None if one is None or one[1] or is_absent(one[0].get(name)) else factor * float(one[0][name])
            for one in found
        ]

    drawn = whole and "fitted" in part
    nothing: list[float | None] = [None] * len(periods)
    return Line(
        label=sentence_case(words(arm)),
        values=told("value"),
        fitted=told("fitted") if drawn else nothing,
        without=told("without") if drawn and bool((part["fitted"] != part["without"]).any()) else nothing,
    )


def _row(row: dict[Any, Any], gone: bool, factor: float, *, lines: bool) -> list[str]:
    def told(name: str) -> str:
        return HIDDEN if gone else cell(None if is_absent(row[name]) else factor * row[name])

    people = HIDDEN if gone else (cell(None) if is_absent(row["n"]) else count(row["n"]))
    model = [told("fitted"), told("without")] if "fitted" in row and lines else []
    return [words(str(row["arm"])), cell(row["period"]), told("value"), *model, people]


def _means(panel: SeriesPanel) -> "pd.DataFrame":
    """The mean of the series of each arm in each period, with the fewest people behind one of its values."""
    import pandas as pd

    parts = []
    arms = sorted(panel.table["arm"].unique(), key=lambda arm: (arm != panel.change, arm))
    for arm in arms:
        rows = panel.table[panel.table["arm"] == arm]
        wide = rows.pivot(index="series", columns="time", values="value").dropna(how="all")
        seen = rows[rows["value"].notna()]
        labels = rows.drop_duplicates("time").set_index("time")["period"]
        fewest = seen.groupby("time")["n"].min()
        times = [time for time in wide.columns if wide[time].notna().any()]
        means = dict(zip(wide.columns, period_means(wide.to_numpy(dtype=float)), strict=True))
        parts.append(
            pd.DataFrame({
                "arm": arm, "period": [labels[one] for one in times], "value": [means[one] for one in times],
                "n": [fewest.get(one) for one in times],
            })
        )  # fmt: skip
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["arm", "period", "value", "n"])


def _is_few(n: Any, smallest: int) -> bool:
    """Whether too few people stand behind a point; figures that come without their people were published so."""
    return not is_absent(n) and float(n) < smallest


def _period_at(panel: SeriesPanel, start: int) -> str | None:
    own = panel.table.loc[panel.table["time"] == start, "period"]
    return None if own.empty else str(own.iloc[0])


def _scale(unit: str) -> tuple[float, str]:
    return (100.0, "percent") if is_share(unit) else (1.0, unit)
