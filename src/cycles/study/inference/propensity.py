"""The propensity score: how likely each unit was to be in the change arm, given what was known of it before.

Rosenbaum, P. R., & Rubin, D. B. (1983). The central role of the propensity score in observational studies for causal effects.
Biometrika, 70(1), 41-55. doi:10.1093/biomet/70.1.41
Konis, K. (2007). Linear programming algorithms for detecting separated data in binary logistic regression models (thesis). University of
Oxford.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.study.inference.least_squares import SHOWN, Floats, collinear_terms

STEPS = 100
SETTLED = 1e-10
"""Change of the linear score (in logits) below which Newton's method has arrived."""

FAR = 15.0
"""A linear score beyond this is looked at for separation: the odds are a million to one."""


@dataclass(frozen=True)
class Propensity:
    """Logistic regression of the arm: `score` (n,) in 0-1 and `logit` (n,).

    `design` (n, k) is ones and the standardised columns, `information` (k, k) theirs.
    """

    score: Floats
    logit: Floats
    design: Floats
    information: Floats


def propensity(arm: Floats, columns: Floats, names: tuple[str, ...], *, weights: Floats | None = None) -> Propensity:
    r"""Fit the arm on the covariates by maximum likelihood.

    .. math:: \Pr(\text{change}_i = 1) = 1 / (1 + e^{-(\alpha + x_i'\gamma)})

    Parameters
    ----------
    arm : array (n,) of 0 and 1, both present
    columns : array (n, k) of covariates, finite, without a constant
    names : the k names of the columns
    weights : array (n,), how many units each one stands for; one each when None

    Returns
    -------
    Propensity

    Raises
    ------
    DesignError
        CY305 for collinear columns; CY314 when a combination of columns is found in one arm only (separation), with their names.

    Notes
    -----
    Newton's method. Where scores run away, a linear program decides whether the likelihood has a highest point at all; a large score alone
    is not taken for separation.

    Examples
    --------
    >>> found = propensity(np.array([1.0, 0, 0, 1, 1, 0]), np.array([[0.0], [0], [0], [1], [1], [1]]), ("x",))
    >>> found.score.round(6).tolist()
    [0.333333, 0.333333, 0.333333, 0.666667, 0.666667, 0.666667]
    """
    terms = ("intercept", *names)
    design = np.column_stack([np.ones(len(arm)), columns])
    entangled = collinear_terms(design, terms)
    if entangled:
        raise DesignError(
            f"covariates are combinations of one another: {listed(_some(entangled, len(entangled)))}", code="CY305"
        )
    design[:, 1:] = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    found = _newton(arm, design, np.ones(len(arm)) if weights is None else weights)
    if found is None or np.abs(found[0]).max() > FAR:
        _require_overlap(arm, design, terms)
    if found is None:
        raise DesignError("the logistic regression of the arms did not settle", code="CY314")
    logit, information = found
    return Propensity(expit(logit), logit, design, information)


def _newton(arm: Floats, design: Floats, weights: Floats) -> tuple[Floats, Floats] | None:
    """Linear scores and information at the highest likelihood; None when there is no way there."""
    coefficients, logit = np.zeros(design.shape[1]), np.zeros(len(arm))
    for _ in range(STEPS):
        score = expit(logit)
        information = (design * (weights * score * (1 - score))[:, None]).T @ design
        try:
            step: Floats = np.linalg.solve(information, design.T @ (weights * (arm - score))).astype(float)
        except np.linalg.LinAlgError:
            return None
        coefficients, before = _better(coefficients, step, arm, design, weights), logit
        logit = design @ coefficients
        if np.abs(logit - before).max() < SETTLED:
            return logit, information
    return None


def _better(coefficients: Floats, step: Floats, arm: Floats, design: Floats, weights: Floats) -> Floats:
    """The step, halved until the likelihood does not fall."""
    here = _likelihood(design @ coefficients, arm, weights)
    for halving in range(30):
        reached = coefficients + step / 2**halving
        if _likelihood(design @ reached, arm, weights) >= here - 1e-12 * abs(here):
            return reached
    return coefficients


def _likelihood(logit: Floats, arm: Floats, weights: Floats) -> float:
    return float(weights @ (arm * logit - np.logaddexp(0.0, logit)))


def _require_overlap(arm: Floats, design: Floats, terms: tuple[str, ...]) -> None:
    """CY314 when a combination of the columns is never below nothing in one arm and never above it in the other."""
    from scipy.optimize import linprog

    signed = design * np.where(arm == 1, 1.0, -1.0)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(arm)), bounds=(-1, 1))
    if found.status == 0 and found.fun is not None and found.x is not None and found.fun < -1e-6:
        involved = [term for term, one in zip(terms, found.x, strict=True) if abs(one) > 1e-6 and term != "intercept"]
        raise DesignError(
            f"a combination of {listed(_some(involved, len(involved)))} is found in one arm only", code="CY314"
        )


def _some(names: tuple[str, ...] | list[str], n: int) -> list[str]:
    return [*names[:SHOWN], *([f"{n - SHOWN} more"] if n > SHOWN else [])]
