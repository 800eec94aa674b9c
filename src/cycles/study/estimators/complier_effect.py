"""Effect of receiving the change on those who received it because they were assigned to it: two-stage least squares.

Imbens, G. W., & Angrist, J. D. (1994). Identification and estimation of local average treatment effects. Econometrica, 62(2), 467-475.
doi:10.2307/2951620
Anderson, T. W., & Rubin, H. (1949). Estimation of the parameters of a single equation in a complete system of stochastic equations.
Annals of Mathematical Statistics, 20(1), 46-63. doi:10.1214/aoms/1177730090
"""

from dataclasses import replace
from typing import Any

import numpy as np

from cycles.core.catalogue import CATALOGUE
from cycles.core.errors import DesignError
from cycles.core.models import Model
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.plan.values import Number
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, arm_model, record_of, require_spread, se_kind
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.estimability import estimable_sample
from cycles.study.inference.instrument import TwoStages, anderson_rubin, first_stage_f, two_stages, variance_of
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.sample import Sample, column_of, part_of
from cycles.study.inference.second_route import partialled_out

RANDOMISED = ("cluster_randomised", "student_randomised")
WEAK = 10.0
"""Below this first-stage F the interval of two-stage least squares is not to be believed, and only Anderson and Rubin's is told."""

ASSUMES = "An effect of receiving only if being assigned does nothing by itself, and nobody did the opposite of what they were assigned to."
STAGES = (
    "Two-stage least squares, the arm as assigned being the instrument; baseline, covariates and blocks in both stages."
)
BESIDE = "The Anderson-Rubin interval beside it holds however weak the first stage is: same kind of standard error, t quantiles."


class Options(Model):
    """Who counts as having received the change: those with `at_least` so much of the process measure named by `received`."""

    received: str
    at_least: Number


@ESTIMATORS.register(
    "complier_effect",
    needs_baseline=False,
    takes_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=False,
    one_group=False,
    selects_units=True,
    options=Options,
)
def complier_effect(
    panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95, options: Options
) -> Estimate:
    r"""Divide what assignment did to the outcome by what it did to receipt.

    .. math:: \hat\tau = \frac{\hat\gamma_y}{\hat\gamma_d}, \quad y_i = \alpha_y + \gamma_y z_i + x_i'\theta_y + u_i, \quad
              d_i = \alpha_d + \gamma_d z_i + x_i'\theta_d + v_i

    Parameters
    ----------
    panel : Panel
        Of a randomised design; it has a column of what was received, under the name of that measure.
    sample : Sample
        The panel's estimable units with covariates, and baseline where there is one, as :func:`cycles.estimate` takes them.
    variance, level
        Kind of standard error, coverage of the interval.
    options : Options
        `received` (a process measure of the cycle, or a column kept by `cy.as_panel` as a subgroup) and `at_least`.

    Returns
    -------
    Estimate
        `facts` has the shares that received the change in each arm, the first stage and its F, and the Anderson-Rubin interval (None
        where it has no two ends). With F below 10 the state is "degraded" (CY319) and that interval is the only one.

    Raises
    ------
    DesignError
        CY310 for arms that were not drawn by lot or a measure that the panel does not have, CY319 when nobody was moved;
        :func:`cycles.estimate` turns them into a record.

    Notes
    -----
    Not an effect on everybody who received the change, nor on everybody assigned: those who would have taken it anyway, or never, say
    nothing about it. Units of whom it is not known what they received are left out and counted. Standard errors are of the projected
    design, as for any regression: CR2 with an identity working model.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> frame = pd.DataFrame({"arm": list("yyyyyynnnnnn"), "hours": [5, 6, 7, 5, 8, 0, 0, 0, 0, 0, 0, 6],
    ...                       "mark": [6.0, 8, 7, 8, 9, 3, 2, 3, 4, 1, 2, 8]})
    >>> panel = as_panel(frame, measure="mark", outcome="mark", arm="arm", change="y", comparison="n", subgroups=("hours",),
    ...                  design="student_randomised")
    >>> found = estimate(panel, estimator="complier_effect", options={"received": "hours", "at_least": 5})
    >>> round(found.value, 6), found.facts["received_share_change"] - found.facts["received_share_comparison"]
    (5.25, 0.6666666666666667)
    """
    if panel.design not in RANDOMISED:
        raise DesignError("complier_effect needs arms that were drawn by lot", code="CY310")
    sample, received = _with_receipt(panel, sample, options)
    model = arm_model(sample, response=sample.outcome, baseline=True)
    stages = two_stages(model, received)
    require_spread(stages.second, sample)
    about = Account(
        estimator="complier_effect",
        second_route=lambda: _ratio(sample, received),
        conventions=conventions_of(panel, sample, variance=variance, more=(STAGES, ASSUMES, BESIDE)),
    )
    found = record_of(
        panel,
        sample,
        stages.second,
        focus=model.focus,
        uncertainty=lambda: variance_of(
            stages.second, kind=variance, clusters=sample.clusters, focus=model.n_reported - 1
        ),
        se_kind=se_kind(panel, variance),
        level=level,
        about=about,
    )
    told = replace(found, estimand=_estimand(panel, options))
    return _with_first_stage(told, sample, received, stages, variance)


