"""Databases: what is in them comes out as exact text, nothing can be written, and no message repeats what a driver said."""

# ruff: noqa: S608  statements are made of constants

import contextlib
import sqlite3
from pathlib import Path

import duckdb
import pytest
from tests.postgres import PASSWORD

from cycles.core.errors import ContractError, CyclesError, ParameterError
from cycles.core.workspace import Workspace
from cycles.do.intake import read
from cycles.do.intake.adapters import sql as module
from cycles.do.intake.adapters.sql import sql
from cycles.do.intake.reading import Reading
from cycles.plan.cycle_file import Source

ATTENDANCE = """
CREATE TABLE attendance (student_id VARCHAR(9), days INTEGER, share DOUBLE PRECISION, credits NUMERIC(9, 2), present BOOLEAN,
                         day DATE, at TIMESTAMP, note TEXT);
INSERT INTO attendance VALUES ('007', 12345678901, 0.1, 1.50, TRUE, '2026-10-05', '2026-10-05 08:00:01', 'NA'),
                              ('000', NULL, 1e-7, NULL, NULL, NULL, NULL, '');
"""
AS_TEXT = [
    {"student_id": "007", "days": "12345678901", "share": "0.1", "credits": "1.50", "present": "true", "day": "2026-10-05",
     "at": "2026-10-05T08:00:01", "note": "NA", "_line": 1},
    {"student_id": "000", "days": "", "share": "1e-07", "credits": "", "present": "", "day": "", "at": "", "note": "", "_line": 2},
]  # fmt: skip


@pytest.fixture
def sqlite(tmp_path):
    """Make a SQLite file by a script."""

    def make(script: str, name: str = "district.sqlite") -> Path:
        with contextlib.closing(sqlite3.connect(tmp_path / name)) as database:
            database.executescript(script)
        return tmp_path / name

    return make


@pytest.fixture
def duck(tmp_path):
    """Make a DuckDB file by a script."""

    def make(script: str, name: str = "district.duckdb") -> Path:
        with duckdb.connect(tmp_path / name) as database:
            database.execute(script)
        return tmp_path / name

    return make


@pytest.fixture
def in_postgres(postgres_server):
    """Run a script in a schema of its own; the server's address. The schema is gone afterwards."""
    from sqlalchemy import create_engine

    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")

    def run(script: str) -> str:
        with engine.connect() as connection:
            for statement in script.split(";"):
                if statement.strip():
                    connection.exec_driver_sql(statement)
        return postgres_server

    run("DROP SCHEMA IF EXISTS public, sis CASCADE; CREATE SCHEMA public; GRANT ALL ON SCHEMA public TO PUBLIC")
    yield run
    engine.dispose()


def rows(path, **reading) -> list[dict]:
    return sql(path, reading=Reading(**reading)).table.to_dict("records")


def refusal(path, **reading) -> CyclesError:
    with pytest.raises(CyclesError) as caught:
        sql(path, reading=Reading(**reading))
    assert caught.value.__cause__ is None
    return caught.value


# -- values --------------------------------------------------------------------------------------------------------------


def test_duckdb_gives_every_type_as_exact_text(duck):
    file = duck(ATTENDANCE.replace("INTEGER", "BIGINT").replace(" at ", ' "at" '))
    assert rows(file) == AS_TEXT


def test_postgresql_gives_every_type_as_exact_text(in_postgres):
    assert rows(in_postgres(ATTENDANCE.replace("INTEGER", "BIGINT"))) == AS_TEXT


def test_sqlite_gives_what_it_stores(sqlite):
    file = sqlite(
        "CREATE TABLE t (id TEXT, n INTEGER, x REAL); INSERT INTO t VALUES ('007', 9007199254740993, 0.1), (NULL, NULL, 1e300)"
    )
    assert rows(file) == [
        {"id": "007", "n": "9007199254740993", "x": "0.1", "_line": 1},
        {"id": "", "n": "", "x": "1e+300", "_line": 2},
    ]


