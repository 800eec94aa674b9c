"""A single series, fitted in one of three ways: how uncertain each combination of its terms is, and what is said of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from scipy.special import stdtr, stdtrit

from cycles.core.errors import DesignError
from cycles.study.inference.autoregressive import Interval, autoregressive
from cycles.study.inference.estimability import FLOAT_NOISE
from cycles.study.inference.least_squares import Floats, LeastSquares, least_squares
from cycles.study.inference.newey_west import lags_by_rule, newey_west
from cycles.study.inference.over_time import Whole
from cycles.study.inference.segmented import Horizon, Segmented
from cycles.study.inference.serial import durbin_watson, innovations, ljung_box

ROUTE_LIMIT = 200
"""Periods up to which the effect is worked out a second time with the whole covariance matrix of the errors."""

HAC_PERIODS = 200
"""Periods below which Newey-West intervals are known to be too narrow."""

Method = Literal["ar1", "gls_ar1", "ols_newey_west"]


class Wanted(Protocol):
    """The options of the estimator, as far as they are needed here."""

    @property
    def fit(self) -> Literal["reml", "ml"]: ...

    @property
    def lags(self) -> Literal["auto"] | int: ...

    @property
    def seasons(self) -> Literal["auto", "none", "indicators", "harmonics"]: ...

    @property
    def horizon(self) -> Horizon: ...

    @property
    def count_from(self) -> int: ...


@dataclass(frozen=True)
class SeriesFit:
    """A single series, fitted: its terms, the interval of any combination of them, and what is said of it."""

    model: Segmented
    coefficients: Floats
    contrast: Callable[[Floats], Interval]
    se_kind: str
    second_route: float | None
    facts: dict[str, Any]
    conventions: tuple[str, ...]


def fit_series(
    values: Floats, model: Segmented, times: Whole, *, level: float, options: Wanted, method: Method
) -> SeriesFit:
    """Fit the model to the values of a single series.

    Parameters
    ----------
    values, times : arrays (n,), what was seen and in which period
    model : its design matrix
    level, options, method : as the estimator has them

    Raises
    ------
    DesignError
        CY304 nothing left unexplained, CY305 collinear terms, CY306 more terms than periods.
    """
    plain = least_squares(values, model.design, model.terms)
    require_spread(plain, values)
    facts: dict[str, Any] = {"method": method, "durbin_watson": durbin_watson(plain.residuals, times)}
    if method == "ols_newey_west":
        return _by_newey_west(plain, model, times, level, options, facts)
    correlation = "averaged" if method == "ar1" else options.fit
    found = autoregressive(values, model.design, model.terms, times=times, correlation=correlation)  # type: ignore[arg-type]
    coefficients = found.weights @ found.coefficients
    left = innovations(values - model.design @ coefficients, times, found.correlation)
    facts |= {"autocorrelation": found.correlation, **_ljung_box(left, times, fitted=1)}
    averaged = (
        "Errors resemble those of the period before (AR(1)); the intervals average over how much, by restricted likelihood and a flat "
        "prior (Zellner and Tiao 1964)."
    )
    single = f"Errors resemble those of the period before: AR(1) by {options.fit.upper()}, taken as known."
    return SeriesFit(
        model=model,
        coefficients=coefficients,
        contrast=lambda weights: found.contrast(weights, level=level),
        se_kind="AR(1), averaged" if method == "ar1" else f"AR(1), {options.fit.upper()}",
        second_route=_dense(values, model, times, found.correlation) if method == "gls_ar1" else None,
        facts=facts,
        conventions=(averaged if method == "ar1" else single,),
    )


def _by_newey_west(
    plain: LeastSquares, model: Segmented, times: Whole, level: float, options: Wanted, facts: dict[str, Any]
) -> SeriesFit:
    lags = lags_by_rule(plain.n) if options.lags == "auto" else int(options.lags)
    covariance = newey_west(plain, times=times, lags=lags)
    said = [
        f"Least squares with Newey-West standard errors: {lags} lags, Bartlett's weights, no small-sample correction."
    ]
    if plain.n < HAC_PERIODS:
        said.append("With so few periods such intervals are too narrow: see `ar1`.")

    def contrast(weights: Floats) -> Interval:
        se = float(np.sqrt(weights @ covariance @ weights))
        return interval_of(float(plain.coefficients @ weights), se, float(plain.n - plain.k), level)

    return SeriesFit(
        model=model,
        coefficients=plain.coefficients,
        contrast=contrast,
        se_kind=f"Newey-West, {lags} lags",
        second_route=_dense(plain.residuals + model.design @ plain.coefficients, model, times, 0.0),
        facts=facts | {"lags": lags} | _ljung_box(plain.residuals, times),
        conventions=tuple(said),
    )


def _ljung_box(left: Floats, times: Whole, *, fitted: int = 0) -> dict[str, Any]:
    lags, _, p = ljung_box(left, times, fitted=fitted)
    return {"ljung_box_lags": lags, "ljung_box_p": p}


def _dense(values: Floats, model: Segmented, times: Whole, correlation: float) -> float | None:
    """The effect once more, with the errors' whole covariance matrix."""
    if len(values) > ROUTE_LIMIT:
        return None
    apart = np.abs(np.subtract.outer(times, times)).astype(float)
    inverse = np.linalg.inv(correlation**apart)
    crossed = model.design.T @ inverse
    return float(np.linalg.solve(crossed @ model.design, crossed @ values) @ model.horizon)


def require_spread(fit: LeastSquares, values: Floats) -> None:
    """CY304 when the model leaves nothing unexplained."""
    if np.sqrt(fit.residuals @ fit.residuals / fit.n) < FLOAT_NOISE * max(1.0, float(np.abs(values).mean())):
        raise DesignError("the model fits every value exactly, so nothing is left to judge the effect by", code="CY304")


def interval_of(value: float, se: float, df: float, level: float) -> Interval:
    """A value with its standard error as an interval of the t distribution."""
    reach = float(stdtrit(df, (1 + level) / 2)) * se
    return Interval(value, se, df, value - reach, value + reach, float(2 * stdtr(df, -abs(value / se))))
