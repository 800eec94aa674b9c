"""Plant an effect among classrooms that differ, estimate it by a mixed model many times: the same bands as for every estimator.

With 8 and with 60 classrooms of unequal size (10 and 20 are in test_table.py), with and without the baseline, with and without students
who are lost. At an intraclass correlation of .02 a third of the panels of 8 classrooms have means closer together than chance: there the
variance between classrooms is left negative, as one stopped at zero would hold the effect in 98 of 100 intervals.
"""

from dataclasses import replace

import numpy as np
import pytest
import tests.planted
from tests.planted import planted_panel
from tests.recovery.test_estimators import Count, write

from cycles.study.estimators import estimate

__all__ = ["write"]
CONDITIONS = ((0.0, 0.0), (0.0, 0.15), (0.25, 0.0))


def panel_of(draw, *, n_clusters: int, effect: float, attrition: float, adjusted: bool):
    panel = planted_panel(draw, n_clusters=n_clusters, effect=effect, attrition=attrition)
    return panel if adjusted else replace(panel, table=panel.table.assign(baseline=np.nan))


def judged(*, replicates: int, **condition) -> str:
    draw = np.random.default_rng([2027, *(int(100 * value) for value in condition.values())])
    count = Count([])
    for _ in range(replicates):
        found = estimate(panel_of(draw, **condition), estimator="mixed_model")
        count.values.append(found.value)
        count.covered += found.low <= condition["effect"] <= found.high
        count.rejected += found.p < 0.05
    told = "  ".join(f"{name} {value}" for name, value in condition.items())
    return f"\nmixed_model  {told}\n    {count.judge(condition['effect'])}"


@pytest.mark.slow
@pytest.mark.parametrize("n_clusters", [8, 60])
@pytest.mark.parametrize(("effect", "attrition"), CONDITIONS)
@pytest.mark.parametrize("adjusted", [False, True], ids=["means", "adjusted"])
def test_intervals_hold_the_planted_effect_as_often_as_they_claim(write, n_clusters, effect, attrition, adjusted):
    condition = {"n_clusters": n_clusters, "effect": effect, "attrition": attrition, "adjusted": adjusted}
    write(judged(**condition, replicates=2000))


@pytest.mark.slow
@pytest.mark.parametrize("n_clusters", [8, 20])
def test_classrooms_that_hardly_differ_change_nothing(write, monkeypatch, n_clusters):
    monkeypatch.setattr(tests.planted, "ICC", 0.02)
    write(judged(n_clusters=n_clusters, effect=0.0, attrition=0.0, adjusted=True, replicates=2000))


@pytest.mark.parametrize("adjusted", [False, True], ids=["means", "adjusted"])
@pytest.mark.parametrize("n_clusters", [8, 20])
def test_a_few_replicates_already_lie_in_their_wider_bands(write, n_clusters, adjusted):
    write(judged(n_clusters=n_clusters, effect=0.0, attrition=0.15, adjusted=adjusted, replicates=300))


@pytest.mark.parametrize("n_clusters", [4, 6])
def test_two_or_three_classrooms_an_arm_are_described_without_bias_and_never_reject(n_clusters):
    draw = np.random.default_rng(n_clusters)
    panels = [panel_of(draw, n_clusters=n_clusters, effect=0.25, attrition=0.15, adjusted=True) for _ in range(300)]
    found = [estimate(panel, estimator="mixed_model") for panel in panels]
    assert {(one.state, one.code, one.p) for one in found} == {("degraded", "CY307", None)}
    values = np.array([one.value for one in found])
    assert abs(values.mean() - 0.25) < 3.29 * values.std() / np.sqrt(len(values))
