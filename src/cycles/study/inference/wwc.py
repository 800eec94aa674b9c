r"""Effect sizes of the What Works Clearinghouse when whole clusters were assigned: their value, standard error and degrees of freedom.

What Works Clearinghouse (2022). Procedures and Standards Handbook, version 5.0, appendix E.
Hedges, L. V. (2007). Effect sizes in cluster-randomized designs. Journal of Educational and Behavioral Statistics, 32(4), 341-370.
doi:10.3102/1076998606298043
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from cycles.core.vocabulary import Estimate, Panel
from cycles.study.inference.cox_index import cox_index
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Sample

HANDBOOK = "WWC Handbook 5.0"

Domain = Literal["achievement", "other"]
DEFAULT_ICC: dict[Domain, float] = {"achievement": 0.20, "other": 0.10}
"""What the handbook takes where the intra-class correlation is not known."""

BY_CLUSTER = {
    "cluster_comparison": True,
    "cluster_randomised": True,
    "student_comparison": False,
    "student_randomised": False,
}
"""Designs with two groups, and whether whole clusters came into an arm."""

BLIND_TO_CLUSTERS = ("classical", "HC0", "HC1", "HC2", "HC3")
"""Standard errors that take units as independent."""


@dataclass(frozen=True, kw_only=True)
class WwcEffect:
    """`g` with its standard error (None without one), degrees of freedom `df`, and what it was multiplied by.

    `design_factor` multiplies the sampling variance of the difference: 1 for units, gamma squared for clusters, eta where the standard
    error does not know of them.
    """

    g: float
    se: float | None
    df: float
    omega: float
    gamma: float
    design_factor: float
    icc: float | None = None


def wwc_effect(
    value: float,
    *,
    sd: float,
    se: float | None,
    n_change: int,
    n_comparison: int,
    n_clusters: int | None = None,
    icc: float | None = None,
    knows_clusters: bool = True,
    n_covariates: int = 0,
) -> WwcEffect | None:
    r"""Hedges' g as the handbook computes it from a difference, adjusted or not, and its standard error.

    .. math:: g = \omega\,\gamma\,\frac{b}{S}, \quad \omega = 1 - \frac{3}{4 h - 1}, \quad
              \gamma = \sqrt{1 - \frac{2 (n - 1) \rho}{N - 2}}, \quad n = N / M

    .. math:: SE = \sqrt{\left(\frac{SE_b}{S}\right)^2 k + \frac{g^2}{2 (h - q)}}, \quad
              k = \begin{cases} 1 & \text{units were assigned} \\ \gamma^2 & \text{clusters, and } SE_b \text{ knows them} \\
              1 + (n - 1)\rho & \text{clusters, and it does not} \end{cases}

    Parameters
    ----------
    value, se : the difference of the arms and its standard error, in the outcome's unit; None without one
    sd : pooled standard deviation of the outcome within the arms, unadjusted
    n_change, n_comparison : units analysed
    n_clusters : clusters in both arms together where whole clusters were assigned, None where units were
    icc : intra-class correlation of the outcome; needed with clusters
    knows_clusters : whether the standard error is robust to them
    n_covariates : terms of the model besides intercept, arms and blocks (q)

    Returns
    -------
    WwcEffect or None
        None where too few clusters leave the correction undefined.

    Notes
    -----
    h is N - 2 for units and :func:`cluster_df` for clusters. The variance is not multiplied by omega squared; with 100 units that would
    lower the standard error by 0.8 percent.

    Examples
    --------
    >>> found = wwc_effect(0.3, sd=1, se=0.19, n_change=200, n_comparison=200, n_clusters=20, icc=0.2)
    >>> round(found.g, 6), round(found.se, 6), round(found.df, 4)
    (0.296159, 0.18868, 231.6576)
    """
    n, spread = n_change + n_comparison, 0.0 if icc is None else icc
    df = float(n - 2) if n_clusters is None else cluster_df(n, n_clusters, spread)
    if df is None or df <= 1:
        return None
    gamma = 1.0 if n_clusters is None else cluster_gamma(n, n_clusters, spread)
    omega = 1 - 3 / (4 * df - 1)
    g = omega * gamma * value / sd
    factor = gamma**2 if knows_clusters or n_clusters is None else design_effect(n, n_clusters, spread)
    left = df - n_covariates
    known = se is not None and left > 1
    return WwcEffect(
        g=g,
        se=float(np.sqrt((float(se or 0.0) / sd) ** 2 * factor + g**2 / (2 * left))) if known else None,
        df=df,
        omega=omega,
        gamma=gamma,
        design_factor=factor,
        icc=icc,
    )


def cluster_gamma(n: int, n_clusters: int, icc: float) -> float:
    """What the spread within arms overstates when it holds few clusters: gamma.

    >>> round(cluster_gamma(400, 20, 0.2), 6)
    0.990406
    """
    return float(np.sqrt(1 - 2 * (n / n_clusters - 1) * icc / (n - 2)))


def cluster_df(n: int, n_clusters: int, icc: float) -> float | None:
    r"""Degrees of freedom of the standard deviation within arms when units share clusters; None where they are not defined.

    .. math:: h = \frac{[(N - 2) - 2 (n - 1)\rho]^2}{(N - 2)(1 - \rho)^2 + n (N - 2n)\rho^2 + 2 (N - 2n)\rho(1 - \rho)}

    >>> round(cluster_df(400, 20, 0.2), 6)
    231.657588
    """
    size = n / n_clusters
    below = (n - 2) * (1 - icc) ** 2 + size * (n - 2 * size) * icc**2 + 2 * (n - 2 * size) * icc * (1 - icc)
    return ((n - 2) - 2 * (size - 1) * icc) ** 2 / below if below > 0 else None


def design_effect(n: int, n_clusters: int, icc: float) -> float:
    """How many times larger a variance is than its estimate that ignores clusters of the average size: eta.

    >>> design_effect(400, 20, 0.25)
    5.75
    """
    return 1 + (n / n_clusters - 1) * icc


def with_wwc(estimate: Estimate, panel: Panel, sample: Sample) -> Estimate:
    """The estimate with `effect_size_wwc`, its standard error and the convention behind them; unchanged where there is no effect size."""
    by_cluster = BY_CLUSTER.get(panel.design)
    if by_cluster is None or len(sample.arms) < 2 or None in (estimate.effect_size, estimate.value, estimate.sd):
        return estimate
    n_clusters = _clusters_of_both(sample) if by_cluster else None
    icc = None
    if n_clusters is not None:
        icc = DEFAULT_ICC["other"] if estimate.icc is None else estimate.icc
    found = (
        _cox(estimate, sample, n_clusters, icc) if _is_yes_or_no(sample) else _hedges(estimate, sample, n_clusters, icc)
    )
    told = _convention(estimate, n_clusters is not None, dichotomous=_is_yes_or_no(sample))
    if found is None:
        return estimate
    return replace(
        estimate, effect_size_wwc=found[0], effect_size_wwc_se=found[1], conventions=(*estimate.conventions, told)
    )


def _hedges(
    estimate: Estimate, sample: Sample, n_clusters: int | None, icc: float | None
) -> tuple[float, float | None] | None:
    assert estimate.value is not None
    assert estimate.sd is not None
    found = wwc_effect(
        estimate.value,
        sd=estimate.sd,
        se=estimate.se,
        n_change=len(sample.of(1)),
        n_comparison=len(sample.of(0)),
        n_clusters=n_clusters,
        icc=icc,
        knows_clusters=estimate.se_kind not in BLIND_TO_CLUSTERS,
        n_covariates=_covariates(estimate),
    )
    return None if found is None else (found.g, found.se)


def _cox(
    estimate: Estimate, sample: Sample, n_clusters: int | None, icc: float | None
) -> tuple[float, float | None] | None:
    """The Cox index of the comparison's share and of that share plus the estimate."""
    assert estimate.value is not None
    comparison = float(sample.of(0).mean())
    change = comparison + estimate.value
    if not (0 < comparison < 1 and 0 < change < 1):
        return None
    found = cox_index(change, comparison, n_change=len(sample.of(1)), n_comparison=len(sample.of(0)))
    factor = 1.0 if n_clusters is None else design_effect(found.n, n_clusters, icc or 0.0)
    return found.index, found.se * float(np.sqrt(factor)) if estimate.se is not None else None


