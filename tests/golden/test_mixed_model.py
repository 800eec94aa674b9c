"""Mixed models against lme4, their degrees of freedom against lmerTest and pbkrtest (make.R beside the numbers)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate
from cycles.study.inference.kenward_roger import kenward_roger
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.mixed_model import mixed_model
from cycles.study.inference.satterthwaite import satterthwaite

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "mixed_model" / "expected.csv", keep_default_na=False)
MODELS = {
    "panel_means": ("panel", ("change",), "classroom", None),
    "panel_adjusted": ("panel", ("change", "baseline", "age"), "classroom", None),
    "panel_schools": ("panel", ("change", "baseline"), "school", None),
    "slopes_intercepts": ("slopes", ("change", "x", "change_x"), "school", None),
    "slopes_slopes": ("slopes", ("change", "x", "change_x"), "school", "x"),
    "alike": ("alike", ("change",), "classroom", None),
}
CASES = [(name, bounded) for name in MODELS for bounded in (True, False) if bounded or name != "alike"]


def panel() -> pd.DataFrame:
    return pd.read_csv(HERE / "cluster_variance" / "panel.csv")


def rows_of(data: str) -> pd.DataFrame:
    if data == "panel":
        return panel().assign(change=lambda rows: (rows.arm == "change").astype(float))
    return pd.read_csv(HERE / "mixed_model" / f"{data}.csv")


def fitted(model: str, **options):
    data, terms, cluster, slope = MODELS[model]
    rows = rows_of(data)
    design = np.column_stack([np.ones(len(rows)), rows[list(terms)].to_numpy(dtype=float)])
    plain = least_squares(rows.outcome.to_numpy(dtype=float), design, ("(Intercept)", *terms))
    varying = None if slope is None else rows[slope].to_numpy(dtype=float)
    return mixed_model(plain, pd.factorize(rows[cluster])[0], slope=varying, **options)


def theirs(model: str, quantity: str) -> pd.Series:
    return EXPECTED.query("model == @model and quantity == @quantity").set_index("term").value.astype(float)


@pytest.mark.parametrize(("model", "bounded"), CASES)
def test_coefficients_variances_and_likelihoods_equal_those_of_lme4(model, bounded):
    ours = fitted(model, bounded=bounded)
    assert ours.coefficients == pytest.approx(theirs(model, "value").to_numpy(), rel=1e-6)
    assert np.sqrt(np.diag(ours.covariance)) == pytest.approx(theirs(model, "se").to_numpy(), rel=1e-6)
    between = {"intercept": ours.between[0, 0]}
    if len(ours.between) == 2:
        between |= {"slope": ours.between[1, 1], "covariance": ours.between[0, 1]}
    assert between == pytest.approx(theirs(model, "between").to_dict(), rel=1e-6, abs=1e-12)
    assert ours.residual_variance == pytest.approx(theirs(model, "residual")[""], rel=1e-6)
    assert ours.deviance == pytest.approx(theirs(model, "deviance")["REML"], rel=1e-10)
    assert ours.at_boundary == (model == "alike")


@pytest.mark.parametrize("model", MODELS)
def test_the_unrestricted_likelihood_equals_that_of_lme4(model):
    ours = fitted(model, likelihood="ML")
    assert ours.coefficients == pytest.approx(theirs(model, "value_ml").to_numpy(), rel=1e-6)
    assert ours.between[0, 0] == pytest.approx(theirs(model, "between_ml")["intercept"], rel=1e-6, abs=1e-12)
    assert ours.deviance == pytest.approx(theirs(model, "deviance")["ML"], rel=1e-10)


@pytest.mark.parametrize("model", MODELS)
def test_standard_errors_and_degrees_of_freedom_equal_those_of_kenward_and_roger_in_pbkrtest(model):
    found = kenward_roger(fitted(model))
    assert found.se == pytest.approx(theirs(model, "se_kr").to_numpy(), rel=1e-6)
    assert found.df == pytest.approx(theirs(model, "df_kr").to_numpy(), rel=1e-6)


@pytest.mark.parametrize("model", [name for name in MODELS if name != "alike"])
def test_degrees_of_freedom_equal_those_of_satterthwaite_in_lmertest(model):
    assert satterthwaite(fitted(model)).df == pytest.approx(theirs(model, "df").to_numpy(), rel=1e-6)


def test_satterthwaite_has_no_degrees_of_freedom_for_a_variance_at_zero():
    assert np.isnan(satterthwaite(fitted("alike")).df).all()


@pytest.mark.parametrize(("model", "adjusted"), [("panel_means", False), ("panel_adjusted", True)])
def test_the_estimate_equals_that_of_lme4_with_pbkrtest(model, adjusted):
    found = estimate(
        as_panel(
            panel(),
            measure="score",
            unit="unit",
            outcome="outcome",
            baseline="baseline" if adjusted else None,
            arm="arm",
            change="change",
            comparison="comparison",
            cluster="classroom",
            covariates=("age",) if adjusted else (),
        ),
        estimator="mixed_model",
    )
    expected = {name: theirs(model, name)["change"] for name in ("value", "se_kr", "df_kr", "p_kr")}
    assert {"value": found.value, "se_kr": found.se, "df_kr": found.df, "p_kr": found.p} == pytest.approx(
        expected, rel=1e-6
    )
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
    variances = found.coefficients.set_index("term").value
    assert variances["variance[classroom]"] == pytest.approx(theirs(model, "between")["intercept"], rel=1e-6)
    assert variances["variance[residual]"] == pytest.approx(theirs(model, "residual")[""], rel=1e-6)
