"""Names, ids and comments planted in every column never appear in what a contract report tells."""

import json

import pandas as pd
import pytest

from contract_samples import CONTRACT_OF_T
from cycles.core.errors import CyclesError
from cycles.core.run_folder import RunFolder
from cycles.core.workspace import Workspace
from cycles.do.collection import validate
from cycles.do.contracts import as_problems
from cycles.do.contracts import hold as hold_it
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
        named = {"name": "file", **source}
        return read(Source(adapter="csv", path="file.csv", **named), workspace=workspace)

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


EVERY_RULE = """\
      - name: a
        logicalType: string
        logicalTypeOptions: {maxLength: 1, pattern: "^x$", format: uuid}
        relationships: [{to: parents.id}]
        customProperties: [{property: appliesWhen, value: [{column: b, present: true}]}, {property: setAside, value: cell}]
      - name: b
        logicalType: string
        required: true
        quality:
          - name: q
            type: sql
            query: "SELECT _line FROM t WHERE b <> 'x'"
            mustBe: 0
            customProperties: [{property: setAside, value: row}]
          - {name: n, type: sql, query: "SELECT max(b) FROM t", mustBe: 0}
          - {metric: nullValues, mustBeGreaterThan: 5, unit: percent}
      - {name: c, logicalType: number, customProperties: [{property: setAside, value: cell}]}
"""


@pytest.mark.parametrize("canary", CANARIES)
def test_references_conditions_cells_and_queries_tell_no_value(canary_run, canary):
    delivered, folder = canary_run
    contracts = folder.workspace.root / "data_contracts"
    contracts.mkdir()
    (contracts / "t.odcs.yaml").write_text(CONTRACT_OF_T + EVERY_RULE)
    delivery = delivered(f"a,b,c\n{canary},{canary},{canary}\n{canary},x,1\n", name="students", contract="t")
    others = {"parents": pd.DataFrame({"id": pd.array([f"{canary} Senior"], dtype="str")})}
    report = hold_it(delivery, contract="t", workspace=folder.workspace, others=others)
    assert {"fail", "could_not_run"} <= set(report.rules["outcome"])
    told = [report.text, report.rules.to_csv(), json.dumps(report.facts), report.cells.to_csv()]
    told += [str(problem) for problem in as_problems(report)]
    assert not any(canary in one for one in told)
