"""Rules written as a query: one DuckDB SELECT on the cast table, without files, network or settings, and not for long."""

import threading
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.do.contracts.rules import Rule

TIMEOUT = 30.0
"""Seconds after which a query is stopped; a rule that was stopped could not run."""
_CLOSED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false",
    "python_enable_replacements": "false",
    "memory_limit": "512MB",
    "threads": "1",
}


class QueryError(ValueError):
    """A query that is no single SELECT, failed, took too long, or gave something else than it should."""


def answer(rule: Rule, table: pd.DataFrame, *, name: str, timeout: float = TIMEOUT) -> np.ndarray | float:
    """What the query of a rule says of a table.

    Parameters
    ----------
    rule : of the kind `sql`; its scope says whether lines or one number are expected
    table : the cast table with `_line`
    name : what the query calls it
    timeout : seconds

    Returns
    -------
    array of bool, or float
        The rows whose `_line` the query gave; or the number it gave.

    Raises
    ------
    QueryError
        The query could not be answered. Its message holds nothing of the data.

    Examples
    --------
    >>> rule = Rule(kind="sql", scope="table", query="SELECT count(*) FROM t WHERE a > 1")
    >>> answer(rule, pd.DataFrame({"a": [1, 2], "_line": [2, 3]}), name="t")
    1.0
    """
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect(":memory:", config=_CLOSED)
    alarm = threading.Timer(timeout, connection.interrupt)
    try:
        _refuse_other_than_select(rule.query or "")
        connection.register(name, pa.Table.from_pandas(table, preserve_index=False))
        connection.execute("SET lock_configuration = true")
        alarm.start()
        found = connection.sql(rule.query or "").to_arrow_table()
    except (duckdb.Error, pa.ArrowException):
        raise QueryError("the query could not be answered") from None
    finally:
        alarm.cancel()
        connection.close()
    return _lines(found, table) if rule.scope == "row" else _number(found)


def _refuse_other_than_select(query: str) -> None:
    import duckdb

    statements = duckdb.extract_statements(query)
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise QueryError("a rule is one SELECT")


def _lines(found: Any, table: pd.DataFrame) -> np.ndarray:
    if LINE not in found.column_names:
        raise QueryError(f"the query gives no column {LINE}")
    lines = found.column(LINE).to_numpy()
    return table[LINE].isin(lines).to_numpy(dtype=bool)


def _number(found: Any) -> float:
    if found.num_rows != 1 or found.num_columns != 1:
        raise QueryError("the query gives no single number")
    value = found.column(0)[0].as_py()
    if value is None or isinstance(value, (str, bytes)):
        raise QueryError("the query gives no single number")
    return float(value)
