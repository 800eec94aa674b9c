"""Parquet: every kind of value as text that loses nothing, parts in order, nothing nested taken in silence."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cycles.core.errors import CyclesError
from cycles.do.intake.adapters import ADAPTERS

parquet = ADAPTERS.get("parquet")


def write(path, columns):
    pq.write_table(pa.table(columns), path)
    return path


def code_of(path, **how) -> str:
    with pytest.raises(CyclesError) as caught:
        parquet(path, **how)
    return caught.value.code


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (["007", "NA", None], ["007", "NA", ""]),
        ([1, 2**62, None], ["1", str(2**62), ""]),
        ([7.0, 0.1, None], ["7", "0.1", ""]),
        (pa.array([0.1, 2.0], pa.float32()), ["0.1", "2"]),
        ([Decimal("1.50"), None], ["1.50", ""]),
        ([True, False, None], ["true", "false", ""]),
        ([dt.date(2026, 9, 21), None], ["2026-09-21", ""]),
        ([dt.datetime(2026, 9, 21), dt.datetime(2026, 9, 21, 8, 30)], ["2026-09-21", "2026-09-21T08:30:00"]),
        (pa.array([dt.datetime(2026, 9, 21, 12)], pa.timestamp("ns", "America/New_York")), ["2026-09-21T12:00:00Z"]),
        (pa.array([1], pa.timestamp("ns")), ["1970-01-01 00:00:00.000000001"]),
        ([dt.time(8, 30), None], ["08:30:00", ""]),
        ([dt.timedelta(hours=30), None], ["30:00:00", ""]),
        (pa.array(["x", "y", "x"]).dictionary_encode(), ["x", "y", "x"]),
        (pa.nulls(2), ["", ""]),
    ],
    ids=lambda one: str(getattr(one, "type", "")) or None,
)
def test_a_value_becomes_the_text_that_it_stands_for(tmp_path, values, texts):
    assert parquet(write(tmp_path / "x.parquet", {"value": values})).table["value"].tolist() == texts


def test_only_the_columns_that_are_asked_for_are_read(tmp_path):
    file = write(tmp_path / "x.parquet", {"id": ["007"], "marks": [[1, 2]]})
    read = parquet(file, columns=["id"])
    assert read.table.to_dict("records") == [{"id": "007", "_line": 2}]
    assert read.header == ("id", "marks")


@pytest.mark.parametrize("value", [[1, 2], {"a": 1}, b"bytes"])
def test_a_nested_column_is_refused_by_its_name_where_it_is_asked_for(tmp_path, value):
    file = write(tmp_path / "x.parquet", {"id": ["007"], "marks": [value]})
    with pytest.raises(CyclesError) as caught:
        parquet(file)
    assert (caught.value.code, "marks" in caught.value.what) == ("CY202", True)


def test_the_parts_of_a_folder_are_one_table_in_the_order_of_their_names(tmp_path):
    write(tmp_path / "part-2.parquet", {"id": ["009"]})
    write(tmp_path / "part-1.parquet", {"id": ["007", "008"]})
    read = parquet(tmp_path)
    assert read.table.to_numpy().tolist() == [["007", 2], ["008", 3], ["009", 4]]
    assert read.rows_raw == 3


def test_parts_with_other_columns_are_refused(tmp_path):
    write(tmp_path / "part-1.parquet", {"id": ["007"]})
    write(tmp_path / "part-2.parquet", {"student": ["008"]})
    assert code_of(tmp_path) == "CY203"


def test_a_file_read_in_pieces_is_the_file_read_at_once(tmp_path, monkeypatch):
    file = write(tmp_path / "x.parquet", {"n": list(range(100))})
    whole = parquet(file)
    monkeypatch.setattr("cycles.do.intake.adapters.parquet.ROWS", 7)
    assert parquet(file).table.equals(whole.table)


def test_more_values_than_memory_holds_are_refused_before_they_are_read(tmp_path):
    column = pa.array(["x"]).dictionary_encode().take(pa.array([0] * 3_000_000, pa.int32()))
    file = write(tmp_path / "x.parquet", {f"q{n}": column for n in range(15)})
    assert code_of(file) == "CY207"
    assert len(parquet(file, columns=["q1"]).table) == 3_000_000


@pytest.mark.parametrize(("content", "code"), [(b"", "CY201"), (b"id\n007\n", "CY202"), (b"PAR1 and no more", "CY201")])
def test_what_is_no_parquet_file_is_refused_with_a_code(tmp_path, content, code):
    (tmp_path / "x.parquet").write_bytes(content)
    assert code_of(tmp_path / "x.parquet") == code


def test_a_file_damaged_anywhere_is_refused_with_a_code_or_read_whole(tmp_path):
    data = write(tmp_path / "x.parquet", {"id": [str(n) for n in range(50)]}).read_bytes()
    answers = set()
    for place in range(4, len(data), 29):
        (tmp_path / "y.parquet").write_bytes(data[:place] + bytes([data[place] ^ 255]) + data[place + 1 :])
        try:
            answers.add(len(parquet(tmp_path / "y.parquet").table))
        except CyclesError as refusal:
            answers.add(refusal.code)
    assert answers <= {50, "CY201", "CY202", "CY207"}
    assert "CY201" in answers


def test_a_folder_without_parts_and_a_file_that_is_not_there_are_named(tmp_path):
    assert code_of(tmp_path) == code_of(tmp_path / "x.parquet") == "CY104"
