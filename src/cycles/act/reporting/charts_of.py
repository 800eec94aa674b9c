"""Control charts and funnels as blocks. Protected here, before anything is drawn or written."""

from datetime import date, timedelta
from typing import Any

from cycles.act.reporting.control_figures import ControlPanel, ControlPoint, draw_control_charts, draw_funnel
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import hide_rows
from cycles.act.reporting.wording import (
    ABSENT,
    HIDDEN,
    as_date,
    cell,
    count,
    day,
    is_absent,
    number,
    sentence_case,
    short_day,
)
from cycles.core.periods import period_key
from cycles.core.phrases import is_share
from cycles.study.charts.records import ControlChart, ControlCharts, Funnel

HELD = "Too few students stand behind some of these points. Lines that could give them away, and what is said of them, are held back."
LINES = ("center", "lower", "upper")
MARGIN = timedelta(days=14)


def control_chart_blocks(chart: ControlChart, request: Request) -> list[Block]:
    """A control chart: points on too few people are left out and marked, and nothing is shown or said that rests on them."""
    return _blocks(
        {"": chart}, request, measure=chart.measure, text=chart.text, alt=request.required_alt("a control chart")
    )


def control_charts_blocks(several: ControlCharts, request: Request) -> list[Block]:
    """Control charts of several groups as small ones on one scale."""
    alt = request.required_alt("control charts")
    return _blocks(several.charts, request, measure=several.measure, text=several.text, alt=alt)


def funnel_blocks(funnel: Funnel, request: Request) -> list[Block]:
    """A funnel: places with too few people are left out, and with them what could tell them from the rest."""
    alt = request.required_alt("a funnel")
    factor, unit = _scale(funnel.unit)
    hidden = hide_rows(funnel.points[["place", "n"]], smallest=request.policy.smallest_group)
    rows: list[dict[str, Any]] = [
        {str(key): value for key, value in row.items()} for row in funnel.points.to_dict("records")
    ]
    shown = [row for row, gone in zip(rows, hidden, strict=True) if not gone]
    whole = not any(row["side"] for row, gone in zip(rows, hidden, strict=True) if gone)
    measure = request.measure_title(funnel.measure)
    label = f"{measure}, {unit}" if unit else measure
    limits = ("lower_95", "upper_95", "lower_998", "upper_998")
    span = [row["size"] for row in shown] or [0.0]
    curve = [row for row in funnel.curve.to_dict("records") if min(span) <= row["size"] <= max(span)]
    drawing = None
    if len(shown) > 1 and len(curve) > 1:
        drawing = draw_funnel(
            [(str(row["place"]), row["size"], factor * row["value"], row["side"]) for row in shown],
            center=factor * funnel.center,
            curve=[(row["size"], *(factor * row[name] for name in limits)) for row in curve],  # type: ignore[misc]
            unit=label,
            size_label="Size",
        )
    block = make_block(
        "figure",
        request,
        section="tables",
        title=f"{measure}: places side by side, not ranked",
        text=funnel.text if whole else HELD,
        alt=alt if whole else f"Funnel plot of {measure}. {HELD}",
        note=request.policy.note if any(hidden) else "",
        columns=("Place", label, "Students", "95% limits", "99.8% limits", "Beyond"),
        rows=[_place_row(row, gone, factor) for row, gone in zip(rows, hidden, strict=True)],
        drawing=drawing,
        suppressed=sum(hidden),
    )
    return [block]


def _blocks(charts: dict[str, ControlChart], request: Request, *, measure: str, text: str, alt: str) -> list[Block]:
    title = request.measure_title(measure)
    first = next(iter(charts.values()))
    factor, unit = _scale(first.unit)
    label = f"{title}, {unit}" if unit else title
    points = {name: _protected(chart, request) for name, chart in charts.items()}
    hidden = sum(row["value"] is None for rows in points.values() for row in rows)
    whole = hidden == 0 and all(points.values())
    panels = [_panel(name, chart, points[name], factor) for name, chart in charts.items()]
    named = {name: _marks_told(chart) for name, chart in charts.items()}
    block = make_block(
        "figure",
        request,
        section="trend",
        title=f"{title}: control chart" if len(charts) == 1 else f"{title}: control charts",
        text=text if whole else HELD,
        alt=alt if whole else f"Control chart of {title}. {HELD}",
        caption=" ".join(f"{sentence_case(name)}: {told}" if name else told for name, told in named.items() if told),
        note=request.policy.note if hidden else "",
        columns=[
            *(["Group"] if "" not in charts else []),
            "Period",
            label,
            "Students",
            "Phase",
            "Centre line",
            "Limits",
            "Signal",
        ],
        rows=[[*([name] if name else []), *_row(row, factor)] for name, rows in points.items() for row in rows],
        drawing=draw_control_charts(panels, unit=label),
        suppressed=hidden,
    )
    return [block]


