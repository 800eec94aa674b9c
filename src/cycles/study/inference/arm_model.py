"""From a sample to an `Estimate`: the model of the arms, its variance, and the record with every field filled."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Protocol

import numpy as np
from scipy.special import stdtr, stdtrit

from cycles.core.catalogue import CATALOGUE
from cycles.core.errors import DesignError
from cycles.core.vocabulary import Estimate, Panel, SeriesPanel, Variance
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.effect_size import improvement_index, pooled_sd, small_sample_factor
from cycles.study.inference.estimability import FLOAT_NOISE, few_clusters, in_words, is_constant
from cycles.study.inference.intraclass import intraclass_correlation
from cycles.study.inference.least_squares import Floats, LeastSquares, least_squares
from cycles.study.inference.sample import Sample


@dataclass(frozen=True)
class ArmModel:
    """A response and a design matrix. Column `focus` holds the effect; the first `n_reported` columns are not block dummies."""

    response: Floats
    design: Floats
    terms: tuple[str, ...]
    focus: int
    n_reported: int


@dataclass(frozen=True)
class Account:
    """What an estimator says of itself; `second_route` is walked only once the first has found its way."""

    estimator: str
    second_route: Callable[[], float]
    conventions: tuple[str, ...]


class Fitted(Protocol):
    """A fitted model as the record needs it: `terms`, their `coefficients` (k,), and what is left of each unit (n,)."""

    @property
    def terms(self) -> tuple[str, ...]: ...

    @property
    def coefficients(self) -> Floats: ...

    @property
    def residuals(self) -> Floats: ...


def arm_model(sample: Sample, *, response: Floats, baseline: bool) -> ArmModel:
    """Columns: intercept, each arm but the comparison, the baseline, covariates, each block but the first.

    Parameters
    ----------
    sample : the units
    response : array (n,), what is regressed
    baseline : whether the baseline is a term

    Returns
    -------
    ArmModel
        `focus` is the change arm; of one group, the intercept (and blocks are left aside).
    """
    columns, terms = [np.ones(sample.n)], ["intercept"]
    for code, arm in list(enumerate(sample.arms))[1:]:
        columns.append((sample.arm == code).astype(float))
        terms.append(f"arm[{arm}]")
    if baseline and sample.baseline is not None:
        columns.append(sample.baseline)
        terms.append("baseline")
    columns.extend(sample.covariates.T)
    terms.extend(sample.covariate_names)
    n_reported = len(terms)
    if sample.blocks is not None and len(sample.arms) > 1:
        columns.extend((sample.blocks == place).astype(float) for place in range(1, len(sample.block_names)))
        terms.extend(f"block[{name}]" for name in sample.block_names[1:])
    return ArmModel(response, np.column_stack(columns), tuple(terms), min(1, len(sample.arms) - 1), n_reported)


def estimate_of(
    panel: Panel, sample: Sample, model: ArmModel, *, variance: Variance, level: float, about: Account
) -> Estimate:
    """Fit the model and fill the record.

    Parameters
    ----------
    panel, sample, model : what is estimated, from whom, how
    variance : kind of variance
    level : coverage of the intervals
    about : what the calling estimator says of itself

    Returns
    -------
    Estimate
        "degraded" (CY307) with values only when an arm has two or three clusters.

    Raises
    ------
    DesignError
        CY305 collinear terms, CY306 more terms than units, CY304 nothing left unexplained.
    """
    fit = fit_of(sample, model)
    require_spread(fit, sample)

    def uncertainty() -> CoefficientVariance:
        return coefficient_variance(
            fit, kind=variance, clusters=sample.clusters, df_for=model.n_reported, strata=sample.strata
        )

    kind = se_kind(panel, variance)
    return record_of(
        panel, sample, fit, focus=model.focus, uncertainty=uncertainty, se_kind=kind, level=level, about=about
    )


def fit_of(sample: Sample, model: ArmModel) -> LeastSquares:
    """The model by least squares; where units have weights, of rows times the roots of these, which is weighted least squares."""
    if sample.weights is None:
        return least_squares(model.response, model.design, model.terms)
    roots = np.sqrt(sample.weights / sample.weights.mean())
    return least_squares(roots * model.response, roots[:, None] * model.design, model.terms)


def record_of(
    panel: Panel,
    sample: Sample,
    fit: Fitted,
    *,
    focus: int,
    uncertainty: Callable[[], CoefficientVariance],
    se_kind: str,
    level: float,
    about: Account,
) -> Estimate:
    """Fill the record of a model that was fitted.

    Parameters
    ----------
    panel, sample : what is estimated, from whom
    fit : the fitted model
    focus : place of the effect among its coefficients
    uncertainty : gives the coefficients' covariance and degrees of freedom (infinite ones for normal quantiles, told as None); asked
        only where there are enough clusters
    se_kind : what kind of standard error that is
    level : coverage of the intervals
    about : what the calling estimator says of itself

    Returns
    -------
    Estimate
        "degraded" (CY307) with values only when an arm has two or three clusters, or no degrees of freedom are left.
    """
    described = _described(panel, sample, float(fit.coefficients[focus]), level, about)
    few = few_clusters(sample)
    if few:
        told = " and ".join(f"{n} in {arm}" for arm, n in few.items())
        return _degraded(described, fit, f"Too few clusters ({panel.cluster_name}): {told}.")
    return _with_uncertainty(described, sample, fit, focus, uncertainty(), se_kind)


def not_estimable(panel: Panel | SeriesPanel, refusal: DesignError, *, estimator: str, level: float) -> Estimate:
    """The record of an estimate that could not be made: its code, and why in words."""
    arms = [arm for arm in (panel.comparison, panel.change) if arm is not None]
    rows = panel.table[panel.table["arm"].isin(arms)]
    outcome = rows["value" if isinstance(panel, SeriesPanel) else "outcome"]
    observed = rows.loc[outcome.notna(), "arm"].value_counts()
    return Estimate(
        id=panel.measure,
        estimand=estimand_of(panel),
        estimator=estimator,
        design=panel.design,
        state="not_estimable",
        code=refusal.code,
        reason=in_words(refusal),
        level=level,
        n=int(observed.sum()),
        n_by_arm={arm: int(observed.get(arm, 0)) for arm in arms},
        n_missing=int(outcome.isna().sum()),
        unit=panel.outcome_unit,
        higher_is=panel.higher_is,
        versions=versions(),
    )


def estimand_of(panel: Panel | SeriesPanel) -> str:
    """The question as a quantity, in words."""
    if isinstance(panel, SeriesPanel):
        return f"mean difference in {panel.measure} from what it would have been without {panel.change}, {panel.series_name}s that began"
    if panel.comparison is None:
        return f"mean change in {panel.measure} from baseline to outcome within {panel.unit_name}s in {panel.change}"
    return f"mean difference in {panel.measure} between {panel.change} and {panel.comparison}, {panel.unit_name}s with an outcome"


@cache
def _library_versions() -> tuple[tuple[str, str], ...]:
    from importlib.metadata import version

    return tuple((name, version(name)) for name in ("numpy", "scipy", "pandas"))


def versions() -> dict[str, str]:
    """Versions of the libraries that did the arithmetic."""
    return dict(_library_versions())


def require_spread(fit: LeastSquares, sample: Sample) -> None:
    """CY304 when the model leaves nothing of the outcome unexplained."""
    if np.sqrt(fit.residuals @ fit.residuals / fit.n) < FLOAT_NOISE * max(1.0, abs(float(sample.outcome.mean()))):
        raise DesignError(
            "the model fits every outcome exactly, so nothing is left to judge the effect by", code="CY304"
        )


def _described(panel: Panel, sample: Sample, value: float, level: float, about: Account) -> Estimate:
    sd, per_unit = _scale(sample)
    effect = None if per_unit is None else per_unit * value
    return Estimate(
        id=panel.measure,
        design=panel.design,
        state="estimated",
        value=value,
        level=level,
        n=sample.n,
        n_by_arm=sample.n_by_arm,
        n_clusters=sample.n_clusters,
        n_clusters_by_arm=sample.clusters_by_arm,
        n_missing=sample.missing,
        icc=None if sample.clusters is None else intraclass_correlation(sample.outcome, sample.clusters),
        unit=panel.outcome_unit,
        higher_is=panel.higher_is,
        sd=sd,
        effect_size=effect,
        improvement_index=None if effect is None else improvement_index(effect),
        versions=versions(),
        estimand=estimand_of(panel),
        estimator=about.estimator,
        second_route=about.second_route(),
        conventions=about.conventions,
    )


def _scale(sample: Sample) -> tuple[float | None, float | None]:
    """The standard deviation an effect size is measured in, and what turns a value into Hedges' g; None without spread."""
    if len(sample.arms) == 1 and sample.baseline is not None:
        sd = float(np.sqrt((sample.outcome.var(ddof=1) + sample.baseline.var(ddof=1)) / 2))
        omega = 1 - 3 / (4 * (sample.n - 1) - 1)
    else:
        change, comparison = sample.of(1), sample.of(0)
        sd, omega = pooled_sd(change, comparison), small_sample_factor(len(change) + len(comparison))
    if is_constant(np.array([0.0, 2 * sd]), size=sample.outcome):
        return None, None
    return sd, omega / sd


