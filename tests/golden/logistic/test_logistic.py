"""Logistic regression against glm, sandwich, clubSandwich and a search of R's own (make.R beside the numbers)."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.core.vocabulary import Estimate
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv").set_index("quantity")["logistic"]
ARMS = {
    "measure": "passed",
    "outcome": "passed",
    "baseline": "before",
    "arm": "arm",
    "change": "change",
    "comparison": "comparison",
}


def clustered(variance: str) -> Estimate:
    frame = pd.read_csv(HERE / "panel.csv")
    panel = as_panel(frame, cluster="classroom", block="school", covariates=("age",), outcome_unit="share", **ARMS)
    return estimate(panel, estimator="logistic", variance=variance)


def of_term(found: Estimate, term: str, quantity: str) -> float:
    assert found.coefficients is not None
    return found.coefficients.set_index("term").loc[f"log odds: {term}", quantity]


@pytest.mark.parametrize("variance", ["classical", "CR0", "CR1", "CR2"])
def test_the_average_marginal_effect_and_its_standard_error_are_those_of_r(variance):
    found = clustered(variance)
    assert found.value == pytest.approx(EXPECTED["value"], rel=1e-9)
    assert found.second_route == pytest.approx(found.value, rel=1e-6)
    assert found.se == pytest.approx(EXPECTED[f"se_{variance}"], rel=1e-9)


def test_the_degrees_of_freedom_are_those_of_the_weighted_regression():
    assert clustered("CR2").df == pytest.approx(EXPECTED["df_CR2"], rel=1e-8)


@pytest.mark.parametrize("variance", ["CR1", "CR2"])
def test_the_log_odds_are_those_of_r(variance):
    found = clustered(variance)
    assert of_term(found, "arm[change]", "value") == pytest.approx(EXPECTED["log_odds"], rel=1e-9)
    assert of_term(found, "arm[change]", "se") == pytest.approx(EXPECTED[f"log_odds_se_{variance}"], rel=1e-8)


def test_firths_estimate_is_where_a_search_of_its_own_ends():
    panel = as_panel(pd.read_csv(HERE / "separated.csv"), outcome_unit="share", **ARMS)
    found = estimate(panel, estimator="logistic", variance="classical", options={"separation": "firth"})
    for term, quantity in (
        ("intercept", "firth_intercept"),
        ("arm[change]", "firth_arm"),
        ("baseline", "firth_before"),
    ):
        assert of_term(found, term, "value") == pytest.approx(EXPECTED[quantity], rel=1e-6)
    assert of_term(found, "arm[change]", "se") == pytest.approx(EXPECTED["firth_arm_se"], rel=1e-6)
