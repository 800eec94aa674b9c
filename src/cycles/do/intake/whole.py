"""Whole files only: not one that is still growing, that its sender's own figures contradict, or that ends in the middle of a line."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cycles.core.errors import ContractError
from cycles.do.intake.reading import Reading

RECENT = 60.0
"""Seconds since its last change within which a file is looked at twice."""
QUIET = 1.0
"""Seconds that must pass without a change."""
MAX_PROMISE = 64 * 1024
"""Bytes of a manifest or checksum file."""


def require_settled(
    path: Path, *, now: Callable[[], float] = time.time, sleep: Callable[[float], None] = time.sleep
) -> None:
    """Refuse a file that is still being written: one changed lately is looked at again once it had time to grow.

    Raises
    ------
    ContractError
        CY219 when its size or its time changed between the two looks.
    """
    first = path.stat()
    age = now() - first.st_mtime
    if age >= RECENT:
        return
    if age < QUIET:
        sleep(QUIET - max(age, 0.0))
    second = path.stat()
    if (first.st_size, first.st_mtime_ns) != (second.st_size, second.st_mtime_ns):
        raise ContractError("the file is still being written", code="CY219", where=path.name)


def require_promised(path: Path, *, size: int, checksum: Callable[[], str]) -> None:
    """Refuse a file that differs from what stands beside it, in `<file>.manifest.json` or `<file>.sha256`.

    Parameters
    ----------
    size : bytes of the file
    checksum : its SHA-256, asked for only when one is promised

    Raises
    ------
    ContractError
        CY219 when size or checksum differ, CY201 when what stands beside it cannot be read.
    """
    promised = _manifest(path)
    expected = promised.get("size", size)
    if size != expected:
        raise ContractError(
            f"the file has {size:,} bytes; its manifest says {expected:,}", code="CY219", where=path.name
        )
    told = [text.lower() for text in (promised.get("sha256"), _checksum(path)) if text]
    if told and set(told) != {checksum()}:
        raise ContractError("the file's checksum is not the one beside it", code="CY219", where=path.name)


def require_rows(n: int, promised: int | None, *, where: str) -> None:
    """Refuse a file of which other rows were read than promised.

    Raises
    ------
    ContractError
        CY219 when the two differ.
    """
    if promised is not None and n != promised:
        raise ContractError(f"{n:,} rows were read; {promised:,} were promised", code="CY219", where=where)


def promised_rows(path: Path) -> int | None:
    """The rows that a manifest beside the file promises; None without one."""
    return _manifest(path).get("rows")


def require_final_line_break(content: str, reading: Reading, *, where: str) -> None:
    """Refuse text that ends within a line, unless its exporter is known never to end the last one.

    Raises
    ------
    ContractError
        CY219 without a final line break.
    """
    if reading.final_line_break == "required" and not content.endswith(("\n", "\r")):
        raise ContractError(
            "the file does not end with a line break, so its last row may be cut", code="CY219", where=where
        )


def _manifest(path: Path) -> dict[str, Any]:
    beside = path.with_name(f"{path.name}.manifest.json")
    text = _text_of(beside)
    if text is None:
        return {}
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or not all(
        _is_sound(name, told[name]) for name in ("rows", "size", "sha256") if name in told
    ):
        raise ContractError(
            "the manifest cannot be read", code="CY201", where=beside.name, fix="Write rows, size or sha256."
        )
    return told


def _is_sound(name: str, value: object) -> bool:
    if name == "sha256":
        return isinstance(value, str)
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _checksum(path: Path) -> str | None:
    beside = path.with_name(f"{path.name}.sha256")
    text = _text_of(beside)
    if text is None:
        return None
    found = re.match(r"\s*([0-9a-fA-F]{64})\b", text)
    if not found:
        raise ContractError("the checksum cannot be read", code="CY201", where=beside.name, fix="Write its SHA-256.")
    return found[1]


def _text_of(beside: Path) -> str | None:
    if not beside.is_file():
        return None
    try:
        return beside.read_bytes()[:MAX_PROMISE].decode("utf-8-sig", errors="replace")
    except OSError:
        raise ContractError("what the sender promises cannot be opened", code="CY201", where=beside.name) from None
