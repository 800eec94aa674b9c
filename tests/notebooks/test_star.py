"""Project STAR through parameter, mapping and instrument files alone: the printed numbers of an independent computation."""

import csv
import json

import pytest
from tests.conftest import SHARED

SIXTH_DECIMAL = 5e-7 + 1e-12


@pytest.fixture(scope="module")
def expected():
    with (SHARED / "reference" / "star_expected.csv").open() as lines:
        return {row["quantity"]: row for row in csv.DictReader(lines)}


@pytest.fixture(scope="module")
def kindergarten(star):
    return star.run("star_kindergarten")


def found(results, name):
    return next(one for one in results["estimates"] if one["id"] == name)


def term(estimate, name):
    return next(one for one in estimate["coefficients"] if one["term"] == name)


@pytest.mark.parametrize("arm", ["small", "aide"])
def test_the_headline_compares_within_schools_and_clusters_by_classroom(kindergarten, expected, arm):
    row = expected[f"gk.total.fe.{arm}_minus_regular.CR2_classroom"]
    ours = term(found(kindergarten, "total"), f"arm[{arm}]")
    assert ours["value"] == pytest.approx(float(row["value"]), abs=SIXTH_DECIMAL)
    assert ours["se"] == pytest.approx(float(row["se"]), abs=SIXTH_DECIMAL)


def test_the_survey_and_attendance_meet_their_numbers_with_the_impossible_zeros_missing(kindergarten, expected):
    for ours, theirs in (
        ("self_concept", "gk.selfconc_no0"),
        ("motivation", "gk.motiv_no0"),
        ("attendance_share", "gk.attshare"),
    ):
        row = expected[f"{theirs}.fe.small_minus_regular.CR2_school"]
        estimate = found(kindergarten, ours)
        assert estimate["value"] == pytest.approx(float(row["value"]), abs=SIXTH_DECIMAL), ours
        assert estimate["n"] == int(row["n"])
        g = expected[f"{theirs}.g_fe_small"]
        assert estimate["effect_size"] == pytest.approx(float(g["value"]), abs=SIXTH_DECIMAL), ours


def test_a_reproduction_says_that_it_was_sealed_after_the_data(kindergarten):
    assert kindergarten["decision"]["sealed"] == "sealed_after_data"
    assert kindergarten["prediction"]["counts_for_calibration"] is False


def test_other_clusters_and_no_blocks_give_their_own_printed_numbers(star, expected):
    results = star.run("star_evaluation")
    for label, quantity in (
        ("without school blocks", "gk.total.small_minus_regular.CR2_classroom"),
        ("schools as the clusters", "gk.total.fe.small_minus_regular.CR2_school"),
        ("no clusters (reproduces the published figure)", "gk.total.small_minus_regular.HC1"),
    ):
        estimate = found(results, label)
        assert estimate["value"] == pytest.approx(float(expected[quantity]["value"]), abs=SIXTH_DECIMAL)
        assert estimate["se"] == pytest.approx(float(expected[quantity]["se"]), abs=SIXTH_DECIMAL)


def test_belonging_in_grade_eight_tells_how_many_are_missing(star):
    results = star.run("star_belonging_grade8")
    attrition = next(one for one in results["checks"] if one["name"] == "response_and_attrition")
    assert attrition["answer"] == "concern"
    assert found(results, "belonging")["n"] < 2145


def test_four_grades_of_the_same_students_stand_side_by_side(star, kindergarten):
    for grade in (1, 2, 3):
        star.run(f"star_grade{grade}")
    results = star.run("star_four_grades")
    report = (star.folder(results) / "report.html").read_text()
    assert "never pooled as if independent" in report
    assert json.dumps(results["blocks"]).count("Smaller classes in grade 3 (1988-89): total") > 0
    assert "pooled" not in {one["id"] for one in results["estimates"]}