def _degraded(described: Estimate, fit: Fitted, reason: str) -> Estimate:
    """Values only: the reason, and the advice that goes with the code."""
    return replace(
        described,
        state="degraded",
        code="CY307",
        reason=f"{reason} {CATALOGUE['CY307'].fix}",
        se_kind="none",
        coefficients=term_table(fit.terms, fit.coefficients),
    )


def _with_uncertainty(
    described: Estimate, sample: Sample, fit: Fitted, focus: int, found: CoefficientVariance, kind: str
) -> Estimate:
    se, df = found.se, found.df
    if not _is_usable(float(se[focus]), float(df[focus]), fit):
        return _degraded(described, fit, "The clusters leave nothing to judge the effect by.")
    low, high, p = _intervals(fit.coefficients, se, df, described.level)
    _, per_unit = _scale(sample)
    return replace(
        described,
        se=float(se[focus]),
        se_kind=kind,
        df=float(df[focus]) if np.isfinite(df[focus]) else None,
        low=float(low[focus]),
        high=float(high[focus]),
        p=float(p[focus]),
        effect_size_se=None if per_unit is None else per_unit * float(se[focus]),
        effect_size_low=None if per_unit is None else per_unit * float(low[focus]),
        effect_size_high=None if per_unit is None else per_unit * float(high[focus]),
        coefficients=term_table(fit.terms, fit.coefficients, se, df, low, high, p),
    )


