"""Difference of two arms after each unit of the change arm was matched to the comparison units most like it.

Stuart, E. A. (2010). Matching methods for causal inference: a review and a look forward. Statistical Science, 25(1), 1-21.
doi:10.1214/09-STS313
Abadie, A., & Spiess, J. (2022). Robust post-matching inference. Journal of the American Statistical Association, 117(538), 983-995.
doi:10.1080/01621459.2020.1840383
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from cycles.core.errors import DesignError
from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.plan.values import Flag
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, record_of, require_spread
from cycles.study.inference.balance import balance_table, effective_number
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.estimability import require_clusters, require_units, require_variation
from cycles.study.inference.least_squares import SHOWN, Floats, collinear_terms, least_squares
from cycles.study.inference.matching import Matches, nearest_neighbours
from cycles.study.inference.propensity import propensity
from cycles.study.inference.sample import Sample, part_of
from cycles.study.inference.two_ways import two_way_variance
from cycles.study.inference.weighted_arms import covariates_of, estimand_of_change
from cycles.study.inference.wwc import with_wwc

Caliper = Annotated[float, Field(gt=0)]


class Options(Model):
    """How neighbours are found; a `caliper` of null sets no limit to how far away they may be."""

    distance: Literal["linear_propensity", "propensity", "mahalanobis"] = "linear_propensity"
    ratio: Annotated[int, Field(ge=1, le=10)] = 1
    caliper: Annotated[Caliper | None, BeforeValidator(lambda value: None if value == "none" else value)] = 0.2
    replacement: Flag = False


@ESTIMATORS.register(
    "nearest_neighbour",
    needs_baseline=False,
    takes_baseline=True,
    uses_covariates=True,
    adjusts=False,
    subtracts=False,
    one_group=False,
    selects_units=True,
    options=Options,
)
def nearest_neighbour(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95, options: Options | None = None
) -> Estimate:
    r"""Compare each matched unit of the change arm with the mean of its neighbours.

    .. math:: \hat\tau = \frac{1}{n_1} \sum_{i \in 1} \Big(y_i - \frac{1}{M_i} \sum_{j \in J(i)} y_j\Big)

    Parameters
    ----------
    panel : Panel
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.
    options : Options
        `distance` ("linear_propensity", in logits; "propensity"; "mahalanobis", on the covariates), `ratio` (1-10 neighbours), `caliper`
        (0.2 standard deviations of the propensity, the linear one unless it is matched on as it is; "none" for no limit), `replacement`
        (false: a comparison unit is taken once).

    Returns
    -------
    Estimate
        Of the matched units, with `balance`, and in `facts` `effective_n`, `n_unmatched` of the change arm and `matched_share`.

    Raises
    ------
    DesignError
        CY314 when nobody can be matched, CY305, CY306, CY310; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Matched within blocks where the design names them. Greedy, the highest propensity first, nothing left to chance. Standard errors are
    robust to matched sets and to clusters at once (two-way where neither lies within the other); what is known of the propensity is not
    counted, which makes them a little too large with replacement. Without it, matches far from alike leave a small bias: not for a
    comparison that is hardly larger than the change arm.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyynnnn"), "age": [1.0, 2, 3, 1.1, 2.1, 3.1, 9], "score": [3.0, 5, 6, 1, 2, 5, 9]})
    >>> panel = as_panel(frame, measure="m", outcome="score", arm="arm", change="y", comparison="n", covariates=("age",))
    >>> found = estimate(panel, estimator="nearest_neighbour", options={"distance": "mahalanobis", "caliper": "none"})
    >>> round(found.value, 6), found.n, found.se_kind
    (2.0, 6, 'CR2 by matched set')
    """
    options = options or Options()
    sample = part_of(sample, np.ones(sample.n, dtype=bool))
    columns, names = covariates_of(sample)
    matches = _matches(sample, columns, names, options)
    weights = matches.weights(sample.n)
    analysed = _require_matched(panel, sample, weights)
    about = Account(
        estimator="nearest_neighbour",
        second_route=lambda: _mean_of_sets(sample, matches),
        conventions=conventions_of(panel, analysed, variance=None, more=tuple(_said(panel, options, names))),
    )
    design = np.column_stack([np.ones(len(matches.unit)), (sample.arm[matches.unit] == 1).astype(float)])
    roots = np.sqrt(matches.weight)
    fit = least_squares(
        roots * sample.outcome[matches.unit], roots[:, None] * design, ("intercept", f"arm[{sample.arms[1]}]")
    )
    require_spread(fit, analysed)
    groups = matches.unit if sample.clusters is None else sample.clusters[matches.unit]
    found = record_of(
        panel,
        analysed,
        fit,
        focus=1,
        uncertainty=lambda: two_way_variance(
            fit, kind=variance, one=np.unique(groups, return_inverse=True)[1], other=matches.group
        ),
        se_kind=_se_kind(panel, variance, options),
        level=level,
        about=about,
    )
    balance = balance_table((sample.arm == 1).astype(float), columns, names, after=weights)
    found = replace(found, estimand=estimand_of_change(panel), balance=balance, facts=_facts(sample, weights))
    return with_wwc(found, panel, analysed)


def _matches(sample: Sample, columns: Floats, names: tuple[str, ...], options: Options) -> Matches:
    own = [place for place, name in enumerate(names) if not name.startswith("block[")]
    arm = (sample.arm == 1).astype(float)
    order = reach = None
    if options.distance != "mahalanobis" or options.caliper is not None:
        fitted = propensity(arm, columns, names)
        line = fitted.score if options.distance == "propensity" else fitted.logit
        order = line
        reach = None if options.caliper is None else (line, options.caliper * float(line.std(ddof=1)))
    position = (
        _whitened(columns[:, own], sample, names)
        if options.distance == "mahalanobis" or order is None
        else order[:, None]
    )
    return nearest_neighbours(
        sample.arm,
        position,
        ratio=options.ratio,
        replacement=options.replacement,
        order=order,
        within=sample.blocks,
        reach=reach,
    )


def _whitened(columns: Floats, sample: Sample, names: tuple[str, ...]) -> Floats:
    """Covariates turned so that their covariance within the arms is one."""
    entangled = collinear_terms(np.column_stack([np.ones(len(columns)), columns]), ("intercept", *names))
    if entangled or not columns.shape[1]:
        raise DesignError(f"covariates are combinations of one another: {', '.join(entangled[:SHOWN])}", code="CY305")
    within = columns - np.array([columns[sample.arm == code].mean(axis=0) for code in (0, 1)])[sample.arm]
    scatter = within.T @ within / (len(columns) - 2)
    return np.linalg.solve(np.linalg.cholesky(scatter), columns.T).T.astype(float)


def _require_matched(panel: Panel, sample: Sample, weights: Floats) -> Sample:
    if not weights.any():
        raise DesignError("no unit of the change arm has anybody like it in the comparison", code="CY314")
    analysed = part_of(sample, weights > 0)
    require_units(analysed)
    require_variation(analysed)
    require_clusters(panel, analysed)
    return analysed


def _mean_of_sets(sample: Sample, matches: Matches) -> float:
    """The mean, over matched sets, of the unit's outcome less its neighbours'."""
    signed = np.where(sample.arm[matches.unit] == 1, 1.0, -1.0) * matches.weight * sample.outcome[matches.unit]
    return float(np.bincount(matches.group, weights=signed).mean())


def _facts(sample: Sample, weights: Floats) -> dict[str, float]:
    change, comparison = weights[sample.arm == 1], weights[sample.arm == 0]
    return {
        "effective_n": effective_number(comparison),
        "largest_weight_share": float(comparison.max() / comparison.sum()),
        "n_unmatched": int((change == 0).sum()),
        "matched_share": float((change > 0).mean()),
    }


def _se_kind(panel: Panel, variance: Variance, options: Options) -> str:
    if not variance.startswith("CR"):
        return variance
    if panel.cluster_name is not None:
        return f"{variance} by {panel.cluster_name} and matched set"
    return f"{variance} by {panel.unit_name} and matched set" if options.replacement else f"{variance} by matched set"


def _said(panel: Panel, options: Options, names: tuple[str, ...]) -> Iterator[str]:
    many = "neighbour" if options.ratio == 1 else f"{options.ratio} neighbours"
    own = [name for name in names if not name.startswith("block[")]
    told = ", ".join(own[:SHOWN]) + (" and more" if len(own) > SHOWN else "")
    near = {
        "linear_propensity": "linear propensity (logits)",
        "propensity": "propensity",
        "mahalanobis": "Mahalanobis distance",
    }
    yield (
        f"Each unit of the change arm is compared with its nearest {many} by the {near[options.distance]} on {told}, "
        f"{'with' if options.replacement else 'without'} replacement: the effect on those who had the change and could be matched."
    )
    if options.caliper is not None:
        yield f"Neighbours lie within {options.caliper:g} standard deviations of the propensity; units without one are left out."
    if panel.block_name:
        yield f"Matched within {panel.block_name}."
    yield (
        "Standard error robust to matched sets"
        + (f" and to {panel.cluster_name} at once" if panel.cluster_name else "")
        + "; the propensity's own uncertainty is not counted."
    )
