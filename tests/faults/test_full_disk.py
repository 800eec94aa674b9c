"""A disk that is full: the run says so, ends with 74, and leaves what was published as it was."""

import os
import shutil
import subprocess
import sys

import pytest
from tests.conftest import ROOT
from tests.unit.runs.conftest import LEAVES_RESULTS, toy

__all__ = ["toy"]

SCRIPT = """
set -u
mount -t tmpfs -o size=3m none "$1"
cp -r "$2"/. "$1"; cd "$1"
run() { "$3" -m cycles run params/check-ins-2026-fall.yml --fresh; echo "status $?"; }
run "$@"
cp -r runs "$4/before"
touch fill
run "$@"
for one in runs/*/*/report.html runs/*/*/results.json; do
    test -f "$4/before/${one#runs/}" && cmp "$one" "$4/before/${one#runs/}" && echo "kept $(basename "$one")"
done
rm filling
"$3" -m cycles status
"""
FILLS = """
import pathlib
if pathlib.Path("fill").exists():
    try:
        with open("filling", "wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
    except OSError:
        pass
"""


def test_a_full_disk_is_said_and_what_was_published_stays(toy, tmp_path_factory):
    unshare = shutil.which("unshare")
    place, beside = tmp_path_factory.mktemp("full"), tmp_path_factory.mktemp("beside")
    private = [unshare, "--mount", "--map-root-user"] if os.geteuid() else [unshare, "--mount"]
    if (
        unshare is None
        or subprocess.run([*private, "mount", "-t", "tmpfs", "none", place], capture_output=True).returncode
    ):
        pytest.skip("no disk of its own can be made here (unshare --mount)")
    workspace = toy(LEAVES_RESULTS, FILLS).parent.parent
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1"}
    words = [*private, "sh", "-c", SCRIPT, "sh", place, workspace, sys.executable, beside]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment)
    said = done.stdout + done.stderr
    statuses = [line for line in done.stdout.splitlines() if line.startswith("status ")]
    assert statuses == ["status 0", "status 74"], said
    assert "[CY504]" in done.stderr
    assert "bytes needed" in done.stderr
    assert "Traceback" not in said
    assert "kept report.html" in done.stdout
    assert "kept results.json" in done.stdout
    assert "interrupted" in done.stdout or "failed (CY504)" in done.stdout
