"""`cycles schedule`: what is coming, and lines for cron and systemd that can be written again and taken away."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from cycles.runs.commandline import run_one
from cycles.runs.schedule import installing

CRONTAB = """#!/bin/sh
if [ "$1" = "-l" ]; then test -f "$HOME/tab" && cat "$HOME/tab" || { echo "no crontab for me" >&2; exit 1; }; else cat > "$HOME/tab"; fi
"""
SYSTEMCTL = '#!/bin/sh\necho "$@" >> "$HOME/asked"\n'


@pytest.fixture
def machine(toy, tmp_path, monkeypatch):
    """A machine of a user with a crontab and a systemd of their own, played by two scripts."""
    toy()
    home = tmp_path / "home"
    (home / "bin").mkdir(parents=True)
    for name, script in {"crontab": CRONTAB, "systemctl": SYSTEMCTL}.items():
        (home / "bin" / name).write_text(script)
        (home / "bin" / name).chmod(0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv("PATH", f"{home / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return home


def test_what_comes_next_is_told_by_the_clock_of_the_cycle_and_in_utc(toy, capfd):
    toy()
    assert run_one(["schedule", "next", "-n", "2", "--now", "2026-10-26T00:00:00Z"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "check-ins-2026-fall  Mon 2026-10-26 06:00 EDT (America/New_York)  2026-10-26T10:00:00Z",
        "check-ins-2026-fall  Mon 2026-11-02 06:00 EST (America/New_York)  2026-11-02T11:00:00Z",
    ]


def test_the_list_says_what_came_of_the_latest_occurrence(toy, capfd):
    from cycles.core.ledger import Ledger
    from cycles.core.workspace import find_workspace

    toy()
    assert run_one(["schedule", "list"]) == 0
    assert "0 6 * * MON  America/New_York  not taken up yet" in capfd.readouterr().out
    with Ledger.of(find_workspace()) as ledger:
        ledger.occurrences.claim("check-ins-2026-fall", "2026-10-05T10:00:00Z")
        ledger.occurrences.finish("check-ins-2026-fall", "2026-10-05T10:00:00Z", state="failed")
    assert run_one(["schedule", "list", "--json"]) == 0
    [told] = json.loads(capfd.readouterr().out)["cycles"]
    assert (told["last"], told["state"], told["attempts"]) == ("2026-10-05T10:00:00Z", "failed", 1)


def test_lines_of_others_stay_and_ours_stand_once(machine):
    (machine / "tab").write_text("5 4 * * * theirs\n# no line end")
    assert [run_one(["schedule", "install", "--cron"]) for _ in range(2)] == [0, 0]
    assert run_one(["schedule", "install", "--cron", "--every", "5"]) == 0
    tab = (machine / "tab").read_text()
    assert tab.startswith("5 4 * * * theirs\n# no line end\n# >>> cycles ")
    assert tab.count("run params --due") == 1
    assert "\n*/5 * * * * umask 077; cd " in tab
    assert run_one(["schedule", "uninstall", "--cron"]) == 0
    assert (machine / "tab").read_text() == "5 4 * * * theirs\n# no line end\n"
    assert run_one(["schedule", "uninstall", "--cron"]) == 0


def test_a_user_without_a_crontab_gets_one(machine):
    assert run_one(["schedule", "install", "--cron"]) == 0
    assert len((machine / "tab").read_text().splitlines()) == 3


def test_units_are_written_started_and_taken_away(machine):
    assert run_one(["schedule", "install", "--systemd"]) == 0
    folder = machine / ".config/systemd/user"
    assert sorted(path.suffix for path in folder.iterdir()) == [".service", ".timer"]
    assert run_one(["schedule", "uninstall", "--systemd"]) == 0
    assert list(folder.iterdir()) == []
    asked = (machine / "asked").read_text().splitlines()
    assert [line.split()[1] for line in asked] == ["daemon-reload", "enable", "disable", "daemon-reload"]


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing (Debian: apt-get install systemd)"
)
def test_systemd_finds_nothing_wrong_with_the_units(machine, tmp_path):
    for path, text in installing.units(installing.Workspace(tmp_path / "100% ours"), every=10).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        (tmp_path / "100% ours").mkdir(exist_ok=True)
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", str(path)], capture_output=True, text=True)
    assert "cycles-" not in done.stderr, done.stderr


@pytest.mark.parametrize("how", ["--cron", "--systemd"])
def test_a_dry_run_prints_what_would_be_written_and_writes_nothing(machine, how, capfd):
    assert run_one(["schedule", "install", how, "--dry-run"]) == 0
    assert "cycles run params --due" in capfd.readouterr().out
    assert not any((machine / name).exists() for name in ("tab", "asked", ".config"))


def test_root_is_refused_until_it_is_said(machine, monkeypatch, capfd):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert [run_one(["schedule", verb, "--cron"]) for verb in ("install", "uninstall")] == [2, 2]
    assert "as root" in capfd.readouterr().err
    assert not (machine / "tab").exists()
    assert run_one(["schedule", "install", "--cron", "--as-root"]) == 0


def test_a_machine_without_cron_is_told_what_else_there_is(machine, monkeypatch, capfd):
    monkeypatch.setenv("PATH", str(machine))
    assert run_one(["schedule", "install", "--cron"]) == 2
    assert "--systemd" in capfd.readouterr().err


def test_a_crontab_that_cannot_be_read_is_left_alone(machine, capfd):
    (machine / "bin/crontab").write_text("#!/bin/sh\necho not allowed >&2; exit 1\n")
    assert run_one(["schedule", "install", "--cron"]) == 74
    assert "not allowed" in capfd.readouterr().err


def test_neither_cron_nor_systemd_is_a_usage_error(machine):
    assert run_one(["schedule", "install"]) == 2


def test_signs_that_cron_and_shells_read_otherwise_are_written_so_that_they_do_not():
    lines = installing.cron_lines(installing.Workspace(Path("/srv/100% $(ours)")))
    assert r"cd '/srv/100\% $(ours)' &&" in lines
    with pytest.raises(installing.ParameterError):
        installing.cron_lines(installing.Workspace(Path("/srv/a\n* * * * * evil")))