def _with_receipt(panel: Panel, sample: Sample, options: Options) -> tuple[Sample, Floats]:
    """The units of the two arms of whom it is known what they received, and whether it was enough."""
    if options.received not in panel.table:
        what = (
            f"the panel does not say how much of {options.received} was received; name a process measure of the cycle"
        )
        raise DesignError(what, code="CY310")
    amount = column_of(panel, sample, options.received)
    known = part_of(sample, np.isfinite(amount))
    inside = int((sample.arm <= 1).sum())
    known = replace(known, missing=known.missing + inside - known.n)
    if known.n < inside:
        _require_both_arms(panel, known)
    return known, (column_of(panel, known, options.received) >= options.at_least).astype(float)


def _require_both_arms(panel: Panel, known: Sample) -> None:
    """The guards of every estimator, once more for those that are left."""
    assert known.rows is not None
    rest = panel.table.iloc[known.rows].reset_index(drop=True)
    estimable_sample(replace(panel, table=rest), baseline=known.baseline is not None, covariates=True)


def _ratio(sample: Sample, received: Floats) -> float:
    """Both effects of assignment by partialling out, and their ratio."""
    gained, moved = (partialled_out(sample, response=one, baseline=True) for one in (sample.outcome, received))
    return gained / moved


def _estimand(panel: Panel, options: Options) -> str:
    return (
        f"mean effect on {panel.measure} of receiving {panel.change} ({options.received} of at least {options.at_least:g}) among the "
        f"{panel.unit_name}s who received it because they were assigned to it"
    )


def _with_first_stage(
    found: Estimate, sample: Sample, received: Floats, stages: TwoStages, variance: Variance
) -> Estimate:
    shares = {
        "received_share_change": float(received[sample.arm == 1].mean()),
        "received_share_comparison": float(received[sample.arm == 0].mean()),
        "first_stage": stages.first_stage,
    }
    if found.state != "estimated":
        return replace(found, facts=shares)
    how: dict[str, Any] = {"kind": variance, "clusters": sample.clusters}
    strength, ends = first_stage_f(stages, **how), anderson_rubin(stages, **how, level=found.level)
    low, high = (None, None) if ends is None else ends
    told = replace(
        found, facts={**shares, "first_stage_f": strength, "anderson_rubin_low": low, "anderson_rubin_high": high}
    )
    return _without_wald(told) if strength is not None and strength < WEAK else told


def _without_wald(found: Estimate) -> Estimate:
    """A weak first stage: the value, and Anderson and Rubin's interval only."""
    unknown: dict[str, Any] = dict.fromkeys(
        ("se", "df", "low", "high", "p", "effect_size_se", "effect_size_low", "effect_size_high")
    )
    terms = found.coefficients
    if terms is not None:
        terms = terms.assign(**dict.fromkeys(("se", "df", "low", "high", "p")))
    reason = f"The first stage is weak (F {found.facts['first_stage_f']:.1f}, below {WEAK:g}): read the Anderson-Rubin interval only."
    return replace(
        found,
        **unknown,
        state="degraded",
        code="CY319",
        reason=f"{reason} {CATALOGUE['CY319'].fix}",
        se_kind="none",
        coefficients=terms,
    )
