"""Effects as blocks: the figure with its band, the sentence, the numbers behind. Protected here, before anything is drawn or written."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, get_args

from cycles.act.evidence import Year
from cycles.act.reporting import figures, series_of
from cycles.act.reporting.balance_of import balance_blocks, balance_record, facts_record
from cycles.act.reporting.dose_of import dose_blocks
from cycles.act.reporting.further_of import further_blocks
from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.protecting import hide_rows
from cycles.act.reporting.resampled_of import resampled_blocks, resampled_record
from cycles.act.reporting.series_of import line_blocks
from cycles.act.reporting.shares_of import share_blocks, told_coefficients
from cycles.act.reporting.starts_of import start_blocks
from cycles.act.reporting.wording import (
    ABSENT,
    HIDDEN,
    cell,
    count,
    decimals,
    in_reader_units,
    number,
    percent,
    plain,
    sentence_case,
    words,
)
from cycles.core.catalogue import CATALOGUE
from cycles.core.vocabulary import ASSOCIATIONS, IN_A_UNIT_OF_THEIR_OWN, Call, Estimate, State
from cycles.plan.design import SERIES_KINDS

_WITHHELD: dict[str, Any] = dict.fromkeys((
    "value", "se", "df", "low", "high", "p", "icc", "sd", "effect_size", "effect_size_se",
    "effect_size_low", "effect_size_high", "improvement_index", "effect_size_wwc", "effect_size_wwc_se",
    "second_route", "coefficients", "balance", "n_clusters", "lines",
))  # fmt: skip

OF_ONE = (
    "What a design of single cases tells of one student, or of a few, is never in a report; the team reads it in the notebook itself, "
    "which stays as restricted as their records."
)
"""Said in the place of what may not be shown of single cases."""

NUMBERS_BEHIND = (
    "Low",
    "High",
    "Standard error",
    "Kind",
    "Degrees of freedom",
    "Students",
    "Clusters",
    "Effect size (g)",
)


def estimate_blocks(estimates: Mapping[str, Estimate], request: Request) -> list[Block]:
    """Effects with intervals and the band that is too small to matter: the predicted measure first, a figure per section and unit."""
    alt = request.required_alt("a figure of effects")
    protected = protect_estimates(estimates, request)
    doses = {label: one for label, one in protected.items() if one.estimator == "dose_response"}
    safe = {label: one for label, one in protected.items() if label not in doses}
    predicted = request.plan.prediction.measure if request.plan else None
    parts: dict[tuple[bool, str, str], dict[str, Estimate]] = {}
    for label, one in safe.items():
        other = bool(request.plan) and not request.section and one.id != predicted
        parts.setdefault((other, _section(one, request, alone=len(safe) == 1), one.unit), {})[label] = one
    ordered = sorted(parts.items(), key=lambda part: part[0][0])
    effects, sections = [], set()
    for (_, section, unit), part in ordered:
        asked = replace(request, section=section, title=_title(request, unit) if section in sections else request.title)
        effects += _shown(part, asked, alt)
        sections.add(section)
    return [
        *effects,
        *line_blocks(safe, request),
        *start_blocks(safe, request),
        *balance_blocks(safe, request),
        *share_blocks(safe, request),
        *dose_blocks(doses, request),
    ]


def _title(request: Request, unit: str) -> str:
    """Of effects in one more unit: a title of their own, as blocks of one title in one section take each other's place."""
    said = in_reader_units(unit)[1]
    return f"{request.title} In {said}" if request.title else f"In {said}"


def year_blocks(year: Year, request: Request) -> list[Block]:
    """The effect sizes of a year's cycles, side by side."""
    estimates = {}
    for row in plain(year.effects.to_dict("records")):
        state: State = "estimated" if row["effect_size"] is not None else "not_estimable"
        estimates[f"{row['title']}: {words(row['measure'])}"] = Estimate(
            id=row["cycle"],
            estimand="",
            estimator="",
            design="",
            state=state,
            value=row["effect_size"],
            low=row["effect_size_low"],
            high=row["effect_size_high"],
            n=row["n"] or 0,
            unit="standard deviations (Hedges' g)",
            effect_size=row["effect_size"],
        )
    wanted = replace(request, section=request.section or "year", title=request.title or year.title)
    return estimate_blocks(estimates, wanted) if estimates else []


def year_record(year: Year) -> dict[str, Any]:
    """How many cycles a year had, what was decided, how many were sealed before their data."""
    decided = year.decisions["decision"].value_counts()
    return {
        "id": "year",
        "cycles": len(year.decisions),
        "decided": {call: int(decided[call]) for call in get_args(Call) if call in decided},
        "sealed": int((year.decisions["sealed"] == "sealed_before_data").sum()),
    }


def _section(estimate: Estimate, request: Request, *, alone: bool) -> str:
    """Where an effect belongs: by what the plan calls its measure, unless the caller says."""
    measures = request.plan.measures if request.plan else None
    if request.section:
        return request.section
    if measures and estimate.id in measures.balancing:
        return "balancing"
    if measures and estimate.id in measures.process:
        return "dosage"
    return "effect" if alone or (measures and estimate.id in measures.outcome) else "equity"


