"""Effects of units and of periods taken out of columns of any length, by way of the cells of unit and period.

What units and periods say of a row depends on its cell alone. So the rows are added up by cell once, and the equations are solved for
periods only, whatever the number of rows and units.

Wooldridge, J. M. (2021). Two-way fixed effects, the two-way Mundlak regression, and difference-in-differences estimators.
doi:10.2139/ssrn.3906345
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cycles.core.errors import DesignError
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Ints

SAME = 1e-9
"""Columns that differ within cells by less than this share of their size are the same there, apart from rounding."""

MOST_PERIODS = 5000
"""Periods (or units, whichever are fewer) from which on the equations are no longer solved at once."""

SPARSE = 4
"""Cells are numbered one by one, rather than left empty, when there are more than this many times as many as rows."""


@dataclass(frozen=True)
class TwoWayCells:
    """Rows by cell: `unit` and `period` of each cell, how many rows it has, and the cell of each row (None: one row each, in order)."""

    unit: Ints
    period: Ints
    count: Floats
    of_row: Ints | None

    @property
    def n_units(self) -> int:
        """Units."""
        return int(self.unit.max()) + 1

    @property
    def n_periods(self) -> int:
        """Periods."""
        return int(self.period.max()) + 1

    def mean(self, column: Floats) -> Floats:
        """Mean of a column of rows in each cell."""
        if self.of_row is None:
            return column
        return np.bincount(self.of_row, weights=column, minlength=len(self.count)) / self.count

    def at_rows(self, cells: Floats) -> Floats:
        """A number of each cell, at each of its rows."""
        return cells if self.of_row is None else cells[self.of_row]


def two_way_cells(unit: Ints, period: Ints) -> TwoWayCells:
    """Number the cells of unit and period.

    Parameters
    ----------
    unit, period : arrays (n,) of whole numbers from 0 on, each present

    Returns
    -------
    TwoWayCells

    Examples
    --------
    >>> found = two_way_cells(np.array([0, 0, 1, 1]), np.array([0, 0, 0, 1]))
    >>> found.unit.tolist(), found.period.tolist(), found.count.tolist()
    ([0, 1, 1], [0, 0, 1], [2.0, 1.0, 1.0])
    """
    n_periods = int(period.max()) + 1
    code = unit * n_periods + period
    if (int(unit.max()) + 1) * n_periods > SPARSE * len(code):
        present, of_row = np.unique(code, return_inverse=True)
        count = np.bincount(of_row)
    else:
        every = np.bincount(code)
        present = np.flatnonzero(every)
        place = np.zeros(len(every), dtype=np.intp)
        place[present] = np.arange(len(present))
        of_row = code if len(present) == len(every) else place[code]
        count = every[present]
    each = len(present) == len(code) and bool((of_row == np.arange(len(code))).all())
    return TwoWayCells(present // n_periods, present % n_periods, count.astype(float), None if each else of_row)


def taken_out(cells: TwoWayCells, columns: Floats) -> Floats:
    """What is left of means of cells when each unit and each period has an effect of its own.

    Parameters
    ----------
    cells : the cells
    columns : array (cells, k) of means

    Returns
    -------
    array (cells, k)
        Weighted by rows, their means within every unit and every period are zero.

    Raises
    ------
    DesignError
        CY306 with more than 5,000 of both units and periods.
    """
    if cells.n_units < cells.n_periods:
        return _solved(columns, cells.count, cells.period, cells.unit)
    return _solved(columns, cells.count, cells.unit, cells.period)


def same_within(cells: TwoWayCells, column: Floats, mean: Floats) -> bool:
    """Whether a column of rows is the same throughout every cell."""
    if cells.of_row is None:
        return True
    size = float(np.abs(mean).max(initial=0.0))
    return bool(np.abs(column - mean[cells.of_row]).max(initial=0.0) <= SAME * max(size, 1e-300))


def _solved(columns: Floats, count: Floats, many: Ints, few: Ints) -> Floats:
    """Normal equations of the fewer effects, the others eliminated from them."""
    from scipy.sparse import csr_array

    table: Any

    n_many, n_few = int(many.max()) + 1, int(few.max()) + 1
    if n_few > MOST_PERIODS:
        raise DesignError(f"{n_few:,} periods and more units are too many", code="CY306", fix="Use longer periods.")
    per_many, per_few = np.bincount(many, weights=count), np.bincount(few, weights=count)
    table = csr_array((count, (many, few)), shape=(n_many, n_few))
    left = columns - _means(columns, count, many, per_many)[many]
    equations = np.diag(per_few) - (table.T @ (table / per_many[:, None])).toarray()
    right = np.column_stack([np.bincount(few, weights=count * column, minlength=n_few) for column in left.T])
    effects = np.linalg.lstsq(equations, right, rcond=n_few * np.finfo(float).eps)[0]
    left = columns - effects[few]
    return left - _means(left, count, many, per_many)[many]


def _means(columns: Floats, count: Floats, groups: Ints, size: Any) -> Floats:
    sums = [np.bincount(groups, weights=count * column, minlength=len(size)) for column in columns.T]
    return np.column_stack(sums) / size[:, None]
