"""Multiple imputation against mice and clubSandwich, Rubin's rules against mice, maximum likelihood against lavaan: see make.R."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.plan.method import Missing
from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate
from cycles.study.inference.rubin import pooled

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def expected() -> pd.Series:
    return pd.read_csv(HERE / "expected.csv", skipinitialspace=True).set_index("name")["value"]


@pytest.fixture(scope="module")
def panel():
    return as_panel(
        pd.read_csv(HERE / "panel.csv"), measure="score", outcome="after", baseline="before", arm="arm", change="change",
        comparison="comparison", cluster="classroom", unit="unit", covariates=("age",),
    )  # fmt: skip


def test_rubins_rules_join_ten_data_sets_as_mice_does(expected):
    fits = pd.read_csv(HERE / "pooling.csv")
    found = pooled(*(fits[[column]].to_numpy() for column in ("value", "se", "df")))
    told = {"value": found.value, "se": found.se, "df": found.df, "fmi": found.missing_information}
    for name, value in told.items():
        assert value[0] == pytest.approx(expected[f"pooled_{name}"], rel=1e-10), name


def test_drawn_values_say_what_those_of_mice_say_within_the_noise_of_drawing(expected, panel):
    found = estimate(panel, estimator="ancova", missing=Missing(method="multiple_imputation", imputations=60), seed=1)
    between = expected["mice_se"] * expected["mice_fmi"] ** 0.5 / 60**0.5
    assert found.value == pytest.approx(expected["mice_value"], abs=4 * between)
    assert found.se == pytest.approx(expected["mice_se"], rel=0.05)
    assert found.facts["missing_information"] == pytest.approx(expected["mice_fmi"], abs=0.08)


def test_maximum_likelihood_on_incomplete_data_is_that_of_lavaan(expected, panel):
    found = estimate(panel, estimator="ancova", missing=Missing(method="fiml"))
    terms = found.coefficients.set_index("term")["value"]
    assert found.value == pytest.approx(expected["fiml_arm"], abs=1e-5)
    assert terms["baseline"] == pytest.approx(expected["fiml_before"], abs=1e-5)
    assert terms["age"] == pytest.approx(expected["fiml_age"], abs=1e-5)
    clusters = panel.table["cluster"].nunique()
    cr1 = found.facts["se_cr0"] * (clusters / (clusters - 1)) ** 0.5
    assert cr1 == pytest.approx(expected["fiml_se_arm"], rel=1e-4)
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
