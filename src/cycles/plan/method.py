"""The method of a cycle: the estimator and what it is told, and the same question answered in other ways."""

from typing import Annotated, Any, Literal

from pydantic import Field

from cycles.core.models import Model
from cycles.core.vocabulary import Resampling, Variance
from cycles.plan.design import Design
from cycles.plan.values import Number

FEWEST_DRAWS, MOST_DRAWS = 99, 100_000
"""Draws of a resampling: with fewer a p-value is too coarse, with more it only takes time."""


class Missing(Model):
    """What is done where an outcome, a baseline or a covariate is missing; without it, such units are left out and counted.

    `multiple_imputation` draws missing values from the `donors` units of the same arm that are predicted to be most like, in `rounds`
    rounds for each of the `imputations`; `clusters` says how it knows them: an indicator of each, or the means of the other variables in
    it. `fiml` is full-information maximum likelihood, for `ancova`.
    """

    method: Literal["complete_cases", "multiple_imputation", "fiml"] = "complete_cases"
    imputations: Annotated[int, Field(ge=2, le=1000)] = 40
    rounds: Annotated[int, Field(ge=1, le=100)] = 10
    donors: Annotated[int, Field(ge=1, le=20)] = 5
    clusters: Literal["indicators", "means", "none"] = "indicators"


class EstimateSpec(Model):
    """The method: estimator, standard error and level; a second inference by resampling, with so many draws; `options` are its own."""

    estimator: str
    variance: Variance = "CR2"
    level: Annotated[Number, Field(gt=0.5, lt=1)] = 0.95
    resampling: tuple[Resampling, ...] = ()
    draws: Annotated[int, Field(ge=FEWEST_DRAWS, le=MOST_DRAWS)] = 2000
    missing: Missing | None = None
    options: dict[str, Any] = {}


class OtherDesign(Model):
    """What an alternative changes in the design; what is not named stays. An empty text leaves the cluster or block out."""

    cluster: str | None = None
    block: str | None = None
    covariates: tuple[str, ...] | None = None

    def of(self, design: Design) -> Design:
        """The design with these changes."""
        changes = {name: value or None for name in ("cluster", "block") if (value := getattr(self, name)) is not None}
        if self.covariates is not None:
            changes["covariates"] = self.covariates  # type: ignore[assignment]
        return design.model_copy(update=changes)


class Alternative(EstimateSpec):
    """The same question answered another way, to see how much the answer depends on the method."""

    label: str
    design: OtherDesign = OtherDesign()
