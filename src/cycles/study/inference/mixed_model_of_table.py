"""A mixed model of any table: for a researcher who wants its variances, not only a difference of two arms.

Raudenbush, S. W., & Bryk, A. S. (2002). Hierarchical Linear Models, 2nd ed. Sage.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from cycles.core.errors import DesignError, ParameterError, nearest
from cycles.core.vocabulary import Record
from cycles.study.inference.cluster_variance import CoefficientVariance
from cycles.study.inference.estimability import is_constant
from cycles.study.inference.kenward_roger import kenward_roger
from cycles.study.inference.least_squares import Floats, least_squares
from cycles.study.inference.mixed_model import MixedModel, mixed_model
from cycles.study.inference.profile_likelihood import Likelihood
from cycles.study.inference.sample import Ints, covariate_columns, labels_of, numbers
from cycles.study.inference.satterthwaite import satterthwaite

SmallSample = Literal["kenward_roger", "satterthwaite"]


@dataclass(frozen=True, kw_only=True, repr=False)
class FittedMixedModel(Record):
    """A linear mixed model. Numbers that are not known are None.

    `coefficients` has `term, value, se, df, low, high, p`; `variances` has `part, variance, sd`, and with a slope the `correlation` of
    intercepts and slopes. `icc` is the share of the variance between clusters, around the fixed part (None with a slope).
    """

    outcome: str
    cluster: str
    coefficients: pd.DataFrame
    variances: pd.DataFrame
    icc: float | None
    correlation: float | None
    deviance: float
    likelihood: Likelihood
    small_sample: str
    level: float
    n: int
    n_clusters: int
    n_missing: int
    at_boundary: bool

    @property
    def table(self) -> pd.DataFrame:
        """The fixed part, one row per term."""
        return self.coefficients

    @property
    def text(self) -> str:
        """What was fitted, and how much lies between clusters, in one sentence."""
        share = "" if self.icc is None else f"; {self.icc:.1%} of the variance lies between them"
        zero = ", and a variance was estimated as zero" if self.at_boundary else ""
        return f"{self.outcome}: mixed model ({self.likelihood}) of {self.n:,} rows in {self.n_clusters:,} of {self.cluster}{share}{zero}."


def fit_mixed_model(
    table: pd.DataFrame,
    *,
    outcome: str,
    cluster: str,
    predictors: tuple[str, ...] = (),
    slope: str | None = None,
    likelihood: Likelihood = "REML",
    small_sample: SmallSample = "kenward_roger",
    level: float = 0.95,
) -> FittedMixedModel:
    r"""Fit a linear mixed model: each cluster has a level, and perhaps a slope, of its own.

    .. math:: y_i = x_i'\beta + b_{g(i)} + s_{g(i)} z_i + \varepsilon_i

    Parameters
    ----------
    table : DataFrame, one row per unit
        It is not changed. Rows that lack any of the columns used are left out and counted.
    outcome : str
        Column of numbers.
    cluster : str
        Column of groups.
    predictors : tuple of str
        Columns of the fixed part, beside an intercept; text becomes a column per level but the first.
    slope : str or None
        The predictor whose slope differs between clusters; it is a term of the fixed part, too.
    likelihood : {"REML", "ML"}
        ML only to compare models with different predictors by their deviance; it has no degrees of freedom.
    small_sample : {"kenward_roger", "satterthwaite"}
        Degrees of freedom, and whether the standard error knows that variances were estimated (Kenward-Roger) or not.
    level : float, 0.5-1
        Coverage of the intervals.

    Returns
    -------
    FittedMixedModel
        Variances are not negative; `at_boundary` says when one was estimated as zero.

    Raises
    ------
    ParameterError
        CY102 for an unknown likelihood or small-sample method, CY105 for a level outside 0.5-1.
    DesignError
        CY301 for a column that is not there, CY308 without complete rows, CY304 for a constant outcome, CY303 with one cluster, CY305,
        CY306, CY309, CY310 or CY313.

    Notes
    -----
    Equal to lme4 with pbkrtest or lmerTest. Not for effects of a change: :func:`cycles.estimate` with `mixed_model` looks after arms,
    few clusters, missing answers and effect sizes.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"school": list("aaabbbccc"), "score": [1.0, 2, 1, 5, 6, 5, 3, 4, 3]})
    >>> found = fit_mixed_model(rows, outcome="score", cluster="school")
    >>> found.text
    'score: mixed model (REML) of 9 rows in 3 of school; 92.1% of the variance lies between them.'
    """
    _require_known(likelihood, small_sample, level)
    rows = _complete(table, outcome, cluster, tuple(dict.fromkeys([*predictors, *([slope] if slope else [])])))
    _require_spread(rows, outcome, cluster)
    plain = least_squares(rows.outcome, rows.design, rows.terms)
    varying = None if slope is None else numbers(table, slope)[rows.kept]
    model = mixed_model(plain, rows.clusters, slope=varying, likelihood=likelihood)
    return FittedMixedModel(
        outcome=outcome,
        cluster=cluster,
        coefficients=_coefficients(model, small_sample, level),
        variances=_variances(model, cluster, slope),
        icc=_icc(model),
        correlation=_correlation(model),
        deviance=model.deviance,
        likelihood=likelihood,
        small_sample=small_sample if likelihood == "REML" else "none",
        level=level,
        n=plain.n,
        n_clusters=int(rows.clusters.max()) + 1,
        n_missing=len(table) - plain.n,
        at_boundary=model.at_boundary,
    )


@dataclass(frozen=True)
class _Rows:
    """The complete rows as arrays."""

    kept: np.ndarray
    outcome: Floats
    design: Floats
    terms: tuple[str, ...]
    clusters: Ints


def _require_known(likelihood: str, small_sample: str, level: float) -> None:
    for name, given, known in (
        ("likelihood", likelihood, get_args(Likelihood)),
        ("small_sample", small_sample, get_args(SmallSample)),
    ):
        if given not in known:
            raise ParameterError(f"unknown {name} '{given}'", code="CY102", where=name, fix=nearest(given, known))
    if not 0.5 < level < 1:
        raise ParameterError(f"level is {level}", code="CY105", where="level", fix="Write a share such as 0.95.")


def _complete(table: pd.DataFrame, outcome: str, cluster: str, predictors: tuple[str, ...]) -> _Rows:
    absent = [name for name in (outcome, cluster, *predictors) if name not in table]
    if absent:
        hint = nearest(absent[0], [str(name) for name in table.columns])
        raise DesignError(f"the table has no column {', '.join(absent)}", code="CY301", fix=hint)
    columns = {"intercept": np.ones(len(table))}
    for name in predictors:
        columns |= covariate_columns(table, name)
    response, design = numbers(table, outcome), np.column_stack([*columns.values()])
    codes, names = pd.factorize(labels_of(table[cluster]))
    named = (codes >= 0) & (names.astype(str)[codes] != "")
    kept = named & ~np.isnan(response) & ~np.isnan(design).any(axis=1)
    if not kept.any():
        raise DesignError(f"no row has {outcome} together with everything the model needs", code="CY308")
    clusters = np.unique(codes[kept], return_inverse=True)[1]
    return _Rows(kept, response[kept], design[kept], tuple(columns), clusters)


def _require_spread(rows: _Rows, outcome: str, cluster: str) -> None:
    if is_constant(rows.outcome):
        raise DesignError(f"all {len(rows.outcome):,} rows have the same {outcome}", code="CY304")
    if rows.clusters.max() == 0:
        raise DesignError(f"all rows are in one {cluster}", code="CY303")


def _coefficients(model: MixedModel, small_sample: SmallSample, level: float) -> pd.DataFrame:
    found = _uncertainty(model, small_sample)
    value, se, df = model.coefficients, found.se, found.df
    reach = stdtrit(df, (1 + level) / 2) * se
    p = 2 * stdtr(df, -np.abs(value / se))
    columns = {
        "term": model.terms,
        "value": value,
        "se": se,
        "df": df,
        "low": value - reach,
        "high": value + reach,
        "p": p,
    }
    return pd.DataFrame({name: _known(column) for name, column in columns.items()})


def _uncertainty(model: MixedModel, small_sample: SmallSample) -> CoefficientVariance:
    if model.profile.likelihood == "ML":
        return CoefficientVariance(model.covariance, np.full(len(model.coefficients), np.nan))
    return kenward_roger(model) if small_sample == "kenward_roger" else satterthwaite(model)


def _known(column: Any) -> Any:
    """A column of numbers, with None in the place of what is not known."""
    if isinstance(column, tuple) or np.isfinite(column).all():
        return column
    return np.array([float(one) if np.isfinite(one) else None for one in column], dtype=object)


def _variances(model: MixedModel, cluster: str, slope: str | None) -> pd.DataFrame:
    parts = [cluster, *([f"{slope} by {cluster}"] if slope else []), "residual"]
    variance = np.array([*np.diag(model.between), model.residual_variance])
    return pd.DataFrame({"part": parts, "variance": variance, "sd": np.sqrt(variance)})


def _icc(model: MixedModel) -> float | None:
    if len(model.between) > 1:
        return None
    between = float(model.between[0, 0])
    return between / (between + model.residual_variance)


def _correlation(model: MixedModel) -> float | None:
    sizes = np.sqrt(np.diag(model.between))
    if len(sizes) == 1 or not sizes.all():
        return None
    return float(model.between[0, 1] / (sizes[0] * sizes[1]))
