"""Difference of two arms when the comparison is weighted by its odds of having been in the change arm.

Rosenbaum, P. R. (1987). Model-based direct adjustment. Journal of the American Statistical Association, 82(398), 387-394.
doi:10.1080/01621459.1987.10478441
Li, F., Morgan, K. L., & Zaslavsky, A. M. (2018). Balancing covariates via propensity score weighting. Journal of the American
Statistical Association, 113(521), 390-400. doi:10.1080/01621459.2016.1260466
"""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account
from cycles.study.inference.balance import balance_table
from cycles.study.inference.conventions import conventions_of, of_weights
from cycles.study.inference.estimability import require_clusters, require_units
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.propensity import Propensity, propensity
from cycles.study.inference.sample import Sample, part_of
from cycles.study.inference.weighted_arms import (
    Weighting,
    covariates_of,
    difference_of_means,
    known,
    weighted_difference,
)

ODDS = (
    "Each comparison unit counts with its odds of having been in the change arm, from a logistic regression on {named}: the effect on "
    "those who had the change."
)


class Options(Model):
    """`trim` leaves out units with a propensity below it or above one minus it; `weights` says how their uncertainty is counted."""

    trim: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    weights: Literal["estimated", "known"] = "estimated"


@ESTIMATORS.register(
    "propensity_weighted",
    needs_baseline=False,
    takes_baseline=True,
    takes_weights=True,
    uses_covariates=True,
    adjusts=False,
    subtracts=False,
    one_group=False,
    options=Options,
)
def propensity_weighted(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95, options: Options | None = None
) -> Estimate:
    r"""Weight the comparison by its propensity odds, and compare means.

    .. math:: \hat\tau = \bar y_1 - \frac{\sum_{i \in 0} w_i y_i}{\sum_{i \in 0} w_i}, \quad w_i = \frac{e(x_i)}{1 - e(x_i)}

    Parameters
    ----------
    panel : Panel
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.
    options : Options
        `trim` (0: nobody is left out), `weights` ("estimated" or "known").

    Returns
    -------
    Estimate
        With `balance`, and in `facts` `effective_n` (comparison units of equal weight that would tell as much), `overlap_share` (of the
        change arm inside the comparison's range of propensities), `largest_weight_share` and `n_trimmed`.

    Raises
    ------
    DesignError
        CY314 when the arms do not overlap, CY305, CY306, CY310; :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    An effect only if nothing else that matters for the outcome differs between the arms. Units of arms other than the two compared are left
    out. Not for a change arm that hardly overlaps with the comparison: a few units then carry everything, which `effective_n` tells.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyynnnnn"), "age": [1, 2, 2, 1, 1, 1, 2, 1], "score": [3.0, 5, 6, 1, 2, 3, 4, 2]})
    >>> panel = as_panel(frame, measure="m", outcome="score", arm="arm", change="y", comparison="n", covariates=("age",))
    >>> found = estimate(panel, estimator="propensity_weighted")
    >>> round(found.value, 6), bool(found.balance.smd_after.abs().max() < 1e-6)
    (1.333333, True)
    """
    options = options or Options()
    sample = part_of(sample, np.ones(sample.n, dtype=bool))
    fitted = _fitted(sample)
    kept = (fitted.score >= options.trim) & (fitted.score <= 1 - options.trim)
    n_trimmed = int((~kept).sum())
    if n_trimmed:
        sample = part_of(sample, kept)
        require_units(sample)
        require_clusters(panel, sample)
        fitted = _fitted(sample)
    columns, names = covariates_of(sample)
    weighting = _weighting(sample, fitted)
    more = (ODDS.format(named=", ".join(names[:6]) + (" and more" if len(names) > 6 else "")), *_said(options))
    about = Account(
        estimator="propensity_weighted",
        second_route=lambda: difference_of_means(sample, weighting.weights),
        conventions=conventions_of(panel, sample, variance=variance, more=more),
    )
    arm = (sample.arm == 1).astype(float)
    return weighted_difference(
        panel,
        sample,
        known(weighting.weights) if options.weights == "known" else weighting,
        variance=variance,
        level=level,
        about=about,
        balance=balance_table(
            arm,
            np.column_stack([fitted.score, columns]),
            ("propensity", *names),
            after=weighting.weights,
            before=sample.weights,
        ),
        facts={**_overlap(arm, fitted.score, weighting.weights), "n_trimmed": n_trimmed},
    )


def _fitted(sample: Sample) -> Propensity:
    columns, names = covariates_of(sample)
    return propensity((sample.arm == 1).astype(float), columns, names, weights=sample.weights)


def _weighting(sample: Sample, fitted: Propensity) -> Weighting:
    change = sample.arm == 1
    base = np.ones(sample.n) if sample.weights is None else sample.weights
    odds = base * np.exp(fitted.logit)
    totals = np.where(change, base[change].sum(), odds[~change].sum())
    weights = np.where(change, base, odds * base[change].sum() / totals)
    shares = np.where(change, 0.0, weights / base[change].sum())

    def lean(centred: Floats) -> Floats:
        return np.linalg.solve(fitted.information, fitted.design.T @ (shares * centred)).astype(float)

    return Weighting(weights, (totals * (1 - fitted.score))[:, None] * fitted.design, lean)


def _overlap(arm: Floats, score: Floats, weights: Floats) -> dict[str, float]:
    own, other = score[arm == 1], score[arm == 0]
    return {
        "overlap_share": float(((own >= other.min()) & (own <= other.max())).mean()),
        "largest_weight_share": float(weights[arm == 0].max() / weights[arm == 0].sum()),
    }


def _said(options: Options) -> tuple[str, ...]:
    trimmed = f"Units with a propensity below {options.trim:g} or above {1 - options.trim:g} are left out, the rest fitted again."
    return (of_weights(options.weights), *((trimmed,) if options.trim else ()))
