"""`show`: every result becomes blocks, worded from its own numbers."""

import json
import sys
from dataclasses import dataclass, replace
from types import SimpleNamespace

import pandas as pd
import pytest

from cycles.act.reporting import show
from cycles.core.errors import DisclosureError, ParameterError
from cycles.core.run_folder import RunFolder
from report_samples import (
    answers,
    chart,
    contracts,
    decision,
    estimate,
    findings,
    open_sample_run,
    plan,
    prediction,
    response_by_group,
)


@pytest.fixture
def run(tmp_path):
    return open_sample_run(tmp_path)


def only_block(run):
    (block,) = run.folder.blocks
    return block


def rows_of(block):
    return {row[0]: row[1] for row in block["rows"]}


@pytest.mark.parametrize("thing", [estimate(), {"a": estimate()}, chart(), answers(), response_by_group()])
@pytest.mark.parametrize("alt", [None, "  "])
def test_figures_and_tables_need_alternative_text(thing, alt, run):
    with pytest.raises(DisclosureError) as refused:
        show(thing, alt=alt)
    assert refused.value.code == "CY402"
    assert run.folder.blocks == []


@pytest.mark.parametrize("thing", [42, [], [1, 2], {}, {"a": 1}, None, object()])
def test_what_is_no_result_cannot_be_shown(thing, run):
    with pytest.raises(ParameterError) as refused:
        show(thing, alt="x")
    assert refused.value.code == "CY105"


def test_the_plan_is_told_in_words(run):
    show(run.cycle)
    told = rows_of(only_block(run))
    assert (
        told["Prediction"]
        == "Belonging will increase by 0.20, somewhere between 0.05 and 0.35 (70% sure). At least 0.10 is worth having."
    )
    assert told["Rule"].startswith(
        "On 25 January 2027: adopt if an effect of at least 0.10 has a probability of 80% or more, abandon if it is 20%"
    )
    assert "check ins per week at least 1.50" in told["Rule"]
    assert told["Compared"] == "Check ins with not yet (cluster comparison)"


def test_the_seal_and_what_changed_since_are_told(run):
    show(replace(run, deviations=("decide.adopt was 0.8 and is now 0.6",)))
    block = only_block(run)
    assert block["section"] == "provenance"
    assert rows_of(block)["Changed since the seal"] == "Decide.adopt was 0.8 and is now 0.6"
    assert "Seal" in rows_of(block)


def test_a_decision_tells_its_reason_and_what_cannot_be_said(run):
    show(decision())
    first, limits, evidence = run.folder.blocks
    assert first["rows"][0] == ["Decision", "Adopt"]
    assert rows_of(first)["Because"].startswith("The probability that belonging rose by at least 0.1 points is 96%")
    assert [row[0] for row in limits["rows"]] == list(decision().cannot_say)
    assert rows_of(evidence) == {
        "As agreed in the plan": "96%",
        "Without any prior": "97%",
        "With strong doubt": "91%",
        "Harm of that size": "1%",
    }


@pytest.mark.parametrize(
    ("call", "waits"), [("keep testing", True), ("adapt", True), ("abandon", False), ("stop: harm", False)]
)
def test_what_adopting_waits_for_is_told_where_adopting_is_still_possible(call, waits, run):
    show(replace(decision(), call=call, blocked=("attendance_share was not measured",)))
    assert ("Adopting waits for" in rows_of(run.folder.blocks[0])) is waits


def test_a_prediction_stands_beside_its_result(run):
    show(prediction())
    told = rows_of(only_block(run))
    assert told == {
        "Predicted": "+0.20 (between +0.05 and +0.35), 70% sure",
        "Happened": "+0.21, inside what was predicted, in the same direction",
        "Counts for calibration": "yes",
    }


def test_a_prediction_without_result_says_so(run):
    show(replace(prediction(), result=None, hit=None, right_direction=None, counts_for_calibration=False))
    told = rows_of(only_block(run))
    assert told["Happened"] == "no result yet"
    assert told["Counts for calibration"].startswith("no")


def test_findings_tell_what_holds_first_and_without_deficit_words(run):
    show(findings())
    rows = only_block(run)["rows"]
    assert [row[0] for row in rows] == ["Holds", "Holds", "Mind this", "Cannot tell"]
    assert only_block(run)["text"] == "2 of 4 checks hold."


