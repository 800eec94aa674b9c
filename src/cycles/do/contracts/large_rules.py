"""The rules of a contract judged over a file too large for memory.

Piece by piece, each piece is cast and judged by the same engine as a table in memory, so that the two cannot differ; what needs the whole
table (keys, repeated rows, queries) is asked of DuckDB, which goes to disk when it has to.
"""

# ruff: noqa: S608 - names are quoted, texts are literals, and nobody's words become part of a query

import heapq
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.do.contracts.cast import CastTable, cast_table
from cycles.do.contracts.conditions import applies
from cycles.do.contracts.engine import Result, evaluate
from cycles.do.contracts.large_source import SOURCE, Opened, literal, quoted
from cycles.do.contracts.references import Others, checkable
from cycles.do.contracts.rules import Contract, Rule
from cycles.do.contracts.sql_rules import TIMEOUT, QueryError

BATCH = 200_000
SHOWN = 3
"""How many lines of a broken rule are named."""
AGAIN, MARKS, CAST = "_cycles_again", "_cycles_marks", "_cycles_cast"
_WHOLE_TABLE = ("unique", "row_count", "sql")


@dataclass(kw_only=True)
class Tally:
    """What became of one rule so far. `of_the_cast`: every row it found holds a text that could not be cast."""

    rule: Rule
    n_failed: int = 0
    n_judged: int | None = 0
    lines: list[int] = field(default_factory=list)
    of_the_cast: bool = True
    could_run: bool = True

    @property
    def of_lines(self) -> bool:
        """Whether it found rows, rather than a fault of the table."""
        return self.rule.of_rows or (self.rule.kind == "sql" and self.rule.scope == "row")

    @property
    def result(self) -> Result:
        """The verdict on the rule, as the engine in memory gives it."""
        if not self.could_run:
            return Result(rule=self.rule, outcome="could_not_run", n_failed=None, expressible=False)
        counted = self.of_lines or self.rule.kind in ("missing_values", "cells_share")
        fits = self.n_failed == 0
        if counted and self.rule.allowed is not None:
            fits = self.rule.allowed.holds(self.n_failed, of=self.n_judged or 0)
        return Result(
            rule=self.rule,
            outcome="pass" if fits else "fail",
            n_failed=self.n_failed,
            n_judged=self.n_judged if counted else None,
            expressible=False,
        )

    def add(self, one: Result, cast: CastTable) -> None:
        """Count the result of one piece."""
        self.could_run &= one.outcome != "could_not_run"
        if not self.could_run or one.n_failed is None:
            return
        if one.rule.kind == "column_exists":
            self.n_failed = one.n_failed
            return
        self.n_failed += one.n_failed
        self.n_judged = (self.n_judged or 0) + (one.n_judged or 0)
        if one.broken is not None and one.n_failed:
            found = cast.table[LINE].to_numpy()[one.broken]
            self.lines = heapq.nsmallest(SHOWN, [*self.lines, *(int(line) for line in found[:SHOWN])])
            self.of_the_cast &= one.rule.kind == "required" and bool(
                (one.broken <= cast.failed[one.rule.columns[0]]).all()
            )


