"""What `make bench` and `make torture` share: sections by name, limits from one reviewed file, one JSON line at the end."""

import json
import math
import os
import sys
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

LIMITS = Path(__file__).with_name("limits.toml")
OPERATORS: dict[str, Callable[[float, float], bool]] = {
    "<=": lambda value, limit: value <= limit,
    ">=": lambda value, limit: value >= limit,
    "==": lambda value, limit: value == limit,
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One measurement beside its limit; a skipped one is not ok."""

    name: str
    value: float | None
    unit: str
    op: str
    limit: float
    ok: bool
    skipped: bool = False
    repeats: int = 1


def measured(name: str, value: float | None, *, limits: dict, repeats: int = 1) -> Row:
    """A row judged by the limit that stands under its name; no value means it was skipped."""
    limit = limits[name]
    sound = value is not None and math.isfinite(value) and OPERATORS[limit["op"]](value, limit["limit"])
    return Row(
        name=name,
        value=value,
        unit=limit["unit"],
        op=limit["op"],
        limit=limit["limit"],
        ok=sound,
        skipped=value is None,
        repeats=repeats,
    )


def busy(name: str) -> bool:
    """Whether others keep the machine busy, which is said. We keep one core busy, now and then a second for a moment."""
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load <= cores:
        return False
    print(f"{name}: skipped, the machine is loaded ({load:.2f} on {cores} cores)", file=sys.stderr, flush=True)
    return True


def main(kind: str, sections: dict[str, Callable[[dict], list[Row]]]) -> int:
    """Run the section named by `SECTION` (all of them when empty), say each row, end with one JSON line per section."""
    wanted = os.environ.get("SECTION") or ",".join(sections)
    unknown = [name for name in wanted.split(",") if name not in sections]
    if unknown:
        print(f"unknown section {', '.join(unknown)}; known: {', '.join(sections)}", file=sys.stderr)
        return 2
    limits = tomllib.loads(LIMITS.read_text())[kind]
    results = {name: sections[name](limits[name]) for name in wanted.split(",")}
    for name, rows in results.items():
        for row in rows:
            print(
                f"{_word(row):<7} {name}.{row.name}: {row.value} {row.unit} (limit {row.op} {row.limit})",
                file=sys.stderr,
            )
    for name, rows in results.items():
        print(json.dumps({"section": name, "rows": [asdict(row) for row in rows]}, allow_nan=False), flush=True)
    return 0 if all(row.ok for rows in results.values() for row in rows) else 1


def _word(row: Row) -> str:
    return "skipped" if row.skipped else "ok" if row.ok else "FAILED"
