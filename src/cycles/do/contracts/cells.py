"""Single cells set aside: an answer that breaks its rule becomes missing, and the row with its other answers stays."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cycles.core.tables import LINE
from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.engine import Result
from cycles.do.contracts.rules import Contract, Rule


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The cast table without the cells set aside, and which they were (`_line, column, rule`, one row per cell and rule)."""

    table: pd.DataFrame
    listed: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """Rule -> cells."""
        return {str(rule): int(n) for rule, n in self.listed["rule"].value_counts(sort=False).items()}

    @property
    def n(self) -> int:
        """Cells set aside, each once."""
        return len(self.listed.drop_duplicates([LINE, "column"]))


def set_aside_cells(cast: CastTable, results: list[Result], out: np.ndarray) -> Cells:
    """Empty the cells that broke a critical rule of cells, in the rows that stay.

    Parameters
    ----------
    cast : the typed table
    results : rules; those with the scope `cell` count
    out : the rows that are set aside whole
    """
    table, listed = cast.table.copy(deep=False), []
    for one in _of_cells(results):
        assert one.broken is not None
        column, broken = one.rule.columns[0], one.broken & ~out
        if broken.any():
            table[column] = table[column].mask(broken)
            listed.append(pd.DataFrame({LINE: table[LINE].to_numpy()[broken], "column": column, "rule": one.rule.id}))
    none = pd.DataFrame(
        {LINE: pd.Series(dtype="int64"), "column": pd.Series(dtype="str"), "rule": pd.Series(dtype="str")}
    )
    every = pd.concat(listed, ignore_index=True) if listed else none
    return Cells(table=table, listed=every.sort_values(LINE, kind="stable", ignore_index=True))


def shares(cast: CastTable, results: list[Result], out: np.ndarray, contract: Contract) -> list[Result]:
    """For each column of which cells may be set aside: whether they are no more than the contract tolerates of its answers.

    An answer is a text that is there and no missing code, in a row that stays.
    """
    marked: dict[str, np.ndarray] = {}
    for one in _of_cells(results):
        column = one.rule.columns[0]
        marked[column] = marked.get(column, np.zeros(len(out), dtype=bool)) | (one.broken & ~out)
    return [_share(cast, column, broken, out, contract.max_quarantined_share) for column, broken in marked.items()]


def _share(cast: CastTable, column: str, broken: np.ndarray, out: np.ndarray, most: float) -> Result:
    answered = (cast.table[column].notna().to_numpy(dtype=bool) | cast.failed[column]) & ~out
    n, n_answers = int(broken.sum()), int(answered.sum())
    too_many = n > most * n_answers
    return Result(
        rule=Rule(kind="cells_share", columns=(column,), scope="table", maximum=most),
        outcome="fail" if too_many else "pass",
        n_failed=n if too_many else 0,
        n_judged=n_answers,
        broken=broken,
        expressible=False,
    )


def _of_cells(results: list[Result]) -> list[Result]:
    return [
        one
        for one in results
        if one.broken is not None and one.rule.scope == "cell" and one.rule.severity == "critical"
    ]
