"""Runs that are killed at any moment: what was acknowledged stays, and the end is as if nothing had been."""

import json
import subprocess
import sys

from tests.conftest import ROOT


def test_a_run_survives_twenty_kills(toy):
    cycle_file = toy()
    words = [sys.executable, str(ROOT / "tests" / "torture_survival.py"), str(cycle_file), "20", "1"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=cycle_file.parent)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["problems"] == {}, done.stderr
    assert told["counts"]["killed"] >= 20
