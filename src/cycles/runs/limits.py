"""Limits of one notebook: how long it may take and how much memory it may use. What goes beyond is killed, not asked to stop."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cycles.core.errors import RunError

LOOK_SECONDS = 0.1
MIB = 1 << 20


class OutOfTime(RunError):
    """CY510: the notebook took longer than it may."""


class OutOfMemory(RunError):
    """CY511: the notebook needed more memory than it may."""


class Watch:
    """Looks at a kernel from outside until told to stop; a kernel that ignores interrupts is no different from another."""

    def __init__(self, client: Any, *, timeout: float | None, memory_limit: int | None) -> None:
        self._client, self._timeout, self._memory = client, timeout, memory_limit
        self._over = threading.Event()
        self._begun = time.monotonic()
        self._thread = threading.Thread(target=self._look, name="cycles-limits", daemon=True)
        self.broken: RunError | None = None

    def _look(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            group = _group(self._client)
            if self.broken is None:
                self.broken = self._found(group)
            if self.broken is not None and group:
                with suppress(OSError):
                    os.killpg(group, signal.SIGKILL)

    def _found(self, group: int | None) -> RunError | None:
        if self._timeout is not None and time.monotonic() - self._begun > self._timeout:
            return OutOfTime(f"the notebook took longer than {self._timeout:g} seconds", code="CY510")
        if self._memory is not None and group and resident_mib(group) > self._memory:
            return OutOfMemory(f"the notebook needed more than {self._memory:,} MiB of memory", code="CY511")
        return None


@contextmanager
def holding(client: Any, *, timeout: float | None, memory_limit: int | None) -> Iterator[Watch]:
    """Hold the kernel of a notebook client to its limits while the block lasts.

    Parameters
    ----------
    client : an nbclient client; its kernel is looked for until it is there
    timeout : seconds for the whole notebook, its start included
    memory_limit : MiB resident, of the kernel and what it started, shared libraries included; held on Linux
    """
    watch = Watch(client, timeout=timeout, memory_limit=memory_limit)
    if timeout is None and memory_limit is None:
        yield watch
        return
    watch._thread.start()
    try:
        yield watch
    finally:
        watch._over.set()
        watch._thread.join()


def resident_mib(group: int) -> float:
    """Resident memory of a group of processes; 0 where the system does not tell.

    >>> resident_mib(os.getpgid(0)) > 1 or sys.platform != "linux"
    True
    """
    pages = 0
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            if os.getpgid(int(place.name)) == group:
                pages += int((place / "statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB if sys.platform == "linux" else 0.0


def _group(client: Any) -> int | None:
    """The process group of the client's kernel, once there is one."""
    provisioner = getattr(client.km, "provisioner", None)
    return provisioner.pgid if provisioner is not None and provisioner.has_process else None
