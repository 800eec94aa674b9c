"""What an adapter hands over: text, the line each row stood on, and every row accounted for."""

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cycles.core.tables import LINE


@dataclass(frozen=True, kw_only=True)
class RawTable:
    """A file as text, before any mapping.

    `table` has one `str` column per column read, and `_line` (the line of the file a row begins on). `header` names every column of the
    file, also those not read. Rows of the file = rows of `table` + `excluded` (rule -> rows) + `broken` (`_line, _rules`).
    """

    table: pd.DataFrame
    header: tuple[str, ...]
    sha256: str
    rows_raw: int
    excluded: dict[str, int] = field(default_factory=dict)
    broken: pd.DataFrame = field(default_factory=lambda: broken_rows([]))
    facts: dict[str, Any] = field(default_factory=dict)


def broken_rows(lines: list[int], rule: str = "readable") -> pd.DataFrame:
    """Rows that could not be read, by line: `_line, _rules`.

    >>> broken_rows([7])["_rules"].tolist()
    ['readable']
    """
    return pd.DataFrame({LINE: pd.Series(lines, dtype="int64"), "_rules": pd.Series([rule] * len(lines), dtype="str")})


def text_frame(columns: dict[str, Any], lines: Any) -> pd.DataFrame:
    """Text columns and their line numbers as a frame; a missing value is the empty string.

    >>> text_frame({"student_id": ["007"]}, [2]).to_dict("records")
    [{'student_id': '007', '_line': 2}]
    """
    frame = pd.DataFrame({name: _text(values) for name, values in columns.items()})
    frame[LINE] = pd.array(lines, dtype="int64") if len(frame.columns) else pd.Series(lines, dtype="int64")
    return frame


def _text(values: Any) -> Any:
    """Built by Arrow, several times faster than cell by cell; what is Arrow already stays as it is."""
    import pyarrow as pa

    if isinstance(values, pa.ChunkedArray):
        return pd.array(values, dtype="str")
    return pd.array(pa.array(list(values), type=pa.large_string()), dtype="str")
