"""Rows that come in batches, kept as text in Arrow, with a fingerprint of their content."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from cycles.core.errors import ContractError
from cycles.core.tables import LINE
from cycles.do.intake.raw import text_frame

MAX_CHARACTERS = 512 * 1024**2
"""Text of all cells together; more than this is asked for by a mistake, and would not fit into memory."""


class TextRows:
    """A table that grows by batches; a batch may bring columns that those before it had not.

    Examples
    --------
    >>> rows = TextRows(["id"], where="x")
    >>> rows.add({"id": ["7"]}, 1)
    >>> rows.add({"id": ["8"], "note": ["late"]}, 1)
    >>> rows.table().to_dict("list")
    {'id': ['7', '8'], 'note': ['', 'late'], '_line': [1, 2]}
    """

    def __init__(self, names: Iterable[str], *, where: str) -> None:
        self.n = 0
        self._where = where
        self._characters = 0
        self._sum = 0
        self._names = dict.fromkeys(names)
        self._frames = [text_frame({name: [] for name in self._names}, [])]

    def add(self, columns: Mapping[str, Sequence[str]], n: int) -> None:
        """Take the next `n` rows.

        Raises
        ------
        ContractError
            CY207 when all cells together hold more than :data:`MAX_CHARACTERS`.
        """
        self._names |= dict.fromkeys(columns)
        self._characters += n + sum(len(text) for texts in columns.values() for text in texts)
        if self._characters > MAX_CHARACTERS:
            raise ContractError(
                "more than 512 MB of text",
                code="CY207",
                where=self._where,
                fix="Name only the columns that are needed in the mapping, or narrow what is asked for.",
            )
        self._count(columns, n)
        self._frames.append(text_frame(dict(columns), range(self.n + 1, self.n + n + 1)))
        self.n += n

    def _count(self, columns: Mapping[str, Sequence[str]], n: int) -> None:
        names = sorted(columns)
        rows = zip(*(columns[name] for name in names), strict=True) if names else [()] * n
        for row in rows:
            said = json.dumps([[name, text] for name, text in zip(names, row, strict=True) if text])
            self._sum = (self._sum + int.from_bytes(hashlib.sha256(said.encode()).digest(), "big")) % 2**256

    def table(self) -> pd.DataFrame:
        """All rows; `_line` counts them from 1. A cell that a batch did not bring is missing."""
        whole = pd.concat(self._frames, ignore_index=True)
        names = list(self._names)
        return pd.concat([whole[names].fillna("").astype("str"), whole[[LINE]]], axis="columns")

    @property
    def sha256(self) -> str:
        """The names, and the sum of the rows' own fingerprints: the same content gives the same, whatever the order of its rows."""
        return hashlib.sha256(json.dumps([sorted(self._names), self.n, self._sum]).encode()).hexdigest()
