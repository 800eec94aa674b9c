r"""Looking before the decision date: on days agreed beforehand, against a bound that allows for all of them, or at any time.

Lan & DeMets (1983), doi:10.1093/biomet/70.3.659; Jennison, C., & Turnbull, B. W. (1989). Interim analyses: the repeated confidence interval
approach. JRSS B, 51(3), 305-334. doi:10.1111/j.2517-6161.1989.tb01433.x
Robbins, H. (1970). Statistical methods related to the law of the iterated logarithm. Annals of Mathematical Statistics, 41(5), 1397-1409.
doi:10.1214/aoms/1177696786
Howard, S. R., Ramdas, A., McAuliffe, J., & Sekhon, J. (2021). Time-uniform, nonparametric, nonasymptotic confidence sequences. Annals of
Statistics, 49(2), 1055-1080. doi:10.1214/20-AOS1991
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from scipy.special import ndtr, stdtrit

from cycles.act.decisions.thresholds import crosses
from cycles.plan.rule import Decide, Looks
from cycles.study.inference.alpha_spending import spending_bounds


@dataclass(frozen=True, kw_only=True)
class Look:
    """A look that was agreed: the how-manieth of how many before the decision (None: any number), and its bound in standard errors."""

    number: int | None
    of: int | None
    bound: float

    def reach(self, se: float, df: float | None) -> float:
        """How far the interval that allows for all looks goes to either side of the effect, in the unit of `se`."""
        times = self.bound if df is None else -float(stdtrit(df, float(ndtr(-self.bound))))
        return times * se

    def crossed(self, effect: float, se: float, df: float | None) -> bool:
        """Whether the effect lies above none by more than the bound."""
        return bool(crosses(effect / se, self.bound, df=df))


def look_on(day: date, rule: Decide, *, se: float) -> Look | None:
    """The look that the rule allows on a day; on the decision date and after it, the last one; None where none was agreed.

    Parameters
    ----------
    day : the day
    rule : `decide` of the cycle file
    se : standard error of the effect size; only an always valid bound needs it

    Examples
    --------
    >>> rule = Decide(on=date(2027, 1, 25), looks=[date(2026, 11, 30)])
    >>> found = look_on(date(2026, 11, 30), rule, se=0.1)
    >>> found.number, found.of, round(found.bound, 3)
    (1, 1, 2.963)
    >>> look_on(date(2026, 12, 1), rule, se=0.1) is None
    True
    """
    looks = rule.looks
    if looks is None:
        return None
    due = day >= rule.on
    if not due and day not in looks.on and (looks.on or looks.method != "always_valid"):
        return None
    number = None if due or not looks.on else looks.on.index(day) + 1
    place = len(looks.on) if number is None else number - 1
    return Look(number=number, of=len(looks.on) or None, bound=bound_of(looks, place, se=se, sd=rule.prior.sd))


def bound_of(looks: Looks, place: int, *, se: Any, sd: float) -> Any:
    r"""The bound on the effect over its standard error at a look.

    .. math:: z^2 = \Big(1 + \frac{se^2}{sd^2}\Big) \log \frac{1 + sd^2 / se^2}{\alpha^2}

    is that of a mixture over effects of the prior's spread, which holds at all looks at once; otherwise O'Brien and Fleming's spending.

    Parameters
    ----------
    looks : the looks that were agreed
    place : 0 for the first, as many as there are days for the decision
    se, sd : standard error of the effect size, and the prior's standard deviation

    Examples
    --------
    >>> round(float(bound_of(Looks(method="always_valid"), 0, se=0.1, sd=0.25)), 3)
    3.041
    """
    if looks.method == "obrien_fleming":
        return spending_bounds(looks.fractions, looks.level)[place]
    ratio = np.asarray(se, dtype=float) ** 2 / sd**2
    return np.sqrt((1 + ratio) * np.log((1 + 1 / ratio) / looks.level**2))
