"""Single answers are set aside, rows refer to other tables, queries are asked: each counted, none told with a value."""

import json
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest

from cycles.core.run_folder import RunFolder
from cycles.do.collection import collect, referred_to_first, validate
from cycles.do.contracts import as_problems
from cycles.do.contracts import hold as hold_it
from cycles.do.contracts.cast import CastTable
from cycles.do.contracts.engine import evaluate
from cycles.do.contracts.references import orphans
from cycles.do.contracts.rules import Allowed, Contract, Rule
from cycles.do.contracts.sql_rules import QueryError, answer
from cycles.do.contracts.wording import finding
from cycles.plan.cycle_file import Source

PEOPLE = 40


def answers(**changed: dict[int, str]) -> dict[str, list[str]]:
    """Forty respondents who all said 3, but for the changes (column -> row -> text)."""
    columns = {
        "respondent_id": [str(n) for n in range(PEOPLE)],
        "respondent_role": ["student"] * PEOPLE,
        "wave": ["w"] * PEOPLE,
        "answered_on": [""] * PEOPLE,
        **{f"BEL_0{n}": ["3"] * PEOPLE for n in range(1, 7)},
    }
    for name, places in changed.items():
        for place, text in places.items():
            columns[name][place] = text
    return columns


@pytest.fixture
def survey(workspace, delivery_of):
    def held(**changed):
        delivery = delivery_of(answers(**changed), contract="survey.school_belonging")
        return hold_it(delivery, workspace=workspace, second_engine=False)

    return held


# -- cells -----------------------------------------------------------------------------------------------------------------


def test_an_answer_that_is_not_declared_costs_itself_and_not_its_row(survey):
    report = survey(BEL_02={5: "6"})
    assert (report.outcome, report.rows_in, report.n_used, report.n_quarantined) == ("pass", PEOPLE, PEOPLE, 0)
    assert pd.isna(report.used["BEL_02"][5])
    assert report.used["BEL_01"][5] == 3
    assert report.cells.to_dict("records") == [{"_line": 7, "column": "BEL_02", "rule": "in_set:BEL_02"}]
    assert report.facts["cells_set_aside"] == {"in_set:BEL_02": 1}
    assert "Of the rows in use, 1 single cell was set aside." in report.text
    assert "(CY213), line 7 (these cells became missing; their rows stay in use)" in report.text


def test_an_answer_that_is_no_number_is_a_cell_too(survey):
    report = survey(BEL_02={5: "often"}, BEL_03={6: "9", 7: "99"})
    assert report.facts["cells_set_aside"] == {"castable:BEL_02": 1, "in_set:BEL_03": 1}
    assert report.facts["missing_codes"] == {"BEL_03": {"refused": 1}}


def test_cells_of_a_row_that_is_set_aside_are_not_counted_twice(survey):
    report = survey(BEL_02={5: "6"}, wave={5: ""})
    assert (report.n_used, report.n_quarantined, len(report.cells)) == (PEOPLE - 1, 1, 0)


def test_too_many_undeclared_answers_to_one_item_fail_the_table(survey):
    assert survey(BEL_02={0: "6", 1: "7"}).outcome == "pass"
    report = survey(BEL_02={0: "6", 1: "7", 2: "8"})
    problem = as_problems(report)[0]
    assert (report.outcome, problem.code) == ("fail", "CY213")
    assert "3 answers to BEL_02 had to be set aside, more than 5% of those given" in problem.what
    assert "lines 2, 3, 4" in problem.where


def test_cells_set_aside_are_kept_in_the_restricted_quarantine(workspace, delivery_of):
    run = RunFolder(workspace.root / "runs" / "c" / "1", workspace=workspace, cycle_name="c").use()
    validate(delivery_of(answers(BEL_02={5: "6"}), contract="survey.school_belonging"), workspace=workspace)
    kept = run.path / "quarantine" / "file.cells.parquet"
    assert pd.read_parquet(kept)["column"].tolist() == ["BEL_02"]
    assert kept.stat().st_mode & 0o077 == 0


def test_codes_that_only_the_file_calls_missing_are_said(workspace, delivery_of):
    delivery = delivery_of(answers(), contract="survey.school_belonging")
    declared = {"BEL_01": ["99", "-9.0", "97"], "BEL_02": ["99"], "unknown": ["1"]}
    delivery = replace(delivery, facts={"missing_declared": declared})
    report = hold_it(delivery, workspace=workspace, second_engine=False)
    assert report.facts["warnings"] == [
        "CY231: the file marks codes of BEL_01 as missing that the contract does not: 97"
    ]


