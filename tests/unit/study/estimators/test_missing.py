"""Missing outcomes, baselines and covariates: what is drawn is never told as observed, and what cannot be drawn is refused."""

import numpy as np
import pandas as pd
import pytest
from tests.panels import small_frame, small_panel

from cycles.core.errors import DesignError
from cycles.plan.method import EstimateSpec, Missing
from cycles.study.estimators import estimate
from cycles.study.inference import incomplete_normal as normal
from cycles.study.inference.imputation import imputations
from cycles.study.inference.rubin import pooled
from cycles.study.inference.sample import take_sample

FEW = Missing(method="multiple_imputation", imputations=4, rounds=2)
FIML = Missing(method="fiml")


def with_gaps(**options) -> pd.DataFrame:
    """The small frame without a tenth of its outcomes, baselines and lunches."""
    frame, draw = small_frame(**options), np.random.default_rng(8)
    for column in ("after", "before", "lunch"):
        frame[column] = frame[column].mask(draw.random(len(frame)) < 0.1)
    return frame


@pytest.mark.parametrize("how", [FEW, FIML, Missing(method="multiple_imputation", imputations=3, clusters="means")])
def test_the_numbers_of_units_count_observed_outcomes_only(how):
    frame = with_gaps()
    found = estimate(small_panel(frame, covariates=("lunch",)), estimator="ancova", missing=how)
    observed = int(frame["after"].notna().sum())
    assert (found.state, found.n, found.n_missing) == ("estimated", observed, len(frame) - observed)
    assert sum(found.n_by_arm.values()) == observed
    assert found.facts.get("n_imputed", 0) in (0, len(frame) - observed)
    assert "left out" not in found.missing_handling
    assert found.effect_size_wwc is not None


def test_the_same_seed_draws_the_same_values_and_another_seed_others():
    panel = small_panel(with_gaps())
    spec = EstimateSpec(estimator="ancova", missing=FEW)
    one, again, other = (estimate(panel, estimator=spec, seed=seed) for seed in (1, 1, 2))
    assert one.value == again.value != other.value


def test_observed_values_are_never_changed_and_drawn_ones_come_from_the_same_arm():
    frame = with_gaps()
    whole = take_sample(small_panel(frame), baseline=True, covariates=True, whole=True)
    gaps = np.isnan(whole.outcome)
    for one in imputations(whole, how=FEW, seed=3):
        assert np.array_equal(one.outcome[~gaps], whole.outcome[~gaps])
        for code in (0, 1):
            drawn = one.outcome[gaps & (one.arm == code)]
            assert set(drawn) <= set(whole.outcome[~gaps & (whole.arm == code)])


def test_levels_of_a_text_are_drawn_together():
    frame = with_gaps()
    frame["lunch"] = frame["lunch"].mask(frame["age"] > 11, "brings")
    whole = take_sample(small_panel(frame, covariates=("lunch",)), baseline=True, covariates=True, whole=True)
    assert whole.covariates.shape[1] == 2
    for one in imputations(whole, how=FEW, seed=3):
        assert set(one.covariates.sum(axis=1)) <= {0.0, 1.0}


def test_nothing_missing_gives_the_plain_estimate():
    plain = estimate(small_panel(), estimator="ancova")
    drawn = estimate(small_panel(), estimator="ancova", missing=FEW)
    likely = estimate(small_panel(), estimator="ancova", missing=FIML)
    assert drawn.value == pytest.approx(plain.value, rel=1e-12)
    assert drawn.se == pytest.approx(plain.se, rel=1e-12)
    assert drawn.facts["missing_information"] == 0
    assert likely.value == pytest.approx(plain.value, rel=1e-9)
    assert likely.se == pytest.approx(plain.se, rel=1e-6)
    assert likely.df == pytest.approx(plain.df, rel=1e-9)


def test_a_difference_in_means_is_drawn_with_the_baseline_and_estimated_without():
    found = estimate(small_panel(with_gaps()), estimator="difference_in_means", missing=FEW)
    assert found.coefficients.term.tolist() == ["intercept", "arm[change]"]
    assert found.df < estimate(small_panel(), estimator="difference_in_means").df


def test_with_three_classrooms_an_arm_the_drawn_estimate_is_described_only():
    found = estimate(small_panel(with_gaps(n_clusters=6, size=16)), estimator="ancova", missing=FEW)
    assert (found.state, found.code, found.p, found.low) == ("degraded", "CY307", None, None)
    assert found.value is not None


def test_too_few_known_values_in_an_arm_are_refused():
    frame = with_gaps()
    frame.loc[(frame.group == "change") & (frame.index > 3), "age"] = np.nan
    found = estimate(small_panel(frame, covariates=("age",)), estimator="ancova", missing=FEW)
    assert (found.state, found.code, found.value) == ("not_estimable", "CY317", None)


@pytest.mark.parametrize(
    ("estimator", "how"), [("entropy_balanced", FEW), ("mixed_model", FIML), ("difference_in_differences", FIML)]
)
def test_what_does_not_go_together_is_refused(estimator, how):
    found = estimate(small_panel(with_gaps()), estimator=estimator, missing=how)
    assert (found.state, found.code) == ("not_estimable", "CY310")


def test_full_information_does_not_take_weights():
    frame = with_gaps().assign(weight=2.0)
    found = estimate(small_panel(frame, weight="weight"), estimator="ancova", missing=FIML)
    assert (found.state, found.code) == ("not_estimable", "CY310")


def test_resampling_that_was_asked_for_is_said_not_to_be_made():
    found = estimate(small_panel(with_gaps()), estimator="ancova", missing=FEW, resampling=("wild_bootstrap",))
    assert found.resampled == ()
    assert any("Asked for, but not made" in one for one in found.conventions)


def test_full_information_stands_where_its_likelihood_is_flat_and_says_when_it_is_not(monkeypatch):
    draw = np.random.default_rng(2)
    data = draw.normal(size=(60, 3)) @ np.array([[1, 0.5, 0.2], [0, 1, 0.3], [0, 0, 1]])
    data[draw.random(data.shape) < 0.15] = np.nan
    data = data[~np.isnan(data).all(axis=1)]
    fit = normal.incomplete_normal(data, np.column_stack([np.ones(len(data)), np.arange(len(data)) % 2]))
    assert np.abs(fit.influence().sum(axis=0)).max() < 1e-6
    monkeypatch.setattr(normal, "MOST_STEPS", 2)
    with pytest.raises(DesignError) as refused:
        normal.incomplete_normal(data, np.ones((len(data), 1)))
    assert refused.value.code == "CY323"


def test_data_sets_that_agree_leave_the_degrees_of_freedom_nearly_as_they_were():
    found = pooled(np.full((5, 1), 1.0), np.full((5, 1), 0.3), np.full((5, 1), 18.0))
    assert (found.value[0], found.se[0], found.missing_information[0]) == pytest.approx((1.0, 0.3, 0.0))
    assert found.df[0] == pytest.approx(19 / 21 * 18)
