r"""Effect size of a yes-or-no outcome on the scale of a standardised mean difference.

Cox, D. R. (1970). Analysis of Binary Data. Chapman & Hall.
Sanchez-Meca, J., Marin-Martinez, F., & Chacon-Moscoso, S. (2003). Effect-size indices for dichotomized outcomes in meta-analysis.
Psychological Methods, 8(4), 448-467. doi:10.1037/1082-989X.8.4.448
What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, appendix E.
"""

from dataclasses import dataclass

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Record
from cycles.study.inference.effect_size import improvement_index, small_sample_factor

PER_STANDARD_DEVIATION = 1.65
"""Log odds that make about one standard deviation."""


@dataclass(frozen=True, kw_only=True, repr=False)
class CoxIndex(Record):
    """The Cox index with its standard error; `without_omega` is the index before the small-sample correction."""

    index: float
    se: float
    without_omega: float
    omega: float
    n: int
    improvement_index: float

    @property
    def text(self) -> str:
        """The index as one sentence."""
        plain = f"without the small-sample correction {self.without_omega:+.3f}"
        return f"Cox index {self.index:+.3f} (standard error {self.se:.3f}; {self.n:,} units; {plain})."


def cox_index(change_share: float, comparison_share: float, *, n_change: int, n_comparison: int) -> CoxIndex:
    r"""Difference of two shares as a standardised effect size.

    .. math:: d_{Cox} = \frac{\omega}{1.65} \ln \frac{p_1 (1 - p_0)}{p_0 (1 - p_1)}, \quad
              SE = \frac{\omega}{1.65} \sqrt{\frac{1}{n_1 p_1} + \frac{1}{n_1 (1 - p_1)} + \frac{1}{n_0 p_0} + \frac{1}{n_0 (1 - p_0)}},
              \quad \omega = 1 - \frac{3}{4 N - 9}

    Parameters
    ----------
    change_share, comparison_share : shares with the outcome in each arm, above 0 and below 1
    n_change, n_comparison : units in each arm

    Returns
    -------
    CoxIndex
        In standard deviations.

    Raises
    ------
    DesignError
        CY304 for a share of 0 or 1 (the odds are not defined), CY309 for anything outside 0-1, CY306 for an arm without two units.

    Notes
    -----
    Takes units as independent; with clusters assigned together its variance is that times the design effect.

    Examples
    --------
    >>> found = cox_index(0.8, 0.6, n_change=100, n_comparison=100)
    >>> round(found.without_omega, 6), round(found.se, 4)
    (0.594442, 0.1949)
    """
    for share in (change_share, comparison_share):
        if not 0 <= share <= 1:
            raise DesignError("a share lies between 0 and 1", code="CY309")
        if share in (0, 1):
            raise DesignError("everybody in an arm has the same outcome, so its odds are not defined", code="CY304")
    if min(n_change, n_comparison) < 2:
        raise DesignError("an effect size needs at least two units in each arm", code="CY306")
    omega = small_sample_factor(n_change + n_comparison)
    plain = (_log_odds(change_share) - _log_odds(comparison_share)) / PER_STANDARD_DEVIATION
    spread = _variance(change_share, n_change) + _variance(comparison_share, n_comparison)
    return CoxIndex(
        index=omega * plain,
        se=omega * float(np.sqrt(spread)) / PER_STANDARD_DEVIATION,
        without_omega=plain,
        omega=omega,
        n=n_change + n_comparison,
        improvement_index=improvement_index(omega * plain),
    )


def _log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def _variance(share: float, n: int) -> float:
    return 1 / (n * share) + 1 / (n * (1 - share))
