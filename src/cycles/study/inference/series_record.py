"""From effects on series to an `Estimate`: what every record about series over time says alike."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.catalogue import CATALOGUE
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.inference.arm_model import estimand_of, versions
from cycles.study.inference.effect_size import small_sample_factor
from cycles.study.inference.least_squares import Floats

UNCERTAIN = ("se", "df", "low", "high", "p")
EFFECT_SIZE = (
    "Effect size: the value over the standard deviation between {name}s before the change (within groups), times 1 - 3/(4N - 9), "
    "N {name}s. {Name}s differ less than the people in them: not comparable with effect sizes of persons."
)


def described_series(panel: SeriesPanel, *, estimator: str, level: float, **known: Any) -> Estimate:
    """A record of a panel of series, without uncertainty: the value and whatever else is `known`.

    Parameters
    ----------
    panel : SeriesPanel
    estimator, level : what the estimator says of itself
    known : fields of the record; with `sd`, the value becomes an effect size

    Returns
    -------
    Estimate
    """
    described = Estimate(
        id=panel.measure,
        estimand=estimand_of(panel),
        estimator=estimator,
        design=panel.design,
        state="estimated",
        level=level,
        unit=panel.outcome_unit,
        higher_is=panel.higher_is,
        **{"versions": versions(), **known},
    )
    per_unit = _per_unit(described)
    return described if per_unit is None else replace(described, effect_size=per_unit * (described.value or 0.0))


def sure(described: Estimate, *, se: float, df: float | None, low: float, high: float, p: float, kind: str) -> Estimate:
    """The record with the headline's uncertainty; `df` is None where the normal distribution is used."""
    per_unit = _per_unit(described)
    sizes: dict[str, Any] = {}
    if per_unit is not None:
        sizes = {
            "effect_size_se": per_unit * se,
            "effect_size_low": per_unit * low,
            "effect_size_high": per_unit * high,
        }
    return replace(described, se=se, se_kind=kind, df=df, low=low, high=high, p=p, **sizes)


def degraded(described: Estimate, code: str, reason: str) -> Estimate:
    """The record with values only, why, and the advice that goes with the code."""
    terms = None if described.coefficients is None else described.coefficients.assign(**dict.fromkeys(UNCERTAIN))
    return replace(
        described,
        state="degraded",
        code=code,
        reason=f"{reason} {CATALOGUE[code].fix}",
        se_kind="none",
        coefficients=terms,
    )


def across_series_breaks(described: Estimate, panel: SeriesPanel) -> Estimate:
    """The record as it is, or degraded (CY221) where the measure is not the same throughout."""
    if not panel.breaks:
        return described
    where = listed([f"{one.at} ({one.because})" for one in panel.breaks])
    unknown: dict[str, Any] = dict.fromkeys(
        (*UNCERTAIN, "effect_size", "effect_size_se", "effect_size_low", "effect_size_high")
    )
    return degraded(
        replace(described, **unknown), "CY221", f"The series breaks between the periods compared, at {where}."
    )


def table_of_terms(terms: list[str], value: Floats, *uncertainty: Floats) -> pd.DataFrame:
    """`term, value, se, df, low, high, p`, with None for what is not known."""
    table: dict[str, Any] = {"term": terms, "value": known(value)}
    for place, name in enumerate(UNCERTAIN):
        table[name] = known(uncertainty[place]) if uncertainty else [None] * len(terms)
    return pd.DataFrame(table, columns=["term", "value", *UNCERTAIN])


def known(column: Floats) -> Any:
    """A column of numbers, with None in the place of what is not known."""
    if np.isfinite(column).all():
        return column
    return np.array([float(one) if np.isfinite(one) else None for one in column], dtype=object)


def effect_size_in_words(name: str) -> str:
    """How an effect size of series is made."""
    return EFFECT_SIZE.format(name=name, Name=name.capitalize())


def _per_unit(described: Estimate) -> float | None:
    if described.sd is None or not described.n:
        return None
    return small_sample_factor(described.n) / described.sd
