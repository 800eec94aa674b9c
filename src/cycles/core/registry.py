"""Names from folder listings: a file in a folder is an entry; nothing is imported until it is asked for."""

import importlib
import importlib.util
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cycles.core.errors import ParameterError, nearest


class Registry:
    """The functions one folder offers, by name.

    A module ``<name>.py`` of `package` registers one function under that very name. Names are read from the
    folder, so no list is edited; the module is imported when its entry is first asked for.

    Parameters
    ----------
    package : str
        Dotted name of the folder, such as ``"cycles.study.estimators"``.
    kind : str
        What an entry is called in messages, such as ``"estimator"``.
    """

    def __init__(self, package: str, *, kind: str) -> None:
        self.package = package
        self.kind = kind
        self._entries: dict[str, Callable[..., Any]] = {}
        self._facts: dict[str, dict[str, Any]] = {}

    def names(self) -> list[str]:
        """Every name, sorted; imports nothing."""
        spec = importlib.util.find_spec(self.package)
        folders = list(spec.submodule_search_locations or []) if spec else []
        return sorted(
            path.stem for folder in folders for path in Path(folder).glob("*.py") if not path.stem.startswith("_")
        )

    def register(self, name: str, **facts: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Decorate the one function that `name` stands for; `facts` are what others need to know of it."""

        def keep(function: Callable[..., Any]) -> Callable[..., Any]:
            self._entries[name] = function
            self._facts[name] = facts
            return function

        return keep

    def get(self, name: str) -> Callable[..., Any]:
        """The function called `name`.

        Raises
        ------
        ParameterError
            CY102 when the folder has no such name; the nearest is suggested.
        """
        self._load(name)
        return self._entries[name]

    def facts(self, name: str) -> dict[str, Any]:
        """What was said of `name` when it was registered."""
        self._load(name)
        return self._facts[name]

    def _load(self, name: str) -> None:
        if name in self._entries:
            return
        if name not in self.names():
            raise ParameterError(f"unknown {self.kind} '{name}'", code="CY102", fix=nearest(name, self.names()))
        importlib.import_module(f"{self.package}.{name}")
