"""The cycle file: what a team intends, measures, compares and how it will decide, written before the data.

Names that belong to later stages (adapters, estimators, indicators) stay text here; preflight checks them.
"""

import re
from datetime import date
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from cycles.core import strict_yaml
from cycles.core.layers import Layered
from cycles.core.models import Model
from cycles.core.vocabulary import Resampling, Variance
from cycles.plan.cascade import cascade
from cycles.plan.standards import Standards

KINDS = ("pdsa_cycle", "evaluation", "annual_impact")
FEWEST_DRAWS, MOST_DRAWS = 99, 100_000
"""Draws of a resampling: with fewer a p-value is too coarse, with more it only takes time."""
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}\Z")


def _slug(value: str) -> str:
    if not _SLUG.match(value):
        raise ValueError("not a safe name: lower-case letters, digits, - and _, at most 64")
    return value


def _finite(value: float) -> float:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("must be a finite number")
    return value


Slug = Annotated[str, AfterValidator(_slug)]
Number = Annotated[float, AfterValidator(_finite)]
Probability = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Flag = Annotated[bool, BeforeValidator(strict_yaml.number_or_text)]


class Team(Model):
    """Who runs the cycle, and who designed it with them."""

    name: str
    co_designers: tuple[str, ...] = ()
    owner: str | None = None


class Prediction(Model):
    """What the team expects, as numbers, before the data. `size`, `worth_having` and `interval` are in the measure's unit."""

    measure: Slug
    direction: Literal["increase", "decrease"]
    size: Number
    worth_having: Annotated[Number, Field(gt=0)]
    interval: tuple[Number, Number] | None = None
    probability: Probability | None = None

    @model_validator(mode="after")
    def _ordered(self) -> "Prediction":
        if self.interval and not self.interval[0] <= self.interval[1]:
            raise ValueError("interval: the lower end comes first")
        return self


class MeasureSpec(Model):
    """One measure: a scale of an instrument, an indicator with its options (any further keys), or a published figure of sites.

    A published figure is named as in the table `site_measures`; its `unit` and whether `higher_is` better are said here, as no table does,
    and so is `sd`, how much single students differ, where it is known from elsewhere: without it there is no effect size, and no decision.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    scale: str | None = None
    indicator: str | None = None
    published: str | None = None
    title: str | None = None
    unit: str | None = None
    higher_is: Literal["better", "worse"] | None = None
    sd: Annotated[Number, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_of(self) -> "MeasureSpec":
        if sum(one is not None for one in (self.scale, self.indicator, self.published)) != 1:
            raise ValueError("give either scale: INSTRUMENT.SCALE, indicator: NAME or published: MEASURE")
        if self.published is not None and (self.unit is None or self.higher_is is None):
            raise ValueError("a published figure says its unit and whether higher_is better or worse")
        if self.published is None and any(one is not None for one in (self.unit, self.higher_is, self.sd)):
            raise ValueError(
                "unit, higher_is and sd are said of published figures only; scales and indicators have their own"
            )
        if self.scale is not None and self.scale.count(".") != 1:
            raise ValueError("scale is written INSTRUMENT.SCALE")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """The indicator's own options, numbers as numbers."""
        return {key: strict_yaml.number_or_text(value) for key, value in (self.model_extra or {}).items()}

    @property
    def instrument(self) -> str | None:
        """The instrument's key, for a scale."""
        return self.scale.split(".")[0] if self.scale else None

    @property
    def scale_name(self) -> str | None:
        """The scale's name within its instrument."""
        return self.scale.split(".")[1] if self.scale else None


class Measures(Model):
    """What should move (outcome), whether the change was done (process), what might get worse (balancing)."""

    outcome: dict[Slug, MeasureSpec] = Field(min_length=1)
    process: dict[Slug, MeasureSpec] = {}
    balancing: dict[Slug, MeasureSpec] = {}

    @property
    def all(self) -> dict[str, MeasureSpec]:
        """Every measure by name, outcomes first."""
        return {**self.outcome, **self.balancing, **self.process}


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


class ChartSpec(Model):
    """How a measure's control chart is made: its kind (from the data unless it is named), its target, and the last day of its limits.

    With `freeze_until`, points after that day are held to the limits made before; without it, limits begin anew when the change starts.
    """

    kind: Literal["auto", "xmr", "p", "p_prime", "u", "u_prime"] = "auto"
    target: Number | None = None
    freeze_until: date | None = None


class Prior(Model):
    """The prior on the effect size (Hedges' g)."""

    mean: Number = 0.0
    sd: Annotated[Number, Field(gt=0)] = 0.25
    scale: Literal["effect_size"] = "effect_size"


class Fidelity(Model):
    """The floor below which the change was not really done."""

    at_least: Number


