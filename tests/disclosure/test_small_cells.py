"""No number on fewer people than the policy allows leaves through a table, a figure, the numbers behind it, or JSON."""

import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cycles.act.reporting import report, show
from cycles.act.reporting.protecting import hide_rows, policy_named
from cycles.core.errors import DisclosureError, ParameterError
from cycles.core.vocabulary import Finding
from factories import make_panel
from report_samples import answers, chart, decision, estimate, open_sample_run, plan, prediction, subgroups


def groups(sizes):
    return pd.DataFrame(
        {"group": [f"g{place}" for place in range(len(sizes))], "n": sizes, "mean": [3.14159] * len(sizes)}
    )


@given(sizes=st.lists(st.integers(0, 60), min_size=1, max_size=12), smallest=st.integers(5, 20))
def test_no_shown_row_is_below_the_smallest_cell_and_no_hidden_row_stands_alone(sizes, smallest):
    hidden = hide_rows(groups(sizes), smallest=smallest)
    gone = [size for size, hide in zip(sizes, hidden) if hide]
    assert all(size >= smallest for size, hide in zip(sizes, hidden) if not hide)
    if gone and len(gone) < len(sizes):
        assert len(gone) >= 2, "one hidden row follows from the total"
        assert sum(gone) >= smallest, "the hidden rows together are a small cell"


