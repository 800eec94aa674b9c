"""A file judged on disk gives what the same table gives in memory: every count, every row used, every row set aside."""

import csv as csv_module
import random
from pathlib import Path

import pandas as pd
import pytest

from contract_samples import CONTRACT_OF_T
from cycles.core.vocabulary import Delivery
from cycles.core.workspace import Workspace
from cycles.do.contracts import hold, large_rules
from cycles.do.contracts.large import hold_file
from cycles.do.contracts.odcs import read_contract
from cycles.do.intake import ADAPTERS

PROPERTIES = """\
      - {name: id, logicalType: string, required: true, logicalTypeOptions: {minLength: 2, maxLength: 4}}
      - {name: "on", logicalType: date, logicalTypeOptions: {minimum: "2026-01-01"}, customProperties: [{property: optional, value: true}]}
      - name: minutes
        logicalType: integer
        required: true
        logicalTypeOptions: {minimum: 1, maximum: 90}
        customProperties: [{property: missingCodes, value: [{code: "-9", reason: refused}, {pattern: "<[0-9]+", reason: suppressed}]}]
      - name: mark
        logicalType: number
        logicalTypeOptions: {maximum: 4.5, multipleOf: 0.5}
        quality: [{metric: nullValues, mustBeLessThan: 60, unit: percent}]
        customProperties: [{property: severity, value: warning}]
      - {name: kind, logicalType: string, quality: [{metric: invalidValues, arguments: {validValues: [a, b, "ü"]}, mustBe: 0}]}
      - name: item
        logicalType: integer
        quality: [{metric: invalidValues, arguments: {validValues: [1, 2, 3]}, mustBe: 0}]
        customProperties: [{property: itemText, value: How are you?}, {property: setAside, value: cell}]
      - {name: present, logicalType: boolean}
      - {name: parent, logicalType: string, relationships: [{to: parents.parent_id}, {to: t.id}, {to: strangers.id}]}
      - name: code
        logicalType: string
        relationships:
          - {to: t.further_code, customProperties: [{property: appliesWhen, value: [{column: present, is: true}]}]}
        logicalTypeOptions: {pattern: "^[A-Zé]+$"}
        customProperties: [{property: appliesWhen, value: [{column: minutes, at_least: 30}]}]
      - {name: further_code, logicalType: string}
      - {name: twin, logicalType: integer, relationships: [{to: t.id}]}
    quality:
      - {metric: rowCount, mustBeGreaterOrEqualTo: 3}
      - {metric: duplicateValues, arguments: {properties: [id, kind]}, mustBe: 0}
      - metric: duplicateValues
        arguments: {properties: [parent, code]}
        name: among the present
        customProperties: [{property: appliesWhen, value: [{column: present, is: true}]}, {property: severity, value: warning}]
        mustBeLessOrEqualTo: 30
        unit: percent
      - type: sql
        name: late
        query: SELECT _line FROM t WHERE minutes > 60 AND mark IS NULL
        mustBe: 0
        customProperties: [{property: setAside, value: row}]
      - {type: sql, name: mean, query: "SELECT avg(minutes) FROM t WHERE minutes > 3", mustBeBetween: [1, 60]}
      - {type: sql, name: outside, query: "SELECT count(*) FROM read_text('/etc/hostname')", mustBe: 1}
    customProperties: [{property: maxQuarantinedShare, value: 0.5}]
"""
VALUES = {
    "id": ["a1", "b2", "c3", "d4", "toolong", "x", "", " e5 ", "NA", "007", "Ünï", "ö1"],
    "on": ["2026-02-03", "2025-12-31", "2026-02-30", "", "3.2.2026", "2027-01-01"],
    "minutes": ["30", "45.0", "-9", "-9.0", "<5", "half", "", "91", "0", "61", " 62 ", "1e1"],
    "mark": ["3,5", "3.5", "4.50", "4.6", "", "1e400", "-0.0", "nan"],
    "kind": ["a", "b", "ü", "A", "", " a"],
    "item": ["1", "2", "3", "4", "", "x", "3.0"],
    "present": ["yes", "NO", "maybe", "", "1", "TRUE"],
    "parent": ["p1", "p2", "nobody", ""],
    "code": ["AB", "Éé", "ab", "", 'A"B', "A,B"],
    "further_code": ["AB", "ab", ""],
    "twin": ["1", "2", ""],
    "further": ["x", "", " y ", "=1+1"],
}


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "cycles.toml").write_text("")
    (tmp_path / "data_contracts").mkdir()
    return Workspace(tmp_path)


