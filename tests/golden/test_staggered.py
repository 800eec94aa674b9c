"""Staggered starts by three methods against regressions in base R (make.R), with standard errors by brute force."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cycles as cy

HERE = Path(__file__).parent / "staggered"
EXPECTED = pd.read_csv(HERE / "expected.csv")


def found_by(method: str, **options: object):
    panel = cy.as_series(
        pd.read_csv(HERE / "panel.csv"),
        measure="value",
        value="value",
        time="period",
        series="series",
        started="began",
        change="joined",
        design="staggered_starts",
    )
    comparison = "not_yet_started" if method == "callaway_santanna" else "never_started"
    return cy.estimate(
        panel, estimator="staggered_starts", options={"method": method, "comparison": comparison, **options}
    )


@pytest.mark.parametrize("method", sorted(EXPECTED.method.unique()))
@pytest.mark.parametrize("field", ["value", "se", "df"])
def test_every_method_is_its_regression_in_r(method, field):
    ours = found_by(method).coefficients.set_index("term")
    theirs = EXPECTED[EXPECTED.method == method].set_index("term")
    np.testing.assert_allclose(ours.loc[theirs.index, field].astype(float), theirs[field], rtol=1e-9)


@pytest.mark.parametrize("method", sorted(EXPECTED.method.unique()))
@pytest.mark.parametrize("aggregate", ["overall", "by_time", "by_group"])
def test_the_second_route_gives_the_same_headline(method, aggregate):
    found = found_by(method, aggregate=aggregate)
    if (method, aggregate) == ("sun_abraham", "by_group"):
        assert found.second_route is None
    else:
        assert found.second_route == pytest.approx(found.value, rel=1e-9)


def test_two_way_fixed_effects_is_the_regression_with_dummies():
    rows = pd.read_csv(HERE / "panel.csv")
    rows["under"] = (rows.period >= rows.began).astype(float)
    found = cy.fit_two_way_effects(rows, outcome="value", predictors=("under",), unit="series", period="period")
    design = np.column_stack([rows.under, pd.get_dummies(rows.series), pd.get_dummies(rows.period)[range(2, 9)]])
    expected = np.linalg.lstsq(design.astype(float), rows.value, rcond=None)[0][0]
    assert found.coefficients.value[0] == pytest.approx(expected, rel=1e-10)
    assert found_by("imputation").facts["two_way_fixed_effects"] == pytest.approx(expected, rel=1e-10)