def protect_estimates(estimates: Mapping[str, Estimate], request: Request) -> dict[str, Estimate]:
    """Estimates without the numbers of those that rest on too few people, or from which such could be worked out."""
    import pandas as pd

    names = [label.rpartition(": ")[0] for label in estimates]  # groups of one column are siblings
    least = [_fewest(one, request.policy.smallest_group) for one in estimates.values()]
    table = pd.DataFrame({"of": names, "group": list(estimates), "n": least})
    smallest = request.policy.smallest_group
    hidden = hide_rows(table, smallest=smallest)
    return {
        label: _without_counts(one, smallest) if one.value is None else (without_numbers(one) if hide else one)
        for (label, one), hide in zip(estimates.items(), hidden, strict=True)
    }


def _fewest(estimate: Estimate, smallest: int) -> int:
    """The fewest people that a number rests on; of series, those behind a single value, where that is known of published figures."""
    if estimate.design not in SERIES_KINDS or "periods_before" not in estimate.facts:
        return min([estimate.n, *estimate.n_by_arm.values()])
    if estimate.facts.get("series_name") == "student":
        return 1
    known = estimate.facts.get("fewest_people")
    return smallest if known is None else int(known)


def without_numbers(estimate: Estimate) -> Estimate:
    """An estimate without its numbers, which rest on too few people."""
    return replace(
        estimate,
        **_WITHHELD,
        n=0,
        n_by_arm={},
        n_missing=0,
        n_clusters_by_arm={},
        resampled=(),
        facts={},
        reason=HIDDEN,
    )


def _without_counts(estimate: Estimate, smallest: int) -> Estimate:
    """An estimate that could not be made keeps its code; where an arm is small, its counts and the reason that tells them go."""
    if all(n >= smallest for n in estimate.n_by_arm.values() if n):
        return estimate
    return replace(estimate, n=0, n_by_arm={}, n_missing=0, reason=CATALOGUE[estimate.code or "CY306"].meaning)


def _shown(estimates: Mapping[str, Estimate], request: Request, alt: str) -> list[Block]:
    labelled = {row_label(label, request): one for label, one in estimates.items()}
    return [_effects(estimates, request, alt), *further_blocks(labelled, request), *resampled_blocks(labelled, request)]


def _effects(estimates: Mapping[str, Estimate], request: Request, alt: str) -> Block:
    first = next(iter(estimates.values()))
    factor, unit = in_reader_units(first.unit)
    band = _band(first, request)
    places = max(_places(one) for one in estimates.values())
    rows = [_interval(label, one, places, request) for label, one in estimates.items()]
    hidden = sum(one.reason == HIDDEN for one in estimates.values())
    if hidden == len(estimates):
        return make_block("text", request, section="effect", text=_held_back(estimates, request), suppressed=hidden)
    columns = ("", f"Effect ({unit})", *NUMBERS_BEHIND)
    numbers = [_numbers(row_label(label, request), one, places) for label, one in estimates.items()]
    told = [place for place in range(len(columns)) if any(row[place] != ABSENT for row in numbers)]
    return make_block(
        "figure",
        request,
        section="effect",
        text=estimate_in_words(first, request) if len(estimates) == 1 else "",
        alt=alt,
        caption=_effect_caption(band, factor, unit),
        note=request.policy.note if hidden else "",
        columns=[columns[place] for place in told],
        rows=[[row[place] for place in told] for row in numbers],
        drawing=figures.draw_effects(
            rows, unit=sentence_case(unit), band=band * factor if band else None, level=first.level
        ),
        suppressed=hidden,
    )


def _held_back(estimates: Mapping[str, Estimate], request: Request) -> str:
    """In the place of a drawing in which nothing would be seen."""
    first = next(iter(estimates.values()))
    if len(estimates) == 1:
        return estimate_in_words(first, request)
    return f"{request.measure_title(first.id)}: all {count(len(estimates))} held back, because too few students stand behind them."


def estimate_in_words(estimate: Estimate, request: Request) -> str:
    """An estimate as a sentence in the reader's units."""
    title = request.measure_title(estimate.id)
    if estimate.reason == HIDDEN:
        own = f" {OF_ONE}" if estimate.design == "single_case" else ""
        return f"{title}: held back, because too few students stand behind it.{own}"
    if estimate.value is None:
        return f"{title}: no effect can be estimated. {estimate.reason} ({estimate.code})"
    said = f"{title}: {value_in_words(estimate)}{contrast_in_words(request)}"
    if estimate.low is None or estimate.high is None:
        return f"{said}. Described only, without an interval: {estimate.reason} ({estimate.code})"
    return f"{said} ({percent(estimate.level)} interval {interval_in_words(estimate)}; {basis_in_words(estimate, request)})."


def interval_in_words(estimate: Estimate) -> str:
    """The two ends of the interval in the reader's units."""
    return " to ".join(_signed(end, estimate, _places(estimate)) for end in (estimate.low, estimate.high))


def value_in_words(estimate: Estimate) -> str:
    """The effect itself, in the reader's units, with its sign."""
    return f"{_signed(estimate.value, estimate, _places(estimate))} {in_reader_units(estimate.unit)[1]}"


