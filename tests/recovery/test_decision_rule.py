"""The decision rule on planted classrooms: how often each call is made where the change does nothing, or half, all or twice what matters.

Classrooms of 20 students, an intraclass correlation of .10; what is worth having is .20 standard deviations. Estimates are differences of
classroom means with their pooled standard error, which is what CR2 is for classrooms of one size (a test of its own shows it). What is told
at sealing is simulated otherwise, from the standard error expected; both must agree. With six classrooms there is no interval, and no call.
"""

import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

import cycles as cy
from cycles.act.decisions.operating_characteristics import CALLS, MULTIPLES, simulated_calls
from cycles.plan.cycle_file import Prediction
from cycles.plan.power import detectable
from cycles.plan.rule import Decide

RULE = Decide(on=date(2027, 1, 25))
WORTH, ICC, SIZE, REPLICATES = 0.20, 0.10, 20, 5000
PREDICTION = Prediction(measure="score", direction="increase", size=WORTH, worth_having=WORTH)


def classrooms(draw: np.random.Generator, n: int, *, replicates: int) -> np.ndarray:
    """Means of classrooms without an effect; the spread of a student is one."""
    return draw.normal(0, np.sqrt(ICC + (1 - ICC) / SIZE), (replicates, n))


def judged(means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The difference between the first half and the second, and its pooled standard error."""
    half = means.shape[1] // 2
    change, comparison = means[:, :half], means[:, half:]
    pooled = (change.var(axis=1, ddof=1) + comparison.var(axis=1, ddof=1)) / 2
    return change.mean(axis=1) - comparison.mean(axis=1), np.sqrt(2 * pooled / half)


def shares(n: int, *, replicates: int = REPLICATES) -> pd.DataFrame:
    """The share of each call (columns) at each true effect, as a multiple of what is worth having (rows)."""
    effect, se = judged(classrooms(np.random.default_rng([2029, n]), n, replicates=replicates))
    moved = np.array(MULTIPLES)[:, None] * WORTH + effect
    calls = simulated_calls(moved, np.broadcast_to(se, moved.shape), df=n - 2, worth_having=WORTH, rule=RULE)
    return pd.DataFrame({call: (calls == call).mean(axis=1) for call in CALLS}, index=MULTIPLES)


def lines(n: int, table: pd.DataFrame) -> str:
    rows = [
        f"| {n} | {multiple:g} | {' | '.join(f'{share:.3f}' for share in row)} |"
        for multiple, *row in table.itertuples()
    ]
    return "\n".join(rows)


@pytest.mark.slow
@pytest.mark.parametrize("n", [8, 12, 60])
def test_calls_are_made_as_often_as_was_told_and_errors_stay_below_their_bars(n, capsys):
    found = shares(n)
    with capsys.disabled():
        sys.stdout.write(f"\n{lines(n, found)}")
    by_arm = {"new": n // 2, "usual": n // 2}
    reach = detectable(
        design_kind="cluster_comparison", n_clusters_by_arm=by_arm, units_per_cluster=SIZE, icc=ICC, sd=1.0
    )
    told = cy.rule_in_practice(reach, prediction=PREDICTION, rule=RULE).table.set_index("multiple")[list(CALLS)]
    spread = np.sqrt(found * (1 - found) * (1 / REPLICATES + 1 / 2000)) + 1e-3
    assert ((found - told).abs() < 3.9 * spread).all(axis=None), (found, told)
    assert found.loc[1.0, "abandon"] * REPLICATES <= binom.ppf(0.9995, REPLICATES, RULE.abandon)
    assert found["adopt"].is_monotonic_increasing
    assert found["abandon"].is_monotonic_decreasing
    assert found.loc[2.0, "stop: harm"] < 0.01


def test_of_equal_classrooms_the_means_and_cr2_are_the_same():
    means = classrooms(np.random.default_rng(3), 12, replicates=1)
    frame = pd.DataFrame(
        {"room": np.repeat(np.arange(12), 3), "score": np.repeat(means[0], 3) + np.tile([-1.0, 0.0, 1.0], 12)}
    )
    frame["arm"] = np.where(frame["room"] < 6, "new", "usual")
    panel = cy.as_panel(
        frame, measure="score", outcome="score", arm="arm", change="new", comparison="usual", cluster="room"
    )
    found, (value, se) = cy.estimate(panel, estimator="difference_in_means"), judged(means)
    assert (found.value, found.se, found.df) == pytest.approx((value[0], se[0], 10))


@pytest.mark.parametrize("multiple", MULTIPLES)
def test_with_six_classrooms_no_call_is_made(multiple):
    rooms = classrooms(np.random.default_rng(4), 6, replicates=1)[0]
    frame = pd.DataFrame({"room": np.repeat(np.arange(6), SIZE)})
    frame["arm"] = np.where(frame["room"] < 3, "new", "usual")
    noise = np.random.default_rng(5).normal(size=len(frame))
    frame["score"] = rooms[frame["room"]] + noise + multiple * WORTH * (frame["arm"] == "new")
    panel = cy.as_panel(
        frame, measure="score", outcome="score", arm="arm", change="new", comparison="usual", cluster="room"
    )
    found = cy.estimate(panel, estimator="difference_in_means")
    call = cy.decide(found, cy.run_checks(found, panel), rule=RULE, prediction=PREDICTION, as_of=RULE.on)
    assert (found.code, call.call) == ("CY307", "no decision")
