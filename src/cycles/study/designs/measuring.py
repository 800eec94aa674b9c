"""Measuring: a measure's value for each student, before the change and after it."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from cycles.core.errors import DesignError
from cycles.plan.cycle_file import Cycle, MeasureSpec
from cycles.plan.instruments import Instrument
from cycles.study.indicators import INDICATORS, indicator
from cycles.study.scoring import score

if TYPE_CHECKING:
    from cycles.do.collection import Tables


def before_and_after(cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> pd.DataFrame:
    """A measure's baseline and outcome for each student who has either.

    Parameters
    ----------
    cycle : says which waves, or from which day on, count as before and after
    spec : the measure
    tables : the validated tables

    Returns
    -------
    DataFrame, one row per student
        `student_id, baseline, outcome` (float; missing where not observed).

    Notes
    -----
    A scale is scored in the baseline and the outcome wave. An indicator's baseline ends the day before the change
    started; its outcome runs from that day to the decision date. Totals by period and course marks use the
    waves' names as periods or terms.
    """
    if spec.published is not None:
        raise DesignError("published figures are of sites, not of students", code="CY310")
    pair = _scale_pair(cycle, spec, tables) if spec.scale else _indicator_pair(cycle, spec, tables)
    both = [values.rename(name) for name, values in zip(("baseline", "outcome"), pair, strict=True)]
    return pd.concat(both, axis=1).rename_axis("student_id").reset_index()


def facts_of(spec: MeasureSpec, tables: "Tables") -> dict[str, str]:
    """The unit, direction (`higher_is`) and title of a measure."""
    if spec.published is not None:
        title = spec.title or spec.published
        return {"unit": str(spec.unit), "higher_is": str(spec.higher_is), "title": title}
    if spec.indicator:
        facts = INDICATORS.facts(spec.indicator)
        return {"unit": facts["unit"], "higher_is": facts["higher_is"], "title": spec.title or facts["title"]}
    instrument = _instrument(spec, tables)
    scale = instrument.scales[str(spec.scale_name)]
    return {
        "unit": scale.unit,
        "higher_is": scale.higher_is,
        "title": spec.title or scale.title or str(spec.scale_name),
    }


def prior_value(name: str, cycle: Cycle, tables: "Tables") -> pd.Series:
    """The covariate `prior_<indicator>`: an indicator over the time before the change, by student."""
    values = indicator(name.removeprefix("prior_"), tables.by_table, by="window", until=_day_before(cycle))
    return values.set_index("student_id")["value"].rename(name)


def _scale_pair(cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> tuple[pd.Series, pd.Series]:
    instrument = _instrument(spec, tables)
    scores = score(responses_of(spec, tables), instrument=instrument, scale=spec.scale_name)
    return tuple(_of_wave(scores, wave) for wave in (cycle.design.baseline_wave, cycle.design.outcome_wave))  # type: ignore[return-value]


def responses_of(spec: MeasureSpec, tables: "Tables") -> pd.DataFrame:
    """The answers that a scale is scored from."""
    key = f"responses:{spec.instrument}"
    if key not in tables.by_table:
        raise DesignError(f"no source has the instrument '{spec.instrument}'", code="CY301", where="sources")
    return tables.by_table[key]


def _of_wave(scores: pd.DataFrame, wave: str | None) -> pd.Series:
    chosen = scores[scores["wave"] == wave] if wave is not None else scores.iloc[:0]
    return chosen.set_index("respondent_id")["score"].astype(float)


def _indicator_pair(cycle: Cycle, spec: MeasureSpec, tables: "Tables") -> tuple[pd.Series, pd.Series]:
    name, options = str(spec.indicator), spec.options
    if has_periods(name, tables):
        waves = (cycle.design.baseline_wave, cycle.design.outcome_wave)
        frames = [
            indicator(name, tables.by_table, by="window", period=wave, **options) if wave is not None else None
            for wave in waves
        ]
    else:
        frames = [
            indicator(name, tables.by_table, by="window", until=_day_before(cycle), **options),
            indicator(name, tables.by_table, by="window", since=cycle.started_on, until=cycle.decide.on, **options),
        ]
    return tuple(_values(frame) for frame in frames)  # type: ignore[return-value]


def has_periods(name: str, tables: "Tables") -> bool:
    """Whether an indicator's records have periods or terms, which the waves name, rather than days."""
    needs = INDICATORS.facts(name)["needs"]
    return "courses" in needs or ("attendance_totals" in needs and "attendance_totals" in tables.by_table)


def _values(frame: pd.DataFrame | None) -> pd.Series:
    if frame is None:
        return pd.Series(dtype=float)
    return frame.set_index("student_id")["value"].astype(float)


def _day_before(cycle: Cycle) -> date:
    return cycle.started_on - timedelta(days=1)


def _instrument(spec: MeasureSpec, tables: "Tables") -> Instrument:
    return tables.instrument(str(spec.instrument))
