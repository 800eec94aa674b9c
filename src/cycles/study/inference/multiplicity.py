"""Several effects looked at together: p-values adjusted so that none of them is striking by chance alone.

Holm, S. (1979). A simple sequentially rejective multiple test procedure. Scandinavian Journal of Statistics, 6(2), 65-70.
Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. JRSS B, 57(1), 289-300.
doi:10.1111/j.2517-6161.1995.tb02031.x
"""

import numpy as np
from numpy.typing import ArrayLike

from cycles.study.inference.least_squares import Floats


def holm(p: ArrayLike) -> Floats:
    """Holm's adjusted p-values: among those below alpha, the chance of any false one is at most alpha, however they depend.

    >>> holm([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.06, 0.06]
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(values, kind="stable")
    steps = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    return _back(np.minimum(steps, 1.0), order)


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Benjamini and Hochberg's adjusted p-values: among those below alpha, the expected share of false ones is at most alpha.

    >>> benjamini_hochberg([0.01, 0.04, 0.03]).round(4).tolist()
    [0.03, 0.04, 0.04]
    """
    values = np.asarray(p, dtype=float)
    order = np.argsort(-values, kind="stable")
    n = len(values)
    steps = np.minimum.accumulate(values[order] * n / np.arange(n, 0, -1))
    return _back(np.minimum(steps, 1.0), order)


def any_by_chance(n: int, alpha: float = 0.05) -> float:
    """Chance that at least one of `n` independent true zeros is below `alpha`.

    >>> round(any_by_chance(81), 2)
    0.98
    """
    return 1 - (1 - alpha) ** n


def _back(adjusted: Floats, order: np.ndarray) -> Floats:
    found = np.empty(len(adjusted))
    found[order] = adjusted
    return found
