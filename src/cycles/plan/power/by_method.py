r"""Precision of methods that ask something else than a plain difference of means: of receipt, shares, ordered answers, weights and doses.

Each is the standard error of the plain comparison times a factor; only the dose is compared within the change arm.

Schochet and Chiang (2011). Estimation and identification of the complier average causal effect parameter in education RCTs. Journal of
Educational and Behavioral Statistics 36(3), 307-345. doi:10.3102/1076998610375837 (receipt)
Whitehead (1993). Sample size calculations for ordered categorical data. Statistics in Medicine 12(24), 2257-2271.
doi:10.1002/sim.4780122404 (ordered answers)
Fleiss, Levin and Paik (2003). Statistical Methods for Rates and Proportions. Wiley. doi:10.1002/0471445428 (shares)
Kish (1965). Survey Sampling. Wiley. (effective numbers under weights)
"""

from dataclasses import dataclass
from math import exp, sqrt

from cycles.plan.power.formulas import Formula, Precision, cra2, ira

STEPS = 200
"""Rounds after which an effect that its own size makes harder to find has settled."""


def complier(
    *, n: float, received: float, J: int = 0, rho2: float = 0.0, p: float = 0.5, r21: float = 0.0, g2: int = 0
) -> Precision:
    """As `ira` or `cra2`, for those who receive the change because they were assigned: `received` more of the one arm than of the other."""
    return _times(_plain(n, J, rho2, p, r21, g2), 1 / received)


def weighted(
    *, n: float, effective: float, J: int = 0, rho2: float = 0.0, p: float = 0.5, r21: float = 0.0, g2: int = 0
) -> Precision:
    """As `ira` or `cra2`, the comparison weighted so that it counts as `effective` (a share) of its number."""
    return _times(_plain(n, J, rho2, p, r21, g2), for_weights(effective, p))


def logistic(
    *, n: float, share: float, J: int = 0, rho2: float = 0.0, p: float = 0.5, r21: float = 0.0, g2: int = 0
) -> Precision:
    """As `ira` or `cra2`, a difference of shares; `share` have the outcome, in both arms about as many."""
    return _times(_plain(n, J, rho2, p, r21, g2), sqrt(share * (1 - share)))


def ordinal(
    *, n: float, cubes: float, J: int = 0, rho2: float = 0.0, p: float = 0.5, r21: float = 0.0, g2: int = 0
) -> Precision:
    """As `ira` or `cra2`, the log odds ratio of ordered answers; `cubes` is the sum of the answers' shares, each to the third power."""
    return _times(_plain(n, J, rho2, p, r21, g2), sqrt(3 / (1 - cubes)))


def dose(*, n: float, spread: float, J: int = 0, rho2: float = 0.0, r21: float = 0.0, g1: int = 0) -> Precision:
    """The slope on a dose with standard deviation `spread` (within clusters, where there are `J` of `n`), in SDs for each unit of it."""
    students = n * (J or 1)
    return Precision(sqrt((1 - rho2) * (1 - r21) / students) / spread, (J - 1 if J else n - 2) - g1)


def for_weights(effective: float, p: float) -> float:
    """How much larger the standard error is than with equal weights; `p` is the change arm's share.

    >>> round(for_weights(0.5, 0.5) ** 2, 3)
    1.5
    """
    return sqrt(1 - p + p / effective) if p < 1 else 1.0


BY_METHOD = {
    "complier": Formula(complier, "n", "effect on compliers"),
    "weighted": Formula(weighted, "n", "comparison weighted"),
    "logistic": Formula(logistic, "n", "difference of shares", "as a share"),
    "ordinal": Formula(ordinal, "n", "ordered answers", "in the log odds ratio"),
    "dose": Formula(dose, "n", "slope on a dose", "standard deviations for each unit of the dose"),
}
"""These methods by their names, as `formulas.FORMULAS` has the designs."""


@dataclass(frozen=True, kw_only=True)
class Method:
    """What a method makes of the standard error of the plain comparison: `times` as much, and how large the effect is may matter too.

    `share` is that of the comparison who have the outcome (shares), `answers` those of the comparison who gave each answer in order
    (ordered answers). `better` is 1 where the effect that is hoped for raises them, else -1. With `only_arm`, only that arm is looked at,
    within its clusters.
    """

    formula: str
    times: float = 1.0
    share: float | None = None
    answers: tuple[float, ...] = ()
    better: int = 1
    change_share: float = 0.5
    only_arm: str | None = None
    unit: str | None = None
    said: tuple[str, ...] = ()

    def sd(self, known: float | None) -> float | None:
        """What one standard deviation is: that of a share, or none of ordered answers, whose unit is the log odds; else as known."""
        if self.share is not None:
            return sqrt(self.share * (1 - self.share))
        return 1.0 if self.answers else known

    def factor(self, effect: float = 0.0) -> float | None:
        """Times the plain standard error, for an effect of that size; None where there can be none so large.

        Parameters
        ----------
        effect : in standard deviations; of ordered answers a log odds ratio

        Examples
        --------
        >>> round(Method(formula="logistic", share=0.5).factor(0.4), 4)
        0.9592
        >>> round(Method(formula="ordinal", answers=(0.25, 0.25, 0.25, 0.25)).factor(0.0), 4)
        1.7889
        """
        if self.share is not None:
            spread = self.share * (1 - self.share)
            moved = self.share + self.better * effect * sqrt(spread)
            if not 0 < moved < 1:
                return None
            return self.times * sqrt((1 - self.change_share) * moved * (1 - moved) / spread + self.change_share)
        if self.answers:
            mean = [
                (1 - self.change_share) * plain + self.change_share * shifted
                for plain, shifted in zip(self.answers, shifted_answers(self.answers, self.better * effect))
            ]
            return self.times * sqrt(3 / (1 - sum(one**3 for one in mean)))
        return self.times

    def settled(self, plain: float) -> float | None:
        """The effect that is `plain` times the factor at its own size; None where there can be none so large.

        Parameters
        ----------
        plain : the smallest effect that the plain comparison finds
        """
        effect = 0.0
        for _ in range(STEPS):
            factor = self.factor(effect)
            if factor is None:
                return None
            before, effect = effect, plain * factor
            if abs(effect - before) < 1e-12:
                break
        return effect


def shifted_answers(answers: tuple[float, ...], log_odds: float) -> list[float]:
    """The shares of the answers in order, when the odds of an answer above any cut are `exp(log_odds)` times as large.

    >>> [round(one, 3) for one in shifted_answers((0.5, 0.5), 1.0986123)]
    [0.25, 0.75]
    """
    above, left = [1.0], 1.0
    for share in answers[:-1]:
        left = max(left - share, 0.0)
        above.append(left * exp(log_odds) / (1 - left + left * exp(log_odds)))
    return [high - low for high, low in zip(above, [*above[1:], 0.0])]


def _plain(n: float, J: int, rho2: float, p: float, r21: float, g2: int) -> Precision:
    """Students assigned one by one, or `J` clusters of `n`; what is explained is so at both levels alike."""
    return cra2(n=n, J=J, rho2=rho2, p=p, r21=r21, r22=r21, g2=g2) if J else ira(n=n, p=p, r21=r21, g1=g2)


def _times(plain: Precision, factor: float) -> Precision:
    return Precision(plain.se * factor, plain.df)
