"""Twenty districts through the whole notebook: the intervals hold the planted truth as often as they claim."""

import json
import os
import subprocess
import sys

import pytest
from scipy.stats import binom

from cycles.core.workspace import scaffold_root
from cycles.runs.example import write_example

DISTRICTS = 20


def effect_of(root, seed):
    """Run the example cycle on the district of a seed; returns its interval and the truth."""
    folder = root / str(seed)
    (folder / "params").mkdir(parents=True)
    (folder / "cycles.toml").touch()
    cycle = (scaffold_root() / "params" / "check-ins-2026-fall.yml").read_text()
    (folder / "params" / "cycle.yml").write_text(cycle)
    truth = write_example(folder, n_students=600, seed=seed)
    words = [sys.executable, "-m", "cycles", "run", "params/cycle.yml", "--json"]
    shown = subprocess.run(
        words, cwd=folder, env={**os.environ, "NO_COLOR": "1"}, capture_output=True, text=True, timeout=300, check=True
    )
    found = next(one for one in json.loads(shown.stdout)["estimates"] if one["id"] == "belonging")
    return found["low"], truth.realised_effect, found["high"]


@pytest.mark.slow
def test_intervals_of_whole_runs_hold_the_truth(tmp_path):
    intervals = [effect_of(tmp_path, seed) for seed in range(3000, 3000 + DISTRICTS)]
    held = sum(low <= truth <= high for low, truth, high in intervals)
    fewest, most = binom.ppf([0.0005, 0.9995], DISTRICTS, 0.95)
    print(f"{held} of {DISTRICTS} intervals hold the planted effect (band {fewest:.0f} to {most:.0f})")
    assert fewest <= held <= most
