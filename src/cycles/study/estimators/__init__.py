"""Estimators: methods that turn a panel into an estimate. Each module is one; the folder is the list.

An estimator registers what it needs: `needs_baseline` (or `takes_baseline`, where it uses one if there is one), `uses_covariates`,
`adjusts` (whether it adjusts for the baseline) and `subtracts` (whether it takes the baseline off the outcome, so that both must be the
same measure). One that takes `series` works on a panel of series over time instead, and needs none of these. One that is `least_squares`
can be resampled. Some have `options` (a model of their own), take a panel's weights (`takes_weights`), or choose among the units
(`selects_units`) and then judge effect sizes by those they chose.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from cycles.core.errors import DesignError, ParameterError, nearest
from cycles.core.registry import Registry
from cycles.core.vocabulary import Estimate, Panel, Resampling, SeriesPanel, Variance
from cycles.plan.method import FEWEST_DRAWS, EstimateSpec, Missing
from cycles.study.estimators._missing import Asked, with_missing_values
from cycles.study.inference.across_breaks import across_breaks
from cycles.study.inference.arm_model import not_estimable
from cycles.study.inference.estimability import estimable_sample, is_one_group, uses_baseline
from cycles.study.inference.resampling import KINDS, Wanted, with_resampling
from cycles.study.inference.wwc import with_wwc

__all__ = ["ESTIMATORS", "estimate", "estimate_alternatives", "estimate_by_subgroup"]

ESTIMATORS = Registry("cycles.study.estimators", kind="estimator")


VARIANCES: tuple[Variance, ...] = ("classical", "HC1", "HC2", "HC3", "CR0", "CR1", "CR1S", "CR2", "CR3", "linearised")


def estimate(
    panel: Panel | SeriesPanel,
    *,
    estimator: str | EstimateSpec,
    variance: Variance = "CR2",
    level: float = 0.95,
    options: Mapping[str, Any] | None = None,
    missing: Missing | None = None,
    resampling: tuple[Resampling, ...] = (),
    draws: int = 2000,
    seed: int = 0,
) -> Estimate:
    """Estimate what the panel's design asks, or say why it cannot be.

    Parameters
    ----------
    panel : Panel or SeriesPanel
        One row per unit, or per series and period, with or without an outcome. It is not changed.
    estimator : str or EstimateSpec
        A name of `ESTIMATORS`; or the cycle file's own choice, whose variance and level are then used.
    variance : {"classical", "HC1", "HC2", "HC3", "CR0", "CR1", "CR1S", "CR2", "CR3"}
        Kind of standard error. Without clusters CR2 is HC2. CR3 is the cluster jackknife. `mixed_model` has its own.
    level : float, 0.5-1
        Coverage of the intervals.
    options : mapping or None
        The estimator's own, such as `{"ratio": 2}` for `nearest_neighbour`; its docstring names them.
    missing : Missing or None
        What is done where an outcome, baseline or covariate is missing, such as `Missing(method="multiple_imputation")`; None leaves such
        units out and counts them. Imputation is for estimators that are least squares, "fiml" for `ancova`.
    resampling : tuple of {"wild_bootstrap", "randomisation"}
        A second inference beside the interval, in `resampled`; with fewer than six clusters in an arm both are made unasked.
    draws, seed : int
        How many samples or assignments are drawn for it where there are more, and the seed; also of the values that are imputed.

    Returns
    -------
    Estimate
        In the panel's `outcome_unit`, change minus comparison. `state` is "estimated"; "degraded", described without interval or p (CY307:
        two or three clusters in an arm; CY221: the outcome less a baseline from before a series break); or "not_estimable" with CY302-CY306
        or CY308-CY310.
        Every number that is not known is None.

    Raises
    ------
    ParameterError
        CY102 for an unknown estimator, variance or kind of resampling, CY105 for a level outside 0.5-1, fewer than 99 draws or a seed
        below zero. Never for the data.
    ProblemsError
        CY101 and CY105 for options that the estimator does not have.

    Notes
    -----
    Units without an outcome, and without a baseline or covariate the estimator needs, are left out and counted, not filled in, unless
    `missing` says otherwise; what was drawn is never counted as observed.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> frame = pd.DataFrame({"arm": ["yes", "yes", "yes", "no", "no", "no"], "score": [5.0, 6, 7, 4, 5, 6]})
    >>> panel = as_panel(frame, measure="score", outcome="score", arm="arm", change="yes", comparison="no")
    >>> found = estimate(panel, estimator="difference_in_means")
    >>> round(found.value, 6), round(found.se, 6), found.se_kind, round(found.effect_size, 6)
    (1.0, 0.816497, 'HC2', 0.8)
    """
    if isinstance(estimator, EstimateSpec):
        spec, variance, level = estimator, estimator.variance, estimator.level
        estimator, options = spec.estimator, spec.options
        resampling, draws, missing = spec.resampling, spec.draws, spec.missing
    method, facts = ESTIMATORS.get(estimator), ESTIMATORS.facts(estimator)
    _require_known(variance, level)
    wanted = _wanted(resampling, draws, seed)
    own = own_options(estimator, options or {})
    try:
        if isinstance(panel, SeriesPanel) or facts.get("series"):
            return _over_time(method, panel, estimator, level=level, **own)
        one_group = is_one_group(panel)
        if one_group and not facts["one_group"]:
            raise DesignError(f"{estimator} compares arms, and the design follows one group", code="CY310")
        if panel.weight_name and not facts.get("takes_weights"):
            raise DesignError(f"{estimator} does not use weights ({panel.weight_name})", code="CY310")
        baseline = uses_baseline(facts, panel) or one_group
        if missing is not None and missing.method != "complete_cases":
            asked = Asked(estimator=estimator, baseline=baseline, variance=variance, level=level, seed=seed)
            return with_missing_values(panel, partial(method, **own), facts, asked=asked, how=missing, wanted=wanted)
        sample = estimable_sample(panel, baseline=baseline, covariates=facts["uses_covariates"])
        found = method(panel, sample, variance=variance, level=level, **own)
        if not facts.get("selects_units"):
            found = with_wwc(across_breaks(found, panel, subtracts=one_group or facts["subtracts"]), panel, sample)
        return with_resampling(found, panel, sample, facts, wanted=wanted)
    except DesignError as refusal:
        return not_estimable(panel, refusal, estimator=estimator, level=level)


def _over_time(method: Any, panel: Panel | SeriesPanel, estimator: str, *, level: float, **own: Any) -> Estimate:
    """What an estimator of series over time says of such a panel."""
    if not isinstance(panel, SeriesPanel):
        raise DesignError(f"{estimator} needs series over time, and the panel has one row per unit", code="CY310")
    if not ESTIMATORS.facts(estimator).get("series"):
        raise DesignError(f"{estimator} compares units, and the panel has series over time", code="CY310")
    found: Estimate = method(panel, level=level, **own)
    return found


def own_options(estimator: str, options: Mapping[str, Any], *, where: str = "estimate.options") -> dict[str, Any]:
    """What an estimator is called with besides: its options as its own model, or nothing where it has none.

    Raises
    ------
    ProblemsError
        CY101 for an option that it does not have, CY105 for a value that is not allowed; a ParameterError where it has none at all.
    """
    model = ESTIMATORS.facts(estimator).get("options")
    if model is not None:
        return {"options": model.parse(dict(options), where=where)}
    if options:
        raise ParameterError(f"{estimator} has no options", code="CY101", where=where, fix="Leave `options` out.")
    return {}


def _require_known(variance: str, level: float) -> None:
    if variance not in VARIANCES:
        raise ParameterError(
            f"unknown variance '{variance}'", code="CY102", where="estimate.variance", fix=nearest(variance, VARIANCES)
        )
    if not 0.5 < level < 1:
        raise ParameterError(
            f"level is {level}", code="CY105", where="estimate.level", fix="Write a share such as 0.95."
        )


def _wanted(resampling: tuple[str, ...], draws: int, seed: int) -> Wanted:
    for kind in resampling:
        if kind not in KINDS:
            fix = nearest(kind, KINDS)
            raise ParameterError(f"unknown resampling '{kind}'", code="CY102", where="estimate.resampling", fix=fix)
    if draws < FEWEST_DRAWS:
        fix = f"Write {FEWEST_DRAWS} or more, such as 2000."
        raise ParameterError(f"draws is {draws}", code="CY105", where="estimate.draws", fix=fix)
    if seed < 0:
        raise ParameterError(f"seed is {seed}", code="CY105", where="seed", fix="Write a whole number from 0 on.")
    return Wanted(kinds=tuple(kind for kind in KINDS if kind in resampling), draws=draws, seed=seed)


from cycles.study.estimators._alternatives import estimate_alternatives  # noqa: E402  (needs `estimate`)
from cycles.study.estimators._subgroups import estimate_by_subgroup  # noqa: E402  (needs `estimate`)
