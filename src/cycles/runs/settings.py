"""Settings and where each comes from: the command line, `CYCLES_*`, the workspace's `cycles.toml`, or the default."""

import os
import tomllib
from dataclasses import dataclass
from typing import Any

from cycles.core.errors import ParameterError, nearest
from cycles.core.workspace import LEDGER, MARKER, Workspace, address_of_ledger

DEFAULTS: dict[str, Any] = {"seed": 2026, "ledger": LEDGER, "kernel": "auto", "jobs": 0}
"""A default that is a number takes whole numbers; one that is a text takes a text. With `jobs` 0, a fleet runs one for each core."""
KERNELS = ("auto", "forked", "plain")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting: its value and where that value was given."""

    name: str
    value: Any
    origin: str


def setting(name: str, workspace: Workspace | None, *, flag: Any = None) -> Setting:
    """The value in force of one setting.

    Parameters
    ----------
    name : a key of `DEFAULTS`
    workspace : whose `cycles.toml` is read; None reads none
    flag : what the command line said, if anything

    Raises
    ------
    ParameterError
        CY101 for an unknown key of `cycles.toml`, CY103 if it is not TOML, CY105 if a value is not of the kind of its default.
    """
    written = _written(workspace) if workspace else {}
    variable = f"CYCLES_{name.upper()}"
    if flag is not None:
        return Setting(name=name, value=flag, origin="command line")
    if variable in os.environ:
        return Setting(name=name, value=_checked(name, os.environ[variable], variable), origin=variable)
    if name in written:
        return Setting(name=name, value=_checked(name, written[name], f"{MARKER}, {name}"), origin=MARKER)
    return Setting(name=name, value=DEFAULTS[name], origin="default")


def _written(workspace: Workspace) -> dict[str, Any]:
    path = workspace.root / MARKER
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        raise ParameterError(
            "not plain TOML", code="CY103", where=str(path), fix="Write `name = value` lines."
        ) from None
    for key in content:
        if key not in DEFAULTS:
            raise ParameterError(f"unknown key '{key}'", code="CY101", where=str(path), fix=nearest(key, DEFAULTS))
    return content


def _checked(name: str, value: Any, where: str) -> Any:
    if isinstance(DEFAULTS[name], int):
        return _whole(value, where)
    if not isinstance(value, str):
        raise ParameterError("not a text", code="CY105", where=where)
    if name == "ledger" and address_of_ledger(value) is None and value != LEDGER:
        raise ParameterError(
            "neither the file of the workspace nor the address of a server",
            code="CY105",
            where=where,
            fix=f"Write `postgresql+psycopg://HOST/NAME`, or leave it out for {LEDGER}.",
        )
    if name == "kernel" and value not in KERNELS:
        raise ParameterError(
            f"unknown kind of kernel '{value}'", code="CY105", where=where, fix=nearest(value, KERNELS)
        )
    return value


def _whole(value: Any, where: str) -> int:
    try:
        if isinstance(value, bool) or int(value) < 0 or int(value) != float(value):
            raise ValueError
    except (TypeError, ValueError):
        raise ParameterError("not a whole number of 0 or more", code="CY105", where=where) from None
    return int(value)
