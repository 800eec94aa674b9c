"""A thousand schools: planning them, and running them again when nothing has changed, by the clock.

The schools are real to everything but the notebook: their runs are entered in the ledger as finished, with what a run leaves.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cycles
from cycles.core.ledger import Ledger
from cycles.core.processes import this_process
from cycles.core.run_folder import RunFolder
from cycles.core.workspace import Workspace
from cycles.runs import keys, reuse
from cycles.runs.fleet.units import Job, jobs_of
from cycles.runs.preflight import Plan
from cycles.runs.scaffold import scaffold
from harness import Row, busy, measured

SCHOOLS, STUDENTS, DAYS = 1000, 20, 5
SEED = 2026
SHIPPED = Path(__file__).resolve().parent.parent / "params" / "check-ins-2026-fall.yml"
SOURCES = {
    "survey": "{adapter: csv, path: data/pulse.csv, instrument: school_belonging}",
    "roster": "{adapter: csv, path: data/students.csv, contract: students}",
    "arms": "{adapter: csv, path: data/arms.csv, contract: arms}",
    "attendance": "{adapter: csv, path: data/attendance.csv, contract: attendance_days}",
    "sessions": "{adapter: csv, path: data/sessions.csv, contract: sessions}",
}


def units(limits: dict) -> list[Row]:
    """Seconds to plan a thousand schools for the first time, and to find all of them unchanged; skipped on a busy machine."""
    is_busy = busy("thousand schools")
    with tempfile.TemporaryDirectory() as folder:
        file = _district(Path(folder))
        begun = time.monotonic()
        jobs, _ = jobs_of(file)
        planned = time.monotonic() - begun
        _enter(jobs, Workspace(Path(folder)))
        seconds = _again(file)
    return [
        measured("plan_1000_seconds", None if is_busy else planned, limits=limits),
        measured("cached_1000_seconds", None if is_busy else seconds, limits=limits),
    ]


def _again(file: Path) -> float:
    """The whole command, from its start to its last word; every school must be known."""
    words = [sys.executable, "-m", "cycles", "run", str(file), "--json"]
    source = str(Path(cycles.__file__).resolve().parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))}
    begun = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environment)
    seconds = time.monotonic() - begun
    assert json.loads(done.stdout)["counts"]["cached"] == SCHOOLS, done.stderr
    return seconds


def _enter(jobs: list[Job], workspace: Workspace) -> None:
    """What a finished run of each job leaves, in its folder and in the ledger."""
    results = {"schema": "cycles.results/1", "decision": {"call": "adapt", "because": "the effect is small"}}
    with Ledger.of(workspace) as ledger:
        for number, job in enumerate(jobs):
            run_id = f"20270125T060000Z-{number:04x}"
            folder = RunFolder(workspace.runs / job.cycle / run_id, workspace=workspace, cycle_name=job.cycle)
            folder.write_json("results.json", results)
            folder.write_bytes("report.html", b"<p>" + b"x" * 200_000)
            folder.write_bytes("pdsa_cycle.ipynb", b"{" + b" " * 400_000)
            where = {"folder": folder.path, "cycle_file": job.cycle_file, "holder": this_process()}
            ledger.start_run(run_id=run_id, cycle=job.cycle, kind=job.says.kind, **where)
            notebook = workspace.notebook(job.says.kind)
            plan = Plan(cycle_file=job.cycle_file, cycle=job.says, workspace=workspace, notebook=notebook)
            reuse.keep(folder, run_id=run_id, parts=keys.parts_of(plan, ledger, seed=SEED, data=job.data))
            ledger.finish_run(run_id, state="done", exit_status=0, results=results)
            folder.ledger.close()


def _district(root: Path) -> Path:
    scaffold(root, example=False)
    file = root / "params" / SHIPPED.name
    before, _, after = SHIPPED.read_text().partition("sources:\n")
    written = "".join(f"  {name}: {source}\n" for name, source in SOURCES.items())
    each = "for_each: {by: school_id, of: roster}\n"
    file.write_text(f"{before}sources:\n{written}{each}{after[after.index('schedule:') :]}")
    (root / "data").mkdir(exist_ok=True)
    for name, lines in _files().items():
        (root / "data" / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return file


def _files() -> dict[str, list[str]]:
    """Schools of twenty students, each with a week of attendance, two answers and a session."""
    pupils = [(f"{school:04d}{one:02d}", f"D{school:04d}") for school in range(SCHOOLS) for one in range(STUDENTS)]
    rooms = [f"D{school:04d}-{room}" for school in range(SCHOOLS) for room in "AB"]
    return {
        "students": [
            "student_id,school_id,grade,classroom_id",
            *(f"{one},{school},09,{school}-{'AB'[int(one) % 2]}" for one, school in pupils),
        ],
        "attendance": [
            "student_id,school_id,on,status",
            *(f"{one},{school},2026-10-{5 + day:02d},present" for one, school in pupils for day in range(DAYS)),
        ],
        "pulse": [
            "respondent_id,wave",
            *(f"{one},{wave}" for one, _ in pupils for wave in ("2026-fall", "2027-winter")),
        ],
        "sessions": ["student_id,on,minutes", *(f"{one},2026-10-05,15" for one, _ in pupils)],
        "arms": ["unit_id,unit_kind,arm", *(f"{room},classroom,check_ins" for room in rooms)],
    }
