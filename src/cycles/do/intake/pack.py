"""A pack: one source split by school, as one Parquet file in which the rows of a school stand together.

A part is called by the fingerprint of what its rows say. The line of the file on which a row stood is kept beside the row, for messages,
and is left out of the fingerprint: a row that is put in near the top of a file moves all those below it, and changes only its own school.
"""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cycles.core import files
from cycles.core.errors import WriteError
from cycles.core.tables import LINE
from cycles.core.vocabulary import Delivery
from cycles.core.wanted import want
from cycles.do.intake.raw import broken_rows

ROWS = 1 << 16
"""Rows that are compressed together: what is read to find one school's."""
_ABOUT = b"cycles.pack"
_OF_THE_SCHOOL_TOO = (
    "adapter", "mapping", "constants", "header", "header_rows", "columns", "encoding", "delimiter", "dropped", "item_text",
    "missing_declared", "oneroster_version",
)  # fmt: skip
"""What is known of the file and holds for each of its parts; what was counted over the whole file does not."""


@dataclass(frozen=True, kw_only=True)
class Packed:
    """A pack that was written: its SHA-256, and for each school the fingerprint of its part and its number of rows."""

    sha256: str
    empty: str
    parts: dict[str, str] = field(default_factory=dict)
    n_rows: dict[str, int] = field(default_factory=dict)


class PackWriter:
    """Takes the rows of a source, sorted by school, in as many pieces as they come.

    Parameters
    ----------
    path : where the pack is written
    about : as :func:`about_of` gives it
    lines : how many rows of the file the rows of a school were made of, where that is not the same number
    """

    def __init__(self, path: Path, about: dict[str, Any], lines: Mapping[str, int] | None = None) -> None:
        self._path, self._about, self._lines = path, about, lines or {}
        self._writer: Any = None
        self._school: str | None = None
        self._sum = _Sum()
        self._places: dict[str, list[int]] = {}
        self._parts: dict[str, str] = {}
        self._n = 0

    def add(self, schools: Any, table: Any) -> None:
        """Add rows.

        Parameters
        ----------
        schools : Arrow array of text, the school of each row; the same school stands together, also from one piece to the next
        table : Arrow table of text columns and `_line`
        """
        import pyarrow.parquet as pq

        table = _settled(table)
        if self._writer is None:
            self._sum = _Sum(table.column_names)
            self._writer = pq.ParquetWriter(self._path, table.schema, compression="zstd")
        columns = {name: _Texts(table[name]) for name in table.column_names if name != LINE}
        for school, start, end in _stretches(schools):
            if school != self._school:
                self._end_school()
                self._school = school
            self._sum.add(columns, start, end)
        if len(table):
            self._writer.write_table(table, row_group_size=ROWS)

    def close(self) -> tuple[str, dict[str, str], dict[str, int]]:
        """End the file; returns the fingerprint of an empty part, that of each school's, and each school's rows."""
        self._end_school()
        empty = self._sum.fingerprint(self._about, 0)
        self._places.setdefault(empty, [0, 0, 0])
        said = json.dumps({"about": self._about, "parts": self._places}, ensure_ascii=False, sort_keys=True)
        self._writer.add_key_value_metadata({_ABOUT: said.encode()})
        self._writer.close()
        return empty, self._parts, {school: self._places[part][1] for school, part in self._parts.items()}

    def _end_school(self) -> None:
        if self._school is None:
            return
        n = self._sum.n
        lines = self._lines.get(self._school, n)
        part = self._sum.fingerprint(self._about, lines)
        self._places[part] = [self._n, n, lines]
        self._parts[self._school] = part
        self._n += n
        self._sum, self._school = _Sum(self._sum.names), None


def about_of(delivery: Delivery) -> dict[str, Any]:
    """What is known of a source and holds for the part of every school."""
    melted = delivery.excluded.loc[delivery.excluded["of"] != "rows", ["rule", "of"]].head(1).to_numpy().tolist()
    about = {
        "name": delivery.name,
        "canonical": delivery.canonical,
        "contract": delivery.contract,
        "path": delivery.path,
        "instrument": delivery.instrument,
        "melted": melted,
        "waves": int(delivery.facts.get("waves", 1)),
        "facts": {name: delivery.facts[name] for name in _OF_THE_SCHOOL_TOO if name in delivery.facts},
    }
    plain: dict[str, Any] = json.loads(json.dumps(about, default=_plain))
    return plain


@contextmanager
def packing(folder: Path, about: dict[str, Any], lines: Mapping[str, int] | None = None) -> Iterator[PackWriter]:
    """A writer of a pack in a folder; give it to :func:`settle` when it has all rows. What is not settled is gone afterwards."""
    files.make_private(folder)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=".pack.")
    os.close(handle)
    try:
        yield PackWriter(Path(temporary), about, lines)
    except OSError as problem:
        raise WriteError(
            f"could not write a pack: {problem.strerror}", code="CY504", where=str(folder), fix="Make room."
        ) from None
    finally:
        Path(temporary).unlink(missing_ok=True)


