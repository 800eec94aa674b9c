"""Single cases: two phases of one student or a few, what is told of them and what is not."""

import pandas as pd
import pytest

import cycles as cy
from cycles.act.reporting.blocks import blocks_of
from cycles.act.reporting.making import Request
from cycles.act.reporting.protecting import policy_named

BEFORE, UNDER = [20, 20, 26, 25, 22, 23], [28, 25, 24, 27, 30, 30, 29]


def case(before=BEFORE, under=UNDER, **options):
    frame = pd.DataFrame({"day": range(len(before) + len(under)), "words": [*before, *under]})
    chosen = {"change": "coaching", "series_name": "student", "design": "single_case", **options}
    return cy.as_series(frame, measure="words", value="words", time="day", started=len(before), **chosen)


def students(*cases):
    frames = [
        pd.DataFrame({"student": f"s{at}", "day": range(len(a) + len(b)), "words": [*a, *b], "start": len(a)})
        for at, (a, b) in enumerate(cases)
    ]
    return cy.as_series(
        pd.concat(frames), measure="words", value="words", time="day", series="student", started="start",
        change="coaching", series_name="student", design="single_case",
    )  # fmt: skip


def told(panel, **options):
    return cy.estimate(panel, estimator="single_case", **options)


def index(found, name, what="value"):
    return found.coefficients.set_index("term")[what][name]


def test_tau_is_twice_the_nonoverlap_of_all_pairs_less_one_and_has_its_interval():
    found = told(case())
    assert found.state == "estimated"
    assert found.value == pytest.approx(2 * index(found, "nap") - 1) == pytest.approx(found.second_route)
    assert (found.low, found.high) == pytest.approx(tuple(2 * index(found, "nap", end) - 1 for end in ("low", "high")))
    assert found.p is None
    assert found.effect_size is None


def test_where_lower_is_better_the_same_values_turned_round_say_the_same():
    turned = told(case([-one for one in BEFORE], [-one for one in UNDER], higher_is="worse"))
    pd.testing.assert_frame_equal(turned.coefficients, told(case()).coefficients)


def test_a_constant_added_and_missing_points_left_out_change_no_index_of_overlap():
    moved = told(case([one + 100 for one in BEFORE], [one + 100 for one in UNDER]))
    holes = told(case([20, 20, None, 26, 25, 22, 23], [28, 25, 24, None, 27, 30, 30, 29]))
    assert moved.value == pytest.approx(told(case()).value)
    assert holes.value == pytest.approx(told(case()).value)
    assert holes.n_missing == 2


def test_a_trend_that_only_goes_on_is_no_overlap_gained_once_it_is_taken_off():
    found = told(case([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]))
    assert found.value == 1
    assert index(found, "tau_bc") == 0
    assert index(found, "tau_u") < 1


def test_three_or_four_points_in_a_phase_are_described_only():
    found = told(case([20, 21, 22], UNDER))
    assert (found.state, found.code) == ("degraded", "CY321")
    assert found.value is not None
    assert found.se is None
    assert found.coefficients[["se", "low", "high"]].isna().all(axis=None)


def test_five_and_five_points_are_described_only_as_their_interval_would_be_too_short():
    found = told(case(BEFORE[:5], UNDER[:5]))
    assert (found.state, found.code, found.low, found.se) == ("degraded", "CY321", None, None)
    assert "10 points together; 12 are asked for" in found.reason
    assert told(case(BEFORE[:5], UNDER)).state == "estimated"


def test_with_fewer_than_three_points_in_a_phase_nothing_is_told():
    found = told(case([20, 21], UNDER))
    assert (found.state, found.code, found.value) == ("not_estimable", "CY321", None)


def test_a_series_that_never_began_or_never_varied_is_not_estimable():
    frame = pd.DataFrame({"day": range(10), "words": range(10)})
    never = cy.as_series(
        frame, measure="words", value="words", time="day", change="coaching", comparison="before", arm=None
    )
    assert told(never).code == "CY302"
    assert told(case([5] * 6, [5] * 6)).code == "CY304"


def test_several_cases_are_averaged_and_short_ones_left_out_and_counted():
    both = told(students((BEFORE, UNDER), (UNDER, BEFORE), ([1, 2], [3, 4])))
    assert both.value == pytest.approx(0.0)
    assert both.facts["n_cases"] == 2
    assert both.n == 2
    assert any("left out" in one and one.endswith(": 1.") for one in both.conventions)


def test_cases_with_points_enough_are_not_spoilt_by_one_with_few():
    found = told(students((BEFORE, UNDER), (BEFORE[:3], UNDER)))
    assert (found.state, found.facts["n_cases"]) == ("estimated", 1)
    assert any("fewer than 5 points" in one for one in found.conventions)


def test_log_response_ratios_need_a_scale_on_which_zero_means_none():
    assert "lrri" not in set(told(case()).coefficients.term)
    count = told(case(), options={"scale": "count"})
    assert index(count, "lrri") == pytest.approx(-index(count, "lrrd"))
    share = told(case([0.5, 0.6, 0.55, 0.5, 0.6], [0.8, 0.9, 0.8, 0.85, 0.9], outcome_unit="share of tasks"))
    assert index(share, "lrri") > 0 > index(share, "lrrd")
    assert index(share, "lrri") != pytest.approx(-index(share, "lrrd"))


def test_a_count_that_falls_to_none_has_a_ratio_and_a_percentage_that_does_has_not():
    gone = case([9, 7, 8, 8, 10], [0, 0, 0, 0, 0], higher_is="worse")
    assert index(told(gone, options={"scale": "count"}), "lrrd") < -3
    assert "lrrd" not in set(told(gone, options={"scale": "percentage"}).coefficients.term)


def test_nothing_of_a_single_student_reaches_a_report():
    request = Request(policy=policy_named(None), alt="Overlap of the two phases.")
    shown = blocks_of(told(case()), request)
    assert all(not any(letter.isdigit() for letter in str(block["text"]) + str(block["rows"])) for block in shown)


def test_no_index_says_that_the_change_caused_anything():
    found = told(case())
    said = " ".join([found.estimand, found.text, *found.conventions]).lower()
    assert "effect" not in said
    assert "not what made it" in said
