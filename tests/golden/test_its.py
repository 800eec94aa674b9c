"""Interrupted time series against lm with sandwich, nlme, dense integration and clubSandwich (make.R beside the numbers)."""

from pathlib import Path

import pandas as pd
import pytest

import cycles as cy

HERE = Path(__file__).parent / "its"
EXPECTED = (
    pd.read_csv(HERE / "expected.csv", keep_default_na=False)
    .set_index(["model", "quantity", "term"])
    .value.astype(float)
)
WEEKS = {
    "measure": "share",
    "value": "share",
    "time": "week",
    "series": "arm",
    "arm": "arm",
    "started": 24,
    "change": "texts",
    "every": "week",
}


def estimated(model: str, **options):
    pair = pd.read_csv(HERE / "pair.csv")
    compared = {"comparison": "none", "design": "comparative_interrupted_time_series"} if model == "pair" else {}
    panel = cy.as_series(pair, **WEEKS, **compared)
    return cy.estimate(panel, estimator="interrupted_time_series", options=options)


def theirs(model: str, quantity: str, term: str = "effect") -> float:
    return EXPECTED[model, quantity, term]


@pytest.mark.parametrize("model", ["alone", "pair"])
def test_newey_west_equals_sandwich(model):
    found = estimated(model, method="ols_newey_west", lags=3)
    terms = found.coefficients.set_index("term")
    assert found.value == pytest.approx(theirs(model, "value"), rel=1e-9)
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
    assert found.se == pytest.approx(theirs(model, "newey_west"), rel=1e-9)
    assert terms.value["slope change"] == pytest.approx(theirs(model, "value", "slope change"), rel=1e-9)
    assert terms.se["level change"] == pytest.approx(theirs(model, "newey_west", "level change"), rel=1e-9)


@pytest.mark.parametrize("model", ["alone", "pair"])
@pytest.mark.parametrize("fit", ["reml", "ml"])
def test_generalised_least_squares_equals_nlme(model, fit):
    found = estimated(model, method="gls_ar1", fit=fit)
    assert found.value == pytest.approx(theirs(model, f"gls_{fit}"), rel=1e-5)
    assert found.se == pytest.approx(theirs(model, f"gls_{fit}_se"), rel=1e-5)
    assert found.facts["autocorrelation"] == pytest.approx(theirs(model, f"gls_{fit}_rho", ""), rel=1e-4)
    assert found.second_route == pytest.approx(found.value, rel=1e-9)


@pytest.mark.parametrize("model", ["alone", "pair"])
def test_averaging_over_the_autocorrelation_equals_a_fine_grid_of_dense_matrices(model):
    found = estimated(model)
    ours = (found.low, found.value, found.high, found.p)
    their = [theirs(model, f"averaged_{name}") for name in ("low", "value", "high", "p")]
    assert ours == pytest.approx(their, rel=2e-4)


def test_series_as_clusters_equal_clubsandwich():
    names = WEEKS | {"time": "term", "series": "school", "started": 6, "comparison": "none", "every": "term"}
    panel = cy.as_series(pd.read_csv(HERE / "schools.csv"), **names)
    found = cy.estimate(panel, estimator="interrupted_time_series")
    assert found.value == pytest.approx(theirs("schools", "value"), rel=1e-9)
    assert found.se == pytest.approx(theirs("schools", "cr2"), rel=1e-9)
    assert found.df == pytest.approx(theirs("schools", "cr2_df"), rel=1e-9)
    assert found.n_clusters_by_arm == {"none": 6, "texts": 6}
