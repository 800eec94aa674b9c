"""Randomisation, wild bootstrap and cluster jackknife against brute force in base R: make.R fits every assignment and every sample anew."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate
from cycles.study.inference.arm_model import arm_model
from cycles.study.inference.assignments import assigned_groups
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.randomisation import randomisation
from cycles.study.inference.sample import take_sample
from cycles.study.inference.wild_bootstrap import wild_cluster_bootstrap

HERE = Path(__file__).parent / "resampling"
EXPECTED = pd.read_csv(HERE / "expected.csv")
LEVEL = 0.90


def panel_of(model: str, clusters: int = 10):
    frame = pd.read_csv(HERE / "panel.csv")
    return as_panel(
        frame[frame.classroom.isin(sorted(frame.classroom.unique())[:clusters])],
        measure="score",
        unit="unit",
        outcome="outcome",
        baseline="baseline",
        arm="arm",
        change="change",
        comparison="comparison",
        cluster="classroom",
        block="school" if model.endswith("_blocks") else None,
        covariates=("age",) if model.startswith("ancova") else (),
        design="cluster_randomised",
    )


def model_of(panel, model: str):
    """The same model as the estimator's, for what no public verb chooses: the kind of weights, and two clusters in an arm."""
    sample = take_sample(panel, baseline=not model.startswith("difference_in_means"), covariates=True)
    if model.startswith("difference_in_differences"):
        return sample, arm_model(sample, response=sample.outcome - sample.baseline, baseline=False)
    return sample, arm_model(sample, response=sample.outcome, baseline=True)


def expected(kind: str) -> list:
    return [pytest.param(row, id=f"{row.model}-{row.clusters}") for row in EXPECTED[EXPECTED.kind == kind].itertuples()]


def assert_same(found, row) -> None:
    assert (found.p, found.draws, found.exact) == (pytest.approx(row.p, rel=1e-12), row.draws, True)
    assert found.attainable == pytest.approx(row.attainable, rel=1e-12)
    for field in ("low", "high"):
        theirs = getattr(row, field)
        ours = getattr(found, field)
        assert ours is None if np.isnan(theirs) else ours == pytest.approx(theirs, rel=1e-8, abs=1e-9), field


@pytest.mark.parametrize("row", [one for one in expected("randomisation") if one.values[0].clusters == 10])
def test_randomisation_equals_every_assignment_fitted_anew(row):
    panel = panel_of(row.model)
    found = estimate(
        panel, estimator=row.model.removesuffix("_blocks"), level=LEVEL, resampling=("randomisation",), draws=300
    )
    assert found.value == pytest.approx(row.value, rel=1e-12)
    assert_same(found.resampled[0], row)


@pytest.mark.parametrize("row", [one for one in expected("randomisation") if one.values[0].clusters == 4])
def test_two_against_two_clusters_can_be_assigned_in_six_ways(row):
    sample, model = model_of(panel_of(row.model, 4), row.model)
    groups = assigned_groups(sample, by_unit=False)
    found = randomisation(sample, model, groups, draws=99, level=LEVEL, seed=0)
    assert_same(found, row)


@pytest.mark.parametrize("kind", ["rademacher", "webb"])
def test_the_wild_bootstrap_equals_every_sample_fitted_anew(kind):
    for row in EXPECTED[EXPECTED.kind == kind].itertuples():
        sample, model = model_of(panel_of(row.model, row.clusters), row.model)
        fit = least_squares(model.response, model.design, model.terms)
        found = wild_cluster_bootstrap(fit, model.focus, sample.clusters, draws=1300, level=LEVEL, seed=0, weights=kind)
        assert_same(found, row)


@pytest.mark.parametrize("row", expected("jackknife"))
def test_the_cluster_jackknife_equals_the_models_without_each_cluster(row):
    found = estimate(panel_of(row.model), estimator=row.model.removesuffix("_blocks"), variance="CR3", level=LEVEL)
    assert (found.se_kind, found.df) == ("CR3 by classroom", row.draws - 1)
    for field in ("value", "low", "high", "p"):
        assert getattr(found, field) == pytest.approx(getattr(row, field), rel=1e-9), field