class Harm(Model):
    """How much worse a balancing measure may get, in its own unit."""

    worse_by: Annotated[Number, Field(gt=0)]


class Looks(Model):
    """Looking before the decision date, agreed beforehand: on which days, and how sure one must be then.

    `level` is the chance that, without any effect, a bound is ever crossed. `obrien_fleming` spends it over the days named and the decision
    date; `information` is the share of all information at each of them, even steps unless it is given. `always_valid` allows any day.
    """

    on: tuple[date, ...] = ()
    method: Literal["obrien_fleming", "always_valid"] = "obrien_fleming"
    level: Annotated[Number, Field(gt=0, lt=0.5)] = 0.05
    information: tuple[Number, ...] | None = None

    @model_validator(mode="after")
    def _rising(self) -> "Looks":
        if not self.on and self.method == "obrien_fleming":
            raise ValueError("looks: name the days under `on`, or write method: always_valid")
        if any(later <= one for one, later in pairwise(self.on)):
            raise ValueError("looks: the days must rise")
        shares = self.information
        if shares is not None and (
            len(shares) != len(self.on) or any(later <= one for one, later in pairwise((0.0, *shares, 1.0)))
        ):
            raise ValueError("looks: information has one share for each day, rising, above 0 and below 1")
        return self

    @property
    def fractions(self) -> tuple[float, ...]:
        """The share of all information at each day and at the decision, which is 1."""
        steps = len(self.on) + 1
        shares = self.information or tuple(place / steps for place in range(1, steps))
        return (*shares, 1.0)


def _as_looks(value: Any) -> Any:
    """A list of days is short for looks on these days."""
    return {"on": value} if isinstance(value, list | tuple) else value


class Decide(Model):
    """The decision rule, written before the data."""

    on: date
    adopt: Probability = 0.80
    abandon: Probability = 0.20
    prior: Prior = Prior()
    fidelity: dict[Slug, Fidelity] = {}
    balancing: dict[Slug, Harm] = {}
    max_cycles: Annotated[int, Field(ge=1)] = 4
    looks: Annotated[Looks | None, BeforeValidator(_as_looks)] = None

    @model_validator(mode="after")
    def _looks_come_first(self) -> "Decide":
        if self.looks is not None and self.looks.on and self.looks.on[-1] >= self.on:
            raise ValueError("looks: every look comes before the decision date")
        return self

    @model_validator(mode="after")
    def _ordered(self) -> "Decide":
        if self.abandon >= self.adopt:
            raise ValueError("abandon must be smaller than adopt")
        return self


class Source(Model):
    """One file and how it is read: its adapter, its mapping, the contract it is held to.

    `constants` are columns that hold one text in this file, such as the school year of a yearly file; they are added to the mapping's.
    `part` and `pack` are written by cycles: the fingerprint of one school's part of the file, which is read instead, and the SHA-256 of the
    file in the workspace that holds the parts of all.
    """

    name: str = ""
    adapter: str
    path: str
    instrument: Slug | None = None
    contract: str | None = None
    mapping: Slug | None = None
    constants: dict[str, str] = {}
    part: Sha256 | None = None
    pack: Sha256 | None = None


