"""`cycles contract check FILE`, `cycles contract diff OLD NEW`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.core.vocabulary import ContractReport
    from cycles.do.contracts.diff import ContractDiff

_PATH = click.Path(path_type=Path)
_LEVELS = {"major": "Breaks what came before:", "minor": "Accepts or offers more:", "patch": "Only explains:"}


@click.group()
def command() -> None:
    """Hold a file to a contract, or say what changed between two contracts."""


@command.command()
@click.argument("file", type=_PATH)
@click.option(
    "--contract", required=True, help="The contract's name, such as attendance_days or survey.school_belonging."
)
@click.option(
    "--mapping", help="The mapping to read it through; without one its columns are called as in the contract."
)
@click.option("--adapter", help="How it is read; known by the file's ending unless named.")
@click.option(
    "--engine", type=click.Choice(["memory", "disk"]), help="Where it is judged (default: on disk if it is large)."
)
@click.option("--html", type=_PATH, help="Write the contract report there.")
@click.option("--quarantine", type=_PATH, help="Write the rows set aside into this folder, for its owner only.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def check(
    file: Path,
    contract: str,
    mapping: str | None,
    adapter: str | None,
    engine: str | None,
    html: Path | None,
    quarantine: Path | None,
    as_json: bool,
) -> int:
    """Hold FILE to a contract, without a cycle: the verdict, every broken rule, what to do. Nothing is written unless asked for."""
    from cycles.core.files import atomic_write
    from cycles.runs import holding

    request = holding.Request(
        file=file,
        contract=contract,
        mapping=mapping,
        adapter=adapter,
        engine=holding.engine_named(engine),
        quarantine=quarantine,
    )
    report = holding.hold_one(request)
    if html is not None:
        atomic_write(html, holding.page_of(report).encode("utf-8"))
    if as_json:
        _words.give(holding.as_data(report))
    _say_verdict(report)
    return 0 if report.outcome == "pass" else 1


def _say_verdict(report: "ContractReport") -> None:
    from cycles.do.contracts import as_problems

    _words.say(_words.bold(f"{report.outcome.replace('_', ' ')}: {report.contract} {report.version}"))
    _words.say(report.text)
    for warning in report.facts.get("warnings", []):
        _words.say(f"  {warning}")
    for problem in as_problems(report):
        _words.say(str(problem))


@command.command()
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def diff(old: Path, new: Path, as_json: bool) -> int:
    """What changed from the contract (or instrument) OLD to NEW, what breaks the series, and whether the version says so."""
    from cycles.do.contracts.diff import diff as difference

    found = difference(old, new)
    if as_json:
        _words.give({"schema": "cycles.contract_diff/1", **found.to_dict()})
    _say_difference(found)
    return 0 if found.problem is None else 1


def _say_difference(found: "ContractDiff") -> None:
    _words.say(_words.bold(found.text))
    for level, heading in _LEVELS.items():
        told = [one for one in found.changes if one.level == level]
        if told:
            _words.say(f"\n{heading}")
        for one in told:
            _words.say(f"  {one.what}{' (series break)' if one.series_break else ''}")
    if found.problem is not None:
        _words.say(f"\n{found.problem}")