def se_kind(panel: Panel, variance: Variance) -> str:
    """The standard error's name: what it is robust to, and by which clusters.

    Without clusters every unit stands for itself, and CR2 is HC2.
    """
    if not variance.startswith("CR") and variance != "linearised":
        return variance
    if panel.cluster_name is None:
        return {"CR2": "HC2", "CR0": "HC0"}.get(variance, f"{variance} by {panel.unit_name}")
    return f"{variance} by {panel.cluster_name}"


def _is_usable(se: float, df: float, fit: Fitted) -> bool:
    spread = float(np.sqrt(fit.residuals @ fit.residuals / len(fit.residuals)))
    return bool(np.isfinite(se) and not np.isnan(df)) and se > 1e-12 * spread and df > 1e-6


def _intervals(value: Floats, se: Floats, df: Floats, level: float) -> tuple[Floats, Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = stdtrit(df, (1 + level) / 2) * se
        p = 2 * stdtr(df, -np.abs(value / se))
    return value - reach, value + reach, p


def term_table(terms: tuple[str, ...], value: Floats, *uncertainty: Floats) -> Any:
    """A row for each term: its value and, where they are given, `se, df, low, high, p`; None for what is not known."""
    import pandas as pd

    table: dict[str, Any] = {"term": list(terms), "value": value}
    names = ("se", "df", "low", "high", "p")
    for place, name in enumerate(names):
        column = uncertainty[place] if uncertainty else np.full(len(terms), np.nan)
        table[name] = column if np.isfinite(column).all() else _none_for_nan(column)
    return pd.DataFrame(table)


def _none_for_nan(column: Floats) -> Any:
    return np.array([float(one) if np.isfinite(one) else None for one in column], dtype=object)
