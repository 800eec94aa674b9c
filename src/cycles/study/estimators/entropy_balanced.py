"""Difference of two arms when the comparison is weighted to have exactly the change arm's means.

Hainmueller, J. (2012). Entropy balancing for causal effects: a multivariate reweighting method to produce balanced samples in
observational studies. Political Analysis, 20(1), 25-46. doi:10.1093/pan/mpr025
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cycles.core.errors import DesignError
from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account
from cycles.study.inference.balance import balance_table
from cycles.study.inference.conventions import conventions_of, of_weights
from cycles.study.inference.entropy_weights import entropy_weights
from cycles.study.inference.least_squares import SHOWN, Floats, collinear_terms
from cycles.study.inference.sample import Sample, part_of
from cycles.study.inference.weighted_arms import (
    Weighting,
    covariates_of,
    difference_of_means,
    known,
    weighted_difference,
)

EXACTLY = "The comparison is weighted to have exactly the change arm's {moments} of {named}: the effect on those who had the change."


class Options(Model):
    """`moments` to balance: 1 for means, 2 for variances too; `weights` says how their uncertainty is counted."""

    moments: Annotated[int, Field(ge=1, le=2)] = 1
    weights: Literal["estimated", "known"] = "estimated"


@ESTIMATORS.register(
    "entropy_balanced",
    needs_baseline=False,
    takes_baseline=True,
    takes_weights=True,
    uses_covariates=True,
    adjusts=False,
    subtracts=False,
    one_group=False,
    options=Options,
)
def entropy_balanced(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95, options: Options | None = None
) -> Estimate:
    r"""Weight the comparison to the change arm's means of baseline, covariates and blocks, and compare means.

    .. math:: \hat\tau = \bar y_1 - \sum_{i \in 0} w_i y_i, \quad \sum_{i \in 0} w_i x_i = \bar x_1, \quad \sum_{i \in 0} w_i = 1,
              \quad w = \arg\min \textstyle\sum_i w_i \log w_i

    Parameters
    ----------
    panel : Panel
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.
    options : Options
        `moments` (1 or 2), `weights` ("estimated" or "known").

    Returns
    -------
    Estimate
        With `balance`, and in `facts` `effective_n` and `largest_weight_share`.

    Raises
    ------
    DesignError
        CY315 when no weights can balance the arms, CY305, CY306, CY310; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Right if the outcome leans linearly on what is balanced, or if the odds of the change do so in logits; either will do. Units of arms
    other than the two compared are left out.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyynnnnn"), "age": [1, 2, 2, 1, 1, 1, 2, 1], "score": [3.0, 5, 6, 1, 2, 3, 4, 2]})
    >>> panel = as_panel(frame, measure="m", outcome="score", arm="arm", change="y", comparison="n", covariates=("age",))
    >>> found = estimate(panel, estimator="entropy_balanced")
    >>> round(found.value, 6), round(found.facts["effective_n"], 6)
    (1.333333, 2.117647)
    """
    options = options or Options()
    sample = part_of(sample, np.ones(sample.n, dtype=bool))
    columns, names = _columns(sample, options.moments)
    weights = _weights(sample, columns)
    moments = "means" if options.moments == 1 else "means and variances"
    told = ", ".join(names[:SHOWN]) + (" and more" if len(names) > SHOWN else "")
    about = Account(
        estimator="entropy_balanced",
        second_route=lambda: difference_of_means(sample, weights),
        conventions=conventions_of(
            panel,
            sample,
            variance=variance,
            more=(EXACTLY.format(moments=moments, named=told), of_weights(options.weights)),
        ),
    )
    comparison = weights[sample.arm == 0]
    return weighted_difference(
        panel,
        sample,
        known(weights) if options.weights == "known" else _weighting(sample, columns, weights),
        variance=variance,
        level=level,
        about=about,
        balance=balance_table((sample.arm == 1).astype(float), columns, names, after=weights, before=sample.weights),
        facts={"largest_weight_share": float(comparison.max() / comparison.sum())},
    )


def _columns(sample: Sample, moments: int) -> tuple[Floats, tuple[str, ...]]:
    """What is balanced; with two moments also the squares of everything that has more than two values."""
    columns, names = covariates_of(sample)
    if moments == 2:
        many = [place for place, column in enumerate(columns.T) if len(np.unique(column)) > 2]
        centred = columns[:, many] - columns[sample.arm == 1][:, many].mean(axis=0)
        columns = np.column_stack([columns, centred**2])
        names = (*names, *(f"{names[place]} squared" for place in many))
    entangled = collinear_terms(np.column_stack([np.ones(sample.n), columns]), ("intercept", *names))
    if entangled:
        raise DesignError(f"covariates are combinations of one another: {', '.join(entangled[:SHOWN])}", code="CY305")
    return columns, names


def _weights(sample: Sample, columns: Floats) -> Floats:
    change = sample.arm == 1
    base = np.ones(sample.n) if sample.weights is None else sample.weights
    target = np.average(columns[change], axis=0, weights=base[change])
    weights = base.copy()
    weights[~change] = entropy_weights(columns[~change], target, base=base[~change]) * base[change].sum()
    return weights


def _weighting(sample: Sample, columns: Floats, weights: Floats) -> Weighting:
    """What the covariates explain of the comparison's outcomes is what estimating the weights takes out."""
    change = sample.arm == 1
    away = columns - np.average(columns[change], axis=0, weights=weights[change])
    roots = np.sqrt(weights[~change])

    def lean(centred: Floats) -> Floats:
        return np.linalg.lstsq(roots[:, None] * away[~change], roots * centred[~change], rcond=None)[0]

    return Weighting(weights, away, lean)
