"""Having somebody look: lines for cron, or units for systemd, that call `cycles run params --due` now and then.

One line serves every cycle of a workspace, whatever its schedule and time zone: what is due is decided by cycles, not by cron.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cycles.core.errors import ParameterError, WriteError
from cycles.core.files import atomic_write
from cycles.core.workspace import Workspace

EVERY = 15
"""Minutes between two looks."""
CALL = ("-m", "cycles", "run", "params", "--due")
LOG = ".cycles/due.log"
"""What the latest look said."""


def cron_lines(workspace: Workspace, *, every: int = EVERY) -> str:
    """The lines of a crontab for a workspace, between two marks that name it.

    Examples
    --------
    >>> print(cron_lines(Workspace(Path("/srv/our school")), every=60))  # doctest: +ELLIPSIS
    # >>> cycles /srv/our school >>>
    0 * * * * umask 077; cd '/srv/our school' && ... -m cycles run params --due > .cycles/due.log 2>&1
    # <<< cycles /srv/our school <<<
    """
    root = _plain(workspace.root)
    when = "0 * * * *" if every == 60 else f"*/{every} * * * *"
    call = shlex.join([sys.executable, *CALL])
    line = f"umask 077; cd {shlex.quote(root)} && {call} > {LOG} 2>&1"
    begin, end = _marks(root)
    return "\n".join([begin, f"{when} {line}".replace("%", r"\%"), end])


def with_lines(crontab: str, lines: str, workspace: Workspace) -> str:
    """A crontab with the lines of a workspace in place of those it had; everything else stays as it is. Without, when `lines` is empty."""
    begin, end = (re.escape(mark) for mark in _marks(_plain(workspace.root)))
    others = re.sub(rf"^{begin}\n.*?^{end}\n?", "", crontab, flags=re.MULTILINE | re.DOTALL)
    if not lines:
        return others
    return f"{others}{'' if not others or others.endswith(chr(10)) else chr(10)}{lines}\n"


def units(workspace: Workspace, *, every: int = EVERY) -> dict[Path, str]:
    """The units of the user's own systemd: file -> content.

    Parameters
    ----------
    workspace : to look into
    every : minutes between two looks
    """
    root = _plain(workspace.root)
    name = f"cycles-{sha256(root.encode()).hexdigest()[:8]}"
    folder = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "systemd" / "user"
    safe = root.replace("%", "%%")
    call = " ".join([_quoted(sys.executable), *CALL])
    calendar = "*:00" if every == 60 else f"*:0/{every}"
    service = f"""\
[Unit]
Description=cycles: run what is due in {safe}

[Service]
Type=oneshot
WorkingDirectory={safe}
UMask=0077
ExecStart={call}
"""
    timer = f"""\
[Unit]
Description=cycles: look every {every} minutes what is due in {safe}

[Timer]
OnCalendar={calendar}
Persistent=true

[Install]
WantedBy=timers.target
"""
    return {folder / f"{name}.service": service, folder / f"{name}.timer": timer}


def install_cron(workspace: Workspace, *, every: int = EVERY) -> None:
    """Put the lines into the user's crontab; doing it again changes nothing."""
    _write_crontab(with_lines(_crontab(), cron_lines(workspace, every=every), workspace))


def uninstall_cron(workspace: Workspace) -> bool:
    """Take the lines away; whether there were any."""
    before = _crontab()
    after = with_lines(before, "", workspace)
    if after != before:
        _write_crontab(after)
    return after != before


def install_systemd(workspace: Workspace, *, every: int = EVERY) -> None:
    """Write the units and start the timer; doing it again changes nothing."""
    made = units(workspace, every=every)
    for path, text in made.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise WriteError(
                f"could not make the folder: {problem.strerror}", code="CY504", where=str(path.parent)
            ) from None
        atomic_write(path, text.encode())
    _systemctl("daemon-reload")
    _systemctl("enable", "--now", _timer(made).name)


def uninstall_systemd(workspace: Workspace) -> bool:
    """Stop the timer and take the units away; whether there were any."""
    made = units(workspace)
    there = [path for path in made if path.exists()]
    if there:
        _systemctl("disable", "--now", _timer(made).name)
        for path in there:
            path.unlink()
        _systemctl("daemon-reload")
    return bool(there)


def refuse_root(allowed: bool) -> None:
    """Nobody's cycles are run by root without somebody having said so.

    Raises
    ------
    ParameterError
        CY105.
    """
    if os.geteuid() == 0 and not allowed:
        raise ParameterError(
            "this would run cycles as root",
            code="CY105",
            where="cycles schedule install",
            fix="Install it as the user whose workspace this is; or say --as-root.",
        )


def _marks(root: str) -> tuple[str, str]:
    return f"# >>> cycles {root} >>>", f"# <<< cycles {root} <<<"


def _plain(root: Path) -> str:
    """A path that stays on its line."""
    text = str(root)
    if not text.isprintable():
        raise ParameterError(
            "the path of the workspace has signs that no line can hold", code="CY105", where=ascii(text)
        )
    return text


def _quoted(path: str) -> str:
    """A word of a unit's command line."""
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") + '"'


def _timer(made: dict[Path, str]) -> Path:
    return next(path for path in made if path.suffix == ".timer")


def _crontab() -> str:
    """The user's crontab as it is; having none is not an error."""
    done = _call(["crontab", "-l"])
    if done.returncode and "no crontab" not in done.stderr.lower():
        raise _refused("crontab -l", done)
    return done.stdout if not done.returncode else ""


def _write_crontab(text: str) -> None:
    done = _call(["crontab", "-"], text)
    if done.returncode:
        raise _refused("crontab -", done)


def _systemctl(*words: str) -> None:
    done = _call(["systemctl", "--user", *words])
    if done.returncode:
        raise _refused(f"systemctl --user {' '.join(words)}", done)


def _call(words: Sequence[str], text: str | None = None) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(  # noqa: S603  our own words
            words, input=text, capture_output=True, text=True, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except FileNotFoundError:
        raise ParameterError(
            f"there is no {words[0]} on this machine",
            code="CY105",
            where="cycles schedule",
            fix="Use the other one (--cron, --systemd), or have anything else call `cycles run params --due`.",
        ) from None


def _refused(call: str, done: "subprocess.CompletedProcess[str]") -> WriteError:
    said = " ".join(done.stderr.split())[:200]
    return WriteError(f"{call} failed: {said or done.returncode}", code="CY504", where=call)
