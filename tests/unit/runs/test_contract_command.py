"""`cycles contract`: a verdict on one file without a cycle, a difference of two contracts; nothing written unasked."""

import json
import stat

import pandas as pd
import pytest

from contract_samples import CONTRACT_OF_T
from cycles.core.workspace import scaffold_root
from cycles.runs import holding
from cycles.runs.commandline import run_one

GOOD = "unit_id,unit_kind,arm\n1,student,a\n2,student,b\n3,student,b\n"
CONTRACT = (
    CONTRACT_OF_T
    + """\
      - {name: id, logicalType: string, required: true}
      - {name: minutes, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 90}}
    quality: [QUALITY]
    customProperties: [{property: maxQuarantinedShare, value: 0.5}]
"""
)
FLOOR = "{metric: rowCount, mustBeGreaterOrEqualTo: 1}"


@pytest.fixture
def here(tmp_path, monkeypatch):
    (tmp_path / "cycles.toml").write_text("")
    (tmp_path / "data_contracts").mkdir()
    (tmp_path / "data_contracts" / "t.odcs.yaml").write_text(CONTRACT.replace("QUALITY", FLOOR))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*words: str) -> int:
    return run_one(["contract", "check", *words])


@pytest.mark.parametrize("engine", ["memory", "disk"])
def test_a_file_that_keeps_its_contract_passes(here, capfd, engine):
    (here / "x.csv").write_text(GOOD)
    assert check("x.csv", "--contract", "arms", "--engine", engine) == 0
    said = capfd.readouterr()
    assert "pass: arms" in said.err
    assert "3 rows in = 3 used + 0 set aside" in said.err
    assert said.out == ""
    assert sorted(one.name for one in here.iterdir()) == ["cycles.toml", "data_contracts", "x.csv"]


@pytest.mark.parametrize("engine", ["memory", "disk"])
def test_a_file_that_breaks_it_fails_with_what_to_do(here, capfd, engine):
    (here / "x.csv").write_text("id,minutes\n1,5\n2,Maria Lopez\n3,999\n")
    assert check("x.csv", "--contract", "t", "--engine", engine, "--json") == 1
    said = capfd.readouterr()
    told = json.loads(said.out)
    assert (told["schema"], told["outcome"], told["used"], told["quarantined"]) == ("cycles.contract/1", "fail", 1, 2)
    assert told["facts"]["engine"] == engine
    assert "[CY212]" in said.err
    assert "Maria" not in said.out + said.err


def test_a_rule_that_cannot_be_judged_is_neither_and_exits_with_1(here, capfd):
    query = '{type: sql, name: odd, query: "SELECT nothing FROM t", mustBe: 0}'
    (here / "data_contracts" / "t.odcs.yaml").write_text(CONTRACT.replace("QUALITY", query))
    (here / "x.csv").write_text("id,minutes\n1,5\n2,6\n")
    assert check("x.csv", "--contract", "t") == 1
    said = capfd.readouterr().err
    assert "could not run: t" in said
    assert "[CY214]" in said


def test_names_and_files_that_are_not_there_are_a_matter_of_usage(here):
    (here / "x.csv").write_text(GOOD)
    (here / "x.abc").write_text(GOOD)
    assert check("absent.csv", "--contract", "arms") == 2
    assert check("x.csv", "--contract", "armz") == 2
    assert check("x.csv") == 2
    assert check("x.abc", "--contract", "arms") == 2
    assert check("x.abc", "--contract", "arms", "--adapter", "csv") == 0
    assert check("x.abc", "--contract", "arms", "--engine", "disk") == 2


