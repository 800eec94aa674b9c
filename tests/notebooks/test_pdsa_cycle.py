"""The PDSA notebook on the example district: what it finds is what was planted."""

import json
import stat
import subprocess
import sys

import pytest

from browser import axe
from cycles.runs.example import truth_of

TRUTH = truth_of(n_students=1200, seed=2026)


def estimate(results, name):
    return next(one for one in results["estimates"] if one["id"] == name)


def test_the_planted_effect_is_inside_the_interval(cycle_run):
    found = estimate(cycle_run, "belonging")
    assert found["state"] == "estimated"
    assert found["se_kind"].startswith("CR2")
    assert found["low"] <= TRUTH.realised_effect <= found["high"]


def test_the_lessons_missed_did_not_change_as_planted(cycle_run):
    found = estimate(cycle_run, "lessons_missed_share")
    assert found["low"] <= 0 <= found["high"]


def test_every_row_is_used_or_quarantined(cycle_run):
    for table in cycle_run["reconciliation"]:
        assert table["rows_in"] == table["used"] + table["quarantined"], table


def test_the_planted_faults_are_what_is_quarantined(cycle_run):
    quarantined = {table["source"]: table["quarantined"] for table in cycle_run["reconciliation"]}
    assert (
        quarantined["survey"] == TRUTH.n_ragged + TRUTH.n_conflicting
    )  # an undeclared code costs its cell, not its row
    assert quarantined["attendance"] == TRUTH.n_bad_status + TRUTH.n_bad_date
    assert quarantined["sessions"] == TRUTH.n_negative_minutes
    assert quarantined["roster"] == quarantined["arms"] == 0


def test_the_plan_was_sealed_before_the_data_and_a_decision_follows(cycle_run):
    assert cycle_run["decision"]["sealed"] == "sealed_before_data"
    assert cycle_run["decision"]["call"] in {"adopt", "adapt", "keep testing"}
    assert 0 <= cycle_run["decision"]["probability"] <= 1


def test_the_check_ins_have_a_control_chart_that_knows_the_holidays(cycle_run):
    [chart] = [one for one in cycle_run["blocks"] if one["title"].endswith("control chart")]
    assert chart["section"] == "dosage"
    assert "Variation: common cause" in chart["text"]
    assert "because the data are counts over an exposure" in chart["text"]
    marked = [row for row in chart["rows"] if row[-1]]
    assert [(row[0], row[-1]) for row in marked] == [("2026-12-28", "below the lower limit")]


def test_the_run_folder_holds_everything_and_is_private(district, cycle_run):
    folder = district.folder(cycle_run)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in (
        "plan.sealed.json",
        "manifest.json",
        "results.json",
        "report.html",
        "pdsa_cycle.ipynb",
        "quarantine/survey.parquet",
    ):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {one["source"] for one in manifest["inputs"]} == {"survey", "roster", "arms", "attendance", "sessions"}
    assert all(len(one["sha256"]) == 64 for one in manifest["inputs"])


def test_a_rerun_gives_the_same_bytes(district, cycle_run):
    again = json.loads(district.cycles("run", "params/check-ins-2026-fall.yml", "--fresh", "--json").stdout)
    first, second = district.folder(cycle_run), district.folder(again)
    assert first != second
    for name in ("results.json", "report.html"):
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_an_unchanged_cycle_is_answered_without_running(district, cycle_run):
    unchanged = district.cycles("run", "params/check-ins-2026-fall.yml", "--json")
    assert "Nothing has changed since" in unchanged.stderr
    told = json.loads(unchanged.stdout)
    assert told["run"]["cached"]
    assert told["decision"] == cycle_run["decision"]


def test_no_student_of_the_district_is_in_what_can_be_shown(district, cycle_run):
    folder = district.folder(cycle_run)
    shown = "".join(
        (folder / name).read_text()
        for name in ("report.html", "results.json", "blocks.json", "records.json", "manifest.json")
    )
    words = {
        word.strip('",.<>{}[]():;') for word in shown.replace("<", " ").replace(">", " ").replace('"', " ").split()
    }
    assert not words & {f"{number:06d}" for number in range(1, 1300)}
    assert "students.example" not in shown


