"""Matching and weighting against MatchIt, sandwich, clubSandwich and stacked estimating equations (make.R beside the numbers)."""

from pathlib import Path

import pandas as pd
import pytest

from cycles.core.vocabulary import Estimate
from cycles.study.designs import as_panel
from cycles.study.estimators import estimate

HERE = Path(__file__).parent
EXPECTED = pd.read_csv(HERE / "expected.csv")
NEIGHBOURS = {
    "linear_caliper": {"distance": "linear_propensity", "caliper": 0.02},
    "propensity": {"distance": "propensity", "caliper": "none"},
    "propensity_two": {"distance": "propensity", "ratio": 2},
    "mahalanobis": {"distance": "mahalanobis", "caliper": "none"},
    "replacement": {"caliper": "none", "replacement": True, "ratio": 2},
    "within_schools": {"caliper": 0.3},
}
SE = {
    "se_CR0_two_way": ("CR0", "classroom"),
    "se_CR0_sets": ("CR0", None),
    "se_CR2_sets": ("CR2", None),
    "df_CR2_sets": ("CR2", None),
    "se_CR0_unit": ("CR0", None),
    "se_CR0_classroom": ("CR0", "classroom"),
}


def case_of(name: str) -> tuple[str, dict, str | None, str | None]:
    """The estimator, its options, block and weight of a case."""
    if name in NEIGHBOURS:
        return "nearest_neighbour", NEIGHBOURS[name], "school" if name == "within_schools" else None, None
    weight = "weight" if name.endswith(("weighted_weighted", "1_weighted", "2_weighted")) else None
    if name.startswith("propensity_weighted"):
        return "propensity_weighted", {}, None, weight
    return "entropy_balanced", {"moments": int(name.removeprefix("entropy_balanced")[0])}, None, weight


def estimated(name: str, *, variance: str = "CR2", cluster: str | None = None, known: bool = False) -> Estimate:
    estimator, options, block, weight = case_of(name)
    frame = pd.read_csv(HERE / "panel.csv")
    panel = as_panel(
        frame, measure="outcome", outcome="outcome", baseline="baseline", arm="arm", change="change", comparison="comparison", unit="unit",
        covariates=("age", "meals"), cluster=cluster, block=block, weight=weight,
    )  # fmt: skip
    found = estimate(
        panel, estimator=estimator, variance=variance, options={**options, **({"weights": "known"} if known else {})}
    )
    assert found.state == "estimated", found.reason
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
    return found


def ours(name: str, quantity: str) -> float | None:
    if quantity in ("value", "n"):
        return getattr(estimated(name), quantity)
    if quantity == "effective_n":
        return estimated(name).facts["effective_n"]
    if quantity == "smd_baseline":
        return estimated(name).balance.set_index("covariate").smd_after["baseline"]
    kind, cluster = SE[quantity.removeprefix("known_")]
    found = estimated(name, variance=kind, cluster=cluster, known=quantity.startswith("known_"))
    return found.df if quantity.startswith("df") else found.se


@pytest.mark.parametrize(
    "row",
    [row for row in EXPECTED.itertuples(index=False) if row.quantity != "sum_of_comparison_rows"],
    ids=lambda row: f"{row.case}-{row.quantity}",
)
def test_the_number_equals_the_one_of_r(row):
    loose = row.quantity.startswith("se_CR0_") and row.case.startswith(("propensity_weighted", "entropy"))
    assert ours(row.case, row.quantity) == pytest.approx(row.value, rel=1e-6 if loose else 1e-8)


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_the_same_comparison_units_are_chosen_as_by_matchit(name):
    from cycles.study.estimators.nearest_neighbour import Options, _matches
    from cycles.study.inference.sample import take_sample
    from cycles.study.inference.weighted_arms import covariates_of

    _, options, block, _ = case_of(name)
    frame = pd.read_csv(HERE / "panel.csv")
    panel = as_panel(
        frame, measure="outcome", outcome="outcome", baseline="baseline", arm="arm", change="change", comparison="comparison", unit="unit",
        covariates=("age", "meals"), block=block,
    )  # fmt: skip
    sample = take_sample(panel, baseline=True, covariates=True)
    matches = _matches(sample, *covariates_of(sample), Options.model_validate(options))
    weights = matches.weights(sample.n)
    number = frame.unit.str[1:].astype(int).to_numpy()
    theirs = EXPECTED.set_index(["case", "quantity"]).value[name, "sum_of_comparison_rows"]
    assert (number * weights)[sample.arm == 0].sum() == pytest.approx(theirs, rel=1e-12)
