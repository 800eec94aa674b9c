"""What a fleet is to run: one file for each school, folders of files, and what is wrong with any of them."""

import json

import pytest
from tests.conftest import ROOT

from cycles.core.errors import CyclesError, ParameterError, ProblemsError
from cycles.plan.cycle_file import read_cycle_file
from cycles.runs.commandline import run_one
from cycles.runs.fleet.planning import is_fleet, plan_fleet
from cycles.runs.fleet.units import jobs_of, slugs
from cycles.runs.opening import open_run
from cycles.runs.preflight import ready


def test_one_file_makes_one_run_for_each_school_on_the_roster(schools):
    jobs, splits = jobs_of(schools())
    assert [job.cycle for job in jobs] == [f"check-ins-2026-fall--{one}" for one in ("s1", "s2", "s3")]
    assert [job.name for job in jobs] == ["North", "South", "West"]
    assert {split.source for split in splits} == {"survey", "roster", "arms", "attendance", "sessions"}


def test_the_file_of_a_school_is_a_parameter_file_like_any_other(schools):
    [job, *_], _ = jobs_of(schools())
    cycle = ready(job.cycle_file).cycle
    assert cycle == job.says
    assert cycle.title == "Two-minute check-ins at the start of advisory: North"
    assert cycle.previous == "check-ins-2026-spring--s1"
    assert (cycle.of_unit.id, cycle.of_unit.cycle) == ("S1", "check-ins-2026-fall")
    assert cycle.for_each is None
    assert job.data == {name: source.part for name, source in cycle.sources.items()}
    assert job.cycle_file.stat().st_mode & 0o777 == 0o600


def test_planning_again_writes_nothing_and_a_change_writes_another_file(schools):
    file = schools()
    [first, *_], _ = jobs_of(file)
    written = first.cycle_file.stat().st_mtime_ns
    [again, *_], _ = jobs_of(file)
    assert again == first
    assert again.cycle_file.stat().st_mtime_ns == written
    file.write_text(file.read_text().replace("adopt: 0.80", "adopt: 0.90"))
    [changed, *_], _ = jobs_of(file)
    assert changed.cycle_file != first.cycle_file
    assert read_cycle_file(first.cycle_file).decide.adopt == 0.80


def test_a_school_has_its_own_settings_between_the_districts_and_the_files(schools):
    file = schools()
    params = file.parent
    (params / "defaults.yml").write_text("team: {owner: District}\nstandards: {sites: 5}\n")
    (params / "schools").mkdir()
    (params / "schools" / "s2.yml").write_text(
        "name: South High\nteam: {owner: Ms Diaz}\ncharts: {check_ins_per_week: {target: 2}}\n"
    )
    jobs, _ = jobs_of(file)
    assert [job.says.team.owner for job in jobs] == ["District", "Ms Diaz", "District"]
    assert jobs[1].says.charts["check_ins_per_week"].target == 2
    assert jobs[1].says.title.endswith(": South High")
    assert jobs[1].says.standards.sites == 1  # the file says so itself


def test_a_school_may_bring_a_file_of_its_own(schools):
    file = schools()
    (file.parent / "schools").mkdir()
    file.write_text(file.read_text().replace("path: data/arms.csv, ", ""))
    (file.parent / "defaults.yml").write_text("sources: {arms: {path: data/arms.csv}}\n")
    (file.parent / "schools" / "s3.yml").write_text("sources: {arms: {path: data/sessions.csv}}\n")
    jobs, _ = jobs_of(file)
    assert [job.says.sources["arms"].part is None for job in jobs] == [False, False, True]
    assert jobs[2].says.sources["arms"].path == "data/sessions.csv"


def test_what_is_wrong_with_the_settings_of_schools_is_told_together_each_with_its_file(schools):
    file = schools()
    (file.parent / "schools").mkdir()
    (file.parent / "schools" / "s1.yml").write_text("teem: {owner: A}\n")
    (file.parent / "schools" / "s3.yml").write_text("decide: {max_cycels: 2}\n")
    with pytest.raises(ProblemsError) as refused:
        jobs_of(file)
    assert [problem.where for problem in refused.value.problems] == [
        "params/schools/s1.yml, teem",
        "params/schools/s3.yml, decide.max_cycels",
    ]


def test_only_the_schools_that_are_named_are_run_and_a_misspelt_one_is_told(schools):
    file = schools()
    file.write_text(file.read_text().replace("of: roster,", "of: roster, only: [S3, S1],"))
    assert [job.unit for job in jobs_of(file)[0]] == ["S1", "S3"]
    file.write_text(file.read_text().replace("[S3, S1]", "[S4, S1]"))
    with pytest.raises(CyclesError) as refused:
        jobs_of(file)
    assert (refused.value.code, refused.value.what) == ("CY102", "unknown school 'S4'")


