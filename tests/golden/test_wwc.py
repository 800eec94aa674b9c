"""Effect sizes of the What Works Clearinghouse against its formulas computed in R (make.R beside the numbers)."""

from pathlib import Path

import pandas as pd
import pytest

import cycles as cy
from cycles.study.inference.wwc import wwc_effect

HERE = Path(__file__).parent / "wwc"
EXACT = {"rel": 1e-10, "abs": 1e-12}


def rows_of(name: str) -> list:
    return list(pd.read_csv(HERE / name).itertuples(index=False))


@pytest.mark.parametrize("row", rows_of("effects.csv"), ids=lambda row: f"{row.kind}-{row.value}")
def test_g_and_its_standard_error_follow_the_handbook(row):
    clustered = row.kind != "unit"
    found = wwc_effect(
        row.value,
        sd=row.sd,
        se=row.se,
        n_change=row.n_change,
        n_comparison=row.n_comparison,
        n_clusters=int(row.n_clusters) if clustered else None,
        icc=row.icc if clustered else None,
        knows_clusters=row.kind != "blind",
        n_covariates=row.n_covariates,
    )
    ours = (found.df, found.omega, found.gamma, found.g, found.se)
    assert ours == pytest.approx((row.df, row.omega, row.gamma, row.g, row.g_se), **EXACT)


@pytest.mark.parametrize("row", rows_of("cox.csv"), ids=lambda row: f"{row.change}-{row.comparison}")
def test_the_cox_index_and_its_standard_error_follow_the_handbook(row):
    found = cy.cox_index(row.change, row.comparison, n_change=row.n_change, n_comparison=row.n_comparison)
    assert (found.without_omega, found.index, found.se) == pytest.approx(
        (row.without_omega, row.index, row.se), **EXACT
    )


@pytest.mark.parametrize("row", rows_of("corrections.csv"), ids=lambda row: f"{row.g}-{row.icc}")
def test_the_correction_of_appendix_f_follows_the_handbook(row):
    found = cy.clustering_correction(
        row.g, n_change=row.n_change, n_comparison=row.n_comparison, n_clusters=row.n_clusters, icc=row.icc
    )
    assert (found.t_ignoring, found.t, found.df, found.p) == pytest.approx(
        (row.t_ignoring, row.t, row.df, row.p), **EXACT
    )


@pytest.mark.parametrize("row", rows_of("panel.csv"), ids=lambda row: f"{row.estimator}-{row.kind}")
def test_an_estimate_carries_it(row):
    adjusted = row.estimator == "ancova"
    panel = cy.as_panel(
        pd.read_csv(HERE.parent / "cluster_variance" / "panel.csv"),
        measure="score",
        unit="unit",
        outcome="outcome",
        baseline="baseline",
        arm="arm",
        change="change",
        comparison="comparison",
        cluster="classroom",
        covariates=("age",) if adjusted else (),
        design="student_comparison" if row.kind == "unit" else "cluster_comparison",
    )
    found = cy.estimate(panel, estimator=row.estimator, variance="CR2" if row.kind == "knows" else "HC2")
    assert found.effect_size_wwc == pytest.approx(
        row.g, rel=1e-6
    )  # the intra-class correlation comes from two optimisers
    assert found.effect_size_wwc_se == pytest.approx(row.g_se, rel=1e-6)
