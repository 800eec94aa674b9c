"""The effect on compliers against AER, sandwich and clubSandwich; Anderson-Rubin intervals against a search (make.R beside the numbers)."""

from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from cycles.core.vocabulary import Estimate
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv").set_index(["case", "quantity"])["complier_effect"]
HOURS = {"strong": "hours", "weak": "weak_hours"}
KINDS = ("CR1", "CR2")


@cache
def of(case: str, variance: str) -> Estimate:
    panel = as_panel(
        pd.read_csv(HERE / "panel.csv"), measure="mark", outcome="mark", baseline="before", arm="arm", change="change",
        comparison="comparison", cluster="classroom", block="school", subgroups=tuple(HOURS.values()), design="student_randomised",
    )  # fmt: skip
    return estimate(
        panel, estimator="complier_effect", variance=variance, options={"received": HOURS[case], "at_least": 3}
    )


@pytest.mark.parametrize("case", HOURS)
def test_the_effect_and_the_first_stage_are_those_of_two_stage_least_squares_in_r(case):
    found = of(case, "CR2")
    assert found.value == pytest.approx(EXPECTED[case, "value"], rel=1e-9)
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
    assert found.facts["first_stage"] == pytest.approx(EXPECTED[case, "first_stage"], rel=1e-9)


@pytest.mark.parametrize("variance", ["classical", *KINDS])
def test_the_standard_error_is_that_of_r(variance):
    assert of("strong", variance).se == pytest.approx(EXPECTED["strong", f"se_{variance}"], rel=1e-9)


@pytest.mark.parametrize("case", HOURS)
@pytest.mark.parametrize("variance", KINDS)
def test_the_first_stage_f_is_that_of_r(case, variance):
    assert of(case, variance).facts["first_stage_f"] == pytest.approx(EXPECTED[case, f"f_{variance}"], rel=1e-9)


@pytest.mark.parametrize("variance", KINDS)
def test_the_anderson_rubin_interval_ends_where_a_search_ends(variance):
    facts = of("strong", variance).facts
    assert facts["anderson_rubin_low"] == pytest.approx(EXPECTED["strong", f"ar_low_{variance}"], rel=1e-9)
    assert facts["anderson_rubin_high"] == pytest.approx(EXPECTED["strong", f"ar_high_{variance}"], rel=1e-9)


def test_the_degrees_of_freedom_are_those_of_the_projected_design():
    assert of("strong", "CR2").df == pytest.approx(EXPECTED["strong", "df_CR2"], rel=1e-8)


def test_a_weak_first_stage_leaves_no_interval_of_two_stage_least_squares():
    found = of("weak", "CR2")
    assert (found.state, found.code, found.se, found.low, found.p) == ("degraded", "CY319", None, None, None)
