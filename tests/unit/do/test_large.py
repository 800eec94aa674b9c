"""Large files: read where they lie, refused where something had to be assumed, in bounded memory, seeing no other file."""

import datetime as dt
import decimal
import stat

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cycles.core.errors import ContractError, CyclesError, ParameterError
from cycles.do.contracts.large import hold_file
from cycles.do.contracts.large_source import open_file
from cycles.do.contracts.rules import Column, Contract, Rule
from cycles.do.intake import ADAPTERS

NO_RULES = Contract(name="t", version="1", columns=(), rules=(), table="t")


def keyed(*rules: Rule) -> Contract:
    return Contract(name="t", version="1", table="t", columns=(Column(name="id", type="string"),), rules=rules)


@pytest.fixture
def opened(tmp_path):
    """The view of a file as a table of text."""

    def make(path):
        folder = tmp_path / "private"
        folder.mkdir()
        found = open_file(path, folder, memory="256MB", threads=1)
        return found.connection.execute("SELECT * FROM _cycles_source ORDER BY _line").df()

    return make


def test_every_type_of_parquet_is_the_text_that_it_is_in_memory(tmp_path, opened):
    moment = dt.datetime(2026, 1, 2, 3, 4, 5)
    table = pa.table(
        {
            "whole": pa.array([1, None, -3], pa.int16()),
            "number": [7.0, 0.1, float("nan")],
            "large": [1e20, -0.0, 2.0**53],
            "single": pa.array([0.1, 1e20, None], pa.float32()),
            "exact": [decimal.Decimal("1.50"), None, decimal.Decimal("2.00")],
            "truth": [True, None, False],
            "day": [dt.date(2026, 1, 2), None, dt.date(1999, 12, 31)],
            "moment": [dt.datetime(2026, 1, 2), moment, moment.replace(microsecond=120)],
            "text": ["007", " x ", None],
            "choice": pa.array(["a", "b", None]).dictionary_encode(),
        }
    )
    path = tmp_path / "typed.parquet"
    pq.write_table(table, path)
    in_memory = ADAPTERS.get("parquet")(path).table
    pd.testing.assert_frame_equal(opened(path)[in_memory.columns.tolist()], in_memory, check_dtype=False)


def test_a_name_with_wildcards_is_one_file(tmp_path):
    for name in ("a[1]*.csv", "a1.csv"):
        (tmp_path / name).write_text(f"id,x\n{name},1\n2,3\n")
    assert hold_file(tmp_path / "a[1]*.csv", keyed(Rule(kind="required", columns=("id",)))).rows_in == 2


@pytest.mark.parametrize(
    "content",
    [
        b"id,x\n1,2,3\n4,5\n",
        b"id,x\n1\n2,3\n4,5\n6,7\n8,9\n",
        b'id,x\n1,"two\nlines"\n2,3\n',
        b"id,x\n\n1,2\n3,4\n",
        b"id,x\n1,2\n3,4",
        b"id,x\n1,na\xefve\n3,4\n",
        b'id,x\n1,="007"\n3,4\n',
        b'id,x\n1, "a, b"\n2,3\n',
        b"id,x\n1,2\nid,x\n3,4\n",
        b"\xef\xbb\xbfid,x\n1,2\n3,4\n",
        b"id,x\r1,2\r3,4\r",
        b"Title of it all\nid,x\n1,2\n3,4\n",
        b"id,_line\n1,2\n3,4\n",
        b"no line ends",
    ],
)
def test_text_of_which_something_must_be_assumed_is_left_to_the_reader_in_memory(tmp_path, content):
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    with pytest.raises(CyclesError) as caught:
        hold_file(path, NO_RULES)
    assert caught.value.code in ("CY105", "CY203", "CY219", "CY226")


def test_a_row_that_becomes_ragged_far_down_is_found(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("id,x\n" + "1,2\n" * 400_000 + "3,4,5\n")
    with pytest.raises(ParameterError) as caught:
        hold_file(path, NO_RULES)
    assert (caught.value.code, "memory" in caught.value.fix) == ("CY105", True)
    assert "3,4,5" not in str(caught.value)


@pytest.mark.parametrize("content", [b"PAR1 and nothing else", b"", b"PAR1" + b"\0" * 40 + b"PAR1"])
def test_a_damaged_parquet_file_is_said_to_be_so(tmp_path, content):
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(ContractError) as caught:
        hold_file(path, NO_RULES)
    assert caught.value.code == "CY201"


def test_names_that_differ_only_in_case_are_refused(tmp_path):
    pq.write_table(pa.table({"id": ["1"], "ID": ["2"]}), tmp_path / "x.parquet")
    with pytest.raises(ContractError) as caught:
        hold_file(tmp_path / "x.parquet", NO_RULES)
    assert caught.value.code == "CY204"


def test_a_column_of_lists_is_left_to_others(tmp_path):
    pq.write_table(pa.table({"id": [["1"]]}), tmp_path / "x.parquet")
    with pytest.raises(ParameterError) as caught:
        hold_file(tmp_path / "x.parquet", NO_RULES)
    assert caught.value.code == "CY105"


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(ParameterError) as caught:
        hold_file(tmp_path / "x.csv", NO_RULES)
    assert caught.value.code == "CY104"


def test_a_column_name_cannot_become_a_query(tmp_path):
    hostile = 'x"); DROP TABLE _cycles_marks; --'
    pq.write_table(pa.table({"id": ["1", "1"], hostile: ["a", "a"]}), tmp_path / "x.parquet")
    report = hold_file(tmp_path / "x.parquet", keyed(Rule(kind="unique", columns=("id",))), used=tmp_path / "u.parquet")
    assert pd.read_parquet(tmp_path / "u.parquet").columns.tolist() == ["id", hostile]
    assert report.facts["counts"] == {"repeated_row": 1, "rows_set_aside": 1}


def test_nothing_is_written_unless_asked_for_and_then_for_its_owner_only(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("id,x\n1,a\n1,b\n2,c\n")
    contract = keyed(Rule(kind="unique", columns=("id",)))
    hold_file(path, contract)
    assert [one.name for one in tmp_path.iterdir()] == ["t.csv"]
    hold_file(path, contract, quarantine=tmp_path / "aside")
    kept = tmp_path / "aside" / "t.parquet"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert pd.read_parquet(kept).values.tolist() == [["1", "a", 2, "unique:id"], ["1", "b", 3, "unique:id"]]


def test_an_empty_table_is_judged_too(tmp_path):
    (tmp_path / "t.csv").write_text("id,x\n")
    report = hold_file(
        tmp_path / "t.csv", keyed(Rule(kind="column_exists", columns=("id",))), used=tmp_path / "u.parquet"
    )
    assert (report.outcome, report.rows_in) == ("pass", 0)
    assert len(pd.read_parquet(tmp_path / "u.parquet")) == 0


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "t.csv").write_text("id,x\n1,2\n")
    with pytest.raises(CyclesError) as caught:
        hold_file(tmp_path / "t.csv", keyed(), used=tmp_path / "absent" / "u.parquet")
    assert caught.value.code == "CY504"
