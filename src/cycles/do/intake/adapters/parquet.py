"""Parquet: a file, or a folder of parts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cycles.core.errors import ContractError, ParameterError, some
from cycles.core.files import sha256
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.as_text import moment_text, number_text
from cycles.do.intake.chunks import TextChunks
from cycles.do.intake.promise import as_promised
from cycles.do.intake.raw import RawTable, text_frame
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.whole import require_settled

ROWS = 50_000
"""Read in one piece."""
MAX_CELLS = 40_000_000
"""Values that are kept in memory as text."""


@ADAPTERS.register("parquet", table=None)
def parquet(path: Path, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read a Parquet file, or every part of a folder in the order of their names.

    Parameters
    ----------
    path : a file, or a folder of files that end in `.parquet` and have the same columns
    columns : the columns to keep; every column when None

    Returns
    -------
    RawTable
        Every value as text, missing = empty string; `_line` counts the rows from 2, through all parts. Whole numbers have no decimal
        point, decimals keep their places, dates are ISO, moments with a time zone are in UTC, truth values are `true` and `false`.

    Raises
    ------
    ParameterError
        CY104 no such file, or a folder without parts.
    ContractError
        CY201 damaged or cut off; CY202 not Parquet, or a column that is asked for holds lists, records or bytes; CY203 parts of
        different columns; CY204 a column named twice; CY207 more values than fit.
    """
    path = Path(path)
    parts = _parts(path)
    files = [_opened(part) for part in parts]
    header = _header(files, parts)
    wanted = None if columns is None else set(columns)
    kept = [name for name in header if wanted is None or name in wanted]
    _refuse_nested(files[0].schema_arrow, kept, path.name)
    _refuse_vast(sum(file.metadata.num_rows for file in files) * len(kept), path.name)
    chunks = TextChunks(kept)
    n = 0
    for file, part in zip(files, parts, strict=True):
        with _unreadable(part.name):
            for batch in file.iter_batches(batch_size=ROWS, columns=kept):
                chunks.add([_texts(batch.column(name)) for name in kept])
        n += file.metadata.num_rows
    table = text_frame(chunks.columns(), range(2, n + 2))
    raw = RawTable(
        table=table,
        header=tuple(header),
        sha256=sha256(path),
        rows_raw=n,
        facts={"columns": len(header), "parts": len(parts), "warnings": []},
    )
    return as_promised(raw, path, reading)


def _parts(path: Path) -> list[Path]:
    found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path] if path.is_file() else []
    parts = [part for part in found if part.is_file() and not part.is_symlink()] if path.is_dir() else found
    if not parts:
        what = f"no .parquet file in {path.name}" if path.is_dir() else f"no file {path.name}"
        raise ParameterError(what, code="CY104", where=str(path))
    return parts


def _opened(part: Path) -> Any:
    import pyarrow.parquet as pq

    require_settled(part)
    with _unreadable(part.name):
        with part.open("rb") as stream:
            magic = stream.read(4)
        if magic and magic != b"PAR1":
            raise ContractError("the file is not a Parquet file", code="CY202", where=part.name)
        return pq.ParquetFile(part)


@contextmanager
def _unreadable(where: str) -> Iterator[None]:
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError, ValueError, MemoryError):
        raise ContractError(
            "the file is damaged or cut off", code="CY201", where=where, fix="Fetch it again."
        ) from None


def _header(files: list[Any], parts: list[Path]) -> list[str]:
    header: list[str] = files[0].schema_arrow.names
    twice = [place + 1 for place, name in enumerate(header) if name in header[:place]]
    if twice:
        raise ContractError(
            f"{len(twice)} column names stand twice",
            code="CY204",
            where=f"{parts[0].name}, columns number {some(twice)}",
        )
    other = [part.name for file, part in zip(files, parts, strict=True) if set(file.schema_arrow.names) != set(header)]
    if other:
        raise ContractError(
            f"{len(other)} parts have other columns than the first",
            code="CY203",
            where=f"{other[0]} beside {parts[0].name}",
        )
    return header


def _refuse_nested(schema: Any, kept: list[str], where: str) -> None:
    import pyarrow.types as kinds

    binary = (kinds.is_binary, kinds.is_large_binary, kinds.is_fixed_size_binary)
    held = [
        name
        for name in kept
        if kinds.is_nested(schema.field(name).type) or any(is_kind(schema.field(name).type) for is_kind in binary)
    ]
    if held:
        raise ContractError(
            f"{len(held)} columns hold lists, records or bytes: {', '.join(held)}",
            code="CY202",
            where=where,
            fix="Leave them out of the mapping, or flatten them in the export.",
        )


def _refuse_vast(cells: int, where: str) -> None:
    if cells > MAX_CELLS:
        raise ContractError(
            f"{cells:,} values are asked for; {MAX_CELLS:,} fit", code="CY207", where=where, fix="Map fewer columns."
        )


def _texts(values: Any) -> Any:
    """A column's values as text, each kind in the way that loses nothing."""
    import pyarrow as pa
    import pyarrow.types as kinds

    kind = values.type
    if kinds.is_dictionary(kind):
        return _texts(values.dictionary_decode())
    if kinds.is_float64(kind):
        return ["" if value is None else number_text(value) for value in values.to_pylist()]
    if kinds.is_floating(kind):
        return [
            "" if text is None else number_text(float(text))
            for text in values.cast(pa.float32()).cast(pa.string()).to_pylist()
        ]
    if kinds.is_timestamp(kind) or kinds.is_time(kind) or kinds.is_duration(kind):
        return _moments(values)
    if kinds.is_null(kind):
        return [""] * len(values)
    return values.cast(pa.large_string()).fill_null("")


def _moments(values: Any) -> list[str]:
    """Nanoseconds that are whole microseconds are told as such; others in Arrow's own way."""
    import pyarrow as pa

    if values.type.unit == "ns":
        try:
            values = values.cast(_microseconds(values.type))
        except pa.ArrowInvalid:
            return values.cast(pa.large_string()).fill_null("").to_pylist()
    return ["" if value is None else moment_text(value) for value in values.to_pylist()]


def _microseconds(kind: Any) -> Any:
    import pyarrow as pa
    import pyarrow.types as kinds

    if kinds.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    return pa.duration("us") if kinds.is_duration(kind) else pa.time64("us")
