"""A district's sources, split by school: every row in one school's part or counted among the rest, and nothing read twice."""

import pandas as pd
import pytest

from cycles.core.errors import ContractError, ParameterError
from cycles.core.workspace import Workspace
from cycles.do import large_partition
from cycles.do import partition as module
from cycles.do.intake import read
from cycles.do.intake.part import parts_of
from cycles.do.partition import partition
from cycles.plan.cycle_file import Source

STUDENTS = """student_id,school_id,grade,classroom_id,entered_on,left_on,school_name
0001,S1,09,S1-A,,,North
0002,S1,09,S1-A,,,North
0003,S2,10,S2-A,,,South
0004,S2,10,S2-B,,,South
0005,,10,,,,
0006,S1,09,S1-A,,,North
0006,S2,09,S2-A,,,South
"""
SESSIONS = """student_id,on,minutes,service,provider_role,provider_id,in_school_hours
0001,2026-10-05,15,tutoring,,,
0003,2026-10-06,15,tutoring,,,
0003,2026-10-07,20,tutoring,,,
0009,2026-10-06,15,tutoring,,,
0006,2026-10-06,15,tutoring,,,
,2026-10-06,15,tutoring,,,
"""
ARMS = """unit_id,unit_kind,arm,started_on,assigned_by
S1-A,classroom,check_ins,,
S2-A,classroom,not_yet,,
0004,student,check_ins,,
S2,school,not_yet,,
"""
FIGURES = "site_id,period,measure,value,n\nD9,2025-26,attendance_share,0.91,\n"


@pytest.fixture
def district(tmp_path):
    """A workspace with four files, and its sources."""
    (tmp_path / "cycles.toml").write_text("")
    (tmp_path / "data").mkdir()
    texts = {"students": STUDENTS, "sessions": SESSIONS, "arms": ARMS, "site_measures": FIGURES}
    for name, text in texts.items():
        (tmp_path / "data" / f"{name}.csv").write_text(text)
    sources = {
        name: Source(name=name, adapter="csv", path=f"data/{name}.csv", contract=name)
        for name in ("sessions", "students", "arms", "site_measures")
    }
    return Workspace(tmp_path), sources


def split(district):
    workspace, sources = district
    return partition(sources, of="students", by="school_id", called="school_name", workspace=workspace)


def part(district, source, school):
    workspace, sources = district
    mine = split(district).splits[source].of(school)
    return read(sources[source].model_copy(update=mine), workspace=workspace)


def test_the_schools_are_those_of_the_roster_with_their_names(district):
    assert split(district).schools == {"S1": "North", "S2": "South"}


def test_rows_of_schools_and_the_rest_are_the_rows_of_the_district(district):
    for one in split(district).splits.values():
        if not one.is_whole:
            assert sum(one.n_rows.values()) + sum(one.rest.values()) == one.rows
            assert one.rows + sum(one.left_out.values()) == one.rows_raw


def test_rows_go_to_the_school_they_name_or_to_that_of_their_student(district):
    splits = split(district).splits
    assert splits["students"].n_rows == {"S1": 3, "S2": 3}
    assert splits["students"].how == "by their column school_id"
    assert part(district, "sessions", "S2").table["minutes"].tolist() == ["15", "20"]
    assert splits["sessions"].how == "through student_id on the roster"


def test_rows_of_no_school_are_told_with_the_reason(district):
    splits = split(district).splits
    assert splits["students"].rest == {"without a school": 1}
    assert splits["sessions"].rest == {
        "without a school": 1,
        "of students or classrooms in several schools": 1,
        "unknown to the roster": 1,
    }
    assert splits["sessions"].text == (
        "sessions: 6 rows = 3 of 2 schools + 1 without a school + 1 of students or classrooms in several schools"
        " + 1 unknown to the roster (through student_id on the roster)."
    )


