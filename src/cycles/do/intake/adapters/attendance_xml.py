"""Daily attendance as XML, one element per school or student and day: a file, or a folder with a file for each day."""

from collections.abc import Iterable
from pathlib import Path

from cycles.core.errors import ContractError, ParameterError
from cycles.core.files import sha256
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.fingerprint import file_bytes
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable, text_frame
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.xml_records import Records, read_records

MAX_FILES = 1000
MAX_BYTES = 128 * 1024**2
"""Of all files together."""


@ADAPTERS.register("attendance_xml", table=None)
def attendance_xml(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read the records of an XML file, or of every `.xml` file of a folder in the order of their names.

    Parameters
    ----------
    path : a file or a folder
    columns : the columns to keep; every column when None
    reading : `record`, the element that is a row; without it, the element below the root, or below the one element there

    Returns
    -------
    RawTable
        One row per record: its attributes and its child elements as text, missing = empty string. `_line` counts the records from 2,
        through all files. Records without any value are excluded as `empty_row`.

    Raises
    ------
    ParameterError
        CY104 no such file, or a folder without XML.
    ContractError
        CY201 damaged or cut off; CY202 a web page, no record, or another document; CY204 a record that holds a child twice; CY207 a
        document type, entities, or too much of it.

    Notes
    -----
    Characters that XML forbids are removed, and a warning counts them (CY226).
    """
    path = Path(path)
    files = _files(path)
    wanted = None if columns is None else tuple(columns)
    read = [read_records(file_bytes(file), record=reading.record, where=file.name) for file in files]
    header = list(dict.fromkeys(name for one in read for name in one.header))
    kept = [name for name in header if wanted is None or name in wanted]
    rows = [row for one in read for row in one.rows]
    full = [(line, row) for line, row in enumerate(rows, 2) if any(row.values())]
    empty = len(rows) - len(full)
    raw = RawTable(
        table=text_frame({name: [row.get(name, "") for _, row in full] for name in kept}, [line for line, _ in full]),
        header=tuple(header),
        sha256=sha256(path),
        rows_raw=len(rows),
        excluded={"empty_row": empty} if empty else {},
        facts={"columns": len(header), "files": len(files), "warnings": _warnings(read, files)},
    )
    return as_promised(raw, path, reading)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = [file for file in sorted(path.glob("*.xml")) if file.is_file() and not file.is_symlink()]
    if not files:
        raise ParameterError(f"no .xml file in {path.name}", code="CY104", where=str(path))
    if len(files) > MAX_FILES or sum(file.stat().st_size for file in files) > MAX_BYTES:
        raise ContractError(
            f"the folder holds more than {MAX_FILES} files, or more than 128 MB", code="CY207", where=path.name
        )
    return files


def _warnings(read: list[Records], files: list[Path]) -> list[str]:
    return [
        f"CY226: {one.removed} characters that XML forbids were removed ({file.name})"
        for one, file in zip(read, files, strict=True)
        if one.removed
    ]
