"""`cycles power FILE`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.runs.reach import Reach


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--clusters", type=click.IntRange(min=2), help="Classrooms or schools in all arms (students, if none).")
@click.option("--size", type=click.FloatRange(min=1), help="Students in each of them.")
@click.option("--icc", type=click.FloatRange(0, 1), help="Share of the differences that lies between them (0-1).")
@click.option("--sd", type=click.FloatRange(min=0, min_open=True), help="Standard deviation of the measure.")
@click.option("--correlation", type=click.FloatRange(-1, 1, min_open=True, max_open=True), help="Of before and after.")
@click.option("--attrition", type=click.FloatRange(0, 1, max_open=True), default=0.0, help="Share without an outcome.")
@click.option(
    "--power", type=click.FloatRange(0.5, 1, max_open=True), default=0.8, help="Chance of finding it [default: 0.8]."
)
@click.option("--kind", type=click.Choice(["achievement", "other"]), help="What is measured, where no share is known.")
@click.option(
    "--received",
    type=click.FloatRange(0, 1, min_open=True),
    help="How many more of the change arm receive the change (0-1).",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Of the comparison who have a yes-or-no outcome.",
)
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(file: Path, as_json: bool, **asked: Any) -> None:
    """What the cycle of FILE can detect with the students it has, and how many it would need for what it predicts."""
    from cycles.core.errors import ParameterError
    from cycles.core.workspace import find_workspace
    from cycles.plan.cycle_file import Cycle, read_cycle_file
    from cycles.runs.reach import Asked, reach, reach_over_time

    if not file.is_file():
        raise ParameterError(f"no file {file.name}", code="CY104", where=str(file))
    cycle = read_cycle_file(file)
    series = reach_over_time(cycle, find_workspace(file.resolve().parent)) if isinstance(cycle, Cycle) else None
    if series is not None:
        told = {name: getattr(series, name) for name in ("value", "mdes", "se", "df", "text")}
        _words.give(told if as_json else series.text)
        return
    found = reach(file, asked=Asked(**asked))
    if as_json:
        _words.give(found.to_dict())
        return
    for sentence in found.sentences:
        _words.say(sentence)
    _words.give(_table(found))


def _table(found: "Reach") -> str:
    """The curve, one line for each number of groups, under headings of two lines; chances only where they are known."""
    from cycles.core.phrases import chance, is_share, number

    plan = found.planned
    unit = "percentage points" if is_share(plan.unit) else plan.unit or "in its unit"
    known = plan.sd is not None
    sizes = [_short(one.value, plan.unit) for one in found.targets.values()]
    heads = [["", "", "smallest effect found,", *(["chance to find what"] * 2 if known else ())]]
    names = ["was predicted", "is worth having"]
    chances = [f"{name} ({size})" for name, size in zip(names, sizes)] if known else []
    heads.append([f"{found.group}s", "students", unit if known else "standard deviations", *chances])
    rows = [
        [
            f"{row['n_groups']:,}",
            f"{row['n_students']:,}",
            "-" if row["mdes"] is None else _short(row["value"], plan.unit) if known else number(row["mdes"]),
            *("-" if row[f"{what}_found"] is None else chance(row[f"{what}_found"]) for what in found.targets if known),
            _remark(row["n_groups"], found),
        ]
        for row in found.curve.to_dict("records")
    ]
    lines = [*([*head, ""] for head in heads), *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    return "\n".join("  ".join(word.ljust(width) for word, width in zip(line, widths)).rstrip() for line in lines)


def _short(value: float, unit: str) -> str:
    """A number without its unit, which stands above it; shares in percentage points."""
    from cycles.core.phrases import is_share, number

    return number(100 * value if is_share(unit) else value)


def _remark(n_groups: int, found: "Reach") -> str:
    """Whether this is the number planned, or the one that is needed."""
    said = ["as planned"] if n_groups == round(found.planned.total) else []
    names = {"prediction": "enough for what was predicted", "worth_having": "enough for what is worth having"}
    said += [names[what] for what, one in found.targets.items() if one.n_groups == n_groups]
    return ", ".join(said)
