"""How often the rule would err, told before the data."""

from datetime import date

import pytest

from cycles.act.decisions import rule_in_practice
from cycles.plan.cycle_file import Prediction
from cycles.plan.power import detectable
from cycles.plan.rule import Decide

RULE = Decide(on=date(2027, 1, 25))
PREDICTION = Prediction(measure="belonging", direction="increase", size=0.2, worth_having=0.2)


def reach(n_clusters, sd=1.0):
    by_arm = {"new": n_clusters, "usual": n_clusters}
    return detectable(design_kind="cluster_comparison", n_clusters_by_arm=by_arm, units_per_cluster=20, icc=0.1, sd=sd)


def test_more_classrooms_find_a_worthwhile_change_more_often():
    adopt = [
        rule_in_practice(reach(n), prediction=PREDICTION, rule=RULE).table.set_index("multiple").loc[2.0, "adopt"]
        for n in (4, 12, 40)
    ]
    assert adopt == sorted(adopt)
    assert adopt[-1] > 0.8


def test_worth_having_is_compared_in_standard_deviations():
    narrow, wide = (rule_in_practice(reach(12, sd), prediction=PREDICTION, rule=RULE).table for sd in (1.0, 2.0))
    assert wide["true_effect"].tolist() == pytest.approx((narrow["true_effect"] / 2).tolist())


def test_without_a_spread_it_is_said_that_it_is_not_known():
    assert "no baseline" in rule_in_practice(reach(12, None), prediction=PREDICTION, rule=RULE).text


def test_without_groups_to_compare_it_is_said_that_there_are_none():
    assert "too few groups" in rule_in_practice(reach(1), prediction=PREDICTION, rule=RULE).text
