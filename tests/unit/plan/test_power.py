"""What a planned cycle can detect, in words and limits."""

import pytest

from cycles.core.errors import ParameterError
from cycles.plan.power import detectable, multiplier, smallest_effect

ARMS = {"change": 6, "comparison": 6}
WRONG = [{"correlation": 1.0}, {"attrition": 1.0}, {"level": 1.0}, {"power": 1.2}, {"r2": -0.1}, {"r2_cluster": 1.0}]


def test_the_sentence_is_in_the_measures_own_unit():
    told = detectable(
        design_kind="cluster_comparison", n_clusters_by_arm=ARMS, units_per_cluster=21, sd=0.8, unit="points"
    )
    assert told.value == pytest.approx(told.mdes * 0.8)
    assert told.text.startswith("This cycle can detect only a true effect of at least 0.")
    assert "points" in told.text
    assert "8 times in 10" in told.text


@pytest.mark.parametrize(("kind", "icc"), [("achievement", 0.20), ("other", 0.10)])
def test_an_assumed_icc_is_labelled(kind, icc):
    told = detectable(design_kind="cluster_comparison", n_clusters_by_arm=ARMS, units_per_cluster=21, measure_kind=kind)
    assert told.icc == icc
    assert f"assumes that {icc:.0%}" in told.text


def test_a_known_icc_is_not_called_assumed():
    told = detectable(design_kind="cluster_comparison", n_clusters_by_arm=ARMS, units_per_cluster=21, icc=0.05)
    assert "assumes" not in told.text


def test_a_negative_icc_counts_as_none():
    none, negative = (
        detectable(design_kind="cluster_comparison", n_clusters_by_arm=ARMS, units_per_cluster=21, icc=icc).mdes
        for icc in (0.0, -0.02)
    )
    assert none == negative


def test_two_clusters_an_arm_will_only_be_described():
    told = detectable(design_kind="cluster_comparison", n_clusters_by_arm={"a": 2, "b": 2}, units_per_cluster=21)
    assert "described only" in told.text


@pytest.mark.parametrize("arms", [{}, {"a": 5}, {"a": 1, "b": 1}, {"a": 5, "b": 0}])
@pytest.mark.parametrize("kind", ["cluster_comparison", "student_comparison"])
def test_an_empty_comparison_is_answered_without_a_number(kind, arms):
    told = detectable(design_kind=kind, n_clusters_by_arm=arms, units_per_cluster=1.0)
    assert (told.mdes, told.value, told.se, told.df) == (None, None, None, None)
    assert "can detect nothing" in told.text


def test_students_assigned_one_by_one_may_be_counted_either_way():
    by_units = detectable(design_kind="student_randomised", n_units_by_arm={"a": 200, "b": 200})
    by_clusters = detectable(
        design_kind="student_randomised", n_clusters_by_arm={"a": 200, "b": 200}, units_per_cluster=1.0
    )
    assert by_units.mdes == by_clusters.mdes
    assert by_units.formula == "ira"


def test_blocks_cost_degrees_of_freedom():
    plain, blocked = (
        detectable(
            design_kind="cluster_randomised", n_clusters_by_arm=ARMS, units_per_cluster=21, icc=0.1, n_blocks=blocks
        )
        for blocks in (None, 3)
    )
    assert (plain.df, blocked.df) == (10, 8)
    assert blocked.mdes > plain.mdes


def test_one_group_shows_change_and_says_so():
    told = detectable(design_kind="one_group_pre_post", n_clusters_by_arm={"a": 80}, units_per_cluster=1.0)
    assert told.mdes == pytest.approx(multiplier(79) / 80**0.5)
    assert "change, not an effect" in told.text
    assert detectable(design_kind="one_group_pre_post").mdes is None


def test_one_group_of_classrooms_is_not_one_of_independent_students():
    told = detectable(
        design_kind="one_group_pre_post", n_clusters_by_arm={"a": 12}, units_per_cluster=21, icc=0.1, correlation=0.6
    )
    assert told.mdes == pytest.approx(smallest_effect("pre_post", n=21, J=12, rho2=0.1, r=0.6).mdes)
    assert told.df == 11
    assert "correlate" not in told.text


def test_a_difference_in_differences_says_which_correlation_it_takes():
    sizes = {"n_clusters_by_arm": ARMS, "units_per_cluster": 21, "icc": 0.1, "of_change": True}
    assumed, known = (detectable(design_kind="cluster_comparison", correlation=r, **sizes) for r in (None, 0.7))
    assert "taken to correlate by .5" in assumed.text
    assert "taken to" not in known.text
    assert known.mdes == pytest.approx(smallest_effect("did", n=21, J=12, rho2=0.1, r=0.7).mdes)


@pytest.mark.parametrize("kind", ["cluster_comparison", "student_comparison"])
def test_students_without_an_outcome_do_not_count(kind):
    counts = {"n_clusters_by_arm": {"a": 20, "b": 20}, "icc": 0.1}
    lost, fewer = (
        detectable(design_kind=kind, units_per_cluster=size, attrition=share, **counts)
        for size, share in ((20, 0.25), (15, 0.0))
    )
    assert lost.mdes == fewer.mdes


@pytest.mark.parametrize(
    "wrong",
    WRONG,
)
def test_a_share_outside_its_range_is_refused(wrong):
    with pytest.raises(ParameterError) as refused:
        detectable(design_kind="cluster_comparison", n_clusters_by_arm=ARMS, units_per_cluster=21, **wrong)
    assert refused.value.code == "CY105"