def test_duckdb_moments_with_a_zone_and_short_numbers_are_told_as_the_database_tells_them(duck):
    uuid = "'00000000-0000-0000-0000-000000000007'::UUID"
    file = duck(
        f"CREATE TABLE t AS SELECT 0.1::FLOAT AS x, {uuid} AS u, '2026-10-05 10:00:00+02'::TIMESTAMPTZ AS moment"
    )
    (row,) = rows(file)
    assert row["x"] == "0.1"
    assert row["u"].endswith("0007")
    assert row["moment"] == "2026-10-05T08:00:00Z"


@pytest.mark.parametrize("value", ["x'00ff'", "x'41'"])
def test_bytes_are_refused_by_column(sqlite, value):
    problem = refusal(sqlite(f"CREATE TABLE t (id TEXT, photo BLOB); INSERT INTO t VALUES ('7', {value})"))
    assert problem.code == "CY201"
    assert "photo" in problem.what


def test_lists_are_refused_by_column(in_postgres):
    problem = refusal(in_postgres("CREATE TABLE t AS SELECT ARRAY['Maria', 'Lopez'] AS names"))
    assert problem.code == "CY201"
    assert "Maria" not in str(problem)


def test_a_column_that_cannot_be_text_does_not_hurt_when_nobody_asks_for_it(sqlite):
    file = sqlite("CREATE TABLE t (id TEXT, photo BLOB); INSERT INTO t VALUES ('7', x'00')")
    raw = sql(file, columns=["id"])
    assert raw.table.to_dict("records") == [{"id": "7", "_line": 1}]
    assert raw.header == ("id", "photo")


def test_text_that_is_not_utf_8_is_refused_without_repeating_it(sqlite):
    problem = refusal(sqlite("CREATE TABLE t (n TEXT); INSERT INTO t VALUES (CAST(x'4d61726961ff' AS TEXT))"))
    assert problem.code == "CY201"
    assert "Maria" not in str(problem)


# -- names and values that bite ------------------------------------------------------------------------------------------

NASTY = [
    'x"); DROP TABLE t; --',
    "100%",
    "a:b",
    "a.b",
    "ünï",
    "sel ect",
    "back\\slash",
    "%s",
    "%(x)s",
    "''",
    "a::b",
    "?",
    "{}",
]


@pytest.mark.parametrize("name", NASTY)
def test_any_name_of_a_table_or_column_is_only_a_name(sqlite, duck, in_postgres, name):
    script = 'CREATE TABLE "{0}" (id TEXT, "{0}" TEXT)'.replace("{0}", name.replace('"', '""'))
    files = [
        _by_statement(sqlite3.connect, sqlite("SELECT 1"), script),
        _by_statement(duckdb.connect, duck("SELECT 1"), script),
    ]
    for source in [*files, _in_postgres(in_postgres, script)]:
        raw = sql(source, reading=Reading(relation=name), columns=[name])
        assert raw.header == ("id", name)
        assert list(raw.table.columns) == [name, "_line"]


def _by_statement(connect, file: Path, statement: str) -> Path:
    with contextlib.closing(connect(str(file))) as database:
        database.execute(statement)
        database.commit()
    return file


def _in_postgres(in_postgres, statement: str) -> str:
    from sqlalchemy import create_engine

    address = in_postgres("")
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.connection.driver_connection.execute(statement.encode())
    engine.dispose()
    return address


THREE = "CREATE TABLE t (id TEXT, grade INTEGER); INSERT INTO t VALUES ('1', 9), ('2', 10), ('3', 10)"


@pytest.mark.parametrize("kind", ["sqlite", "duck", "in_postgres"])
def test_values_are_bound_whatever_they_say(request, kind):
    source = request.getfixturevalue(kind)(THREE)
    query = "SELECT id FROM t WHERE grade = :grade ORDER BY id;"
    assert [row["id"] for row in rows(source, query=query, values={"grade": "10"})] == ["2", "3"]
    assert rows(source, query="SELECT id FROM t WHERE id = :id", values={"id": "1' OR '1' = '1"}) == []


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM t",
        "SELECT 1; DROP TABLE t",
        "PRAGMA query_only = OFF",
        "COPY t TO 'x.csv'",
        "",
        "-- SELECT\nDELETE FROM t",
    ],
)
def test_only_one_select_is_a_query(sqlite, query):
    assert refusal(sqlite(THREE), query=query).code == "CY105"


