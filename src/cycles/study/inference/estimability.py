"""When there is no estimate to give: the guards every estimator stands behind, each with its code.

Software will happily return p-values for a constant outcome or for one classroom per arm; none of that leaves here.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Panel
from cycles.study.inference.least_squares import Floats, collinear_terms
from cycles.study.inference.sample import Sample, covariate_columns, labels_of, numbers, take_sample

MIN_UNITS = 2
"""Units an arm needs at the very least: with one, its spread is unknown."""

FEW_CLUSTERS = 3
"""Up to this many clusters in an arm a difference is described only."""

FLOAT_NOISE = 1e-9
"""Spread below this share of the values' size is rounding, not variation."""


def estimable_sample(panel: Panel, *, baseline: bool, covariates: bool) -> Sample:
    """The sample an estimator may use.

    Parameters
    ----------
    panel : the panel
    baseline : whether the estimator needs one
    covariates : whether it adjusts for the panel's covariates

    Returns
    -------
    Sample

    Raises
    ------
    DesignError
        In this order: CY309 not finite or text, CY308 no outcome, CY302 no comparison, CY306 too few units, CY304 constant
        outcome, CY303 one cluster in an arm, CY305 a covariate repeats the arm, CY310 no baseline.
    """
    has_baseline = bool(np.isfinite(numbers(panel.table, "baseline")).any())
    sample = take_sample(panel, baseline=baseline and has_baseline, covariates=covariates)
    require_outcome(panel, sample)
    require_comparison(panel, sample)
    require_units(sample)
    require_variation(sample)
    require_clusters(panel, sample)
    require_separable_arm(panel)
    require_baseline(baseline, has_baseline)
    return sample


def uses_baseline(facts: Mapping[str, Any], panel: Panel) -> bool:
    """Whether an estimator with these registered facts uses the panel's baseline: it needs one, or takes it where there is one."""
    if facts["needs_baseline"]:
        return True
    return bool(facts.get("takes_baseline")) and bool(np.isfinite(numbers(panel.table, "baseline")).any())


def is_one_group(panel: Panel) -> bool:
    """Whether the panel follows one group from before to after."""
    return panel.comparison is None and panel.design == "one_group_pre_post"


def require_outcome(panel: Panel, sample: Sample) -> None:
    """CY308 when no unit can be used."""
    if sample.n:
        return
    observed = int(np.isfinite(numbers(panel.table, "outcome")).sum())
    if observed and sample.assigned:
        raise DesignError(
            f"none of the {sample.assigned:,} units has the outcome together with everything the model needs",
            code="CY308",
            fix="Check the baseline wave, clusters, blocks and covariates, and that ids match between the sources.",
        )
    if observed:
        raise DesignError("nobody with an outcome is in the arms compared", code="CY302")
    raise DesignError(f"none of the {sample.assigned:,} units has an outcome", code="CY308")


def require_comparison(panel: Panel, sample: Sample) -> None:
    """CY302 when one of the two arms is empty, or no comparison was named."""
    if panel.comparison is None:
        if not is_one_group(panel):
            raise DesignError("the design names no comparison arm", code="CY302")
        return
    if sample.empty_arms:
        raise DesignError(f"no unit with an outcome is in the arm {' or '.join(sample.empty_arms)}", code="CY302")


def require_units(sample: Sample) -> None:
    """CY306 with fewer than two units in an arm of the contrast."""
    few = {arm: n for arm, n in list(sample.n_by_arm.items())[:2] if n < MIN_UNITS}
    if few:
        told = " and ".join(f"{n} in {arm}" for arm, n in few.items())
        raise DesignError(f"too few units with an outcome: {told}; at least {MIN_UNITS} are needed", code="CY306")


def require_variation(sample: Sample) -> None:
    """CY304 when the outcome (of one group: its change) is the same everywhere, apart from float noise."""
    response = sample.outcome if len(sample.arms) > 1 or sample.baseline is None else sample.outcome - sample.baseline
    if is_constant(response, size=sample.outcome):
        what = "outcome" if len(sample.arms) > 1 else "change from baseline"
        raise DesignError(f"all {sample.n:,} units have the same {what}", code="CY304")


def require_clusters(panel: Panel, sample: Sample) -> None:
    """CY303 when an arm of the contrast is a single cluster."""
    single = [arm for arm, n in list(sample.clusters_by_arm.items())[:2] if n == 1]
    if single:
        raise DesignError(f"the arm {' and the arm '.join(single)} is one {panel.cluster_name} only", code="CY303")


def require_separable_arm(panel: Panel) -> None:
    """CY305 when a declared covariate says the same as the arm, whether or not the estimator uses it."""
    if panel.comparison is None or not panel.covariates:
        return
    inside = panel.table["arm"].isin([panel.change, panel.comparison]).to_numpy(dtype=bool)
    arm = (labels_of(panel.table["arm"]) == panel.change).astype(float)
    for covariate in panel.covariates:
        columns = np.column_stack([*covariate_columns(panel.table, covariate).values()])
        known = inside & ~np.isnan(columns).any(axis=1)
        same = known.sum() > columns.shape[1] + 2 and _explains(columns[known], arm[known])
        if same:
            raise DesignError(f"the covariate {covariate} says the same as the arm", code="CY305")


def require_baseline(needed: bool, present: bool) -> None:
    """CY310 when the estimator needs a baseline and no unit has one."""
    if needed and not present:
        raise DesignError("the estimator needs a baseline, and no unit has one", code="CY310")


def is_constant(values: Floats, *, size: Floats | None = None) -> bool:
    """Whether `values` spread no more than rounding does at the size of `size` (or their own).

    >>> is_constant(np.full(5, 0.1) + np.array([0, 1e-17, 0, 0, 0])), is_constant(np.array([1.0, 2.0]))
    (True, False)
    """
    about = float(np.abs((values if size is None else size).mean()))
    return float(values.std()) < FLOAT_NOISE * max(1.0, about)


def in_words(refusal: DesignError, *, fix: bool = True) -> str:
    """A refusal as sentences: what was found and, if wanted, what to do.

    >>> in_words(DesignError("nobody came", code="CY308", fix="Invite them."))
    'Nobody came. Invite them.'
    """
    found = f"{refusal.what[0].upper()}{refusal.what[1:]}."
    return f"{found} {refusal.fix}" if fix else found


def few_clusters(sample: Sample) -> dict[str, int]:
    """The arms of the contrast that have two or three clusters."""
    return {arm: n for arm, n in list(sample.clusters_by_arm.items())[:2] if n <= FEW_CLUSTERS}


def _explains(columns: Floats, arm: Floats) -> bool:
    if is_constant(arm):
        return False
    names = ("intercept", *(f"c{place}" for place in range(columns.shape[1])), "arm")
    return "arm" in collinear_terms(np.column_stack([np.ones(len(arm)), columns, arm]), names)
