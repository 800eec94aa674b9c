"""Effect, power and size, each from the other two, for any design that has a formula.

Dong and Maynard (2013). PowerUp!: a tool for calculating minimum detectable effect sizes and minimum required sample sizes for experimental
and quasi-experimental design studies. Journal of Research on Educational Effectiveness 6(1), 24-67. doi:10.1080/19345747.2012.673143
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import signature
from typing import Any

from cycles.core.errors import ParameterError, nearest
from cycles.core.phrases import number
from cycles.core.vocabulary import Record
from cycles.plan.power.by_method import BY_METHOD
from cycles.plan.power.formulas import FORMULAS, Formula, Precision

LARGEST = 1_000_000
"""More than any study has; a size beyond it is answered with None."""

DESIGNS = FORMULAS | BY_METHOD
"""Every design and method by its name."""

COUNTS = ("n", "J", "K", "series", "comparison")

_ANY = 8
"""Stands for the size that is looked for while the others are checked."""

SHARES = frozenset({"p", "r21", "r22", "r23", "r2t2", "r2t3", "rho2", "rho3"})


@dataclass(frozen=True, kw_only=True, repr=False)
class Smallest(Record):
    """The smallest effect a design finds with the given power: `mdes`, `se` (effect sizes) and `df`; None where it finds nothing."""

    design: str
    mdes: float | None
    se: float | None
    df: float | None
    level: float
    power: float
    sizes: dict[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class Needed(Record):
    """How large a design must be: `size` of what `grows`, or None where no size suffices; `text` says why."""

    design: str
    effect: float
    grows: str
    size: int | None
    level: float
    power: float
    text: str = ""


def smallest_effect(design: str, *, level: float = 0.95, power: float = 0.80, **sizes: Any) -> Smallest:
    r"""The minimum detectable effect size of a design, by the names that PowerUp! gives to designs and sizes.

    .. math:: MDES = (t_{1-\alpha/2, \nu} + t_{power, \nu}) \cdot SE

    Parameters
    ----------
    design : ira, bira2c1, bira2f1, bira2, cra2, cra3, bcra3f2, bcra3r2; pre_post, did, rd, rd_cluster, its;
        complier, weighted, logistic, ordinal, dose
    level, power : coverage of the interval, and chance of finding the effect
    **sizes : of the design: `n` students (in a cluster, where there are clusters), `J` clusters, `K` blocks or schools, `p` share with the
        change, `rho2`, `rho3` intraclass correlations, `r21`, `r22`, `r23` shares explained at each level, `g1`, `g2`, `g3` covariates,
        `omega2`, `omega3` how much effects vary; `r`, `r2` correlation of before and after; of a series `before`, `after`, `rho`,
        `series`, `comparison`; `bandwidth` the share of students near a cutoff, `received` the difference of the shares who received the
        change, `effective` the share that a weighted comparison counts for, `share` who have the outcome, `cubes` the sum of the answers'
        shares to the third power, `spread` the standard deviation of a dose

    Returns
    -------
    Smallest

    Raises
    ------
    ParameterError
        CY102 for a design or a size that is not known; CY105 for one that is missing or impossible.

    References
    ----------
    Dong and Maynard (2013). doi:10.1080/19345747.2012.673143

    Examples
    --------
    >>> round(smallest_effect("cra2", n=15, J=20, rho2=0.17).mdes, 7)
    0.6290064
    >>> smallest_effect("cra3", n=15, J=3, K=60, rho2=0.17, rho3=0.06).text
    'schools assigned whole, classrooms within them: at least 0.27 standard deviations; one of that size is found 8 times in 10.'
    """
    formula = _formula(design)
    _require_sizes(design, formula, sizes)
    _require_between(level=level, power=power)
    facts: dict[str, Any] = {"design": design, "level": level, "power": power, "sizes": dict(sizes)}
    precision = _precision(formula, sizes)
    if precision is None:
        return Smallest(mdes=None, se=None, df=None, text=f"{formula.title}: too few to find anything.", **facts)
    mdes = multiplier(precision.df, level=level, power=power) * precision.se
    found = f"one of that size is found {number(10 * power)} times in 10"
    text = f"{formula.title}: at least {number(mdes)} {formula.unit}; {found}."
    return Smallest(mdes=mdes, se=precision.se, df=precision.df, text=text, **facts)


def size_needed(
    design: str, *, effect: float, find: str | None = None, level: float = 0.95, power: float = 0.80, **sizes: Any
) -> Needed:
    """The smallest size with which a design finds an effect.

    Parameters
    ----------
    design, level, power, **sizes : as for :func:`smallest_effect`
    effect : true effect, in standard deviations
    find : `n`, `J`, `K`, `series` or `comparison`; by default that of the level where the change is assigned

    Returns
    -------
    Needed

    Raises
    ------
    ParameterError
        CY102, CY105 as for :func:`smallest_effect`; CY105 for an effect that is not above zero, or a size that is not counted.

    Examples
    --------
    >>> size_needed("cra2", effect=0.25, n=20, rho2=0.10).size
    75
    >>> size_needed("cra2", effect=0.10, find="n", J=12, rho2=0.10).size is None
    True
    """
    formula = _formula(design)
    grows = find or _grown(formula, sizes)
    _require_sizes(design, formula, {**sizes, grows: _ANY})
    _require_between(level=level, power=power)
    if grows not in COUNTS:
        raise ParameterError(
            f"'{grows}' is not a size to look for", code="CY105", where="find", fix=nearest(grows, COUNTS)
        )
    if not effect > 0:
        raise ParameterError("the effect to be found must be above 0", code="CY105", where="effect")
    size = smallest_size(
        lambda size: _precision(formula, {**sizes, grows: size}), effect=effect, level=level, power=power
    )
    answer = f"{grows} = {size:,}" if size is not None else f"no {grows} is large enough; what else is small decides"
    text = f"{formula.title}, to find {number(effect)} {formula.unit} {number(10 * power)} times in 10: {answer}."
    return Needed(design=design, effect=effect, grows=grows, size=size, level=level, power=power, text=text)


def smallest_size(
    precision_at: Callable[[int], Precision | None], *, effect: float, level: float, power: float
) -> int | None:
    """The first whole size whose smallest effect is at most `effect`; larger sizes find smaller effects. None beyond `LARGEST`."""

    def suffices(size: int) -> bool:
        precision = precision_at(size)
        return precision is not None and multiplier(precision.df, level=level, power=power) * precision.se <= effect

    high = 2
    while not suffices(high):
        high *= 2
        if high > LARGEST:
            return None
    low = 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def multiplier(df: float, *, level: float = 0.95, power: float = 0.80) -> float:
    """Standard errors between nothing and the smallest effect detected: two-sided test at 1 - level, given power.

    >>> round(multiplier(18), 4)
    2.963
    """
    from scipy.stats import t

    return float(t.ppf(0.5 + level / 2, df) + t.ppf(power, df))


def power_of(effect: float, *, se: float, df: float, level: float = 0.95) -> float:
    """The chance that the interval excludes zero on the effect's own side, by the noncentral t.

    Parameters
    ----------
    effect : true effect, in the unit of `se`
    se, df : standard error and degrees of freedom
    level : coverage of the interval

    Examples
    --------
    >>> round(power_of(multiplier(18) * 0.2, se=0.2, df=18), 3)
    0.8
    """
    from scipy.stats import nct, t

    chance = float(nct.sf(t.ppf(0.5 + level / 2, df), df, abs(effect) / se))
    return chance if chance == chance else 1.0  # far out in its tail the noncentral t is not a number


def _formula(design: str) -> Formula:
    if design not in DESIGNS:
        raise ParameterError(f"unknown design '{design}'", code="CY102", where="power", fix=nearest(design, DESIGNS))
    return DESIGNS[design]


def _grown(formula: Formula, sizes: dict[str, Any]) -> str:
    """Clusters where the design has some, though it need not."""
    return "J" if formula.grows == "n" and "rho2" in sizes else formula.grows


def _precision(formula: Formula, sizes: dict[str, Any]) -> Precision | None:
    """None where the sizes leave no degree of freedom."""
    try:
        found = formula.precision(**sizes)
    except ArithmeticError:  # a size of nothing
        return None
    return found if found.df >= 1 and 0 <= found.se < float("inf") else None


def _require_sizes(design: str, formula: Formula, sizes: dict[str, Any]) -> None:
    known = signature(formula.precision).parameters
    for name in sizes:
        if name not in known:
            fix = f"{nearest(name, known)} {design} knows {', '.join(known)}."
            raise ParameterError(f"{design} has no size '{name}'", code="CY102", where="power", fix=fix)
    missing = [name for name, one in known.items() if one.default is one.empty and name not in sizes]
    if missing:
        raise ParameterError(f"{design} needs {', '.join(missing)}", code="CY105", where="power")
    _require_possible(sizes)


def _require_possible(sizes: dict[str, Any]) -> None:
    _require_between(**{name: value for name, value in sizes.items() if name in SHARES - {"p", "rho2", "rho3"}})
    if not 0 < sizes.get("p", 0.5) < 1:
        raise ParameterError("p must lie between 0 and 1, without either", code="CY105", where="power")
    between = [sizes.get("rho2", 0.0), sizes.get("rho3", 0.0)]
    if min(between) < 0 or sum(between) > 1:
        raise ParameterError("rho2 and rho3 are shares of one variance", code="CY105", where="power")
    if any(abs(sizes.get(name) or 0.0) >= 1 for name in ("r", "r2", "rho")):
        raise ParameterError("a correlation lies between -1 and 1", code="CY105", where="power")
    if not all(sizes.get(name, 1) > 0 for name in ("n", "K", "series")) or not sizes.get("J", 1) >= 0:
        raise ParameterError("a size must be above 0", code="CY105", where="power")
    if not all(sizes.get(name, 3) >= 3 for name in ("before", "after")):
        raise ParameterError("a series needs three periods before and after", code="CY105", where="power")
    for name in ("received", "effective", "bandwidth"):
        if not 0 < sizes.get(name, 1) <= 1:
            raise ParameterError(f"{name} must lie above 0, up to 1", code="CY105", where="power")
    if not all(0 < sizes.get(name, 0.5) < 1 for name in ("share", "cubes")) or not sizes.get("spread", 1) > 0:
        raise ParameterError("share and cubes lie between 0 and 1, and spread above 0", code="CY105", where="power")
    if sizes.get("score", "normal") not in ("normal", "uniform"):
        raise ParameterError("score is normal or uniform", code="CY105", where="power")


def _require_between(**shares: float | None) -> None:
    for name, share in shares.items():
        if share is not None and not 0 <= share < 1:
            raise ParameterError(f"{name} must lie between 0 and 1", code="CY105", where="power")
