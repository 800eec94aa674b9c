"""Is this machine, and this workspace, fit to run? One finding and one fix per check; nothing is changed."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path
from typing import Any, Literal

from cycles.core.errors import CyclesError
from cycles.core.workspace import Workspace, data_folders, find_workspace

State = Literal["ok", "warn", "fail"]
FREE_BYTES = 1 << 30


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One check: `ok`, `warn` (works, but) or `fail`, what was seen, and what to do."""

    check: str
    state: State
    seen: str
    fix: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)


def examine() -> Iterator[Finding]:
    """Every check in turn; a check that itself fails is a finding, not an end."""
    for check in (_python, _packages, _bytecode, _kernel, _forked_kernels, _browser):
        yield from _guarded(check)
    try:
        workspace = find_workspace()
    except CyclesError:
        yield Finding(
            check="workspace",
            state="warn",
            seen="not in a workspace",
            fix="Go to one, or make one: cycles init DIR --example",
        )
        return
    for look in (_workspace, _ledger, _disk, _permissions, _data_folders):
        yield from _guarded(partial(look, workspace), name=look.__name__)


def _guarded(check: Callable[[], Finding], name: str = "") -> Iterator[Finding]:
    try:
        yield check()
    except Exception as problem:
        title = (name or check.__name__).strip("_").replace("_", " ")
        yield Finding(
            check=title, state="fail", seen=f"could not be checked ({type(problem).__name__})", fix="make setup"
        )


def _python() -> Finding:
    return Finding(check="python", state="ok", seen=f"Python {sys.version.split()[0]}")


def _packages() -> Finding:
    """Installed versions beside the lock file of the checkout, where there is one."""
    lock = _lock_file()
    if lock is None:
        return _declared()
    wanted = _locked(lock.read_text("utf-8"))
    present = {_plain(one.metadata["Name"]): one.version for one in distributions() if one.metadata["Name"]}
    other = sorted(name for name, versions in wanted.items() if name in present and present[name] not in versions)
    missing = _missing_requirements()
    if missing:
        return Finding(check="packages", state="fail", seen=f"missing: {', '.join(missing)}", fix="make setup")
    if other:
        return Finding(
            check="packages", state="warn", seen=f"not the locked version: {', '.join(other)}", fix="make setup"
        )
    return Finding(check="packages", state="ok", seen=f"{len(present)} installed, as locked")


def _locked(text: str) -> dict[str, set[str]]:
    """The locked versions of each package; one lock file serves several versions of Python."""
    found: dict[str, set[str]] = {}
    for name, locked in re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", text, flags=re.MULTILINE):
        found.setdefault(_plain(name), set()).add(locked)
    return found


def _declared() -> Finding:
    missing = _missing_requirements()
    if missing:
        return Finding(
            check="packages", state="fail", seen=f"missing: {', '.join(missing)}", fix="Install cycles again."
        )
    return Finding(check="packages", state="ok", seen="everything cycles needs is installed")


def _missing_requirements() -> list[str]:
    from importlib.metadata import requires

    try:
        names = [re.split(r"[^A-Za-z0-9_.-]", one)[0] for one in requires("cycles") or [] if "extra ==" not in one]
    except PackageNotFoundError:
        return ["cycles"]
    return [name for name in names if not _is_installed(name)]


def _is_installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def _lock_file() -> Path | None:
    path = Path(__file__).resolve().parents[3] / "requirements.lock"
    return path if path.is_file() else None


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _bytecode() -> Finding:
    """Without compiled bytecode the first cells take twice as long."""
    slow = [name for name in ("pandas", "great_expectations", "matplotlib", "statsmodels") if not _is_compiled(name)]
    if slow:
        return Finding(
            check="bytecode",
            state="warn",
            seen=f"not compiled: {', '.join(slow)}",
            fix="python -m compileall -q .venv/lib",
        )
    return Finding(check="bytecode", state="ok", seen="compiled")


def _is_compiled(name: str) -> bool:
    spec = importlib.util.find_spec(name)
    return bool(spec and spec.origin and Path(importlib.util.cache_from_source(spec.origin)).is_file())


