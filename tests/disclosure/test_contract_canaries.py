"""Names, ids and comments planted in every column never appear in what a contract report tells."""

import json

import pytest

from cycles.core.errors import CyclesError
from cycles.core.run_folder import RunFolder
from cycles.core.workspace import Workspace
from cycles.do.contracts import hold as hold_it
from cycles.do.contracts import validate
from cycles.do.intake import read
from cycles.plan.cycle_file import Source

CANARIES = ("Maria Lopez", "Mr Jones hit me", "S-4711-CANARY", "ana.smith@example.org")


@pytest.fixture
def canary_run(tmp_path):
    (tmp_path / "cycles.toml").write_text("")
    workspace = Workspace(tmp_path)
    folder = RunFolder(tmp_path / "runs" / "c" / "1", workspace=workspace, cycle_name="c").use()

    def delivered(content: str, **source):
        (tmp_path / "file.csv").write_text(content)
        return read(Source(name="file", adapter="csv", path="file.csv", **source), workspace=workspace)

    return delivered, folder


def attendance(canary: str) -> str:
    rows = [f"{canary},{canary},{canary},{canary}", f"{canary},s,2026-10-05,{canary}", f"{canary},s,2026-10-05,present"]
    return "\n".join(["student_id,school_id,on,status", *rows]) + "\n"


def survey(canary: str) -> str:
    names = ",".join(f"BEL_0{n}" for n in range(1, 7))
    return (
        f"respondent_id,respondent_role,wave,answered_on,{names}\n"
        + f"{canary},{canary},w,{canary}"
        + f",{canary}" * 6
        + "\n"
    )


@pytest.mark.parametrize("canary", CANARIES)
@pytest.mark.parametrize(
    ("made", "source"), [(attendance, {"contract": "attendance_days"}), (survey, {"instrument": "school_belonging"})]
)
def test_nothing_a_report_tells_holds_a_value(canary_run, canary, made, source):
    delivered, folder = canary_run
    delivery = delivered(made(canary), **source)
    report = hold_it(delivery, workspace=folder.workspace)
    told = [
        report.text,
        str(report),
        report.rules.to_csv(),
        json.dumps(report.facts),
        delivery.text,
        str(delivery.facts),
    ]
    with pytest.raises(CyclesError) as caught:
        validate(delivery, workspace=folder.workspace)
    told += [str(caught.value), repr(caught.value), json.dumps(folder.records("contract"))]
    assert canary in report.quarantined.to_csv()
    assert not any(canary in one for one in told)


@pytest.mark.parametrize("canary", CANARIES)
def test_the_ledger_and_the_records_hold_no_value(canary_run, canary):
    delivered, folder = canary_run
    with pytest.raises(CyclesError):
        validate(delivered(attendance(canary), contract="attendance_days"), workspace=folder.workspace)
    kept = [
        path for path in folder.workspace.root.rglob("*") if path.is_file() and path.suffix not in (".csv", ".parquet")
    ]
    assert len(kept) >= 2
    assert not any(canary.encode() in path.read_bytes() for path in kept)
