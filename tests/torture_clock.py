"""`make torture SECTION=survival`, the part of the clock: whatever it does, each occurrence is run once, and gives the same bytes.

A workspace for each of three time zones is asked what is due, again and again, while the clock jumps: through both nights on which clocks
are moved, back an hour, ahead a year, and by chance. The notebook is played by a few lines that leave what the data say.
"""

import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "src")]

from cycles.core.files import sha256
from cycles.core.ledger import Ledger
from cycles.core.workspace import find_workspace
from cycles.plan.cycle_file import Schedule
from cycles.runs.fleet.outcome import Outcome
from cycles.runs.fleet.running import FleetResult, Settings
from cycles.runs.schedule import due, times

NIGHTS = {
    "America/New_York": ("30 1,2 * * *", ("2026-11-01T05:30:00Z", "2027-03-14T07:00:00Z")),
    "Europe/Berlin": ("30 2 * * *", ("2026-10-25T00:30:00Z", "2027-03-28T01:00:00Z")),
    "Australia/Lord_Howe": ("45 1,2 * * *", ("2027-04-03T14:45:00Z", "2026-10-03T15:45:00Z")),
}
"""A schedule in each zone, and a moment in each of its two nights."""
STUDENTS, CALLS = 80, 40
HOUR, YEAR = timedelta(hours=1), timedelta(days=365)


def rows(limits: dict[str, Any]) -> list[Any]:
    """Each demand on what is run, over all zones."""
    from factories import make_district
    from harness import measured

    told: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="cycles-clock-") as place:
        make_district(Path(place), STUDENTS)
        for number, (zone, (cron, nights)) in enumerate(NIGHTS.items()):
            told += _in_zone(Path(place), Schedule(cron=cron, timezone=zone), nights, random.Random(number))  # noqa: S311
    print(f"        {dict(told)}", file=sys.stderr)
    names = ("twice", "left_out", "other_bytes", "occurrences")
    return [measured(f"clock_{name}", told[name], limits=limits) for name in names]


def _in_zone(root: Path, schedule: Schedule, nights: tuple[str, ...], rng: random.Random) -> Counter:
    """Ask what is due while the clock jumps; count what was run twice, left out, or came out otherwise."""
    file = _only_file(root, schedule)
    workspace = find_workspace(root)
    workspace.ledger_path.unlink(missing_ok=True)
    ran: list[tuple[str, int]] = []
    digests: set[str] = set()

    def play(plan: Any, settings: Any, *, workspace: Any, told: Any) -> FleetResult:
        outcomes = tuple(Outcome(cycle=job.cycle, state="done", run="r") for job in plan.jobs)
        for one in outcomes:
            digests.add(_result(root))
            told(one)
        return FleetResult(outcomes=outcomes)

    real, due.run_fleet = due.run_fleet, play
    try:
        clock = sorted(times.moment(night) for night in nights)[0] - timedelta(hours=30)
        highest = clock
        for now in _clock(clock, nights, rng):
            found = due.plan_due([file], workspace=workspace, now=now)
            ran += [(one.due_at, one.n_missed) for one in found.due.values()]
            due.run_due(found, Settings(seed=1), workspace=workspace)
            highest = max(highest, now)
    finally:
        due.run_fleet = real
    with Ledger.of(workspace) as ledger:
        taken = ledger.occurrences.list()
    began = times.start_of(_started(file), schedule)
    right = {
        times.stamp(one) for one in takewhile(lambda one: one <= highest, times.occurrences(schedule, after=began))
    }
    stood_for = sum(1 + one.n_missed for one in taken)
    return Counter(
        twice=len(ran) - len({moment for moment, _ in ran}) + sum(one.attempts > 1 for one in taken),
        left_out=abs(len(right) - stood_for) + len({one.due_at for one in taken} - right),
        other_bytes=max(0, len(digests) - 1),
        occurrences=stood_for,
    )


def _clock(begin: datetime, nights: tuple[str, ...], rng: random.Random) -> Iterator[datetime]:
    """Minute by minute is too slow: quarters of an hour through both nights, with jumps back, and at the end a year ahead and back."""
    now = begin
    for night in sorted(nights):
        now = max(now, times.moment(night) - timedelta(hours=3))
        for _ in range(CALLS):
            yield now
            if rng.random() < 0.2:
                yield now - HOUR
            now += timedelta(minutes=rng.choice((1, 15, 15, 30)))
    yield now + YEAR
    yield now + YEAR - HOUR
    yield now
    yield now + YEAR


def _only_file(root: Path, schedule: Schedule) -> Path:
    """The cycle file of the district, with this schedule in place of its own."""
    [file] = root.glob("params/check-ins-*.yml")
    lines = [line for line in file.read_text("utf-8").splitlines() if not line.startswith(("schedule:", "started_on:"))]
    told = json.dumps({"cron": schedule.cron, "timezone": schedule.timezone})
    lines += [f"schedule: {told}", "started_on: 2026-10-01"]
    file.write_text("\n".join(lines) + "\n", "utf-8")
    return file


def _started(file: Path) -> Any:
    from cycles.plan.cycle_file import Cycle, read_cycle_file

    says = read_cycle_file(file)
    assert isinstance(says, Cycle)
    return says.started_on


def _result(root: Path) -> str:
    """What a run on these data leaves: it must not depend on when it is made."""
    from cycles.runs import kernels, keys
    from cycles.runs.running import run_cycle

    def played(notebook: Path, output: Path, *, parameters: dict, cwd: Path, **_options: Any) -> None:
        data = sha256(cwd / "data/attendance.csv")
        results = {"schema": "cycles.results/1", "decision": {"call": "adapt", "because": data}, "estimates": []}
        (Path(parameters["output_dir"]) / "results.json").write_text(json.dumps(results))
        (Path(parameters["output_dir"]) / "report.html").write_text(f"<p>{data}</p>")
        output.write_text("{}")

    real, package = kernels.execute, keys.PACKAGE
    kernels.execute, keys.PACKAGE = played, root / "params"
    try:
        [file] = root.glob("params/check-ins-*.yml")
        ran = run_cycle(file, seed=1, fresh=True)
        return sha256(ran.folder / "results.json") + sha256(ran.report)
    finally:
        kernels.execute, keys.PACKAGE = real, package
