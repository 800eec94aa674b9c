"""What a planned cycle can detect: the smallest true effect it would find four times in five.

Dong and Maynard (2013). PowerUp!: a tool for calculating minimum detectable effect sizes and minimum required sample sizes for experimental
and quasi-experimental design studies. Journal of Research on Educational Effectiveness 6(1), 24-67. doi:10.1080/19345747.2012.673143
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from typing import Any

from cycles.core.errors import ParameterError
from cycles.core.phrases import difference, number
from cycles.core.vocabulary import Record
from cycles.plan.design import DesignKind
from cycles.plan.power.assumed import ICC, ICC_SOURCE, PRE_POST_CORRELATION, OutcomeKind
from cycles.plan.power.by_method import Method, dose
from cycles.plan.power.formulas import Precision, cra2, did, ira, pre_post
from cycles.plan.power.sizes import multiplier

CLUSTER_KINDS = frozenset({"cluster_comparison", "cluster_randomised"})
FEW_CLUSTERS = 4
PLAIN = Method(formula="plain")
"""The difference of means."""

WHAT = {
    "pre_post": "a change",
    "complier": "an effect on those who receive the change because they were assigned to it",
    "dose": "a slope",
}
"""What is detected, where it is no effect on everybody."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Detectable(Record):
    """The minimum detectable effect size `mdes`, and what it rests on.

    `value` is the same in the measure's unit where its SD is known. `se` is the standard error expected, in effect sizes. Each number is
    None where the design leaves no degrees of freedom; `text` says so.
    """

    mdes: float | None
    value: float | None
    se: float | None
    df: float | None
    icc: float | None
    level: float
    power: float
    formula: str
    conventions: tuple[str, ...] = ()
    text: str = ""


def detectable(
    *,
    design_kind: DesignKind,
    n_clusters_by_arm: Mapping[str, int] | None = None,
    units_per_cluster: float | None = None,
    n_units_by_arm: Mapping[str, int] | None = None,
    icc: float | None = None,
    r2: float = 0.0,
    r2_cluster: float | None = None,
    n_blocks: int | None = None,
    n_covariates: int = 0,
    level: float = 0.95,
    power: float = 0.80,
    sd: float | None = None,
    unit: str = "",
    measure_kind: OutcomeKind = "other",
    correlation: float | None = None,
    of_change: bool = False,
    attrition: float = 0.0,
    method: Method | None = None,
) -> Detectable:
    r"""The smallest true effect that the cycle would find with the given power.

    .. math:: MDES = (t_{1-\alpha/2, \nu} + t_{power, \nu}) \cdot SE

    with, for students in clusters that are assigned whole (J clusters of n, share P of them in the change arm),

    .. math:: SE^2 = \frac{\rho (1 - R_2^2)}{P(1-P)J} + \frac{(1-\rho)(1-R_1^2)}{P(1-P)Jn}

    and for students assigned one by one, :math:`SE^2 = (1 - R^2) / (P(1-P)N)`.

    Parameters
    ----------
    design_kind : kind of the design in the cycle file
    n_clusters_by_arm : arm -> clusters; for cluster kinds
    units_per_cluster : students with an outcome in a cluster; the harmonic mean where sizes differ
    n_units_by_arm : arm -> students; for the other kinds. Left out, clusters times students in a cluster
    icc : share of the outcome's variance that lies between clusters; left out, .20 for achievement and .10 otherwise
    r2 : share of the outcome's variance within clusters that baseline and covariates explain
    r2_cluster : the same between clusters; left out, `r2`
    n_blocks : blocks within which arms are compared; each costs a degree of freedom
    n_covariates : covariates (at the cluster level, for cluster kinds)
    level, power : coverage of the interval, and chance of finding the effect
    sd, unit : the outcome's SD and unit, for the sentence in the measure's own words
    measure_kind : decides the default `icc`
    correlation : of before and after; with one group or `of_change` .5 where it is not known
    of_change : the effect is a difference in differences, whose errors grow with what before and after do not share
    attrition : share of the students who will have no outcome
    method : what is asked instead of a difference of means (receipt, shares, ordered answers, a dose), or compared by weights

    Returns
    -------
    Detectable

    Raises
    ------
    ParameterError
        CY105 for shares that are not between 0 and 1. An empty arm is an answer: nothing can be detected.

    Notes
    -----
    Blocks enter as constant effects, as in the estimators: df = J - blocks - 1 - covariates for clusters and
    N - blocks - 1 - covariates for students. PowerUp!'s bcra3f2 instead gives each block an effect of its own. With one
    group, the SE is that of a mean change; it describes change, not an effect. A negative `icc` is taken as 0. The
    correlation of before and after is taken to be the same between clusters as within them.

    Examples
    --------
    >>> told = detectable(design_kind="cluster_randomised", n_clusters_by_arm={"a": 10, "b": 10}, units_per_cluster=15, icc=0.17)
    >>> round(told.mdes, 7), told.df
    (0.6290064, 18.0)
    """
    _require_shares(r2=r2, r2_cluster=r2_cluster, level=level, power=power, attrition=attrition)
    _require_correlation(correlation)
    in_clusters = design_kind in CLUSTER_KINDS or (design_kind == "one_group_pre_post" and not n_units_by_arm)
    size = (units_per_cluster or 0.0) * (1 - attrition)
    counts = (
        _counts(n_clusters_by_arm, 1.0 if in_clusters else size)
        if in_clusters or not n_units_by_arm
        else _counts(n_units_by_arm, 1 - attrition)
    )
    has_icc = design_kind in CLUSTER_KINDS or (in_clusters and (icc is not None or size > 1))
    rho = _icc(icc, measure_kind) if has_icc else None
    formula = _formula(design_kind, n_blocks, of_change=of_change)
    shape = _Shape(formula, counts, size, rho, in_clusters, n_blocks or 1, n_covariates)
    if method is not None and method.only_arm is not None:
        formula = method.formula
        in_arm = counts[[*(n_clusters_by_arm or n_units_by_arm or {})].index(method.only_arm)]
        precision = _in_one_arm(shape, in_arm, r2)
    else:
        precision = _precision(
            shape,
            explained=(r2, r2 if r2_cluster is None else r2_cluster),
            correlation=PRE_POST_CORRELATION if correlation is None else correlation,
        )
    conventions = _conventions(
        formula, icc=icc, rho=rho, counts=counts, measure_kind=measure_kind, correlation=correlation
    )
    facts: dict[str, Any] = {"formula": formula, "icc": rho, "level": level, "power": power, "conventions": conventions}
    if method is not None:
        facts |= {"formula": method.formula, "conventions": (*conventions, *method.said)}
    return _told(precision, facts, sd=sd, unit=unit, method=method or PLAIN)


