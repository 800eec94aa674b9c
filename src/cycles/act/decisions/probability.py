r"""How likely it is that an effect is big enough to matter.

The estimate's own t distribution (its degrees of freedom, not the normal) is combined with a normal prior on the effect size
(Hedges' g). A t distribution is a normal whose precision is itself gamma distributed, so for each precision the answer is the
textbook normal one, and a single smooth integral over the precision remains. It is exact to about ten digits and takes arrays.

Gelman, Carlin, Stern, Dunson, Vehtari and Rubin (2013). Bayesian Data Analysis, 3rd ed., sections 2.5 and 17.2.
doi:10.1201/b16018
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from cycles.core.vocabulary import Estimate
from cycles.plan.rule import Prior

NARROW_PRIOR_SD = 0.10
"""The sceptical prior every answer is repeated with, in effect-size units."""

NODES = 240
"""Points of the integral over the precision; the error is below 1e-8 for 1 degree of freedom and smaller for more."""


@dataclass(frozen=True, kw_only=True)
class Odds:
    """Probabilities about the true effect in the hoped-for direction.

    `worth_having` P(effect >= worth_having) and `harm` P(effect <= -worth_having) under the sealed prior; `flat` and
    `narrow_prior` repeat the first with no prior and with a prior SD of .10. `threshold` is worth_having over `sd`.
    """

    worth_having: float
    harm: float
    flat: float
    narrow_prior: float
    threshold: float
    sd: float


def odds_of_worth(
    estimate: Estimate, *, worth_having: float, direction: Literal["increase", "decrease"], prior: Prior
) -> Odds | None:
    """The probabilities the decision rule needs.

    Parameters
    ----------
    estimate : Estimate
        Its Hedges g with standard error and degrees of freedom is the likelihood; its `sd` is the unadjusted pooled SD.
    worth_having : float
        Smallest difference that matters, in the measure's unit, positive.
    direction : {"increase", "decrease"}
        The hoped-for direction; with "decrease" effect and prior change sign.
    prior : Prior
        Normal prior on g, in the measure's own direction.

    Returns
    -------
    Odds, or None where the estimate has no standard error or no SD to standardise by.

    Notes
    -----
    Not for estimates of a share of the population or other effects whose g is not meaningful.
    """
    effect, se = standardised(estimate)
    if effect is None or se is None or not estimate.sd:
        return None
    sign = 1.0 if direction == "increase" else -1.0
    threshold = worth_having / estimate.sd
    shape = {"se": se, "df": estimate.df}
    mean = sign * prior.mean
    return Odds(
        worth_having=float(probability_above(sign * effect, threshold, **shape, mean=mean, sd=prior.sd)),
        harm=float(probability_above(-sign * effect, threshold, **shape, mean=-mean, sd=prior.sd)),
        flat=float(flat_probability_above(sign * effect, threshold, **shape)),
        narrow_prior=float(probability_above(sign * effect, threshold, **shape, mean=mean, sd=NARROW_PRIOR_SD)),
        threshold=threshold,
        sd=estimate.sd,
    )


def standardised(estimate: Estimate) -> tuple[float | None, float | None]:
    """The effect size and its standard error; from value, se and sd where the record leaves them out."""
    if estimate.state == "not_estimable" or estimate.value is None or estimate.se is None or not estimate.sd:
        return None, None
    effect = estimate.effect_size if estimate.effect_size is not None else estimate.value / estimate.sd
    se = estimate.effect_size_se if estimate.effect_size_se is not None else estimate.se / estimate.sd
    return (effect, se) if se > 0 else (None, None)


def probability_above(
    effect: Any, threshold: Any, *, se: Any, df: float | None, mean: float = 0.0, sd: float = 0.25
) -> Any:
    r"""Posterior probability that the true effect is at least `threshold`.

    .. math::
        P(\theta \ge d) = \frac{\int w(\lambda) P(\theta \ge d \mid \lambda) d\lambda}{\int w(\lambda) d\lambda}, \quad
        w(\lambda) = \text{Gamma}(\lambda; \nu/2, \nu/2) \, N(g; m, s^2 + se^2/\lambda)

    Parameters
    ----------
    effect, threshold, se : float or array
        Effect sizes, broadcast together.
    df : float or None
        Degrees of freedom of the estimate; None is the normal limit.
    mean, sd : float
        The normal prior.

    Returns
    -------
    float or array, 0-1.

    Examples
    --------
    >>> round(float(probability_above(0.18615, 0.10, se=0.0568, df=None)), 3)
    0.918
    """
    from scipy.special import ndtr

    effect, threshold, se = np.broadcast_arrays(
        *(np.asarray(one, dtype=float)[..., None] for one in (effect, threshold, se))
    )
    precision, log_weight = _precisions(df, surprise=_surprise(effect - mean, se, sd))
    noise = se**2 / precision
    total = sd**2 + noise
    log_weight = log_weight - 0.5 * np.log(total) - (effect - mean) ** 2 / (2 * total)
    weight = np.exp(log_weight - log_weight.max(axis=-1, keepdims=True))
    centre = (mean * noise + effect * sd**2) / total
    above = ndtr((centre - threshold) / np.sqrt(sd**2 * noise / total))
    return (weight * above).sum(axis=-1) / weight.sum(axis=-1)


def flat_probability_above(effect: Any, threshold: Any, *, se: Any, df: float | None) -> Any:
    """As :func:`probability_above` with no prior at all: one tail of the estimate's t distribution.

    >>> float(flat_probability_above(0.2, 0.2, se=0.1, df=12))
    0.5
    """
    from scipy.special import ndtr, stdtr

    t = (np.asarray(effect, dtype=float) - threshold) / np.asarray(se, dtype=float)
    return ndtr(t) if df is None or not np.isfinite(df) else stdtr(df, t)


def half_width(se: Any, *, df: float | None, level: float = 0.80) -> Any:
    """Half the width of the estimate's interval at `level`, in the unit of `se`.

    >>> round(float(half_width(0.05, df=None)), 4)
    0.0641
    """
    from scipy.special import ndtri, stdtrit

    tail = 0.5 + level / 2
    return np.asarray(se, dtype=float) * (ndtri(tail) if df is None or not np.isfinite(df) else stdtrit(df, tail))


def _precisions(df: float | None, *, surprise: float) -> tuple[np.ndarray, np.ndarray]:
    """Relative precisions on an even grid of their logarithm, and the log of the gamma weight at each.

    The grid ends where the weight has fallen by 40 logs, further below where effect and prior disagree, since then a
    low precision explains them best.
    """
    if df is None or not np.isfinite(df):
        return np.ones(1), np.zeros(1)
    shape = df / 2
    usual, strained = 40 / shape, (40 + surprise) / shape
    lowest = min(strained + np.sqrt(2 * strained), usual + np.sqrt(2 * usual) + np.log1p(2 * surprise))
    logs = np.linspace(-lowest, np.log1p(usual + np.sqrt(2 * usual)), NODES)
    return np.exp(logs), shape * (logs - np.expm1(logs))


def _surprise(distance: np.ndarray, se: np.ndarray, sd: float) -> float:
    """How many logs of likelihood the disagreement of effect and prior costs at the usual precision."""
    return float((distance**2 / (2 * (sd**2 + se**2))).max(initial=0.0))
