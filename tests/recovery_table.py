"""`python tests/recovery_table.py [REPLICATES]`: what the estimators of units find of planted effects, as the table of METHODS.md."""

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path[:0] = [str(Path(__file__).parent.parent)]

from tests.recovery.counted import HEAD, Condition
from tests.recovery.units import CELLS, FEW, counted


def lines(condition: Condition, *, replicates: int) -> list[str]:
    """The rows of one condition; groups too few for an interval take fewer replicates to show it."""
    return [one.line for one in counted(condition, replicates=replicates if condition in CELLS else replicates // 10)]


def main(arguments: list[str]) -> int:
    """Print the table."""
    replicates = int(arguments[0]) if arguments else 2000
    print(HEAD)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for rows in pool.map(partial(lines, replicates=replicates), (*FEW, *CELLS)):
            print("\n".join(rows), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
