"""The contract report: every count, no value, beside the report of every run."""

import re

import pytest

from contract_samples import RECORDS, record
from cycles.act.reporting.contract_report import contract_page
from cycles.act.reporting.report import report_again
from report_samples import open_sample_run, write_sample_report


def text_of(page: str) -> str:
    without = re.sub(r"<style>.*?</style>|<[^>]+>", " ", page.replace("</strong>", ""), flags=re.DOTALL)
    return " ".join(without.split())


@pytest.fixture(scope="module")
def said():
    return text_of(contract_page(RECORDS, title="Autumn data"))


def test_rows_in_are_rows_used_and_rows_set_aside_for_every_source(said):
    assert "2,387 in = 2,380 used + 7 set aside" in said
    assert "410 in = 300 used + 110 set aside" in said
    assert "2,797 rows came in 2,680 rows used 117 rows set aside, and 12 single cells" in said


def test_a_rule_has_its_outcome_its_count_its_percent_and_the_second_count(said):
    assert "between:minutes critical broken 110 26.83% 110" in said
    assert "in_set:BEL_02 critical holds 0 0% 0" in said
    assert "row_count critical holds 0 – 0" in said
    assert "sql:late_entry critical not judged – – –" in said


def test_a_problem_comes_with_what_to_do(said):
    assert "What to do Correct the rows listed in the quarantine and run again." in said
    assert "The file did not" not in said
    assert "1 of 2 files kept their contract." in said


def test_what_else_was_seen_is_told(said):
    for one in (
        "BEL_02 refused 4",
        "preview rows 3",
        "CY222. The column minutes is new.",
        "CY221. Nearly every site jumped at once.",
        "Version 2 Rows read 2,390 Schema c0dec0dec0dec0de",
        "Reference:student_id: not checked: no students table was delivered with it.",
        "1 row set aside last time",
        "What The rule sql:late_entry could not be judged",
    ):
        assert one in said


def test_undeclared_codes_stay_out(said):
    assert "other" not in said
    assert "987" not in said


def test_one_kept_file_is_said_as_one():
    said = text_of(contract_page([record(facts={}, rules=[])], title="Arms"))
    assert "The file kept its contract." in said
    assert "Rules" not in said


def test_one_broken_file_is_said_as_one():
    assert "The file did not keep its contract." in contract_page([record(outcome="fail")], title="Arms")


def test_the_same_records_give_the_same_page():
    assert contract_page(RECORDS, title="Autumn data") == contract_page(RECORDS, title="Autumn data")


HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "javascript:alert(1)"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text_wherever_it_stands(text):
    rule = {"rule": text, "column": text, "severity": "critical", "outcome": "fail", "n_failed": 1, "found": text}
    facts = {
        "problems": [{"code": text, "what": text, "where": text, "fix": text}],
        "missing_codes": {text: {text: 1}},
        "excluded": [{"rule": text, "n": 1, "of": text}],
        "drift": [{"code": text, "text": text}],
        "breaks": [{"code": text, "text": text}],
        "warnings": [text],
        "receipt": {text: text},
    }
    one = record(source=text, contract=text, version=text, sha256=text, rules=[rule], facts=facts)
    page = contract_page([one], title=text, eyebrow=text)
    assert not re.search(r"<(script|img|iframe|svg)|https?://", page)
    assert "49" not in text_of(page)
    assert "default-src 'none'" in page


def test_every_run_has_the_page_beside_its_report_and_a_link_each_way(tmp_path):
    path = write_sample_report(tmp_path)
    page = path.with_name("contracts.html").read_text()
    assert 'href="contracts.html"' in path.read_text()
    assert 'href="report.html"' in page
    assert "2,387 in = 2,380 used + 7 set aside" in page
    assert "canary" not in page


def test_the_page_is_written_again_with_the_report(tmp_path):
    run = open_sample_run(tmp_path)
    run.folder.record("contract", RECORDS[0])
    run.folder.write_json("report_facts.json", {"title": "Autumn", "kind": "PDSA cycle"})
    written = report_again(run.folder).with_name("contracts.html")
    assert "2,387 in" in written.read_text()


def test_a_run_without_sources_has_no_such_page(tmp_path):
    run = open_sample_run(tmp_path)
    run.folder.write_json("report_facts.json", {"title": "Autumn", "kind": "PDSA cycle"})
    report = report_again(run.folder)
    assert not report.with_name("contracts.html").exists()
    assert "contracts.html" not in report.read_text()
