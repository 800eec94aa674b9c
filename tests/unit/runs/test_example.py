"""The example district: the same bytes for the same seed, files as schools have them, and counts that agree with them."""

import csv
import hashlib
import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cycles.core.errors import ParameterError
from cycles.runs.example import truth_of, write_example, year
from cycles.runs.example.people import FIRST_NAMES, LAST_NAMES
from cycles.runs.example.qualtrics_export import COLUMNS
from cycles.runs.example.records import STATUSES
from factories import District, make_district

CSV_FILES = ("pulse", "attendance", "sessions", "courses", "arms")
N = 400


@pytest.fixture(scope="module")
def after(tmp_path_factory) -> District:
    return make_district(tmp_path_factory.mktemp("after"), N)


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> District:
    return make_district(tmp_path_factory.mktemp("before"), N, stage="before")


def _bytes(district: District) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (district.folder / "data").iterdir()}


def _table(district: District, name: str) -> pd.DataFrame:
    return pd.read_csv(district.folder / "data" / f"{name}.csv", dtype=str, keep_default_na=False)


def _roster(district: District, name: str) -> pd.DataFrame:
    with zipfile.ZipFile(district.folder / "data" / "oneroster.zip") as bundle:
        return pd.read_csv(io.BytesIO(bundle.read(f"{name}.csv")), dtype=str, keep_default_na=False)


