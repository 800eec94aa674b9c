"""`make bench SECTION=`: what it costs, as ratios taken in the same run, so that a slower machine gives the same answer."""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from bench_large import large
from harness import Row, main, measured

REPEATS = 15
PASSES = 5
BARE = ("-c", "pass")
COMMANDS = {"import_cycles": ("-c", "import cycles"), "help": ("-m", "cycles", "--help")}


def cli(limits: dict) -> list[Row]:
    """CPU time of `import cycles` and `cycles --help` against bare Python, and what they load."""
    seconds = _interleaved({"bare": BARE, **COMMANDS})
    rows = [
        measured(f"{name}_ratio", seconds[name] / seconds["bare"], limits=limits, repeats=REPEATS) for name in COMMANDS
    ]
    rows.append(measured("help_seconds", seconds["help"], limits=limits, repeats=REPEATS))
    rows.append(measured("help_heavy_modules", _heavy_modules(), limits=limits))
    return rows


def notebook(limits: dict) -> list[Row]:
    """CPU time of the cells of the PDSA notebook on the example district, in process and after imports."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, str(Path(__file__).with_name("notebook_cells.py")), folder, str(PASSES)]
        done = subprocess.run(words, check=True, capture_output=True, text=True, env=_environment())
    seconds = statistics.median(json.loads(done.stdout.splitlines()[-1]))
    return [measured("cells_seconds", seconds, limits=limits, repeats=PASSES)]


def contracts(limits: dict) -> list[Row]:
    """What holding a table, and a file, to its contract costs."""
    import bench_contracts  # loads pandas

    return bench_contracts.in_memory(limits) + large(limits, _environment())


def study(limits: dict) -> list[Row]:
    """What estimates cost against the usual way to the same number."""
    import bench_study  # loads numpy, on one thread

    return bench_study.study(limits)


def fleet(limits: dict) -> list[Row]:
    """What a notebook costs beside its own cells, run in forked kernels and in plain ones; what a thousand schools cost beside theirs."""
    import bench_fleet  # loads papermill, on one thread
    import bench_partition
    import bench_units

    return [*bench_fleet.fleet(limits), *bench_units.units(limits), *bench_partition.partitioned(limits)]


def _interleaved(commands: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """The median CPU seconds of each command; they take turns, so that a busy moment hits all of them."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(REPEATS + 1):
        for name, words in commands.items():
            taken[name].append(_cpu(words))
    return {name: statistics.median(values[1:]) for name, values in taken.items()}


def _cpu(words: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL, env=_environment())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def _heavy_modules() -> float:
    """How many heavy libraries `cycles --help` loads."""
    script = (
        "import sys; from cycles.runs.commandline import run_one; run_one(['--help']);"
        "heavy = {'pandas', 'numpy', 'pydantic', 'papermill', 'matplotlib', 'sqlalchemy', 'great_expectations', 'rich'};"
        "print(len(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env=_environment()
    )
    return float(done.stderr)


def _environment() -> dict[str, str]:
    source = str(Path(__file__).resolve().parent.parent / "src")
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [source, os.environ.get("PYTHONPATH")]))}


if __name__ == "__main__":
    sys.exit(
        main(
            "bench",
            {"cli": cli, "notebook": notebook, "contracts": contracts, "study": study, "fleet": fleet},
            sys.argv[1:],
        )
    )
