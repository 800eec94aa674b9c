"""Notebooks are run as users run them: by the command, in a workspace of their own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT, SHARED


@dataclass(frozen=True)
class Shell:
    """A workspace and the `cycles` command in it."""

    root: Path

    def cycles(self, *words: str, status: int = 0) -> subprocess.CompletedProcess[str]:
        """Run `cycles WORDS` and expect an exit status."""
        environment = {**os.environ, "CYCLES_DATA": str(SHARED / "data"), "NO_COLOR": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "cycles", *words],
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == status, done.stderr
        return done

    def run(self, name: str) -> dict[str, Any]:
        """Run `params/NAME.yml` and return what `--json` prints."""
        return json.loads(self.cycles("run", f"params/{name}.yml", "--json").stdout)

    def folder(self, results: dict[str, Any]) -> Path:
        """The run folder of a result."""
        return Path(results["run"]["folder"])


@pytest.fixture(scope="session")
def district(tmp_path_factory) -> Shell:
    """A workspace with the example district, made by the command."""
    shell = Shell(tmp_path_factory.mktemp("district"))
    shell.cycles("init", ".", "--example")
    return shell


@pytest.fixture(scope="session")
def cycle_run(district) -> dict[str, Any]:
    """The example's cycle, run once."""
    return district.run("check-ins-2026-fall")


@pytest.fixture(scope="session")
def star(tmp_path_factory) -> Shell:
    """A workspace whose data come from CYCLES_DATA; skipped where the outside data are absent."""
    if not (SHARED / "data" / "star").exists():
        pytest.skip("outside data absent: data/star (set CYCLES_SHARED)")
    shell = Shell(tmp_path_factory.mktemp("star"))
    shell.cycles("init", ".")
    for path in (ROOT / "params").glob("star_*.yml"):
        shutil.copy(path, shell.root / "params")
    return shell
