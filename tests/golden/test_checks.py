"""Checks' numbers against the papers' formulas computed in base R by other routes (make.R beside the numbers), and published ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cycles.study.checks import CHECKS
from cycles.study.checks.balance import standardised_difference
from cycles.study.designs.frames import as_panel
from cycles.study.estimators import estimate
from cycles.study.inference.alpha_spending import false_alarm, spending_bounds
from cycles.study.inference.arm_model import arm_model
from cycles.study.inference.multiplicity import benjamini_hochberg, holm
from cycles.study.inference.sample import take_sample
from cycles.study.inference.sensitivity import e_value, largest_bias, linear_route, risk_ratio, robustness_value

HERE = Path(__file__).parent / "checks"
EXPECTED = pd.read_csv(HERE / "expected.csv").set_index("name").value.to_dict()
P = (0.001, 0.04, 0.03, 0.2, 0.011, 0.04, 0.9)


def golden_panel():
    frame = pd.read_csv(HERE / "panel.csv")
    frame["older"] = (frame.age > 12).astype(float)
    return as_panel(
        frame,
        measure="score",
        unit="student",
        outcome="after",
        baseline="before",
        arm="group",
        change="change",
        comparison="comparison",
        cluster="classroom",
        covariates=("age",),
    )


def route():
    sample = take_sample(golden_panel(), baseline=True, covariates=True)
    return linear_route(arm_model(sample, response=sample.outcome, baseline=True), 2)


def asked_for(prefix: str) -> list[tuple[float, float]]:
    return [(float(name.split(":")[1]), value) for name, value in EXPECTED.items() if name.startswith(f"{prefix}:")]


def test_e_values_solve_their_equation():
    for ratio, expected in asked_for("e_value"):
        assert e_value(ratio) == pytest.approx(expected, rel=1e-6)
    for size, expected in asked_for("e_value_of_d"):
        assert e_value(risk_ratio(size)) == pytest.approx(expected, rel=1e-8)


def test_published_e_values_and_robustness_values_are_met():
    """VanderWeele & Ding (2017): 3.9 (1.8 to 8.7) gives 7.26 and 3.0. Cinelli & Hazlett (2020), table 1: 13.9% and 7.6%."""
    assert (round(e_value(3.9), 2), round(e_value(1.8), 1)) == (7.26, 3.0)
    f, limit = 4.184 / 783**0.5, 4.184 / 783**0.5 - 1.963 / 782**0.5
    assert (round(robustness_value(f), 3), round(robustness_value(limit), 3)) == (0.139, 0.076)


def test_robustness_values_solve_their_equation():
    for f, expected in asked_for("robustness_value"):
        assert robustness_value(f) == pytest.approx(expected, rel=1e-8)
    assert robustness_value(0.0) == robustness_value(-1.0) == 0.0


def test_benchmarks_are_what_nested_models_explain():
    found = route()
    assert (found.value, found.scale) == pytest.approx((EXPECTED["value"], EXPECTED["scale"]), rel=1e-9)
    for benchmark, term in zip(found.benchmarks, ("before", "age"), strict=True):
        assert benchmark.of_arm == pytest.approx(EXPECTED[f"of_arm:{term}"], rel=1e-8)
        assert benchmark.of_outcome == pytest.approx(EXPECTED[f"of_outcome:{term}"], rel=1e-8)
        assert largest_bias(found, benchmark) == pytest.approx(EXPECTED[f"bias:{term}"], rel=1e-8)


def test_standardised_differences_and_overlap_follow_austin():
    panel = golden_panel()
    found = CHECKS.get("balance")(estimate(panel, estimator="ancova"), panel).table.set_index("covariate")
    assert found.smd["baseline"] == pytest.approx(EXPECTED["smd:before"], rel=1e-9)
    assert found.smd["age"] == pytest.approx(EXPECTED["smd:age"], rel=1e-9)
    assert found.outside_share["baseline"] == pytest.approx(EXPECTED["outside:before"], rel=1e-12)
    older = (panel.table.age > 12).to_numpy(dtype=float)
    arms = (panel.table.arm == "change").to_numpy()
    assert standardised_difference(older[arms], older[~arms]) == pytest.approx(EXPECTED["smd:older"], rel=1e-9)


def test_adjusted_p_values_equal_those_of_r():
    assert holm(P) == pytest.approx([EXPECTED[f"holm:{at}"] for at in range(1, 8)], rel=1e-12)
    assert benjamini_hochberg(P) == pytest.approx([EXPECTED[f"bh:{at}"] for at in range(1, 8)], rel=1e-12)


@pytest.mark.parametrize("looks", ["five", "two", "uneven"])
def test_bounds_equal_those_of_another_integration(looks):
    rows = pd.read_csv(HERE / "bounds.csv").query("looks == @looks")
    assert spending_bounds(rows.information.tolist()) == pytest.approx(rows.bound.tolist(), abs=1e-4)
    assert false_alarm(rows.information.tolist(), rows.bound.tolist()) == pytest.approx(0.05, abs=1e-5)


def test_published_bounds_and_false_alarms_are_met():
    """Lan and DeMets, five equal looks; Armitage, McPherson and Rowe (1969), table 2, at 1.96."""
    assert spending_bounds(np.arange(1, 6) / 5) == pytest.approx([4.877, 3.357, 2.680, 2.290, 2.031], abs=6e-4)
    for looks, expected in ((1, 0.05), (2, 0.083), (5, 0.142), (10, 0.193)):
        assert false_alarm(np.arange(1, looks + 1) / looks, [1.959964] * looks) == pytest.approx(expected, abs=6e-4)
