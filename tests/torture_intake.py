"""`make torture SECTION=intake`: files written by outsiders, and files broken on purpose. Each is read exactly, read with a code that
says what was lost, or refused with a code; none is silently wrong, crashes, hangs, or takes more memory than a laptop has.
"""

import csv
import gzip
import io
import json
import os
import re
import resource
import signal
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("CYCLES_SHARED", ROOT.parent / "shared"))
sys.path[:0] = [str(Path(__file__).parent), str(ROOT / "src")]

from harness import Row, measured

SECONDS = 10
"""A file that takes longer is a hang."""

Outcome = Literal["exact", "degraded", "refused", "silently_wrong"]

CORPORA: list[tuple[str, str, str]] = [
    ("csv_spectrum", "corpora/csv-spectrum/csvs/*.csv", "csv"),
    ("clevercsv", "corpora/clevercsv/example/*.csv", "csv"),
    ("formats", "data/formats/**/*.csv", "csv"),
    ("ct_edsight", "data/ct_edsight/**/*.csv", "csv"),
    ("nyc_2011", "data/nyc_2011/**/*.txt", "csv"),
    ("calamine", "corpora/calamine/tests/*", "excel"),
    ("pyreadstat_spss", "corpora/pyreadstat/test_data/**/*.*sav", "spss"),
    ("pyreadstat_portable", "corpora/pyreadstat/test_data/**/*.por", "spss"),
    ("pyreadstat_stata", "corpora/pyreadstat/test_data/**/*.dta", "stata"),
    ("pyreadstat_sas", "corpora/pyreadstat/test_data/**/*.sas7b*", "sas"),
    ("pyreadstat_transport", "corpora/pyreadstat/test_data/**/*.xpt*", "sas"),
    ("pyreadstat_text", "corpora/pyreadstat/test_data/**/*.csv", "spss"),
    ("nyc_workbooks", "data/nyc_hs_quality/*.xlsx", "excel"),
    ("nyc_daily_xml", "data/nyc_daily_attendance/raw_xml/*", "attendance_xml"),
]
"""Name, files below the outside data, adapter. Each file must be read, or refused with a code, in time and within memory."""


def intake(limits: dict[str, Any]) -> list[Row]:
    """Every corpus, and every fault that is planted."""
    rows = _polluted(limits) + _spectrum(limits)
    for name, pattern, adapter in CORPORA:
        rows += _survival(name, sorted(SHARED.glob(pattern)), adapter, limits)
    return [*rows, measured("codes_missed", _codes_missed(), limits=limits)]


# -- against what is known to be right ---------------------------------------------------------------------------------


def _polluted(limits: dict[str, Any]) -> list[Row]:
    """Files polluted in one way each, with no dialect declared; then with it declared."""
    folder = SHARED / "corpora/pollock/polluted"
    files = sorted((folder / "csv").glob("*.csv"))
    if not files:
        names = ("polluted_silently_wrong", "polluted_exact_share", "polluted_declared_exact_share")
        return [measured(name, None, limits=limits) for name in names]
    found = {file.name: _polluted_outcome(file, _as_it_is()) for file in files}
    declared = {file.name: _polluted_outcome(file, _declared(folder, file.name)) for file in files}
    _tell("polluted", found)
    _tell("polluted, declared", declared)
    wrong = Counter([*found.values(), *declared.values()])["silently_wrong"]
    return [
        measured("polluted_silently_wrong", wrong, limits=limits),
        measured("polluted_exact_share", _share(found), limits=limits),
        measured("polluted_declared_exact_share", _share(declared), limits=limits),
    ]


def _polluted_outcome(file: Path, reading: Any) -> Outcome:
    clean = file.parent.parent / "clean" / file.name
    return _outcome(file, list(csv.reader(io.StringIO(clean.read_text("utf-8"), newline=""))), reading)


def _spectrum(limits: dict[str, Any]) -> list[Row]:
    files = sorted((SHARED / "corpora/csv-spectrum/csvs").glob("*.csv"))
    if not files:
        return [measured("spectrum_silently_wrong", None, limits=limits)]
    found = {}
    for file in files:
        rows = json.loads((file.parent.parent / "json" / f"{file.stem}.json").read_text("utf-8"))
        truth = [list(rows[0]), *(list(row.values()) for row in rows)]
        found[file.name] = _outcome(file, truth, _without_final_line_break())
    _tell("csv-spectrum", found)
    return [measured("spectrum_silently_wrong", Counter(found.values())["silently_wrong"], limits=limits)]


