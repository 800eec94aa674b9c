r"""Logistic regression on arrays: the likelihood's highest point, or why there is none, or the highest of a penalised likelihood.

Whether the outcome is separated is asked of the data by linear programming, not of the search for the highest point:
Konis, K. (2007). Linear Programming Algorithms for Detecting Separated Data in Binary Logistic Regression Models. DPhil thesis, Oxford.
Albert, A., & Anderson, J. A. (1984). On the existence of maximum likelihood estimates in logistic regression models. Biometrika,
71(1), 1-10. doi:10.1093/biomet/71.1.1
Firth, D. (1993). Bias reduction of maximum likelihood estimates. Biometrika, 80(1), 27-38. doi:10.1093/biomet/80.1.27
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, log_expit

from cycles.core.errors import DesignError
from cycles.study.inference.least_squares import SHOWN, Floats, LeastSquares, least_squares

MOST_STEPS = 100
HALVINGS = 30
SETTLED = 1e-10
"""A step that moves no linear predictor by more than this is the last."""

INVOLVED = 1e-7
"""A term with a smaller weight than this has no part in a separating combination."""


@dataclass(frozen=True)
class Logit:
    """A fitted logistic regression.

    `weighted` is the weighted least-squares problem of the last step, from which every robust variance is made: its coefficients are
    the log odds, its residuals the scores over the root of the weights.
    """

    weighted: LeastSquares
    design: Floats
    firth: bool

    @property
    def log_odds(self) -> Floats:
        """The coefficients (k,)."""
        return self.weighted.coefficients


def fit_logit(outcome: Floats, design: Floats, terms: tuple[str, ...], *, firth: bool = False) -> Logit:
    r"""Fit a yes-or-no outcome by maximum likelihood, or by Firth's penalised likelihood.

    .. math:: \ell^*(\beta) = \ell(\beta) + \tfrac12 \log |X' W X|, \quad W = \text{diag}(p_i (1 - p_i))

    Parameters
    ----------
    outcome : array (n,) of 0 and 1
    design : array (n, k), with its own column of ones
    terms : the k names of its columns
    firth : whether the likelihood is penalised; its highest point always exists

    Raises
    ------
    DesignError
        CY305 for collinear columns, CY306 for too few rows, CY318 when the outcome is separated and not penalised.

    Examples
    --------
    >>> yes, ones = np.array([1.0, 0, 0, 0, 1, 1, 0, 1]), np.ones(8)
    >>> arm = np.repeat([0.0, 1.0], 4)
    >>> fit_logit(yes, np.column_stack([ones, arm]), ("intercept", "arm")).log_odds.round(6).tolist()
    [-1.098612, 2.197225]
    """
    plain = least_squares(outcome, design, terms)
    if not firth:
        require_no_separation(outcome, design, terms)
    basis = plain.basis * np.sqrt(len(outcome))
    place = np.zeros(basis.shape[1])
    for _ in range(MOST_STEPS):
        step = _step(basis, outcome, place, firth)
        step = _shortened(basis, outcome, place, step, firth)
        place = place + step
        if np.abs(basis @ step).max() < SETTLED:
            break
    return Logit(_last_step(basis @ place, outcome, design, terms, firth), design, firth)


def require_no_separation(outcome: Floats, design: Floats, terms: tuple[str, ...]) -> None:
    """CY318 when a combination of the columns tells the outcome without fail, for everybody or for some (the others on the border).

    >>> yes, no = np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 0, 1])
    >>> require_no_separation(yes, np.column_stack([np.ones(4), [1.0, 2, 2, 1]]), ("intercept", "x"))
    """
    from scipy.optimize import linprog

    scaled = design / np.abs(design).max(axis=0)
    turned = np.unique((2 * outcome - 1)[:, None] * scaled, axis=0)
    found = linprog(-turned.sum(axis=0), A_ub=-turned, b_ub=np.zeros(len(turned)), bounds=(-1, 1), method="highs")
    weights = np.zeros(len(terms)) if found.x is None else found.x
    if (turned @ weights).max(initial=0.0) <= INVOLVED:
        return
    named = [
        term for term, weight in zip(terms, weights, strict=True) if abs(weight) > INVOLVED and term != "intercept"
    ]
    shown = ", ".join(named[:SHOWN]) + (f" and {len(named) - SHOWN} more" if len(named) > SHOWN else "")
    raise DesignError(f"the yes-or-no outcome is separated by {shown}", code="CY318")


def shares(design: Floats, log_odds: Floats) -> Floats:
    """The probability of yes for each row."""
    return np.asarray(expit(design @ log_odds), dtype=float)


def penalised_likelihood(design: Floats, outcome: Floats, log_odds: Floats, *, firth: bool) -> float:
    """The log-likelihood, with Firth's penalty if wanted."""
    line = design @ log_odds
    told = float(log_expit(np.where(outcome == 1, line, -line)).sum())
    if not firth:
        return told
    share = expit(line)
    return told + 0.5 * float(np.linalg.slogdet(design.T @ ((share * (1 - share))[:, None] * design))[1])


def _step(basis: Floats, outcome: Floats, place: Floats, firth: bool) -> Floats:
    share = expit(basis @ place)
    weights = share * (1 - share)
    information = basis.T @ (weights[:, None] * basis)
    return np.asarray(
        np.linalg.solve(information, basis.T @ _scores(basis, outcome, share, information, firth)), dtype=float
    )


def _scores(basis: Floats, outcome: Floats, share: Floats, information: Floats, firth: bool) -> Floats:
    if not firth:
        return outcome - share
    leverage = share * (1 - share) * np.einsum("ij,ij->i", basis @ np.linalg.inv(information), basis)
    return outcome - share + leverage * (0.5 - share)


def _shortened(basis: Floats, outcome: Floats, place: Floats, step: Floats, firth: bool) -> Floats:
    """The step, halved until it climbs."""
    here = penalised_likelihood(basis, outcome, place, firth=firth)
    for _ in range(HALVINGS):
        if penalised_likelihood(basis, outcome, place + step, firth=firth) >= here - 1e-12 * abs(here):
            break
        step = step / 2
    return step


def _last_step(line: Floats, outcome: Floats, design: Floats, terms: tuple[str, ...], firth: bool) -> LeastSquares:
    share = expit(line)
    roots = np.sqrt(share * (1 - share))
    weighted = least_squares(roots * line, roots[:, None] * design, terms)
    information = (roots[:, None] * design).T @ (roots[:, None] * design)
    return replace(weighted, residuals=_scores(design, outcome, share, information, firth) / roots)