@dataclass(frozen=True)
class _Shape:
    """What a formula is filled with: clusters (or units) of each arm, students in a cluster."""

    formula: str
    counts: list[float]
    size: float
    rho: float | None
    in_clusters: bool
    n_blocks: int
    n_covariates: int


def _formula(design_kind: str, n_blocks: int | None, *, of_change: bool) -> str:
    if design_kind == "one_group_pre_post":
        return "pre_post"
    if of_change:
        return "did"
    if design_kind in CLUSTER_KINDS:
        return "bcra2c" if n_blocks else "cra2"
    return "bira2c1" if n_blocks else "ira"


def _precision(shape: _Shape, *, explained: tuple[float, float], correlation: float) -> Precision | None:
    """None where an arm is empty or no degree of freedom is left."""
    counts, groups = shape.counts, sum(shape.counts)
    arms = 1 if shape.formula == "pre_post" else 2
    if len(counts) < arms or min(counts, default=0) <= 0 or len(counts) > 2 or (shape.in_clusters and shape.size <= 0):
        return None
    found = _of_one_group(shape, correlation) if arms == 1 else _of_two_arms(shape, explained, correlation)
    return found if groups > 1 and found.df >= 1 else None


def _in_one_arm(shape: _Shape, count: float, explained: float) -> Precision | None:
    """A slope on one unit of a dose, within the clusters of the arm; `count` of those, or of students."""
    if count <= 1 or (shape.in_clusters and shape.size <= 1):
        return None
    sizes: dict[str, Any] = (
        {"n": shape.size, "J": count, "rho2": shape.rho or 0.0} if shape.in_clusters else {"n": count}
    )
    found = dose(spread=1.0, r21=explained, **sizes)
    return found if found.df >= 1 else None