# -- references ------------------------------------------------------------------------------------------------------------

DAYS = {"student_id": ["1", "2", "9"], "school_id": ["s"] * 3, "on": ["2026-10-05"] * 3, "status": ["present"] * 3}
REFERENCE = "reference:student_id[students]"


def students(*ids: str) -> dict[str, pd.DataFrame]:
    return {"students": pd.DataFrame({"student_id": pd.array(ids, dtype="str")})}


def test_a_row_that_refers_to_nobody_is_counted_by_both_engines_and_stays(workspace, delivery_of):
    report = hold_it(delivery_of(DAYS), contract="attendance_days", workspace=workspace, others=students("1", "2"))
    told = report.rules.set_index("rule").loc[REFERENCE]
    assert (told["n_failed"], told["gx_n_failed"], told["code"], told["outcome"]) == (1, 1, "CY223", "fail")
    assert (report.outcome, report.n_used) == ("pass", 3)
    assert (
        "1 row names a student_id that the students table does not have; accepted: at most 5% of the rows"
        in report.text
    )


def test_without_the_other_table_a_reference_is_not_judged_and_that_is_said(workspace, delivery_of):
    report = hold_it(delivery_of(DAYS), contract="attendance_days", workspace=workspace, second_engine=False)
    assert REFERENCE not in set(report.rules["rule"])
    assert report.facts["not_checked"] == {REFERENCE: "not checked: no students table was delivered with it"}
    assert f"The rule {REFERENCE} is not checked: no students table was delivered with it." in report.text
    assert report.outcome == "pass"


def test_a_critical_reference_sets_rows_aside_and_a_table_may_refer_to_itself():
    rule = Rule(kind="reference", columns=("lead",), to="t", to_columns=("id",))
    table = pd.DataFrame({"id": ["1", "2", "3"], "lead": ["1", "7", None], "_line": [2, 3, 4]}).astype("str")
    cast = CastTable(table=table, failed={}, missing_codes={})
    contract = Contract(name="t", version="1", table="t", columns=(), rules=(rule,))
    [result] = evaluate(cast, contract, others={"t": table})
    assert result.broken.tolist() == [False, True, False]


def test_a_key_is_compared_as_a_whole():
    rule = Rule(kind="reference", columns=("a", "b"), to="p", to_columns=("x", "y"))
    parents = pd.DataFrame({"x": ["1", "2"], "y": ["u", "v"]})
    table = pd.DataFrame({"a": ["1", "1", "2"], "b": ["u", "v", None]}).astype("str")
    assert orphans(rule, table, {"p": parents}).tolist() == [False, True, False]


def test_keys_of_different_types_could_not_be_compared():
    rule = Rule(kind="reference", columns=("a",), to="p", to_columns=("x",))
    cast = CastTable(table=pd.DataFrame({"a": [1, 2]}), failed={}, missing_codes={})
    contract = Contract(name="t", version="1", columns=(), rules=(rule,))
    [result] = evaluate(cast, contract, others={"p": pd.DataFrame({"x": ["1"]})})
    assert result.outcome == "could_not_run"


def test_tables_that_others_refer_to_are_held_first_and_told_in_the_order_of_the_cycle(workspace):
    files = {
        "attendance_days": "student_id,school_id,on,status\n1,s,2026-10-05,present\n9,s,2026-10-06,tardy\n",
        "students": "student_id,school_id,grade,classroom_id\n1,s,4,a\n2,s,4,a\n",
    }
    sources = {}
    for name, content in files.items():
        (workspace.root / f"{name}.csv").write_text(content)
        sources[name] = Source(name=name, adapter="csv", path=f"{name}.csv", contract=name)
    folder = RunFolder(workspace.root / "runs" / "c" / "1", workspace=workspace, cycle_name="c").use()
    tables = collect(SimpleNamespace(sources=sources, workspace=workspace, folder=folder))
    assert [report.source for report in tables.reports] == ["attendance_days", "students"]
    found = tables.reports[0].rules.set_index("rule").loc[REFERENCE]
    assert (found["n_failed"], found["gx_n_failed"]) == (1, 1)


