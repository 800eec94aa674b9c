"""Plant the smallest effect that a method is said to find, and find it with the method itself: .78 to .82 of the time.

Shares have a Monte-Carlo error of .014 with 800 replicates; each planned power is judged by its 99.9% binomial band around .80,
widened by what the formula itself leaves out (.02).
"""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import erfinv

import cycles as cy
from cycles.plan.method import EstimateSpec
from cycles.plan.power import multiplier
from cycles.study.designs.detection_by_method import method_of

REPLICATES = 800
SLACK = 0.02


@pytest.fixture
def judge(capsys):
    """Assert that the planned effect is found about four times in five; the line is written past the capture, so that it is seen."""

    def judged(name: str, found: int, n: int = REPLICATES) -> None:
        line = f"{name:<38}found {found / n:.4f} of {n} (.80, Monte-Carlo error {np.sqrt(0.16 / n):.4f})"
        with capsys.disabled():
            sys.stdout.write(f"\n{line}")
        assert abs(found / n - 0.8) <= SLACK + 3.3 * np.sqrt(0.16 / n), line

    return judged


def two_arms(n: int, **columns):
    """Students of two arms drawn by lot; `columns` are what is known of them."""
    frame = pd.DataFrame({"arm": np.where(np.arange(n) % 2, "yes", "no"), **columns})
    extra = {name: (name,) for name in ("covariates", "received") if name in frame}
    return cy.as_panel(
        frame, measure="m", outcome="outcome", baseline="before" if "before" in frame else None, arm="arm", change="yes",
        comparison="no", design="student_randomised", **extra,
    )  # fmt: skip


def before_of(panel, baseline):
    """The panel with a baseline."""
    return replace(panel, table=panel.table.assign(baseline=np.asarray(baseline, dtype=float)))


def times_found(make, spec, *, seed: int, n: int = REPLICATES) -> int:
    draw = np.random.default_rng(seed)
    found = (cy.estimate(make(draw), estimator=spec) for _ in range(n))
    return sum(one.low is not None and one.low > 0 for one in found)


@pytest.mark.slow
def test_receipt(judge):
    n, spec = 400, EstimateSpec(estimator="complier_effect", options={"received": "received", "at_least": 1})
    change = np.arange(n) % 2 == 1

    def panel(draw, effect=0.0):
        received = change & (np.arange(n) % 10 < 6)
        return two_arms(n, received=received.astype(float), outcome=draw.normal(size=n) + effect * received)

    known = panel(np.random.default_rng(1))
    told = cy.can_detect(known, estimator=spec)
    judge("complier effect", times_found(lambda draw: panel(draw, told.mdes), spec, seed=2))


@pytest.mark.slow
def test_shares(judge):
    n, spec = 400, EstimateSpec(estimator="logistic")
    change = np.arange(n) % 2

    def panel(draw, effect=0.0):
        return two_arms(n, outcome=(draw.random(n) < 0.2 + effect * change).astype(float))

    before = panel(np.random.default_rng(3))
    told = cy.can_detect(before_of(before, np.arange(n) % 10 < 2), estimator=spec)
    judge("difference of shares", times_found(lambda draw: panel(draw, told.value), spec, seed=4))


@pytest.mark.slow
def test_ordered_answers(judge):
    n, spec = 300, EstimateSpec(estimator="ordinal")
    change = np.arange(n) % 2
    cuts = np.log(np.cumsum([0.1, 0.2, 0.4]) / (1 - np.cumsum([0.1, 0.2, 0.4])))

    def panel(draw, effect=0.0):
        latent = draw.logistic(size=n) + effect * change
        return two_arms(n, outcome=1.0 + np.searchsorted(cuts, latent))

    answers = np.repeat([1.0, 2, 3, 4], [30, 60, 120, 90])
    told = cy.can_detect(before_of(panel(np.random.default_rng(5)), answers), estimator=spec)
    judge("ordered answers", times_found(lambda draw: panel(draw, told.value), spec, seed=6))


@pytest.mark.slow
def test_a_dose_within_classrooms(judge):
    spec = EstimateSpec(estimator="dose_response", options={"dose": "received"})
    room = np.repeat(np.arange(32), 15)
    dose = np.random.default_rng(7).normal(10, 3, len(room))

    def panel(draw, effect=0.0):
        outcome = draw.normal(size=len(room)) * np.sqrt(0.85) + draw.normal(0, np.sqrt(0.15), 32)[room] + effect * dose
        frame = pd.DataFrame(
            {"arm": np.where(room % 2, "yes", "no"), "room": room, "received": dose, "outcome": outcome}
        )
        return cy.as_panel(
            frame, measure="m", outcome="outcome", arm="arm", change="yes", comparison="no", cluster="room",
            received=("received",), design="cluster_comparison",
        )  # fmt: skip

    method = method_of(panel(np.random.default_rng(8)), spec)
    told = cy.detectable(
        design_kind="cluster_comparison",
        n_clusters_by_arm={"no": 16, "yes": 16},
        units_per_cluster=15,
        icc=0.15,
        method=method,
    )
    judge("dose within classrooms", times_found(lambda draw: panel(draw, told.mdes), spec, seed=9))


