"""The second inference: when it is told, what it respects, and that neither names nor order nor units change it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.panels import small_frame, small_panel

from cycles.core.errors import ParameterError
from cycles.core.vocabulary import SeriesBreak
from cycles.plan.method import EstimateSpec
from cycles.study.estimators import estimate, estimate_by_subgroup
from cycles.study.inference.arm_model import ArmModel, arm_model
from cycles.study.inference.assignments import Assigned, assigned_groups
from cycles.study.inference.jackknife import leave_one_out
from cycles.study.inference.least_squares import least_squares
from cycles.study.inference.randomisation import randomisation
from cycles.study.inference.sample import Sample, take_sample
from cycles.study.inference.wild_bootstrap import wild_cluster_bootstrap

BOTH = ("randomisation", "wild_bootstrap")
seeds = st.integers(0, 2**16)


def panel_of(n_clusters=20, seed=3, size=8, **options):
    return small_panel(small_frame(n_clusters=n_clusters, size=size, seed=seed), **options)


def both(panel, *, estimator="ancova", **options):
    return {one.kind: one for one in estimate(panel, estimator=estimator, resampling=BOTH, **options).resampled}


def test_enough_clusters_get_none_unless_it_is_asked_for():
    assert estimate(panel_of(12), estimator="ancova").resampled == ()
    assert [one.kind for one in estimate(panel_of(12), estimator="ancova", resampling=BOTH[1:]).resampled] == [BOTH[1]]
    assert [one.kind for one in estimate(panel_of(12), estimator="ancova", resampling=BOTH[:1]).resampled] == [BOTH[0]]


def test_fewer_than_six_clusters_in_an_arm_get_both_unasked():
    found = estimate(panel_of(11), estimator="ancova")
    assert [one.kind for one in found.resampled] == list(BOTH)
    assert all(0 < one.attainable <= one.p <= 1 for one in found.resampled)
    assert all(one.low < found.value < one.high for one in found.resampled)
    assert found.resampled[0].exact
    assert found.resampled[0].draws == 462
    assert any("as if chance had decided" in one for one in found.conventions)
    for one in found.resampled:
        assert one.text in found.text
        assert f"p = {one.p:.3g}" in one.text


def test_where_chance_decided_nothing_is_taken_as_if():
    found = estimate(panel_of(10, design="cluster_randomised"), estimator="ancova")
    assert not any("as if chance" in one for one in found.conventions)


def test_below_ten_clusters_the_bootstrap_says_that_it_is_too_ready():
    few, more = (estimate(panel_of(n_clusters), estimator="ancova") for n_clusters in (8, 10))
    assert any("somewhat too often" in one for one in few.conventions)
    assert not any("somewhat too often" in one for one in more.conventions)


def test_the_file_asks_and_the_run_gives_the_seed():
    spec = EstimateSpec(estimator="ancova", resampling=("wild_bootstrap",), draws=499)
    one, again, other = (estimate(panel_of(), estimator=spec, seed=seed).resampled[0] for seed in (5, 5, 6))
    assert (one.draws, one.seed, one.exact) == (500, 5, False)
    assert one == again
    assert other.low != one.low


def test_each_group_gets_its_own():
    panel = panel_of(8, size=30, subgroups=("lunch",))
    found = estimate_by_subgroup(panel, estimator=EstimateSpec(estimator="ancova"), seed=4)
    assert {len(one.resampled) for one in found.values()} == {2}
    assert {one.resampled[1].seed for one in found.values()} == {4}


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"resampling": ("bootstrap",)}, "CY102"),
        ({"resampling": BOTH, "draws": 98}, "CY105"),
        ({"resampling": BOTH, "seed": -1}, "CY105"),
    ],
)
def test_a_kind_that_is_not_known_too_few_draws_and_a_seed_below_zero_are_refused(options, code):
    with pytest.raises(ParameterError) as wrong:
        estimate(panel_of(), estimator="ancova", **options)
    assert wrong.value.code == code


def test_a_method_that_is_not_least_squares_says_that_it_was_not_resampled():
    found = estimate(panel_of(), estimator="mixed_model", resampling=BOTH)
    assert found.resampled == ()
    assert "Asked for, but not made: randomisation inference and wild bootstrap" in found.conventions[-1]
    assert not any("Asked for" in one for one in estimate(panel_of(8), estimator="mixed_model").conventions)


@pytest.mark.parametrize("estimator", ["propensity_weighted", "nearest_neighbour"])
def test_neither_do_weighted_and_matched_comparisons(estimator):
    found = estimate(panel_of(covariates=("age",)), estimator=estimator, resampling=BOTH)
    assert (found.state, found.resampled) == ("estimated", ())
    assert "Asked for, but not made" in found.conventions[-1]


def test_an_effect_across_a_series_break_is_described_only():
    breaks = (SeriesBreak(measure="score", at="2026", because="new wording", origin="declared"),)
    found = estimate(panel_of(10, breaks=breaks), estimator="difference_in_differences")
    assert (found.code, found.resampled) == ("CY221", ())


def test_what_cannot_be_estimated_is_not_resampled():
    frame = small_frame(n_clusters=8).assign(after=1.0)
    assert estimate(small_panel(frame), estimator="ancova", resampling=BOTH).resampled == ()


def test_three_clusters_an_arm_are_told_the_smallest_p_and_no_p():
    found = estimate(panel_of(6), estimator="ancova")
    assert (found.p, found.resampled[0].p, found.resampled[0].low) == (None, None, None)
    assert found.resampled[0].attainable == pytest.approx(0.1)
    assert "the smallest p that can be reached is 0.1 (20 in all)" in found.text


def test_one_group_has_nothing_to_assign():
    frame = small_frame(n_clusters=10).query("group == 'change'")
    panel = small_panel(frame, comparison=None, design="one_group_pre_post")
    found = estimate(panel, estimator="difference_in_means", resampling=BOTH)
    assert [one.kind for one in found.resampled] == ["wild_bootstrap"]
    assert found.conventions[-1].endswith("randomisation inference; nothing was assigned.")
    few = small_panel(frame[frame.classroom < "c05"], comparison=None, design="one_group_pre_post")
    assert estimate(few, estimator="difference_in_means").resampled == ()


def test_without_clusters_units_are_assigned_and_bootstrapped():
    found = both(panel_of(4, cluster=None), draws=500)
    assert "units assigned anew" in found["randomisation"].how
    assert "Rademacher" in found["wild_bootstrap"].how
    assert found["wild_bootstrap"].p == pytest.approx(found["randomisation"].p, abs=0.05)


def crossed(**options):
    frame = small_frame(n_clusters=10)
    return small_panel(frame.assign(group=np.where(np.arange(len(frame)) % 2, "change", "comparison")), **options)


def test_arms_within_a_classroom_are_assigned_by_student_only_where_the_design_says_so():
    assert "units assigned anew" in both(crossed(design="student_randomised"))["randomisation"].how
    found = estimate(crossed(design="cluster_comparison"), estimator="ancova", resampling=BOTH)
    assert [one.kind for one in found.resampled] == ["wild_bootstrap"]
    assert "how the change was assigned is not known" in found.conventions[-1]


def test_few_clusters_that_hold_both_arms_are_described_without_a_smallest_p():
    frame = small_frame(n_clusters=3, size=16)
    mixed = frame.assign(group=np.where(np.arange(len(frame)) % 2, "change", "comparison"))
    found = estimate(small_panel(mixed, design="cluster_comparison"), estimator="ancova")
    assert (found.code, found.resampled) == ("CY307", ())


def test_a_classroom_in_two_blocks_cannot_be_assigned_within_blocks():
    frame = small_frame(n_clusters=10)
    split = frame.assign(school=[f"h{place % 2}" for place in range(len(frame))])
    panel = small_panel(split, block="school", design="cluster_comparison")
    sample = take_sample(panel, baseline=True, covariates=True)
    assert assigned_groups(sample, by_unit=False) is None


def test_assignments_stay_within_blocks_and_leave_other_arms_alone():
    assigned = Assigned(arm=np.array([1, 0, 1, 0, 0, 2, 1, 1]), stratum=np.array([0, 0, 1, 1, 1, 1, 2, 2]))
    assert assigned.n_ways == 2 * 3
    (every,) = assigned.every_way()
    drawn = np.vstack(list(assigned.drawn_ways(400, seed=1)))
    assert (drawn[0] == assigned.actual).all()
    assert {tuple(row) for row in drawn} == {tuple(row) for row in every}
    assert (every[:, :2].sum(axis=1) == 1).all()
    assert (every[:, 2:5].sum(axis=1) == 1).all()
    assert (every[:, 5] == 0).all()
    assert (every[:, 6:] == 1).all()


def test_a_third_arm_stays_in_the_model_and_where_it_is():
    frame = small_frame(n_clusters=15)
    third = frame.assign(group=np.where(frame.classroom > "c09", "other", frame.group))
    found = both(small_panel(third, others="keep"))
    assert (found["randomisation"].draws, found["randomisation"].exact) == (252, True)


def test_an_effect_that_no_assignment_matches_has_the_smallest_p():
    found = both(small_panel(small_frame(n_clusters=10, effect=30)))
    assert found["randomisation"].p == found["randomisation"].attainable == pytest.approx(2 / 252)
    assert found["wild_bootstrap"].p == pytest.approx(1 / 2001)


def test_where_even_the_smallest_p_is_above_the_level_there_is_no_interval():
    frame = small_frame(n_clusters=8)
    found = both(small_panel(frame, block="school"))["randomisation"]
    assert (found.draws, found.low, found.high) == (36, None, None)
    assert "and no 95% interval" in found.text
    bootstrap = fitted(small_panel(small_frame(n_clusters=4)), draws=99, weights="rademacher")
    assert (bootstrap.attainable, bootstrap.low, bootstrap.high) == (0.125, None, None)


def fitted(panel, *, draws=2000, level=0.95, weights=None):
    sample = take_sample(panel, baseline=True, covariates=True)
    model = arm_model(sample, response=sample.outcome, baseline=True)
    fit = least_squares(model.response, model.design, model.terms)
    return wild_cluster_bootstrap(fit, model.focus, sample.clusters, draws=draws, level=level, seed=0, weights=weights)


def test_a_wide_jump_is_told_with_one_end():
    one = both(panel_of(10))["randomisation"]
    assert replace(one, low=None).text.startswith("Randomisation inference: p = ")
    assert "interval to +" in replace(one, low=None).text


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_order_and_names_do_not_change_what_is_drawn(seed):
    frame = small_frame(n_clusters=16, size=6, seed=seed)
    renamed = frame.assign(
        classroom="z" + frame.classroom.str[::-1],
        school=frame.school.map({"h0": "q", "h1": "p", "h2": "b", "h3": "a"}),
        group=frame.group.map({"change": "Z", "comparison": "A"}),
    ).sample(frac=1, random_state=seed)
    one = both(small_panel(frame, block="school"), draws=199)
    other = both(small_panel(renamed, block="school", change="Z", comparison="A"), draws=199)
    for kind in BOTH:
        assert other[kind].p == one[kind].p
        assert (other[kind].low, other[kind].high) == pytest.approx((one[kind].low, one[kind].high), abs=1e-7)


@settings(max_examples=15, deadline=None)
@given(seed=seeds)
def test_swapping_the_arms_turns_the_sign_of_the_interval(seed):
    frame = small_frame(n_clusters=13, size=6, seed=seed)
    one = both(small_panel(frame), draws=199)
    other = both(small_panel(frame, change="comparison", comparison="change"), draws=199)
    for kind in BOTH:
        assert other[kind].p == one[kind].p
        ends = [None if end is None else pytest.approx(-end, abs=1e-7) for end in (one[kind].high, one[kind].low)]
        assert [other[kind].low, other[kind].high] == ends


@settings(max_examples=15, deadline=None)
@given(seed=seeds, factor=st.floats(0.01, 100), constant=st.floats(-100, 100))
def test_a_change_of_unit_changes_the_interval_and_not_p(seed, factor, constant):
    frame = small_frame(n_clusters=12, size=6, seed=seed)
    one = both(small_panel(frame), draws=199)
    other = both(small_panel(frame.assign(after=frame.after * factor + constant)), draws=199)
    for kind in BOTH:
        assert other[kind].p == one[kind].p
        ends = (one[kind].low * factor, one[kind].high * factor)
        assert (other[kind].low, other[kind].high) == pytest.approx(ends, rel=1e-6, abs=1e-6)


def uneven(seed):
    """Classrooms of one to thirty students, so that some assignments show more of an effect than the actual one."""
    draw = np.random.default_rng(seed)
    arm = draw.permutation(np.repeat([0, 1], [4, 3]))
    rooms = np.repeat(np.arange(7), draw.integers(1, 30, size=7))
    baseline = draw.normal(size=len(rooms)) + draw.normal(size=7)[rooms]
    outcome = baseline + 0.5 * arm[rooms] + draw.normal(size=len(rooms))
    sample = Sample(
        ("no", "yes"), arm[rooms], outcome, baseline, np.empty((len(rooms), 0)), (), rooms, None, (), len(rooms), 0
    )
    return sample, arm_model(sample, response=outcome, baseline=True)


@settings(max_examples=60, deadline=None)
@given(seed=seeds, level=st.sampled_from([0.6, 0.8, 0.9]))
def test_the_interval_ends_where_p_falls_to_its_level_and_beyond_nothing_is_accepted(seed, level):
    sample, model = uneven(seed)
    found = randomisation(sample, model, sample.clusters, draws=99, level=level, seed=0)

    def p(effect):
        moved = replace(model, response=model.response - effect * model.design[:, model.focus])
        return randomisation(sample, moved, sample.clusters, draws=99, level=level, seed=0).p

    for end, outward in ((found.low, -1), (found.high, 1)):
        if end is None:
            assert found.attainable > 1 - level
            continue
        assert p(end - outward * 1e-6) > 1 - level + 1e-12
        assert all(p(end + outward * far) <= 1 - level + 1e-12 for far in (1e-6, 0.1, 1.0, 10.0, 1e3))


def test_an_assignment_that_the_other_terms_explain_counts_as_extreme():
    rooms = np.arange(12) // 2
    outcome, arm = np.array([3.0, 4, 5, 7, 6, 8, 1, 2, 3, 2, 1, 3]), np.array([1, 1, 1, 0, 0, 0])[rooms]
    told = np.array([1.0, 1, 0, 1, 0, 0])[rooms]
    design = np.column_stack([np.ones(12), arm, told])
    sample = Sample(("no", "yes"), arm, outcome, None, told[:, None], ("told",), rooms, None, (), 12, 0)
    model = ArmModel(outcome, design, ("intercept", "arm", "told"), 1, 3)
    found = randomisation(sample, model, rooms, draws=99, level=0.6, seed=0)
    assert found.p >= found.attainable >= 4 / 20  # as it was, its mirror, and the one explained and its mirror


def test_the_bootstrap_reads_many_clusters_in_parts(monkeypatch):
    from cycles.study.inference import wild_bootstrap

    whole = fitted(panel_of(20), draws=500)
    monkeypatch.setattr(wild_bootstrap, "CELLS", 20 * 100)
    assert fitted(panel_of(20), draws=500) == whole


def test_leaving_a_cluster_out_gives_the_fit_without_it():
    draw = np.random.default_rng(2)
    rooms = np.repeat(np.arange(6), 4)
    design = np.column_stack([np.ones(24), draw.normal(size=(24, 2))])
    outcome = draw.normal(size=24)
    fit = least_squares(outcome, design, ("intercept", "a", "b"))
    for room, moved in enumerate(leave_one_out(fit, rooms)):
        kept = rooms != room
        without = least_squares(outcome[kept], design[kept], fit.terms).coefficients
        assert fit.coefficients + moved == pytest.approx(without, rel=1e-10)


def test_the_jackknife_says_what_it_is():
    found = estimate(panel_of(), estimator="ancova", variance="CR3")
    assert (found.se_kind, found.df) == ("CR3 by classroom", 19)
    assert any("the cluster jackknife, factor (G-1)/G" in one for one in found.conventions)
    assert found.se > estimate(panel_of(), estimator="ancova", variance="CR1").se
