"""A large file split by school where it lies: sorted on the disk, in bounded memory, into the same parts as in memory."""

# ruff: noqa: S608 - names are quoted, and nobody's words become part of a query

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cycles.core.errors import ContractError, CyclesError
from cycles.core.tables import LINE
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.belonging import REASONS, SEVERAL, Roster, way_of
from cycles.do.contracts.large_source import SOURCE, Opened, open_file, quoted
from cycles.do.intake import read
from cycles.do.intake.pack import Packed, about_of, packing, settle
from cycles.do.intake.part import parts_of
from cycles.do.intake.whole import promised_rows
from cycles.plan.cycle_file import Source

LARGE_TEXT, LARGE_ROWS = 64 << 20, 1_000_000
"""Bytes of delimited text, and rows of Parquet, from which a file is not split in memory."""
MEMORY = "384MB"
HEAD = 1 << 20
BATCH = 1 << 17
_SCHOOL, _REASON = "_cycles_school", "_cycles_reason"


@dataclass(frozen=True, kw_only=True)
class LargeSplit:
    """What a split in memory would know: the pack, the source without its rows, how many rows there are, and those of no school."""

    packed: Packed
    delivery: Delivery
    how: str
    rows: int
    rest: dict[str, int] = field(default_factory=dict)


def split_on_disk(source: Source, roster: Roster, workspace: Workspace) -> LargeSplit | None:
    """Split a large file; None for one that is not large, or that only the reader in memory reads.

    Parameters
    ----------
    source : a plain CSV, TSV or Parquet file without a mapping
    roster : the schools, and where the students and classrooms are
    workspace : keeps the pack

    Raises
    ------
    ContractError
        CY201 when memory or disk run out on the way.
    """
    path = workspace.locate(source.path)
    if not isinstance(path, Path) or not _is_for_us(source, path):
        return None
    with tempfile.TemporaryDirectory(prefix="cycles-") as private:
        folder = Path(private)
        try:
            delivery = _head(source, path, folder, workspace)
            opened = open_file(path, folder, memory=MEMORY, threads=1)
        except CyclesError:  # the reader in memory tells what is wrong with it, or reads it after all
            return None
        try:
            return _split(opened, delivery, roster, workspace)
        except _failures():
            raise ContractError(
                "memory or disk ran out, or the file could not be read to its end", code="CY201", where=path.name
            ) from None
        finally:
            opened.connection.close()


def _is_for_us(source: Source, path: Path) -> bool:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if source.mapping or source.constants or not path.is_file() or promised_rows(path) is not None:
        return False
    if source.adapter == "csv" and path.suffix in (".csv", ".tsv"):
        return path.stat().st_size >= LARGE_TEXT
    if source.adapter != "parquet" or path.suffix != ".parquet":
        return False
    try:
        return bool(pq.read_metadata(path).num_rows >= LARGE_ROWS)
    except (OSError, pa.ArrowException):
        return False


def _head(source: Source, path: Path, folder: Path, workspace: Workspace) -> Delivery:
    """What is known of the file beside its rows, from its first ones."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    head = folder / f"head{path.suffix}"
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        first = next(file.iter_batches(batch_size=1), None)
        pq.write_table(pa.Table.from_batches([first] if first else [], file.schema_arrow), head)
    else:
        with path.open("rb") as stream:
            start = stream.read(HEAD)
        head.write_bytes(start[: start.rfind(b"\n") + 1])
    return replace(read(source.model_copy(update={"path": str(head)}), workspace=workspace), path=source.path)


def _split(opened: Opened, delivery: Delivery, roster: Roster, workspace: Workspace) -> LargeSplit | None:
    way = way_of(opened.names, roster)
    if way is None or way.column is None:
        return None
    rest = dict.fromkeys(REASONS, 0)
    n = 0
    with packing(parts_of(workspace), about_of(delivery)) as pack:
        for piece in _sorted(opened, way.column, way.places, roster):
            n += len(piece)
            _count(rest, piece)
            kept = piece.filter(_of_a_school(piece))
            pack.add(kept[_SCHOOL].combine_chunks(), kept.drop_columns([_SCHOOL, _REASON]))
        packed = settle(pack)
    told = {reason: rows for reason, rows in rest.items() if rows}
    whole = replace(delivery, sha256=opened.sha256, rows_raw=n + opened.n_empty)
    return LargeSplit(packed=packed, delivery=whole, how=way.how, rows=n, rest=told)


def _sorted(opened: Opened, column: str, places: Any, roster: Roster) -> Iterator[Any]:
    """The rows of the file by school, and in each in the order of the file; those of no school first, with the reason."""
    import pyarrow as pa

    known = {school: school for school in roster.schools} if places is None else dict(places)
    ids = pa.array(list(known), pa.large_string())
    schools = [None if school == SEVERAL else school for school in known.values()]
    connection = opened.connection.cursor()
    connection.register("_cycles_given", pa.table({"id": ids, "school": pa.array(schools, pa.large_string())}))
    connection.execute("CREATE TABLE _cycles_places AS SELECT * FROM _cycles_given").fetchall()
    names = ", ".join(f"{SOURCE}.{quoted(name)}" for name in opened.names)
    without, several, unknown = range(len(REASONS))
    key = f"{SOURCE}.{quoted(column)}"
    query = (
        f"SELECT coalesce(place.school, '') AS {_SCHOOL}, CASE WHEN place.school IS NOT NULL THEN -1 WHEN {key} = '' THEN {without} "
        f"WHEN place.id IS NOT NULL THEN {several} ELSE {unknown} END AS {_REASON}, {names}, {SOURCE}.{LINE} "
        f"FROM {SOURCE} LEFT JOIN _cycles_places place ON {key} = place.id ORDER BY {_SCHOOL}, {SOURCE}.{LINE}"
    )
    reader = connection.sql(query).to_arrow_reader(BATCH)
    for batch in reader:
        yield pa.Table.from_batches([batch])


def _of_a_school(piece: Any) -> Any:
    import pyarrow.compute as pc

    return pc.equal(piece[_REASON], -1)


def _count(rest: dict[str, int], piece: Any) -> None:
    import pyarrow.compute as pc

    for one in pc.value_counts(piece[_REASON]).to_pylist():
        if one["values"] >= 0:
            rest[REASONS[one["values"]]] += one["counts"]


def _failures() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.Error,)
