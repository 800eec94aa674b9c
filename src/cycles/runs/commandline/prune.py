"""`cycles prune [--keep N]`."""

from typing import TYPE_CHECKING, Any

import click

from cycles.runs.commandline import _words

if TYPE_CHECKING:
    from cycles.runs.pruning import Kind, Pruned

NAMES: "dict[Kind, tuple[str, str]]" = {
    "run_folders": ("run folder", "run folders"),
    "kept_files": ("kept file that no run needs", "kept files that no run needs"),
    "packs": ("pack of a source that was split anew", "packs of sources that were split anew"),
    "leftovers": ("file that was left unfinished", "files that were left unfinished"),
}
_SHOWN = 3


@click.command()
@click.option(
    "--keep", type=int, metavar="N", help="Remove run folders, too: all but the newest N done runs of each cycle."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(keep: int | None, dry_run: bool, as_json: bool) -> int:
    """Remove what no run needs any more: kept files, parts of sources, and with --keep the folders of runs that others came after.

    Besides the newest N, the latest run stays, and all that run or may still be finished, that changed the decision, that made a revision
    again (--revision), or whose report was written again. The ledger, deliveries, seals and notices always stay.
    """
    from cycles.core.workspace import find_workspace
    from cycles.runs.pruning import prune

    pruned = prune(find_workspace(), keep=keep, dry_run=dry_run)
    if as_json:
        _words.give(_data(pruned))
    for line in _lines(pruned):
        _words.say(line)
    return 74 if pruned.problems else 0


def _lines(pruned: "Pruned") -> list[str]:
    removed = [f"{_many(n, *NAMES[kind])}, {pruned.n_bytes[kind] / 1e6:,.1f} MB" for kind, n in pruned.n.items()]
    told = [f"{'Would remove' if pruned.dry_run else 'Removed'} {one}." for one in removed] or ["Nothing to remove."]
    if pruned.held:
        named = ", ".join(sorted(pruned.held)[:_SHOWN])
        more = f" and {len(pruned.held) - _SHOWN} more" if len(pruned.held) > _SHOWN else ""
        told.append(f"Left alone, because a run holds {'it' if len(pruned.held) == 1 else 'them'}: {named}{more}.")
    if pruned.n_recent:
        told.append(
            f"Left alone, because a run that goes on may need {'it' if pruned.n_recent == 1 else 'them'}: "
            f"{_many(pruned.n_recent, 'recent file', 'recent files')}."
        )
    return told + [str(problem) for problem in pruned.problems]


def _many(n: int, one: str, several: str) -> str:
    return f"{n:,} {one if n == 1 else several}"


def _data(pruned: "Pruned") -> dict[str, Any]:
    return {
        "schema": "cycles.prune/1",
        "keep": pruned.keep,
        "dry_run": pruned.dry_run,
        "removed": {kind: {"n": pruned.n[kind], "bytes": pruned.n_bytes[kind]} for kind in NAMES},
        "runs": pruned.runs,
        "left_alone": {"cycles": sorted(pruned.held), "recent_files": pruned.n_recent},
        "problems": [problem.to_dict() for problem in pruned.problems],
    }
