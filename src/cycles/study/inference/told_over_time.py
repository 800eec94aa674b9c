"""The record of an effect on series over time: every field filled, and what may be told of it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.catalogue import CATALOGUE
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.inference.arm_model import versions
from cycles.study.inference.autoregressive import Interval
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.over_time import ENOUGH_PERIODS, OverTime, Whole, period_means
from cycles.study.inference.segmented import LEVEL, SLOPE, Segmented
from cycles.study.inference.series_fit import SeriesFit, Wanted

FURTHER = ("level_change", "slope_change", "effect_at_the_end")
UNCERTAIN = ("se", "df", "low", "high", "p")
SIZES = ("effect_size", "effect_size_se", "effect_size_low", "effect_size_high")


def record_of(
    panel: SeriesPanel, seen: OverTime, effect: Interval | None, *, level: float, n: int, options: Wanted
) -> Estimate:
    """The record, with the effect if it is known already; the series count as clusters only where they are."""
    arms = [panel.change] if seen.comparison is None else [str(panel.comparison), panel.change]
    matrices = [seen.change] if seen.comparison is None else [seen.comparison, seen.change]
    found = Estimate(
        id=panel.measure,
        estimand=_estimand(panel, seen, options),
        estimator="interrupted_time_series",
        design=panel.design,
        state="estimated",
        level=level,
        n=n,
        n_by_arm={name: int((~np.isnan(one)).sum()) for name, one in zip(arms, matrices, strict=True)},
        n_missing=seen.missing,
        missing_handling="periods without a value are left out and counted; they keep their place in time",
        unit=panel.outcome_unit,
        higher_is=panel.higher_is,
        sd=panel.sd,
        versions=versions(),
    )
    return found if effect is None else with_interval(replace(found, value=effect.value), effect, panel)


def with_interval(found: Estimate, effect: Interval, panel: SeriesPanel) -> Estimate:
    """The record with the effect's uncertainty, and its size where people's spread is known."""
    sd = panel.sd
    return replace(
        found,
        se=effect.se,
        df=effect.df,
        low=effect.low,
        high=effect.high,
        p=effect.p,
        effect_size=None if not sd else effect.value / sd,
        effect_size_se=None if not sd else effect.se / sd,
        effect_size_low=None if not sd else effect.low / sd,
        effect_size_high=None if not sd else effect.high / sd,
    )


def _estimand(panel: SeriesPanel, seen: OverTime, options: Wanted) -> str:
    when = {"average": f"over the {panel.every}s under the change", "last": f"in the last {panel.every}"}
    horizon = (
        when[options.horizon]
        if isinstance(options.horizon, str)
        else f"{options.horizon} {panel.every}s into the change"
    )
    beyond = "" if seen.comparison is None else f", beyond what changed in {panel.comparison}"
    return f"mean difference in {panel.measure} {horizon} from where level and trend before would have led{beyond}"


def facts_of(seen: OverTime, times: Whole, panel: SeriesPanel, options: Wanted) -> dict[str, Any]:
    """What is known of the periods and the series."""
    people = [one for one in (seen.change_people, seen.comparison_people) if one is not None]
    fewest = np.concatenate(people)
    return {
        "every": panel.every,
        "series_name": panel.series_name,
        "periods_before": int((times < seen.start).sum()),
        "periods_after": int((times >= seen.start).sum()),
        "started": seen.periods[int(np.searchsorted(seen.times, seen.start))],
        "series_by_arm": {panel.change: len(seen.change)}
        | ({} if seen.comparison is None else {str(panel.comparison): len(seen.comparison)}),
        "fewest_people": None if np.isnan(fewest).all() else int(np.nanmin(fewest)),
        "horizon": options.horizon,
    }


def parts_of(model: Segmented, fit: SeriesFit) -> dict[str, Any]:
    """The two parts of the effect, and the effect at the end, each with its interval."""
    told = {}
    for name, weights in (
        ("level_change", np.eye(len(model.terms))[LEVEL]),
        ("slope_change", np.eye(len(model.terms))[SLOPE]),
        ("effect_at_the_end", model.last),
    ):
        one = fit.contrast(weights)
        told[name] = {"value": one.value, "low": one.low, "high": one.high}
    return told


def said_of(panel: SeriesPanel, seen: OverTime, model: Segmented, times: Whole, options: Wanted) -> list[str]:
    """The conventions, one sentence each."""
    said = []
    if seen.comparison is not None:
        said.append(f"{panel.change} minus {panel.comparison}: the change in each from its own level and trend before.")
    if max(seen.counts.values()) > 1:
        said.append(f"Several {panel.series_name}s are one series, in which each counts alike.")
    seasonal = len(model.terms) > SLOPE + 1
    if seasonal:
        said.append(f"Seasons: {panel.cycle_length} {panel.every}s, {len(model.terms) - SLOPE - 1} terms.")
    elif panel.cycle_length is not None and seen.comparison is None:
        said.append(
            "Seasons are not in the model: fewer than two whole ones came before the change, or none were asked for."
        )
    if panel.sd is None:
        said.append("There is no effect size: how much single people differ is not known from such series.")
    else:
        said.append("Effect size: by the standard deviation of single people before the change, not of periods.")
    return said


def lines_of(
    panel: SeriesPanel, seen: OverTime, model: Segmented, times: Whole, effect: Floats, *, alone: bool
) -> pd.DataFrame:
    """What was seen in each arm and period, the model's line, and the line without the change."""
    places = np.searchsorted(seen.times, times)
    path = _path(model, effect)
    arms = [(panel.change, seen.change, seen.change_people, path)]
    if seen.comparison is not None and seen.comparison_people is not None:
        arms.append((str(panel.comparison), seen.comparison, seen.comparison_people, np.zeros(len(times))))
    rows = []
    for name, matrix, people, added in arms:
        values = period_means(matrix)[places]
        known = ~np.isnan(values)
        fit = effect if alone else np.linalg.lstsq(model.design[known], values[known], rcond=None)[0]
        fitted = model.design @ fit
        rows.append(
            pd.DataFrame({
                "arm": name, "period": [seen.periods[place] for place in places], "time": times, "value": values, "fitted": fitted,
                "without": fitted - added, "n": people[places],
            })
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _path(model: Segmented, effect: Floats) -> Floats:
    """What the change adds in each period: of the model's own terms, or of the three that both arms are compared by."""
    if len(effect) == len(model.terms):
        return model.design[:, LEVEL] * effect[LEVEL] + model.design[:, SLOPE] * effect[SLOPE]
    since = (model.design[:, SLOPE] - model.horizon[SLOPE]) * model.design[:, LEVEL]
    return model.design[:, LEVEL] * effect[1] + since * effect[2]


def table_of(terms: tuple[str, ...], rows: list[Interval]) -> pd.DataFrame:
    """The terms, one row each."""
    names = ("value", "se", "df", "low", "high", "p")
    return pd.DataFrame({"term": list(terms), **{name: [getattr(row, name) for row in rows] for name in names}})


def as_may_be_told(found: Estimate, panel: SeriesPanel, shorter: int) -> Estimate:
    """The value alone with few periods on a side (CY322), or across a series break (CY221)."""
    if shorter < ENOUGH_PERIODS:
        reason = f"The shorter side of the change has {shorter} periods. {CATALOGUE['CY322'].fix}"
        found = described_only(found, "CY322", reason)
    return across_breaks(found, panel)


def across_breaks(found: Estimate, panel: SeriesPanel) -> Estimate:
    """The value alone where the series breaks (CY221)."""
    if not panel.breaks:
        return found
    where = listed([f"{one.at} ({one.because})" for one in panel.breaks])
    return described_only(found, "CY221", f"The series breaks at {where}. {CATALOGUE['CY221'].fix}")


def described_only(found: Estimate, code: str, reason: str) -> Estimate:
    """The value alone."""
    unknown: dict[str, Any] = dict.fromkeys((*UNCERTAIN, *SIZES))
    facts = {
        name: {"value": fact["value"], "low": None, "high": None} if name in FURTHER else fact
        for name, fact in found.facts.items()
    }
    terms = None if found.coefficients is None else found.coefficients.assign(**dict.fromkeys(UNCERTAIN))
    return replace(
        found, **unknown, state="degraded", code=code, reason=reason, se_kind="none", coefficients=terms, facts=facts
    )