@dataclass(kw_only=True)
class Judged:
    """Every rule's tally in the contract's order, rows read (without repeated ones), missing codes by column and reason."""

    tallies: list[Tally]
    n_rows: int = 0
    n_again: int = 0
    missing_codes: dict[str, dict[str, int]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()


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
    judged.n_again = _find_repeats(opened, contract)
    opened.connection.execute(f"CREATE TABLE {MARKS} (line BIGINT, rule INTEGER)")
    whole = [rule for rule in rules if _of_the_whole_table(rule, contract)]
    cells = sorted({rule.columns[0] for rule in rules if sets_aside(rule) and rule.scope == "cell"})
    every = keep or any(rule.kind in ("sql", "reference") for rule in whole)
    kept = _Kept(folder, [rule for rule in whole if rule.kind == "unique"], cells, every=every)
    wanted = [name for name in opened.names if kept.every or name in _named(contract)]
    _by_pieces(opened, contract, judged, kept, wanted, others)
    _of_the_whole(opened, contract, judged, kept)
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


def sets_aside(rule: Rule) -> bool:
    """Whether rows or cells that break a rule are set aside."""
    return rule.severity == "critical" and rule.scope in ("row", "cell")


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
        judged = {_judged_in(rule): _mask(rule, cast.table) for rule in self.keys if rule.when}
        answers = {answered(name): _answers(cast, name) for name in self.cells if name in cast.table}
        piece = pa.Table.from_pandas(table.assign(**judged, **answers), preserve_index=False)
        self._writer = self._writer or pq.ParquetWriter(self.path, piece.schema)
        self._writer.write_table(piece)

    def close(self) -> None:
        """Finish the file."""
        self._writer.close()


def answered(column: str) -> str:
    """The column of the cast table on disk that tells where `column` holds an answer, whatever it is."""
    return f"_cycles_answered:{column}"


def _answers(cast: CastTable, column: str) -> np.ndarray:
    present: np.ndarray = cast.table[column].notna().to_numpy(dtype=bool) | cast.failed[column]
    return present


def _judged_in(rule: Rule) -> str:
    return f"_cycles_judged:{rule.id}"


def _mask(rule: Rule, table: pd.DataFrame) -> np.ndarray:
    if {one.column for one in rule.when} <= set(table.columns):
        found = applies(rule.when, table)
        assert found is not None
        return found
    return np.zeros(len(table), dtype=bool)


# -- what needs the whole table ------------------------------------------------------------------------------------------


def _find_repeats(opened: Opened, contract: Contract) -> int:
    """Rows equal in every column to an earlier one of the same key; only keys that occur twice are looked at closely."""
    run = opened.connection.execute
    run(f"CREATE TABLE {AGAIN} (line BIGINT)")
    every = ", ".join(quoted(name) for name in opened.names)
    for key in contract.keys:
        if set(key) <= set(opened.names):
            complete = " AND ".join(f"{quoted(name)} <> ''" for name in key)
            rows = _of_repeated_keys(SOURCE, key, complete)
            earlier = f"row_number() OVER (PARTITION BY {every} ORDER BY {LINE}) > 1"
            run(f"INSERT INTO {AGAIN} SELECT {LINE} FROM ({rows}) QUALIFY {earlier}")
    run(f"CREATE OR REPLACE TABLE {AGAIN} AS SELECT DISTINCT line FROM {AGAIN}")
    return int(run(f"SELECT count(*) FROM {AGAIN}").fetchone()[0])


def _of_repeated_keys(table: str, key: tuple[str, ...], where: str) -> str:
    """Rows whose key may occur more than once: by a short fingerprint of the key, which takes little memory."""
    columns = ", ".join(quoted(name) for name in key)
    twice = f"SELECT hash({columns}) AS mark FROM {table} WHERE {where} GROUP BY 1 HAVING count(*) > 1"
    return f"SELECT * FROM {table} SEMI JOIN ({twice}) AS twice ON hash({columns}) = twice.mark WHERE {where}"


def _of_the_whole(opened: Opened, contract: Contract, judged: Judged, kept: _Kept) -> None:
    run = opened.connection.execute
    run(f"CREATE VIEW {CAST} AS SELECT * FROM read_parquet({literal(str(kept.path))})")
    for place, tally in enumerate(judged.tallies):
        rule = tally.rule
        if rule.kind == "row_count":
            assert rule.allowed is not None
            tally.n_failed = int(not rule.allowed.holds(judged.n_rows))
        elif rule.kind == "unique":
            _find_duplicates(opened.connection, tally, place, judged)
        elif rule.kind == "reference" and rule.to == contract.table:
            _find_orphans(opened.connection, tally, place, judged)
        elif rule.kind == "sql":
            _ask(opened.connection, tally, place, judged, contract.table)


def _find_duplicates(connection: Any, tally: Tally, place: int, judged: Judged) -> None:
    rule = tally.rule
    if not {*rule.columns, *(one.column for one in rule.when)} <= set(judged.columns):
        tally.could_run = False
        return
    columns = ", ".join(quoted(name) for name in rule.columns)
    where = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in rule.columns)
    where += f" AND {quoted(_judged_in(rule))}" if rule.when else ""
    rows = _of_repeated_keys(CAST, rule.columns, where)
    found = f"SELECT {LINE} FROM ({rows}) QUALIFY count(*) OVER (PARTITION BY {columns}) > 1"
    _take(connection, tally, place, found)
    judged_rows = f"count(*) FILTER ({quoted(_judged_in(rule))})" if rule.when else "count(*)"
    tally.n_judged = int(connection.execute(f"SELECT {judged_rows} FROM {CAST}").fetchone()[0])


