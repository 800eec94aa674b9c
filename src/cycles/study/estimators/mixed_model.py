"""Difference of two arms' outcomes with clusters that have a level of their own: a linear mixed model with a random intercept.

Raudenbush, S. W. (1997). Statistical analysis and optimal design for cluster randomized trials. Psychological Methods, 2(2), 173-185.
doi:10.1037/1082-989X.2.2.173
Kenward, M. G., & Roger, J. H. (1997). Small sample inference for fixed effects from restricted maximum likelihood. Biometrics, 53(3),
983-997. doi:10.2307/2533558
"""

from dataclasses import replace
from typing import Any

from cycles.core.errors import DesignError
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.study.estimators import ESTIMATORS
from cycles.study.inference.arm_model import Account, arm_model, record_of, require_spread
from cycles.study.inference.conventions import conventions_of
from cycles.study.inference.kenward_roger import kenward_roger
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.mixed_model import MixedModel
from cycles.study.inference.mixed_model import mixed_model as fit_of
from cycles.study.inference.sample import Sample
from cycles.study.inference.second_route import partially_demeaned

SE_KIND = "REML, Kenward-Roger"

MODEL_BASED = (
    "Standard error and degrees of freedom by Kenward and Roger, from the model's own variances: no other variance is used with a "
    "mixed model."
)


@ESTIMATORS.register(
    "mixed_model",
    needs_baseline=False,
    takes_baseline=True,
    uses_covariates=True,
    adjusts=True,
    subtracts=False,
    one_group=False,
)
def mixed_model(panel: Panel, sample: Sample, *, variance: Variance = "CR2", level: float = 0.95) -> Estimate:
    r"""Regress the outcome on the arms, the baseline if there is one, covariates and blocks; each cluster has its own level.

    .. math:: y_i = \alpha + \beta\, \text{change}_i + \delta\, y_{i0} + x_i'\theta + \gamma_{\text{block}(i)} + b_{g(i)} + \varepsilon_i,
              \quad b_g \sim N(0, \tau^2), \quad \varepsilon_i \sim N(0, \sigma^2)

    Parameters
    ----------
    panel : Panel
        With clusters.
    sample : Sample
        The panel's estimable units, as :func:`cycles.estimate` takes them.
    variance : str
        Not used: the standard error is the model's own.
    level : float
        Coverage of the interval.

    Returns
    -------
    Estimate
        `value` is beta, in the outcome's unit, by generalised least squares; `se_kind` is "REML, Kenward-Roger". `coefficients` ends
        with `variance[<cluster>]` and `variance[residual]`.

    Raises
    ------
    DesignError
        CY310 without clusters, or with a single unit in each; CY304, CY305 or CY306; CY313. :func:`cycles.estimate` turns them into a
        record.

    Notes
    -----
    Where clusters are assigned to arms it answers the question of `ancova`, and weighs clusters by how much they tell. It assumes that
    what is particular of a cluster is unrelated to baseline and covariates, and equal spread everywhere; CR2 assumes neither.
    With few clusters whose means hardly differ the variance between them may come out negative and is left so, because stopping it at
    zero would make intervals too long; the conventions then say so.

    Examples
    --------
    >>> import pandas as pd
    >>> from cycles.study.designs.frames import as_panel
    >>> from cycles.study.estimators import estimate
    >>> scores = [3.0, 4, 5, 4, 5, 6, 2, 3, 4, 5, 6, 7, 1, 2, 3, 2, 3, 4, 0, 1, 2, 3, 4, 5]
    >>> frame = pd.DataFrame({"room": [f"r{place // 3}" for place in range(24)], "score": scores, "arm": ["yes"] * 12 + ["no"] * 12})
    >>> panel = as_panel(frame, measure="m", outcome="score", arm="arm", change="yes", comparison="no", cluster="room")
    >>> found = estimate(panel, estimator="mixed_model")
    >>> round(found.value, 6), round(found.df, 6), found.se_kind
    (2.0, 6.0, 'REML, Kenward-Roger')
    """
    if sample.clusters is None:
        raise DesignError("a mixed model needs clusters, and the design names none", code="CY310")
    model = arm_model(sample, response=sample.outcome, baseline=True)
    plain = least_squares(model.response, model.design, model.terms)
    require_spread(plain, sample)
    fit = fit_of(plain, sample.clusters, bounded=False)
    ratio = float(fit.profile.ratio[0, 0])
    found = record_of(
        panel,
        sample,
        fit,
        focus=model.focus,
        uncertainty=lambda: kenward_roger(fit),
        se_kind=SE_KIND,
        level=level,
        about=Account(
            estimator="mixed_model",
            second_route=lambda: partially_demeaned(sample, model.design, model.focus, ratio=ratio),
            conventions=conventions_of(panel, sample, variance=None, more=_conventions(panel, sample, fit)),
        ),
    )
    return _with_variances(found, fit, str(panel.cluster_name))


def _conventions(panel: Panel, sample: Sample, fit: MixedModel) -> tuple[str, ...]:
    adjusted = [*(["the baseline"] if sample.baseline is not None else []), *panel.covariates]
    said = [f"Adjusted for {listed(adjusted)}, with one slope for all arms."] if adjusted else []
    said.append(
        f"Linear mixed model: a random intercept of each {panel.cluster_name}, by restricted maximum likelihood."
    )
    said.append(MODEL_BASED)
    if fit.at_boundary:
        said.append(
            f"The means by {panel.cluster_name} differ no more than chance alone would make them: the variance between them was estimated "
            "as zero or below, and is not stopped at zero, so that intervals keep their level."
        )
    return tuple(said)


def _with_variances(found: Estimate, fit: MixedModel, cluster: str) -> Estimate:
    """The record with the two variances below its terms; of them nothing but the value is known."""
    import pandas as pd

    assert found.coefficients is not None
    rows: list[dict[Any, Any]] = found.coefficients.to_dict("records")
    rows.append({"term": f"variance[{cluster}]", "value": float(fit.between[0, 0])})
    rows.append({"term": "variance[residual]", "value": fit.residual_variance})
    columns = {name: [row.get(name) for row in rows] for name in found.coefficients}
    return replace(found, coefficients=pd.DataFrame(columns, dtype=object).astype({"term": "str", "value": float}))
