"""Least squares: the same numbers as a plain solution, and collinear terms by name."""

import numpy as np
import pytest

from cycles.core.errors import DesignError
from cycles.study.inference.least_squares import collinear_terms, least_squares

DRAW = np.random.default_rng(2)
X = np.column_stack([np.ones(20), DRAW.normal(size=(20, 2)), 1e6 + 1e-3 * DRAW.normal(size=20)])
NAMES = ("intercept", "a", "b", "c")


def test_it_solves_the_normal_equations_whatever_the_scale_of_a_column():
    y = DRAW.normal(size=20)
    fit = least_squares(y, X, NAMES)
    assert X.T @ fit.residuals == pytest.approx(np.zeros(4), abs=1e-6)
    assert X @ fit.coefficients + fit.residuals == pytest.approx(y, abs=1e-5)
    narrow = least_squares(y, X[:, :3], NAMES[:3])
    assert narrow.bread == pytest.approx(np.linalg.inv(X[:, :3].T @ X[:, :3]))


@pytest.mark.parametrize(
    ("column", "named"),
    [
        (X[:, 1] - 2 * X[:, 2], ("a", "b", "d")),
        (np.zeros(20), ("d",)),
        (np.full(20, 3.0), ("d",)),
        (X[:, 1] * 1e-8, ("a", "d")),
    ],
)
def test_collinear_terms_are_named_and_the_others_are_not(column, named):
    design = np.column_stack([X[:, :3], column])
    assert collinear_terms(design, ("intercept", "a", "b", "d")) == named
    with pytest.raises(DesignError, match=", ".join(named)) as found:
        least_squares(X[:, 1], design, ("intercept", "a", "b", "d"))
    assert found.value.code == "CY305"


def test_a_long_list_of_collinear_terms_is_shortened():
    design = np.column_stack([DRAW.normal(size=(30, 9)), np.zeros(30)])
    design[:, 9] = design[:, :9].sum(axis=1)
    with pytest.raises(DesignError, match="and 4 more"):
        least_squares(DRAW.normal(size=30), design, tuple("abcdefghij"))
