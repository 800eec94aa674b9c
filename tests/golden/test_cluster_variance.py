"""Coefficients, standard errors, degrees of freedom, intervals and p-values against clubSandwich and base R (make.R beside the data)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate

HERE = Path(__file__).parent / "cluster_variance"
EXPECTED = pd.read_csv(HERE / "expected.csv")
CASES = sorted(set(EXPECTED[["model", "cluster", "kind"]].itertuples(index=False, name=None)))


def panel_of(model: str, cluster: str):
    adjusted = not model.startswith("difference_in_means")
    return as_panel(
        pd.read_csv(HERE / "panel.csv"),
        measure="score",
        unit="unit",
        outcome="outcome",
        baseline="baseline",
        arm="arm",
        change="change",
        comparison="comparison",
        cluster=None if cluster == "none" else cluster,
        block="school" if model.endswith("_blocks") else None,
        covariates=("age",) if adjusted else (),
    )


def ours_and_theirs(model: str, cluster: str, kind: str) -> pd.DataFrame:
    found = estimate(panel_of(model, cluster), estimator=model.removesuffix("_blocks"), variance=kind)
    theirs = EXPECTED.query("model == @model and cluster == @cluster and kind == @kind").copy()
    theirs["term"] = theirs.term.replace({"(Intercept)": "intercept", "armchange": "arm[change]"}).str.replace(
        r"^school(.*)$", r"block[\1]", regex=True
    )
    return found.coefficients.merge(theirs, on="term", suffixes=("", "_r"), validate="one_to_one")


@pytest.mark.parametrize(("model", "cluster", "kind"), CASES)
def test_every_coefficient_and_standard_error_equals_the_one_of_r(model, cluster, kind):
    both = ours_and_theirs(model, cluster, kind)
    assert len(both) == (EXPECTED[["model", "cluster", "kind"]] == [model, cluster, kind]).all(axis=1).sum()
    assert both.value.to_numpy(dtype=float) == pytest.approx(both.value_r.to_numpy(), rel=1e-9)
    assert both.se.to_numpy(dtype=float) == pytest.approx(both.se_r.to_numpy(), rel=1e-8)


@pytest.mark.parametrize(("model", "cluster", "kind"), [case for case in CASES if case[2] in ("CR2", "classical")])
def test_degrees_of_freedom_intervals_and_p_values_equal_those_of_r(model, cluster, kind):
    both = ours_and_theirs(model, cluster, kind)
    both = both[~both.term.str.startswith("block[")]
    for column in ("df", "low", "high", "p"):
        assert both[column].to_numpy(dtype=float) == pytest.approx(both[f"{column}_r"].to_numpy(), rel=1e-7), column


def test_the_second_route_agrees_with_the_first():
    for model, cluster, kind in CASES:
        found = estimate(panel_of(model, cluster), estimator=model.removesuffix("_blocks"), variance=kind)
        assert found.second_route == pytest.approx(found.value, rel=1e-10, abs=1e-12)


def test_change_within_one_group_equals_the_paired_t_test_of_r():
    panel = as_panel(
        pd.read_csv(HERE / "panel.csv"),
        measure="score",
        outcome="outcome",
        baseline="baseline",
        arm="arm",
        change="change",
        design="one_group_pre_post",
    )
    found = estimate(panel, estimator="difference_in_means")
    expected = pd.read_csv(HERE / "paired.csv").iloc[0]
    for field in ("value", "se", "df", "low", "high", "p"):
        assert getattr(found, field) == pytest.approx(expected[field], rel=1e-9), field
    assert found.conventions[0].startswith("Change within one group, not an effect")


def test_wide_models_take_the_same_values_as_narrow_ones():
    """Above a number of terms clusters are decomposed one by one; both ways must agree."""
    from cycles.study.inference import cluster_spectra, cluster_variance
    from cycles.study.inference.least_squares import least_squares

    seed = np.random.default_rng(5)
    design = np.column_stack([np.ones(60), seed.normal(size=(60, 4))])
    fit = least_squares(seed.normal(size=60), design, tuple("abcde"))
    clusters = seed.permutation(np.repeat(np.arange(12), 5))
    narrow = cluster_variance.coefficient_variance(fit, kind="CR2", clusters=clusters)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster_spectra, "MANY_TERMS", 1)
        wide = cluster_variance.coefficient_variance(fit, kind="CR2", clusters=clusters)
    assert wide.covariance == pytest.approx(narrow.covariance, rel=1e-10)
    assert wide.df == pytest.approx(narrow.df, rel=1e-10)
