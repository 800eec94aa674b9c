"""Weights that give the comparison exactly the change arm's means, and stay as close as they can to equal weights.

Hainmueller, J. (2012). Entropy balancing for causal effects. Political Analysis, 20(1), 25-46. doi:10.1093/pan/mpr025
"""

import numpy as np

from cycles.core.errors import DesignError
from cycles.study.inference.least_squares import Floats

STEPS = 200
BALANCED = 1e-10
"""Largest difference left, in standard deviations, that counts as none."""

RUNAWAY = 1e6
"""Multipliers (per standard deviation) beyond this have no top to arrive at."""


def entropy_weights(columns: Floats, target: Floats, *, base: Floats) -> Floats:
    r"""Weights of the comparison's units.

    .. math:: w_i \propto q_i\, e^{\lambda'(x_i - \bar x_1)}, \quad
              \lambda = \arg\min \log \textstyle\sum_i q_i\, e^{\lambda'(x_i - \bar x_1)}

    Parameters
    ----------
    columns : array (n, k), the comparison's covariates, not collinear
    target : array (k,), the means they shall have
    base : array (n,), the weights to stay close to, above zero

    Returns
    -------
    array (n,)
        Above zero, adding up to one; the weighted means of `columns` are `target`.

    Raises
    ------
    DesignError
        CY315 when no weights above zero have these means.

    Notes
    -----
    Newton's method on the dual, which is convex: k unknowns however many units there are. Where it does not arrive, a linear program
    decides whether any weights could.

    Examples
    --------
    >>> entropy_weights(np.array([[0.0], [1.0], [2.0]]), np.array([1.0]), base=np.ones(3)).round(6).tolist()
    [0.333333, 0.333333, 0.333333]
    """
    spread = columns.std(axis=0)
    usable = spread > 0
    fixed = np.abs(columns[0] - target)[~usable] if len(columns) else np.ones(1)
    if np.any(fixed > BALANCED * np.maximum(1.0, np.abs(target[~usable]))):
        raise DesignError("a covariate has one value in the comparison and another in the change arm", code="CY315")
    away = (columns[:, usable] - target[usable]) / spread[usable]
    weights = _newton(away, base / base.sum())
    if weights is None:
        _require_weights(away)
        raise DesignError("the weights that would balance the arms are too extreme to be computed", code="CY315")
    return weights


def _newton(away: Floats, base: Floats) -> Floats | None:
    multipliers = np.zeros(away.shape[1])
    height, weights = _dual(away, base, multipliers)
    for _ in range(STEPS):
        slope = away.T @ weights
        if np.abs(slope).max(initial=0.0) < BALANCED:
            return weights
        curvature = (away * weights[:, None]).T @ away - np.outer(slope, slope)
        try:
            step: Floats = -np.linalg.solve(curvature, slope).astype(float)
        except np.linalg.LinAlgError:
            return None
        if not np.abs(multipliers + step).max(initial=0.0) < RUNAWAY:
            return None
        multipliers, height, weights = _lower(away, base, multipliers, step, height, float(slope @ step))
    return None


def _lower(
    away: Floats, base: Floats, multipliers: Floats, step: Floats, height: float, fall: float
) -> tuple[Floats, float, Floats]:
    """The step, halved until the dual falls as its slope promises; near the bottom rounding may hide the fall."""
    share = 1.0
    for _ in range(40):
        reached = multipliers + share * step
        low, weights = _dual(away, base, reached)
        if low <= height + 1e-4 * share * fall + 1e-14:
            break
        share /= 2
    return reached, low, weights


def _dual(away: Floats, base: Floats, multipliers: Floats) -> tuple[float, Floats]:
    powers = away @ multipliers
    top = float(powers.max())
    weights = base * np.exp(powers - top)
    total = float(weights.sum())
    return top + float(np.log(total)), weights / total


def _require_weights(away: Floats) -> None:
    """CY315 when the target lies outside everything the comparison's units span."""
    from scipy.optimize import linprog

    n, k = away.shape
    found = linprog(
        np.zeros(n), A_eq=np.vstack([away.T, np.ones(n)]), b_eq=np.append(np.zeros(k), 1.0), bounds=(0, None)
    )
    if found.status == 2:
        raise DesignError("the change arm's means lie outside the range of the comparison", code="CY315")
