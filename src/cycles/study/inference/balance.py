"""How alike two arms are in what was known before, as they were and as weights make them.

Austin, P. C. (2009). Balance diagnostics for comparing the distribution of baseline covariates between treatment groups in
propensity-score matched samples. Statistics in Medicine, 28(25), 3083-3107. doi:10.1002/sim.3697
"""

import numpy as np
import pandas as pd

from cycles.study.inference.least_squares import Floats

COLUMNS = [
    "covariate",
    "smd_before",
    "smd_after",
    "mean_change",
    "mean_comparison",
    "mean_change_after",
    "mean_comparison_after",
]


def balance_table(
    arm: Floats, columns: Floats, names: tuple[str, ...], *, after: Floats, before: Floats | None = None
) -> pd.DataFrame:
    """Standardised mean differences, change minus comparison, before and after weighting.

    Parameters
    ----------
    arm : array (n,) of 0 and 1
    columns : array (n, k)
    names : of the columns
    after : array (n,), the weights; zero for a unit that is left out
    before : array (n,), how many units each one stands for; one each when None

    Returns
    -------
    DataFrame, one row per column
        `covariate, smd_before, smd_after`, in standard deviations of the change arm before weighting (of both arms where it has none;
        None where neither has), and the four means behind them.

    Examples
    --------
    >>> arm, x = np.array([1.0, 1, 0, 0]), np.array([[1.0], [3], [1], [1]])
    >>> balance_table(arm, x, ("x",), after=np.ones(4)).smd_before.round(6).tolist()
    [0.707107]
    """
    plain = np.ones(len(arm)) if before is None else before
    rows = [_row(arm, column, name, plain, after) for name, column in zip(names, columns.T, strict=True)]
    return pd.DataFrame(rows, columns=COLUMNS)


def effective_number(weights: Floats) -> float:
    """How many units of equal weight would tell as much: the square of the sum over the sum of squares (Kish 1965).

    >>> effective_number(np.array([1.0, 1.0, 2.0]))
    2.6666666666666665
    """
    return float(weights.sum() ** 2 / (weights**2).sum())


def _row(arm: Floats, column: Floats, name: str, before: Floats, after: Floats) -> dict[str, object]:
    sd = _spread(arm, column, before)
    was = [_mean(arm, column, before, code) for code in (1, 0)]
    now = [_mean(arm, column, after, code) for code in (1, 0)]
    smd = [None if sd is None else float((change - comparison) / sd) for change, comparison in (was, now)]
    return dict(zip(COLUMNS, (name, *smd, *was, *now), strict=True))


def _mean(arm: Floats, column: Floats, weights: Floats, code: int) -> float:
    own = arm == code
    return float(np.average(column[own], weights=weights[own]))


def _spread(arm: Floats, column: Floats, weights: Floats) -> float | None:
    """The change arm's standard deviation; where it has none, that within both arms; of yes and no, from the share."""
    found = [_variance(column[arm == code], weights[arm == code]) for code in (1, 0)]
    least = 1e-18 * max(1.0, float(np.abs(column).max())) ** 2
    usable = [one for one in (found[0], sum(found) / 2) if one > least]
    return float(np.sqrt(usable[0])) if usable else None


def _variance(values: Floats, weights: Floats) -> float:
    share = weights / weights.sum()
    spread = float(share @ (values - share @ values) ** 2)
    if np.isin(values, (0.0, 1.0)).all():
        return spread
    return spread / (1 - float(share @ share)) if len(values) > 1 else 0.0
