"""An estimate from several completed data sets: each is estimated as if nothing had been missing, and Rubin's rules join them.

What was observed stays told: `n` counts the units whose outcome was observed, `n_missing` those whose outcome was drawn.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.special import stdtr, stdtrit

from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Panel
from cycles.plan.method import Missing
from cycles.study.inference.arm_model import term_table
from cycles.study.inference.effect_size import improvement_index, pooled_sd, small_sample_factor
from cycles.study.inference.estimability import require_baseline
from cycles.study.inference.imputation import imputations
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.rubin import pooled
from cycles.study.inference.sample import Sample, take_sample

KNOWN_BY = {
    "indicators": "an indicator of each",
    "means": "the means of the other variables in each",
    "none": "not used",
}


def imputed(
    panel: Panel,
    observed: Sample,
    fitted: Callable[[Sample], Estimate],
    *,
    baseline: bool,
    covariates: bool,
    how: Missing,
    seed: int,
) -> Estimate:
    """Estimate in each completed data set, and join what they say.

    Parameters
    ----------
    panel : the panel
    observed : its units with an outcome
    fitted : what the estimator says of a sample
    baseline, covariates : whether the estimator uses them
    how : how missing values are drawn
    seed : of the draws

    Returns
    -------
    Estimate
        "degraded" where each completed data set is. `facts` has `imputations`, `n_imputed` (outcomes drawn) and `missing_information`, the
        share of the information about the effect that went with the missing values.

    Raises
    ------
    DesignError
        CY317 where an arm has too few units to draw from.

    Notes
    -----
    Baseline and covariates of the panel help to draw the missing values whether or not the estimator uses them. Not for outcomes that are
    missing because of what they would have been: see the check `missing_not_at_random`.
    """
    whole = take_sample(panel, baseline=True, covariates=True, whole=True)
    known = whole.baseline is not None and bool(np.isfinite(whole.baseline).any())
    require_baseline(baseline, known)
    whole = whole if known else replace(whole, baseline=None)
    completed = imputations(whole, how=how, seed=seed)
    found = [fitted(_used(one, baseline=baseline, covariates=covariates)) for one in completed]
    joined = _joined(found)
    return _told(joined, observed, whole, how)


def _used(completed: Sample, *, baseline: bool, covariates: bool) -> Sample:
    """What the estimator uses of a completed sample."""
    used = completed if baseline else replace(completed, baseline=None)
    return used if covariates else replace(used, covariates=np.empty((used.n, 0)), covariate_names=())


def _joined(found: list[Estimate]) -> Estimate:
    """One record of several; described only where any of them is."""
    described = next((one for one in found if one.state != "estimated"), None)
    first = described or found[0]
    value = float(np.mean([one.value for one in found]))
    routes = float(np.mean([one.second_route for one in found]))
    first = replace(first, value=value, second_route=routes, icc=_mean([one.icc for one in found]))
    terms = tuple(found[0].coefficients["term"]) if found[0].coefficients is not None else ()
    values = _stacked(found, "value")
    if described is not None:
        return replace(first, coefficients=term_table(terms, values.mean(axis=0)))
    joined = pooled(values, _stacked(found, "se"), _stacked(found, "df"))
    reach = stdtrit(joined.df, (1 + first.level) / 2) * joined.se
    p = 2 * stdtr(joined.df, -np.abs(joined.value / joined.se))
    low, high = joined.value - reach, joined.value + reach
    at = int(np.argmin(np.abs(joined.value - value)))
    return replace(
        first,
        se=float(joined.se[at]),
        df=float(joined.df[at]),
        low=float(low[at]),
        high=float(high[at]),
        p=float(p[at]),
        coefficients=term_table(terms, joined.value, joined.se, joined.df, low, high, p),
        facts={**first.facts, "missing_information": float(joined.missing_information[at])},
    )


def _told(joined: Estimate, observed: Sample, whole: Sample, how: Missing) -> Estimate:
    """The record with what was observed as its counts and its scale, and with how the rest was drawn."""
    drawn = int(np.isnan(whole.outcome).sum())
    sd = pooled_sd(observed.of(1), observed.of(0)) if len(observed.arms) > 1 else joined.sd
    joined = _scaled(joined, sd, small_sample_factor(observed.n) if len(observed.arms) > 1 else None)
    return replace(
        joined,
        n=observed.n,
        n_by_arm=observed.n_by_arm,
        n_clusters=observed.n_clusters,
        n_clusters_by_arm=observed.clusters_by_arm,
        n_missing=observed.missing,
        missing_handling=(
            f"missing values are drawn {how.imputations} times from units of the same arm like them; the numbers of units count observed "
            "outcomes only"
        ),
        conventions=(*joined.conventions, *_conventions(whole, how, joined)),
        facts={**joined.facts, "imputations": how.imputations, "n_imputed": drawn},
    )


def _conventions(whole: Sample, how: Missing, joined: Estimate) -> list[str]:
    incomplete = [
        name
        for name, column in (("outcome", whole.outcome), ("baseline", whole.baseline), ("covariates", whole.covariates))
        if column is not None and np.isnan(column).any()
    ]
    drawn = listed(incomplete) if incomplete else "nothing, as nothing is missing"
    clusters = f"; clusters: {KNOWN_BY[how.clusters]}" if whole.clusters is not None else ""
    lost = joined.facts.get("missing_information")
    share = "" if lost is None else f" {lost:.0%} of the information about the effect is missing."
    return [
        f"Multiple imputation, {how.imputations} times: {drawn} drawn by chained predictive mean matching within arms "
        f"({how.rounds} rounds, {how.donors} donors{clusters}).",
        f"Joined by Rubin's rules, Barnard and Rubin's degrees of freedom.{share}",
        "Effect size: the standard deviation is that of the observed outcomes.",
    ]


def _scaled(joined: Estimate, sd: float | None, omega: float | None) -> Estimate:
    if sd is None or omega is None or joined.value is None or joined.effect_size is None:
        return joined
    size = omega / sd
    effect = size * joined.value
    se, low, high = (None if one is None else size * one for one in (joined.se, joined.low, joined.high))
    return replace(
        joined,
        sd=sd,
        effect_size=effect,
        effect_size_se=se,
        effect_size_low=low,
        effect_size_high=high,
        improvement_index=improvement_index(effect),
    )


def _stacked(found: list[Estimate], column: str) -> Floats:
    tables = [one.coefficients for one in found]
    return np.array([table[column].to_numpy(dtype=float) for table in tables if table is not None])


def _mean(values: list[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return float(np.mean(known)) if known else None
