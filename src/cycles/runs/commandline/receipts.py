"""`cycles receipts [CYCLE]`."""

from typing import TYPE_CHECKING, Any

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.core.ledger import Ledger


@click.command()
@click.argument("cycle", required=False)
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(cycle: str | None, as_json: bool) -> None:
    """What was delivered: each version of each source with its rows, and the revisions that runs were computed from."""
    from cycles.core.ledger import Ledger
    from cycles.core.workspace import find_workspace

    found: list[dict[str, Any]] = []
    ledger = Ledger.existing(find_workspace())
    if ledger is not None:
        with ledger:
            found = _cycles(ledger, cycle)
    if as_json:
        _words.give({"schema": "cycles.receipts/1", "cycles": found})
    elif found:
        _words.give("\n".join(line for one in found for line in _lines(one)))
    else:
        _words.say("Nothing has been delivered yet: a receipt is left when a cycle is run.")


def _cycles(ledger: "Ledger", cycle: str | None) -> list[dict[str, Any]]:
    """The receipts and revisions of each cycle, in the order of the first delivery."""
    receipts = ledger.deliveries.receipts(cycle)
    names = list(dict.fromkeys(one.cycle for one in receipts))
    return [
        {
            "cycle": name,
            "receipts": [
                {"source": one.source, "seen_at": one.seen_at, "outcome": one.outcome, **one.facts}
                for one in receipts
                if one.cycle == name
            ],
            "revisions": [
                {"opened_at": one.opened_at, "text": one.text, **one.facts} for one in ledger.deliveries.revisions(name)
            ],
        }
        for name in names
    ]


def _lines(cycle: dict[str, Any]) -> list[str]:
    told = [cycle["cycle"]]
    told += [f"  {one['seen_at'][:10]}  {one['text']}" for one in cycle["receipts"]]
    return told + [f"  {one['opened_at'][:10]}  {one['text']}" for one in cycle["revisions"]]
