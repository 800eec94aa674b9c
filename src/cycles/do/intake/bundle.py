"""Bundles: a zip archive or a folder of CSV files. Members are read by name, within limits; nothing is ever extracted."""

import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from cycles.core.errors import ContractError, ParameterError
from cycles.core.files import sha256
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.whole import require_promised, require_settled

MAX_ENTRIES = 1000
MAX_RATIO = 100
MAX_BYTES = 2 * 1024**3
SMALL = 1024**2
"""Below this size a high compression ratio is harmless."""


def read_members(path: Path, names: Iterable[str]) -> dict[str, bytes]:
    """The members of a bundle that are asked for, by file name (in lower case), whichever of them exist.

    Parameters
    ----------
    path : a zip archive or a folder; the files may stand in one folder inside the archive
    names : file names wanted, such as ``users.csv``; capital letters do not matter. Anything else is not read

    Raises
    ------
    ParameterError
        CY104 neither an archive nor a folder of that name.
    ContractError
        CY201 damaged or encrypted, CY202 not a zip archive, CY207 too large, expands too much, or names files outside itself, CY219
        still being written or not what its sender promised.
    """
    wanted = {name.lower() for name in names}
    if path.is_dir():
        return _from_folder(path, wanted)
    if not path.is_file():
        raise ParameterError(f"no file {path.name}", code="CY104", where=str(path))
    require_settled(path)
    require_promised(path, size=path.stat().st_size, checksum=lambda: sha256(path))
    if not zipfile.is_zipfile(path):
        raise ContractError("the file is not a zip archive", code="CY202", where=path.name)
    try:
        with zipfile.ZipFile(path) as archive:
            refuse_expanding(archive.infolist(), path.name)
            _refuse_outside(archive.infolist(), path.name)
            return _from_archive(archive, wanted, path.name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
        raise ContractError(
            "the archive is damaged or encrypted", code="CY201", where=path.name, fix="Fetch it again."
        ) from None


def _from_folder(path: Path, wanted: set[str]) -> dict[str, bytes]:
    files = [
        file
        for file in sorted(path.iterdir())
        if file.name.lower() in wanted and file.is_file() and not file.is_symlink()
    ]
    if sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise ContractError("the bundle is larger than 2 GB", code="CY207", where=path.name)
    return {file.name.lower(): file_bytes(file) for file in files}


def _from_archive(archive: zipfile.ZipFile, wanted: set[str], where: str) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    for info in archive.infolist():
        place = PurePosixPath(info.filename)
        name = place.name.lower()
        if info.is_dir() or name not in wanted or len(place.parts) > 2 or place.parts[0] == "__MACOSX":
            continue
        if name in members:
            raise ContractError(f"the archive holds {name} twice", code="CY207", where=where)
        with archive.open(info) as stream:
            members[name] = stream.read(info.file_size)
    return members


def refuse_expanding(entries: list[zipfile.ZipInfo], where: str) -> None:
    """Refuse, as CY207, an archive of too many files, or that is too large or expands too much; nothing is unpacked."""
    total = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if len(entries) > MAX_ENTRIES:
        raise ContractError(f"the archive holds more than {MAX_ENTRIES} files", code="CY207", where=where)
    if total > MAX_BYTES:
        raise ContractError("the archive would unpack to more than 2 GB", code="CY207", where=where)
    if total > max(SMALL, MAX_RATIO * packed):
        raise ContractError(f"the archive expands more than {MAX_RATIO} times", code="CY207", where=where)


def _refuse_outside(entries: list[zipfile.ZipInfo], where: str) -> None:
    if any(_is_outside(entry.filename) for entry in entries):
        raise ContractError("the archive names files outside itself", code="CY207", where=where)


def _is_outside(name: str) -> bool:
    return name.startswith("/") or "\\" in name or ":" in name or ".." in PurePosixPath(name).parts
