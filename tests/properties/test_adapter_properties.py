"""Whatever the format, ids survive as they were written, and every row is in the table, excluded by name, or broken.

An adapter joins by a line in `WRITERS`: a function that writes a list of ids as a minimal file of its format and says which column
holds them.
"""

import contextlib
import csv
import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import duckdb
import pandas as pd
import pyreadstat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import AS_IT_IS, Reading
from workbooks import write_xlsx

IDS = [
    "007",
    "NA",
    "None",
    "1E05",
    "12345678901234567890",
    "TRUE",
    "null",
    "-9",
    "3.10",
    "1/2",
    "Ñandú-7",
    "0x1F",
    "+1",
    "inf",
]
PLAIN = "abcXYZ0123456789-_./ éß"
ID = st.one_of(st.sampled_from(IDS), st.text(PLAIN, min_size=1, max_size=20).map(str.strip).filter(bool))
RAGGED = st.tuples(
    st.lists(st.sampled_from(["whole", "empty"]), max_size=9), st.lists(st.sampled_from(["short", "long"]), max_size=3)
).flatmap(lambda kinds: st.permutations([*kinds[0], *kinds[1]]))
"""Rows to be added; three of the wrong length are always tolerated."""


class Written(NamedTuple):
    """A file, the column that holds the ids, and what a mapping would declare about the file."""

    path: Path
    column: str
    reading: Reading = AS_IT_IS


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    csv.writer(stream, lineterminator="\n").writerows(rows)
    return stream.getvalue()


# -- one writer for each format ----------------------------------------------------------------------------------------


def write_csv(ids: Sequence[str], folder: Path) -> Written:
    return _text(folder, [["id", "answer"]], [[one, "agree"] for one in ids], "id")


def write_qualtrics(ids: Sequence[str], folder: Path) -> Written:
    headers = [
        ["Status", "ExternalReference", "Q1"],
        ["Response Type", "External Data", "How?"],
        ['{"ImportId":"s"}', "e", "q"],
    ]
    return _text(folder, headers, [["0", one, "agree"] for one in ids], "ExternalReference")


def write_google_forms(ids: Sequence[str], folder: Path) -> Written:
    return _text(
        folder,
        [["Timestamp", "Student ID", "How?"]],
        [["9/21/2026 8:05:11", one, "agree"] for one in ids],
        "Student ID",
    )


def write_surveymonkey(ids: Sequence[str], folder: Path) -> Written:
    headers = [["Respondent ID", "Your ID", "How?"], ["", "Open-Ended Response", "Response"]]
    return _text(folder, headers, [["1001", one, "agree"] for one in ids], "Your ID")


def write_redcap(ids: Sequence[str], folder: Path) -> Written:
    fields = [["field_name", "form_name", "field_type", "field_label", "select_choices_or_calculations"]]
    fields += [["record_id", "f", "text", "Record ID", ""], ["q", "f", "radio", "How?", "agree, Agree"]]
    (folder / "fields.csv").write_text(as_csv(fields), encoding="utf-8")
    written = _text(folder, [["record_id", "q"]], [[one, "agree"] for one in ids], "record_id")
    return written._replace(reading=Reading(beside="fields.csv"))


def write_limesurvey(ids: Sequence[str], folder: Path) -> Written:
    return _text(folder, [["id", "submitdate", "Q1"]], [[one, "2026-09-21", "agree"] for one in ids], "id")


def write_oneroster(ids: Sequence[str], folder: Path) -> Written:
    members = {
        "users": [["sourcedId", "role"], *([one, "student"] for one in ids)],
        "classes": [["sourcedId", "schoolSourcedId"], ["c1", "s1"]],
        "enrollments": [["classSourcedId", "userSourcedId", "role"], *(["c1", one, "student"] for one in ids)],
    }
    with zipfile.ZipFile(folder / "file.zip", "w") as archive:
        for name, rows in members.items():
            archive.writestr(f"{name}.csv", as_csv(rows))
    return Written(folder / "file.zip", "student_id")


def write_excel(ids: Sequence[str], folder: Path) -> Written:
    rows = [["id", "answer"], *([one, "agree"] for one in ids)]
    return Written(write_xlsx(folder / "file.xlsx", rows), "id")


def write_spss(ids: Sequence[str], folder: Path) -> Written:
    pyreadstat.write_sav(_frame(ids), folder / "file.sav")
    return Written(folder / "file.sav", "id")


def write_stata(ids: Sequence[str], folder: Path) -> Written:
    pyreadstat.write_dta(_frame(ids), folder / "file.dta")
    return Written(folder / "file.dta", "id")


