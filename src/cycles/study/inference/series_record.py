"""From effects on series to an `Estimate`: what every record about series over time says alike."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cycles.core.catalogue import CATALOGUE
from cycles.core.phrases import listed
from cycles.core.vocabulary import Estimate, SeriesPanel
from cycles.study.inference.arm_model import estimand_of, versions
from cycles.study.inference.least_squares import Floats
from cycles.study.inference.starts import NEVER_STARTED, Starts

UNCERTAIN = ("se", "df", "low", "high", "p")


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
        **{"sd": panel.sd, "versions": versions(), **known},
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


def effect_size_in_words(panel: SeriesPanel) -> str:
    """How an effect size of series is made, or why there is none."""
    if panel.sd is None:
        return "There is no effect size: how much single people differ is not known from such series."
    return "Effect size: by the standard deviation of single people before the change, not of series."


def counts_of(starts: Starts, panel: SeriesPanel) -> dict[str, Any]:
    """What a record says of how much it rests on: values, series, periods, and the fewest people behind a value."""
    arms = {panel.comparison or NEVER_STARTED: starts.n_never, panel.change: starts.n_began}
    n, periods = starts.values.shape
    first = int(starts.starts[starts.began].min())
    people = pd.to_numeric(panel.table.loc[panel.table["value"].notna(), "n"]).to_numpy(dtype=float)
    return {
        "n": n * periods,
        "n_by_arm": {arm: series * periods for arm, series in arms.items()},
        "n_clusters": n,
        "n_clusters_by_arm": arms,
        "n_missing": (starts.incomplete + starts.no_before) * periods,
        "missing_handling": f"{panel.series_name}s with a gap, or under the change from the first period, are left out and counted",
        "facts": {
            "every": panel.every,
            "series_name": panel.series_name,
            "periods_before": first,
            "periods_after": periods - first,
            "series_by_arm": {panel.change: starts.n_began, panel.comparison or NEVER_STARTED: starts.n_never},
            "fewest_people": int(np.nanmin(people)) if np.isfinite(people).any() else None,
        },
    }


def _per_unit(described: Estimate) -> float | None:
    return 1 / described.sd if described.sd else None
