"""Whether one log odds ratio describes every cut of an ordered answer: Brant's test, with a covariance by clusters.

Brant, R. (1990). Assessing proportionality in the proportional odds model for ordinal logistic regression. Biometrics, 46(4), 1171-1178.
doi:10.2307/2532457
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc

from cycles.core.errors import DesignError
from cycles.study.inference.cluster_spectra import cluster_sums
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.logit import fit_logit, shares
from cycles.study.inference.sample import Ints


@dataclass(frozen=True, kw_only=True)
class Cuts:
    """One log odds ratio for each cut, and a Wald test that they are the same; `p` None where that cannot be tested, for `reason`."""

    log_odds: tuple[float | None, ...]
    statistic: float | None = None
    p: float | None = None
    reason: str = ""


def proportionality(place: Ints, design: Floats, terms: tuple[str, ...], *, focus: int, clusters: Ints | None) -> Cuts:
    r"""Whether one log odds ratio describes every cut: Brant's test of one term, its covariance by clusters.

    A logistic regression at each cut; the joint covariance of their log odds ratios is the sandwich of their influence, summed by cluster,
    times G/(G - 1), and the Wald statistic over its degrees of freedom is held against F with G - q.

    Parameters
    ----------
    place, design, terms : as for :func:`cycles.study.inference.ordered_logit.fit_ordered_logit`
    focus : place of the term
    clusters : array (n,) of whole numbers 0..G-1, or None: every unit is its own

    Examples
    --------
    >>> place, arm = np.array([0, 0, 1, 2, 0, 1, 2, 2]), np.repeat([0.0, 1.0], 4)
    >>> [round(one, 4) for one in proportionality(place, arm[:, None], ("arm",), focus=0, clusters=None).log_odds]
    [1.0986, 1.0986]
    """
    whole, names = np.column_stack([np.ones(len(place)), design]), ("intercept", *terms)
    values: list[float | None] = []
    influence: list[Floats] = []
    for cut in range(int(place.max())):
        above = (place > cut).astype(float)
        try:
            fit = fit_logit(above, whole, names)
        except DesignError:
            values.append(None)
            continue
        share = shares(whole, fit.log_odds)
        bread = np.linalg.inv(whole.T @ (whole * (share * (1 - share))[:, None]))
        values.append(float(fit.log_odds[focus + 1]))
        influence.append(((above - share)[:, None] * whole) @ bread[:, focus + 1])
    if any(one is None for one in values):
        return Cuts(log_odds=tuple(values), reason="at one cut too few stand on one side to compare them")
    each = np.column_stack(influence)
    sums = each if clusters is None else cluster_sums(each, clusters)
    groups, q = len(sums), len(values) - 1
    if q == 0 or groups <= q + 1:
        return Cuts(log_odds=tuple(values), reason="there is one cut only" if q == 0 else "there are too few clusters")
    gaps = np.diff(np.array(values, dtype=float))
    spread = np.diff(sums, axis=1)
    wald = float(gaps @ np.linalg.solve(spread.T @ spread * groups / (groups - 1), gaps))
    return Cuts(log_odds=tuple(values), statistic=wald / q, p=float(fdtrc(q, groups - q, wald / q)))
