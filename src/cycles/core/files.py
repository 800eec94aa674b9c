"""Writing files so that a reader never sees half of one, and hashing them."""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from cycles.core.errors import WriteError


def atomic_write(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Write `data` to a temporary file beside `path`, flush it to the disk, and rename it into place (mode 0600).

    Parameters
    ----------
    path, data : the file, and what is to be in it
    durable : whether it must outlive a loss of power; not, when whoever reads it checks it and can make it again

    Raises
    ------
    WriteError
        CY504 when the disk is full or the folder may not be written; what stood there stays as it was.
    """
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        if durable:
            settle(Path(temporary), path)
        else:
            os.replace(temporary, path)
    except OSError as problem:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        raise WriteError(
            f"could not write {path.name}: {problem.strerror}",
            code="CY504",
            where=f"{path}, {len(data):,} bytes needed",
        ) from None


def settle(temporary: Path, path: Path) -> None:
    """Give a file that is written its name, so that it has it also after the machine loses power."""
    os.replace(temporary, path)
    with contextlib.suppress(OSError):  # a system that cannot flush a folder has nothing to flush
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def make_private(folder: Path) -> Path:
    """Make a folder that only its owner may open (mode 0700)."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as problem:
        raise WriteError(f"could not make the folder: {problem.strerror}", code="CY504", where=str(folder)) from None
    return folder


def sha256(path: Path) -> str:
    """The SHA-256 of a file (of a folder: of its files' names and contents, in order)."""
    digest = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file()):
        if file != path:
            digest.update(str(file.relative_to(path)).encode())
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def canonical_json(content: Any) -> str:
    """JSON with sorted keys and no NaN: the same content gives the same text.

    >>> canonical_json({"b": 1, "a": [1.5, None]})
    '{"a": [1.5, null], "b": 1}'
    """
    return json.dumps(content, sort_keys=True, allow_nan=False, ensure_ascii=False, default=str)
