r"""What is left of a finding when students of assigned clusters were analysed as if each had been assigned alone.

What Works Clearinghouse (2020). Procedures Handbook, version 4.1, appendix F.
Hedges, L. V. (2007). Correcting a significance test for clustering. Journal of Educational and Behavioral Statistics, 32(2), 151-179.
doi:10.3102/1076998606298040
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Record
from cycles.study.inference.wwc import cluster_df, design_effect

APPENDIX = "WWC 4.1 Appendix F"


@dataclass(frozen=True, kw_only=True, repr=False)
class ClusteringCorrection(Record):
    """A t statistic that ignored clusters, as it is and as corrected, with degrees of freedom and two-sided p of the corrected one."""

    t_ignoring: float
    t: float
    df: float
    p: float
    icc: float

    @property
    def text(self) -> str:
        """The correction as one sentence."""
        return (
            f"Corrected for clusters ({APPENDIX}, intra-class correlation {self.icc:.2f}): t {self.t_ignoring:.2f} becomes {self.t:.2f} on "
            f"{self.df:.1f} degrees of freedom, p = {self.p:.3f}."
        )


def clustering_correction(
    g: float, *, n_change: int, n_comparison: int, n_clusters: int, icc: float
) -> ClusteringCorrection:
    r"""Correct the significance of an effect size whose analysis took students of assigned clusters as independent.

    .. math:: t = \frac{g}{\sqrt{1/n_1 + 1/n_0 + g^2 / (2N)}}, \quad
              t_c = t \sqrt{\frac{(N - 2) - 2 (n - 1)\rho}{(N - 2)[1 + (n - 1)\rho]}}, \quad \text{df} = h

    Parameters
    ----------
    g : Hedges' g, clusters ignored
    n_change, n_comparison : units analysed in each arm
    n_clusters : clusters in both arms together
    icc : intra-class correlation, 0-1; the handbook takes .20 for achievement and .10 for other outcomes where it is not known

    Returns
    -------
    ClusteringCorrection

    Raises
    ------
    DesignError
        CY303 with fewer than three clusters, CY309 for an intra-class correlation outside 0-1.

    Notes
    -----
    For reading a finding of others, or an analysis that ignored its clusters; a standard error that is robust to clusters needs no such
    correction. It is the rule of version 4.1 and is named so wherever it is used.

    Examples
    --------
    >>> found = clustering_correction(0.30, n_change=200, n_comparison=200, n_clusters=20, icc=0.20)
    >>> round(found.t_ignoring, 6), round(found.t, 3), round(found.df, 2), round(found.p, 3)
    (2.983266, 1.349, 231.66, 0.179)
    """
    if n_clusters < 3:
        raise DesignError("the correction needs at least three clusters", code="CY303")
    if not 0 <= icc <= 1:
        raise DesignError("an intra-class correlation lies between 0 and 1", code="CY309")
    n = n_change + n_comparison
    ignoring = g / float(np.sqrt(1 / n_change + 1 / n_comparison + g**2 / (2 * n)))
    left = (n - 2) - 2 * (n / n_clusters - 1) * icc
    corrected = ignoring * float(np.sqrt(left / ((n - 2) * design_effect(n, n_clusters, icc))))
    df = cluster_df(n, n_clusters, icc)
    assert df is not None  # three clusters or more
    return ClusteringCorrection(
        t_ignoring=ignoring, t=corrected, df=df, p=2 * float(stdtr(df, -abs(corrected))), icc=icc
    )