def test_who_answered_comes_from_the_check_that_counted_them(run):
    counted = pd.DataFrame(
        {"part": "arm", "group": ["check_ins", "not_yet"], "n": [300, 290], "response_share": [0.91, 0.84]}
    )
    show([replace(findings()[0], name="response_and_attrition", table=counted), findings()[1]])
    table = run.folder.blocks[1]
    assert table["section"] == "response"
    assert table["rows"] == [["arm", "check ins", "300", "91%"], ["arm", "not yet", "290", "84%"]]


def test_contract_reports_are_reconciled(run):
    show(contracts())
    block = only_block(run)
    assert block["rows"][0] == ["survey", "survey.school_belonging 1.0.0", "2,387", "2,380", "7", "1 of 2", "yes"]
    assert block["text"] == "4,767 rows came in: 4,760 were used and 7 set aside."


def test_an_effect_is_said_with_its_interval_and_what_stands_behind_it(run):
    show(estimate(), alt="Effect.")
    block = only_block(run)
    assert block["text"] == (
        "Belonging: +0.21 points on the 1-5 scale, check ins minus not yet (95% interval +0.09 to +0.34; 1,042 students in 48 classrooms)."
    )
    assert block["rows"] == [["Belonging", "+0.21", "+0.09", "+0.34", "0.061", "CR2", "37.2", "1,042", "48", "+0.30"]]
    assert "±0.10 points" in block["caption"]


def test_a_share_is_told_in_percentage_points(run):
    show(
        estimate(
            id="lessons_missed_share", unit="share of lesson minutes", value=0.004, low=-0.002, high=0.01, se=0.003
        ),
        alt="Effect.",
    )
    block = only_block(run)
    assert block["text"].startswith("Lessons missed: +0.40 percentage points")
    assert block["section"] == "balancing"
    assert block["caption"] == ""


def test_an_effect_that_cannot_be_estimated_says_why_and_draws_nothing(run):
    none = estimate(
        state="not_estimable",
        code="CY302",
        reason="Nobody is in the arm not_yet.",
        value=None,
        low=None,
        high=None,
        se=None,
        n=0,
    )
    show(none, alt="Effect.")
    block = only_block(run)
    assert block["text"] == "Belonging: no effect can be estimated. Nobody is in the arm not_yet. (CY302)"
    assert "not estimable" in block["svg"]
    assert block["suppressed"] == 0


def test_an_effect_of_few_groups_is_described_only(run):
    show(
        estimate(state="degraded", code="CY307", reason="An arm has three clusters.", low=None, high=None, p=None),
        alt="Effect.",
    )
    assert "Described only, without an interval: An arm has three clusters. (CY307)" in only_block(run)["text"]
    assert "described only" in only_block(run)["svg"]


def test_measures_of_one_table_go_where_the_plan_puts_them_and_the_predicted_one_first(run):
    many = {
        "lessons_missed_share": estimate(id="lessons_missed_share", unit="share"),
        "check_ins_per_week": estimate(id="check_ins_per_week", unit="sessions"),
        "belonging": estimate(),
    }
    show(many, alt="Effects.")
    assert [block["section"] for block in run.folder.blocks] == ["effect", "balancing", "dosage"]


def test_effects_of_other_names_are_groups_with_the_band_of_the_predicted_measure(run):
    show({"iep: true": estimate(id="iep: true"), "iep: false": estimate(id="iep: false")}, alt="Effects.")
    block = only_block(run)
    assert block["section"] == "equity"
    assert [row[0] for row in block["rows"]] == ["IEP: yes", "IEP: no"]
    assert block["caption"]


def test_a_run_chart_says_the_rule_in_words(run):
    show(chart(), alt="Attendance.")
    block = only_block(run)
    assert block["text"].startswith("Weekly attendance: 9 weeks in a row")
    assert block["columns"] == ["Period", "Attendance (percent)", "Students", "Phase"]
    assert block["rows"][0] == ["2026-08-31", "91.20", "530", "before"]
    assert "change starts 2 November" in block["svg"]


def test_a_scale_that_begins_with_agreement_is_turned_round(run):
    turned = answers()
    show(turned.iloc[::-1].reset_index(drop=True), alt="Answers.")
    show(turned, alt="The same answers.")
    legends = [
        [part for part in ("Strongly disagree", "Strongly agree") if part in block["svg"]]
        for block in run.folder.blocks
    ]
    positions = [
        block["svg"].index(">Strongly disagree<") < block["svg"].index(">Strongly agree<")
        for block in run.folder.blocks
    ]
    assert legends == [["Strongly disagree", "Strongly agree"]] * 2
    assert positions == [True, True]


