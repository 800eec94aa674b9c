"""A trial of 18 schools whose race columns add up to one: that is said, not hidden; without one of them the numbers are those of R."""

from pathlib import Path

import pandas as pd
import pytest

import cycles as cy
from cycles.core.vocabulary import Panel

EXPECTED = pd.read_csv(Path(__file__).parent / "expected.csv")
RACE = ("race_Black", "race_Hispanic")
ADJUSTING = ("ancova", "mixed_model", "propensity_weighted", "entropy_balanced", "nearest_neighbour")


def panel_of(shared, *covariates: str) -> Panel:
    return cy.as_panel(
        pd.read_csv(shared("data/reference/applied_jree.csv")), measure="referrals", outcome="odr_post", baseline="odr_pre", arm="trt",
        change="1", comparison="0", cluster="usid", covariates=("female", *covariates), outcome_unit="share", design="cluster_randomised",
        higher_is="worse",
    )  # fmt: skip


@pytest.mark.parametrize("estimator", ADJUSTING)
def test_cy305_both_columns_are_named_and_nothing_is_estimated(estimator, shared):
    found = cy.estimate(panel_of(shared, *RACE), estimator=estimator)
    assert (found.state, found.code, found.value, found.p) == ("not_estimable", "CY305", None, None)
    assert all(name in found.reason for name in RACE)


def test_the_check_names_them_too_and_forbids_a_decision(shared):
    panel = panel_of(shared, *RACE)
    findings = {one.name: one for one in cy.run_checks(cy.estimate(panel, estimator="ancova"), panel)}
    assert findings["collinearity"].code == "CY305"
    assert findings["collinearity"].blocking
    assert all(name in findings["collinearity"].text for name in RACE)


@pytest.mark.parametrize("row", list(EXPECTED.itertuples(index=False)), ids=lambda row: f"{row.kept}-{row.kind}")
def test_without_one_of_them_schools_are_the_clusters_as_in_r(row, shared):
    found = cy.estimate(panel_of(shared, row.kept), estimator="ancova", variance=row.kind)
    assert found.n_clusters_by_arm == {"0": 9, "1": 9}
    assert found.se_kind == f"{row.kind} by usid"
    assert (found.value, found.se) == pytest.approx((row.value, row.se), rel=1e-8)
    if row.kind == "CR2":
        assert found.df == pytest.approx(row.df, rel=1e-8)
