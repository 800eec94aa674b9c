r"""One instrument for one thing received: two-stage least squares, its first stage, and an interval that holds if that stage is weak.

Angrist, J. D., Imbens, G. W., & Rubin, D. B. (1996). Identification of causal effects using instrumental variables. Journal of the
American Statistical Association, 91(434), 444-455. doi:10.1080/01621459.1996.10476902
Andrews, I., Stock, J. H., & Sun, L. (2019). Weak instruments in instrumental variables regression: theory and practice. Annual Review of
Economics, 11, 727-753. doi:10.1146/annurev-economics-080218-025643
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import stdtrit

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Variance
from cycles.study.inference.arm_model import ArmModel
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.least_squares import Floats, LeastSquares, least_squares
from cycles.study.inference.sample import Ints

NOTHING = 1e-10
"""A first stage smaller than this moves nobody."""


@dataclass(frozen=True)
class TwoStages:
    """A fitted second stage, and the two regressions on the assignment that it is the ratio of.

    `second` has the coefficients of two-stage least squares, the projected design's basis, and residuals with what was really received.
    """

    second: LeastSquares
    outcome_on_assigned: LeastSquares
    received_on_assigned: LeastSquares
    focus: int

    @property
    def first_stage(self) -> float:
        """How much assignment moved what was received."""
        return float(self.received_on_assigned.coefficients[self.focus])


def two_stages(model: ArmModel, received: Floats) -> TwoStages:
    """Fit the model with what was received in place of the arm, and the arm as its instrument.

    Parameters
    ----------
    model : the model of the arms; its `focus` column is the assignment
    received : array (n,), what each unit received

    Raises
    ------
    DesignError
        CY319 when assignment moved nobody; CY305 and CY306 as for least squares.

    Examples
    --------
    >>> arm, ones = np.array([0.0, 0, 0, 0, 1, 1, 1, 1]), np.ones(8)
    >>> got, mark = np.array([0.0, 0, 0, 1, 0, 1, 1, 1]), np.array([1.0, 2, 3, 6, 2, 6, 5, 7])
    >>> model = ArmModel(mark, np.column_stack([ones, arm]), ("intercept", "arm[yes]"), 1, 2)
    >>> round(two_stages(model, got).second.coefficients[1].item(), 6)
    4.0
    """
    terms = tuple("received" if place == model.focus else term for place, term in enumerate(model.terms))
    outcome = least_squares(model.response, model.design, model.terms)
    first = least_squares(received, model.design, model.terms)
    if abs(first.coefficients[model.focus]) < NOTHING:
        raise DesignError("as many received the change in the one group as in the other", code="CY319")
    projected, real = model.design.copy(), model.design.copy()
    projected[:, model.focus], real[:, model.focus] = received - first.residuals, received
    second = least_squares(model.response, projected, terms)
    return TwoStages(
        replace(second, residuals=model.response - real @ second.coefficients), outcome, first, model.focus
    )


def variance_of(fit: LeastSquares, *, kind: Variance, clusters: Ints | None, focus: int) -> CoefficientVariance:
    """The variance of a stage's coefficients; degrees of freedom up to its `focus`."""
    return coefficient_variance(fit, kind=kind, clusters=clusters, df_for=focus + 1)


def first_stage_f(stages: TwoStages, *, kind: Variance, clusters: Ints | None) -> float | None:
    """F of the first stage, robust as its standard error is; None where everybody did as assigned, so that nothing varies around it."""
    first = stages.received_on_assigned
    se = float(variance_of(first, kind=kind, clusters=clusters, focus=stages.focus).se[stages.focus])
    return (stages.first_stage / se) ** 2 if se > NOTHING else None


def anderson_rubin(
    stages: TwoStages, *, kind: Variance, clusters: Ints | None, level: float
) -> tuple[float, float] | None:
    r"""The effects that assignment's own test does not refuse; None where that is no interval with two ends.

    .. math:: \{\tau : |\hat\gamma_y - \tau \hat\gamma_d| \le t \cdot SE(\hat\gamma_y - \tau \hat\gamma_d)\}

    Parameters
    ----------
    stages : the two stages
    kind, clusters : kind of variance
    level : coverage

    Notes
    -----
    The variance of the difference is a quadratic in the effect, so the ends are where another one is zero; nothing is searched for.
    """
    focus, outcome, received = stages.focus, stages.outcome_on_assigned, stages.received_on_assigned
    scale = float(
        np.sqrt((outcome.residuals @ outcome.residuals) / (received.residuals @ received.residuals + NOTHING))
    )

    def spread(effect: float) -> tuple[float, float]:
        left = replace(outcome, residuals=outcome.residuals - effect * received.residuals)
        found = variance_of(left, kind=kind, clusters=clusters, focus=focus)
        return float(found.covariance[focus, focus]), float(found.df[focus])

    (here, df), (above, _), (below, _) = spread(0.0), spread(scale), spread(-scale)
    square, cross = ((above + below) / 2 - here) / scale**2, (above - below) / (2 * scale)
    reach = float(stdtrit(df, (1 + level) / 2)) ** 2
    moved, gained = stages.first_stage, float(outcome.coefficients[focus])
    a, b, c = moved**2 - reach * square, -2 * gained * moved - reach * cross, gained**2 - reach * here
    inside = b**2 - 4 * a * c
    if a <= 0 or inside < 0:
        return None
    return (-b - float(np.sqrt(inside))) / (2 * a), (-b + float(np.sqrt(inside))) / (2 * a)