def write_sas(ids: Sequence[str], folder: Path) -> Written:
    pyreadstat.write_xport(_frame(ids), folder / "file.xpt", file_format_version=8)
    return Written(folder / "file.xpt", "id")


def write_parquet(ids: Sequence[str], folder: Path) -> Written:
    _frame(ids).to_parquet(folder / "file.parquet", index=False)
    return Written(folder / "file.parquet", "id")


def write_attendance_xml(ids: Sequence[str], folder: Path) -> Written:
    days = "".join(f"<day><id>{escape(one)}</id><answer>agree</answer></day>" for one in ids)
    (folder / "file.xml").write_text(f"<days>{days}</days>", encoding="utf-8")
    return Written(folder / "file.xml", "id")


def write_sqlite(ids: Sequence[str], folder: Path) -> Written:
    with contextlib.closing(sqlite3.connect(folder / "file.db")) as database:
        database.execute("CREATE TABLE pulse (id TEXT, answer TEXT)")
        database.executemany("INSERT INTO pulse VALUES (?, 'agree')", [(one,) for one in ids])
        database.commit()
    return Written(folder / "file.db", "id")


def write_duckdb(ids: Sequence[str], folder: Path) -> Written:
    with duckdb.connect(folder / "file.db") as database:
        database.execute("CREATE TABLE pulse AS SELECT unnest(?::VARCHAR[]) AS id, 'agree' AS answer", [list(ids)])
    return Written(folder / "file.db", "id")


def _frame(ids: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({"id": list(ids), "answer": ["agree"] * len(ids)})


def _text(folder: Path, headers: list[list[str]], rows: list[list[str]], column: str) -> Written:
    (folder / "file.csv").write_text(as_csv([*headers, *rows]), encoding="utf-8")
    return Written(folder / "file.csv", column)


Writer = Callable[[Sequence[str], Path], Written]
WRITERS: dict[str, Writer] = {
    "attendance_xml": write_attendance_xml,
    "csv": write_csv,
    "excel": write_excel,
    "google_forms": write_google_forms,
    "limesurvey": write_limesurvey,
    "oneroster": write_oneroster,
    "parquet": write_parquet,
    "qualtrics": write_qualtrics,
    "redcap": write_redcap,
    "sas": write_sas,
    "spss": write_spss,
    "sql, DuckDB": write_duckdb,
    "sql, SQLite": write_sqlite,
    "stata": write_stata,
    "surveymonkey": write_surveymonkey,
}
QUICK = settings(
    max_examples=20, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
AS_LINES = sorted(set(WRITERS) & {"csv", "google_forms", "limesurvey", "qualtrics", "redcap", "surveymonkey"})
"""Adapters of delimited text, whose rows can be ragged."""


# -- what holds for all of them ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("adapter", sorted(WRITERS))
@QUICK
@given(ids=st.lists(ID, min_size=1, max_size=15))
@example(ids=IDS)
def test_ids_survive_as_they_were_written(adapter, ids):
    with tempfile.TemporaryDirectory() as folder:
        written = WRITERS[adapter](ids, Path(folder))
        read = ADAPTERS.get(adapter.partition(",")[0])(written.path, reading=written.reading)
    assert read.table[written.column].tolist() == ids
    assert read.rows_raw == len(read.table) + sum(read.excluded.values()) + len(read.broken)


@pytest.mark.parametrize("adapter", AS_LINES)
@QUICK
@given(kinds=RAGGED)
@example(kinds=["whole", "short", "empty", "long", "whole"])
def test_every_row_is_in_the_table_excluded_or_broken(adapter, kinds):
    with tempfile.TemporaryDirectory() as folder:
        written = WRITERS[adapter]([f"id{number}" for number in range(40)], Path(folder))
        _lengthen(written.path, kinds)
        read = ADAPTERS.get(adapter)(written.path, reading=written.reading)
    assert read.rows_raw == len(read.table) + sum(read.excluded.values()) + len(read.broken) == 40 + len(kinds)
    assert len(read.table) >= 40 + kinds.count("whole")
    assert read.excluded.get("empty_row", 0) == kinds.count("empty")


def _lengthen(path: Path, kinds: Sequence[str]) -> None:
    """Add rows like the last one: whole, without their last field, with one more, or empty."""
    *_, last = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
    as_kind = {"whole": last, "short": last[:-1], "long": [*last, "agree"], "empty": [""] * len(last)}
    with path.open("a", encoding="utf-8") as file:
        file.write(as_csv([as_kind[kind] for kind in kinds]))
