"""Charts, aggregate tables and answers as blocks. Protected here, before anything is drawn or written."""

from typing import TYPE_CHECKING, Any

from cycles.act.reporting import figures
from cycles.act.reporting.cutoff_of import cutoff_blocks
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import hide_rows, label_columns, refuse_people
from cycles.act.reporting.wording import (
    HIDDEN,
    as_date,
    cell,
    column_places,
    count,
    is_absent,
    sentence_case,
    short_day,
    words,
)
from cycles.core.periods import period_key
from cycles.core.phrases import is_share
from cycles.core.vocabulary import Chart, Panel

if TYPE_CHECKING:
    import pandas as pd

LONGEST_CELL = 90
"""Letters in a table's cell; with longer text the rows are set one below the other."""

TOO_FEW_PERIODS = "Too few students stand behind most of the points, so what they add up to is held back."


def chart_blocks(chart: Chart, request: Request) -> list[Block]:
    """A run chart with the rule's result in words; points on too few people are left out of the drawing and marked."""
    alt = request.required_alt("a run chart")
    points = _protected_points(chart, request)
    told = _phases_told(points)
    whole = told == {phase for _, _, phase, _ in points}
    factor, unit = (100.0, "percent") if is_share(chart.unit) else (1.0, chart.unit)
    drawn = [(period, None if value is None else factor * value, phase) for period, value, phase, _ in points]
    measure = request.measure_title(chart.measure)
    drawing = figures.draw_run_chart(
        drawn,
        centers={
            phase: factor * center for phase, center in chart.center.items() if not is_absent(center) and phase in told
        },
        change_on=as_date(chart.change_on),
        unit=f"{measure}, {unit}" if unit else measure,
        change_label=f"change starts {short_day(chart.change_on)}" if as_date(chart.change_on) else "",
        breaks=_break_places(chart),
    )
    hidden = sum(value is None for _, value, _, _ in points)
    rows = [
        (cell(period), HIDDEN if value is None else cell(factor * value), n, phase)
        for period, value, phase, n in points
    ]
    block = make_block(
        "figure",
        request,
        section="trend",
        title=measure,
        text=chart.text if whole else TOO_FEW_PERIODS,
        alt=alt if whole else f"Run chart of {measure}. {TOO_FEW_PERIODS}",
        note=request.policy.note if hidden else "",
        columns=("Period", f"{measure} ({unit})" if unit else measure, "Students", "Phase"),
        rows=rows,
        drawing=drawing,
        suppressed=hidden,
    )
    return [block]


def _break_places(chart: Chart) -> list[int]:
    """The first point of each part that begins at a series break."""
    keys = [period_key(period) for period in chart.points["period"]]
    return [sum(key < period_key(one.at) for key in keys) for one in chart.breaks]


def _phases_told(points: list[tuple[Any, float | None, str, str]]) -> set[str]:
    """The phases of which more points are shown than held back: only their median, and words about them, may be told."""
    balance: dict[str, int] = {}
    for _, value, phase, _ in points:
        balance[phase] = balance.get(phase, 0) + (1 if value is not None else -1)
    return {phase for phase, shown in balance.items() if shown > 0}


def _protected_points(chart: Chart, request: Request) -> list[tuple[Any, float | None, str, str]]:
    """Period, value, phase and count of each point; value and count held back where too few people stand behind it."""
    kept = []
    for row in chart.points.to_dict("records"):
        n, value = row.get("n"), row.get("value")
        enough = n is not None and not is_absent(n) and float(n) >= request.policy.smallest_group
        shown = None if value is None or is_absent(value) or not enough else float(value)
        phase = "" if is_absent(row.get("phase")) else str(row["phase"])
        kept.append((as_date(row["period"]) or str(row["period"]), shown, phase, count(n) if enough else HIDDEN))
    return kept


def table_blocks(table: "pd.DataFrame", request: Request) -> list[Block]:
    """An aggregate table; an item distribution is drawn too."""
    refuse_people(table)
    alt = request.required_alt("a table")
    flat = table.reset_index() if any(name is not None for name in table.index.names) else table.reset_index(drop=True)
    if {"item", "label", "n", "share"} <= set(flat.columns):
        return [_answers(flat, request, alt)]
    if flat.empty:
        return [make_block("text", request, section="tables", text="Nothing was recorded that could be told here.")]
    hidden = hide_rows(flat, smallest=request.policy.smallest_group)
    rows = _cells(flat, hidden)
    block = make_block(
        "records" if any(len(value) > LONGEST_CELL for row in rows for value in row) else "table",
        request,
        section="tables",
        alt=alt,
        note=request.policy.note if any(hidden) else "",
        columns=[_column_title(name) for name in flat.columns],
        rows=rows,
        suppressed=sum(hidden),
    )
    return [block]