def _protected(chart: ControlChart, request: Request) -> list[dict[str, Any]]:
    """The points; of those on too few people only the period and the phase are left.

    A mean and limits, with all values but one, give that one away: where a point is held back, so are the lines that it helped to make,
    and the signals that they show.
    """
    rows: list[dict[str, Any]] = []
    for row in chart.points.to_dict("records"):
        n, value = row["n"], None if is_absent(row["value"]) else float(row["value"])
        enough = not is_absent(n) and float(n) >= request.policy.smallest_group
        rows.append(
            {
                "period": as_date(row["period"]) or str(row["period"]),
                "phase": str(row["phase"]),
                "value": value if enough else None,
                "people": count(n) if enough else HIDDEN,
                "signal": row["signal"],
                "side": row["side"],
                **{line: None if is_absent(row[line]) else float(row[line]) for line in LINES},
            }
        )
    lost = {one["center"] for one in rows if one["value"] is None}
    without = {**dict.fromkeys(LINES), "signal": "", "side": ""}
    return [{**one, **without} if one["center"] in lost else one for one in rows]


def _panel(name: str, chart: ControlChart, points: list[dict[str, Any]], factor: float) -> ControlPanel:
    keys = [period_key(period) for period in chart.points["period"]]
    return ControlPanel(
        title=sentence_case(name),
        points=[_point(row, factor) for row in points],
        better=chart.better,
        target=None if chart.target is None else factor * chart.target,
        marks=[(on, f"{said} {short_day(on)}") for on, said in _marks(chart)],
        breaks=[sum(key < period_key(one.at) for key in keys) for one in chart.breaks],
    )


def _point(row: dict[str, Any], factor: float) -> ControlPoint:
    lines = {name: None if row[name] is None else factor * row[name] for name in ("value", *LINES)}
    return ControlPoint(row["period"], **lines, side=row["side"])


def _marks(chart: ControlChart) -> list[tuple[date, str]]:
    """The days of the record that the chart covers, give or take two weeks."""
    days = [on for on in map(as_date, chart.points["period"]) if on is not None]
    if not days:
        return []
    first, last = min(days) - MARGIN, max(days) + MARGIN
    return [(on, said) for at, said in chart.marks if (on := as_date(at)) is not None and first <= on <= last]


def _marks_told(chart: ControlChart) -> str:
    """The days that are numbered in the drawing; a single one is named there."""
    marks = _marks(chart)
    told = [f"{at} {said}, {day(on)}" for at, (on, said) in enumerate(marks, start=1)]
    return f"{'; '.join(told)}." if len(told) > 1 else ""


def _row(row: dict[str, Any], factor: float) -> list[str]:
    value = HIDDEN if row["value"] is None else cell(factor * row["value"])
    center = ABSENT if row["center"] is None else cell(factor * row["center"])
    return [
        cell(row["period"]),
        value,
        row["people"],
        row["phase"],
        center,
        _between(row["lower"], row["upper"], factor),
        row["signal"],
    ]


def _between(lower: float | None, upper: float | None, factor: float) -> str:
    return ABSENT if lower is None or upper is None else f"{number(factor * lower)} to {number(factor * upper)}"


def _place_row(row: dict[str, Any], gone: bool, factor: float) -> list[str]:
    if gone:
        return [str(row["place"]), *[HIDDEN] * 4, ""]
    inner = _between(row["lower_95"], row["upper_95"], factor)
    outer = _between(row["lower_998"], row["upper_998"], factor)
    beyond = {"high": "above", "low": "below"}.get(row["side"], "")
    return [str(row["place"]), cell(factor * row["value"]), count(row["n"]), inner, outer, beyond]


def _scale(unit: str) -> tuple[float, str]:
    return (100.0, "percent") if is_share(unit) else (1.0, unit)
