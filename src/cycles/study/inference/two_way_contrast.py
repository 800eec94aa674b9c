"""What two-way fixed effects would say of series that began at different times, and how far that can be trusted.

Goodman-Bacon, A. (2021). Difference-in-differences with variation in treatment timing. Journal of Econometrics, 225(2), 254-277.
doi:10.1016/j.jeconom.2021.03.014
de Chaisemartin, C., & D'Haultfoeuille, X. (2020). Two-way fixed effects estimators with heterogeneous treatment effects. American Economic
Review, 110(9), 2964-2996. doi:10.1257/aer.20181169
"""

from dataclasses import dataclass

import numpy as np

from cycles.core.phrases import chance, difference
from cycles.study.inference.starts import NEVER, Starts
from cycles.study.inference.starts_by_diff_diff import already_begun_share


@dataclass(frozen=True)
class TwoWayContrast:
    """The coefficient; the share of its weights that are negative; the weight on comparisons with series already under the change."""

    value: float
    negative_share: float
    already_begun_share: float

    def told(self, unit: str) -> str:
        """The contrast, in the values' unit, and why it may mislead."""
        sign = "-" if self.value < 0 else "+"
        said = f"For contrast only, two-way fixed effects would say {sign}{difference(self.value, unit)}."
        if not self.already_begun_share:
            return said
        wrong = (
            f", and gives {chance(self.negative_share)} of its weights the wrong sign" if self.negative_share else ""
        )
        return (
            f"{said} It compares series that begin with others already under the change ({chance(self.already_begun_share)} of its "
            f"weight), as if their effects did not grow{wrong} (Goodman-Bacon 2021)."
        )


def two_way_contrast(starts: Starts) -> TwoWayContrast:
    """Regress the values on being under the change, with an effect of each series and each period.

    Parameters
    ----------
    starts : complete series, some of which began

    Returns
    -------
    TwoWayContrast

    Examples
    --------
    >>> values = np.array([[0.0, 0, 0], [0, 1, 5]])
    >>> found = two_way_contrast(Starts(values, np.array([0, 1]), np.array([NEVER, 1]), ("1", "2", "3")))
    >>> round(found.value, 9), found.negative_share, found.already_begun_share
    (3.0, 0.0, 0.0)
    """
    periods = np.arange(starts.values.shape[1])
    under = ((starts.starts[:, None] != NEVER) & (periods >= starts.starts[:, None])).astype(float)
    sizes = starts.sizes[:, None]
    in_period = np.average(under, axis=0, weights=starts.sizes)
    left = under - under.mean(axis=1, keepdims=True) - in_period + in_period.mean()
    weights = left * sizes
    own = weights[under > 0]
    return TwoWayContrast(
        value=float((weights * starts.means).sum() / (weights * under).sum()),
        negative_share=float(np.abs(own[own < 0]).sum() / np.abs(own).sum()),
        already_begun_share=already_begun_share(starts) if len(starts.began) > 1 else 0.0,
    )
