"""`mixed_model`: clusters with a level of their own; what it uses, what it refuses, and what it says of itself."""

import numpy as np
import pytest
from tests.panels import small_frame, small_panel

from cycles.study.checks import run_checks
from cycles.study.estimators import estimate
from cycles.study.inference import likelihood_search


def found_for(frame=None, **options):
    return estimate(small_panel(frame, **options), estimator="mixed_model")


def alike(n_clusters: int = 12, size: int = 8):
    """Classrooms whose mean outcomes are closer together than chance would have them."""
    frame = small_frame(n_clusters=n_clusters, size=size)
    means = frame.groupby(["classroom"]).after.transform("mean")
    return frame.assign(after=frame.after - 0.8 * (means - frame.groupby("group").after.transform("mean")))


def test_every_field_of_the_record_is_filled():
    found = found_for(block="school", covariates=("age", "lunch"), outcome_unit="scale points")
    assert (found.state, found.se_kind) == ("estimated", "REML, Kenward-Roger")
    for field in ("value", "se", "df", "p", "icc", "sd", "effect_size", "effect_size_se", "improvement_index"):
        assert np.isfinite(getattr(found, field)), field
    assert found.low < found.value < found.high
    assert found.second_route == pytest.approx(found.value, rel=1e-10)
    assert found.n_clusters_by_arm == {"comparison": 6, "change": 6}


def test_the_baseline_is_used_where_there_is_one():
    with_it, without = found_for(), found_for(baseline=None)
    assert "baseline" in with_it.coefficients.term.tolist()
    assert "baseline" not in without.coefficients.term.tolist()
    assert with_it.conventions[0] == "Adjusted for the baseline, with one slope for all arms."
    assert without.conventions[0].startswith("Linear mixed model: a random intercept of each classroom")
    assert with_it.se < without.se


def test_units_without_a_baseline_are_counted_as_lost_only_where_it_is_used():
    frame = small_frame()
    frame.loc[:4, "before"] = np.nan
    used, unused = small_panel(frame), small_panel(frame, baseline=None)
    assert estimate(used, estimator="mixed_model").n_missing == 5
    assert estimate(unused, estimator="mixed_model").n_missing == 0
    by_name = {one.name: one for one in run_checks(estimate(used, estimator="mixed_model"), used)}
    assert "Left out of the estimate for any missing value" in by_name["response_and_attrition"].text
    assert by_name["collinearity"].answer == "pass"


def test_the_variances_stand_below_the_terms_with_nothing_claimed_of_them():
    terms = found_for().coefficients
    assert terms.term.tolist()[-2:] == ["variance[classroom]", "variance[residual]"]
    assert [one is None for one in terms.iloc[-1][["se", "df", "low", "high", "p"]]] == [True] * 5
    assert terms.value.dtype == float


def test_no_other_variance_is_used_with_it():
    panel = small_panel()
    one, other = (estimate(panel, estimator="mixed_model", variance=kind) for kind in ("CR2", "HC1"))
    assert (one.se, one.df, one.se_kind) == (other.se, other.df, other.se_kind)
    assert any("no other variance is used" in said for said in one.conventions)
    assert not any("CR2" in said for said in one.conventions)


def test_classrooms_that_are_alike_beyond_chance_keep_their_degrees_of_freedom_and_are_told_of():
    found = found_for(alike(), baseline=None)
    assert found.coefficients.set_index("term").value["variance[classroom]"] < 0
    assert found.df == pytest.approx(10, rel=1e-6)
    assert found.second_route == pytest.approx(found.value, rel=1e-9)
    assert any("differ no more than chance alone" in said for said in found.conventions)


@pytest.mark.parametrize("size", [1, 3])
def test_a_likelihood_without_a_top_below_zero_is_stopped_at_zero(size):
    """Classroom means exactly equal within arms: the variance runs to its lower end, where a sum would be certain."""
    frame = small_frame(n_clusters=8, size=2 + size)
    means = frame.groupby("classroom").after.transform("mean")
    found = found_for(frame.assign(after=frame.after - means + (frame.group == "change")), baseline=None)
    assert found.coefficients.set_index("term").value["variance[classroom]"] == 0
    assert found.value == pytest.approx(1.0)


def test_two_or_three_classrooms_in_an_arm_are_described_only():
    found = found_for(small_frame(n_clusters=6))
    assert (found.state, found.code, found.p, found.se) == ("degraded", "CY307", None, None)
    assert found.value is not None


def test_blocks_that_leave_nothing_between_classrooms_leave_no_interval():
    """Every classroom its own block but for the arm: nothing is left to tell classrooms apart by."""
    frame = small_frame(n_clusters=8)
    frame["pair"] = frame.classroom.str[1:].astype(int).map(lambda place: f"p{min(place, 6)}")
    found = found_for(frame, block="pair", baseline=None)
    assert (found.state, found.code, found.df) == ("degraded", "CY307", None)
    assert "nothing to judge the effect by" in found.reason


@pytest.mark.parametrize(
    ("frame", "options", "reason"),
    [
        (small_frame(), {"cluster": None}, "needs clusters"),
        (small_frame(n_clusters=40, size=1), {}, "single unit"),
        (
            small_frame().assign(after=lambda rows: rows.classroom.str[1:].astype(float)),
            {"baseline": None},
            "do not differ",
        ),
    ],
    ids=["no clusters", "one student each", "the classroom's own outcome"],
)
def test_what_a_mixed_model_cannot_do_is_refused(frame, options, reason):
    found = found_for(frame, **options)
    assert (found.state, found.code, found.value, found.p) == ("not_estimable", "CY310", None, None)
    assert reason in found.reason


def test_a_likelihood_whose_top_was_not_found_gives_no_number(monkeypatch):
    monkeypatch.setattr(likelihood_search, "is_highest", lambda profile, bounded=True: False)
    found = found_for()
    assert (found.state, found.code, found.value, found.se) == ("not_estimable", "CY313", None, None)


def test_nearly_all_variance_between_classrooms_is_found_too():
    frame = small_frame(n_clusters=12, size=5)
    level = frame.classroom.str[1:].astype(int).map(dict(enumerate(np.random.default_rng(2).normal(size=12))))
    found = found_for(frame.assign(after=1e4 * level + frame.after), baseline=None)
    variances = found.coefficients.set_index("term").value
    assert variances["variance[classroom]"] / variances["variance[residual]"] > 1e6
    assert found.df == pytest.approx(10, rel=1e-3)