def _clusters_of_both(sample: Sample) -> int | None:
    return None if sample.clusters is None else sum(list(sample.clusters_by_arm.values())[:2])


def _is_yes_or_no(sample: Sample) -> bool:
    both: Floats = np.concatenate([sample.of(0), sample.of(1)])
    return bool(np.isin(both, (0.0, 1.0)).all())


def _covariates(estimate: Estimate) -> int:
    """Terms besides the intercept, arms and blocks."""
    if estimate.coefficients is None:
        return 0
    others = ("intercept", "arm[", "block[")
    return sum(not str(term).startswith(others) for term in estimate.coefficients["term"])


def _convention(estimate: Estimate, clustered: bool, *, dichotomous: bool) -> str:
    head = f"WWC effect size ({HANDBOOK}, appendix E)"
    if dichotomous:
        times = ", times the design effect of the clusters" if clustered else ""
        return (
            f"{head}: Cox index, the log odds ratio over 1.65 times omega, of the comparison's share and that share plus the estimate; its "
            f"variance is that of the log odds ratio{times}."
        )
    if not clustered:
        return f"{head}: the value over the unadjusted pooled standard deviation, times omega; variance (SE/S)^2 + {_SPREAD}."
    icc = "the estimated" if estimate.icc is not None else "the handbook's default"
    factor = "1 + (n - 1)ICC" if estimate.se_kind in BLIND_TO_CLUSTERS else "gamma squared"
    return (
        f"{head}: the value over the unadjusted pooled standard deviation, times omega on h degrees of freedom and gamma for assigned "
        f"clusters, with {icc} intra-class correlation; variance (SE/S)^2 times {factor} + {_SPREAD}."
    )


_SPREAD = "g^2/(2(h - q)) for q covariates, not multiplied by omega squared"
