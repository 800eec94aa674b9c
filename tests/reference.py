"""`make reference GROUP=`: our numbers beside published and independently computed ones, through the public verbs.

The value of a row is the distance from the reference (relative where the catalogue says so), the limit its tolerance.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]

from conftest import SHARED
from harness import Row
from reference_groups import groups
from reference_groups.expected import Expected, expected_of


def main(arguments: list[str]) -> int:
    """Compare the groups that were asked for; 1 when a row fails or nothing could be compared, 2 for an unknown group."""
    chosen = _parsed(arguments)
    known = groups()
    wanted = [name for name in (chosen.group or ",".join(known)).split(",") if name]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"unknown group {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    rows = [row for name in wanted for row in compared(name, SHARED, tell=not chosen.json)]
    ran = [row for row in rows if not row.skipped]
    failed = sum(not row.ok for row in ran)
    if not chosen.json:
        print(f"{len(ran) - failed} passed, {failed} failed" + _skipped(len(rows) - len(ran)))
    print(json.dumps({"section": "reference", "rows": [asdict(row) for row in rows]}, allow_nan=False))
    return 1 if failed or not ran else 0


def compared(group: str, shared: Path, *, tell: bool = False) -> list[Row]:
    """The rows of one group; all are skipped when a file of its own is absent."""
    try:
        expected = expected_of(group, shared)
        ours = dict(groups()[group](shared))
    except FileNotFoundError as absent:
        missing = Row(name=group, value=None, unit="", op="<=", limit=0.0, ok=False, skipped=True)
        if tell:
            print(f"skipped {group}: {absent}")
        return [missing]
    rows = []
    for name, reference in expected.items():
        rows.append(_row(f"{group}.{name}", reference, ours.get(name)))
        if tell:
            print(_told(rows[-1], reference, ours.get(name)))
    return rows


def _row(name: str, reference: Expected, ours: float | None) -> Row:
    away = None if ours is None else float(reference.deviation(float(ours)))
    unit = "relative" if reference.relative else "absolute"
    sound = away is not None and away <= reference.tolerance
    return Row(name=name, value=away, unit=unit, op="<=", limit=reference.tolerance, ok=sound)


def _told(row: Row, reference: Expected, ours: float | None) -> str:
    value = "none" if ours is None else f"{ours:.10g}"
    return (
        f"{'ok' if row.ok else 'FAILED':<7} {row.name} ({reference.label}): {value}, reference {reference.value:.10g}"
    )


def _skipped(n: int) -> str:
    return f", {n} groups skipped (outside data absent)" if n else ""


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", default=os.environ.get("GROUP", ""), help="names of groups, separated by commas")
    parser.add_argument("--json", action="store_true", help="only the last line")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