def test_arms_are_split_by_the_classroom_student_or_school_they_name(district):
    assert part(district, "arms", "S1").table["unit_id"].tolist() == ["S1-A"]
    assert part(district, "arms", "S2").table["unit_id"].tolist() == ["S2-A", "0004", "S2"]


def test_a_table_that_names_neither_is_given_whole_and_says_so(district):
    whole = split(district).splits["site_measures"]
    assert whole.is_whole
    assert "given whole to every school" in whole.text
    assert part(district, "site_measures", "S1").table.equals(part(district, "site_measures", "S2").table)


def test_a_part_is_a_delivery_of_its_own_whose_rows_add_up(district):
    mine = part(district, "sessions", "S1")
    assert (mine.rows_raw, len(mine.table), mine.facts["rows_mapped"]) == (1, 1, 1)
    assert mine.table["_line"].tolist() == [2]  # of the district's file, where a mistake is mended
    assert mine.sha256 == split(district).splits["sessions"].part("S1")
    assert mine.path == "data/sessions.csv"


def test_a_school_without_rows_has_an_empty_table_with_the_columns(district):
    workspace, _ = district
    text = SESSIONS.replace("0001,2026", "0003,2026")
    (workspace.root / "data" / "sessions.csv").write_text(text)
    mine = part(district, "sessions", "S1")
    assert len(mine.table) == 0
    assert "minutes" in mine.table.columns


def test_melted_rows_stay_reconciled_in_each_part(district):
    workspace, sources = district
    (workspace.root / "params" / "mappings").mkdir(parents=True)
    (workspace.root / "params" / "mappings" / "wide.yml").write_text(
        "table: assessments\ncolumns: {student_id: id}\nconstants: {on: 2026-10-01, standard: all}\n"
        "melt: {into: test, waves: {math: {score: Math}, reading: {score: Reading}}}\n"
    )
    (workspace.root / "data" / "wide.csv").write_text("id,Math,Reading\n0001,5,\n0002,4,3\n0003,,2\n")
    wide = Source(name="wide", adapter="csv", path="data/wide.csv", contract="assessments", mapping="wide")
    found = partition({**sources, "wide": wide}, of="students", by="school_id", workspace=workspace)
    mine = read(wide.model_copy(update=found.splits["wide"].of("S1")), workspace=workspace)
    assert (mine.rows_raw, len(mine.table), int(mine.excluded["n"].sum())) == (2, 3, 1)


def test_what_is_split_already_is_not_read_again(district, monkeypatch):
    first = split(district)
    monkeypatch.setattr(module, "read", lambda *_, **__: pytest.fail("read again"))
    assert split(district) == first


def test_only_the_school_whose_rows_changed_has_another_part(district):
    before = split(district).splits["sessions"]
    workspace, _ = district
    (workspace.root / "data" / "sessions.csv").write_text(SESSIONS.replace("0001,2026-10-05,15", "0001,2026-10-05,25"))
    after = split(district).splits["sessions"]
    assert before.part("S1") != after.part("S1")
    assert before.part("S2") == after.part("S2")


def test_a_row_that_is_put_in_early_changes_its_own_school_and_the_lines_that_messages_name(district):
    before = split(district).splits["sessions"]
    workspace, _ = district
    head, _, rest = SESSIONS.partition("\n")
    (workspace.root / "data" / "sessions.csv").write_text(f"{head}\n0002,2026-10-01,10,tutoring,,,\n{rest}")
    after = split(district).splits["sessions"]
    assert before.part("S1") != after.part("S1")
    assert before.part("S2") == after.part("S2")
    assert part(district, "sessions", "S2").table["_line"].tolist() == [4, 5]  # they were 3 and 4


def test_a_value_that_moves_to_the_next_cell_is_another_part(district):
    before = split(district).splits["arms"]
    workspace, _ = district
    (workspace.root / "data" / "arms.csv").write_text(ARMS.replace("check_ins,,", "check_,ins,", 1))
    assert split(district).splits["arms"].part("S1") != before.part("S1")


