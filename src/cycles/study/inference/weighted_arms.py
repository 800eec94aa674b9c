r"""The difference of two arms when the comparison is weighted to be like the change arm, and how sure one can be of it.

Estimated weights are not treated as known. What the covariates they balance explain of the outcome is taken out of the residuals
(the influence of each unit on the estimate, through the weights too), and the cluster-robust variance is taken of those:
Lunceford, J. K., & Davidian, M. (2004). Stratification and weighting via the propensity score in estimation of causal treatment effects.
Statistics in Medicine, 23(19), 2937-2960. doi:10.1002/sim.1903
Zhao, Q., & Percival, D. (2017). Entropy balancing is doubly robust. Journal of Causal Inference, 5(1). doi:10.1515/jci-2016-0010
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.inference.arm_model import Account, record_of, require_spread, se_kind
from cycles.study.inference.balance import effective_number
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.estimability import MIN_UNITS
from cycles.study.inference.least_squares import Floats, LeastSquares, least_squares
from cycles.study.inference.sample import Sample

INDEPENDENT = 1e-8
"""Below this share of its length a balanced column adds nothing to the others."""


@dataclass(frozen=True)
class Weighting:
    """Weights (n,) that make the comparison look like the change arm; in both arms they add up to the same.

    `balanced` (n, k) are the functions of the covariates whose weighted means the weights make equal in both arms, and `lean` gives the
    slopes (k,) with which the outcome, less its arm's mean, leans on them. None of both when the weights are taken as known.
    """

    weights: Floats
    balanced: Floats
    lean: Callable[[Floats], Floats]


def known(weights: Floats) -> Weighting:
    """Weights as if they had been given, not estimated."""
    return Weighting(weights, np.empty((len(weights), 0)), lambda _: np.empty(0))


def covariates_of(sample: Sample) -> tuple[Floats, tuple[str, ...]]:
    """What the arms are made alike in: the baseline if there is one, the covariates, and each block but the first.

    Raises
    ------
    DesignError
        CY310 when there is nothing.
    """
    columns, names = [*sample.covariates.T], [*sample.covariate_names]
    if sample.baseline is not None:
        columns.insert(0, sample.baseline)
        names.insert(0, "baseline")
    if sample.blocks is not None:
        columns.extend((sample.blocks == place).astype(float) for place in range(1, len(sample.block_names)))
        names.extend(f"block[{name}]" for name in sample.block_names[1:])
    if not columns:
        raise DesignError("there is no baseline, covariate or block to make the arms alike in", code="CY310")
    return np.column_stack(columns), tuple(names)


def require_weights(weights: Floats) -> None:
    """CY316 unless every weight is finite and above zero.

    >>> require_weights(np.array([1.0, 0.5]))
    """
    unusable = int((~(np.isfinite(weights) & (weights > 0))).sum())
    if unusable:
        raise DesignError(f"{unusable:,} of {len(weights):,} weights are not finite or not above zero", code="CY316")


def weighted_difference(
    panel: Panel,
    sample: Sample,
    weighting: Weighting,
    *,
    variance: Variance,
    level: float,
    about: Account,
    balance: pd.DataFrame,
    facts: dict[str, float],
) -> Estimate:
    """The record of the weighted difference in means: the effect on those who had the change.

    Parameters
    ----------
    panel, sample : what is estimated, from whom; the sample has two arms
    weighting : the weights, and what estimating them takes out of the residuals
    variance, level, about : as for the other models
    balance, facts : for the record

    Returns
    -------
    Estimate
        `coefficients` has the comparison's weighted mean (without uncertainty) and the effect.

    Raises
    ------
    DesignError
        CY316 for unusable weights, CY314 when they leave less than two units of the comparison, CY304 when nothing is left to judge by,
        CY306 when the model is too large.
    """
    weights = weighting.weights
    require_weights(weights)
    left = effective_number(weights[sample.arm == 0])
    if left < MIN_UNITS:
        raise DesignError("a single unit of the comparison carries nearly all of the weight", code="CY314")
    fit = _fit(sample, weighting)
    require_spread(fit, sample)

    def uncertainty() -> CoefficientVariance:
        found = coefficient_variance(fit, kind=variance, clusters=sample.clusters, df_for=2)
        se = np.array([np.nan, found.covariance[1, 1]])
        return CoefficientVariance(np.diag(se), np.array([np.nan, found.df[1]]))

    arms = replace(fit, terms=("intercept", f"arm[{sample.arms[1]}]"), coefficients=fit.coefficients[:2])
    kind = se_kind(panel, variance)
    told = record_of(panel, sample, arms, focus=1, uncertainty=uncertainty, se_kind=kind, level=level, about=about)
    own = {"effective_n": left, **facts}
    return replace(told, estimand=estimand_of_change(panel), balance=balance, facts=own)


def difference_of_means(sample: Sample, weights: Floats) -> float:
    """The weighted difference in means, by hand."""
    change, comparison = (float(np.average(sample.of(code), weights=weights[sample.arm == code])) for code in (1, 0))
    return change - comparison


def estimand_of_change(panel: Panel) -> str:
    """The effect on those who had the change, in words."""
    return (
        f"mean effect on {panel.measure} among the {panel.unit_name}s in {panel.change} who have an outcome, compared with those in "
        f"{panel.comparison} made like them"
    )


def _fit(sample: Sample, weighting: Weighting) -> LeastSquares:
    """Weighted regression on the arm and the balanced columns, with the residuals that influence the estimate."""
    arm, weights = (sample.arm == 1).astype(float), weighting.weights
    roots = np.sqrt(weights / weights.mean())
    means = np.column_stack([np.ones(sample.n), arm])
    plain = least_squares(roots * sample.outcome, roots[:, None] * means, ("intercept", "arm"))
    centred = sample.outcome - means @ plain.coefficients
    influence = centred - weighting.balanced @ weighting.lean(centred)
    balanced = _independent(roots[:, None] * weighting.balanced, plain.basis)
    design = np.column_stack([roots[:, None] * means, balanced])
    terms = (*plain.terms, *(f"balanced {place}" for place in range(balanced.shape[1])))
    full = least_squares(roots * sample.outcome, design, terms)
    coefficients = np.append(plain.coefficients, np.zeros(balanced.shape[1]))
    return replace(full, coefficients=coefficients, residuals=roots * influence)


def _independent(columns: Floats, basis: Floats) -> Floats:
    """Orthonormal directions that the columns add to a basis."""
    lengths = np.sqrt(np.einsum("ij,ij->j", columns, columns))
    scaled = columns / np.where(lengths > 0, lengths, 1.0)
    left, sizes, _ = np.linalg.svd(scaled - basis @ (basis.T @ scaled), full_matrices=False)
    return left[:, sizes > INDEPENDENT]
