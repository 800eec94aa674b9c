"""`make torture SECTION=`: things broken on purpose. Each must be refused, or answered, in its own way, and show no student."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "src")]

from factories import make_district
from harness import Row, main, measured
from torture_clock import rows as clock
from torture_dask import dask
from torture_intake import intake
from torture_survival import survival

STUDENTS = 240
CANARY = "Zzyzxqueen"
"""A value that a student might have given; it must not come out anywhere."""


@dataclass(frozen=True)
class Fault:
    """One thing broken: how, with which exit status and codes it must be answered, and a piece of the advice that must be given."""

    name: str
    plant: Callable[[Path], None]
    status: int
    codes: tuple[str, ...]
    advice: str


@dataclass(frozen=True)
class Answer:
    """What `cycles run --json` said of a broken district, and everything it left for others to read."""

    status: int
    stdout: str
    stderr: str
    published: str

    @property
    def everything(self) -> str:
        """All that anyone but the owner of the run folder can see."""
        return "\n".join((self.stdout, self.stderr, self.published))


# -- what is broken ----------------------------------------------------------------------------------------------------


def _misspelt(folder: Path) -> None:
    _replace(folder / "params/check-ins-2026-fall.yml", "estimate:", "estimte:")


def _missing(folder: Path) -> None:
    (folder / "data/arms.csv").unlink()


def _contract(folder: Path) -> None:
    """Every eighth day of attendance has a status that nobody declared."""
    rows = _rows(folder / "data/attendance.csv")
    place = rows[0].index("status")
    for row in rows[1::8]:
        row[place] = CANARY
    _write(folder / "data/attendance.csv", rows)


def _duplicates(share: int) -> Callable[[Path], None]:
    """Every `share`-th answer sheet is there a second time, with another answer and a comment."""

    def plant(folder: Path) -> None:
        rows = _rows(folder / "data/pulse.csv")
        head, answers = rows[:3], rows[3:]
        item, comment = head[0].index("Q7_2"), head[0].index("Q8")
        again = [list(row) for row in answers[::share] if row[item] in ("1", "2", "3", "4", "5")]
        for row in again:
            row[item], row[comment] = str(6 - int(row[item]) if row[item] != "3" else 1), CANARY
        _write(folder / "data/pulse.csv", [*head, *answers, *again])

    return plant


def _constant(folder: Path) -> None:
    """Everyone gives the same answer to everything in the second wave."""
    rows = _rows(folder / "data/pulse.csv")
    items = [place for place, name in enumerate(rows[0]) if name.startswith("Q7_")]
    wave = rows[0].index("wave")
    for row in rows[3:]:
        if row[wave] == "2027-winter":
            for place in items:
                row[place] = "3"
    _write(folder / "data/pulse.csv", rows)


def _one_cluster(folder: Path) -> None:
    """One classroom is left in each arm; the others are in neither."""
    _assign(folder, lambda number, arm, seen: arm if arm not in seen else "elsewhere")


def _no_comparison(folder: Path) -> None:
    _assign(folder, lambda number, arm, seen: "check_ins")


def _assign(folder: Path, choose: Callable[[int, str, set[str]], str]) -> None:
    rows = _rows(folder / "data/arms.csv")
    place, seen = rows[0].index("arm"), set()
    for number, row in enumerate(rows[1:]):
        arm = row[place]
        row[place] = choose(number, arm, seen)
        seen.add(arm)
    _write(folder / "data/arms.csv", rows)


def _rows(path: Path) -> list[list[str]]:
    return list(csv.reader(io.StringIO(path.read_text("utf-8"), newline="")))


def _write(path: Path, rows: list[list[str]]) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    path.write_text(text.getvalue(), "utf-8")


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    if old not in text:
        raise ValueError(f"{path.name} does not hold what is to be broken")
    path.write_text(text.replace(old, new), "utf-8")


FAULTS = (
    Fault("misspelt_parameter", _misspelt, 2, ("CY101", "CY105"), "Did you mean 'estimate'?"),
    Fault("missing_file", _missing, 2, ("CY104",), "CYCLES_DATA"),
    Fault("contract_broken", _contract, 1, ("CY212",), "quarantine"),
    Fault("conflicting_duplicates_many", _duplicates(8), 1, ("CY212", "CY216"), "which row is right"),
    Fault("conflicting_duplicates_few", _duplicates(200), 0, ("CY216",), ""),
    Fault("constant_outcome", _constant, 0, ("CY304",), "column and scoring"),
    Fault("one_cluster_per_arm", _one_cluster, 0, ("CY303",), "several classrooms"),
    Fault("no_comparison_arm", _no_comparison, 0, ("CY302",), "both arms"),
)


# -- what must come of it ----------------------------------------------------------------------------------------------


def faults(limits: dict) -> list[Row]:
    """Each fault, on a district of its own; the value of a row is how many of its demands were not met."""
    return [measured(fault.name, _unmet(fault), limits={fault.name: limits["unmet"]}) for fault in FAULTS]


def _unmet(fault: Fault) -> float:
    with tempfile.TemporaryDirectory(prefix="cycles-torture-") as place:
        folder = Path(place)
        make_district(folder, STUDENTS)
        values = _student_values(folder)
        fault.plant(folder)
        answer = _ask(folder)
    unmet = _demands(fault, answer, values)
    for demand in unmet:
        print(f"        {fault.name}: {demand}", file=sys.stderr)
    return len(unmet)


def _ask(folder: Path) -> Answer:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    words = [sys.executable, "-m", "cycles", "run", "params/check-ins-2026-fall.yml", "--json"]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    published = [
        path.read_text("utf-8")
        for name in ("report.html", "results.json", "failure.json")
        for path in folder.rglob(name)
    ]
    return Answer(done.returncode, done.stdout, done.stderr, "\n".join(published))


def _demands(fault: Fault, answer: Answer, values: set[str]) -> list[str]:
    """The demands that were not met, in words."""
    unmet = (
        []
        if answer.status == fault.status
        else [f"exit status {answer.status}, not {fault.status}: {answer.stderr[-400:]}"]
    )
    unmet += [f"{code} is not said" for code in fault.codes if code not in _codes(answer, fault)]
    unmet += ["its advice is not given"] if fault.advice not in answer.stderr else []
    unmet += ["a traceback is shown"] if "Traceback" in answer.everything or 'File "' in answer.stderr else []
    unmet += (
        ["NaN or infinity is published"] if re.search(r"\b(NaN|Infinity)\b", answer.stdout + answer.published) else []
    )
    shown = [value for value in values if re.search(rf"(?<![\w.]){re.escape(value)}(?![\w.])", answer.everything)]
    return unmet + (
        [f"{len(shown)} values of students are shown, such as one of length {len(shown[0])}"] if shown else []
    )


def _codes(answer: Answer, fault: Fault) -> set[str]:
    """The codes in the data on stdout: of the problems, or of the results."""
    try:
        json.loads(answer.stdout)
    except ValueError:
        return set()
    return set(re.findall(r"\bCY\d{3}\b", answer.stdout))


def _student_values(folder: Path) -> set[str]:
    """Ids, names, e-mail and network addresses, and comments of the district, before anything was broken."""
    found = {CANARY}
    with zipfile.ZipFile(folder / "data/oneroster.zip") as bundle:
        people = list(csv.DictReader(io.StringIO(bundle.read("users.csv").decode("utf-8-sig"))))
    for one in people:
        found |= {one[name] for name in ("sourcedId", "givenName", "familyName", "email", "identifier")}
    rows = _rows(folder / "data/pulse.csv")
    for name in ("IPAddress", "ResponseId", "RecipientEmail", "Q8"):
        found |= {row[rows[0].index(name)] for row in rows[3:]}
    return {value for value in found if len(value) >= 4}


def lost_and_found(limits: dict) -> list[Row]:
    """What is killed, starved of room, or asked by a clock that jumps."""
    return [*survival(limits), *clock(limits)]


if __name__ == "__main__":
    sys.exit(
        main("torture", {"faults": faults, "intake": intake, "survival": lost_and_found, "dask": dask}, sys.argv[1:])
    )