def settle(writer: PackWriter) -> Packed:
    """Call a pack by its SHA-256. One that is lost is made again from its source, so nobody waits for the disk."""
    empty, parts, n_rows = writer.close()
    digest = files.sha256(writer._path)
    os.replace(writer._path, writer._path.parent / f"{digest}.parquet")
    return Packed(sha256=digest, empty=empty, parts=parts, n_rows=n_rows)


def holds(folder: Path, pack: str) -> bool:
    """Whether a pack is there, whole; if so, whoever prunes the packs sees that it is needed."""
    path = folder / f"{pack}.parquet"
    return want(path) and files.sha256(path) == pack


def unpack(folder: Path, pack: str, part: str) -> Delivery | None:
    """A part as if the school alone had made the delivery; None when the pack is gone, or does not hold what it says.

    Of a melted row, the waves without an answer are counted again.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(folder / f"{pack}.parquet")
        told = json.loads(file.metadata.metadata[_ABOUT])
        start, n, lines = told["parts"][part]
        table = _rows(file, start, n)
    except (OSError, KeyError, ValueError, TypeError, pa.ArrowException):
        return None
    about = told["about"]
    if _fingerprint(table, about, lines) != part:
        return None
    melted = [(rule, lines * about["waves"] - n, of) for rule, of in about["melted"] if about["waves"] > 1]
    return Delivery(
        table=table.to_pandas(),
        excluded=pd.DataFrame(melted, columns=["rule", "n", "of"]),
        broken=broken_rows([]),
        rows_raw=lines,
        sha256=part,
        facts={**about["facts"], "rows_mapped": lines, "waves": about["waves"], "warnings": []},
        **{name: about[name] for name in ("name", "canonical", "contract", "path", "instrument")},
    )


# -- fingerprints --------------------------------------------------------------------------------------------------------


class _Texts:
    """A column as the lengths of its texts and their bytes one after another."""

    def __init__(self, column: Any) -> None:
        import pyarrow as pa

        array = column.combine_chunks().cast(pa.large_string()) if len(column) else pa.array([], pa.large_string())
        array = array.chunk(0) if isinstance(array, pa.ChunkedArray) else array
        _, offsets, values = array.buffers()
        ends = np.frombuffer(offsets, dtype=np.int64) if offsets else np.zeros(1, dtype=np.int64)
        self._ends = ends[array.offset : array.offset + len(array) + 1]
        self._lengths = np.diff(self._ends)
        self._values = memoryview(values or b"")

    def add_to(self, sums: tuple[Any, Any], start: int, end: int) -> None:
        """Add rows to the sums of lengths and of bytes."""
        sums[0].update(self._lengths[start:end].tobytes())
        sums[1].update(self._values[self._ends[start] : self._ends[end]])


class _Sum:
    """The sums of one part's columns, whatever the pieces in which its rows come."""

    def __init__(self, names: list[str] | None = None) -> None:
        self.names = names or []
        self.n = 0

    @cached_property
    def _sums(self) -> dict[str, tuple[Any, Any]]:
        return {name: (sha256(), sha256()) for name in self.names if name != LINE}

    def add(self, columns: Mapping[str, _Texts], start: int, end: int) -> None:
        for name, texts in columns.items():
            texts.add_to(self._sums[name], start, end)
        self.n += end - start

    def fingerprint(self, about: dict[str, Any], lines: int) -> str:
        told = [[name, *(one.hexdigest() for one in sums)] for name, sums in self._sums.items()]
        return sha256(files.canonical_json([about, self.n, lines, told]).encode()).hexdigest()


def _fingerprint(table: Any, about: dict[str, Any], lines: int) -> str:
    whole = _Sum(table.column_names)
    whole.add({name: _Texts(table[name]) for name in table.column_names if name != LINE}, 0, len(table))
    return whole.fingerprint(about, lines)


# -- rows ----------------------------------------------------------------------------------------------------------------


def _settled(table: Any) -> Any:
    """Every piece with the same types: text as one kind of text, the line as a number."""
    import pyarrow as pa

    schema = pa.schema([(name, pa.int64() if name == LINE else pa.large_string()) for name in table.column_names])
    return table.cast(schema).replace_schema_metadata(None)


def _stretches(schools: Any) -> Iterator[tuple[str, int, int]]:
    """Each school of a piece, with the rows in which it stands."""
    codes = schools.dictionary_encode()
    indices = codes.indices.to_numpy(zero_copy_only=False)
    starts = np.flatnonzero(np.diff(indices, prepend=-1))
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(indices)], strict=False):
        yield codes.dictionary[int(indices[start])].as_py(), start, end


def _rows(file: Any, start: int, n: int) -> Any:
    """Rows of a pack; only the row groups in which they stand are read."""
    if n == 0:
        return file.schema_arrow.empty_table()
    ends = np.cumsum([file.metadata.row_group(one).num_rows for one in range(file.metadata.num_row_groups)])
    first, last = np.searchsorted(ends, [start, start + n - 1], side="right")
    before = int(ends[first - 1]) if first else 0
    return file.read_row_groups(range(first, last + 1)).slice(start - before, n)


def _plain(value: Any) -> Any:
    """Numbers of numpy as numbers; anything else that JSON does not know as text."""
    return value.item() if hasattr(value, "item") else list(value) if isinstance(value, set | tuple) else str(value)
