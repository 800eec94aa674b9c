"""Names, ids and comments planted in every column of a large file never appear in what is told of it, nor in the page."""

import json

import pytest

from cycles.act.reporting.contract_report import contract_page
from cycles.core.errors import CyclesError
from cycles.core.workspace import Workspace
from cycles.do.contracts import as_problems, as_record
from cycles.do.contracts.large import hold_file
from cycles.do.contracts.verdict import find_contract

CANARIES = ("Maria Lopez", "Mr Jones hit me", "S-4711-CANARY", "ana.smith@example.org")
SURVEY = "respondent_id,respondent_role,wave,answered_on," + ",".join(f"BEL_0{n}" for n in range(1, 7))


def attendance(canary: str) -> str:
    rows = [f"{canary},{canary},{canary},{canary}", f"{canary},s,2026-10-05,{canary}", f"{canary},s,2026-10-05,present"]
    return "\n".join(["student_id,school_id,on,status", *rows]) + "\n"


def survey(canary: str) -> str:
    return f"{SURVEY}\n{canary},{canary},w,{canary}" + f",{canary}" * 6 + "\n"


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(("made", "contract"), [(attendance, "attendance_days"), (survey, "survey.school_belonging")])
def test_nothing_told_of_a_large_file_holds_a_value(tmp_path, canary, made, contract):
    (tmp_path / "file.csv").write_text(made(canary))
    report = hold_file(
        tmp_path / "file.csv", find_contract(contract, Workspace(tmp_path)), quarantine=tmp_path / "aside"
    )
    page = contract_page([as_record(report)], title="Held")
    told = [report.text, report.rules.to_csv(), json.dumps(report.facts), page, *map(str, as_problems(report))]
    assert report.outcome == "fail"
    assert not any(canary in one for one in told)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "aside").iterdir())
    assert canary.encode() in kept


@pytest.mark.parametrize("canary", CANARIES)
def test_a_file_that_cannot_be_read_on_disk_is_refused_without_its_values(tmp_path, canary):
    (tmp_path / "file.csv").write_text("id,x\n" + "1,2\n" * 300_000 + f"{canary},2,3\n")
    with pytest.raises(CyclesError) as caught:
        hold_file(tmp_path / "file.csv", find_contract("arms", Workspace(tmp_path)))
    assert canary not in str(caught.value) + repr(caught.value)
    assert caught.value.__cause__ is None
