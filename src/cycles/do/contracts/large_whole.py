"""Rules of a large file that need the whole table: keys, repeated rows, queries. DuckDB answers, and goes to disk when it has to."""

# ruff: noqa: S608 - names are quoted, texts are literals, and nobody's words become part of a query

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cycles.core.tables import LINE
from cycles.do.contracts.large_source import SOURCE, Opened, literal, quoted
from cycles.do.contracts.large_tally import AGAIN, CAST, MARKS, SHOWN, Judged, Tally, judged_in, sets_aside
from cycles.do.contracts.rules import Contract, Rule, Type
from cycles.do.contracts.sql_rules import TIMEOUT, QueryError


def find_repeats(opened: Opened, contract: Contract) -> int:
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


def judge_the_whole(opened: Opened, contract: Contract, judged: Judged, cast: Path) -> None:
    """Judge keys, references of a table to itself, its number of rows, and queries, on the cast table at `cast`."""
    run = opened.connection.execute
    run(f"CREATE VIEW {CAST} AS SELECT * FROM read_parquet({literal(str(cast))})")
    for place, tally in enumerate(judged.tallies):
        rule = tally.rule
        if rule.kind == "row_count":
            assert rule.allowed is not None
            tally.n_failed = int(not rule.allowed.holds(judged.n_rows))
        elif rule.kind == "unique":
            _find_duplicates(opened.connection, tally, place, judged)
        elif rule.kind == "reference" and rule.to == contract.table:
            _find_orphans(opened.connection, tally, place, judged, {one.name: one.type for one in contract.columns})
        elif rule.kind == "sql":
            _ask(opened.connection, tally, place, judged, contract.table)


def _find_duplicates(connection: Any, tally: Tally, place: int, judged: Judged) -> None:
    rule = tally.rule
    if not _is_there(rule, judged):
        tally.could_run = False
        return
    columns = ", ".join(quoted(name) for name in rule.columns)
    rows = _of_repeated_keys(CAST, rule.columns, _complete(rule))
    _take(connection, tally, place, f"SELECT {LINE} FROM ({rows}) QUALIFY count(*) OVER (PARTITION BY {columns}) > 1")
    tally.n_judged = _n_judged(connection, rule)


def _find_orphans(connection: Any, tally: Tally, place: int, judged: Judged, types: Mapping[str, Type]) -> None:
    """A table that refers to its own rows; a key is compared with a column of its own type only."""
    rule = tally.rule
    pairs = list(zip(rule.columns, rule.to_columns, strict=True))
    if not _is_there(rule, judged) or any(types.get(a, "string") != types.get(b, "string") for a, b in pairs):
        tally.could_run = False
        return
    own = ", ".join(quoted(name) for name in rule.columns)
    theirs = " AND ".join(f"rows.{quoted(a)} = theirs.{quoted(b)}" for a, b in pairs)
    rows = f"SELECT {LINE}, {own} FROM {CAST} WHERE {_complete(rule)}"
    _take(connection, tally, place, f"SELECT rows.{LINE} FROM ({rows}) AS rows ANTI JOIN {CAST} AS theirs ON {theirs}")
    tally.n_judged = _n_judged(connection, rule)


def _is_there(rule: Rule, judged: Judged) -> bool:
    return {*rule.columns, *(one.column for one in rule.when)} <= set(judged.columns)


def _complete(rule: Rule) -> str:
    """Rows that are judged, and whose key has no missing part."""
    present = [f"{quoted(name)} IS NOT NULL" for name in rule.columns]
    return " AND ".join([*present, *([quoted(judged_in(rule))] if rule.when else [])])


def _n_judged(connection: Any, rule: Rule) -> int:
    those = f" FILTER ({quoted(judged_in(rule))})" if rule.when else ""
    return int(connection.execute(f"SELECT count(*){those} FROM {CAST}").fetchone()[0])


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
        statements = duckdb.extract_statements(rule.query or "")
        if [one.type for one in statements] != [duckdb.StatementType.SELECT]:
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
