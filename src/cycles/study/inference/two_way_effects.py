"""Least squares with an effect of each unit and each period (two-way fixed effects), for any table of repeated rows.

Cameron, A. C., & Miller, D. L. (2015). A practitioner's guide to cluster-robust inference. Journal of Human Resources, 50(2), 317-372.
doi:10.3368/jhr.50.2.317
Pustejovsky, J. E., & Tipton, E. (2018). Small-sample methods for cluster-robust variance estimation and hypothesis testing in fixed effects
models. JBES, 36(4), 672-683. doi:10.1080/07350015.2016.1247004
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from cycles.core.errors import DesignError, ParameterError, nearest
from cycles.core.vocabulary import Record
from cycles.study.inference.cluster_variance import CoefficientVariance, coefficient_variance
from cycles.study.inference.estimability import is_constant
from cycles.study.inference.least_squares import Floats, least_squares
from cycles.study.inference.sample import Ints, numbers
from cycles.study.inference.series_record import table_of_terms
from cycles.study.inference.two_way_cells import TwoWayCells, same_within, taken_out, two_way_cells

TwoWayVariance = Literal["CR0", "CR1", "CR1S", "CR2"]

MOST_NUMBERS = 50_000_000
"""Numbers in the model matrix (rows that differ times terms and periods) up to which CR2 is made."""


@dataclass(frozen=True, kw_only=True, repr=False)
class FittedTwoWayEffects(Record):
    """A regression with two-way fixed effects. `coefficients` has `term, value, se, df, low, high, p`; what is not known is None.

    `factor` is what the sandwich was multiplied by for small samples (1 for CR0 and CR2).
    """

    outcome: str
    unit: str
    period: str
    cluster: str
    coefficients: pd.DataFrame
    variance: TwoWayVariance
    factor: float
    level: float
    n: int
    n_units: int
    n_periods: int
    n_clusters: int
    n_missing: int

    @property
    def table(self) -> pd.DataFrame:
        """One row per term."""
        return self.coefficients

    @property
    def text(self) -> str:
        """What was fitted to how many, in one sentence."""
        return (
            f"{self.outcome}: two-way fixed effects of {self.n_units:,} units ({self.unit}) and {self.n_periods:,} periods "
            f"({self.period}), {self.n:,} rows; standard errors {self.variance} by {self.cluster} ({self.n_clusters:,})."
        )


def fit_two_way_effects(
    table: pd.DataFrame,
    *,
    outcome: str,
    predictors: tuple[str, ...],
    unit: str,
    period: str,
    cluster: str | None = None,
    variance: TwoWayVariance = "CR2",
    level: float = 0.95,
) -> FittedTwoWayEffects:
    r"""Regress an outcome on predictors, with an effect of each unit and each period.

    .. math:: y_{it} = x_{it}'\beta + a_i + b_t + \varepsilon_{it}

    Parameters
    ----------
    table : DataFrame, one row per unit and period, or several
        It is not changed. Rows that lack any of the columns used are left out and counted.
    outcome : str
        Column of numbers.
    predictors : tuple of str
        Columns of numbers. For a difference in differences, one: whether the row is under the change (0 or 1).
    unit, period : str
        Columns whose every value has an effect of its own.
    cluster : str or None
        Column of clusters that hold whole units; the units themselves if None.
    variance : {"CR2", "CR1", "CR1S", "CR0"}
        CR2 has Satterthwaite degrees of freedom (Bell-McCaffrey), the others G - 1. CR1 multiplies by G/(G-1). CR1S multiplies by
        G/(G-1) (N-1)/(N-k) as pyfixest does: k counts the predictors and the periods, not the units, which lie within clusters.
    level : float, 0.5-1
        Coverage of the intervals.

    Returns
    -------
    FittedTwoWayEffects

    Raises
    ------
    ParameterError
        CY102 for an unknown variance, CY105 for a level outside 0.5-1 or no predictor.
    DesignError
        CY301 for a column that is not there, CY308 without complete rows, CY309 for infinity or text, CY304 for a constant outcome, CY303
        with one cluster, CY310 for a cluster that holds part of a unit, CY305 for predictors that units and periods explain, CY306 for a
        CR2 too large to be made.

    Notes
    -----
    Rows are added up by unit and period, which is exact. Where the change began at different times and effects differ, this number is
    not an average of them (doi:10.1016/j.jeconom.2021.03.014): see the estimator `staggered_starts`.

    Examples
    --------
    >>> rows = pd.DataFrame({"school": list("aabbccdd"), "year": [1, 2] * 4, "began": [0, 1, 0, 1, 0, 0, 0, 0],
    ...     "score": [1.0, 5, 2, 4, 1, 2, 3, 4]})
    >>> found = fit_two_way_effects(rows, outcome="score", predictors=("began",), unit="school", period="year")
    >>> found.coefficients[["value", "se", "df"]].round(6).values.tolist()
    [[2.0, 1.0, 2.0]]
    """
    _require_known(variance, level, predictors)
    rows = _complete(table, outcome, predictors, unit, period, cluster)
    _require_usable(rows, outcome, unit, cluster or unit)
    fitted = _fitted(rows, predictors)
    found, factor = _uncertainty(fitted, rows, variance)
    return FittedTwoWayEffects(
        outcome=outcome,
        unit=unit,
        period=period,
        cluster=cluster or unit,
        coefficients=_coefficients(predictors, fitted.value, found, level),
        variance=variance,
        factor=factor,
        level=level,
        n=len(rows.outcome),
        n_units=rows.cells.n_units,
        n_periods=rows.cells.n_periods,
        n_clusters=rows.n_clusters,
        n_missing=len(table) - len(rows.outcome),
    )


@dataclass(frozen=True)
class _Rows:
    """The complete rows as arrays; `clusters` has one number per unit."""

    outcome: Floats
    predictors: list[Floats]
    cells: TwoWayCells
    clusters: Ints
    whole: bool

    @property
    def n_clusters(self) -> int:
        return int(self.clusters.max()) + 1


@dataclass(frozen=True)
class _Fitted:
    """Coefficients, and what is left of predictors and outcome: by cell where predictors are the same within cells, else by row."""

    value: Floats
    left: Floats
    residual: Floats
    count: Floats
    unit: Ints
    period: Ints


def _fitted(rows: _Rows, names: tuple[str, ...]) -> _Fitted:
    cells = rows.cells
    means = np.column_stack([cells.mean(column) for column in (*rows.predictors, rows.outcome)])
    cleaned = taken_out(cells, means)
    unit, period, count = cells.unit, cells.period, cells.count
    if not all(same_within(cells, column, means[:, place]) for place, column in enumerate(rows.predictors)):
        of_row = np.arange(len(rows.outcome)) if cells.of_row is None else cells.of_row
        cleaned = np.column_stack([*rows.predictors, rows.outcome]) - (means - cleaned)[of_row]
        unit, period, count = unit[of_row], period[of_row], np.ones(len(of_row))
    root = np.sqrt(count)[:, None]
    _require_variation(cleaned[:, :-1] * root, means[:, :-1] * np.sqrt(cells.count)[:, None], names)
    fit = least_squares(cleaned[:, -1] * root[:, 0], cleaned[:, :-1] * root, names)
    return _Fitted(
        fit.coefficients, cleaned[:, :-1], cleaned[:, -1] - cleaned[:, :-1] @ fit.coefficients, count, unit, period
    )


def _uncertainty(fitted: _Fitted, rows: _Rows, variance: TwoWayVariance) -> tuple[CoefficientVariance, float]:
    clusters = rows.clusters[fitted.unit]
    if variance == "CR2":
        return _cr2(fitted, clusters, rows.cells.n_periods), 1.0
    groups, n, k = rows.n_clusters, len(rows.outcome), len(fitted.value)
    scores = fitted.left * (fitted.count * fitted.residual)[:, None]
    sums = np.column_stack([np.bincount(clusters, weights=column, minlength=groups) for column in scores.T])
    bread = np.linalg.inv((fitted.left * fitted.count[:, None]).T @ fitted.left)
    factor = {"CR0": 1.0, "CR1": groups / (groups - 1), "CR1S": groups / (groups - 1)}[variance]
    if variance == "CR1S":
        factor *= (n - 1) / (n - k - rows.cells.n_periods)
    return CoefficientVariance(bread @ (sums.T @ sums) @ bread * factor, np.full(k, groups - 1.0)), factor


def _cr2(fitted: _Fitted, clusters: Ints, n_periods: int) -> CoefficientVariance:
    """With the periods as terms; units lie within clusters and need none (Pustejovsky & Tipton 2018, theorem 2)."""
    k = fitted.left.shape[1]
    if len(fitted.count) * (k + n_periods) > MOST_NUMBERS:
        raise DesignError("a CR2 of so many rows and periods is too large", code="CY306", fix="Take variance CR1.")
    periods = (fitted.period[:, None] == np.arange(1, n_periods)).astype(float)
    root = np.sqrt(fitted.count)[:, None]
    sums = np.column_stack([np.bincount(fitted.unit, weights=fitted.count * column) for column in periods.T])
    within = periods - (sums / np.bincount(fitted.unit, weights=fitted.count)[:, None])[fitted.unit]
    design = np.column_stack([fitted.left, within]) * root
    names = tuple(str(place) for place in range(design.shape[1]))
    response = (fitted.left @ fitted.value + fitted.residual) * root[:, 0]
    found = coefficient_variance(least_squares(response, design, names), kind="CR2", clusters=clusters, df_for=k)
    return CoefficientVariance(found.covariance[:k, :k], found.df[:k])


def _complete(
    table: pd.DataFrame, outcome: str, predictors: tuple[str, ...], unit: str, period: str, cluster: str | None
) -> _Rows:
    wanted = [outcome, *predictors, unit, period, *([cluster] if cluster else [])]
    absent = [name for name in wanted if name not in table]
    if absent:
        hint = nearest(absent[0], [str(name) for name in table.columns])
        raise DesignError(f"the table has no column {', '.join(absent)}", code="CY301", fix=hint)
    columns = [numbers(table, name) for name in (*predictors, outcome)]
    codes = [pd.factorize(table[name])[0] for name in (unit, period, *([cluster] if cluster else []))]
    kept = np.logical_and.reduce([*(~np.isnan(one) for one in columns), *(one >= 0 for one in codes)])
    if not kept.any():
        raise DesignError(f"no row has {outcome} together with everything the model needs", code="CY308")
    if not kept.all():
        columns = [one[kept] for one in columns]
        codes = [np.unique(one[kept], return_inverse=True)[1] for one in codes]
    cells = two_way_cells(codes[0], codes[1])
    clusters, whole = np.arange(cells.n_units), True
    if cluster:
        clusters = np.zeros(cells.n_units, dtype=np.intp)
        clusters[codes[0]] = codes[2]
        whole = bool((clusters[codes[0]] == codes[2]).all())
    return _Rows(columns[-1], columns[:-1], cells, clusters, whole)


def _require_known(variance: str, level: float, predictors: tuple[str, ...]) -> None:
    known = get_args(TwoWayVariance)
    if variance not in known:
        raise ParameterError(
            f"unknown variance '{variance}'", code="CY102", where="variance", fix=nearest(variance, known)
        )
    if not 0.5 < level < 1:
        raise ParameterError(f"level is {level}", code="CY105", where="level", fix="Write a share such as 0.95.")
    if not predictors:
        raise ParameterError("there is no predictor", code="CY105", where="predictors", fix="Name at least one column.")


def _require_usable(rows: _Rows, outcome: str, unit: str, cluster: str) -> None:
    if is_constant(rows.outcome):
        raise DesignError(f"all {len(rows.outcome):,} rows have the same {outcome}", code="CY304")
    if not rows.whole:
        raise DesignError(
            f"a {unit} lies in more than one {cluster}", code="CY310", fix=f"Name clusters that hold whole {unit}s."
        )
    if rows.n_clusters == 1:
        raise DesignError(f"all rows are in one {cluster}", code="CY303")


def _require_variation(left: Floats, before: Floats, names: tuple[str, ...]) -> None:
    """CY305 where units and periods leave nothing of a predictor."""
    with np.errstate(divide="ignore", invalid="ignore"):
        gone = np.linalg.norm(left, axis=0) <= 1e-10 * np.linalg.norm(before, axis=0)
    if gone.any():
        said = ", ".join(name for name, one in zip(names, gone, strict=True) if one)
        raise DesignError(f"units and periods say all there is in {said}", code="CY305")


def _coefficients(terms: tuple[str, ...], value: Floats, found: CoefficientVariance, level: float) -> pd.DataFrame:
    se, df = np.where(found.se > 0, found.se, np.nan), found.df
    reach = stdtrit(df, (1 + level) / 2) * se
    return table_of_terms(list(terms), value, se, df, value - reach, value + reach, 2 * stdtr(df, -np.abs(value / se)))
