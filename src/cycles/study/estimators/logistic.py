"""Difference of two arms in the share of a yes-or-no outcome, by logistic regression.

Wooldridge, J. M. (2010). Econometric Analysis of Cross Section and Panel Data, 2nd ed., section 15.6. MIT Press.
Freedman, D. A. (2008). Randomization does not justify logistic regression. Statistical Science, 23(2), 237-249.
doi:10.1214/08-STS262
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.optimize import minimize

from cycles.core.errors import DesignError
from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, ArmModel, arm_model, record_of, se_kind
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.cox_index import PER_STANDARD_DEVIATION
from cycles.study.inference.effect_size import small_sample_factor
from cycles.study.inference.least_squares import Floats, least_squares
from cycles.study.inference.logit import Logit, fit_logit, penalised_likelihood, shares
from cycles.study.inference.sample import Sample

EFFECT = "average difference in share"
IN_POINTS = (
    "The value is the average marginal effect: the mean, over the units of the two arms, of their predicted share with the change minus "
    "that without it; its standard error is by the delta method, with baseline, covariates and blocks as they are."
)
FIRTH = "Odds by Firth's penalised likelihood, which has a highest point also where the outcome is separated."
PLAIN = "Odds by maximum likelihood; linear programming found no separation."
WEIGHTED = "Robust variances are those of the weighted least squares of the last step, its rows scaled by the root of their weights."


class Options(Model):
    """`separation`: where odds have no end, "refuse", or take Firth's penalised likelihood ("firth", then used in any case)."""

    separation: Literal["refuse", "firth"] = "refuse"


@dataclass(frozen=True)
class _Told:
    """The effect, then the log odds: as the record's table of coefficients has them."""

    terms: tuple[str, ...]
    coefficients: Floats
    residuals: Floats


@ESTIMATORS.register(
    "logistic",
    needs_baseline=False,
    takes_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=False,
    one_group=False,
    options=Options,
)
def logistic(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95, options: Options | None = None
) -> Estimate:
    r"""Regress the log odds of yes on the arms, the baseline if there is one, covariates and blocks.

    .. math:: \log\frac{p_i}{1 - p_i} = \alpha + \beta\, \text{change}_i + \delta\, y_{i0} + x_i'\theta + \gamma_{\text{block}(i)}, \quad
              \hat\tau = \frac1n \sum_i \big(\hat p_i(\text{change}) - \hat p_i(\text{comparison})\big)

    Parameters
    ----------
    panel : Panel
        With an outcome of 0 and 1.
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.
    options : Options
        `separation` ("refuse" or "firth").

    Returns
    -------
    Estimate
        `value` is the average marginal effect, in shares; `coefficients` has it and the log odds of every term; `facts` the odds ratio
        with its interval and the Cox index of the model's odds ratio.

    Raises
    ------
    DesignError
        CY318 when the outcome is separated, CY310 for an outcome that is not 0 and 1, CY305, CY306; :func:`cycles.estimate` turns them
        into a record.

    Notes
    -----
    An odds ratio grows with every covariate added, also in a randomised trial, and is no ratio of shares: the average marginal effect is
    the headline. With many small blocks log odds are exaggerated; prefer `difference_in_means` then.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": ["y"] * 10 + ["n"] * 10, "passed": [1] * 8 + [0] * 2 + [1] * 5 + [0] * 5})
    >>> panel = as_panel(frame, measure="passed", outcome="passed", arm="arm", change="y", comparison="n", outcome_unit="share")
    >>> found = estimate(panel, estimator="logistic")
    >>> round(found.value, 6), round(found.facts["odds_ratio"], 6)
    (0.3, 4.0)
    """
    options = options or Options()
    firth = options.separation == "firth"
    if not np.isin(sample.outcome, (0.0, 1.0)).all():
        raise DesignError("logistic needs an outcome of yes and no (1 and 0)", code="CY310")
    model = arm_model(sample, response=sample.outcome, baseline=True)
    fit = fit_logit(sample.outcome, model.design, model.terms, firth=firth)
    told = _Told(
        (EFFECT, *(f"log odds: {term}" for term in model.terms[: model.n_reported])),
        np.append(_effect(model, sample, fit.log_odds), fit.log_odds[: model.n_reported]),
        fit.weighted.residuals,
    )
    about = Account(
        estimator="logistic",
        second_route=lambda: _by_another_search(model, sample, firth),
        conventions=conventions_of(
            panel, sample, variance=variance, more=(IN_POINTS, FIRTH if firth else PLAIN, WEIGHTED)
        ),
    )
    found = record_of(
        panel,
        sample,
        told,
        focus=0,
        uncertainty=lambda: _uncertainty(model, sample, fit, variance),
        se_kind=se_kind(panel, variance),
        level=level,
        about=about,
    )
    return replace(found, facts=_facts(found, sample, told.coefficients[1 + model.focus], 1 + model.focus))


