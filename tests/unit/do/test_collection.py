"""Collecting: every source, every problem together; sessions become dosage."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from cycles.core.errors import ContractError, ProblemsError
from cycles.core.run_folder import RunFolder
from cycles.do.collection import collect
from cycles.do.supports import dosage
from cycles.plan.cycle_file import Source


@pytest.fixture
def run(workspace):
    def make(**files: str):
        sources = {}
        for name, content in files.items():
            (workspace.root / f"{name}.csv").write_text(content)
            contract = name.rstrip("0123456789")
            sources[name] = Source(name=name, adapter="csv", path=f"{name}.csv", contract=contract)
        folder = RunFolder(workspace.root / "runs" / "c" / "1", workspace=workspace, cycle_name="c").use()
        return SimpleNamespace(sources=sources, workspace=workspace, folder=folder)

    return make


ARMS = "unit_id,unit_kind,arm\n1,student,a\n2,student,b\n"
DAYS = "student_id,school_id,on,status\n1,s,2026-10-05,present\n1,s,2026-10-06,tardy\n"


def test_tables_are_found_by_source_and_by_kind_with_the_latest_day(run):
    tables = collect(run(arms=ARMS, attendance_days=DAYS))
    assert list(tables.by_table) == ["arms", "attendance_days"]
    assert tables.by_source["arms"]["unit_id"].tolist() == ["1", "2"]
    assert tables.as_of == date(2026, 10, 6)
    assert tables.table["rows_in"].tolist() == [2, 2]
    assert "arms: 2 rows in = 2 used + 0 set aside." in str(tables)


def test_files_of_one_table_are_put_together(run):
    tables = collect(run(arms1=ARMS, arms2=ARMS.replace("1,", "3,").replace("2,", "4,")))
    assert tables.by_table["arms"]["unit_id"].tolist() == ["1", "2", "3", "4"]
    assert tables.as_of is None


def test_files_of_one_table_with_different_columns_are_refused(run):
    with pytest.raises(ContractError) as caught:
        collect(
            run(
                arms1=ARMS,
                arms2=ARMS.replace("unit_id", "site,unit_id").replace("1,s", "x,1,s").replace("2,s", "x,2,s"),
            )
        )
    assert (caught.value.code, "site" in caught.value.what) == ("CY211", True)


def test_all_problems_of_all_sources_are_told_together(run):
    opened = run(arms="unit_id,arm\n1,a\n2,b\n", attendance_days="<html>", sessions="student_id\n")
    opened.sources["gone"] = Source(name="gone", adapter="csv", path="gone.csv", contract="arms")
    opened.sources["odd"] = Source(name="odd", adapter="csv", path="arms.csv", contract="arms", mapping="broken")
    (opened.workspace.root / "params" / "mappings" / "broken.yml").write_text("table: arms\na: 1\nb: 2\n")
    with pytest.raises(ProblemsError) as caught:
        collect(opened)
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["CY202", "CY104", "CY101", "CY101", "CY211", "CY211", "CY215"]
    assert caught.value.exit_status == 1


def test_verdicts_are_kept_even_when_the_run_stops(run):
    opened = run(arms="unit_id,arm\n1,a\n2,b\n", attendance_days=DAYS)
    with pytest.raises(ContractError):
        collect(opened)
    assert [record["outcome"] for record in opened.folder.records("contract")] == ["fail", "pass"]


def test_sessions_are_counted_per_student_and_service_within_the_window():
    log = pd.DataFrame(
        {
            "student_id": ["a", "a", "a", "b"],
            "on": pd.to_datetime(["2026-10-01", "2026-10-05", "2026-10-12", "2026-10-05"]),
            "minutes": [30, 20, 10, 5],
            "service": ["tutoring", "check_in", "check_in", "check_in"],
        }
    )
    given = dosage(log, service="check_in", since=date(2026, 10, 5), until=date(2026, 10, 5), school_year_minutes=200)
    assert given[["student_id", "n_sessions", "minutes", "school_year_share"]].values.tolist() == [
        ["a", 1, 20.0, 0.1],
        ["b", 1, 5.0, 0.025],
    ]
    assert len(dosage(log)) == 3