def contrast_in_words(request: Request) -> str:
    """Which arm minus which, where the plan says."""
    contrast = request.plan.design.contrast if request.plan else None
    return f", {words(contrast.change)} minus {words(contrast.comparison)}" if contrast and contrast.comparison else ""


def basis_in_words(estimate: Estimate, request: Request) -> str:
    """How many students, in how many classrooms or schools; of series, how many periods."""
    if "periods_before" in estimate.facts:
        return series_of.basis_over_time(estimate)
    students = f"{count(estimate.n)} students"
    if estimate.n_clusters is None:
        return students
    cluster = request.plan.design.cluster if request.plan else None
    return f"{students} in {count(estimate.n_clusters)} {words(cluster) if cluster else 'cluster'}s"


def estimate_record(estimate: Estimate, *, smallest: int) -> dict[str, Any]:
    """A protected estimate as JSON can hold it, coefficients as a list of rows; a small number of missing units is not told."""
    tables = ("coefficients", "balance", "lines")
    content = {name: getattr(estimate, name) for name in estimate.__dataclass_fields__ if name not in tables}
    withheld = estimate.reason == HIDDEN or (
        estimate.code is not None and estimate.reason == CATALOGUE[estimate.code].meaning
    )
    coefficients = [] if estimate.coefficients is None else told_coefficients(estimate, smallest=smallest)
    missing = estimate.n_missing if estimate.n_missing == 0 or estimate.n_missing >= smallest else None
    own = {
        "balance": balance_record(estimate),
        "facts": facts_record(estimate, smallest=smallest),
        "resampled": resampled_record(estimate.resampled),
    }
    return plain({**content, **own, "n_missing": missing, "coefficients": coefficients, "withheld": withheld})


def _interval(label: str, one: Estimate, places: int, request: Request) -> figures.Interval:
    factor = in_reader_units(one.unit)[0]
    value, low, high = (None if end is None else factor * end for end in (one.value, one.low, one.high))
    planned = request.plan is None or one.id in request.plan.measures.all
    return figures.Interval(
        label=row_label(label, request), value=value, low=low, high=high, said=_said(one, places), planned=planned
    )


def row_label(label: str, request: Request) -> str:
    """A label in words: what the plan calls a measure; the level of a yes-or-no column as yes or no."""
    if request.plan and label in request.plan.measures.all:
        return request.measure_title(label)
    column, colon, level = label.rpartition(": ")
    said = f"{column}{colon}{cell(level)}"
    return sentence_case(said if " " in column else words(said))  # a title is words already


def interval_ends(unit: str, value: float, low: float, high: float) -> tuple[str, str, str]:
    """A value and the ends of its interval in the reader's units, with as many decimals as the interval's width warrants."""
    factor = in_reader_units(unit)[0]
    places = decimals(factor * (high - low) / 2)
    value_said, low_said, high_said = (number(factor * one, places=places, signed=True) for one in (value, low, high))
    return value_said, low_said, high_said


def _said(one: Estimate, places: int) -> str:
    if one.reason == HIDDEN:
        return HIDDEN
    if one.value is None:
        return "not estimable"
    value, low, high = (_signed(end, one, places) for end in (one.value, one.low, one.high))
    interval = "described only" if one.low is None or one.high is None else f"({low} to {high})"
    return f"{value} {interval}" if "periods_before" in one.facts else f"{value} {interval}  n = {count(one.n)}"


def _numbers(name: str, one: Estimate, places: int) -> tuple[str, ...]:
    if one.reason == HIDDEN:
        return (name, *[HIDDEN] * 9)
    return (
        name,
        *(_signed(end, one, places) for end in (one.value, one.low, one.high)),
        ABSENT if one.se is None else number(in_reader_units(one.unit)[0] * one.se, places=places + 1),
        one.se_kind or ABSENT,
        number(one.df, places=1),
        count(one.n) if one.n and "periods_before" not in one.facts else ABSENT,
        count(one.n_clusters),
        number(one.effect_size, signed=True),
    )


def _places(estimate: Estimate) -> int:
    if estimate.low is None or estimate.high is None:
        return 2
    return decimals(in_reader_units(estimate.unit)[0] * (estimate.high - estimate.low) / 2)


def _signed(value: float | None, estimate: Estimate, places: int) -> str:
    return ABSENT if value is None else number(in_reader_units(estimate.unit)[0] * value, places=places, signed=True)


def _band(estimate: Estimate, request: Request) -> float | None:
    """What the plan calls worth having, for the predicted measure, within its groups and by other methods (they bear other names)."""
    if request.plan is None or estimate.estimator in (*ASSOCIATIONS, *IN_A_UNIT_OF_THEIR_OWN):
        return None
    prediction, measures = request.plan.prediction, request.plan.measures.all
    return prediction.worth_having if estimate.id == prediction.measure or estimate.id not in measures else None


def _effect_caption(band: float | None, factor: float, unit: str) -> str:
    return (
        ""
        if band is None
        else f"The grey band is the range agreed beforehand as too small to matter (±{number(factor * band)} {unit})."
    )