@pytest.mark.slow
def test_a_weighted_comparison(judge):
    n, spec = 500, EstimateSpec(estimator="propensity_weighted")
    place = np.random.default_rng(10).normal(size=n)
    change = np.random.default_rng(11).random(n) < 1 / (1 + np.exp(1 - 0.8 * place))

    def panel(draw, effect=0.0):
        frame = pd.DataFrame({"arm": np.where(change, "yes", "no"), "place": place})
        frame["outcome"] = draw.normal(size=n) + effect * change
        return cy.as_panel(
            frame, measure="m", outcome="outcome", arm="arm", change="yes", comparison="no", covariates=("place",)
        )  # fmt: skip

    told = cy.can_detect(panel(np.random.default_rng(12)), estimator=spec)
    judge("comparison weighted by odds", times_found(lambda draw: panel(draw, told.mdes), spec, seed=13))


@pytest.mark.slow
def test_a_cutoff_with_the_nearer_half(judge):
    n, draw = 800, np.random.default_rng(14)
    told = cy.smallest_effect("rd", n=n, bandwidth=0.5, score="uniform")
    found = 0
    for _ in range(REPLICATES):
        score = draw.uniform(-1, 1, n)
        near = score[np.abs(score) <= 0.5]
        design = np.column_stack([np.ones(len(near)), near, near >= 0])
        outcome = near + told.mdes * (near >= 0) + draw.normal(size=len(near))
        inverse = np.linalg.inv(design.T @ design)
        fitted = inverse @ design.T @ outcome
        left = ((outcome - design @ fitted) ** 2).sum() / (len(near) - 3)
        found += fitted[2] > 1.966 * np.sqrt(left * inverse[2, 2])
    judge("cutoff, nearer half", int(found))


def series(draw, n_series: int, effect: float = 0.0):
    """Schools in three groups that begin in the sixth period, the eighth and never; neighbouring periods correlate by .5."""
    noise = draw.normal(size=(n_series, 12))
    for period in range(1, 12):
        noise[:, period] = 0.5 * noise[:, period - 1] + np.sqrt(0.75) * noise[:, period]
    began = np.array([2005.0, 2007.0, np.nan])[np.arange(n_series) % 3]
    frame = pd.DataFrame({
        "school": np.repeat([f"s{one:03d}" for one in range(n_series)], 12), "year": np.tile(np.arange(2000, 2012), n_series),
        "began": np.repeat(began, 12), "share": noise.ravel(),
    })  # fmt: skip
    frame["share"] += effect * (frame["year"] >= frame["began"])
    return cy.as_series(
        frame, measure="share", value="share", time="year", series="school", started="began", change="joined",
        design="staggered_starts",
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("estimator", "options"),
    [("staggered_starts", {}), ("staggered_starts", {"comparison": "not_yet_started"}), ("two_way_fixed_effects", {})],
)
def test_starts_at_different_times(estimator, options, judge):
    spec = EstimateSpec(estimator=estimator, options=options)
    many = cy.can_detect(series(np.random.default_rng(14), 3000), estimator=spec)
    times = 36 / 3000
    se = many.value / multiplier(many.df) / np.sqrt(times)
    effect = multiplier(many.df * times) * se
    name = f"{estimator} {options.get('comparison', '')}"
    judge(name, times_found(lambda draw: series(draw, 36, effect), spec, seed=15, n=400), 400)


@pytest.mark.slow
@pytest.mark.parametrize("n_cases", [1, 3])
def test_single_cases(n_cases, judge):
    spec = EstimateSpec(estimator="single_case")

    def panel(draw, apart=0.0):
        values = draw.normal(size=(n_cases, 24)) + apart * (np.arange(24) >= 12)
        frame = pd.DataFrame(
            {"student": np.repeat([f"s{one}" for one in range(n_cases)], 24), "day": np.tile(np.arange(24), n_cases)}
        )
        return cy.as_series(
            frame.assign(value=values.ravel(), began=12), measure="m", value="value", time="day", series="student", started="began",
            change="plan", design="single_case",
        )  # fmt: skip

    tau = cy.can_detect(panel(np.random.default_rng(16)), estimator=spec).value
    judge(
        f"single cases, {n_cases}",
        times_found(lambda draw: panel(draw, 2 * float(erfinv(tau))), spec, seed=17, n=600),
        600,
    )
