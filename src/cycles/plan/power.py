"""What a planned cycle can detect: the smallest true effect it would find four times in five.

Dong and Maynard (2013). PowerUp!: a tool for calculating minimum detectable effect sizes and minimum required sample sizes for experimental
and quasi-experimental design studies. Journal of Research on Educational Effectiveness 6(1), 24-67. doi:10.1080/19345747.2012.673143
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Literal

from cycles.core.errors import ParameterError
from cycles.core.phrases import difference, number
from cycles.core.vocabulary import Record
from cycles.plan.cycle_file import DesignKind

ICC = {"achievement": 0.20, "other": 0.10}
"""Intraclass correlations taken where none is known (What Works Clearinghouse handbook 5.0)."""

PRE_POST_CORRELATION = 0.5
"""Correlation of before and after taken where none is known."""

CLUSTER_KINDS = frozenset({"cluster_comparison", "cluster_randomised"})
FEW_CLUSTERS = 4


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
    measure_kind: Literal["achievement", "other"] = "other",
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
    group, the SE is that of a mean change with a pre-post correlation of .5; it describes change, not an effect. A
    negative `icc` is taken as 0.

    Examples
    --------
    >>> told = detectable(design_kind="cluster_randomised", n_clusters_by_arm={"a": 10, "b": 10}, units_per_cluster=15, icc=0.17)
    >>> round(told.mdes, 7), told.df
    (0.6290064, 18.0)
    """
    _require_shares(r2=r2, r2_cluster=r2_cluster, level=level, power=power)
    in_clusters = design_kind in CLUSTER_KINDS
    size = units_per_cluster or 0.0
    counts = (
        _counts(n_clusters_by_arm, 1.0 if in_clusters else size)
        if in_clusters or not n_units_by_arm
        else _counts(n_units_by_arm)
    )
    rho = _icc(icc, measure_kind) if in_clusters else None
    formula = _formula(design_kind, n_blocks)
    se = _standard_error(formula, counts, size, rho, (r2, r2 if r2_cluster is None else r2_cluster))
    df = sum(counts) - 1 - (0 if formula == "pre_post" else max(n_blocks or 1, 1) + n_covariates)
    conventions = _conventions(formula, assumed=icc is None, rho=rho, counts=counts)
    return _told(se, df, formula=formula, icc=rho, level=level, power=power, sd=sd, unit=unit, conventions=conventions)


def multiplier(df: float, *, level: float = 0.95, power: float = 0.80) -> float:
    """Standard errors between nothing and the smallest effect detected: two-sided test at 1 - level, given power.

    >>> round(multiplier(18), 4)
    2.963
    """
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, df) + t.ppf(power, df))


def _formula(design_kind: str, n_blocks: int | None) -> str:
    if design_kind == "one_group_pre_post":
        return "pre_post"
    if design_kind in CLUSTER_KINDS:
        return "bcra2c" if n_blocks else "cra2"
    return "bira2c1" if n_blocks else "ira"


def _standard_error(
    formula: str, counts: list[float], size: float, rho: float | None, r2: tuple[float, float]
) -> float | None:
    """In effect sizes; None where an arm is empty."""
    within, between = r2
    if formula == "pre_post":
        return sqrt(2 * (1 - PRE_POST_CORRELATION) / sum(counts)) if sum(counts) > 0 else None
    if len(counts) != 2 or min(counts) <= 0 or (rho is not None and size <= 0):
        return None
    information = counts[0] * counts[1] / sum(counts)  # P(1-P)J
    if rho is None:
        return sqrt((1 - within) / information)
    return sqrt(rho * (1 - between) / information + (1 - rho) * (1 - within) / (information * size))


def _icc(icc: float | None, measure_kind: str) -> float:
    return ICC[measure_kind] if icc is None else min(max(icc, 0.0), 1.0)


def _told(
    se: float | None,
    df: float,
    *,
    formula: str,
    icc: float | None,
    level: float,
    power: float,
    sd: float | None,
    unit: str,
    conventions: tuple[str, ...],
) -> Detectable:
    facts: dict[str, Any] = {"formula": formula, "icc": icc, "level": level, "power": power, "conventions": conventions}
    if se is None or df < 1:
        text = "This cycle can detect nothing: there are too few groups or students for a comparison."
        return Detectable(mdes=None, value=None, se=None, df=None, text=text, **facts)
    mdes = multiplier(df, level=level, power=power) * se
    value = mdes * sd if sd is not None else None
    text = " ".join([_sentence(mdes, value, power, unit, formula), *conventions])
    return Detectable(mdes=mdes, value=value, se=se, df=df, text=text, **facts)


def _sentence(mdes: float, value: float | None, power: float, unit: str, formula: str) -> str:
    what = "a change" if formula == "pre_post" else "a true effect"
    size = f"{number(mdes)} standard deviations"
    if value is not None:
        size = f"{difference(value, unit)} ({size})"
    return f"This cycle can detect only {what} of at least {size}: one of that size would be found {_in_ten(power)}."


def _in_ten(power: float) -> str:
    return f"{number(10 * power)} times in 10"


def _conventions(formula: str, *, assumed: bool, rho: float | None, counts: list[float]) -> tuple[str, ...]:
    notes = []
    if rho is not None and assumed:
        notes.append(
            f"It assumes that {rho:.0%} of the differences between students lie between groups; no figure was given."
        )
    if rho is not None and min(counts, default=0) < FEW_CLUSTERS:
        notes.append(
            f"With fewer than {FEW_CLUSTERS} groups in an arm the result will be described only, without a decision."
        )
    if formula == "pre_post":
        notes.append(
            "Without a comparison group it shows change, not an effect; before and after are taken to correlate by .5."
        )
    return tuple(notes)


def _counts(by_arm: Mapping[str, int] | None, times: float = 1.0) -> list[float]:
    return [count * times for count in (by_arm or {}).values()]


def _require_shares(**shares: float | None) -> None:
    for name, share in shares.items():
        if share is not None and not 0 <= share < 1:
            raise ParameterError(f"{name} must lie between 0 and 1", code="CY105", where="power")
