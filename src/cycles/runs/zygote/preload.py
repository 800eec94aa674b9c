"""What the parent of forked kernels imports, made to look as it does inside a kernel.

Libraries decide some things once, when they are imported: pandas how wide a table may be, matplotlib where it draws, others whether
they speak to a notebook. In the parent there is no notebook yet, so one is feigned while importing. A library that changes how warnings are
shown when it is imported is put on a shelf: it changes that in the notebook which imports it, at that moment, and in no other.
"""

import builtins
import gc
import importlib
import logging
import os
import pkgutil
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

STAGES = ("core", "plan", "do", "study", "act")
KERNEL = ("ipykernel.kernelapp", "ipykernel.debugger")
"""What a kernel imports before any notebook's code; the debugger sets variables of the environment."""
LIBRARIES = (
    "comm",
    "numpy.random",
    "pyarrow.parquet",
    "pyarrow.compute",
    "pyarrow.dataset",
    "pandas",
    "pandas.core.arrays.arrow.extension_types",
    "pandas.core.methods.to_dict",
    "scipy.stats",
    "scipy.optimize",
    "scipy.linalg",
    "scipy.spatial.distance",
    "statsmodels.api",
    "sqlalchemy.dialects.sqlite",
    "duckdb",
    "great_expectations",
    "pingouin",
    "matplotlib.figure",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_svg",
    "matplotlib.backends.backend_agg",
    "jinja2",
    "pydantic",
    "ruamel.yaml",
    "rich.console",
    "nbformat",
    "filelock",
    "cronsim",
    "re2",
    "python_calamine",
    "defusedxml.ElementTree",
)
"""Slow to import and used by many notebooks. One that is not installed is left out."""
OUTSPOKEN = ("tqdm.auto", "tqdm.autonotebook")
"""Modules that others import and that warn when they are: they are forgotten, so that they warn in the notebook that imports them."""


_SHELVED: set[str] = set()


@dataclass(frozen=True, kw_only=True)
class Kernel:
    """What a kernel has before any notebook's code: its modules, and the variables that they set."""

    modules: frozenset[str] = frozenset()
    environment: dict[str, str] = field(default_factory=dict)


class _Feigned:
    """As much of a notebook's shell as libraries look at when they are imported."""

    kernel = None
    config: dict[str, Any] = {"IPKernelApp": {}}


_Feigned.__name__ = "ZMQInteractiveShell"


class _Shelf(MetaPathFinder, Loader):
    """A library that is loaded, and is as good as not imported until somebody imports it."""

    def __init__(self, name: str) -> None:
        self.name, self._spec = name, sys.modules[name].__spec__
        self._modules = {one: sys.modules.pop(one) for one in list(sys.modules) if one.split(".")[0] == name}

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Where the library is to be found: here."""
        return ModuleSpec(fullname, self, is_package=True) if fullname == self.name else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The library as it was loaded."""
        return self._modules[self.name]

    def exec_module(self, module: ModuleType) -> None:
        """Take it from the shelf, with all that belongs to it, and let it do what it did when it was loaded."""
        sys.meta_path.remove(self)
        module.__spec__ = self._spec
        sys.modules.update(self._modules)
        logging.captureWarnings(True)


def preload() -> Kernel:
    """Import the libraries and every stage of cycles, do once what costs at first use, and settle the memory that forks will share."""
    with _in_a_notebook():
        kernel = _kernel()
        for name in (*LIBRARIES, *_own_modules()):
            _import(name)
        _warm_up()
    for name in OUTSPOKEN:
        sys.modules.pop(name, None)
    warnings.onceregistry.clear()  # type: ignore[attr-defined]
    gc.collect()
    gc.freeze()
    return kernel


def other_threads() -> list[str]:
    """The names of the threads beside this one; a fork would lose them, and with them whatever they were holding."""
    names = []
    for task in os.listdir("/proc/self/task"):
        if int(task) != os.getpid():
            with open(f"/proc/self/task/{task}/comm", encoding="utf-8") as file:
                names.append(file.read().strip())
    return sorted(names)


def _kernel() -> Kernel:
    before = dict(os.environ)
    for name in KERNEL:
        _import(name)
    variables = {name: value for name, value in os.environ.items() if name not in before}
    modules = frozenset(one for one in sys.modules if one.split(".")[0] not in ("cycles", "__main__"))
    return Kernel(modules=modules, environment=variables)


def _import(name: str) -> None:
    """Import a module, if it is there."""
    shown = warnings.showwarning
    try:
        importlib.import_module(name)
    except ImportError:
        return
    if warnings.showwarning is not shown:
        logging.captureWarnings(False)
        taken = [one for one in _SHELVED if one in sys.modules]  # what we import may have taken it from the shelf again
        for library in taken or [name.split(".")[0]]:
            _SHELVED.add(library)
            sys.meta_path.insert(0, _Shelf(library))


def _own_modules() -> Iterator[str]:
    """Every module of the stages, and those that the verbs live in."""
    for stage in STAGES:
        package = importlib.import_module(f"cycles.{stage}")
        yield from (one.name for one in pkgutil.walk_packages(package.__path__, f"cycles.{stage}."))
    yield from sorted(set(importlib.import_module("cycles")._HOMES.values()))


def _warm_up() -> None:
    """The list of fonts and the first figure cost half a second; neither leaves anything that a notebook could see."""
    import io

    figure = importlib.import_module("matplotlib.figure").Figure(figsize=(1, 1))
    figure.subplots().set_title("warm")
    figure.savefig(io.BytesIO(), format="svg")
    figure.savefig(io.BytesIO(), format="png")


@contextmanager
def _in_a_notebook() -> Iterator[None]:
    """Answer `get_ipython()` as a kernel would. Whoever keeps the function gets the true answer later."""
    import IPython
    from IPython.core import getipython

    true, feigned = getipython.get_ipython, _Feigned()
    importing = True

    def get_ipython() -> Any:
        return feigned if importing else true()

    places: list[Any] = [IPython, getipython, builtins]
    for place in places:
        place.get_ipython = get_ipython
    try:
        yield
    finally:
        importing = False
        IPython.get_ipython = getipython.get_ipython = true
        del builtins.get_ipython  # type: ignore[attr-defined]
        sys.stdout.flush()
        sys.stderr.flush()
