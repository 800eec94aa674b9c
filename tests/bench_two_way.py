"""Two-way fixed effects of ten million rows, against pyfixest: each fit in a process of its own, so that memory is given back."""

import json
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from harness import Row, measured

ROWS, UNITS, PERIODS = 10_000_000, 20_000, 12
REPEATS = 3
WARM = 10_000


def rows(limits: dict) -> list[Row]:
    """CPU time of both in turn, median of three, and how far their coefficient and standard error are apart."""
    if find_spec("pyfixest") is None:
        return []
    pairs = [(_measured("ours"), _measured("theirs")) for _ in range(REPEATS)]
    ratio = statistics.median(theirs["seconds"] / ours["seconds"] for ours, theirs in pairs)
    ours, theirs = (np.array([one["value"], one["se"]]) for one in pairs[0])
    return [
        measured("two_way_speedup", ratio, limits=limits, repeats=REPEATS),
        measured("two_way_difference", float(np.abs(ours / theirs - 1).max()), limits=limits),
    ]


def _measured(who: str) -> dict[str, float]:
    call = [sys.executable, str(Path(__file__)), who]
    said = subprocess.run(call, check=True, capture_output=True, text=True)
    return json.loads(said.stdout)


def _students(n: int) -> pd.DataFrame:
    """Students' scores by school and period; the change begins in some schools, at different times."""
    draw = np.random.default_rng(10)
    unit, period = draw.integers(0, UNITS, n), draw.integers(0, PERIODS, n)
    under = (period >= draw.integers(4, PERIODS + 6, UNITS)[unit]).astype(float)
    score = draw.normal(size=UNITS)[unit] + 0.1 * period + 0.2 * under + draw.normal(size=n)
    return pd.DataFrame({"score": score, "under": under, "school": unit, "period": period})


def _ours(table: pd.DataFrame) -> tuple[float, float]:
    from cycles import fit_two_way_effects

    named = {"outcome": "score", "predictors": ("under",), "unit": "school", "period": "period"}
    found = fit_two_way_effects(table, **named, variance="CR1S").coefficients
    return float(found["value"][0]), float(found["se"][0])


def _theirs(table: pd.DataFrame) -> tuple[float, float]:
    """With the periods first: named after the schools, they would be counted as lying within them."""
    import pyfixest

    found = pyfixest.feols("score ~ under | period + school", table, vcov={"CRV1": "school"})
    return float(found.coef().iloc[0]), float(found.se().iloc[0])


def _main(who: str) -> None:
    fit = {"ours": _ours, "theirs": _theirs}[who]
    fit(_students(WARM))
    table = _students(ROWS)
    before = time.process_time()
    value, se = fit(table)
    print(json.dumps({"seconds": time.process_time() - before, "value": value, "se": se}))


if __name__ == "__main__":
    _main(sys.argv[1])
