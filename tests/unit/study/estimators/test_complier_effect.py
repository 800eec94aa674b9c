"""The effect on those who received the change because they were assigned to it, and when there is none to tell."""

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import ProblemsError
from cycles.core.vocabulary import Estimate
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate

FLOOR = {"received": "hours", "at_least": 3}


def offered(*, n: int = 240, effect: float = 2.0, comply: float = 0.7, seed: int = 11) -> pd.DataFrame:
    """Students drawn by lot; a share of `comply` of those offered comes for five hours, the keener ones first. Keenness helps by itself."""
    draw = np.random.default_rng(seed)
    change = np.arange(n) % 2 == 0
    keen = draw.normal(size=n)
    comes = change & (keen > np.quantile(keen, 1 - comply))
    frame = pd.DataFrame({"arm": np.where(change, "offered", "not_offered"), "hours": np.where(comes, 5.0, 0.0)})
    frame["room"] = np.arange(n) // 8
    frame["mark"] = 10 + effect * comes + 1.5 * keen + draw.normal(size=n)
    return frame


def of(frame: pd.DataFrame, *, options: dict | None = None, **design) -> Estimate:
    chosen = {"subgroups": ("hours",), "design": "student_randomised", **design}
    panel = as_panel(
        frame, measure="mark", outcome="mark", arm="arm", change="offered", comparison="not_offered", **chosen
    )
    return estimate(panel, estimator="complier_effect", options=FLOOR if options is None else options)


def test_it_is_what_assignment_did_to_the_outcome_over_what_it_did_to_receipt():
    frame = offered()
    means = frame.assign(got=frame["hours"] >= 3).groupby("arm")[["mark", "got"]].mean()
    gained, moved = means.loc["offered"] - means.loc["not_offered"]
    found = of(frame)
    assert found.value == pytest.approx(gained / moved)
    assert found.facts["received_share_change"] - found.facts["received_share_comparison"] == pytest.approx(moved)


def test_the_planted_effect_lies_in_both_intervals_though_the_keener_ones_came():
    found = of(offered())
    assert found.low < 2 < found.high
    assert found.facts["anderson_rubin_low"] < 2 < found.facts["anderson_rubin_high"]
    assert found.facts["first_stage_f"] > 100


def test_where_everybody_did_as_assigned_it_is_the_difference_and_the_first_stage_is_certain():
    frame = offered(comply=1.0)
    found = of(frame)
    means = frame.groupby("arm")["mark"].mean()
    assert found.value == pytest.approx(means["offered"] - means["not_offered"])
    assert found.facts["first_stage_f"] is None
    assert found.facts["anderson_rubin_low"] == pytest.approx(found.low, abs=0.02)


def test_the_floor_decides_who_received_it():
    assert of(offered(), options={"received": "hours", "at_least": 6}).code == "CY319"


def test_nobody_moved_by_assignment_is_not_estimable():
    frame = offered().assign(hours=5.0)
    assert (of(frame).state, of(frame).code) == ("not_estimable", "CY319")


def test_a_weak_first_stage_is_described_with_the_interval_that_holds_all_the_same():
    frame = offered(n=80, comply=0.9)
    frame["hours"] = np.where(np.arange(80) % 7 < 3, 5.0, 0.0) * ((np.arange(80) % 2 == 0) | (np.arange(80) % 5 > 0))
    found = of(frame)
    assert (found.state, found.code, found.se, found.p) == ("degraded", "CY319", None, None)
    assert found.effect_size_low is None
    assert found.coefficients["se"].isna().all()
    assert found.facts["first_stage_f"] < 10


@pytest.mark.parametrize("design", ["student_comparison", "cluster_comparison"])
def test_arms_that_chance_did_not_decide_are_refused(design):
    assert of(offered(), design=design).code == "CY310"


def test_a_measure_that_the_panel_does_not_have_is_refused():
    found = of(offered(), options={"received": "minutes", "at_least": 1})
    assert found.code == "CY310"
    assert "minutes" in found.reason


def test_students_of_whom_receipt_is_not_known_are_left_out_and_counted():
    frame = offered()
    frame.loc[:5, "hours"] = np.nan
    frame.loc[[20, 21], "mark"] = np.nan
    found = of(frame)
    assert (found.n, found.n_missing) == (232, 8)


def test_an_arm_of_which_receipt_is_known_of_nobody_is_refused():
    frame = offered()
    frame.loc[frame["arm"] == "not_offered", "hours"] = np.nan
    assert of(frame).code == "CY302"


def test_few_clusters_leave_the_value_and_the_shares():
    frame = offered().assign(school=lambda rows: (rows.index % 6).astype(str))
    found = of(frame, cluster="school", design="cluster_randomised")
    assert (found.state, found.code) == ("degraded", "CY307")
    assert "first_stage" in found.facts
    assert "anderson_rubin_low" not in found.facts


@pytest.mark.parametrize("options", [{}, {"received": "hours"}, {"received": "hours", "at_least": "some"}])
def test_the_measure_and_its_floor_must_be_named(options):
    with pytest.raises(ProblemsError):
        of(offered(), options=options)
