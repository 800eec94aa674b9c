"""What a second inference costs, against pyfixest: from the table to p (ours: to p and an interval), CPU time of both in turn.

Its `ritest` draws each school's arm by itself and not as many schools in each arm as there were, which with 60 schools hardly shows in p.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from cycles.study.inference.arm_model import ArmModel
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.randomisation import randomisation
from cycles.study.inference.sample import Sample
from cycles.study.inference.wild_bootstrap import wild_cluster_bootstrap
from harness import Row, measured

BOOTSTRAPS, ASSIGNMENTS = 2000, 10_000
LESS = 0.15
"""Taken off the effect, so that p lies where two simulations of it can be told apart."""


def rows(limits: dict, schools: Any, in_turn: Callable[..., tuple[dict[str, float], dict[str, Any]]]) -> list[Row]:
    """The rows of the section `study` on resampling; skipped where pyfixest is not installed."""
    outcome = schools.outcome - LESS * schools.design[:, 1]
    bootstrap = {"ours": lambda: _bootstrap(outcome, schools)}
    assigned = {"ours": lambda: _randomised(outcome, schools)}
    if (fit := _pyfixest(outcome, schools)) is not None:
        bootstrap["theirs"] = lambda: _wildboottest(fit())
        assigned["theirs"] = lambda: _ritest(fit())
    return [
        *_row("wild_bootstrap", bootstrap, BOOTSTRAPS, limits, in_turn),
        *_row("randomisation", assigned, ASSIGNMENTS, limits, in_turn),
    ]


def _row(name: str, calls: dict[str, Callable[[], float]], draws: int, limits: dict, in_turn: Callable) -> list[Row]:
    seconds, p = in_turn(calls)
    repeats = 5
    if "theirs" not in calls:
        speedup = apart = None
    else:
        speedup = seconds["theirs"] / seconds["ours"]
        middle = (p["ours"] + p["theirs"]) / 2
        apart = abs(p["ours"] - p["theirs"]) / np.sqrt(2 * middle * (1 - middle) / draws)
    return [
        measured(f"{name}_seconds", seconds["ours"], limits=limits, repeats=repeats),
        measured(f"{name}_speedup", speedup, limits=limits, repeats=repeats),
        measured(f"{name}_difference", None if apart is None else float(apart), limits=limits),
    ]


def _bootstrap(outcome: np.ndarray, schools: Any) -> float:
    fit = least_squares(outcome, schools.design, schools.terms)
    return _p(wild_cluster_bootstrap(fit, 1, schools.clusters, draws=BOOTSTRAPS, level=0.95, seed=1))


def _randomised(outcome: np.ndarray, schools: Any) -> float:
    n = len(outcome)
    sample = Sample(
        arms=("comparison", "change"),
        arm=schools.design[:, 1].astype(np.intp),
        outcome=outcome,
        baseline=None,
        covariates=np.empty((n, 0)),
        covariate_names=(),
        clusters=schools.clusters,
        blocks=None,
        block_names=(),
        assigned=n,
        missing=0,
    )
    model = ArmModel(outcome, schools.design, schools.terms, 1, len(schools.terms))
    return _p(randomisation(sample, model, schools.clusters, draws=ASSIGNMENTS, level=0.95, seed=1))


def _p(found: Any) -> float:
    assert None not in (found.low, found.high)
    return float(found.p)


def _pyfixest(outcome: np.ndarray, schools: Any) -> Callable[[], Any] | None:
    try:
        import pyfixest
        import wildboottest  # noqa: F401  (what pyfixest's own bootstrap calls)
    except ImportError:
        return None
    import pandas as pd

    columns = dict(zip(schools.terms[1:], schools.design[:, 1:].T, strict=True))
    table = pd.DataFrame({"outcome": outcome, "school": schools.clusters, **columns})
    return lambda: pyfixest.feols(f"outcome ~ {' + '.join(columns)}", table, vcov={"CRV1": "school"})


def _wildboottest(fit: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(fit.wildboottest(param="change", cluster="school", reps=BOOTSTRAPS - 1, seed=1)["Pr(>|t|)"])


def _ritest(fit: Any) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        source = np.random.default_rng(1)
        return float(fit.ritest(resampvar="change", cluster="school", reps=ASSIGNMENTS, rng=source)["Pr(>|t|)"])