@lru_cache
def _timezones() -> frozenset[str]:
    """Found by looking through folders, which takes longer than all the rest of reading a file."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


class Schedule(Model):
    """When the notebook runs: a cron expression in an IANA time zone."""

    cron: str
    timezone: str

    @model_validator(mode="after")
    def _known(self) -> "Schedule":
        from cronsim import CronSim, CronSimError

        if self.timezone not in _timezones():
            raise ValueError(f"'{self.timezone}' is not an IANA time zone such as America/New_York")
        try:
            from datetime import datetime

            CronSim(self.cron, datetime(2026, 1, 1))
        except CronSimError:
            raise ValueError("cron is not a cron expression such as 0 6 * * MON") from None
        return self


class Report(Model):
    """Who reads it, in which languages, under which disclosure rules."""

    disclosure: str = "minimum_10"
    audience: tuple[str, ...] = ("team",)
    languages: tuple[str, ...] = ("en",)


class ForEach(Model):
    """One run for each school (or other `unit`) of a roster.

    `of` is the source that lists them, `by` its column of their ids, `called` its column of their names. Without `only`, all are run.
    """

    unit: Slug = "school"
    by: str = "school_id"
    of: Slug
    called: str | None = None
    only: tuple[str, ...] = ()


class OfUnit(Model):
    """Written by cycles into the file of one school: which school, and the cycle of the district that it is part of."""

    unit: Slug
    by: str
    id: str
    name: str
    cycle: Slug


def _sources_with_names(content: Any) -> Any:
    """A source knows the name under which it stands."""
    if isinstance(content, dict) and isinstance(content.get("sources"), dict):
        named = {
            name: {**source, "name": name} if isinstance(source, dict) else source
            for name, source in content["sources"].items()
        }
        return {**content, "sources": named}
    return content


class Cycle(Model):
    """A PDSA cycle, or an evaluation of one intervention, as its file says."""

    schema_version: Literal["1"] | Literal[1] = 1
    kind: Literal["pdsa_cycle", "evaluation"]
    cycle: Slug
    title: str
    team: Team
    previous: Slug | None = None
    started_on: date
    aim: str
    change: str
    driver: str | None = None
    prediction: Prediction
    measures: Measures
    design: Design
    estimate: EstimateSpec
    question: str | None = None
    alternatives: tuple[Alternative, ...] = ()
    decide: Decide
    charts: dict[Slug, ChartSpec] = {}
    standards: Standards = Standards()
    sources: dict[Slug, Source]
    for_each: ForEach | None = None
    of_unit: OfUnit | None = None
    schedule: Schedule | None = None
    report: Report = Report()

    @model_validator(mode="before")
    @classmethod
    def _sources_know_their_names(cls, content: Any) -> Any:
        return _sources_with_names(content)

    @model_validator(mode="after")
    def _names_agree(self) -> "Cycle":
        if self.prediction.measure not in self.measures.outcome:
            raise ValueError(f"prediction.measure '{self.prediction.measure}' is not an outcome measure")
        for name in self.decide.fidelity:
            if name not in self.measures.process:
                raise ValueError(f"decide.fidelity '{name}' is not a process measure")
        for name in self.decide.balancing:
            if name not in self.measures.balancing:
                raise ValueError(f"decide.balancing '{name}' is not a balancing measure")
        for name in self.charts:
            if name not in self.measures.all:
                raise ValueError(f"charts '{name}' is not a measure of the cycle")
        return self

    @model_validator(mode="after")
    def _units_come_from_a_source(self) -> "Cycle":
        if self.for_each and self.for_each.of not in self.sources:
            raise ValueError(f"for_each.of '{self.for_each.of}' is not one of the sources")
        return self


class Context(Model):
    """Published figures of places over the years, to read a year's cycles against.

    `measures` names those to show (measure -> title), `sites` the places (id -> name) that are set beside the median of all of them;
    `called` is what such places are called. `years` are all that the sources hold, unless they are named. Who published the figures is
    said beside them.
    """

    publisher: str
    measures: dict[Slug, str] = Field(min_length=1)
    sites: dict[str, str] = Field(min_length=1, max_length=5)
    called: str = "sites"
    years: tuple[str, ...] = ()


class AnnualImpact(Model):
    """A year of cycles, side by side, and the published figures around it."""

    schema_version: Literal["1"] | Literal[1] = 1
    kind: Literal["annual_impact"]
    cycle: Slug
    title: str
    team: Team
    year: str
    cycles: tuple[Slug, ...] = ()
    same_students: Flag = False
    sources: dict[Slug, Source] = {}
    context: Context | None = None
    report: Report = Report()

    @model_validator(mode="before")
    @classmethod
    def _sources_know_their_names(cls, content: Any) -> Any:
        return _sources_with_names(content)

    @model_validator(mode="after")
    def _tells_something(self) -> "AnnualImpact":
        if not self.cycles and self.context is None:
            raise ValueError("name cycles, a context, or both")
        if (self.context is None) != (not self.sources):
            raise ValueError("a context and the sources of its figures go together")
        return self


def read_cycle_file(path: str | Path) -> Cycle | AnnualImpact:
    """Read a parameter file of any kind, over the district's defaults (`params/defaults.yml`) where there are any.

    Parameters
    ----------
    path : path of a YAML file with a `kind`

    Raises
    ------
    ParameterError
        CY104 no file, CY103 not strict YAML, CY110 unknown kind.
    ProblemsError
        Every CY101, CY105 and CY108 of the file and of the defaults, each with the file it came from.
    """
    return parse_settings(cascade(Path(path)), path)


def parse_settings(settings: Layered, path: str | Path) -> Cycle | AnnualImpact:
    """As :func:`read_cycle_file`, from settings already laid over one another; `path` is the file they are for."""
    from cycles.core.errors import ParameterError, nearest

    kind = settings.content.get("kind")
    if kind not in KINDS:
        raise ParameterError(f"unknown kind '{kind}'", code="CY110", where=str(path), fix=nearest(str(kind), KINDS))
    model = AnnualImpact if kind == "annual_impact" else Cycle
    return model.parse(settings.content, where=lambda keys: _place(settings, keys, Path(path)))


def _place(settings: Layered, keys: list[str], path: Path) -> str:
    """The file that gave the value at `keys`: that of the cycle by its path, a default by its name in `params/`."""
    origin = settings.origin(keys, default=path.name)
    return str(path) if origin == path.name else f"params/{origin}"