@given(sizes=st.lists(st.integers(0, 60), min_size=2, max_size=8, unique=True), order=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_change_what_is_hidden(sizes, order):
    mixed = list(sizes)
    order.shuffle(mixed)
    assert dict(zip(sizes, hide_rows(groups(sizes), smallest=10))) == dict(
        zip(mixed, hide_rows(groups(mixed), smallest=10))
    )


def test_only_siblings_are_complements():
    table = pd.DataFrame(
        {"of": ["iep", "iep", "grade", "grade"], "level": ["no", "yes", "9", "10"], "n": [90, 4, 50, 44]}
    )
    assert hide_rows(table, smallest=10) == [True, True, False, False]


def test_an_item_and_its_wording_are_one_label():
    table = answers(strongly_disagree=4)
    hidden = table[hide_rows(table, smallest=10)]
    assert set(hidden["item"]) == {"BEL_01"}
    assert hidden["n"].tolist() == [4, 120]


def test_a_count_that_is_missing_is_hidden():
    assert hide_rows(pd.DataFrame({"g": ["a", "b", "c"], "n": [None, 40, 50]}), smallest=10) == [True, True, False]


def test_a_small_count_hides_its_row_whatever_it_is_called():
    table = pd.DataFrame({"g": ["a", "b", "c"], "n_assigned": [40, 50, 60], "n_missing": [3, 30, 30]})
    assert hide_rows(table, smallest=10) == [True, True, False]


def test_counts_of_other_things_than_people_hide_nothing():
    assert hide_rows(pd.DataFrame({"arm": ["a", "b"], "n_clusters": [3, 4], "n": [50, 60]}), smallest=10) == [
        False,
        False,
    ]


def everything_written(run):
    report(run)
    return "\n".join(
        path.read_text() for path in [*sorted(run.folder.path.glob("*.json")), run.folder.path / "report.html"]
    )


def block_of(run, kind):
    return next(block for block in run.folder.blocks if block["kind"] == kind)


def test_a_small_group_of_a_table_is_nowhere(tmp_path):
    run = open_sample_run(tmp_path)
    table = pd.DataFrame({"group": ["a", "b", "c"], "n": [7, 41, 300], "mean": [2.71828, 3.14159, 4.5]})
    show(table, section="response", alt="Means by group.")
    block = block_of(run, "table")
    assert block["rows"] == [["a", "s", "s"], ["b", "s", "s"], ["c", "300", "4.50"]]
    assert block["suppressed"] == 2
    assert "fewer than 10" in block["note"]
    written = everything_written(run)
    assert not re.search(r"2\.7[12]|3\.14", written)


def test_a_small_answer_is_neither_drawn_nor_listed(tmp_path):
    run = open_sample_run(tmp_path)
    show(answers(strongly_disagree=4), alt="Answers.")
    block = block_of(run, "figure")
    rows = {tuple(row[:2]): row[2:] for row in block["rows"]}
    assert rows["I feel that I belong at this school.", "Strongly disagree"] == ["s", "s"]
    assert rows["I feel that I belong at this school.", "Disagree"] == ["s", "s"]
    assert block["suppressed"] == 2
    whole = open_sample_run(tmp_path / "whole")
    show(answers(strongly_disagree=40), alt="Answers.")
    assert block["svg"].count(">s</text>") == 2
    assert block_of(whole, "figure")["svg"].count(">s</text>") == 0


def test_the_box_of_a_hidden_answer_has_the_same_width_whatever_it_hides(tmp_path):
    drawn = []
    for few in (2, 8):
        run = open_sample_run(tmp_path / str(few))
        table = answers(strongly_disagree=few)
        shares = table["share"].where(table["item"] != "BEL_01", 0.2)
        show(table.assign(share=shares), alt="Answers.")
        drawn.append(block_of(run, "figure")["svg"])
    assert drawn[0] == drawn[1]


def test_points_on_too_few_students_are_dropped_and_marked(tmp_path):
    run = open_sample_run(tmp_path)
    weekly = chart()
    points = weekly.points.assign(n=[8 if week == 3 else 530 for week in range(len(weekly.points))])
    points.loc[3, "value"] = 0.12345
    show(
        type(weekly)(**{**{name: getattr(weekly, name) for name in weekly.__dataclass_fields__}, "points": points}),
        alt="Attendance.",
    )
    block = block_of(run, "figure")
    assert block["rows"][3][1:3] == ["s", "s"]
    assert block["suppressed"] == 1
    assert ">s</text>" in block["svg"]
    assert "12.3" not in json.dumps(block)


def test_an_effect_on_too_few_students_is_withheld_with_its_sibling(tmp_path):
    run = open_sample_run(tmp_path)
    few = {
        **subgroups(),
        "iep: yes": estimate(id="iep: yes", value=0.98765, n=80, n_by_arm={"check_ins": 73, "not_yet": 7}),
    }
    show(few, alt="Effects by group.")
    block = block_of(run, "figure")
    rows = {row[0]: row[1:] for row in block["rows"]}
    assert set(rows["IEP: yes"]) == set(rows["IEP: no"]) == {"s"}
    assert rows["English learner: yes"][0] == "+0.29"
    written = everything_written(run)
    assert "0.98765" not in written
    assert "+0.99" not in written
    recorded = {one["id"]: one for one in json.loads((run.folder.path / "results.json").read_text())["estimates"]}
    assert recorded["iep: yes"]["value"] is None
    assert recorded["iep: yes"]["withheld"] is True
    assert recorded["iep: yes"]["coefficients"] == []
    assert recorded["iep: no"]["n_by_arm"] == {}
    assert recorded["english_learner: no"]["value"] == 0.20


def test_a_judgement_on_a_withheld_effect_tells_none_of_its_numbers(tmp_path):
    run = open_sample_run(tmp_path)
    show(estimate(n=80, n_by_arm={"check_ins": 73, "not_yet": 7}), alt="Effect.")
    show(decision())
    show(prediction())
    written = everything_written(run)
    for number in ("0.214", "+0.21", "96%", "97%", "91%", "148 of"):
        assert number not in written
    results = json.loads((run.folder.path / "results.json").read_text())
    assert results["decision"]["call"] == "adopt"
    assert results["decision"]["probability"] is None
    assert results["prediction"]["result"] is None
    assert "held back" in results["decision"]["because"]


def test_why_there_is_no_estimate_is_told_without_the_small_count(tmp_path):
    run = open_sample_run(tmp_path)
    reason = "too few units with an outcome: 3 in not_yet; at least 5 are needed."
    none = {
        "state": "not_estimable",
        "code": "CY306",
        "reason": reason,
        "value": None,
        "low": None,
        "high": None,
        "se": None,
    }
    show(estimate(**none, n=76, n_by_arm={"check_ins": 73, "not_yet": 3}), alt="Effect.")
    show(replace(decision(), call="no decision", because=reason))
    written = everything_written(run)
    assert "3 in not" not in written
    assert "CY306" in written
    results = json.loads((run.folder.path / "results.json").read_text())
    assert results["estimates"][0]["n_by_arm"] == {}


def test_a_small_number_of_students_without_a_result_is_not_told(tmp_path):
    run = open_sample_run(tmp_path)
    show(estimate(n_missing=3), alt="Effect.")
    report(run)
    results = json.loads((run.folder.path / "results.json").read_text())
    assert results["estimates"][0]["n_missing"] is None
    assert "1,045" not in (run.folder.path / "report.html").read_text()


def test_the_policy_of_the_plan_is_used(tmp_path):
    run = open_sample_run(tmp_path, cycle=plan(report={"disclosure": "delaware15"}))
    show(pd.DataFrame({"group": ["a", "b", "c"], "n": [14, 41, 300]}), alt="Groups.")
    assert [row[1] for row in block_of(run, "table")["rows"]] == ["s", "s", "300"]


def test_a_report_refuses_blocks_of_a_weaker_policy(tmp_path):
    run = open_sample_run(tmp_path, cycle=plan(report={"disclosure": "delaware15"}))
    show(pd.DataFrame({"group": ["a"], "n": [300]}), alt="Groups.")
    run.folder.add_block({**run.folder.blocks[0], "id": "other", "policy": "minimum_10"})
    with pytest.raises(DisclosureError) as refused:
        report(run)
    assert refused.value.code == "CY401"
    assert not (run.folder.path / "report.html").exists()


@pytest.mark.parametrize("name", ["minimum_3", "minimum_0", "none", "ct-edsight"])
def test_a_policy_nobody_knows_is_an_error(name):
    with pytest.raises(ParameterError) as refused:
        policy_named(name)
    assert refused.value.code == "CY102"


@pytest.mark.parametrize(
    ("name", "smallest"), [(None, 10), ("minimum_10", 10), ("delaware15", 15), ("ct_edsight", 20), ("ct_strict", 21)]
)
def test_policies_say_their_smallest_group(name, smallest):
    assert policy_named(name).smallest_group == smallest


def test_what_points_on_too_few_students_add_up_to_is_not_told_either(tmp_path):
    run = open_sample_run(tmp_path)
    few = chart(n=9)
    show(few, alt=few.text)
    written = everything_written(run)
    for number in ("91.0%", "91.65", "median of 91", "0.9165"):
        assert number not in written, number
    (block,) = run.folder.blocks
    assert "held back" in block["text"]
    assert "held back" in block["alt"]


def test_a_few_points_held_back_leave_the_median_of_the_others(tmp_path):
    run = open_sample_run(tmp_path)
    one_small = chart()
    points = one_small.points.assign(n=[5, *one_small.points["n"].iloc[1:]])
    show(replace(one_small, points=points), alt="Attendance by week.")
    (block,) = run.folder.blocks
    assert block["suppressed"] == 1
    assert block["text"] == one_small.text


def test_no_estimate_for_a_reason_of_its_own_is_not_put_down_to_small_numbers(tmp_path):
    run = open_sample_run(tmp_path)
    none = {"state": "not_estimable", "code": "CY303", "value": None, "low": None, "high": None, "se": None}
    show(estimate(**none, n=14, n_by_arm={"check_ins": 7, "not_yet": 7}), alt="Effect.")
    show(replace(decision(), call="no decision", because="Only 7 students."))
    report(run)
    because = json.loads((run.folder.path / "results.json").read_text())["decision"]["because"]
    assert because.startswith("An arm has a single cluster")


def test_a_check_of_a_withheld_estimate_tells_no_count(tmp_path):
    run = open_sample_run(tmp_path)
    show(estimate(n=80, n_by_arm={"check_ins": 73, "not_yet": 7}), alt="Effect.")
    told = Finding(name="comparison_arm", answer="pass", text="Units with an outcome: 73 in check_ins, 7 in not_yet.")
    worded = Finding(name="one_cluster_per_arm", answer="pass", text="No arm is a single cluster.")
    show([told, worded], alt="Checks.")
    written = everything_written(run)
    assert "7 in not" not in written
    assert "No arm is a single cluster." in written


def test_a_sentence_on_too_few_answers_is_held_back(tmp_path):
    run = open_sample_run(tmp_path)
    show(SimpleNamespace(n=7, text="Cronbach's alpha 0.81 (7 complete answers)."))
    show(SimpleNamespace(n=70, text="Cronbach's alpha 0.82 (70 complete answers)."))
    written = everything_written(run)
    assert "0.81" not in written
    assert "0.82" in written


def test_who_was_left_out_is_told_without_a_small_number(tmp_path):
    run = open_sample_run(tmp_path)
    notes = ("30 students entered after the change started and are left out.", "4 students are in no arm.")
    show(replace(make_panel(4, 30, 0.2, 0.1, 1), notes=notes))
    written = everything_written(run)
    assert "30 students entered after" in written
    assert "4 students" not in written
    assert "Fewer than 10 students are in no arm." in written