def _effect(model: ArmModel, sample: Sample, log_odds: Floats) -> float:
    change, comparison = _both_ways(model, sample)
    return float((shares(change, log_odds) - shares(comparison, log_odds)).mean())


def _both_ways(model: ArmModel, sample: Sample) -> tuple[Floats, Floats]:
    """The rows of the two arms as they would be with the change, and without it."""
    rows = model.design[sample.arm <= 1]
    return tuple(np.where(np.arange(rows.shape[1]) == model.focus, switch, rows) for switch in (1.0, 0.0))  # type: ignore[return-value]


def _uncertainty(model: ArmModel, sample: Sample, fit: Logit, variance: Variance) -> CoefficientVariance:
    """Of the effect, in the place of the arm's log odds, by its slope in them; then of the log odds themselves."""
    own = _variance(fit.weighted, sample, variance, model.n_reported)
    slope = _slope(model, sample, fit.log_odds)
    turn = np.eye(len(slope))
    turn[model.focus] = slope
    roots = fit.weighted.basis @ np.linalg.inv(fit.weighted.root)
    turned = least_squares(np.zeros(len(roots)), roots @ np.linalg.inv(turn), model.terms)
    effect = _variance(replace(turned, residuals=fit.weighted.residuals), sample, variance, model.focus + 1)
    first, reported = model.focus, slice(model.n_reported)
    return CoefficientVariance(
        np.diag(np.append(np.diag(effect.covariance)[first], np.diag(own.covariance)[reported])),
        np.append(effect.df[first], own.df[reported]),
    )


def _variance(fit: object, sample: Sample, variance: Variance, df_for: int) -> CoefficientVariance:
    found = coefficient_variance(fit, kind=variance, clusters=sample.clusters, df_for=df_for)  # type: ignore[arg-type]
    return replace(found, covariance=fit.bread) if variance == "classical" else found  # type: ignore[attr-defined]


def _slope(model: ArmModel, sample: Sample, log_odds: Floats) -> Floats:
    """How the effect moves with each log odds."""
    parts = [
        shares(rows, log_odds)[:, None] * shares(rows, -log_odds)[:, None] * rows for rows in _both_ways(model, sample)
    ]
    return (parts[0] - parts[1]).mean(axis=0)


def _by_another_search(model: ArmModel, sample: Sample, firth: bool) -> float:
    """The effect where a general-purpose search ends."""
    basis, triangle = np.linalg.qr(model.design)
    basis = basis * np.sqrt(sample.n)

    def depth(place: Floats) -> float:
        return -penalised_likelihood(basis, sample.outcome, place, firth=firth) / sample.n

    ended = minimize(depth, np.zeros(basis.shape[1]), method="BFGS", options={"gtol": 1e-9}).x
    return _effect(model, sample, np.linalg.solve(triangle, ended) * np.sqrt(sample.n))


def _facts(found: Estimate, sample: Sample, log_odds: float, row: int) -> dict[str, float | None]:
    omega = small_sample_factor(len(sample.of(0)) + len(sample.of(1)))
    facts: dict[str, float | None] = {
        "odds_ratio": float(np.exp(log_odds)),
        "cox_index": omega * float(log_odds) / PER_STANDARD_DEVIATION,
        "odds_ratio_low": None,
        "odds_ratio_high": None,
        "cox_index_se": None,
    }
    if found.low is not None and found.coefficients is not None:
        arm = found.coefficients.iloc[row]
        facts |= {"odds_ratio_low": float(np.exp(arm.low)), "odds_ratio_high": float(np.exp(arm.high))}
        facts["cox_index_se"] = omega * float(arm.se) / PER_STANDARD_DEVIATION
    return facts