def test_a_query_cannot_write_in_postgresql_even_in_disguise(in_postgres):
    address = in_postgres(THREE + "; CREATE SEQUENCE s")
    assert refusal(address, query="WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone").code == "CY105"
    assert refusal(address, query="SELECT nextval('s')").code in ("CY105", "CY225")
    assert len(rows(address, relation="t")) == 3


def test_a_view_of_a_duckdb_file_cannot_read_other_files(duck, tmp_path):
    (tmp_path / "secret.csv").write_text("password\nhidden\n")
    file = duck(f"CREATE VIEW v AS SELECT * FROM read_csv('{tmp_path}/secret.csv')")
    assert "hidden" not in str(refusal(file, relation="v"))


@pytest.mark.parametrize(
    ("reading", "named"),
    [({"query": "SELECT :a", "values": {}}, ":a"), ({"query": "SELECT 1", "values": {"b": "1"}}, ":b")],
)
def test_a_query_and_its_values_name_the_same(sqlite, reading, named):
    problem = refusal(sqlite(THREE), **reading)
    assert problem.code == "CY105"
    assert named in problem.what


def test_a_relation_and_a_query_together_are_refused(sqlite):
    assert refusal(sqlite(THREE), relation="t", query="SELECT 1").code == "CY105"


def test_a_query_that_the_database_cannot_run_is_refused_without_its_words(sqlite, duck, in_postgres):
    for source in (sqlite(THREE), duck(THREE), in_postgres(THREE)):
        problem = refusal(source, query="SELECT nope FROM t WHERE id = 'Maria'")
        assert problem.code == "CY105"
        assert "Maria" not in str(problem)


def test_a_query_that_fails_on_some_row_is_refused_without_the_value(duck, in_postgres):
    named = THREE.replace("'3'", "'Maria'")
    for source in (duck(named), in_postgres(named)):
        problem = refusal(source, query="SELECT CAST(id AS INTEGER) AS x FROM t")
        assert problem.code == "CY105"
        assert "Maria" not in str(problem)


def test_columns_that_share_a_name_are_refused(duck):
    assert refusal(duck(THREE), query="SELECT id, grade AS id FROM t").code == "CY204"


# -- which table ---------------------------------------------------------------------------------------------------------

TWO = "CREATE TABLE students (id TEXT); CREATE TABLE courses (id TEXT)"


@pytest.mark.parametrize("kind", ["sqlite", "duck", "in_postgres"])
def test_a_table_that_is_not_there_is_answered_with_those_that_are(request, kind):
    problem = refusal(request.getfixturevalue(kind)(TWO), relation="student")
    assert problem.code == "CY227"
    assert "Did you mean 'students'? Known: courses, students." in problem.fix


def test_one_of_several_tables_must_be_named(sqlite):
    problem = refusal(sqlite(TWO))
    assert problem.code == "CY227"
    assert "courses, students" in problem.fix


@pytest.mark.parametrize("kind", ["duck", "in_postgres"])
def test_a_table_of_another_schema_is_named_with_it(request, kind):
    source = request.getfixturevalue(kind)(
        "CREATE SCHEMA sis; CREATE TABLE sis.days (id TEXT); INSERT INTO sis.days VALUES ('7')"
    )
    assert [row["id"] for row in rows(source, relation="sis.days")] == ["7"]


def test_views_are_relations_too(sqlite, in_postgres):
    assert len(rows(sqlite(THREE + "; CREATE VIEW old AS SELECT * FROM t WHERE grade = 10"), relation="old")) == 2
    assert len(rows(in_postgres(THREE + "; CREATE MATERIALIZED VIEW old AS SELECT * FROM t"), relation="old")) == 3


# -- fingerprints and sizes ----------------------------------------------------------------------------------------------


def test_the_same_content_has_the_same_fingerprint_wherever_and_in_whatever_order_it_is_stored(
    sqlite, duck, in_postgres
):
    other = THREE.replace("('1', 9), ('2', 10), ('3', 10)", "('3', 10), ('1', 9), ('2', 10)")
    prints = {sql(source).sha256 for source in (sqlite(THREE), duck(other), in_postgres(other))}
    assert len(prints) == 1
    assert sql(sqlite(THREE.replace("9", "8"), "other.sqlite")).sha256 not in prints