def _of_one_group(shape: _Shape, correlation: float) -> Precision:
    groups = sum(shape.counts)
    if not shape.in_clusters:
        return pre_post(n=groups, r=correlation)
    return pre_post(n=shape.size, J=groups, rho2=shape.rho or 0.0, r=correlation)  # type: ignore[arg-type]


def _of_two_arms(shape: _Shape, explained: tuple[float, float], correlation: float) -> Precision:
    """Each block but the first costs a degree of freedom, as a covariate does."""
    groups: Any = sum(shape.counts)
    lost, share = shape.n_covariates + shape.n_blocks - 1, shape.counts[0] / groups
    within, between = explained
    if shape.rho is None:
        if shape.formula == "did":
            return did(n=groups, p=share, r=correlation, g2=lost)
        return ira(n=groups, p=share, r21=within, g1=lost)
    if shape.formula == "did":
        return did(n=shape.size, J=groups, rho2=shape.rho, p=share, r=correlation, g2=lost)
    return cra2(n=shape.size, J=groups, rho2=shape.rho, p=share, r21=within, r22=between, g2=lost)


def _icc(icc: float | None, measure_kind: str) -> float:
    return ICC[measure_kind] if icc is None else min(max(icc, 0.0), 1.0)


def _told(
    precision: Precision | None, facts: dict[str, Any], *, sd: float | None, unit: str, method: Method
) -> Detectable:
    if precision is None:
        text = "This cycle can detect nothing: there are too few groups or students for a comparison."
        return Detectable(mdes=None, value=None, se=None, df=None, text=text, **facts)
    mdes = method.settled(multiplier(precision.df, level=facts["level"], power=facts["power"]) * precision.se)
    if mdes is None:
        text = "This cycle can detect nothing: even if everybody moved, it would not be found often enough."
        return Detectable(mdes=None, value=None, se=None, df=None, text=text, **facts)
    se = precision.se * (method.factor(mdes) or 0.0)
    sd = method.sd(sd)
    value = mdes * sd if sd is not None else None
    told = _sentence(mdes, value, facts["power"], method.unit or unit, facts["formula"], in_sds=not method.answers)
    text = " ".join([told, *facts["conventions"]])
    return Detectable(mdes=mdes, value=value, se=se, df=precision.df, text=text, **facts)


def _sentence(mdes: float, value: float | None, power: float, unit: str, formula: str, *, in_sds: bool) -> str:
    what = WHAT.get(formula, "a true effect")
    size = f"{number(mdes)} standard deviations"
    if value is not None:
        size = f"{difference(value, unit)} ({size if in_sds else f'an odds ratio of {number(exp(value))}'})"
    return f"This cycle can detect only {what} of at least {size}: one of that size would be found {_in_ten(power)}."


def _in_ten(power: float) -> str:
    return f"{number(10 * power)} times in 10"


def _conventions(
    formula: str,
    *,
    icc: float | None,
    rho: float | None,
    counts: list[float],
    measure_kind: OutcomeKind,
    correlation: float | None,
) -> tuple[str, ...]:
    notes = []
    if rho is not None and icc is None:
        notes.append(
            f"It assumes that {rho:.0%} of the differences between students lie between groups; no figure was given, so "
            f"this is {ICC_SOURCE[measure_kind]}."
        )
    if rho is not None and min(counts, default=0) < FEW_CLUSTERS:
        notes.append(
            f"With fewer than {FEW_CLUSTERS} groups in an arm the result will be described only, without a decision."
        )
    assumed = correlation is None
    if formula == "pre_post":
        taken = "; before and after are taken to correlate by .5" if assumed else ""
        notes.append(f"Without a comparison group it shows change, not an effect{taken}.")
    elif formula == "did" and assumed:
        notes.append("Before and after are taken to correlate by .5, as the What Works Clearinghouse does.")
    return tuple(notes)


def _counts(by_arm: Mapping[str, int] | None, times: float = 1.0) -> list[float]:
    return [count * times for count in (by_arm or {}).values()]


def _require_shares(**shares: float | None) -> None:
    for name, share in shares.items():
        if share is not None and not 0 <= share < 1:
            raise ParameterError(f"{name} must lie between 0 and 1", code="CY105", where="power")


def _require_correlation(correlation: float | None) -> None:
    if correlation is not None and not -1 < correlation < 1:
        raise ParameterError("correlation must lie between -1 and 1", code="CY105", where="power")