def test_packs_are_private_and_one_that_was_changed_is_not_used(district):
    workspace, sources = district
    mine = split(district).splits["arms"].of("S1")
    path = parts_of(workspace) / f"{mine['pack']}.parquet"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    path.write_bytes(b"other")
    with pytest.raises(ContractError) as refused:
        read(sources["arms"].model_copy(update=mine), workspace=workspace)
    assert refused.value.code == "CY234"
    assert part(district, "arms", "S1").table["unit_id"].tolist() == ["S1-A"]  # planning writes it again


def test_a_pack_in_which_one_cell_was_changed_does_not_hold_the_part(district):
    import pyarrow.parquet as pq

    workspace, sources = district
    mine = split(district).splits["sessions"].of("S2")
    path = parts_of(workspace) / f"{mine['pack']}.parquet"
    table = pq.read_table(path)
    about = pq.ParquetFile(path).metadata.metadata
    other = table.set_column(2, "minutes", [["15", "15", "99"]])
    with pq.ParquetWriter(path, other.schema) as writer:
        writer.write_table(other)
        writer.add_key_value_metadata({b"cycles.pack": about[b"cycles.pack"]})
    with pytest.raises(ContractError):
        read(sources["sessions"].model_copy(update=mine), workspace=workspace)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_large_file_is_split_on_the_disk_into_the_same_parts(district, monkeypatch, ending):
    workspace, sources = district
    if ending == "parquet":
        for name, source in sources.items():
            pd.read_csv(workspace.root / source.path, dtype="str", keep_default_na=False).to_parquet(
                workspace.root / "data" / f"{name}.parquet"
            )
        sources = {
            name: one.model_copy(update={"adapter": "parquet", "path": f"data/{name}.parquet"})
            for name, one in sources.items()
        }
    small = split((workspace, sources)).splits
    monkeypatch.setattr(large_partition, "LARGE_TEXT", 0)
    monkeypatch.setattr(large_partition, "LARGE_ROWS", 0)
    monkeypatch.setattr(module, "_known", lambda *_: None)
    read_in_memory = []
    monkeypatch.setattr(module, "read", lambda source, **how: read_in_memory.append(source.name) or read(source, **how))
    assert split((workspace, sources)).splits == small
    assert read_in_memory == ["students", "arms", "site_measures"]  # sessions were not


def test_a_large_file_that_only_the_reader_in_memory_reads_is_read_there(district, monkeypatch):
    workspace, _ = district
    (workspace.root / "data" / "sessions.csv").write_text(SESSIONS + '0003,2026-10-08,"2\n0",tutoring,,,\n')
    small = split(district).splits["sessions"]
    monkeypatch.setattr(large_partition, "LARGE_TEXT", 0)
    monkeypatch.setattr(module, "_known", lambda *_: None)
    assert split(district).splits["sessions"] == small
    assert small.n_rows == {"S1": 1, "S2": 3}


def test_a_roster_without_the_column_is_told_of(district):
    workspace, sources = district
    with pytest.raises(ParameterError) as refused:
        partition(sources, of="students", by="campus", workspace=workspace)
    assert refused.value.code == "CY105"
    assert "school_id" in refused.value.fix


def test_schools_are_told_apart_whatever_their_ids_look_like():
    from cycles.do.belonging import roster_of, schools_of

    students = pd.DataFrame({"student_id": ["1", "2"], "school_id": ["../../etc", "é"], "classroom_id": ["a", "b"]})
    roster = roster_of(students, by="school_id", called=None, where="roster")
    assert list(roster.schools) == ["../../etc", "é"]
    assert schools_of(pd.DataFrame({"classroom_id": ["b"]}), roster).school.tolist() == ["é"]
    assert schools_of(pd.DataFrame({"value": ["b"]}), roster) is None
