"""`cycles explain CODE`."""

import click

from cycles.core.catalogue import CATALOGUE
from cycles.core.errors import ParameterError, nearest
from cycles.runs.commandline import _words


@click.command()
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(code: str | None, as_json: bool) -> None:
    """What a CODE such as CY212 means, and what to do. Without a code, all of them."""
    codes = [_known(code)] if code else sorted(CATALOGUE)
    if as_json:
        _words.give({"schema": "cycles.codes/1", "codes": [_entry(one) for one in codes]})
        return
    for one in codes:
        entry = CATALOGUE[one]
        _words.give(
            f"{one}  {entry.title}"
            if not code
            else f"[{one}] {entry.title}\n  means: {entry.meaning}\n  fix:   {entry.fix}"
        )


def _known(code: str) -> str:
    name = code.strip().strip("[]").upper()
    if name not in CATALOGUE:
        raise ParameterError(f"unknown code '{code}'", code="CY102", fix=nearest(name, CATALOGUE))
    return name


def _entry(code: str) -> dict[str, str]:
    entry = CATALOGUE[code]
    return {"code": code, "title": entry.title, "meaning": entry.meaning, "fix": entry.fix}
