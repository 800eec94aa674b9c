"""The nouns: what stages hand to one another. Frozen, keyword-only records with `.table` (tidy) and `.text` (a sentence)."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

if TYPE_CHECKING:
    import pandas as pd

State = Literal["estimated", "degraded", "not_estimable"]
Answer = Literal["pass", "concern", "cannot_say"]
Outcome = Literal["pass", "fail", "could_not_run"]
Call = Literal["adopt", "adapt", "abandon", "keep testing", "stop: harm", "no decision", "monitoring"]
SealState = Literal["sealed_before_data", "sealed_after_data", "unsealed"]
MissingReason = Literal[
    "not_asked",
    "skipped",
    "refused",
    "not_applicable",
    "not_recorded",
    "suppressed",
    "censored",
    "impossible",
    "unknown",
]
MISSING_REASONS: tuple[MissingReason, ...] = get_args(MissingReason)
"""Why there is no value; instruments and contracts use these and no other. `suppressed`: hidden because too few people stand behind it;
`censored`: known only to lie below or above a bound, such as `> 95%`; `impossible`: a value that cannot be true."""
Variance = Literal["classical", "HC1", "HC2", "HC3", "CR0", "CR1", "CR1S", "CR2", "CR3", "linearised"]
Resampling = Literal["wild_bootstrap", "randomisation"]
RESAMPLING: dict[Resampling, str] = {"randomisation": "Randomisation inference", "wild_bootstrap": "Wild bootstrap"}
"""What a kind of resampling is called in sentences."""
ASSOCIATIONS = ("dose_response", "single_case")
"""Estimators whose answer is never an effect of the change: no decision rests on it, and it is not shown among effects."""
IN_A_UNIT_OF_THEIR_OWN = ("ordinal",)
"""Estimators whose effects are not in the measure's unit, so that what is worth having cannot be held against them."""


class Record:
    """A result that shows itself as its sentence; nothing in it is recorded or published by displaying it."""

    if TYPE_CHECKING:

        @property
        def text(self) -> str: ...

    def _repr_html_(self) -> str:
        import html

        return f"<p>{html.escape(self.text)}</p>"

    def __str__(self) -> str:
        return self.text

    __repr__ = __str__


@dataclass(frozen=True, kw_only=True)
class Cutoff:
    """The score that decides who has the change, as it is called, and the value from which on (or below which) it does."""

    column: str
    at: float
    change_is: Literal["at_or_above", "below"] = "at_or_above"

    def entitles(self, scores: Any) -> Any:
        """Whether each of an array of scores lies on the side of the change.

        >>> import numpy as np
        >>> Cutoff(column="screening", at=40, change_is="below").entitles(np.array([39, 40])).tolist()
        [True, False]
        """
        return scores < self.at if self.change_is == "below" else scores >= self.at


@dataclass(frozen=True, kw_only=True, repr=False)
class Panel(Record):
    """The analysis table of one measure: one row per unit that was assigned, with or without an outcome.

    `table` has `unit` (str), `cluster`, `block` (str, missing where the design has none), `arm` (str), `baseline`, `outcome` (float, in
    `outcome_unit`, missing where not observed), then covariates and subgroups. Units without an outcome stay in it:
    they are the attrition. `breaks` are the series breaks between baseline and outcome; None where nobody looked for any.
    Where `weight_name` says so, `weight` holds how many units each one stands for. With a `cutoff`, `running` is the score it is about.
    Process measures that a method's options name are columns of their own, under their names.
    """

    table: "pd.DataFrame"
    measure: str
    outcome_unit: str
    design: str
    change: str
    comparison: str | None
    unit_name: str = "student"
    cluster_name: str | None = None
    block_name: str | None = None
    weight_name: str | None = None
    strata_name: str | None = None
    cutoff: Cutoff | None = None
    covariates: tuple[str, ...] = ()
    subgroups: tuple[str, ...] = ()
    higher_is: Literal["better", "worse"] = "better"
    notes: tuple[str, ...] = ()
    breaks: tuple["SeriesBreak", ...] | None = None

    @property
    def text(self) -> str:
        """How many units and clusters the panel holds, by arm."""
        parts = [f"{len(rows):,} in {arm}" for arm, rows in self.table.groupby("arm", sort=True)]
        return f"{self.measure}: {len(self.table):,} {self.unit_name}s ({', '.join(parts)})."


@dataclass(frozen=True, kw_only=True, repr=False)
class SeriesPanel(Record):
    """The analysis table of one measure over time: one row per series and period, in order, with or without a value.

    `table` has `series` (str: a school, classroom or student), `arm` (str), `time` (int, whole periods from 0), `period` (str, as it is
    written), `value` (float, in `outcome_unit`, missing where not observed), `n` (float, people behind the value, missing where unknown)
    and `started` (nullable Int64: the `time` of the first period under the change; missing where it never began). `cycle_length` is how
    many periods make a season (12 for months of a year); None without seasons. `every` is what a period is called. `sd` is how much single
    people differed before the change, which effect sizes are measured by; None where that is not known, and there are none then.
    """

    table: "pd.DataFrame"
    measure: str
    outcome_unit: str
    design: str
    change: str
    comparison: str | None = None
    series_name: str = "school"
    every: str = "period"
    cycle_length: int | None = None
    higher_is: Literal["better", "worse"] = "better"
    notes: tuple[str, ...] = ()
    breaks: tuple["SeriesBreak", ...] | None = None
    sd: float | None = None

    @property
    def text(self) -> str:
        """How many series and periods there are, and in how many the change began."""
        series, periods = self.table["series"].nunique(), self.table["time"].nunique()
        started = self.table.loc[self.table["started"].notna(), "series"].nunique()
        where = f"{series:,} series ({self.series_name}) over {periods:,} periods ({self.every})"
        return f"{self.measure}: {where}; the change began in {started:,}."


