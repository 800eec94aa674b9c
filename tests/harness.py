"""What `make bench` and `make torture` share: sections by name, limits from one reviewed file, one JSON line at the end.

Each section is also kept below `.cycles/bench` or `.cycles/torture`, with the machine, so that figures can be looked up later.
"""

import argparse
import json
import math
import os
import platform
import sys
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LIMITS = Path(__file__).with_name("limits.toml")
KEPT = Path(__file__).resolve().parent.parent / ".cycles"
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


def main(kind: str, sections: dict[str, Callable[[dict], list[Row]]], arguments: Sequence[str] = ()) -> int:
    """Run the section named by `SECTION` (all of them when empty), say each row, end with one JSON line per section.

    `--json` leaves out the rows in words. A section is kept as soon as it is through.
    """
    parser = argparse.ArgumentParser(prog=f"make {kind}")
    parser.add_argument("--json", action="store_true", help="data only")
    is_data_only = parser.parse_args(arguments).json
    wanted = os.environ.get("SECTION") or ",".join(sections)
    unknown = [name for name in wanted.split(",") if name not in sections]
    if unknown:
        print(f"unknown section {', '.join(unknown)}; known: {', '.join(sections)}", file=sys.stderr)
        return 2
    limits = tomllib.loads(LIMITS.read_text())[kind]
    results = {name: _run(kind, name, sections[name], limits[name]) for name in wanted.split(",")}
    for name, rows in results.items():
        for row in [] if is_data_only else rows:
            print(
                f"{_word(row):<7} {name}.{row.name}: {row.value} {row.unit} (limit {row.op} {row.limit})",
                file=sys.stderr,
            )
    for name, rows in results.items():
        print(json.dumps(_told(name, rows), allow_nan=False), flush=True)
    return 0 if all(row.ok for rows in results.values() for row in rows) else 1


def machine() -> dict[str, Any]:
    """What the figures of this run were taken on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "processor": models[0] if models else platform.processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30), 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def _run(kind: str, name: str, section: Callable[[dict], list[Row]], limits: dict) -> list[Row]:
    """Run one section and keep what came of it."""
    before, begun = machine(), time.time()
    rows = section(limits)
    at = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(begun))
    folder = KEPT / kind
    folder.mkdir(parents=True, exist_ok=True)
    kept = {**_told(name, rows), "at": at, "seconds": round(time.time() - begun, 1), "machine": before}
    (folder / f"{name}-{at}.json").write_text(json.dumps(kept, indent=1, allow_nan=False) + "\n")
    return rows


def _told(name: str, rows: list[Row]) -> dict[str, Any]:
    return {"section": name, "rows": [asdict(row) for row in rows]}


def _word(row: Row) -> str:
    return "skipped" if row.skipped else "ok" if row.ok else "FAILED"