def random_rows(seed: int, n: int) -> pd.DataFrame:
    draw = random.Random(seed)  # noqa: S311
    shown = {name: draw.sample(values, draw.randint(1, len(values))) for name, values in VALUES.items()}
    rows = [{name: draw.choice(values) for name, values in shown.items()} for _ in range(n)]
    rows += [dict(row) for row in draw.choices(rows, k=n // 10)]
    return pd.DataFrame(rows, columns=list(VALUES), dtype="str")


def write(table: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".parquet":
        table.mask(table == "").to_parquet(path, index=False, row_group_size=7)
    else:
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv_module.writer(file, lineterminator="\n")
            lines.writerow(table.columns)
            lines.writerows(table.itertuples(index=False))
    return path


def in_memory(path: Path, contract: str, workspace: Workspace, others):
    raw = ADAPTERS.get(path.suffix[1:])(path)
    delivery = Delivery(
        name=path.stem, table=raw.table, canonical="", contract=contract, path=str(path), sha256=raw.sha256, rows_raw=raw.rows_raw,
        excluded=pd.DataFrame([(rule, n, "rows") for rule, n in raw.excluded.items()], columns=["rule", "n", "of"]),
        broken=raw.broken, facts=raw.facts,
    )  # fmt: skip
    return hold(delivery, workspace=workspace, others=others, second_engine=False)


def on_disk(path: Path, contract: str, workspace: Workspace, others):
    return hold_file(
        path,
        read_contract(workspace.contract(contract)),
        others=others,
        used=workspace.root / "used.parquet",
        quarantine=workspace.root / "q",
    )


def assert_same(memory, disk):
    columns = ["rule", "column", "severity", "scope", "outcome", "n_failed", "n_judged", "code", "found", "lines"]
    pd.testing.assert_frame_equal(disk.rules[columns], memory.rules[columns])
    assert (disk.outcome, disk.rows_in, disk.n_used, disk.n_quarantined) == (
        memory.outcome, memory.rows_in, memory.n_used, memory.n_quarantined,
    )  # fmt: skip
    for name in ("problems", "missing_codes", "cells_set_aside", "counts", "not_checked", "excluded"):
        assert disk.facts[name] == memory.facts[name]
    assert disk.text == memory.text
    assert disk.sha256 == memory.sha256
    pd.testing.assert_frame_equal(pd.read_parquet(disk.facts["used_path"]), memory.used, check_dtype=False)
    pd.testing.assert_frame_equal(pd.read_parquet(disk.facts["quarantine_path"]), memory.quarantined, check_dtype=False)
    if "cells_path" in disk.facts:
        pd.testing.assert_frame_equal(pd.read_parquet(disk.facts["cells_path"]), memory.cells, check_dtype=False)
    else:
        assert not len(memory.cells)


@pytest.mark.parametrize("ending", ["parquet", "csv"])
@pytest.mark.parametrize("seed", range(5))
def test_a_table_of_any_faults_is_judged_alike(workspace, monkeypatch, seed, ending):
    monkeypatch.setattr(large_rules, "BATCH", 17)
    (workspace.root / "data_contracts" / "t.odcs.yaml").write_text(CONTRACT_OF_T + PROPERTIES)
    path = write(random_rows(seed, 60), workspace.root / f"t.{ending}")
    others = {"parents": pd.DataFrame({"parent_id": ["p1", "p2"]}, dtype="str")}
    assert_same(in_memory(path, "t", workspace, others), on_disk(path, "t", workspace, others))
