"""Part of `make bench SECTION=contracts`: five million rows of Parquet held to ten rules on disk: peak memory, and how the cost grows.

Run as a script it is the child process that holds one file: `python bench_large.py FILE` prints its CPU seconds and peak memory.
"""

import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from harness import Row, measured

SIZES = (100_000, 500_000, 1_000_000, 5_000_000)
REPEATS = 3
PIECE = 250_000
STATUSES = ("present", "tardy", "absent_excused", "absent_unexcused")


def large(limits: dict, environment: dict[str, str]) -> list[Row]:
    """Peak resident memory at the largest size, and the slope of log CPU time on log rows, medians of three child processes each."""
    with tempfile.TemporaryDirectory() as folder:
        files = {n: _write(n, Path(folder) / f"{n}.parquet") for n in SIZES}
        runs = {n: [_child(file, environment) for _ in range(REPEATS)] for n, file in files.items()}
    seconds = {n: statistics.median(one["seconds"] for one in found) for n, found in runs.items()}
    told = ", ".join(f"{n:,} rows {taken:.2f} s" for n, taken in seconds.items())
    print(f"contracts on disk, CPU: {told}", file=sys.stderr, flush=True)
    peak = statistics.median(one["peak_gib"] for one in runs[SIZES[-1]])
    return [
        measured("large_peak_gib", peak, limits=limits, repeats=REPEATS),
        measured("large_growth_exponent", slope(seconds), limits=limits, repeats=REPEATS),
    ]


def slope(seconds: dict[int, float]) -> float:
    """The exponent b of seconds = a * rows ** b, by least squares on the logarithms."""
    xs, ys = [math.log(n) for n in seconds], [math.log(taken) for taken in seconds.values()]
    x, y = statistics.fmean(xs), statistics.fmean(ys)
    return sum((one - x) * (other - y) for one, other in zip(xs, ys)) / sum((one - x) ** 2 for one in xs)


def _child(file: Path, environment: dict[str, str]) -> dict[str, float]:
    words = [sys.executable, __file__, str(file)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def _write(n: int, path: Path) -> Path:
    """Attendance days as text; one value in a hundred is no number, one row in fifty breaks a pattern."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(2026)
    writer: Any = None
    for start in range(0, n, PIECE):
        row = np.arange(start, min(start + PIECE, n))
        minutes = rng.integers(0, 400, len(row)).astype("str")
        minutes[rng.random(len(row)) < 0.01] = "x"
        table = pa.table(
            {
                "student_id": np.char.zfill((row // 180).astype("str"), 8),
                "on": (np.datetime64("2025-09-01") + row % 180).astype("str"),
                "status": rng.choice(STATUSES, len(row), p=[0.9, 0.04, 0.03, 0.03]),
                "minutes": minutes,
                "note": np.where(rng.random(len(row)) < 0.02, "ab", "AB"),
                "school_id": np.char.add("S", (row // 20_000 % 300).astype("str")),
            }
        )
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
    writer.close()
    return path


def _contract() -> Any:
    import pandas as pd

    from cycles.do.contracts.rules import Column, Contract, Rule

    types = {"student_id": "string", "on": "date", "status": "string", "minutes": "integer", "note": "string"}
    rules = (
        Rule(kind="required", columns=("student_id",)),
        Rule(kind="length", columns=("student_id",), minimum=8, maximum=8),
        Rule(kind="castable", columns=("on",)),
        Rule(kind="required", columns=("on",)),
        Rule(kind="between", columns=("on",), minimum=pd.Timestamp(2025, 1, 1)),
        Rule(kind="in_set", columns=("status",), values=STATUSES),
        Rule(kind="castable", columns=("minutes",)),
        Rule(kind="between", columns=("minutes",), minimum=1, maximum=390),
        Rule(kind="matches", columns=("note",), pattern="^[A-Z]+$"),
        Rule(kind="unique", columns=("student_id", "on")),
    )
    columns = tuple(Column(name=name, type=kind) for name, kind in types.items())  # type: ignore[arg-type]
    return Contract(name="bench", version="1", table="bench", columns=columns, rules=rules, max_quarantined_share=0.1)


def _hold(file: Path) -> dict[str, float]:
    from cycles.do.contracts.large import hold_file

    contract = _contract()
    with tempfile.TemporaryDirectory() as folder:
        hold_file(_write(1000, Path(folder) / "warm.parquet"), contract)  # libraries are loaded before the clock starts
        start = time.process_time()
        report = hold_file(file, contract, used=Path(folder) / "used.parquet", quarantine=Path(folder) / "aside")
        seconds = time.process_time() - start
    assert report.outcome == "pass", report.text
    assert report.rows_in == int(file.stem), report.text
    return {"seconds": seconds, "peak_gib": peak_kib() / 1024**2}


def peak_kib() -> int:
    """Of this program alone; what `getrusage` tells would include the process that started it."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise RuntimeError("the system does not tell a process's peak memory")


if __name__ == "__main__":
    print(json.dumps(_hold(Path(sys.argv[1]))))
