"""What estimates cost, against the usual way to the same number: CPU time of both in turn, median of five."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before numpy is loaded

import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cycles.study.inference.cluster_variance import coefficient_variance
from cycles.study.inference.least_squares import LeastSquares, least_squares
from cycles.study.inference.mixed_model import mixed_model
from harness import Row, measured

REPEATS = 5
STUDENTS, SCHOOLS = 30_000, 60


def study(limits: dict) -> list[Row]:
    """Every row of the section; each function below yields its own."""
    return [
        row
        for part in (mixed_models, cluster_variances, resampling, control_charts, two_way_effects)
        for row in part(limits)
    ]


def mixed_models(limits: dict) -> list[Row]:
    """A random intercept of 60 schools by restricted maximum likelihood, against statsmodels.

    Timed with its usual tolerance, at which its standard errors are off in the fifth digit; compared with a strict one.
    """
    rows = _schools()
    seconds, found = in_turn({"ours": lambda: _mixed(rows), "theirs": lambda: _statsmodels(rows)})
    found["theirs"] = _statsmodels(rows, xtol=1e-10, ftol=1e-12)
    return [
        measured("mixed_model_speedup", seconds["theirs"] / seconds["ours"], limits=limits, repeats=REPEATS),
        measured("mixed_model_difference", _apart(found), limits=limits),
    ]


def cluster_variances(limits: dict) -> list[Row]:
    """CR2 with its degrees of freedom, against the square root of each school's own matrix of students by students."""
    rows = _schools()
    fit = least_squares(rows.outcome, rows.design, rows.terms)
    seconds, found = in_turn({"ours": lambda: _cr2(fit, rows), "theirs": lambda: _cr2_by_definition(fit, rows)})
    return [
        measured("cr2_speedup", seconds["theirs"] / seconds["ours"], limits=limits, repeats=REPEATS),
        measured("cr2_difference", _apart(found), limits=limits),
        *_against_pyfixest(rows, limits),
    ]


def _against_pyfixest(rows: "_Schools", limits: dict) -> list[Row]:
    """From the table to CR2 with its degrees of freedom, against pyfixest's cluster jackknife, where that is installed."""
    try:
        import pyfixest
    except ImportError:
        return []
    import pandas as pd

    columns = dict(zip(rows.terms[1:], rows.design[:, 1:].T, strict=True))
    table = pd.DataFrame({"outcome": rows.outcome, "school": rows.clusters, **columns})
    formula = f"outcome ~ {' + '.join(columns)}"
    seconds, _ = in_turn(
        {
            "ours": lambda: _cr2(least_squares(rows.outcome, rows.design, rows.terms), rows),
            "theirs": lambda: pyfixest.feols(formula, table, vcov={"CRV3": "school"}),
        }
    )
    return [measured("crv3_ratio", seconds["theirs"] / seconds["ours"], limits=limits, repeats=REPEATS)]


def resampling(limits: dict) -> list[Row]:
    """The wild cluster bootstrap and randomisation inference, against pyfixest."""
    import bench_resampling

    return bench_resampling.rows(limits, _schools(), in_turn)


def control_charts(limits: dict) -> list[Row]:
    """Limits and rules of 1,000 XmR charts, against pandas a chart at a time."""
    import bench_charts

    return bench_charts.rows(limits)


def two_way_effects(limits: dict) -> list[Row]:
    """Two-way fixed effects with clustered standard errors of ten million rows, against pyfixest."""
    import bench_two_way

    return bench_two_way.rows(limits)


def in_turn(calls: dict[str, Callable[[], Any]]) -> tuple[dict[str, float], dict[str, Any]]:
    """Median CPU seconds of each call, taken in turn after one unmeasured call, and what each returned."""
    found = {name: call() for name, call in calls.items()}
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(REPEATS):
        for name, call in calls.items():
            before = time.process_time()
            call()
            taken[name].append(time.process_time() - before)
    return {name: statistics.median(values) for name, values in taken.items()}, found


@dataclass(frozen=True)
class _Schools:
    outcome: np.ndarray
    design: np.ndarray
    clusters: np.ndarray
    terms: tuple[str, ...] = ("intercept", "change", "baseline", "age")


def _schools() -> _Schools:
    """Students in schools of very different size, every other school with the change."""
    draw = np.random.default_rng(60)
    sizes = draw.multinomial(STUDENTS, draw.dirichlet(np.full(SCHOOLS, 20.0)))
    clusters = np.repeat(np.arange(SCHOOLS), sizes)
    baseline, age = draw.normal(size=STUDENTS), draw.integers(9, 13, size=STUDENTS).astype(float)
    outcome = (
        0.2 * (clusters % 2) + 0.6 * baseline + draw.normal(0, 0.4, SCHOOLS)[clusters] + draw.normal(size=STUDENTS)
    )
    design = np.column_stack([np.ones(STUDENTS), clusters % 2, baseline, age])
    return _Schools(outcome, design, clusters)


def _mixed(rows: _Schools) -> np.ndarray:
    model = mixed_model(least_squares(rows.outcome, rows.design, rows.terms), rows.clusters)
    return np.concatenate([model.coefficients, np.sqrt(np.diag(model.covariance))])


def _statsmodels(rows: _Schools, **tolerance: float) -> np.ndarray:
    from statsmodels.regression.mixed_linear_model import MixedLM

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = MixedLM(rows.outcome, rows.design, groups=rows.clusters).fit(method="powell", **tolerance)
    return np.concatenate([found.fe_params, found.bse_fe])


def _cr2(fit: LeastSquares, rows: _Schools) -> np.ndarray:
    found = coefficient_variance(fit, kind="CR2", clusters=rows.clusters)
    return np.concatenate([found.se, found.df])


def _cr2_by_definition(fit: LeastSquares, rows: _Schools) -> np.ndarray:
    """Bell and McCaffrey's formulas as they are written, a school at a time."""
    design, bread = rows.design, np.linalg.inv(rows.design.T @ rows.design)
    members = [np.flatnonzero(rows.clusters == school) for school in range(SCHOOLS)]
    adjusted, meat = [], np.zeros_like(bread)
    for rows_of in members:
        part = design[rows_of]
        values, vectors = np.linalg.eigh(np.eye(len(part)) - part @ bread @ part.T)
        adjusted.append((vectors / np.sqrt(values)) @ (vectors.T @ part))
        score = adjusted[-1].T @ fit.residuals[rows_of]
        meat += np.outer(score, score)
    return np.concatenate([np.sqrt(np.diag(bread @ meat @ bread)), _df_by_definition(design, bread, members, adjusted)])


def _df_by_definition(design: np.ndarray, bread: np.ndarray, members: list, adjusted: list) -> np.ndarray:
    """Twice the squared mean of the quadratic form over its variance, errors independent and of equal spread."""
    found = []
    for term in range(design.shape[1]):
        weights = [part @ bread[:, term] for part in adjusted]
        crossed = np.array([design[rows].T @ weight for rows, weight in zip(members, weights, strict=True)])
        gram = np.diag([weight @ weight for weight in weights]) - crossed @ bread @ crossed.T
        found.append(np.trace(gram) ** 2 / (gram**2).sum())
    return np.array(found)


def _apart(found: dict[str, np.ndarray]) -> float:
    return float(np.abs(found["ours"] / found["theirs"] - 1).max())
