"""The design of a cycle: who is compared with whom, when, adjusted for what."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from cycles.core.models import Model
from cycles.plan.values import Number


class Contrast(Model):
    """The two arms compared, and whether further arms stay in the model."""

    change: str
    comparison: str | None = None
    others: Literal["drop", "keep"] = "drop"


DesignKind = Literal[
    "cluster_comparison",
    "student_comparison",
    "cluster_randomised",
    "student_randomised",
    "one_group_pre_post",
    "regression_discontinuity",
    "interrupted_time_series",
    "comparative_interrupted_time_series",
    "staggered_starts",
    "single_case",
]

SERIES_KINDS: tuple[DesignKind, ...] = (
    "interrupted_time_series",
    "comparative_interrupted_time_series",
    "staggered_starts",
    "single_case",
)
"""Designs whose analysis table has one row per series and period, rather than per unit."""


class SeriesSpec(Model):
    """Whose values make a series, and how often: by school, classroom, student or published site, or everybody together.

    `cycle_length` is how many periods make a season (12 for months of a year). `starts` says where the start of each series is written:
    `started_on` of this file for every series of the change arm, or `started_on` in the table of arms. `members` are the ids of each
    arm's series where no table of arms says so; with a comparison, every other series is in it unless its own are named.
    """

    by: Literal["school_id", "classroom_id", "student_id", "site_id", "all"] = "school_id"
    every: Literal["day", "week", "month", "term", "year"] = "week"
    cycle_length: Annotated[int, Field(ge=2)] | None = None
    starts: Literal["file", "arms"] = "file"
    members: dict[str, tuple[str, ...]] = {}


class CutoffSpec(Model):
    """The score that decides who has the change: `column` of the table of arms or the roster, `prior_<indicator>`, or `baseline`."""

    column: str
    at: Number
    change_is: Literal["at_or_above", "below"] = "at_or_above"


class Design(Model):
    """Who is compared with whom, when, adjusted for what. A design over time says in `series` whose values make a series."""

    kind: DesignKind
    unit: Literal["student"] = "student"
    cluster: str | None = None
    block: str | None = None
    weight: str | None = None
    strata: str | None = None
    contrast: Contrast
    baseline_wave: str | None = None
    outcome_wave: str | None = None
    covariates: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    series: SeriesSpec | None = None
    cutoff: CutoffSpec | None = None

    @model_validator(mode="after")
    def _cutoff_where_one_decides(self) -> "Design":
        if (self.kind == "regression_discontinuity") != (self.cutoff is not None):
            raise ValueError("regression_discontinuity and `cutoff`, such as {column: screening, at: 40}, go together")
        if self.cutoff and self.contrast.comparison is None:
            raise ValueError("contrast.comparison names the arm on the other side of the cutoff")
        return self

    @model_validator(mode="after")
    def _series_where_there_are_any(self) -> "Design":
        if self.kind in SERIES_KINDS and self.series is None:
            raise ValueError(f"{self.kind} needs `series`, such as {{by: school_id, every: week}}")
        if self.kind not in SERIES_KINDS and self.series is not None:
            raise ValueError(f"`series` belongs to a design over time ({', '.join(SERIES_KINDS)})")
        if self.kind == "comparative_interrupted_time_series" and self.contrast.comparison is None:
            raise ValueError("contrast.comparison names the series to compare with")
        return self