def test_a_roster_that_is_no_source_is_told(schools):
    file = schools()
    file.write_text(file.read_text().replace("of: roster,", "of: rooster,"))
    with pytest.raises(ProblemsError) as refused:
        jobs_of(file)
    assert refused.value.code == "CY105"


def test_schools_that_differ_only_in_capitals_or_are_no_names_for_files_get_names_that_are():
    named = slugs("x", ["A1", "a1", "North High", "..", "s" * 80, "007"])
    assert named["007"] == "007"
    assert len(set(named.values())) == 6
    assert all(one[0] == "x" and len(one) == 13 for school, one in named.items() if school != "007")


def test_the_name_of_a_cycle_leaves_room_for_its_schools(schools):
    file = schools()
    file.write_text(file.read_text().replace("cycle: check-ins-2026-fall ", f"cycle: {'x' * 50} "))
    with pytest.raises(ParameterError) as refused:
        jobs_of(file)
    assert refused.value.code == "CY108"


def test_a_folder_is_every_parameter_file_in_it_and_a_bad_one_does_not_stop_the_others(schools):
    file = schools()
    (file.parent / "defaults.yml").write_text("report: {languages: [en]}\n")
    (file.parent / "bad.yml").write_text("kind: pdsa_cicle\n")
    (file.parent / "copy.yml").write_bytes(file.read_bytes())
    plan = plan_fleet([file.parent])
    assert len(plan.jobs) == 3
    assert {path.name: problem.code for path, problem in plan.refused.items()} == {
        "bad.yml": "CY110",
        "copy.yml": "CY105",
    }


def test_patterns_choose_by_cycle_school_or_name(schools):
    file = schools()
    assert [job.unit for job in plan_fleet([file], only=["*--s2"]).jobs] == ["S2"]
    assert [job.unit for job in plan_fleet([file], only=["S1", "We*"]).jobs] == ["S1", "S3"]
    with pytest.raises(ParameterError) as refused:
        plan_fleet([file], only=["S9"])
    assert refused.value.code == "CY104"


def test_a_folder_without_parameter_files_is_told(tmp_path):
    with pytest.raises(ParameterError) as refused:
        plan_fleet([tmp_path])
    assert refused.value.code == "CY104"


def test_one_file_without_schools_is_no_fleet(schools):
    assert not is_fleet([ROOT / "params" / "check-ins-2026-fall.yml"])
    assert not is_fleet([ROOT / "params" / "not-there.yml"])
    assert is_fleet([schools()])
    assert is_fleet([ROOT / "params"])


def test_the_plan_is_said_and_nothing_runs_when_asked_so(schools, capfd):
    file = schools()
    assert run_one(["run", str(file), "--dry-run", "--json"]) == 0
    said = capfd.readouterr()
    plan = json.loads(said.out)
    assert [job["unit"] for job in plan["jobs"]] == ["S1", "S2", "S3"]
    assert "sessions: 1 rows = 1 of 1 schools" in said.err
    assert not (file.parent.parent / "runs").exists()


def test_a_file_for_each_school_is_sealed_for_each_school(schools, capfd):
    assert run_one(["seal", str(schools()), "--json"]) == 0
    sealed = json.loads(capfd.readouterr().out)["seals"]
    assert [one["cycle"] for one in sealed] == [f"check-ins-2026-fall--{one}" for one in ("s1", "s2", "s3")]


def test_a_notebook_is_not_opened_on_all_schools_at_once(schools, tmp_path):
    with pytest.raises(ParameterError) as refused:
        open_run(schools(), tmp_path / "runs" / "by-hand")
    assert refused.value.code == "CY105"
    assert "open one of those" in refused.value.fix


def test_the_status_of_a_district_counts_its_schools(schools):
    from cycles.core.ledger import Ledger
    from cycles.core.processes import this_process
    from cycles.core.workspace import Workspace
    from cycles.runs.status import status

    file = schools()
    workspace = Workspace(file.parent.parent)
    ended = zip(jobs_of(file)[0], ("done", "done", "failed"), strict=True)
    with Ledger.of(workspace) as ledger:
        for number, (job, state) in enumerate(ended):
            where = {"folder": file.parent, "cycle_file": job.cycle_file, "holder": this_process()}
            ledger.start_run(run_id=str(number), cycle=job.cycle, kind=job.says.kind, **where)
            ledger.finish_run(str(number), state=state, exit_status=int(state == "failed"))
    found = {one.cycle: one.state for one in status(workspace)}
    assert found["check-ins-2026-fall"] == "2 done, 1 failed"
    assert len(found) == 4