def test_it_runs_under_plain_papermill(district, tmp_path):
    output = tmp_path / "out"
    words = ["-m", "papermill", "notebooks/pdsa_cycle.ipynb", str(tmp_path / "executed.ipynb"), "--no-progress-bar"]
    parameters = ["-p", "cycle_file", "params/check-ins-2026-fall.yml", "-p", "output_dir", str(output)]
    subprocess.run(
        [sys.executable, *words, *parameters], cwd=district.root, check=True, capture_output=True, timeout=300
    )
    assert json.loads((output / "results.json").read_text())["decision"]["call"]
    newest = json.loads(district.cycles("status", "--json").stdout)
    assert json.dumps(newest).count("interrupted") == 0


def test_a_fixed_file_clears_what_was_quarantined_and_says_so(district, cycle_run):
    survey = district.root / "data" / "pulse.csv"
    before = survey.read_text("utf-8")
    broken_lines = set()
    import pandas as pd

    quarantine = pd.read_parquet(district.folder(cycle_run) / "quarantine" / "survey.parquet")
    broken_lines |= set(quarantine["_line"].astype(int))
    kept = [line for number, line in enumerate(before.splitlines(keepends=True), start=1) if number not in broken_lines]
    survey.write_text("".join(kept), "utf-8")
    try:
        fixed = district.run("check-ins-2026-fall")
    finally:
        survey.write_text(before, "utf-8")
    survey_rows = next(table for table in fixed["reconciliation"] if table["source"] == "survey")
    assert survey_rows["quarantined"] == 0
    report = (district.folder(fixed) / "report.html").read_text()
    assert f"Survey: {len(broken_lines)} set aside last time have been corrected." in report


@pytest.mark.parametrize("name", ["evaluation-check-ins", "attendance-2026-fall"])
def test_the_other_cycles_of_the_example_run(district, name):
    results = district.run(name)
    assert results["decision"]["call"]
    assert any("Assurance, for a target of 1.5" in one["text"] for one in results["blocks"]) == (
        name == "attendance-2026-fall"
    )
    assert (district.folder(results) / "report.html").stat().st_size < 500_000


def test_an_evaluation_is_rated_and_says_why_not_higher(district):
    results = district.run("evaluation-check-ins")
    standards = results["standards"]
    assert standards["wwc"]["rating"] in {"meets with reservations", "does not meet"}
    failing = {one["name"] for one in standards["wwc"]["conditions"] if one["met"] is False}
    assert "random_assignment" in failing
    assert standards["wwc"]["next_step"]
    assert {one["done"] for one in standards["seer"]} == {"done", "in part", "not done"}
    assert "ANCOVA (Van Breukelen, 2006)" in results["methods"]["text"]
    page = (district.folder(results) / "report.html").read_text()
    assert "By the standards of evidence reviews" in page
    assert "Not done." in page


def test_a_cycle_tells_the_tier_it_could_support_in_a_sentence(district, cycle_run):
    assert "tier" in cycle_run["standards"]["essa"]
    assert "ESSA tier" in (district.folder(cycle_run) / "report.html").read_text()


def test_the_annual_report_sets_the_cycles_side_by_side(district, cycle_run):
    district.run("attendance-2026-fall")
    results = district.run("year-2026-27")
    report = (district.folder(results) / "report.html").read_text()
    assert "side by side" in report
    assert "attendance" in report


@pytest.mark.parametrize("width", [1200, 360])
def test_the_report_has_no_accessibility_violation_and_asks_for_nothing_from_outside(district, cycle_run, width):
    absent = axe.missing()
    if absent:
        pytest.skip(absent)
    found = axe.examine(district.folder(cycle_run) / "report.html", width=width)
    assert found["violations"] == []
    assert found["requests"] == []
