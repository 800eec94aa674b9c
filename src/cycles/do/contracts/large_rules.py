"""The rules of a contract judged over a file too large for memory.

Piece by piece, each piece is cast and judged by the same engine as a table in memory, so that the two cannot differ; what needs the whole
table (keys, repeated rows, queries) is asked of DuckDB, which goes to disk when it has to.
"""

# ruff: noqa: S608 - names are quoted, texts are literals, and nobody's words become part of a query

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.do.contracts.cast import CastTable, cast_table
from cycles.do.contracts.conditions import applies
from cycles.do.contracts.engine import evaluate
from cycles.do.contracts.large_source import SOURCE, Opened, quoted
from cycles.do.contracts.large_tally import AGAIN, MARKS, Judged, Tally, answered, judged_in, sets_aside
from cycles.do.contracts.large_whole import find_repeats, judge_the_whole
from cycles.do.contracts.references import Others, checkable
from cycles.do.contracts.rules import Contract, Rule

BATCH = 200_000
_WHOLE_TABLE = ("unique", "row_count", "sql")


def judge(opened: Opened, contract: Contract, folder: Path, *, others: Others, keep: bool) -> Judged:
    """Judge every rule. Afterwards the tables :data:`AGAIN` and :data:`MARKS` hold the lines set aside, and with `keep`
    :data:`CAST` the cast table.

    Parameters
    ----------
    opened : the file
    contract : its rules
    folder : private
    others : used rows of the tables that it refers to
    keep : whether the cast rows are wanted afterwards
    """
    itself = cast_table(pd.DataFrame({name: pd.Series(dtype="str") for name in (*opened.names, LINE)}), contract).table
    rules = [rule for rule in contract.rules if checkable(rule, {**others, contract.table: itself})]
    judged = Judged(tallies=[Tally(rule=rule) for rule in rules])
    judged.n_again = find_repeats(opened, contract)
    opened.connection.execute(f"CREATE TABLE {MARKS} (line BIGINT, rule INTEGER)")
    whole = [rule for rule in rules if _of_the_whole_table(rule, contract)]
    cells = sorted({rule.columns[0] for rule in rules if sets_aside(rule) and rule.scope == "cell"})
    every = keep or any(rule.kind in ("sql", "reference") for rule in whole)
    kept = _Kept(folder, [rule for rule in whole if rule.kind != "sql"], cells, every=every)
    wanted = [name for name in opened.names if kept.every or name in _named(contract)]
    _by_pieces(opened, contract, judged, kept, wanted, others)
    judge_the_whole(opened, contract, judged, kept.path)
    return judged


def _named(contract: Contract) -> set[str]:
    """The columns that the contract speaks of."""
    ruled = {name for rule in contract.rules for name in (*rule.columns, *(one.column for one in rule.when))}
    return ruled | {column.name for column in contract.columns}


# -- piece by piece ------------------------------------------------------------------------------------------------------


def _by_pieces(
    opened: Opened, contract: Contract, judged: Judged, kept: "_Kept", wanted: list[str], others: Others
) -> None:
    places = {tally.rule.id: place for place, tally in enumerate(judged.tallies)}
    rules = tuple(one.rule for one in judged.tallies if not _of_the_whole_table(one.rule, contract))
    alone = replace(contract, rules=rules)
    writer = opened.connection.cursor()
    for text in _pieces(opened, wanted):
        cast = cast_table(text, contract)
        judged.n_rows += len(text)
        _add_codes(judged.missing_codes, cast.missing_codes)
        judged.columns = tuple(name for name in cast.table.columns if name != LINE)
        for one in evaluate(cast, alone, others=others):
            place = places[one.rule.id]
            judged.tallies[place].add(one, cast)
            if one.broken is not None and one.n_failed and sets_aside(one.rule):
                _mark(writer, cast.table[LINE].to_numpy()[one.broken], place)
        kept.write(cast)
    kept.close()


def _of_the_whole_table(rule: Rule, contract: Contract) -> bool:
    return rule.kind in _WHOLE_TABLE or (rule.kind == "reference" and rule.to == contract.table)


def _pieces(opened: Opened, wanted: list[str]) -> Iterator[pd.DataFrame]:
    """Text tables, the first of them empty: a file without rows is judged, too."""
    import pyarrow as pa

    columns = ", ".join([LINE, *(quoted(name) for name in wanted)])
    query = f"SELECT {columns} FROM {SOURCE} ANTI JOIN {AGAIN} ON {AGAIN}.line = {SOURCE}.{LINE}"
    reader = opened.connection.cursor().sql(query).to_arrow_reader(BATCH)
    for batch in chain([pa.RecordBatch.from_pylist([], schema=reader.schema)], reader):
        frame = {name: pd.array(batch.column(name).cast(pa.large_string()), dtype="str") for name in wanted}
        yield pd.DataFrame({**frame, LINE: batch.column(LINE).to_numpy()}, columns=[*wanted, LINE])


def _mark(connection: Any, lines: np.ndarray, place: int) -> None:
    import pyarrow as pa

    connection.register("_cycles_batch", pa.table({"line": lines, "rule": np.full(len(lines), place, dtype=np.int32)}))
    connection.execute(f"INSERT INTO {MARKS} SELECT line, rule FROM _cycles_batch")
    connection.unregister("_cycles_batch")


def _add_codes(total: dict[str, dict[str, int]], more: dict[str, dict[str, int]]) -> None:
    for column, reasons in more.items():
        kept = total.setdefault(column, {})
        for reason, n in reasons.items():
            kept[reason] = kept.get(reason, 0) + n


class _Kept:
    """The cast table on disk: all of it, or only what keys need; beside it, which rows a conditional key is judged in, and which cells
    hold an answer."""

    def __init__(self, folder: Path, keys: list[Rule], cells: list[str], *, every: bool) -> None:
        self.path = folder / "cast.parquet"
        self.every, self.keys, self.cells = every, keys, cells
        self._writer: Any = None

    def write(self, cast: CastTable) -> None:
        """Add a piece."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        needed = {name for rule in self.keys for name in rule.columns} & set(cast.table.columns)
        table = cast.table if self.every else cast.table[[*sorted(needed), LINE]]
        judged = {judged_in(rule): _mask(rule, cast.table) for rule in self.keys if rule.when}
        answers = {answered(name): _answers(cast, name) for name in self.cells if name in cast.table}
        piece = pa.Table.from_pandas(table.assign(**judged, **answers), preserve_index=False)
        self._writer = self._writer or pq.ParquetWriter(self.path, piece.schema)
        self._writer.write_table(piece)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def _answers(cast: CastTable, column: str) -> np.ndarray:
    present: np.ndarray = cast.table[column].notna().to_numpy(dtype=bool) | cast.failed[column]
    return present


def _mask(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    if {one.column for one in rule.when} <= set(table.columns):
        found = applies(rule.when, table)
        assert found is not None
        return found
    return np.zeros(len(table), dtype=bool)
