"""A case to decide, any part of which a test may replace."""

from datetime import date

import pytest

from cycles.act.decisions import decide
from cycles.core.vocabulary import Estimate
from cycles.plan.cycle_file import Prediction
from cycles.plan.rule import Decide, Fidelity, Harm


@pytest.fixture
def make_estimate():
    def make(value=0.20, se=0.05, **fields):
        sd = fields.pop("sd", 1.0)
        usual = {
            "id": "belonging",
            "estimand": "difference between arms",
            "estimator": "ancova",
            "design": "cluster_comparison",
            "state": "estimated",
            "df": 40.0,
            "low": value - 2 * se,
            "high": value + 2 * se,
            "n": 800,
            "n_clusters": 40,
            "n_clusters_by_arm": {"change": 20, "comparison": 20},
            "unit": "points",
            "sd": sd,
            "effect_size": value / sd if sd else None,
            "effect_size_se": se / sd if sd else None,
        }
        return Estimate(value=value, se=se, **{**usual, **fields})

    return make


@pytest.fixture
def not_estimable(make_estimate):
    nothing = dict.fromkeys(["low", "high", "df", "sd", "effect_size", "effect_size_se"])
    return make_estimate(state="not_estimable", code="CY304", reason="Every unit has the same outcome.", **nothing)


@pytest.fixture
def prediction():
    return Prediction(
        measure="belonging", direction="increase", size=0.2, worth_having=0.10, interval=(0.05, 0.35), probability=0.7
    )


@pytest.fixture
def rule():
    return Decide(
        on=date(2027, 1, 25), fidelity={"check_ins": Fidelity(at_least=1.5)}, balancing={"missed": Harm(worse_by=0.02)}
    )


@pytest.fixture
def call(make_estimate, prediction, rule):
    """Decide on the usual case with some parts replaced."""
    calm = make_estimate(0.001, 0.004, id="missed", unit="share of lesson time", sd=0.05, higher_is="worse")

    def make(estimate=None, findings=(), **parts):
        usual = {
            "rule": rule,
            "prediction": prediction,
            "balancing": {"missed": calm},
            "fidelity": {"check_ins": 2.0},
            "as_of": date(2027, 1, 25),
            "seal_state": "sealed_before_data",
        }
        return decide(estimate or make_estimate(), findings, **{**usual, **parts})

    return make
