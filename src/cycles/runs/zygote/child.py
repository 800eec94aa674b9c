"""From a fresh fork to an ordinary ipykernel: nothing of the parent's that a notebook could notice is left."""

import os
import random
import sys
import time
import warnings
from typing import TYPE_CHECKING, Any

from cycles.runs.zygote.dying_with import die_with

if TYPE_CHECKING:
    from cycles.runs.zygote.parent import Task
    from cycles.runs.zygote.preload import Kernel


class _Sys:
    """`sys` as ipykernel is to see it while it begins.

    It notes the files of all modules as the kernel's own, which a debugger steps over. Those of preloaded libraries are not; and
    to look at each of them would copy a tenth of the parent's memory.
    """

    def __init__(self, known: frozenset[str]) -> None:
        self._known, self._preloaded = known, frozenset(sys.modules)

    def __getattr__(self, name: str) -> Any:
        return getattr(sys, name)

    @property
    def modules(self) -> dict[str, Any]:
        """Those that a plain kernel would have by now."""
        return {name: sys.modules[name] for name in self._names()}

    def _names(self) -> list[str]:
        return [name for name in sys.modules if name in self._known or name not in self._preloaded]


def become(task: "Task", *, kernel: "Kernel", filters: list[tuple]) -> None:
    """Be the kernel that was asked for, until it is told to stop.

    Parameters
    ----------
    task : the request: `arguments` of the kernel's command line, `environment`, `cwd`
    kernel : the modules and variables of a kernel before any notebook's code
    filters : the filters of warnings that Python itself began with
    """
    os.setsid()
    die_with(task.parent)
    _take_streams(task)
    os.chdir(task.request["cwd"])
    os.environ.clear()
    os.environ.update({**kernel.environment, **task.request["environment"], "JPY_PARENT_PID": str(task.parent)})
    time.tzset()
    _reseed()
    sys.argv = [_launcher(), *task.request["arguments"]]
    _start(task, kernel, filters)


def _take_streams(task: "Task") -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, place in ((nothing, 0), (task.stdout, 1), (task.stderr, 2)):
        os.dup2(ours, place)
    for ours in (nothing, task.stdout, task.stderr):
        os.close(ours)


def _reseed() -> None:
    """Children of one parent would all draw the same numbers. (uuid, secrets and new numpy generators ask the system.)"""
    import numpy as np

    random.seed()
    np.random.seed()


def _launcher() -> str:
    """Where `python -m` would have found it."""
    from importlib.util import find_spec

    found = find_spec("ipykernel_launcher")
    return str(found.origin) if found else ""


def _start(task: "Task", kernel: "Kernel", filters: list[tuple]) -> None:
    from ipykernel import ipkernel
    from ipykernel.kernelapp import IPKernelApp

    by_libraries = [one for one in warnings.filters if one not in filters]
    app = IPKernelApp.instance(parent_handle=task.parent)  # its default was fixed when ipykernel was imported
    ipkernel.sys = _Sys(kernel.modules)  # type: ignore[assignment]
    app.initialize(sys.argv[1:])
    ipkernel.sys = sys
    # Filters are asked in turn. In a plain kernel IPython's are set first, and those of libraries go before them.
    by_ipython = [one for one in warnings.filters if one not in by_libraries and one not in filters]
    warnings.filters[:] = [*by_libraries, *by_ipython, *filters]  # type: ignore[index]
    app.start()
