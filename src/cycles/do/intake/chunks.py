"""Text columns gathered piece by piece, so that a large file never stands in memory twice."""

from collections.abc import Iterable, Sequence
from typing import Any


class TextChunks:
    """Columns of text that grow by pieces; each piece is packed at once.

    Examples
    --------
    >>> chunks = TextChunks(["student_id", "mark"])
    >>> chunks.add([["007", "008"], ["3", ""]])
    >>> chunks.columns()["student_id"].to_pylist()
    ['007', '008']
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = list(names)
        self._pieces: list[list[Any]] = [[] for _ in self.names]

    def add(self, columns: Sequence[Any]) -> None:
        """Add the next rows, one sequence of texts (or Arrow array of texts) per column, in the order of the names."""
        import pyarrow as pa

        for pieces, values in zip(self._pieces, columns, strict=True):
            packed = isinstance(values, pa.Array)
            pieces.append(values if packed else pa.array(values, type=pa.large_string()))

    def columns(self) -> dict[str, Any]:
        """Every column as one Arrow array in pieces."""
        import pyarrow as pa

        return {
            name: pa.chunked_array(pieces, type=pa.large_string())
            for name, pieces in zip(self.names, self._pieces, strict=True)
        }
