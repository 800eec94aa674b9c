"""Do counts vary more, or less, than counting alone would make them? Decides between p and p′, and between u and u′.

von Neumann, Kent, Bellinson and Hart (1941). The mean square successive difference. Annals of Mathematical Statistics 12(2), 153-162.
doi:10.1214/aoms/1177731746. Its distribution is approximated by a chi-square with the same mean and variance.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cycles.core.phrases import number

LEVEL = 0.05
LEAST_EXPECTED = 5.0
"""Expected counts below which standard scores are too lopsided for the test."""
LEAST_POINTS = 6
_D2 = 1.128


@dataclass(frozen=True, kw_only=True)
class Dispersion:
    """Variance between neighbouring points over the one that counting alone gives: the ratio, and its two-sided p value.

    Both are None where the counts are too small or too few to tell.
    """

    ratio: float | None
    p: float | None

    @property
    def state(self) -> Literal["more", "less", "as expected", "cannot say"]:
        """Whether the points vary more or less than counting alone explains, at the 5% level."""
        if self.ratio is None or self.p is None:
            return "cannot say"
        if self.p >= LEVEL:
            return "as expected"
        return "more" if self.ratio > 1 else "less"

    @property
    def text(self) -> str:
        """The test in words."""
        if self.ratio is None or self.p is None:
            return "the counts are too small or too few to test whether they vary more than counting alone explains"
        times = f"{number(self.ratio)} times the variance that counting alone explains"
        how = "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"
        return f"neighbouring points show {times} (mean square successive difference, {how})"


def dispersion(scores: Iterable[np.ndarray], *, expected: np.ndarray) -> Dispersion:
    r"""Test the variation between neighbouring points; a shift of level from one phase to the next does not enter.

    With standard scores :math:`z` of :math:`k` points, :math:`\delta = \tfrac12 \sum (z_{i+1} - z_i)^2` has mean :math:`k - 1` and variance
    :math:`3k - 4` where counting alone makes them vary.

    Parameters
    ----------
    scores : the standard scores of each phase, in order
    expected : expected counts, of what is counted and (for proportions) of the rest

    Examples
    --------
    >>> steady = np.array([0.1, -0.1] * 10)
    >>> dispersion([steady], expected=np.full(20, 30.0)).state
    'less'
    """
    phases = [one for one in scores if len(one) >= 2]
    n_points = sum(map(len, phases))
    if n_points < LEAST_POINTS or float(np.mean(expected)) < LEAST_EXPECTED:
        return Dispersion(ratio=None, p=None)
    from scipy.stats import chi2

    found = sum(float((np.diff(one) ** 2).sum()) / 2 for one in phases)
    mean = sum(len(one) - 1 for one in phases)
    df = 2 * mean**2 / sum(3 * len(one) - 4 for one in phases)
    at = found * df / mean
    return Dispersion(ratio=found / mean, p=float(min(1.0, 2 * min(chi2.cdf(at, df), chi2.sf(at, df)))))


def spread_of_scores(away: np.ndarray, sigma: np.ndarray) -> float:
    """Laney's ratio: the mean moving range of standard scores over 1.128; 1 where counting alone makes them vary.

    >>> round(spread_of_scores(np.array([1.0, -1.0, 1.0]), np.ones(3)), 3)
    1.773
    """
    if not (sigma > 0).all():
        return 1.0
    return float(np.abs(np.diff(away / sigma)).mean()) / _D2
