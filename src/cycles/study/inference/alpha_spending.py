"""Looking more than once: what it does to a test, and bounds that allow for it.

Lan, K. K. G., & DeMets, D. L. (1983). Discrete sequential boundaries for clinical trials. Biometrika, 70(3), 659-663.
doi:10.1093/biomet/70.3.659
O'Brien, P. C., & Fleming, T. R. (1979). A multiple testing procedure for clinical trials. Biometrics, 35(3), 549-556.
doi:10.2307/2530245
Armitage, P., McPherson, C. K., & Rowe, B. C. (1969). Repeated significance tests on accumulating data. JRSS A, 132(2), 235-244.
doi:10.2307/2343787
"""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from cycles.core.errors import ParameterError
from cycles.study.inference.least_squares import Floats

NODES = 240
"""Points at which the density between two looks is kept; 5 looks agree with published bounds to 4 decimals."""

NEVER = 8.0
"""A bound in standard errors that chance never crosses; spending less than its tail is spending nothing."""


def obrien_fleming_spending(fraction: float, alpha: float = 0.05) -> float:
    r"""Two-sided alpha spent when a `fraction` of the information is in.

    .. math:: \alpha^*(t) = 4 - 4 \Phi(z_{1 - \alpha/4} / \sqrt t)

    Two one-sided tests, each at half of alpha.

    Examples
    --------
    >>> round(obrien_fleming_spending(0.5), 6)
    0.003051
    """
    return float(4 * ndtr(-ndtri(1 - alpha / 4) / np.sqrt(fraction)))


def spending_bounds(fractions: Sequence[float], alpha: float = 0.05) -> list[float]:
    """Bounds on |z| at each look, by O'Brien and Fleming's spending function.

    Parameters
    ----------
    fractions : share of the information at each look, rising, above 0 and up to 1
    alpha : two-sided chance of ever crossing a bound without any effect

    Returns
    -------
    list of float
        One bound per look, at most 8: what chance never crosses.

    Raises
    ------
    ParameterError
        CY105 when the fractions do not rise within 0-1.

    Examples
    --------
    >>> [round(bound, 3) for bound in spending_bounds([0.5, 1.0])]
    [2.963, 1.969]
    """
    times = _times(fractions)
    bounds: list[float] = []
    spent = 0.0
    walk = _Walk()
    for time in times:
        due = obrien_fleming_spending(time, alpha)
        bound = _bound(walk.crossing_at(time), due - spent)
        spent += walk.crossing_at(time)(bound)
        walk.move(time, bound)
        bounds.append(bound)
    return bounds


def false_alarm(fractions: Sequence[float], bounds: Sequence[float]) -> float:
    """Chance of crossing any of these bounds on |z| when there is no effect.

    >>> round(false_alarm([0.2, 0.4, 0.6, 0.8, 1.0], [1.959964] * 5), 3)
    0.142
    """
    walk, total = _Walk(), 0.0
    for time, bound in zip(_times(fractions), bounds, strict=True):
        total += walk.crossing_at(time)(bound)
        walk.move(time, bound)
    return total


class _Walk:
    """A Brownian motion that has not crossed yet: its density at the last look, at the nodes of a quadrature."""

    def __init__(self) -> None:
        self.time = 0.0
        self.places: Floats = np.zeros(1)
        self.mass: Floats = np.ones(1)

    def crossing_at(self, time: float) -> Callable[[float], float]:
        """The chance of first crossing at `time`, as a function of the bound on |z|."""
        step = np.sqrt(time - self.time)

        def crossing(bound: float) -> float:
            edge = bound * np.sqrt(time)
            return float(self.mass @ (ndtr((self.places - edge) / step) + ndtr((-edge - self.places) / step)))

        return crossing

    def move(self, time: float, bound: float) -> None:
        """On to `time`, leaving out what crossed the bound there."""
        nodes, weights = _quadrature()
        edge, step = bound * np.sqrt(time), np.sqrt(time - self.time)
        places = nodes * edge
        density = np.exp(-0.5 * ((places[:, None] - self.places) / step) ** 2) / (step * np.sqrt(2 * np.pi))
        self.time, self.places, self.mass = time, places, weights * edge * (density @ self.mass)


@cache
def _quadrature() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(NODES)
    return nodes, weights


def _bound(crossing: Callable[[float], float], wanted: float) -> float:
    if crossing(NEVER) >= wanted:
        return NEVER
    return float(brentq(lambda bound: crossing(bound) - wanted, 0.0, NEVER, xtol=1e-10))


def _times(fractions: Sequence[float]) -> list[float]:
    times = [float(one) for one in fractions]
    if not times or times[0] <= 0 or times[-1] > 1 or any(later <= one for one, later in pairwise(times)):
        raise ParameterError(
            "the shares of information at the looks do not rise within 0-1", code="CY105", where="fractions"
        )
    return times
