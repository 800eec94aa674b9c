"""Receipts of what a run collects: versions, copies that come back, drift in the report, revisions made again."""

import stat
from types import SimpleNamespace

import pandas as pd
import pytest

from cycles.core import run_folder
from cycles.core.errors import ContractError
from cycles.core.run_folder import RunFolder
from cycles.do.collection import collect, validate
from cycles.do.intake import read
from cycles.do.kept import keep_copy, read_copy
from cycles.do.receipts import Received, open_revision
from cycles.plan.cycle_file import Source

ARMS = "unit_id,unit_kind,arm\n1,student,a\n2,student,b\n"
MORE = ARMS + "3,student,b\n4,student,a\n5,student,a\n"
CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: cycles.arms
name: arms
version: 1.0.0
status: active
schema:
  - name: arms
    logicalType: object
    properties:
      - {name: unit_id, logicalType: string, required: true}
      - {name: unit_kind, logicalType: string}
      - {name: arm, logicalType: string}
"""


@pytest.fixture
def run(workspace):
    """Open a run on a file of arms; what was delivered before stays in the ledger."""

    def make(content: str | None, *, revision: int | None = None, contract: str = CONTRACT) -> SimpleNamespace:
        (workspace.root / "data_contracts" / "arms.odcs.yaml").write_text(contract)
        if content is not None:
            (workspace.root / "arms.csv").write_text(content)
        folder = RunFolder(workspace.root / "runs" / "c" / "1", workspace=workspace, cycle_name="c").use()
        folder.start_afresh()
        source = Source(name="arms", adapter="csv", path="arms.csv", contract="arms")
        cycle = SimpleNamespace(cycle="c")
        return SimpleNamespace(
            sources={"arms": source}, workspace=workspace, folder=folder, cycle=cycle, revision=revision
        )

    return make


def finished(run: SimpleNamespace) -> pd.DataFrame:
    """Collect, and enter the revision as a finished run does."""
    table = collect(run).by_source["arms"]
    [told] = run.folder.records("revision")
    ledger = run.folder.ledger.deliveries
    ledger.enter(ledger.revision_for("c", told["inputs"]))
    return table


def copies(workspace) -> list:
    return sorted((workspace.root / ".cycles" / "deliveries").rglob("*.parquet"))


def test_a_delivery_leaves_a_receipt_with_what_was_read_and_used(run):
    opened = run(ARMS)
    report = collect(opened).reports[0]
    [receipt] = opened.folder.ledger.deliveries.receipts("c")
    assert (receipt.version, receipt.rows_read, receipt.used, receipt.header) == (
        1,
        2,
        2,
        ("unit_id", "unit_kind", "arm"),
    )
    assert set(receipt.basis) == {"mapping", "contract", "instrument"}
    assert (receipt.profile["n"], receipt.types["arm"]) == (2, "string")
    assert report.facts["receipt"]["text"] == "arms: version 1, 2 rows read, 2 used."


def test_the_same_file_again_writes_nothing_twice_and_is_said_to_be_known(run, workspace):
    collect(run(ARMS))
    before = [(path, path.stat().st_mtime_ns) for path in copies(workspace)]
    again = run(ARMS)
    report = collect(again).reports[0]
    assert [(path, path.stat().st_mtime_ns) for path in copies(workspace)] == before
    assert [one["again"] for one in again.folder.records("receipt")] == [True]
    assert report.facts["receipt"]["version"] == 1
    assert len(again.folder.ledger.deliveries.receipts("c")) == 1


def test_copies_are_private_and_named_by_what_is_in_them(run, workspace):
    from hashlib import sha256

    collect(run(ARMS))
    [path] = copies(workspace)
    assert (path.stem, path.parent.name) == (sha256(path.read_bytes()).hexdigest(), path.stem[:2])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in (path.parent, path.parent.parent)} == {0o700}


def test_columns_that_the_mapping_drops_are_not_kept(deliver, workspace):
    mapping = "table: arms\ncolumns: {unit_id: id}\nconstants: {unit_kind: student, arm: a}\n"
    delivery = deliver("id,name\n1,Maria Lopez\n", mapping=mapping, contract="arms")
    keep_copy(delivery, basis={}, workspace=workspace)
    [path] = copies(workspace)
    assert "Lopez" not in pd.read_parquet(path).to_string()
    assert b"Lopez" not in path.read_bytes()


def test_a_copy_comes_back_as_the_delivery_it_was(run, workspace):
    opened = run(ARMS + "".join(f"{n},student,a\n" for n in range(3, 60)) + "60,student\n")
    source = opened.sources["arms"]
    was = read(source, workspace=workspace)
    collect(opened)
    revision = open_revision(Received(reports=(), receipts=tuple(_receipts(opened)), breaks=()), opened.folder)
    again = read_copy(source, workspace=workspace, deliveries=opened.folder.ledger.deliveries, revision=revision)
    for name in ("table", "excluded", "broken"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(was, name))
    same = ("name", "canonical", "contract", "path", "sha256", "rows_raw", "instrument")
    assert [getattr(again, name) for name in same] == [getattr(was, name) for name in same]
    assert len(again.broken) == 1


def _receipts(opened):
    return opened.folder.ledger.deliveries.receipts("c")


def test_a_late_file_opens_a_revision_and_the_first_can_be_made_again(run):
    first = finished(run(ARMS))
    late = run(MORE)
    assert len(finished(late)) == 5
    assert late.folder.records("revision")[0]["because"] == "arms was delivered again (version 2)"
    again = run(None, revision=1)
    pd.testing.assert_frame_equal(finished(again), first)
    assert again.folder.records("revision")[0]["number"] == 1
    assert len(again.folder.ledger.deliveries.revisions("c")) == 2


def test_what_differs_from_the_version_before_is_a_warning_in_the_report(run):
    collect(run(ARMS))
    report = collect(run(MORE.replace("unit_kind", "unit_kind,cohort").replace("student", "student,x"))).reports[0]
    assert report.outcome == "pass"
    assert {one["code"] for one in report.facts["drift"]} == {"CY222"}
    assert [one["text"] for one in report.facts["drift"]] == [
        "cohort is new in the file",
        "5 rows are used, against 2 in the delivery before",
    ]


def test_a_report_says_on_every_rerun_what_it_said_first(run):
    collect(run(ARMS))
    second = collect(run(MORE)).reports[0].facts
    collect(run(ARMS))
    again = collect(run(MORE)).reports[0].facts
    assert (again["receipt"], again["drift"]) == (second["receipt"], second["drift"])
    assert collect(run(ARMS)).reports[0].facts["drift"] == []


def test_a_revision_is_not_made_again_under_another_contract(run):
    finished(run(ARMS))
    with pytest.raises(ContractError) as refused:
        collect(run(None, revision=1, contract=CONTRACT.replace("1.0.0", "1.1.0")))
    assert (refused.value.code, refused.value.what) == (
        "CY232",
        "arms: its contract changed since the revision was made",
    )


@pytest.mark.parametrize("harm", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes() + b"x")])
def test_a_copy_that_is_gone_or_was_changed_is_not_used(run, workspace, harm):
    finished(run(ARMS))
    [path] = copies(workspace)
    harm(path)
    with pytest.raises(ContractError) as refused:
        collect(run(None, revision=1))
    assert refused.value.code == "CY232"


def test_a_delivery_validated_by_itself_leaves_a_receipt_too(run, workspace):
    opened = run(ARMS)
    validate(read(opened.sources["arms"], workspace=workspace), workspace=workspace)
    assert [one.version for one in _receipts(opened)] == [1]
    run_folder.close()


def test_breaks_that_a_contract_declares_are_in_the_report_and_the_tables(run):
    declared = """    customProperties:
      - property: seriesBreaks
        value: [{measure: arm, at: 2026-fall, because: arms were renamed}]
"""
    tables = collect(run(ARMS, contract=CONTRACT.rstrip() + "\n" + declared))
    assert [(one.measure, one.at, one.origin) for one in tables.breaks] == [("arm", "2026-fall", "declared")]
    [told] = tables.reports[0].facts["breaks"]
    assert told["code"] == "CY221"
    assert "arms were renamed" in told["text"]