def test_more_text_than_fits_is_refused(sqlite, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    monkeypatch.setattr("cycles.do.intake.text_rows.MAX_CHARACTERS", 4)
    assert refusal(sqlite(THREE)).code == "CY207"


def test_batches_make_one_table(sqlite, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    assert [(row["id"], row["_line"]) for row in rows(sqlite(THREE))] == [("1", 1), ("2", 2), ("3", 3)]


# -- addresses -----------------------------------------------------------------------------------------------------------


def test_a_variable_may_hold_the_address(sqlite, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", f"sqlite:///{sqlite(THREE)}")
    assert len(rows("env:WAREHOUSE")) == 3


def test_a_variable_that_is_not_set_is_named():
    problem = refusal("env:NOBODY_SET_THIS")
    assert problem.code == "CY225"
    assert "NOBODY_SET_THIS" in problem.what


@pytest.mark.parametrize("address", ["postgresql://ana:{}@host/db", "postgresql+psycopg://host/db?password={}"])
def test_a_password_does_not_belong_into_a_file(workspace, address):
    with pytest.raises(ParameterError) as caught:
        read(Source(name="arms", adapter="sql", path=address.format(PASSWORD)), workspace=workspace)
    assert caught.value.code == "CY105"
    assert "env:NAME" in caught.value.fix
    assert PASSWORD not in str(caught.value)


def test_wrong_credentials_are_said_without_them(in_postgres, monkeypatch):
    address = in_postgres("").replace("postgres@", f"guarded:not-{PASSWORD}@")
    monkeypatch.setenv("WAREHOUSE", address)
    problem = refusal("env:WAREHOUSE")
    assert (problem.code, problem.what) == ("CY225", "the database refused the credentials")
    assert PASSWORD not in str(problem)
    assert "guarded" not in str(problem)


def test_the_right_credentials_open_what_the_role_may_read(in_postgres, monkeypatch):
    monkeypatch.setenv(
        "WAREHOUSE", in_postgres(THREE + "; GRANT SELECT ON t TO guarded").replace("postgres@", f"guarded:{PASSWORD}@")
    )
    assert len(rows("env:WAREHOUSE", relation="t")) == 3


def test_a_server_that_is_not_there_is_said_without_its_address(tmp_path):
    problem = refusal(f"postgresql+psycopg://ana@/district?host={tmp_path}")
    assert (problem.code, problem.where) == ("CY225", "a postgresql address")
    assert str(tmp_path) not in str(problem)


@pytest.mark.parametrize(
    "address", ["mysql://host/db", "postgresql://[::1/db", "sqlite:///below/here.sqlite", "sqlite://host/x"]
)
def test_an_address_of_another_kind_is_refused(address):
    assert refusal(address).code == "CY105"


def test_a_file_that_is_not_there_is_said(tmp_path):
    assert refusal(tmp_path / "no.sqlite").code == "CY104"


BROKEN_DUCKDB = b"\0" * 8 + b"DUCK" + b"\0" * 9000


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"student_id,days\n", "CY202"),
        (b"", "CY202"),
        (b"SQLite format 3\0" + b"\1" * 5000, "CY201"),
        (BROKEN_DUCKDB, "CY201"),
    ],
)
def test_a_file_that_is_no_sound_database_is_refused(tmp_path, head, code):
    (tmp_path / "odd.db").write_bytes(head)
    assert refusal(tmp_path / "odd.db").code == code


def test_a_source_of_a_database_goes_through_its_mapping(workspace, sqlite):
    file = sqlite(
        "CREATE TABLE s (sid TEXT, building TEXT, name TEXT); INSERT INTO s VALUES ('007', '01', 'Maria Lopez')"
    )
    (workspace.root / "params/mappings/m.yml").write_text(
        "table: students\nreading: {relation: s}\ncolumns: {student_id: sid, school_id: building}\n"
    )
    delivery = read(Source(name="s", adapter="sql", path=file.name, mapping="m"), workspace=Workspace(workspace.root))
    assert delivery.table.to_dict("records") == [{"student_id": "007", "school_id": "01", "_line": 1}]


def test_what_cannot_be_read_is_an_error_about_data(tmp_path):
    (tmp_path / "x.db").write_bytes(b"not one")
    with pytest.raises(ContractError):
        sql(tmp_path / "x.db")
