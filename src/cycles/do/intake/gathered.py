"""Rows gathered into columns of text, a block at a time, so that a large file never stands in memory row by row."""

from array import array
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from cycles.do.intake.header import unwrapped

BLOCK = 1_000
"""Rows that are gathered before they become columns."""


class Gathered:
    """The rows kept, by column.

    Parameters
    ----------
    places : where in a row the values stand that are kept
    may_be_wrapped : whether values such as `="007"` can occur; they are unwrapped, and counted in `n_unwrapped`

    Examples
    --------
    >>> rows = Gathered([1], may_be_wrapped=True)
    >>> rows.add(3, ["7", "b"])
    >>> rows.put_back({2: ["6", '="a"']})
    >>> list(rows.lines), [column.to_pylist() for column in rows.columns()], rows.n_unwrapped
    ([2, 3], [['a', 'b']], 1)
    """

    def __init__(self, places: Sequence[int], *, may_be_wrapped: bool) -> None:
        self.lines = array("q")
        self.n_unwrapped = 0
        self._width = len(places)
        self._pick = itemgetter(*places) if places else lambda row: ""
        self._may_be_wrapped = may_be_wrapped
        self._rows: list[Any] = []
        self._blocks: list[list[Any]] = [[] for _ in places]

    def add(self, line: int, row: Sequence[str]) -> None:
        """Keep a row that begins on a line."""
        self.lines.append(line)
        self._rows.append(self._pick(row))
        if len(self._rows) >= BLOCK:
            self._close_block()

    def put_back(self, rows: dict[int, list[str]]) -> None:
        """Keep rows, by line, that stand somewhere between the others."""
        if not rows:
            return
        for line, row in rows.items():
            self.add(line, row)
        self._close_block()
        order = sorted(range(len(self.lines)), key=self.lines.__getitem__)
        self.lines = array("q", (self.lines[place] for place in order))
        self._blocks = [self._arrow(blocks).take(order).chunks for blocks in self._blocks]

    def columns(self) -> list[Any]:
        """The values kept, as one Arrow column of text each."""
        self._close_block()
        return [self._arrow(blocks) for blocks in self._blocks]

    def _close_block(self) -> None:
        import pyarrow as pa

        rows, self._rows = self._rows, []
        if not rows or not self._width:
            return
        columns: Iterable[Any] = [rows] if self._width == 1 else zip(*rows, strict=True)
        for blocks, values in zip(self._blocks, columns, strict=True):
            blocks.append(pa.array(self._plain(values), type=pa.large_string()))

    def _plain(self, values: Sequence[str]) -> Sequence[str]:
        if not self._may_be_wrapped:
            return values
        plain = [unwrapped(text) for text in values]
        self.n_unwrapped += sum(old != new for old, new in zip(values, plain, strict=True))
        return plain

    def _arrow(self, blocks: list[Any]) -> Any:
        import pyarrow as pa

        return pa.chunked_array(blocks, type=pa.large_string())