def _survey_lines(district: District) -> list[list[str]]:
    with (district.folder / "data" / "pulse.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def _answers(district: District) -> pd.DataFrame:
    """Rows that are somebody's answers, ragged ones left out."""
    rows = pd.DataFrame([row for row in _survey_lines(district)[3:] if len(row) == len(COLUMNS)], columns=COLUMNS)
    return rows[rows["Status"] == "0"]


# -- drawing -----------------------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_bytes_and_the_same_truth(after, tmp_path):
    again = make_district(tmp_path, N)
    assert _bytes(again) == _bytes(after)
    assert again.truth == after.truth


def test_another_seed_gives_other_files(after, tmp_path):
    other = _bytes(make_district(tmp_path, N, seed=2027))
    assert all(other[name] != digest for name, digest in _bytes(after).items())


def test_the_truth_can_be_had_without_writing(after):
    assert truth_of(N, 2026) == after.truth


@pytest.mark.parametrize("name", CSV_FILES)
def test_files_of_the_later_stage_begin_with_those_of_the_earlier(before, after, name):
    earlier, later = ((one.folder / "data" / f"{name}.csv").read_bytes() for one in (before, after))
    assert later.startswith(earlier)
    assert (len(later) > len(earlier)) == (name != "arms")


def test_before_the_start_nothing_is_known_of_what_follows(before):
    assert set(_answers(before)["wave"]) == {year.BASELINE}
    assert max(_table(before, "attendance")["on"]) < str(year.STARTED_ON)
    sessions = _table(before, "sessions")
    assert max(sessions["on"]) < str(year.STARTED_ON)
    assert "check_in" not in set(sessions["service"])
    enrollments = _roster(before, "enrollments")
    assert set(enrollments["endDate"]) == {""}
    assert set(enrollments["beginDate"]) == {str(year.FIRST_DAY)}
    assert before.truth.n_answers_follow_up == before.truth.n_movers == before.truth.n_undeclared == 0


def test_fewer_students_than_four_classrooms_are_refused(tmp_path):
    with pytest.raises(ParameterError) as refused:
        write_example(tmp_path, n_students=79)
    assert refused.value.code == "CY105"
    assert not list(tmp_path.iterdir())


def test_a_planted_effect_comes_out_in_the_potential_answers(after):
    none = truth_of(N, 2026, truth=replace(after.truth, effect=0.0))
    harm = truth_of(N, 2026, truth=replace(after.truth, effect=-0.3))
    assert none.realised_effect == 0
    assert harm.realised_effect == pytest.approx(-0.3, abs=0.03)
    assert after.truth.realised_effect == pytest.approx(0.2, abs=0.03)


def test_the_truth_is_not_beside_the_data(after):
    assert {path.name for path in (after.folder / "data").iterdir()} == {
        "pulse.csv", "oneroster.zip", "arms.csv", "attendance.csv", "sessions.csv", "courses.csv", "weekly-attendance.csv",
        "network-figures.csv", "network-members.csv", "reading-marks.csv", "reading-support.csv", "tutoring-places.csv",
        "tutoring-sessions.csv", "first-lessons.csv", "mentors.csv",
    }  # fmt: skip


# -- size and shape ----------------------------------------------------------------------------------------------------


def test_the_district_of_the_first_run_has_six_schools_and_thirty_classrooms_in_each_arm(tmp_path):
    district = make_district(tmp_path, 1200)
    arms = _table(district, "arms")
    assert arms["arm"].value_counts().to_dict() == {"check_ins": 30, "not_yet": 30}
    assert district.truth.n_schools == 6
    assert len(_roster(district, "users").query("role == 'student'")) == 1200
    assert 100_000 < len(_table(district, "attendance")) < 120_000


def test_both_arms_are_in_every_school_and_grade(after):
    classes = _roster(after, "classes").merge(_table(after, "arms"), left_on="sourcedId", right_on="unit_id")
    counts = classes.groupby(["schoolSourcedId", "grades", "arm"]).size().unstack()
    assert (counts["check_ins"] - counts["not_yet"]).abs().max() <= 1
    assert set(classes["grades"]) == {"09", "10"}


def test_ids_keep_leading_zeros_and_agree_between_the_files(after):
    students = _roster(after, "users").query("role == 'student'")
    ids = set(students["sourcedId"])
    assert all(re.fullmatch(r"\d{6}", one) for one in ids)
    assert min(ids) == "000001"
    for name in ("attendance", "sessions", "courses"):
        assert set(_table(after, name)["student_id"]) <= ids
    assert set(_answers(after)["student_id"]) <= ids
    assert set(_table(after, "arms")["unit_id"]) == set(_roster(after, "classes")["sourcedId"])


def test_the_roster_is_a_whole_bundle_with_fixed_times(after):
    with zipfile.ZipFile(after.folder / "data" / "oneroster.zip") as bundle:
        assert bundle.testzip() is None
        assert {info.date_time for info in bundle.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        names = {Path(info.filename).stem for info in bundle.infolist()}
    manifest = _roster(after, "manifest").set_index("propertyName")["value"]
    assert manifest["oneroster.version"] == "1.1"
    assert {name.removeprefix("file.") for name in manifest[manifest == "bulk"].index} == names - {"manifest"}


def test_the_roster_refers_only_to_what_is_in_it(after):
    enrollments, classes, users = (_roster(after, name) for name in ("enrollments", "classes", "users"))
    orgs, sessions = _roster(after, "orgs"), _roster(after, "academicSessions")
    assert set(enrollments["userSourcedId"]) == set(users["sourcedId"])
    assert set(enrollments["classSourcedId"]) == set(classes["sourcedId"])
    assert set(classes["courseSourcedId"]) == set(_roster(after, "courses")["sourcedId"])
    assert set(classes["schoolSourcedId"]) | {"DISTRICT-1"} == set(orgs["sourcedId"])
    assert set(classes["termSourcedIds"]) == set(sessions["sourcedId"])
    assert enrollments["sourcedId"].is_unique


def test_a_student_who_moves_leaves_one_advisory_as_another_begins(after):
    spells = _roster(after, "enrollments").query("role == 'student'").sort_values("sourcedId").groupby("userSourcedId")
    movers = [rows for _, rows in spells if len(rows) > 1]
    assert len(movers) == after.truth.n_movers > 0
    for rows in movers:
        first, second = rows.to_dict("records")
        assert first["endDate"] == second["beginDate"] > str(year.STARTED_ON)
        assert first["classSourcedId"] != second["classSourcedId"]


def test_attendance_follows_the_enrollment(after):
    attendance = _table(after, "attendance")
    assert not attendance.duplicated(["student_id", "on"]).any()
    days = attendance.groupby("student_id")["on"].agg(["min", "max"])
    spells = _roster(after, "enrollments").query("role == 'student'")
    entered = spells.groupby("userSourcedId")["beginDate"].min()
    left = spells.groupby("userSourcedId")["endDate"].agg(lambda ends: "9999" if "" in set(ends) else max(ends))
    assert (days["min"] >= entered[days.index]).all()
    assert (days["max"] < left[days.index]).all()
    assert (entered > str(year.STARTED_ON)).sum() == after.truth.n_late
    assert (left < "9999").sum() == after.truth.n_left


def test_marks_follow_the_terms(before, after):
    assert set(_table(before, "courses")["term"]) == {"2025-26"}
    assert set(_table(after, "courses")["term"]) == {"2025-26", "2026-Q1", "2026-Q2"}
    assert _table(after, "courses")["mark"].astype(int).between(0, 100).all()


# -- the survey --------------------------------------------------------------------------------------------------------


def test_the_survey_has_the_three_header_rows_of_qualtrics(after):
    names, labels, ids = _survey_lines(after)[:3]
    assert tuple(names) == COLUMNS
    assert labels[names.index("Q7_1")].endswith("I feel that I belong at this school.")
    assert ids[names.index("Q7_1")] == '{"ImportId":"QID7_1"}'


def test_each_wave_is_answered_on_its_days_and_the_last_on_the_day_of_decision(after):
    answers = _answers(after)
    recorded = answers.groupby("wave")["RecordedDate"].agg(lambda moments: {one[:10] for one in moments})
    for wave, days in year.WAVES.items():
        assert recorded[wave] == set(days.astype(str))
    assert max(recorded["2026-fall"]) < str(year.STARTED_ON)
    assert max(recorded["2027-winter"]) == "2027-01-25"


def test_the_counts_of_the_truth_are_those_of_the_files(after):
    answers, truth = _answers(after), after.truth
    lines = _survey_lines(after)[3:]
    per_wave = answers.groupby("wave")["student_id"].nunique()
    assert per_wave[year.BASELINE] + truth.n_ragged == truth.n_answers_baseline
    assert per_wave[year.FOLLOW_UP] == truth.n_answers_follow_up
    assert sum(row[2] == "1" for row in lines) == truth.n_preview
    assert sum(row[2] == "8" for row in lines) == truth.n_spam


def test_the_broken_rows_are_as_many_as_the_truth_says(after):
    truth, answers = after.truth, _answers(after)
    items = [f"Q7_{number}" for number in range(1, 7)]
    assert sum(len(row) != len(COLUMNS) for row in _survey_lines(after)) == truth.n_ragged == 1
    assert (~answers[items].isin(["1", "2", "3", "4", "5", "99", ""])).any(axis=1).sum() == truth.n_undeclared == 1
    assert answers.duplicated(["student_id", "wave"], keep=False).sum() == truth.n_conflicting == 2
    attendance, sessions = _table(after, "attendance"), _table(after, "sessions")
    assert (~attendance["status"].isin(STATUSES)).sum() == truth.n_bad_status == 1
    assert pd.to_datetime(attendance["on"], errors="coerce").isna().sum() == truth.n_bad_date == 1
    assert (sessions["minutes"].astype(int) < 0).sum() == truth.n_negative_minutes == 1
    assert truth.n_broken == {"survey": 3, "attendance": 2, "sessions": 1}


def test_refusals_and_blanks_are_counted_when_nothing_is_broken(tmp_path):
    district = make_district(tmp_path, N, broken=False)
    answers = _answers(district)[[f"Q7_{number}" for number in range(1, 7)]]
    assert (answers == "99").to_numpy().sum() == district.truth.n_refused > 0
    assert (answers == "").to_numpy().sum() == district.truth.n_blank > 0
    assert sum(district.truth.n_broken.values()) == 0


def test_nobody_real_is_named(after):
    answers, users = _answers(after), _roster(after, "users").query("role == 'student'")
    assert set(answers["RecipientLastName"]) | set(users["familyName"]) <= set(LAST_NAMES)
    assert set(answers["RecipientFirstName"]) | set(users["givenName"]) <= set(FIRST_NAMES)
    assert answers["RecipientEmail"].str.endswith(".example").all()
    assert users["email"].str.endswith(".example").all()
    assert answers["IPAddress"].str.startswith("203.0.113.").all()  # kept for documentation (RFC 5737)


def test_through_its_mapping_the_survey_brings_no_name_address_or_comment(after):
    from cycles.core.workspace import Workspace
    from cycles.do.intake import read
    from cycles.plan.cycle_file import read_cycle_file

    source = read_cycle_file(after.cycle_file).sources["survey"]
    delivery = read(source, workspace=Workspace(after.folder))
    assert set(delivery.table.columns) == {
        "respondent_id", "respondent_role", "wave", "answered_on", "_line", *(f"BEL_0{number}" for number in range(1, 7)),
    }  # fmt: skip
    left_out = delivery.excluded.set_index("rule")["n"]
    assert left_out.to_dict() == {"preview": after.truth.n_preview, "spam": after.truth.n_spam}
    assert len(delivery.broken) == after.truth.n_ragged


# -- the sessions ------------------------------------------------------------------------------------------------------


def test_only_the_change_arm_checks_in_about_twice_a_week_outside_lessons(tmp_path):
    district = make_district(tmp_path, 1200)
    sessions = _table(district, "sessions").query("service == 'check_in'")
    assert set(sessions["in_school_hours"]) == {"false"}
    assert min(sessions["on"]) >= str(year.STARTED_ON)
    arms = _table(district, "arms").set_index("unit_id")["arm"]
    rooms = sessions["provider_id"].str.removesuffix("-ADV")
    assert set(arms[rooms]) == {"check_ins"}
    weeks = (np.datetime64("2027-01-25") - year.STARTED_ON).astype(int) / 7
    a_week = (sessions["on"] <= "2027-01-25").sum() / (district.truth.n_cohort / 2) / weeks
    assert 1.7 < a_week < 2.1
