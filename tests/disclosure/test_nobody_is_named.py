"""Nothing that names a person is shown, recorded or written; a table with a row per person is refused."""

import pandas as pd
import pytest

from cycles.act.reporting import report, show
from cycles.core.errors import DisclosureError
from cycles.core.tables import PERSON_COLUMNS
from cycles.core.vocabulary import Panel
from report_samples import contracts, open_sample_run, write_sample_report

CANARY = "canary-7431"


@pytest.mark.parametrize(
    "column", [*sorted(PERSON_COLUMNS), "Student_ID", "student id", "name", "email", "old_student_id", "_line"]
)
def test_a_table_with_a_column_that_names_a_person_is_refused(column, tmp_path):
    run = open_sample_run(tmp_path)
    with pytest.raises(DisclosureError) as refused:
        show(pd.DataFrame({column: [CANARY], "n": [50]}), alt="Rows.")
    assert refused.value.code == "CY401"
    assert CANARY not in str(refused.value)
    assert run.folder.blocks == []


def test_an_index_that_names_a_person_is_refused():
    with pytest.raises(DisclosureError, match="student_id"):
        show(pd.DataFrame({"score": [1.0]}, index=pd.Index([CANARY], name="student_id")), alt="Rows.")


def test_a_long_table_without_counts_is_refused():
    with pytest.raises(DisclosureError, match="tells no counts"):
        show(pd.DataFrame({"score": range(201)}), alt="Rows.")


def test_an_index_without_a_name_is_left_out(tmp_path):
    run = open_sample_run(tmp_path)
    show(pd.DataFrame({"group": ["a"], "n": [50]}, index=[CANARY]), alt="Groups.")
    assert CANARY not in (run.folder.path / "blocks.json").read_text()


def test_contract_reports_show_counts_only(tmp_path):
    run = open_sample_run(tmp_path)
    show(contracts())
    report(run)
    written = "".join(path.read_text() for path in run.folder.path.iterdir() if path.is_file())
    assert "canary-" not in written
    assert "2,387" in written


def test_a_panel_shows_how_many_are_in_each_arm_and_nobody(tmp_path):
    run = open_sample_run(tmp_path)
    table = pd.DataFrame(
        {
            "unit": [f"{CANARY}-{row}" for row in range(60)],
            "arm": ["check_ins"] * 40 + ["not_yet"] * 20,
            "outcome": [1.0, None, 2.0, 4.0] * 15,
        }
    )
    show(
        Panel(
            table=table,
            measure="belonging",
            outcome_unit="points",
            design="student_comparison",
            change="check_ins",
            comparison="not_yet",
        )
    )
    (block,) = run.folder.blocks
    assert block["rows"] == [["check ins", "40", "75%"], ["not yet", "20", "75%"]]
    assert CANARY not in (run.folder.path / "blocks.json").read_text()


def test_files_of_a_report_are_private(tmp_path):
    path = write_sample_report(tmp_path)
    assert [oct(one.stat().st_mode & 0o777) for one in path.parent.iterdir() if one.is_file()] == ["0o600"] * sum(
        one.is_file() for one in path.parent.iterdir()
    )