def _find_orphans(connection: Any, tally: Tally, place: int, judged: Judged) -> None:
    """A table that refers to its own rows."""
    rule = tally.rule
    if not {*rule.columns, *(one.column for one in rule.when)} <= set(judged.columns) or rule.when:
        tally.could_run = False
        return
    own = ", ".join(quoted(name) for name in rule.columns)
    theirs = " AND ".join(
        f"rows.{quoted(a)} = theirs.{quoted(b)}" for a, b in zip(rule.columns, rule.to_columns, strict=True)
    )
    where = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in rule.columns)
    rows = f"SELECT {LINE}, {own} FROM {CAST} WHERE {where}"
    _take(connection, tally, place, f"SELECT rows.{LINE} FROM ({rows}) AS rows ANTI JOIN {CAST} AS theirs ON {theirs}")
    tally.n_judged = judged.n_rows


def _take(connection: Any, tally: Tally, place: int, lines: str) -> None:
    """Mark the lines that a query gives, count them, and remember the first."""
    connection.execute(f"INSERT INTO {MARKS} SELECT {LINE}, {place} FROM ({lines})")
    mine = f"FROM {MARKS} WHERE rule = {place}"
    tally.n_failed = int(connection.execute(f"SELECT count(*) {mine}").fetchone()[0])
    first = connection.execute(f"SELECT line {mine} ORDER BY line LIMIT {SHOWN}").fetchall()
    tally.lines = [int(line) for (line,) in first]
    if not sets_aside(tally.rule):
        connection.execute(f"DELETE {mine}")


def _ask(connection: Any, tally: Tally, place: int, judged: Judged, name: str) -> None:
    """A rule written as a query, asked of the cast table under the contract's name for it."""
    import duckdb

    rule = tally.rule
    alarm = threading.Timer(TIMEOUT, connection.interrupt)
    try:
        if (
            len(found := duckdb.extract_statements(rule.query or "")) != 1
            or found[0].type != duckdb.StatementType.SELECT
        ):
            raise QueryError("a rule is one SELECT")
        columns = ", ".join(quoted(one) for one in (*judged.columns, LINE))
        connection.execute(f"CREATE OR REPLACE VIEW {quoted(name)} AS SELECT {columns} FROM {CAST}")
        alarm.start()
        connection.execute(f"CREATE OR REPLACE TABLE _cycles_answer AS {rule.query}")
        _hear(connection, tally, place, judged)
    except (duckdb.Error, QueryError, TypeError, ValueError):
        tally.could_run = False
    finally:
        alarm.cancel()


def _hear(connection: Any, tally: Tally, place: int, judged: Judged) -> None:
    rule = tally.rule
    if rule.scope == "row":
        _take(connection, tally, place, f"SELECT {LINE} FROM {CAST} SEMI JOIN _cycles_answer USING ({LINE})")
        tally.n_judged = judged.n_rows
        return
    rows = connection.execute("SELECT * FROM _cycles_answer LIMIT 2").fetchall()
    if len(rows) != 1 or len(rows[0]) != 1 or rows[0][0] is None or isinstance(rows[0][0], (str, bytes)):
        raise QueryError("the query gives no single number")
    assert rule.allowed is not None
    tally.n_failed = int(not rule.allowed.holds(float(rows[0][0])))