def test_tables_that_refer_to_each_other_keep_the_order_given(workspace, delivery_of):
    one = replace(delivery_of(DAYS, contract="attendance_days"), name="days", canonical="attendance_days")
    two = replace(delivery_of({"student_id": ["1"]}, contract="students"), name="roster", canonical="students")
    assert [d.name for d in referred_to_first([one, two], workspace)] == ["roster", "days"]
    odd = replace(two, contract="nothing", name="odd")
    assert [d.name for d in referred_to_first([odd, one], workspace)] == ["odd", "days"]
    (workspace.root / "data_contracts" / "students.odcs.yaml").write_text(
        "apiVersion: v3.1.0\nkind: DataContract\nid: s\nname: students\nversion: 1.0.0\nstatus: active\nschema:\n"
        "  - name: students\n    properties:\n      - name: student_id\n        logicalType: string\n"
        "        relationships: [{to: attendance_days.student_id}]\n"
    )
    assert [d.name for d in referred_to_first([one, two], workspace)] == ["days", "roster"]


# -- queries ----------------------------------------------------------------------------------------------------------------

TABLE = pd.DataFrame({"a": [1, 2, 3], "_line": [2, 3, 4]})


def query(text: str, scope: str = "table") -> Rule:
    return Rule(kind="sql", scope=scope, query=text, allowed=Allowed(high=0), name="q")


def test_a_query_finds_rows_or_gives_a_number():
    assert answer(query('SELECT "_line" FROM t WHERE a > 1', "row"), TABLE, name="t").tolist() == [False, True, True]
    assert answer(query("SELECT max(a) FROM t"), TABLE, name="t") == 3


@pytest.mark.parametrize(
    "text",
    [
        "SELECT count(*) FROM read_csv('/etc/passwd')",
        "SELECT count(*) FROM '/etc/passwd'",
        "SELECT count(*) FROM TABLE",
        "COPY t TO 'stolen.csv'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "CREATE TABLE u AS SELECT 1",
        "SELECT 1; SELECT 2",
        "SELEKT 1",
        "SELECT a FROM t",
        "SELECT 'x'",
        "SELECT NULL",
        "SELECT a FROM nowhere",
        "",
    ],
)
def test_a_query_reads_its_table_and_nothing_else(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(QueryError):
        answer(query(text), TABLE, name="t")
    assert list(tmp_path.iterdir()) == []


def test_rows_are_asked_for_by_their_line():
    with pytest.raises(QueryError):
        answer(query("SELECT a FROM t", "row"), TABLE, name="t")


def test_a_query_that_takes_too_long_is_stopped():
    endless = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range = 7"
    with pytest.raises(QueryError):
        answer(query(endless), TABLE, name="t", timeout=0.1)


def test_a_query_is_judged_and_great_expectations_is_not_asked():
    contract = Contract(name="t", version="1", table="t", columns=(), rules=(query("SELECT count(*) FROM t"),))
    cast = CastTable(table=TABLE, failed={}, missing_codes={})
    [result] = evaluate(cast, contract)
    assert (result.outcome, result.n_failed, result.expressible) == ("fail", 1, False)
    broken = replace(contract, rules=(replace(query("SELEKT"), allowed=Allowed(high=0)),))
    assert evaluate(cast, broken)[0].outcome == "could_not_run"
    rows = replace(contract, rules=(query("SELECT _line FROM t WHERE a = 1", "row"),))
    assert evaluate(cast, rows)[0].broken.tolist() == [True, False, False]


# -- words -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(kind="between", columns=("x",), minimum=0, exclusive_minimum=True), "2 values of x are not above 0"),
        (Rule(kind="between", columns=("x",), maximum=1, exclusive_maximum=True), "2 values of x are not below 1"),
        (
            Rule(kind="between", columns=("x",), minimum=0, maximum=1, exclusive_minimum=True),
            "2 values of x are not above 0 and at most 1",
        ),
        (Rule(kind="multiple_of", columns=("x",), minimum=5), "2 values of x are not a multiple of 5"),
        (
            Rule(kind="required", columns=("x",), allowed=Allowed(high=3, high_open=True)),
            "2 rows have no x; accepted: less than 3",
        ),
        (query("SELECT 1", "row"), "2 rows were found by the query 'q'"),
        (query("SELECT 1"), "the number that the query 'q' gives is not at most 0"),
        (
            Rule(kind="row_count", allowed=Allowed(low=3, low_open=True)),
            "the number of rows is not more than 3",
        ),
        (
            Rule(kind="row_count", allowed=Allowed(low=3, high=3, outside=True)),
            "the number of rows is not other than 3",
        ),
    ],
)
def test_a_finding_is_said_in_words(rule, said):
    assert finding(rule, 2) == said


def test_a_report_stays_plain_data(survey):
    assert json.dumps(survey(BEL_02={5: "6"}).facts)
