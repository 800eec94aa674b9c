"""The workspace: the nearest folder with `cycles.toml`, and where its files are found."""

import os
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cycles.core.errors import ParameterError, nearest

MARKER = "cycles.toml"
LEDGER = ".cycles/ledger.sqlite"
_SECRET = re.compile(r"[?&;][^=&;]*(password|passwd|pwd|secret|token|apikey|api_key)=", re.IGNORECASE)


@cache
def scaffold_root() -> Path:
    """The folder with the notebooks, parameters and contracts that come with cycles: inside the installed package, or the checkout."""
    package = Path(__file__).resolve().parent.parent
    shipped = package / "_scaffold"
    return shipped if shipped.is_dir() else package.parent.parent


@dataclass(frozen=True)
class Workspace:
    """A folder with `cycles.toml`. Its own files are looked for first, then those that come with cycles."""

    root: Path

    @property
    def ledger_path(self) -> Path:
        """The ledger's file, where the ledger is not kept on a server; its folder is private, and there either way."""
        return self.root / LEDGER

    @property
    def ledger_address(self) -> str | None:
        """The address of the server that keeps the ledger, from `CYCLES_LEDGER` or `ledger` in `cycles.toml`; None for the file.

        Raises
        ------
        ParameterError
            CY105 when a password is in it: PGPASSWORD or ~/.pgpass has it.
        """
        address = os.environ.get("CYCLES_LEDGER") or _written(self.root / MARKER).get("ledger")
        return address_of_ledger(str(address)) if address else None

    @property
    def objects(self) -> Path:
        """The folder of what runs left, by content."""
        return self.root / ".cycles" / "objects"

    @property
    def runs(self) -> Path:
        """The folder of the run folders."""
        return self.root / "runs"

    @property
    def instruments(self) -> Path:
        """The workspace's own instruments."""
        return self.root / "params" / "instruments"

    def resolve(self, path: str | Path) -> Path:
        """A data file, in the workspace or else in a folder of `CYCLES_DATA`.

        Raises
        ------
        ParameterError
            CY104 when it is in neither; the folders looked in are named.
        """
        folders = [self.root, *data_folders()]
        for folder in folders:
            if (folder / path).exists():
                return (folder / path).resolve()
        looked = ", ".join(str(folder) for folder in folders)
        raise ParameterError(f"no file {path}", code="CY104", where=f"looked in {looked}")

    def locate(self, path: str) -> Path | str:
        """A data file as :meth:`resolve` finds it, or the address of a database or an interface, as it stands.

        Raises
        ------
        ParameterError
            CY104 when there is no such file; CY105 when the address holds a password, which would then stand in a file.
        """
        return without_password(path) if is_address(path) else self.resolve(path)

    def contract(self, name: str) -> Path:
        """The contract called `name`. Raises CY102."""
        return self._named("data_contracts", name, ".odcs.yaml", "contract")

    def mapping(self, name: str) -> Path:
        """The mapping called `name`. Raises CY102."""
        return self._named("params/mappings", name, ".yml", "mapping")

    def notebook(self, kind: str) -> Path:
        """The notebook of a kind of parameter file. Raises CY110."""
        try:
            return self._named("notebooks", kind, ".ipynb", "notebook")
        except ParameterError as missing:
            raise ParameterError(missing.what, code="CY110", fix=missing.fix) from None

    def _named(self, folder: str, name: str, ending: str, kind: str) -> Path:
        places = [self.root / folder, scaffold_root() / folder]
        for place in places:
            path = place / f"{name}{ending}"
            if path.parent == place and path.is_file():
                return path
        known = {path.name.removesuffix(ending) for place in places for path in place.glob(f"*{ending}")}
        raise ParameterError(f"unknown {kind} '{name}'", code="CY102", where=folder, fix=nearest(name, known))


def data_folders() -> list[Path]:
    """The folders of the environment variable `CYCLES_DATA`, separated as in PATH."""
    return [Path(one) for one in os.environ.get("CYCLES_DATA", "").split(os.pathsep) if one]


def find_workspace(start: str | Path | None = None) -> Workspace:
    """The workspace that holds `start` (a file or folder; the current folder by default).

    Raises
    ------
    ParameterError
        CY107 when no folder above has `cycles.toml`.
    """
    here = Path(start or Path.cwd()).resolve()
    for folder in [here, *here.parents]:
        if (folder / MARKER).is_file():
            return Workspace(folder)
    raise ParameterError(f"no {MARKER} in {here} or above", code="CY107")


def address_of_ledger(address: str) -> str | None:
    """The address of the server that keeps a ledger; None for what stands for the file of the workspace.

    Raises
    ------
    ParameterError
        CY105 when a password is in it.
    """
    try:
        return without_password(address) if is_address(address) else None
    except ParameterError as refused:
        fix = "Write the address without it; PGPASSWORD or ~/.pgpass has the password."
        raise ParameterError(refused.what, code="CY105", where="ledger", fix=fix) from None


def _written(path: Path) -> dict[str, Any]:
    """The settings of a workspace as far as they can be read; who asks for a setting by name is told what is wrong with the file."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def is_address(path: str) -> bool:
    """Whether a source is reached by an address, such as `postgresql://host/name` or `env:NAME` (a variable that holds one), not by a file.

    >>> is_address("data/pulse.csv"), is_address("env:WAREHOUSE")
    (False, True)
    """
    return "://" in path or path.startswith("env:")


def without_password(address: str) -> str:
    """The address as it stands, if neither a password nor a token is in it.

    Raises
    ------
    ParameterError
        CY105: what is written in a parameter file is copied, sealed and shared.

    Examples
    --------
    >>> without_password("postgresql://ana@host/district")
    'postgresql://ana@host/district'
    """
    after = address.partition("://")[2]
    before_host, at, _ = after.rpartition("@")
    if (at and ":" in before_host) or _SECRET.search(after):
        raise ParameterError(
            "an address holds a password",
            code="CY105",
            fix="Put the address into an environment variable and write `path: env:NAME`.",
        )
    return address