def _kernel() -> Finding:
    """Start a kernel and wait until it answers."""
    from jupyter_client.manager import start_new_kernel

    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    manager, client = start_new_kernel(kernel_name="python3", startup_timeout=60, **quiet)
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return Finding(check="kernel", state="ok", seen="the python3 kernel starts and answers")


def _forked_kernels() -> Finding:
    """Fork one, as a fleet would."""
    from cycles.runs.zygote.keeper import trial

    reason = trial()
    if reason:
        fix = "Nothing need be done: notebooks run in plain kernels, which take longer to start."
        return Finding(check="forked kernels", state="warn", seen=f"not here: {reason}", fix=fix)
    return Finding(
        check="forked kernels", state="ok", seen="a kernel was forked from a parent that had imported the libraries"
    )


def _browser() -> Finding:
    found = [name for name in ("chromium", "chromium-browser", "google-chrome", "node") if shutil.which(name)]
    if "node" in found and len(found) > 1:
        return Finding(check="browser", state="ok", seen=", ".join(found))
    seen = "chromium and node are needed only by the accessibility tests"
    return Finding(
        check="browser", state="warn", seen=seen, fix="Install both to run those tests; running cycles needs neither."
    )


def _workspace(workspace: Workspace) -> Finding:
    from cycles.runs.settings import DEFAULTS, setting

    for name in DEFAULTS:
        setting(name, workspace)
    return Finding(check="workspace", state="ok", seen=str(workspace.root))


def _ledger(workspace: Workspace) -> Finding:
    """Of a file the journal mode is read from itself, and none is made here; a server is asked."""
    import sqlite3

    from cycles.core.ledger import Ledger

    if workspace.ledger_address:
        with Ledger.of(workspace):
            return Finding(check="ledger", state="ok", seen="its server answers")
    path = workspace.ledger_path
    if not path.is_file():
        return Finding(check="ledger", state="ok", seen="none yet; the first seal or run makes it")
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        mode = connection.execute("PRAGMA journal_mode").fetchone()[0]
        sound = connection.execute("PRAGMA quick_check").fetchone()[0]
    connection.close()
    if mode != "wal" or sound != "ok":
        return Finding(
            check="ledger",
            state="fail",
            seen=f"journal {mode}, check {sound}",
            fix="Restore .cycles/ledger.sqlite from a copy.",
        )
    return Finding(check="ledger", state="ok", seen="opens, write-ahead log, sound")


def _disk(workspace: Workspace) -> Finding:
    free = shutil.disk_usage(workspace.root).free
    seen = f"{free / (1 << 30):.1f} GiB free"
    if free < FREE_BYTES:
        return Finding(
            check="disk", state="warn", seen=seen, fix="Free some space: a run that cannot write stops with 74."
        )
    return Finding(check="disk", state="ok", seen=seen)


def _permissions(workspace: Workspace) -> Finding:
    """Folders that hold rows of students may be opened by their owner only."""
    private = (
        [workspace.root / ".cycles", *workspace.runs.glob("*/*/")]
        if workspace.runs.is_dir()
        else [workspace.root / ".cycles"]
    )
    open_to_others = [one for one in private if one.is_dir() and one.stat().st_mode & 0o077]
    if open_to_others:
        fix = "chmod -R go= runs .cycles"
        return Finding(
            check="permissions", state="fail", seen=f"{len(open_to_others)} folders are open to others", fix=fix
        )
    if not os.access(workspace.root, os.W_OK):
        return Finding(
            check="permissions",
            state="fail",
            seen="the workspace cannot be written",
            fix="Ask who owns it for write access.",
        )
    return Finding(check="permissions", state="ok", seen="run folders are private")


def _data_folders(_workspace: Workspace) -> Finding:
    missing = [str(folder) for folder in data_folders() if not folder.is_dir()]
    if missing:
        return Finding(
            check="data folders",
            state="warn",
            seen=f"CYCLES_DATA names no folder: {', '.join(missing)}",
            fix="Correct CYCLES_DATA.",
        )
    seen = (
        f"CYCLES_DATA: {len(data_folders())} folders"
        if data_folders()
        else "CYCLES_DATA is not set; files are looked for in the workspace"
    )
    return Finding(check="data folders", state="ok", seen=seen)
