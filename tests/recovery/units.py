"""One planted panel of classrooms for every estimator of units: the same students, with the outcome that each of them is for."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np
from scipy.special import logit
from scipy.stats import norm
from tests.planted import planted_panel
from tests.recovery.counted import Condition, Counted

from cycles.core.vocabulary import Panel
from cycles.study.estimators import ESTIMATORS, estimate
from cycles.study.inference.proportional_odds import Cuts

CUTS = np.array([-1.5, -0.3, 0.8, 2.2])
PASSED = 0.3
RECEIVED = {"received": "hours", "at_least": 1.0}
OPTIONS = {"complier_effect": RECEIVED, "dose_response": {"dose": "hours"}}
NEEDS_BASELINE = ("ancova", "difference_in_differences", "propensity_weighted", "entropy_balanced", "nearest_neighbour")
CAREFUL = ("nearest_neighbour",)
"""Matched sets and classrooms as clusters at once, and what is known of the propensity not counted: too wide rather than too short."""

ALL = (
    "ancova", "complier_effect", "difference_in_differences", "difference_in_means", "dose_response", "entropy_balanced", "logistic",
    "mixed_model", "nearest_neighbour", "ordinal", "propensity_weighted",
)  # fmt: skip


def counted(condition: Condition, *, replicates: int, names: tuple[str, ...] = ALL) -> list[Counted]:
    """Every estimator on the same planted panels."""
    draw = np.random.default_rng([2028, condition.groups, int(100 * condition.effect), int(100 * condition.attrition)])
    found = [Counted(name, condition, _truth(name, condition.effect), name in CAREFUL) for name in names]
    with first_route_only():
        for _ in range(replicates):
            panel = planted_panel(draw, n_clusters=condition.groups, effect=0.0, attrition=condition.attrition)
            table = panel.table.assign(age=draw.normal(size=len(panel.table)), luck=draw.random(len(panel.table)))
            for one in found:
                own = _panel(one.name, replace(panel, table=table), condition)
                one.add(estimate(own, estimator=one.name, options=OPTIONS.get(one.name, {})))
    return found


@contextmanager
def first_route_only() -> Iterator[None]:
    """Searches that find the same number again, and the test of the cuts, take longer than the estimates and change none of them."""
    modules = {name: sys.modules[ESTIMATORS.get(name).__module__] for name in ("ordinal", "logistic")}
    with (
        patch.object(modules["ordinal"], "_by_another_search", lambda *_: 0.0),
        patch.object(modules["ordinal"], "proportionality", lambda *_, **__: Cuts(log_odds=(), reason="not asked")),
        patch.object(modules["logistic"], "_by_another_search", lambda *_: 0.0),
    ):
        yield


def _truth(name: str, effect: float) -> float:
    """What is planted for each: a difference, one in shares, or a log odds ratio across classrooms."""
    return {"logistic": float(norm.cdf(effect - PASSED) - norm.cdf(-PASSED)), "ordinal": 2 * effect}.get(name, effect)


def _panel(name: str, panel: Panel, condition: Condition) -> Panel:
    """The panel with the outcome that this estimator is for; the effect on ordered answers is one without covariates."""
    table, change = panel.table, (panel.table["arm"] == panel.change).to_numpy()
    level, luck = table["outcome"].to_numpy(), table["luck"].to_numpy()
    outcome, hours = OUTCOMES.get(name, _plain)(level, change, luck, condition.effect)
    adjusted = condition.adjusted and not (name == "ordinal" and condition.effect)
    columns = {"outcome": outcome, "hours": hours}
    if not adjusted and name not in NEEDS_BASELINE:
        columns["baseline"] = np.full(len(table), np.nan)
    return replace(panel, table=table.assign(**columns), covariates=("age",) if adjusted else ())


Planted = tuple[np.ndarray, np.ndarray]


def _plain(level: np.ndarray, change: np.ndarray, luck: np.ndarray, effect: float) -> Planted:
    return level + effect * change, luck


def _yes(level: np.ndarray, change: np.ndarray, luck: np.ndarray, effect: float) -> Planted:
    return np.where(np.isnan(level), np.nan, level + effect * change > PASSED), luck


def _answers(level: np.ndarray, change: np.ndarray, luck: np.ndarray, effect: float) -> Planted:
    """Levels are standard normal over classrooms, so these latent answers are logistic: the odds are proportional across them."""
    latent = logit(norm.cdf(np.nan_to_num(level))) + 2 * effect * change
    return np.where(np.isnan(level), np.nan, np.digitize(latent, CUTS)), luck


def _by_dose(level: np.ndarray, change: np.ndarray, luck: np.ndarray, effect: float) -> Planted:
    hours = np.where(change, -np.log(luck), 0.0)
    return level + effect * hours, hours


def _by_receipt(level: np.ndarray, change: np.ndarray, luck: np.ndarray, effect: float) -> Planted:
    """Seven tenths come if assigned, more of those who do well anyway; one in ten comes whatever was assigned."""
    keen = luck < 0.6 + 0.2 * (np.nan_to_num(level) > 0)
    hours = np.where((change & keen) | (luck > 0.9), 1.0, 0.0)
    return level + effect * hours, hours


OUTCOMES: dict[str, Callable[[np.ndarray, np.ndarray, np.ndarray, float], Planted]] = {
    "complier_effect": _by_receipt,
    "dose_response": _by_dose,
    "logistic": _yes,
    "ordinal": _answers,
}

CELLS = (
    Condition(groups=10, effect=0.0, attrition=0.15, adjusted=True),
    Condition(groups=10, effect=0.25, attrition=0.0, adjusted=False),
    Condition(groups=20, effect=0.0, attrition=0.0, adjusted=False),
    Condition(groups=20, effect=0.25, attrition=0.15, adjusted=True),
    Condition(groups=60, effect=0.0, attrition=0.15, adjusted=True),
    Condition(groups=60, effect=0.25, attrition=0.0, adjusted=False),
)
FEW = (
    Condition(groups=4, effect=0.25, attrition=0.0, adjusted=False),
    Condition(groups=6, effect=0.25, attrition=0.15, adjusted=True),
)
