"""Effect sizes: refusals, and what happens to missing values."""

import numpy as np
import pytest

from cycles.core.errors import DesignError
from cycles.study.inference import hedges_g


def code_of(change, comparison):
    with pytest.raises(DesignError) as found:
        hedges_g(change, comparison)
    return found.value.code


def test_missing_values_are_left_out():
    assert hedges_g([5, 6, 7, np.nan], [4, np.nan, 5, 6]).g == hedges_g([5, 6, 7], [4, 5, 6]).g


def test_it_says_itself():
    assert hedges_g([5, 6, 7], [4, 5, 6]).text == "Hedges g +0.800 (95% interval -0.555 to +2.155; 6 units)."


def test_one_value_no_spread_and_infinity_are_refused():
    assert code_of([1.0], [1.0, 2.0]) == "CY306"
    assert code_of([1.0, 1.0], [1.0, 1.0 + 1e-12]) == "CY304"
    assert code_of([1.0, np.inf], [1.0, 2.0]) == "CY309"