@dataclass(frozen=True, kw_only=True, repr=False)
class Resampled(Record):
    """A second inference about an effect, by resampling.

    `p` is None where it may not be told, and `attainable` the smallest that it could be. `draws` counts the sample as it was; `exact` says
    that they are all there are, and `seed` is None then. `low` or `high` is None where no value on that side is refused.
    """

    kind: Resampling
    p: float | None
    low: float | None
    high: float | None
    level: float
    draws: int
    exact: bool
    attainable: float
    seed: int | None
    how: str

    @property
    def text(self) -> str:
        """What was found, in a sentence."""
        drawn = f"{self.draws:,} {'in all' if self.exact else f'drawn with seed {self.seed}'}"
        least = f"the smallest p that can be reached is {self.attainable:.3g} ({drawn})"
        if self.p is None:
            return f"{RESAMPLING[self.kind]}: {least}."
        return f"{RESAMPLING[self.kind]}: p = {self.p:.3g}{self._interval}; {least}."

    @property
    def _interval(self) -> str:
        if self.low is None and self.high is None:
            return f", and no {self.level:.0%} interval, because no effect can be refused"
        ends = {"from": self.low, "to": self.high}
        return f", {self.level:.0%} interval " + " ".join(
            f"{word} {end:+.3g}" for word, end in ends.items() if end is not None
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class Estimate(Record):
    """An effect with its uncertainty, or why there is none.

    Every number is `None` where it could not be estimated: never NaN or infinity. `value`, `se`, `low`, `high` are in `unit`;
    `effect_size` is Hedges' g (value over the unadjusted pooled standard deviation `sd` of the two arms, small-sample
    corrected); `effect_size_wwc` is the same as the What Works Clearinghouse computes it, which differs where whole clusters were assigned
    and for yes-or-no outcomes. `coefficients` has `term, value, se, df, low, high, p`, one row per term of the model.
    Where units were weighted or matched, `balance` has `covariate, smd_before, smd_after` and the means behind them, and `facts` how much
    of the comparison is left (`effective_n`, ...). Of series over time, `lines` has what was observed in each arm and period, what the
    model fits, and what it expects without the change: `arm, period, value, fitted, without, n` (the fewest people behind a value).
    """

    id: str
    estimand: str
    estimator: str
    design: str
    state: State
    code: str | None = None
    reason: str = ""
    value: float | None = None
    se: float | None = None
    se_kind: str = ""
    df: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.95
    p: float | None = None
    n: int = 0
    n_by_arm: dict[str, int] = field(default_factory=dict)
    n_clusters: int | None = None
    n_clusters_by_arm: dict[str, int] = field(default_factory=dict)
    n_missing: int = 0
    missing_handling: str = "units without an outcome, baseline or covariate are left out and counted"
    icc: float | None = None
    unit: str = ""
    higher_is: Literal["better", "worse"] = "better"
    sd: float | None = None
    effect_size: float | None = None
    effect_size_se: float | None = None
    effect_size_low: float | None = None
    effect_size_high: float | None = None
    improvement_index: float | None = None
    effect_size_wwc: float | None = None
    effect_size_wwc_se: float | None = None
    second_route: float | None = None
    resampled: tuple[Resampled, ...] = ()
    conventions: tuple[str, ...] = ()
    coefficients: "pd.DataFrame | None" = None
    balance: "pd.DataFrame | None" = None
    facts: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    lines: "pd.DataFrame | None" = None

    @property
    def text(self) -> str:
        """The estimate as one sentence."""
        if self.state == "not_estimable":
            return f"{self.id}: not estimable ({self.code}). {self.reason}"
        head = f"{self.id}: {self.value:+.3g} {self.unit}"
        if self.state == "degraded" or self.low is None or self.high is None:
            said = f"{head}, described only ({self.code}). {self.reason}"
        else:
            interval = f"{self.level:.0%} interval {self.low:+.3g} to {self.high:+.3g}"
            said = f"{head} ({interval}; {self.n:,} units, standard error {self.se_kind})."
        return " ".join([said, *(one.text for one in self.resampled)])

    @property
    def table(self) -> "pd.DataFrame":
        """One row with every scalar of the record."""
        import pandas as pd

        skip = {
            "coefficients",
            "balance",
            "lines",
            "facts",
            "versions",
            "conventions",
            "n_by_arm",
            "n_clusters_by_arm",
            "resampled",
        }
        return pd.DataFrame([{name: getattr(self, name) for name in self.__dataclass_fields__ if name not in skip}])


@dataclass(frozen=True, kw_only=True, repr=False)
class Finding(Record):
    """What one check saw: an answer, a sentence, a small aggregate table. `blocking` forbids a decision word."""

    name: str
    answer: Answer
    text: str = ""
    code: str | None = None
    blocking: bool = False
    table: "pd.DataFrame | None" = None


@dataclass(frozen=True, kw_only=True, repr=False)
class DesignChoice(Record):
    """The strongest design that data warrant, and what each stronger one would need.

    `strongest` is a `design` of `table`, which has one row per design, strongest first: `design, title, warranted, estimator, because`.
    """

    measure: str
    strongest: str
    planned: str
    table: "pd.DataFrame"
    text: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class SeriesBreak(Record):
    """From the period `at` on, a measure is not the same as before: values on either side may not be compared.

    `origin` says how it is known: `declared` (by a contract), `contract` (its wording, codes or definition changed) or `detected`
    (the values jumped at nearly every site at once).
    """

    measure: str
    at: str
    because: str
    origin: Literal["declared", "contract", "detected"]

    @property
    def text(self) -> str:
        """The break in one sentence."""
        return f"{self.measure} is not comparable before and from {self.at}: {self.because}"


@dataclass(frozen=True, kw_only=True, repr=False)
class Chart(Record):
    """Numbers of a chart, not its drawing.

    `points` has `period` (date), `value`, `n` (people behind the point), `phase` (str). `center` is one value per phase.
    `signals` are sentences, empty when no rule fired.
    """

    kind: str
    measure: str
    unit: str
    points: "pd.DataFrame"
    center: dict[str, float]
    change_on: Any = None
    signals: tuple[str, ...] = ()
    breaks: tuple[SeriesBreak, ...] = ()
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def table(self) -> "pd.DataFrame":
        """The points."""
        return self.points


@dataclass(frozen=True, kw_only=True, repr=False)
class Decision(Record):
    """What the rule written beforehand says. `step` is the rule's step that answered (1-7)."""

    call: Call
    step: int
    because: str
    measure: str
    probability: float | None = None
    probability_flat: float | None = None
    probability_narrow_prior: float | None = None
    probability_harm: float | None = None
    sd: float | None = None
    sealed: SealState = "unsealed"
    deviations: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    next_step: str = ""
    n_still_needed: int | None = None
    cannot_say: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The decision in one sentence."""
        return f"{self.call[0].upper()}{self.call[1:]}: {self.because}"

    @property
    def table(self) -> "pd.DataFrame":
        """One row with the probabilities."""
        import pandas as pd

        names = ("call", "step", "probability", "probability_flat", "probability_narrow_prior", "probability_harm")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])


@dataclass(frozen=True, kw_only=True, repr=False)
class PredictionScore(Record):
    """What was predicted beside what happened. `hit` tells whether the estimate fell inside the predicted interval."""

    measure: str
    predicted: float
    predicted_low: float | None
    predicted_high: float | None
    stated_probability: float | None
    result: float | None
    hit: bool | None
    right_direction: bool | None
    probability_of_size: float | None
    brier: float | None
    counts_for_calibration: bool
    text: str = ""


@dataclass(frozen=True, kw_only=True, repr=False)
class ContractReport(Record):
    """What a contract said of a table.

    `rules` has `rule, column, severity, outcome, n_failed, expressible` and `gx_n_failed` (Great Expectations' own count).
    `used` holds the cast rows that broke no critical row rule; `quarantined` the text rows that did, with `_line` and
    `_rules`. Rows in = used + quarantined. `cells` lists the single cells of rows in use that were emptied: `_line, column, rule`.
    """

    source: str
    contract: str
    version: str
    outcome: Outcome
    rows_in: int
    used: "pd.DataFrame"
    quarantined: "pd.DataFrame"
    rules: "pd.DataFrame"
    sha256: str = ""
    text: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    cells: "pd.DataFrame | None" = None

    @property
    def n_used(self) -> int:
        """Rows that broke no row rule."""
        return len(self.used)

    @property
    def n_quarantined(self) -> int:
        """Rows set aside."""
        return len(self.quarantined)

    @property
    def table(self) -> "pd.DataFrame":
        """One row per rule, counts only."""
        return self.rules


@dataclass(frozen=True, kw_only=True, repr=False)
class Delivery(Record):
    """A source as it was read: the canonical *text* table, where it came from, and every raw row accounted for.

    `table` is all text (missing = empty string), with `_line`. Raw rows = rows of the table before melting + excluded.
    `excluded` has `rule, n` (rows left out by a named rule). `broken` are rows that could not be read, `_line, _rules`.
    """

    name: str
    table: "pd.DataFrame"
    canonical: str
    contract: str | None
    path: str
    sha256: str
    rows_raw: int
    excluded: "pd.DataFrame"
    broken: "pd.DataFrame"
    instrument: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Rows read, as a sentence."""
        return f"{self.name}: {self.rows_raw:,} rows read, {len(self.table):,} rows of {self.canonical}."
