"""`cycles list KIND`."""

import click

from cycles.runs.commandline import _words


@click.command("list")
@click.argument("kind", required=False)
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(kind: str | None, as_json: bool) -> None:
    """The names of a KIND (estimators, indicators, instruments ...). Without a kind, the kinds."""
    from cycles.runs import known

    names = known.names(kind) if kind else list(known.KINDS)
    if as_json:
        _words.give({"schema": "cycles.names/1", "kind": kind or "kinds", "names": names})
    else:
        _words.give("\n".join(names))
