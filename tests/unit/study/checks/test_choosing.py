"""The strongest design that data warrant: each is judged by what can be seen, and says what it would need."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from tests.unit.study.test_designs import cycle, tables

import cycles as cy
from cycles.core.vocabulary import DesignChoice
from cycles.do.collection import Tables
from cycles.plan.method import EstimateSpec
from cycles.study.checks import choose_design

N = 160
WAVES = ("2025-fall", "2026-spring", "2026-fall", "2027-winter")


def school(
    *,
    assigned_by: str | None = "principal",
    waves: tuple[str, ...] = WAVES[2:],
    rule: str = "leaning",
    drift: float = 0.0,
) -> Tables:
    """Students of sixteen classrooms in two schools whose belonging was asked in some waves; the change came after the fall."""
    draw = np.random.default_rng(3)
    ids = [f"{place:03}" for place in range(N)]
    level = draw.normal(size=N)
    change = {
        "leaning": level + draw.normal(0, 1.5, size=N) > 0.2,
        "cutoff": level < -0.2,
        "all": np.ones(N, dtype=bool),
        "apart": level > np.sort(level)[-40],
    }[rule]
    roster = pd.DataFrame(
        {
            "student_id": ids,
            "school_id": np.where(np.arange(N) < N // 2, "S1", "S2"),
            "classroom_id": [f"c{place // 10:02}" for place in range(N)],
            "points": level if rule == "cutoff" else draw.normal(size=N),
            "entered_on": pd.Timestamp("2026-08-31"),
            "left_on": pd.NaT,
        }
    )
    arms = pd.DataFrame({"unit_id": ids, "unit_kind": "student", "arm": np.where(change, "new", "usual")})
    if assigned_by is not None:
        arms["assigned_by"] = assigned_by
    rows = []
    for place, wave in enumerate(waves):
        moved = drift * change * (len(waves) - place)
        answers = np.clip(np.round(3 + 0.6 * level[:, None] - moved[:, None] + draw.normal(0, 0.4, size=(N, 6))), 1, 5)
        rows += [(one, wave, *answers[student]) for student, one in enumerate(ids)]
    base = tables()
    names = list(base.by_table["responses:school_belonging"].columns)
    responses = pd.DataFrame(rows, columns=names[: 2 + 6])
    by_table = {**base.by_table, "students": roster, "arms": arms, "responses:school_belonging": responses}
    return SimpleNamespace(**{**vars(base), "by_table": by_table})  # type: ignore[return-value]


def chosen(data: Tables, *, worth_having: float = 0.1, **design: object) -> DesignChoice:
    asked = {"kind": "student_comparison", "cluster": None, "block": None, "covariates": [], "subgroups": []}
    plan = cycle(**{**asked, "baseline_wave": WAVES[2], "outcome_wave": WAVES[3], **design})
    prediction = plan.prediction.model_copy(update={"worth_having": worth_having})
    return choose_design(plan.model_copy(update={"prediction": prediction}), data)


def row(choice: DesignChoice, design: str) -> dict:
    return choice.table.set_index("design").loc[design].to_dict()


def test_arms_that_overlap_can_be_weighted_and_a_stronger_design_says_what_it_lacks():
    found = chosen(school())
    assert found.strongest == "weighted_comparison"
    assert found.text.startswith("The strongest design that these data warrant is a matched or weighted comparison")
    assert "two waves or more before the change" in found.text
    assert "compare it with entropy_balanced" in found.text
    assert list(found.table.design)[:2] == ["randomised", "regression_discontinuity"]


@pytest.mark.parametrize("word", ["lottery", "by lot", "Randomly"])
def test_a_table_of_arms_that_says_chance_decided_warrants_a_trial(word):
    found = chosen(school(assigned_by=word))
    assert found.strongest == "randomised"
    assert "say so in `design.kind`" in found.text


def test_a_file_that_claims_a_lot_is_held_against_the_table_of_arms():
    assert chosen(school(assigned_by=None), kind="student_randomised").strongest == "randomised"
    found = chosen(school(assigned_by="principal"), kind="student_randomised")
    assert not row(found, "randomised")["warranted"]
    assert "something else did" in row(found, "randomised")["because"]


def test_a_table_of_arms_that_leaves_the_cells_empty_says_nothing():
    found = chosen(school(assigned_by=""))
    assert "a lot that decides which students begin" in row(found, "randomised")["because"]


def test_a_score_that_cuts_the_arms_apart_is_a_cutoff():
    found = chosen(school(rule="cutoff"), covariates=["points"])
    assert found.strongest == "regression_discontinuity"
    assert row(found, "regression_discontinuity")["because"].startswith("points alone decided")


@pytest.mark.parametrize(("rule", "warranted"), [("cutoff", True), ("lot", False)])
def test_a_cutoff_that_the_file_names_is_judged_by_whether_it_decided(rule, warranted):
    cutoff = {"column": "points", "at": -0.2, "change_is": "below"}
    data = school(rule="cutoff")
    if rule != "cutoff":
        data.by_table["arms"]["arm"] = np.where(np.arange(N) % 2, "new", "usual")
    plan = cycle(
        kind="regression_discontinuity", cutoff=cutoff, cluster=None, block=None, covariates=[], subgroups=[],
        baseline_wave=WAVES[2], outcome_wave=WAVES[3],
    )  # fmt: skip
    by_cutoff = plan.model_copy(update={"estimate": EstimateSpec(estimator="regression_discontinuity")})
    for one in (plan, by_cutoff):
        assert row(choose_design(one, data), "regression_discontinuity")["warranted"] == warranted


def test_arms_that_moved_alike_warrant_a_difference_in_differences():
    assert chosen(school(waves=WAVES), worth_having=0.5).strongest == "difference_in_differences"


def test_not_having_seen_them_move_apart_is_not_enough():
    found = chosen(school(waves=WAVES))
    assert found.strongest == "weighted_comparison"
    assert "students enough to see" in row(found, "difference_in_differences")["because"]


def test_arms_that_were_moving_apart_do_not():
    found = chosen(school(waves=WAVES, drift=0.3))
    assert not row(found, "difference_in_differences")["warranted"]
    assert "these did not" in row(found, "difference_in_differences")["because"]


def test_a_comparison_that_is_nowhere_like_the_change_arm_can_only_be_adjusted():
    found = chosen(school(rule="apart"))
    assert not row(found, "weighted_comparison")["warranted"]
    assert row(found, "adjusted_comparison")["warranted"]


def test_one_group_shows_change_only_and_needs_another_arm():
    found = chosen(school(rule="all"), kind="one_group_pre_post", contrast={"change": "new"})
    assert found.strongest == "before_and_after"
    assert row(found, "adjusted_comparison")["because"] == "another arm to compare with"


def test_an_empty_comparison_arm_leaves_before_and_after():
    found = chosen(school(rule="all"))
    assert found.strongest == "before_and_after"
    assert "CY302" in row(found, "plain_comparison")["because"]


def test_without_any_baseline_outcomes_alone_are_compared():
    found = chosen(school(waves=WAVES[3:]), baseline_wave="2026-fall")
    assert found.strongest == "plain_comparison"


def test_no_data_warrant_nothing():
    found = chosen(school(waves=("2020-fall",)))
    assert (found.strongest, found.text) == (
        "none",
        "These data warrant no design: nothing can be compared, not even before and after.",
    )


def test_the_front_door_opens_it():
    assert cy.choose_design is choose_design
