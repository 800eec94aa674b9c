"""Which process holds something, told so that another with the same number is never taken for it."""

import os
import socket
from functools import cache
from pathlib import Path
from typing import Any

Holder = dict[str, Any]
"""`pid`, `started` (when the process began, in the machine's own count), `host`, `machine` (this start of it)."""


def this_process() -> Holder:
    """The process that asks."""
    return {"pid": os.getpid(), "started": _started(os.getpid()), "host": socket.gethostname(), "machine": _machine()}


def can_judge(holder: Holder) -> bool:
    """Whether the process would be seen from here: it was on a machine of this name (in a container: in this one)."""
    if holder.get("host") != socket.gethostname():
        return False
    told = holder.get("machine")
    return told is None or _space(told) == _space(_machine())


def is_live(holder: Holder) -> bool:
    """Whether that very process still runs on this machine, since the same start of it.

    >>> is_live(this_process()), is_live({**this_process(), "started": "another time"})
    (True, False)
    """
    if not can_judge(holder) or holder.get("machine") not in (None, _machine()):
        return False
    try:
        os.kill(int(holder["pid"]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return holder.get("started") in (None, _started(int(holder["pid"])))


def said(holder: Holder) -> str:
    """The holder in words.

    >>> said({"pid": 7, "host": "lab"})
    'process 7 on lab'
    """
    return f"process {holder.get('pid', '?')} on {holder.get('host', '?')}"


def _started(pid: int) -> str | None:
    """Linux counts in ticks since the machine started, which no change of the clock moves. A dead process not yet fetched has no start."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return f"{told[19]} ticks" if told[0] not in "ZX" else None
    except OSError:
        return _started_elsewhere(pid)


def _started_elsewhere(pid: int) -> str | None:
    import psutil

    try:
        return f"{psutil.Process(pid).create_time():.1f}"
    except psutil.Error:
        return None


@cache
def _machine() -> str:
    """This start of the machine, and the space of processes that is seen from here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("utf-8").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        import psutil

        return f"{psutil.boot_time():.0f}"


def _space(machine: str) -> str:
    return machine.partition(" ")[2]
