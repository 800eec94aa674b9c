"""Logistic regression: what it says of shares and odds, and what it refuses."""

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import DesignError, ProblemsError
from cycles.core.vocabulary import Estimate
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate
from cycles.study.inference.logit import require_no_separation


def passing(*, change: int = 14, comparison: int = 8, of: int = 20) -> pd.DataFrame:
    """As many students of each arm pass as named; ages are spread alike in both arms."""
    passed = np.concatenate([np.arange(of) < change, np.arange(of) < comparison]).astype(float)
    arm = np.repeat(["change", "comparison"], of)
    return pd.DataFrame(
        {"arm": arm, "passed": passed, "age": np.tile(np.arange(of) % 5, 2), "room": np.tile(np.arange(of) % 7, 2)}
    )


def of(frame: pd.DataFrame, *, options: dict | None = None, variance: str = "CR2", **design) -> Estimate:
    panel = as_panel(
        frame, measure="passed", outcome="passed", arm="arm", change="change", comparison="comparison", outcome_unit="share", **design
    )  # fmt: skip
    return estimate(panel, estimator="logistic", variance=variance, options=options)


def test_without_covariates_the_value_is_the_difference_of_the_shares():
    found = of(passing())
    assert found.value == pytest.approx(0.3)
    assert found.low < 0.3 < found.high


def test_the_odds_ratio_and_the_cox_index_stand_beside_it():
    found = of(passing())
    assert found.facts["odds_ratio"] == pytest.approx((14 / 6) / (8 / 12))
    assert found.facts["odds_ratio_low"] < found.facts["odds_ratio"] < found.facts["odds_ratio_high"]
    assert found.facts["cox_index"] == pytest.approx(found.effect_size_wwc)


@pytest.mark.parametrize("variance", ["classical", "HC1", "HC2", "HC3", "CR0", "CR1", "CR1S", "CR2", "CR3"])
def test_every_kind_of_standard_error_is_about_as_large(variance):
    assert of(passing(), variance=variance, covariates=("age",)).se == pytest.approx(0.15, rel=0.15)


@pytest.mark.parametrize("change", [0, 20])
def test_an_arm_in_which_all_or_none_pass_has_no_odds(change):
    found = of(passing(change=change))
    assert (found.state, found.code, found.p) == ("not_estimable", "CY318", None)
    assert "arm[change]" in found.reason


def test_a_covariate_that_separates_some_students_only_is_found_too():
    frame = passing()
    frame["age"] = np.where(frame["passed"] == 1, frame["age"], 0) + (frame["passed"] == 1)
    assert of(frame, covariates=("age",)).code == "CY318"


def test_a_block_in_which_nobody_passes_is_separated():
    frame = passing()
    frame.loc[frame["room"] == 3, "passed"] = 0.0
    assert of(frame, block="room").code == "CY318"


def test_firths_penalty_gives_separated_outcomes_an_end():
    found = of(passing(change=20), options={"separation": "firth"})
    assert found.state == "estimated"
    assert 0.4 < found.value < 0.6
    assert np.isfinite([found.low, found.high, found.facts["odds_ratio"]]).all()


def test_firths_penalty_draws_towards_no_difference_where_nothing_is_separated():
    assert 0 < of(passing(), options={"separation": "firth"}).value < 0.3


def test_an_outcome_of_more_than_yes_and_no_is_refused():
    frame = passing()
    frame.loc[0, "passed"] = 2.0
    assert of(frame).code == "CY310"


def test_few_clusters_leave_the_value_without_an_interval():
    frame = passing()
    found = of(frame.assign(school=np.where(np.arange(40) % 20 < 10, "a", "b") + frame["arm"]), cluster="school")
    assert (found.state, found.code, found.low) == ("degraded", "CY307", None)
    assert found.facts["odds_ratio_low"] is None


def test_an_option_that_does_not_exist_is_refused_by_name():
    with pytest.raises(ProblemsError, match="separation"):
        of(passing(), options={"seperation": "firth"})


def test_a_table_without_separation_passes_and_one_with_it_names_the_column():
    yes = np.array([0.0, 0, 1, 1, 1])
    require_no_separation(yes, np.column_stack([np.ones(5), [1.0, 3, 2, 1, 3]]), ("intercept", "hours"))
    with pytest.raises(DesignError, match="hours"):
        require_no_separation(yes, np.column_stack([np.ones(5), [1.0, 2, 3, 4, 5]]), ("intercept", "hours"))
