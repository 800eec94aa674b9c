"""How the outcome goes with the amount of a change that each student received: an association, never an effect.

Rosenbaum, P. R. (2003). Does a dose-response relationship reduce sensitivity to hidden bias? Biostatistics, 4(1), 1-10.
doi:10.1093/biostatistics/4.1.1
Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects
models. JBES, 36(4), 672-683. doi:10.1080/07350015.2016.1247004
"""

from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from pydantic import Field
from scipy.special import stdtr, stdtrit

from cycles.core.catalogue import CATALOGUE
from cycles.core.errors import DesignError, nearest
from cycles.core.models import Model
from cycles.core.phrases import name as words
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import require_spread, se_kind, versions
from cycles.study.inference.cluster_variance import coefficient_variance
from cycles.study.inference.conventions import variance_in_words
from cycles.study.inference.dose import Terms, adjusted_means, of_received, terms_of, thirds_of
from cycles.study.inference.estimability import few_clusters, is_constant, require_clusters, require_units
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.sample import Sample, column_of

ABSORBED = ("CR0", "CR1", "CR2", "CR3")
"""Variances that are the same whether clusters have dummies or are taken out beforehand."""


class Options(Model):
    """`dose` is a process measure of the cycle (or a column of the panel); the slope is told for `per` of its units."""

    dose: str
    per: Annotated[float, Field(gt=0)] = 1.0
    within: Literal["clusters", "blocks", "nothing"] = "clusters"


@ESTIMATORS.register(
    "dose_response",
    needs_baseline=False,
    takes_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=False,
    one_group=True,
    selects_units=True,
    association=True,
    options=Options,
)
def dose_response(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95, options: Options
) -> Estimate:
    r"""Regress the outcome on the dose, among those who had the change.

    .. math:: y_{i1} = \alpha_{g(i)} + \beta\, \text{dose}_i + \delta\, y_{i0} + x_i'\theta + \varepsilon_i

    Parameters
    ----------
    panel : Panel
        With the dose as a column; :func:`cycles.build_panel` adds the process measure that the options name.
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.
    options : Options
        `dose`, `per` (1), `within` ("clusters": only students of the same cluster are compared, "blocks", or "nothing").

    Returns
    -------
    Estimate
        `value` is beta times `per`, in the outcome's unit; `facts` has `thirds`, the students by thirds of the dose: `third, n, dose_mean,
        outcome_mean, adjusted_mean`. No effect size, and no decision may rest on it.

    Raises
    ------
    DesignError
        CY301 when there is no such column, CY305 when the dose does not differ within clusters, CY303, CY306 or CY304;
        :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Who receives more is seldom left to chance: students who come more often differ in much else, and the sign may even be turned round
    where those in need are given more. Units of other arms are left out; those without a dose are left out and counted.

    Examples
    --------
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyyyyynn"), "hours": [0.0, 1, 2, 3, 4, 5, 0, 0], "score": [3.1, 3.9, 5.0, 6.1, 7, 8, 2, 1]})
    >>> panel = as_panel(frame, measure="m", outcome="score", arm="arm", change="y", comparison="n", received=("hours",))
    >>> found = estimate(panel, estimator="dose_response", options={"dose": "hours"})
    >>> round(found.value, 2), found.n
    (1.0, 6)
    """
    received, dose = of_received(sample, _dose(panel, sample, options))
    require_units(received)
    require_clusters(panel, received)
    terms = terms_of(received, dose / options.per, within=options.within, absorb=variance in ABSORBED)
    fit = least_squares(terms.response, terms.design, terms.names)
    require_spread(fit, received)
    described = _described(panel, sample, received, terms, options, float(fit.coefficients[0]), variance, level)
    described = replace(described, facts=_facts(received, dose, terms, options))
    few = few_clusters(received)
    if few:
        told = f"Too few clusters ({panel.cluster_name}): {next(iter(few.values()))} in {panel.change}."
        return replace(
            described, state="degraded", code="CY307", reason=f"{told} {CATALOGUE['CY307'].fix}", se_kind="none"
        )
    found = coefficient_variance(fit, kind=variance, clusters=received.clusters, df_for=terms.n_reported)
    se, df = float(found.se[0]), float(found.df[0])
    if not (np.isfinite(se) and np.isfinite(df) and se > 0 and df > 0):
        told = "The clusters leave nothing to judge the slope by."
        return replace(described, state="degraded", code="CY307", reason=told, se_kind="none")
    return _with_interval(described, se, df, se_kind(panel, variance))


def _dose(panel: Panel, sample: Sample, options: Options) -> Any:
    if options.dose not in panel.table:
        raise DesignError(
            f"the panel has no column {options.dose}",
            code="CY301",
            where="options.dose",
            fix=nearest(options.dose, panel.table.columns),
        )
    dose = column_of(panel, sample, options.dose)
    if is_constant(dose[np.isfinite(dose) & (sample.arm == (1 if len(sample.arms) > 1 else 0))]):
        raise DesignError(f"everybody with the change received the same {words(options.dose)}", code="CY305")
    return dose


def _described(
    panel: Panel,
    sample: Sample,
    received: Sample,
    terms: Terms,
    options: Options,
    value: float,
    variance: Variance,
    level: float,
) -> Estimate:
    per = f"{options.per:g} more {words(options.dose)}"
    assigned = int((panel.table["arm"] == panel.change).sum())
    return Estimate(
        id=panel.measure,
        estimand=(
            f"association of {panel.measure} with {options.dose} among the {panel.unit_name}s in {panel.change} who have both"
        ),
        estimator="dose_response",
        design=panel.design,
        state="estimated",
        value=value,
        level=level,
        n=received.n,
        n_by_arm={panel.change: received.n},
        n_clusters=received.n_clusters,
        n_clusters_by_arm=received.clusters_by_arm,
        n_missing=assigned - received.n,
        missing_handling="units without an outcome, a dose or a covariate are left out and counted",
        unit=f"{panel.outcome_unit} for each {per}",
        higher_is=panel.higher_is,
        second_route=terms.partialled_out(),
        conventions=(
            "An association: who received more was not left to chance, so nothing here says that receiving more made the difference.",
            f"Among those in {panel.change} only. {terms.said(panel)}",
            variance_in_words(panel, variance),
        ),
        versions=versions(),
    )


def _facts(received: Sample, dose: Any, terms: Terms, options: Options) -> dict[str, Any]:
    place = thirds_of(dose)
    adjusted = adjusted_means(received, terms, place)
    rows = []
    for third in range(int(place.max()) + 1):
        own = place == third
        rows.append(
            {
                "third": ("least", "middle", "most")[third] if place.max() == 2 else ("less", "more")[third],
                "n": int(own.sum()),
                "dose_mean": float(dose[own].mean()),
                "outcome_mean": float(received.outcome[own].mean()),
                "adjusted_mean": None if adjusted is None else float(adjusted[third]),
            }
        )
    return {"dose": options.dose, "per": options.per, "thirds": rows}


def _with_interval(described: Estimate, se: float, df: float, kind: str) -> Estimate:
    assert described.value is not None
    reach = float(stdtrit(df, (1 + described.level) / 2)) * se
    low, high = described.value - reach, described.value + reach
    p = float(2 * stdtr(df, -abs(described.value / se)))
    row = {"term": "dose", "value": described.value, "se": se, "df": df, "low": low, "high": high, "p": p}
    return replace(described, se=se, se_kind=kind, df=df, low=low, high=high, p=p, coefficients=pd.DataFrame([row]))
