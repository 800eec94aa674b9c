"""A district's attendance split by school, once: against pandas writing one Parquet file for each school, and reading one part of it.

Run as a script it is the child process: `python bench_partition.py cycles|pandas FOLDER` splits, and prints CPU seconds and peak memory.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_large import peak_kib
from harness import Row, measured

ROWS, SCHOOLS, STUDENTS = 5_000_000, 1_000, 100_000
DAYS, SEED = 50, 2026
REPEATS = 3
FILE, ROSTER = "attendance.parquet", "roster.csv"


def partitioned(limits: dict) -> list[Row]:
    """CPU time of the split in times of pandas', its peak memory, and how long one school's rows take in times of a filtered read."""
    taken: dict[str, list[dict[str, float]]] = {"cycles": [], "pandas": []}
    with tempfile.TemporaryDirectory() as folder:
        _write(Path(folder))
        for _ in range(REPEATS):
            for way, found in taken.items():
                found.append(_child(way, Path(folder)))
    ours, theirs = ({key: statistics.median(one[key] for one in found) for key in found[0]} for found in taken.values())
    told = ", ".join(f"{name} {one['seconds']:.1f} s" for name, one in (("cycles", ours), ("pandas", theirs)))
    print(f"{ROWS:,} rows for {SCHOOLS:,} schools, CPU: {told}", file=sys.stderr, flush=True)
    return [
        measured("split_of_pandas", ours["seconds"] / theirs["seconds"], limits=limits, repeats=REPEATS),
        measured("split_peak_gib", ours["peak_gib"], limits=limits, repeats=REPEATS),
        measured("part_of_filtered_read", ours["one_school"] / theirs["one_school"], limits=limits, repeats=REPEATS),
    ]


def _child(way: str, root: Path) -> dict[str, float]:
    words = [sys.executable, __file__, way, str(root)]
    done = subprocess.run(words, check=True, capture_output=True, text=True, env=dict(os.environ))
    return json.loads(done.stdout.splitlines()[-1])


def _write(root: Path) -> None:
    """Days of attendance, as texts, of students in no order; and the roster that knows their schools."""
    import numpy as np
    import pandas as pd

    rng = np.random.default_rng(SEED)
    students = np.array([f"{one:06d}" for one in range(STUDENTS)])
    days = pd.date_range("2026-09-01", periods=DAYS).strftime("%Y-%m-%d").to_numpy()
    statuses = np.array(["present", "tardy", "absent_excused", "absent_unexcused"])
    rows = pd.DataFrame(
        {
            "student_id": np.repeat(students, DAYS),
            "on": np.tile(days, STUDENTS),
            "status": rng.choice(statuses, ROWS, p=[0.9, 0.04, 0.03, 0.03]),
        }
    )
    rows.sample(frac=1, random_state=SEED).to_parquet(root / FILE, index=False)
    schools = [f"S{one:04d}" for one in rng.integers(SCHOOLS, size=STUDENTS)]
    pd.DataFrame({"student_id": students, "school_id": schools}).to_csv(root / ROSTER, index=False)
    (root / "cycles.toml").write_text("")


def _cycles(root: Path) -> float:
    from cycles.core.workspace import Workspace
    from cycles.do.intake.part import read_part
    from cycles.do.partition import partition
    from cycles.plan.cycle_file import Source

    sources = {
        "roster": Source(name="roster", adapter="csv", path=ROSTER, contract="students"),
        "attendance": Source(name="attendance", adapter="parquet", path=FILE, contract="attendance_days"),
    }
    workspace = Workspace(root)
    shutil.rmtree(root / ".cycles", ignore_errors=True)  # what an earlier pass split
    found = partition(sources, of="roster", by="school_id", workspace=workspace)
    split = found.splits["attendance"]
    assert sum(split.n_rows.values()) == ROWS
    begun = time.process_time()
    one = read_part("attendance", **split.of("S0007"), workspace=workspace)
    seconds = time.process_time() - begun
    assert len(one.table) == split.n_rows["S0007"]
    return seconds


def _pandas(root: Path) -> float:
    import pandas as pd

    roster = pd.read_csv(root / ROSTER, dtype=str)
    rows = pd.read_parquet(root / FILE).merge(roster, on="student_id")
    parts = root / "parts"
    parts.mkdir(exist_ok=True)
    for school, its in rows.groupby("school_id"):
        its.to_parquet(parts / f"{school}.parquet", index=False)
    begun = time.process_time()
    pupils = roster.loc[roster.school_id == "S0007", "student_id"].tolist()
    assert len(pd.read_parquet(root / FILE, filters=[("student_id", "in", pupils)]))
    return time.process_time() - begun


if __name__ == "__main__":
    one_school = {"cycles": _cycles, "pandas": _pandas}[sys.argv[1]](Path(sys.argv[2]))
    print(
        json.dumps(
            {"seconds": time.process_time() - one_school, "peak_gib": peak_kib() / (1 << 20), "one_school": one_school}
        )
    )
