"""An estimate where outcomes, baselines or covariates are missing and the file says that they are not simply left out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Panel, Variance
from cycles.plan.method import Missing
from cycles.study.inference.across_breaks import across_breaks
from cycles.study.inference.estimability import estimable_sample
from cycles.study.inference.full_information import full_information
from cycles.study.inference.imputed import imputed
from cycles.study.inference.resampling import Wanted, without_resampling
from cycles.study.inference.sample import Sample
from cycles.study.inference.wwc import with_wwc


@dataclass(frozen=True)
class Asked:
    """What was asked of an estimator."""

    estimator: str
    baseline: bool
    variance: Variance
    level: float
    seed: int


def with_missing_values(
    panel: Panel,
    method: Callable[..., Estimate],
    facts: Mapping[str, Any],
    *,
    asked: Asked,
    how: Missing,
    wanted: Wanted,
) -> Estimate:
    """The estimate by multiple imputation or by full-information maximum likelihood.

    Parameters
    ----------
    panel, method, facts : the panel, the estimator and what it registered
    asked : the estimator's name, whether it uses a baseline, variance, level, seed
    how : what is done about missing values
    wanted : resampling that was asked for; none is made

    Raises
    ------
    DesignError
        CY310 where the estimator cannot be combined with that; CY317 where nothing can be drawn; else as without missing values.
    """
    if not facts.get("least_squares"):
        raise DesignError(f"{asked.estimator} is not plain least squares, so missing values are left out", code="CY310")
    observed = estimable_sample(panel, baseline=False, covariates=False)

    def fitted(sample: Sample) -> Estimate:
        return method(panel, sample, variance=asked.variance, level=asked.level)

    if how.method == "multiple_imputation":
        uses = bool(facts["uses_covariates"])
        found = imputed(panel, observed, fitted, baseline=asked.baseline, covariates=uses, how=how, seed=asked.seed)
        because = "missing values were drawn"
    else:
        if not facts["adjusts"] or facts["subtracts"]:
            raise DesignError("full-information maximum likelihood is for ancova", code="CY310")
        found = full_information(panel, observed, level=asked.level)
        because = "the model is fitted by maximum likelihood"
    found = with_wwc(across_breaks(found, panel, subtracts=bool(facts["subtracts"])), panel, observed)
    return without_resampling(found, wanted.kinds, because)