def test_a_mapping_is_used_and_needs_the_engine_in_memory(here, capfd):
    (here / "x.csv").write_text("who,group\n1,a\n2,b\n")
    (here / "params" / "mappings").mkdir(parents=True)
    mapping = "table: arms\ncolumns: {unit_id: who, arm: group}\nconstants: {unit_kind: student}\n"
    (here / "params" / "mappings" / "m.yml").write_text(mapping)
    assert check("x.csv", "--contract", "arms", "--mapping", "m") == 0
    assert "2 rows in = 2 used" in capfd.readouterr().err
    assert check("x.csv", "--contract", "arms", "--mapping", "m", "--engine", "disk") == 2


def test_without_a_workspace_the_contracts_that_come_with_cycles_are_known(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text(GOOD)
    assert check("x.csv", "--contract", "arms") == 0


@pytest.mark.parametrize("engine", ["memory", "disk"])
def test_the_rows_set_aside_and_the_page_are_written_where_asked(here, engine):
    (here / "x.csv").write_text("id,minutes\n1,5\n2,x\n3,7\n")
    words = ("--contract", "t", "--engine", engine, "--html", "page.html", "--quarantine", "aside")
    assert check("x.csv", *words) == 0
    kept = here / "aside" / "x.parquet"
    assert pd.read_parquet(kept).to_dict("records") == [
        {"id": "2", "minutes": "x", "_line": 3, "_rules": "castable:minutes"}
    ]
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "3 in = 2 used + 1 set aside" in (here / "page.html").read_text()


def test_a_folder_that_is_there_keeps_its_mode(here):
    (here / "x.csv").write_text("id,minutes\n1,5\n2,x\n")
    (here / "shared").mkdir(mode=0o755)
    check("x.csv", "--contract", "t", "--quarantine", "shared")
    assert stat.S_IMODE((here / "shared").stat().st_mode) == 0o755


def test_a_large_file_goes_to_disk_by_itself_unless_it_is_not_plain(here, monkeypatch, capfd):
    monkeypatch.setattr(holding, "LARGE_TEXT", 10)
    monkeypatch.setattr(holding, "LARGE_CELLS", 5)
    (here / "x.csv").write_text("id,minutes\n1,5\n2,6\n")
    pd.DataFrame({"id": ["1", "2", "3"], "minutes": ["5", "6", "7"]}).to_parquet(here / "y.parquet")
    (here / "z.csv").write_text('id,minutes\n"1\n1",5\n2,6\n')
    engines = []
    for name in ("x.csv", "y.parquet", "z.csv"):
        assert check(name, "--contract", "t", "--json") == 0
        engines.append(json.loads(capfd.readouterr().out)["facts"]["engine"])
    assert engines == ["disk", "disk", "memory"]


def test_a_damaged_parquet_file_is_refused_without_a_traceback(here, capfd):
    (here / "x.parquet").write_bytes(b"PAR1 no more")
    assert check("x.parquet", "--contract", "t") == 1
    assert "[CY201]" in capfd.readouterr().err


def test_a_difference_is_grouped_by_level_and_gated_by_the_version(here, capfd):
    old = here / "data_contracts" / "t.odcs.yaml"
    (here / "new.yml").write_text(old.read_text().replace("maximum: 90", "maximum: 60"))
    assert run_one(["contract", "diff", str(old), "new.yml"]) == 1
    said = capfd.readouterr().err
    assert "Breaks what came before:" in said
    assert "[CY224]" in said
    (here / "new.yml").write_text((here / "new.yml").read_text().replace("version: 1.0.0", "version: 2.0.0"))
    assert run_one(["contract", "diff", str(old), "new.yml", "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["schema"], told["level"], told["passes"]) == ("cycles.contract_diff/1", "major", True)


def test_two_instruments_are_compared_as_contracts(here, capfd):
    instrument = scaffold_root() / "src/cycles/plan/instruments/library/school_belonging.yml"
    (here / "new.yml").write_text(instrument.read_text().replace("I can be myself", "I am myself"))
    assert run_one(["contract", "diff", str(instrument), "new.yml"]) == 1
    assert "BEL_05 is worded differently (series break)" in capfd.readouterr().err