def test_long_text_of_a_table_is_set_as_records(run):
    show(pd.DataFrame({"cycle": ["a", "b"], "because": ["long " * 30, "short"], "n": [40, 50]}), alt="Decisions.")
    assert only_block(run)["kind"] == "records"


def test_a_note_of_the_team_is_theirs_and_a_sentence_of_a_section_is_not(run):
    show("We moved it to Fridays.")
    show("2 cycles: 1 adopt, 1 abandon.", section="year")
    assert [(block["kind"], block["section"]) for block in run.folder.blocks] == [("note", "notes"), ("text", "year")]


def test_anything_with_a_text_is_a_sentence(run):
    @dataclass(frozen=True)
    class Detectable:
        text: str = "this cycle can detect only an effect of 0.19."

    show(Detectable())
    assert only_block(run)["text"] == "This cycle can detect only an effect of 0.19."


def test_a_cell_that_runs_again_replaces_what_it_showed(run):
    show(estimate(), alt="Effect.")
    show(estimate(value=0.3, low=0.2, high=0.4), alt="Effect.")
    assert only_block(run)["rows"][0][1] == "+0.30"
    assert len(run.folder.records("estimate")) == 1


def test_estimates_of_one_measure_by_several_methods_are_all_kept(run):
    show({"headline": estimate(), "raw": estimate(estimator="difference_in_means")}, alt="Methods.")
    assert [one["estimator"] for one in run.folder.records("estimate")] == ["ancova", "difference_in_means"]


def test_what_is_shown_is_recorded(run):
    show(decision())
    show(prediction())
    show(findings())
    assert run.folder.records("decision")[0]["call"] == "adopt"
    assert run.folder.records("prediction")[0]["hit"] is True
    assert [one["name"] for one in run.folder.records("finding")] == [one.name for one in findings()]


def test_the_same_result_gives_the_same_block(tmp_path):
    blocks = []
    for place in ("one", "two"):
        run = open_sample_run(tmp_path / place)
        show(chart(), alt="Attendance.")
        show(answers(), alt="Answers.")
        blocks.append(json.dumps(run.folder.blocks))
    assert blocks[0] == blocks[1]


def test_outside_a_run_nothing_is_recorded_and_the_default_policy_holds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    show(plan())
    show(estimate(), alt="Effect.")
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_displays_html_and_a_sentence(run, monkeypatch):
    import IPython.display
    from IPython.core import getipython

    published = []
    monkeypatch.setattr(getipython, "get_ipython", lambda: SimpleNamespace())
    monkeypatch.setattr(IPython.display, "publish_display_data", published.append)
    show(estimate(), alt="An effect <b>")
    (data,) = published
    assert set(data) == {"text/html", "text/plain"}
    assert 'alt="An effect &lt;b&gt;"' in data["text/html"]
    assert data["text/plain"].startswith("Belonging: +0.21")


def test_without_a_notebook_nothing_is_printed(run, monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "IPython", raising=False)
    show("A note.")
    assert capsys.readouterr() == ("", "")


def test_an_empty_table_says_so_instead_of_showing_a_head_without_a_body(run):
    show(pd.DataFrame({"arm": [], "n": []}), alt="Each process measure by arm.", section="dosage")
    (block,) = run.folder.blocks
    assert (block["kind"], block["text"]) == ("text", "Nothing was recorded that could be told here.")


def test_a_run_opened_again_is_protected_by_the_plan_as_it_is_now(run):
    few = pd.DataFrame({"grade": ["9", "10", "11"], "n": [300, 280, 15], "mean": [3.0, 3.1, 3.2]})
    show(few, alt="Means by grade.")
    assert run.folder.blocks[-1]["suppressed"] == 0
    run.cycle_file.write_text(plan(report={"disclosure": "minimum_20"}).model_dump_json(exclude_none=True))
    again = RunFolder(run.folder.path, workspace=run.workspace, cycle_name=run.cycle.cycle).use()
    show(few, alt="Means by grade.")
    assert again.blocks[-1]["suppressed"] > 0
