"""The cycle file: what a team intends, measures, compares and how it will decide, written before the data.

Names that belong to later stages (adapters, estimators, indicators) stay text here; preflight checks them.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator

from cycles.core import strict_yaml
from cycles.core.layers import Layered
from cycles.core.models import Model
from cycles.plan.cascade import cascade
from cycles.plan.design import Design
from cycles.plan.method import Alternative, EstimateSpec
from cycles.plan.rule import Decide
from cycles.plan.standards import Standards
from cycles.plan.values import Flag, Number, Probability, Sha256, Slug

KINDS = ("pdsa_cycle", "evaluation", "annual_impact")


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


class ChartSpec(Model):
    """How a measure's control chart is made: its kind (from the data unless it is named), its target, and the last day of its limits.

    With `freeze_until`, points after that day are held to the limits made before; without it, limits begin anew when the change starts.
    """

    kind: Literal["auto", "xmr", "p", "p_prime", "u", "u_prime"] = "auto"
    target: Number | None = None
    freeze_until: date | None = None


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
