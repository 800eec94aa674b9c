r"""One answer from several completed data sets: Rubin's rules, with degrees of freedom for small samples.

Rubin, D. B. (1987). Multiple Imputation for Nonresponse in Surveys. Wiley. doi:10.1002/9780470316696
Barnard, J., & Rubin, D. B. (1999). Small-sample degrees of freedom with multiple imputation. Biometrika, 86(4), 948-955.
doi:10.1093/biomet/86.4.948
"""

from dataclasses import dataclass

import numpy as np

from cycles.study.inference.least_squares import Floats


@dataclass(frozen=True)
class Pooled:
    """What several completed data sets say together, one entry per term.

    `missing_information` is the share of the information about a term that the missing values took with them.
    """

    value: Floats
    se: Floats
    df: Floats
    missing_information: Floats


def pooled(values: Floats, se: Floats, df: Floats) -> Pooled:
    r"""Rubin's rules for each term.

    .. math:: T = \bar U + (1 + 1/m) B, \quad \nu = \Big(\frac{1}{\nu_m} + \frac{1}{\nu_{obs}}\Big)^{-1}, \quad
              \nu_m = \frac{m - 1}{\lambda^2}, \quad \nu_{obs} = \frac{\nu_c + 1}{\nu_c + 3} \nu_c (1 - \lambda), \quad
              \lambda = (1 + 1/m) B / T

    Parameters
    ----------
    values, se : array (m, k), the estimates and their standard errors in m completed data sets
    df : array (m, k), the degrees of freedom that each would have, were its data complete; their mean is used

    Returns
    -------
    Pooled

    Examples
    --------
    >>> found = pooled(np.array([[1.0], [1.2], [0.8]]), np.full((3, 1), 0.5), np.full((3, 1), 20.0))
    >>> round(float(found.value[0]), 6), round(float(found.se[0]), 6), round(float(found.df[0]), 4)
    (1.0, 0.550757, 12.2098)
    """
    m = len(values)
    within, between = (se**2).mean(axis=0), values.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(total > 0, (1 + 1 / m) * between / total, 0.0)
        complete = df.mean(axis=0)
        observed = (complete + 1) / (complete + 3) * complete * (1 - share)
        old = (m - 1) / share**2
        left = np.where(np.isfinite(old), old * observed / (old + observed), observed)
        ratio = share / (1 - share)
        lost = (ratio + 2 / (left + 3)) / (ratio + 1)
    return Pooled(values.mean(axis=0), np.sqrt(total), left, np.where(between > 0, lost, 0.0))