def _outcome(file: Path, truth: list[list[str]], reading: Any) -> Outcome:
    """Degraded: every row kept is one of the true rows, in their order, and a code says that something was lost."""
    from cycles.core.errors import CyclesError
    from cycles.do.intake import ADAPTERS

    try:
        raw = ADAPTERS.get("csv")(file, reading=reading)
    except CyclesError:
        return "refused"
    rows = _line_breaks_alike(raw.table.drop(columns="_line").to_numpy().tolist())
    truth = _line_breaks_alike([list(reading.names), *truth] if reading.names else truth)
    if [list(raw.header), *rows] == truth:
        return "exact"
    coded = any("CY2" in warning for warning in raw.facts.get("warnings", []))
    return "degraded" if coded and _in_order(rows, truth[1:]) else "silently_wrong"


def _line_breaks_alike(rows: list[list[str]]) -> list[list[str]]:
    """The corpora have been through version control, which changed the line breaks of some files but not of their truth."""
    return [[text.replace("\r\n", "\n") for text in row] for row in rows]


def _in_order(rows: list[list[str]], truth: list[list[str]]) -> bool:
    rest: Iterator[list[str]] = iter(truth)
    return all(row in rest for row in rows)


def _as_it_is() -> Any:
    from cycles.do.intake.reading import AS_IT_IS

    return AS_IT_IS


def _without_final_line_break() -> Any:
    """Some of these files have none, and would be refused before they are compared."""
    from cycles.do.intake.reading import Reading

    return Reading(final_line_break="absent")


def _declared(folder: Path, name: str) -> Any:
    """The parameters that come with a polluted file, in our words."""
    from cycles.do.intake.reading import Reading

    said = json.loads((folder / "parameters" / f"{name}_parameters.json").read_text("utf-8"))
    return Reading(
        delimiter=said["delimiter"],
        quote=said["quotechar"],
        escape=said["escapechar"] or None,
        header_lines=said["header_lines"] or 1,
        names=() if said["header_lines"] else tuple(f"column_{n + 1}" for n in range(said["n_columns"])),
        table=1 if "multitable" in name else None,
        final_line_break="absent" if "no_trailing_newline" in name else "required",
    )


def _share(found: dict[str, Outcome]) -> float:
    return round(Counter(found.values())["exact"] / len(found), 3)


def _tell(corpus: str, found: dict[str, Outcome]) -> None:
    for outcome in ("exact", "degraded", "refused", "silently_wrong"):
        names = [name.removesuffix(".csv") for name, one in found.items() if one == outcome]
        print(f"        {corpus}: {outcome} {len(names)}: {', '.join(names)}", file=sys.stderr)


# -- in time and within memory -----------------------------------------------------------------------------------------


def _survival(name: str, files: list[Path], adapter: str, limits: dict[str, Any]) -> list[Row]:
    rows = {"tracebacks": f"{name}_tracebacks", "hangs": f"{name}_hangs", "peak_mib": f"{name}_peak_mib"}
    if not files:
        return [measured(row, None, limits={row: limits[limit]}) for limit, row in rows.items()]
    found = _answers(files, adapter)
    for file, answer in found["answers"].items():
        if answer in ("traceback", "hang"):
            print(f"        {name}: {answer}: {file}", file=sys.stderr)
    counts = Counter(found["answers"].values())
    told = ", ".join(f"{answer} {n}" for answer, n in sorted(counts.items()))
    print(f"        {name}: {len(files)} files: {told}", file=sys.stderr)
    values = {"tracebacks": counts["traceback"], "hangs": counts["hang"], "peak_mib": found["peak_mib"]}
    return [
        measured(row, values[limit], limits={row: limits[limit]}, repeats=len(files)) for limit, row in rows.items()
    ]