def panel_blocks(panel: Panel, request: Request) -> list[Block]:
    """How many units each arm holds, for what share there is an outcome, and who was left out beforehand."""
    grouped = panel.table.groupby("arm", sort=True)["outcome"]
    arms = grouped.agg(n="size", outcome_share=lambda own: float(own.notna().mean())).reset_index()
    hidden = hide_rows(arms, smallest=request.policy.smallest_group)
    title = f"Who is in the comparison: {request.measure_title(panel.measure)}"
    columns = ("Arm", f"{sentence_case(panel.unit_name)}s", "With an outcome")
    rows = _cells(arms.assign(arm=arms["arm"].map(words)), hidden)
    note = request.policy.note if any(hidden) else ""
    alt = request.alt or "; ".join(f"{row[0]}: {row[1]}, {row[2]} with an outcome" for row in rows)
    return [
        make_block(
            "table",
            request,
            section="response",
            title=title,
            text=" ".join(_without_small_count(one, request.policy.smallest_group) for one in panel.notes),
            alt=alt,
            note=note,
            columns=columns,
            rows=rows,
            suppressed=sum(hidden),
        ),
        *cutoff_blocks(panel, request),
    ]


def _without_small_count(note: str, smallest: int) -> str:
    """A note that begins with how many students it is about, without that number where it is small.

    >>> _without_small_count("3 students are in no arm.", 10), _without_small_count("1,030 students are in no arm.", 10)
    ('Fewer than 10 students are in no arm.', '1,030 students are in no arm.')
    """
    told, _, rest = note.partition(" ")
    small = told.replace(",", "").isdigit() and int(told.replace(",", "")) < smallest
    return f"Fewer than {smallest} {rest}" if small else note


def _cells(table: "pd.DataFrame", hidden: list[bool]) -> list[list[str]]:
    labels = set(label_columns(table))
    told = [
        _column(table[name].tolist(), str(name), hidden=[hide and name not in labels for hide in hidden])
        for name in table.columns
    ]
    return [list(row) for row in zip(*told, strict=True)]


def _column(values: list[Any], name: str, *, hidden: list[bool]) -> list[str]:
    share = name == "share" or name.endswith("_share")
    places = column_places(
        [100 * value if share and not is_absent(value) else value for value in values], digits=2 if share else 3
    )
    return [
        HIDDEN if hide else cell(value, column=name, places=places) for value, hide in zip(values, hidden, strict=True)
    ]


def _answers(table: "pd.DataFrame", request: Request, alt: str) -> Block:
    hidden = hide_rows(table, smallest=request.policy.smallest_count)
    options = _from_disagreement(list(dict.fromkeys(table["label"].astype(str))))
    items = _items(table, hidden, options)
    shown = [name for name in ("wave", "text" if "text" in table else "item", "label", "n", "share") if name in table]
    return make_block(
        "figure",
        request,
        section="said",
        alt=alt,
        caption="Percent of the students who answered each question, centred on the middle of the scale.",
        note=request.policy.note if any(hidden) else "",
        columns=[
            {"text": "Question", "item": "Question", "label": "Answer"}.get(name, _column_title(name)) for name in shown
        ],
        rows=_cells(table[shown], hidden),
        drawing=figures.draw_answers(items, options=options),
        suppressed=sum(hidden),
    )


def _from_disagreement(options: list[str]) -> list[str]:
    """Options as they are, but a scale that begins with agreement turned round, so that agreement stands at the same side everywhere."""
    begins_with_agreement = bool(options) and "agree" in options[0].lower() and "disagree" in options[-1].lower()
    return options[::-1] if begins_with_agreement and "disagree" not in options[0].lower() else options


def _items(table: "pd.DataFrame", hidden: list[bool], options: list[str]) -> list[tuple[str, list[float | None]]]:
    keys = ["item", "wave"] if "wave" in table else ["item"]
    several_waves = "wave" in table and table["wave"].nunique() > 1
    marked = table.assign(_hidden=hidden)
    items = []
    for _, own in marked.groupby(keys, sort=False):
        wording = (
            str(own["text"].iloc[0])
            if "text" in own and not is_absent(own["text"].iloc[0])
            else str(own["item"].iloc[0])
        )
        shares = {
            str(row["label"]): None if row["_hidden"] or is_absent(row["share"]) else float(row["share"])
            for row in own.to_dict("records")
        }
        label = f"{wording} ({own['wave'].iloc[0]})" if several_waves else wording
        items.append((label, [shares.get(option, 0.0) for option in options]))
    return items


def _column_title(name: Any) -> str:
    said = {"n": "Students", "share": "Share"}.get(str(name), sentence_case(words(name)))
    return f"Number {said[2:]}" if said.startswith("N ") else said
