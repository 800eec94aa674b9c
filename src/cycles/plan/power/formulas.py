"""The standard error and degrees of freedom of each design, by the names of PowerUp!: what the sizes promise before there are data.

Dong and Maynard (2013). PowerUp!: a tool for calculating minimum detectable effect sizes and minimum required sample sizes for experimental
and quasi-experimental design studies. Journal of Research on Educational Effectiveness 6(1), 24-67. doi:10.1080/19345747.2012.673143
Teerenstra et al. (2012). A simple sample size formula for analysis of covariance in cluster randomized trials. Statistics in Medicine
31(20), 2169-2178. doi:10.1002/sim.5352 (differences in differences)
Schochet (2009). Statistical power for regression discontinuity designs in education evaluations. Journal of Educational and Behavioral
Statistics 34(2), 238-266. doi:10.3102/1076998609332748
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

from cycles.plan.power.time_series import interrupted_time_series


@dataclass(frozen=True)
class Precision:
    """The standard error in effect sizes, and the degrees of freedom it is known with."""

    se: float
    df: float


@dataclass(frozen=True)
class Formula:
    """How a design's precision is computed, which size grows when more are asked for, what the design is called, and its effects' unit."""

    precision: Callable[..., Precision]
    grows: str
    title: str
    unit: str = "standard deviations"


def ira(*, n: float, p: float = 0.5, r21: float = 0.0, g1: int = 0) -> Precision:
    """Students assigned one by one: `n` in all."""
    return Precision(sqrt((1 - r21) / (p * (1 - p) * n)), n - g1 - 2)


def bira2c1(*, n: float, J: int, p: float = 0.5, r21: float = 0.0, g1: int = 0) -> Precision:
    """Students assigned within each of `J` blocks of `n`; one effect, one intercept a block."""
    return Precision(sqrt((1 - r21) / (p * (1 - p) * J * n)), J * (n - 1) - g1 - 1)


def bira2f1(*, n: float, J: int, p: float = 0.5, r21: float = 0.0, g1: int = 0) -> Precision:
    """As `bira2c1`, with an effect of its own in each block, averaged."""
    return Precision(sqrt((1 - r21) / (p * (1 - p) * J * n)), J * (n - 2) - g1)


def bira2(
    *,
    n: float,
    J: int,
    rho2: float,
    omega2: float,
    p: float = 0.5,
    r21: float = 0.0,
    r2t2: float = 0.0,
    g2: int = 0,
) -> Precision:
    """Students assigned within blocks that were drawn from many: the effect varies, by `omega2` of the variance between blocks."""
    between = rho2 * omega2 * (1 - r2t2) / J
    return Precision(sqrt(between + (1 - rho2) * (1 - r21) / (p * (1 - p) * J * n)), J - g2 - 1)


def cra2(
    *, n: float, J: int, rho2: float, p: float = 0.5, r21: float = 0.0, r22: float = 0.0, g2: int = 0
) -> Precision:
    """`J` clusters of `n` students assigned whole."""
    cells = p * (1 - p) * J
    return Precision(sqrt(rho2 * (1 - r22) / cells + (1 - rho2) * (1 - r21) / (cells * n)), J - g2 - 2)


def cra3(
    *,
    n: float,
    J: int,
    K: int,
    rho2: float,
    rho3: float,
    p: float = 0.5,
    r21: float = 0.0,
    r22: float = 0.0,
    r23: float = 0.0,
    g3: int = 0,
) -> Precision:
    """`K` schools assigned whole, `J` classrooms in each, `n` students in each of those."""
    cells = p * (1 - p) * K
    inside = rho2 * (1 - r22) / (cells * J) + (1 - rho3 - rho2) * (1 - r21) / (cells * J * n)
    return Precision(sqrt(rho3 * (1 - r23) / cells + inside), K - g3 - 2)


def bcra3f2(
    *, n: float, J: int, K: int, rho2: float, p: float = 0.5, r21: float = 0.0, r22: float = 0.0, g2: int = 0
) -> Precision:
    """`J` classrooms assigned whole within each of `K` blocks, with an effect of its own in each block, averaged."""
    cells = p * (1 - p) * J * K
    return Precision(sqrt(rho2 * (1 - r22) / cells + (1 - rho2) * (1 - r21) / (cells * n)), K * (J - 2) - g2)


def bcra3r2(
    *,
    n: float,
    J: int,
    K: int,
    rho2: float,
    rho3: float,
    omega3: float,
    p: float = 0.5,
    r21: float = 0.0,
    r22: float = 0.0,
    r2t3: float = 0.0,
    g3: int = 0,
) -> Precision:
    """Classrooms assigned whole within schools that were drawn from many: the effect varies from school to school."""
    cells = p * (1 - p) * J * K
    inside = rho2 * (1 - r22) / cells + (1 - rho3 - rho2) * (1 - r21) / (cells * n)
    return Precision(sqrt(rho3 * omega3 * (1 - r2t3) / K + inside), K - g3 - 1)


def pre_post(*, n: float, J: int = 0, rho2: float = 0.0, r: float = 0.5, r2: float | None = None) -> Precision:
    """One group before and after: `n` students, or `J` clusters of `n`; `r` within clusters, `r2` between."""
    if not J:
        return Precision(sqrt(2 * (1 - r) / n), n - 1)
    between = rho2 * 2 * (1 - (r if r2 is None else r2))
    return Precision(sqrt(between / J + (1 - rho2) * 2 * (1 - r) / (J * n)), J - 1)


def did(
    *,
    n: float,
    J: int = 0,
    rho2: float = 0.0,
    p: float = 0.5,
    r: float = 0.5,
    r2: float | None = None,
    same_students: bool = True,
    g2: int = 0,
) -> Precision:
    """The change of one arm less that of the other: `n` students, or `J` clusters of `n`. `r` is the correlation of before and after
    within clusters (none where other students answer each time), `r2` between clusters."""
    between = 2 * (1 - (r if r2 is None else r2))
    within = 2 * (1 - (r if same_students else 0.0))
    if not J:
        return Precision(sqrt(within / (p * (1 - p) * n)), n - g2 - 2)
    cells = p * (1 - p) * J
    return Precision(sqrt(rho2 * between / cells + (1 - rho2) * within / (cells * n)), J - g2 - 2)


def rd(
    *, n: float, p: float = 0.5, r21: float = 0.0, g1: int = 0, score: str = "normal", bandwidth: float = 1.0
) -> Precision:
    """Everyone on one side of a cutoff gets the change: as `ira`, times the root of the design effect; one more term, the score. Only the
    share `bandwidth` of the students lies near enough to be used, and `p` and `score` are about those."""
    drawn = ira(n=n * bandwidth, p=p, r21=r21, g1=g1 + 1)
    return Precision(drawn.se * sqrt(discontinuity_design_effect(p, score=score)), drawn.df)


def rd_cluster(
    *,
    n: float,
    J: int,
    rho2: float,
    p: float = 0.5,
    r21: float = 0.0,
    r22: float = 0.0,
    g2: int = 0,
    score: str = "normal",
) -> Precision:
    """Whole clusters on one side of a cutoff of a score of theirs: as `cra2`, with the same design effect."""
    drawn = cra2(n=n, J=J, rho2=rho2, p=p, r21=r21, r22=r22, g2=g2 + 1)
    return Precision(drawn.se * sqrt(discontinuity_design_effect(p, score=score)), drawn.df)


def its(*, before: int, after: int, rho: float = 0.0, series: int = 1, comparison: int = 0) -> Precision:
    """The jump of a series at the change, beside its trends; with `comparison` series, less their jump."""
    return Precision(*interrupted_time_series(before, after, rho=rho, series=series, comparison=comparison))


def discontinuity_design_effect(p: float, *, score: str = "normal") -> float:
    r"""How many times more students a cutoff needs than a draw: :math:`1 / (1 - \rho_{TS}^2)`, of the change with the score.

    >>> round(discontinuity_design_effect(0.5), 2), discontinuity_design_effect(0.5, score="uniform")
    (2.75, 4.0)
    """
    from scipy.stats import norm

    shared = 3 * p * (1 - p) if score == "uniform" else float(norm.pdf(norm.ppf(p))) ** 2 / (p * (1 - p))
    return 1 / (1 - shared)


FORMULAS = {
    "ira": Formula(ira, "n", "students assigned one by one"),
    "bira2c1": Formula(bira2c1, "J", "students assigned within blocks, one effect"),
    "bira2f1": Formula(bira2f1, "J", "students assigned within blocks, an effect in each"),
    "bira2": Formula(bira2, "J", "students assigned within blocks drawn from many"),
    "cra2": Formula(cra2, "J", "clusters assigned whole"),
    "cra3": Formula(cra3, "K", "schools assigned whole, classrooms within them"),
    "bcra3f2": Formula(bcra3f2, "K", "clusters assigned whole within blocks, an effect in each"),
    "bcra3r2": Formula(bcra3r2, "K", "clusters assigned whole within blocks drawn from many"),
    "pre_post": Formula(pre_post, "n", "one group before and after"),
    "did": Formula(did, "n", "difference in differences"),
    "rd": Formula(rd, "n", "regression discontinuity, students"),
    "rd_cluster": Formula(rd_cluster, "J", "regression discontinuity, clusters"),
    "its": Formula(its, "series", "interrupted time series"),
}
"""Every design by its name; `size_needed` raises the size called `grows` (`J` where there is one) until it suffices."""
