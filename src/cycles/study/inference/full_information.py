"""The difference of two arms among units of equal baseline, by maximum likelihood on all values that were observed.

Enders, C. K., & Bandalos, D. L. (2001). The relative performance of full information maximum likelihood estimation for missing data in
structural equation models. Structural Equation Modeling, 8(3), 430-457. doi:10.1207/S15328007SEM0803_5
"""

from dataclasses import dataclass, replace

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.inference.arm_model import Account, ArmModel, arm_model, record_of, require_spread
from cycles.study.inference.cluster_spectra import cluster_sums
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.estimability import require_baseline
from cycles.study.inference.incomplete_normal import IncompleteNormal, incomplete_normal
from cycles.study.inference.least_squares import Floats, least_squares
from cycles.study.inference.sample import Ints, Sample, take_sample

HOW = (
    "Full-information maximum likelihood: outcome, baseline and covariates are taken as jointly normal around the means of the arms, and "
    "every value that was observed counts; outcomes that are missing are not filled in."
)
STANDARD_ERROR = (
    "Standard error: sandwich by {by} around the observed information, times the ratio of CR2 to CR0 in the same model with missing values "
    "at their expectation, whose Satterthwaite degrees of freedom are used."
)
HANDLING = "missing baselines and covariates are allowed for by maximum likelihood; units without an outcome are counted, not filled in"
KINDS: tuple[Variance, Variance] = ("CR2", "CR0")


@dataclass(frozen=True)
class _Fit:
    """The model as a record needs it."""

    terms: tuple[str, ...]
    coefficients: Floats
    residuals: Floats


def full_information(panel: Panel, observed: Sample, *, level: float) -> Estimate:
    """Analysis of covariance by maximum likelihood on incomplete data.

    Parameters
    ----------
    panel : the panel
    observed : its units with an outcome
    level : coverage of the interval

    Returns
    -------
    Estimate
        Of the units with an outcome and of what is known of the others. `facts` has `se_cr0`, the sandwich without small-sample factor.

    Raises
    ------
    DesignError
        CY310 without a baseline or with weights, CY305, CY306, CY304; CY323 when the likelihood does not settle.
    """
    if panel.weight_name:
        raise DesignError("full-information maximum likelihood does not use weights", code="CY310")
    model, clusters = _incomplete(panel)
    fit, order = _fitted(model)
    seen = ~np.isnan(model.response)
    filled = _filled(model, fit)[seen]
    plain = least_squares(model.response[seen], filled, model.terms)
    require_spread(plain, observed)
    coefficients = fit.regression[order]
    shown = _Fit(model.terms, coefficients, model.response[seen] - filled @ coefficients)
    sandwich = np.sqrt((cluster_sums(fit.influence()[:, order], clusters) ** 2).sum(axis=0))

    def uncertainty() -> CoefficientVariance:
        groups = np.unique(clusters[seen], return_inverse=True)[1]
        robust, bare = (
            coefficient_variance(plain, kind=kind, clusters=groups, df_for=model.n_reported) for kind in KINDS
        )
        return CoefficientVariance(np.diag((sandwich * robust.se / bare.se) ** 2), robust.df)

    by = panel.cluster_name or panel.unit_name
    more = (HOW, STANDARD_ERROR.format(by=by), f"Adjusted for {', '.join(('the baseline', *panel.covariates))}.")
    about = Account(
        estimator="ancova",
        second_route=lambda: float(_by_moments(fit)[order][model.focus]),
        conventions=conventions_of(panel, observed, variance=None, more=more),
    )
    found = record_of(
        panel,
        observed,
        shown,
        focus=model.focus,
        uncertainty=uncertainty,
        se_kind=f"ML sandwich by {by}",
        level=level,
        about=about,
    )
    facts = {} if found.se is None else {"se_cr0": float(sandwich[model.focus])}
    return replace(found, missing_handling=HANDLING, facts=facts)


def _incomplete(panel: Panel) -> tuple[ArmModel, Ints]:
    """The model of every unit of which something is known that another lacks, and the clusters."""
    whole = take_sample(panel, baseline=True, covariates=True, whole=True)
    require_baseline(True, whole.baseline is not None and bool(np.isfinite(whole.baseline).any()))
    model = arm_model(whole, response=whole.outcome, baseline=True)
    gaps = np.isnan(model.design).any(axis=0)
    kept = ~np.isnan(np.column_stack([model.response, model.design[:, gaps]])).all(axis=1)
    clusters = np.arange(whole.n) if whole.clusters is None else whole.clusters
    return replace(model, response=model.response[kept], design=model.design[kept]), clusters[kept]


def _fitted(model: ArmModel) -> tuple[IncompleteNormal, Ints]:
    """What is incomplete given what is complete, and the place of each term of the model in its regression."""
    gaps = np.isnan(model.design).any(axis=0)
    complete = model.design[:, ~gaps]
    seen = ~np.isnan(model.response)
    least_squares(model.response[seen], complete[seen], tuple(np.array(model.terms)[~gaps].tolist()))
    fit = incomplete_normal(np.column_stack([model.response, model.design[:, gaps]]), complete)
    return fit, np.argsort(np.concatenate([np.flatnonzero(~gaps), np.flatnonzero(gaps)]))


def _filled(model: ArmModel, fit: IncompleteNormal) -> Floats:
    """The design with its gaps at their expectation."""
    design = model.design.copy()
    gaps = np.isnan(design).any(axis=0)
    design[:, gaps] = fit.filled[:, 1:]
    return design


def _by_moments(fit: IncompleteNormal) -> Floats:
    """The regression by the normal equations of the expected sums of products."""
    n, p = fit.data.shape
    left = fit.filled - fit.known @ fit.slopes
    columns = np.column_stack([fit.known, fit.filled])
    products = columns.T @ columns
    products[-p:, -p:] += n * fit.spread - left.T @ left
    own = np.delete(np.arange(len(products)), fit.known.shape[1])
    return np.asarray(np.linalg.solve(products[np.ix_(own, own)], products[own, fit.known.shape[1]]), dtype=float)