def _answers(files: list[Path], adapter: str) -> dict[str, Any]:
    """Files read in a child, which is ended by its own alarm when one of them hangs; the next child goes on behind it."""
    answers: dict[str, str] = {}
    peak, rest = 0.0, [str(file) for file in files]
    while rest:
        child = [sys.executable, str(Path(__file__)), adapter, *rest]
        done = subprocess.run(
            child, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        for line in lines:
            answers[line["file"]], peak = line["answer"], max(peak, line["peak_mib"])
        rest = rest[len(lines) :]
        if rest:
            answers[rest[0]] = "hang" if done.returncode == -signal.SIGALRM else "traceback"
            rest = rest[1:]
    return {"answers": answers, "peak_mib": round(peak, 1)}


def _child(adapter: str, files: list[str]) -> None:
    from cycles.core.errors import CyclesError
    from cycles.do.intake import ADAPTERS

    read = ADAPTERS.get(adapter)
    for file in files:
        signal.alarm(SECONDS)
        try:
            read(Path(file))
            answer = "read"
        except CyclesError as refusal:
            answer = refusal.code
        except Exception as problem:
            print(f"{file}: {type(problem).__name__}", file=sys.stderr)
            answer = "traceback"
        signal.alarm(0)
        print(json.dumps({"file": file, "answer": answer, "peak_mib": _peak_mib()}), flush=True)


def _peak_mib() -> float:
    """This process's own peak: what the system reports of a child may still be its parent's."""
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return (int(told[1]) if told else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024


# -- planted -----------------------------------------------------------------------------------------------------------

_TABLE = "student_id,on,status\n" + "".join(f"{n:03d},2026-10-05,present\n" for n in range(50))

Planted = tuple[str, str, str, Callable[[Path], None]]
"""Adapter, file name, the code that must be given (by an error or by a warning), and what writes the file."""


def _bytes(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def _zip(members: dict[str, bytes]) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return write


def _workbook(rows: list[list[Any]], **how: Any) -> Callable[[Path], None]:
    from workbooks import write_xlsx

    return lambda path: write_xlsx(path, rows, **how) and None


def _outside_entity() -> Callable[[Path], None]:
    from workbooks import Raw

    prolog = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    return _workbook([["id"], [Raw('<c r="{at}" t="inlineStr"><is><t>&e;</t></is></c>')]], prolog=prolog)


def _uncalculated() -> Callable[[Path], None]:
    from workbooks import UNCALCULATED

    return _workbook([["id", "sum"], ["007", UNCALCULATED], ["008", 1]])


def _failing() -> Callable[[Path], None]:
    from workbooks import ERROR

    return _workbook([["id", "mark"], ["007", ERROR], ["008", 1]])


PLANTED: list[Planted] = [
    ("oneroster", "slip.zip", "CY207", _zip({"../users.csv": b"a\n"})),
    ("oneroster", "bomb.zip", "CY207", _zip({"users.csv": b"0" * 50_000_000})),
    ("csv", "bomb.csv.gz", "CY207", _bytes(gzip.compress(b"a,b\n" + b"0" * 50_000_000))),
    ("csv", "nul.csv", "CY201", _bytes(_TABLE.replace("007", "0\0007").encode())),
    ("csv", "unmarked.csv", "CY220", _bytes(_TABLE.encode("utf-16-le"))),
    ("csv", "windows.csv", "CY220", _bytes(_TABLE.replace("status", "présence").encode("cp1252"))),
    ("csv", "twice.csv", "CY230", _bytes(_TABLE.replace("present", "José".encode().decode("cp1252")).encode())),
    ("csv", "page.csv", "CY202", _bytes(b"<!DOCTYPE html><html><body>502 Bad gateway</body></html>\n")),
    ("csv", "pointer.csv", "CY202", _bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n")),
    ("csv", "cut.csv", "CY219", _bytes(_TABLE.encode()[:-5])),
    ("excel", "entity.xlsx", "CY207", _outside_entity()),
    ("excel", "uncalculated.xlsx", "CY229", _uncalculated()),
    ("excel", "failing.xlsx", "CY229", _failing()),
    ("excel", "bomb.xlsx", "CY207", _workbook([["id"], ["007"]], more={"xl/bomb.bin": b"0" * 50_000_000})),
    ("excel", "page.xls", "CY202", _bytes(b"<html><body><table></table></body></html>")),
    ("attendance_xml", "entity.xml", "CY207", _bytes(b'<!DOCTYPE d [<!ENTITY a "ha">]><d><r><i>&a;</i></r></d>')),
    ("parquet", "cut.parquet", "CY201", _bytes(b"PAR1 and no more")),
]
"""Others who know a kind of file add what can be wrong with it."""


def _codes_missed() -> int:
    with tempfile.TemporaryDirectory(prefix="cycles-torture-") as place:
        missed = [
            name for adapter, name, code, write in PLANTED if code not in _said(adapter, Path(place) / name, write)
        ]
        left = sorted(one.name for one in Path(place).iterdir())
    missed += [name for name in left if name not in {name for _, name, _, _ in PLANTED}]
    slips = sorted((SHARED / "corpora/zip-slip").rglob("*.zip"))
    missed += [slip.name for slip in slips if not _said("oneroster", slip, None) & {"CY207", "CY208"}]
    for name in missed:
        print(f"        planted: {name} did not give its code, or wrote something", file=sys.stderr)
    return len(missed)


def _said(adapter: str, path: Path, write: Callable[[Path], None] | None) -> set[str]:
    """The codes that reading a file gives."""
    from cycles.core.errors import CyclesError
    from cycles.do.intake import ADAPTERS

    if write:
        write(path)
    try:
        raw = ADAPTERS.get(adapter)(path)
    except CyclesError as refusal:
        return {refusal.code}
    return {warning[:5] for warning in raw.facts.get("warnings", [])}


if __name__ == "__main__":
    _child(sys.argv[1], sys.argv[2:])
