"""A file's fingerprint: the SHA-256 of its bytes, so that a delivery can be told from any other."""

import hashlib
from pathlib import Path

from cycles.core.errors import ContractError, ParameterError
from cycles.do.intake.whole import require_promised, require_settled


def file_bytes(path: Path) -> bytes:
    """The bytes of a file, read once, so that what is fingerprinted is what is parsed.

    Raises
    ------
    ParameterError
        CY104 when there is no such file.
    ContractError
        CY201 when it may not be read; CY219 when it is still being written, or is not what its sender promised.
    """
    if not path.is_file():
        raise ParameterError(f"no file {path.name}", code="CY104", where=str(path))
    try:
        require_settled(path)
        data = path.read_bytes()
    except OSError:
        raise ContractError(
            "the file cannot be opened", code="CY201", where=path.name, fix="Check who may read it."
        ) from None
    require_promised(path, size=len(data), checksum=lambda: fingerprint(data))
    return data


def fingerprint(data: bytes) -> str:
    """SHA-256 of bytes, in hexadecimal.

    >>> fingerprint(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(data).hexdigest()
