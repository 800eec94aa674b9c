"""How strong a difference nobody measured would have to be to explain an effect away.

VanderWeele, T. J., & Ding, P. (2017). Sensitivity analysis in observational research: introducing the E-value. Annals of Internal
Medicine, 167(4), 268-274. doi:10.7326/M16-2607
Cinelli, C., & Hazlett, C. (2020). Making sense of sensitivity: extending omitted variable bias. Journal of the Royal Statistical
Society, Series B, 82(1), 39-67. doi:10.1111/rssb.12348
"""

from dataclasses import dataclass
from math import exp, sqrt

import numpy as np

from cycles.study.inference.arm_model import ArmModel
from cycles.study.inference.least_squares import Floats, LeastSquares, least_squares

PER_SD = 0.91
"""Logarithm of the risk ratio that stands for an effect of one standard deviation (Chinn 2000; VanderWeele & Ding 2017, table 2)."""


@dataclass(frozen=True)
class Benchmark:
    """A measured term, and what it explains of what the others leave: of the arm and of the outcome, as shares."""

    term: str
    of_arm: float
    of_outcome: float


@dataclass(frozen=True)
class LinearRoute:
    """The effect's coefficient in a linear model: `scale` is its classical standard error times the root of its degrees of freedom."""

    value: float
    scale: float
    benchmarks: tuple[Benchmark, ...]


def risk_ratio(effect_size: float) -> float:
    """The risk ratio that an effect in standard deviations stands for, about.

    >>> round(risk_ratio(0.5), 4)
    1.5762
    """
    return exp(PER_SD * effect_size)


def e_value(ratio: float) -> float:
    r"""The least risk ratio by which a hidden difference must be tied to both arm and outcome to explain `ratio` away.

    .. math:: E = RR + \sqrt{RR (RR - 1)}

    Parameters
    ----------
    ratio : a risk ratio above zero; one below 1 is turned over

    Examples
    --------
    >>> round(e_value(3.9), 2), e_value(1.0)
    (7.26, 1.0)
    """
    above = max(ratio, 1 / ratio)
    return above + sqrt(above * (above - 1))


def robustness_value(f: float) -> float:
    r"""The share of both arm and outcome that a hidden difference must explain to take away an effect of strength `f`.

    .. math:: RV = \tfrac12 \left( \sqrt{f^4 + 4 f^2} - f^2 \right)

    Parameters
    ----------
    f : the effect over its classical standard error and the root of the degrees of freedom; zero or below gives 0

    Examples
    --------
    >>> round(robustness_value(4.184 / 783 ** 0.5), 3)
    0.139
    """
    return 0.5 * (sqrt(f**4 + 4 * f**2) - f**2) if f > 0 else 0.0


def largest_bias(route: LinearRoute, benchmark: Benchmark) -> float | None:
    """The most by which a hidden difference as strong as a measured term can have moved the effect; None where it could be anything.

    Cinelli & Hazlett (2020), section 4.4, with multipliers of one.
    """
    arm, outcome = benchmark.of_arm, benchmark.of_outcome
    odds = arm / (1 - arm)
    if odds >= 1 or outcome >= 1:
        return None
    shared = arm**2 / ((1 - arm) * (1 - arm))
    if shared >= 1:
        return None
    told = min(1.0, ((1 + sqrt(shared)) / sqrt(1 - shared)) ** 2 * outcome / (1 - outcome))
    return route.scale * sqrt(told * odds / (1 - odds))


def linear_route(model: ArmModel, n_arms: int) -> LinearRoute:
    """The effect in the model's classical least squares, with each reported term that is no arm as a benchmark.

    Raises
    ------
    DesignError
        CY305 or CY306, as for any least squares.
    """
    fit = least_squares(model.response, model.design, model.terms)
    others = np.delete(model.design, model.focus, axis=1)
    arm = least_squares(
        model.design[:, model.focus], others, tuple(np.delete(np.array(model.terms, dtype=object), model.focus))
    )
    places = range(n_arms, model.n_reported)
    benchmarks = tuple(
        Benchmark(model.terms[at], of_arm=_partial(arm, at - (at > model.focus)), of_outcome=_partial(fit, at))
        for at in places
    )
    scale = float(_errors(fit)[model.focus]) * sqrt(fit.n - fit.k)
    return LinearRoute(float(fit.coefficients[model.focus]), scale, benchmarks)


def _errors(fit: LeastSquares) -> Floats:
    variance = fit.residuals @ fit.residuals / (fit.n - fit.k)
    return np.sqrt(np.diag(fit.bread) * variance)


def _partial(fit: LeastSquares, at: int) -> float:
    """What a term explains of what the other terms leave, as a share."""
    squared = float(fit.coefficients[at] ** 2 / fit.bread[at, at])
    left = float(fit.residuals @ fit.residuals)
    return squared / (squared + left) if squared + left > 0 else 0.0
