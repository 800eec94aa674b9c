"""What was planted in a large example district can be found in its raw files with nothing but pandas."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from factories import District, make_district

ITEMS = [f"Q7_{number}" for number in range(1, 7)]
PRESENT = ["present", "tardy"]


@pytest.fixture(scope="module")
def district(tmp_path_factory) -> District:
    return make_district(tmp_path_factory.mktemp("large"), 6000, seed=11, broken=False)


@pytest.fixture(scope="module")
def students(district) -> pd.DataFrame:
    """One row per student of the cohort: classroom, school, arm, scores of both waves, attendance."""
    data = district.folder / "data"
    with zipfile.ZipFile(data / "oneroster.zip") as bundle:
        spells = pd.read_csv(io.BytesIO(bundle.read("enrollments.csv")), dtype=str)
    spells = spells[(spells["role"] == "student") & (spells["beginDate"] <= "2026-10-05")]
    table = spells.set_index("userSourcedId")[["classSourcedId", "schoolSourcedId"]].set_axis(
        ["classroom", "school"], axis=1
    )
    arms = pd.read_csv(data / "arms.csv", index_col="unit_id")["arm"]
    table["change"] = (table["classroom"].map(arms) == "check_ins").astype(float)
    answers = pd.read_csv(data / "pulse.csv", dtype=str, skiprows=[1, 2]).query("Status == '0'")
    codes = answers[ITEMS].apply(pd.to_numeric).replace(99, np.nan).assign(Q7_4=lambda one: 6 - one["Q7_4"])
    answers["score"] = codes.mean(axis=1).where(codes.notna().sum(axis=1) >= 4)
    table = table.join(answers.pivot(index="student_id", columns="wave", values="score"))
    days = pd.read_csv(data / "attendance.csv", dtype=str)
    days["there"] = days["status"].isin(PRESENT)
    for name, rows in {"early": days[days["on"] < "2026-10-05"], "late": days[days["on"] >= "2026-10-05"]}.items():
        table[name] = rows.groupby("student_id")["there"].mean()
    return table.rename(columns={"2026-fall": "baseline", "2027-winter": "outcome"})


def _difference(table: pd.DataFrame, outcome: str, *adjusted_for: str) -> float:
    """The arm's coefficient beside school means, by least squares."""
    rows = table.dropna(subset=[outcome, *adjusted_for])
    columns = rows[["change", *adjusted_for, outcome]]
    within = columns - columns.groupby(rows["school"]).transform("mean")
    return float(np.linalg.lstsq(within.drop(columns=outcome), within[outcome], rcond=None)[0][0])


def _between_share(score: pd.Series, classroom: pd.Series) -> float:
    """Intra-class correlation by analysis of variance."""
    groups = score.groupby(classroom)
    size = groups.size().mean()
    within = (groups.var() * (groups.size() - 1)).sum() / (len(score) - groups.ngroups)
    between = (groups.size() * (groups.mean() - score.mean()) ** 2).sum() / (groups.ngroups - 1)
    return float((between - within) / (between + (size - 1) * within))


def test_the_effect_on_belonging_is_found(students, district):
    assert _difference(students, "outcome", "baseline") == pytest.approx(district.truth.realised_effect, abs=0.06)
    assert district.truth.realised_effect == pytest.approx(district.truth.effect, abs=0.01)


def test_the_arms_did_not_differ_before(students):
    assert _difference(students, "baseline") == pytest.approx(0, abs=0.08)


def test_mean_spread_and_correlation_are_near_those_planted(students, district):
    truth = district.truth
    assert students["baseline"].mean() == pytest.approx(truth.mean, abs=0.06)
    assert students["baseline"].std() == pytest.approx(truth.sd, rel=0.10)
    assert students["baseline"].corr(students["outcome"]) == pytest.approx(truth.pre_post_correlation, abs=0.06)


def test_the_part_of_the_variance_between_classrooms_is_found(students, district):
    known = students.dropna(subset=["baseline"])
    assert _between_share(known["baseline"], known["classroom"]) == pytest.approx(district.truth.icc, abs=0.025)


def test_without_the_change_belonging_drifts_as_planted(students, district):
    apart = students[students["change"] == 0].dropna(subset=["baseline", "outcome"])
    assert (apart["outcome"] - apart["baseline"]).mean() == pytest.approx(district.truth.drift, abs=0.05)


def test_nonresponse_follows_attendance_and_not_the_arm(students, district):
    answered = students["outcome"].notna()
    assert answered.mean() == pytest.approx(district.truth.answering_share, abs=0.03)
    absent_most = students["late"] < students["late"].quantile(0.25)
    assert answered[~absent_most].mean() - answered[absent_most].mean() > 0.10
    assert answered[students["change"] == 1].mean() == pytest.approx(answered[students["change"] == 0].mean(), abs=0.03)


def test_attendance_goes_with_belonging_but_not_with_the_arm(students, district):
    assert students["early"].corr(students["baseline"]) > 0.10
    assert _difference(students, "late", "early") == pytest.approx(district.truth.effect_on_attendance, abs=0.01)


def test_lessons_missed_do_not_follow_the_arm(students, district):
    sessions = pd.read_csv(district.folder / "data" / "sessions.csv", dtype={"student_id": str})
    lost = (
        sessions[sessions["in_school_hours"] & (sessions["on"] >= "2026-10-05")].groupby("student_id")["minutes"].sum()
    )
    table = students.assign(share=lost.reindex(students.index).fillna(0) / (70 * 360))
    assert table["share"].mean() > 0.001
    assert _difference(table, "share") == pytest.approx(district.truth.effect_on_lessons_missed_share, abs=0.001)
