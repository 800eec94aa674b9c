"""`report`: the decision first, the sections in their order, strict results, the same bytes every time."""

import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cycles.act.evidence import Year
from cycles.act.reporting import report, show
from cycles.act.reporting.html import ALWAYS_UNSAID, blocks_as_html, render
from cycles.act.reporting.report import report_again
from cycles.act.reporting.sections import SECTIONS, arrange, heading
from cycles.core.errors import RunError
from cycles.plan.cycle_file import AnnualImpact
from report_samples import (
    chart,
    decision,
    estimate,
    findings,
    open_sample_run,
    plan,
    prediction,
    show_everything,
    write_sample_report,
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    return write_sample_report(tmp_path_factory.mktemp("sample")).read_text()


@pytest.fixture
def run(tmp_path):
    return open_sample_run(tmp_path)


def headings(html):
    return re.findall(r"<h2[^>]*>(.*?)</h2>", html)


def results_of(run):
    return json.loads((run.folder.path / "results.json").read_text())


def test_sections_stand_in_the_order_of_the_report_not_of_the_notebook(page):
    found = headings(page)
    assert found == [said for said in SECTIONS.values() if said in found]
    assert found[:3] == ["What we decided", "What we cannot say", "What we predicted, and what happened"]
    assert found[-1] == "Where every number comes from"


def test_the_head_says_what_was_tried_by_whom_and_when(page):
    assert "PDSA cycle · Grade 9 advisory team · started 5 October 2026" in page
    assert "A greeting and a two-minute check-in at the start of every advisory" in page


def test_three_numbers_are_seen_first(page):
    tiles = re.findall(r'class="big">(.*?)</span><span class="small">(.*?)</span>', page)
    assert [big for big, _ in tiles] == ["+0.21", "1,042 students", "2 of 2"]
    assert "95% interval +0.09 to +0.34" in tiles[0][1]
    assert "88% of 1,190" in tiles[1][1]


def test_the_decision_names_its_owner_and_when_to_look_again(page):
    assert "<dt>Owner</dt><dd>Grade 9 advisory team</dd>" in page
    assert "<dt>Check again by</dt><dd>17 May 2027" in page


@pytest.mark.parametrize(
    ("call", "said"),
    [("monitoring", "25 January 2027, the day"), ("adapt", "17 May 2027"), ("abandon", None), ("stop: harm", None)],
)
def test_when_to_look_again_follows_from_the_plan(call, said, run):
    show(replace(decision(), call=call))
    html = report(run).read_text()
    assert (f"<dd>{said}" in html) if said else ("Check again by" not in html)


def test_every_figure_has_alternative_text_and_its_numbers(page):
    alts = re.findall(r'<img src="[^"]*" alt="([^"]*)"', page)
    assert len(alts) == page.count("<figure>") == 5
    assert all(alts)
    assert page.count("<summary>Numbers behind this figure</summary>") == 5


def test_a_page_is_small_enough_to_send(page):
    assert len(page.encode()) < 500_000


def test_the_same_run_gives_the_same_bytes(tmp_path):
    first, second = (write_sample_report(tmp_path / name) for name in ("one", "two"))
    assert first.read_bytes() == second.read_bytes()
    assert (first.parent / "results.json").read_bytes() == (second.parent / "results.json").read_bytes()


def test_a_report_can_be_written_again_from_its_blocks(run):
    show_everything(run)
    path = report(run)
    before = path.read_bytes()
    path.unlink()
    assert report_again(run.folder).read_bytes() == before


def test_a_run_that_left_nothing_cannot_be_reported_again(run):
    with pytest.raises(RunError) as refused:
        report_again(run.folder)
    assert refused.value.code == "CY505"


def test_sections_without_blocks_are_left_out_but_what_cannot_be_said_is_always_there():
    assert headings(render([], {"title": "t", "kind": "k"})) == ["What we cannot say"]
    assert ALWAYS_UNSAID in render([], {"title": "t", "kind": "k"})


def test_without_a_decision_the_design_says_what_cannot_be_said(run):
    show(estimate(), alt="Effect.")
    show(findings())
    html = report(run).read_text()
    assert "Chance did not decide who got the change" in html
    assert html.count("Whether students without check-ins met the ones who had them was not recorded.") == 2


def test_results_hold_the_keys_of_their_schema(run):
    show_everything(run)
    report(run)
    results = results_of(run)
    assert results["schema"] == "cycles.results/1"
    assert {"reconciliation", "estimates", "checks", "decision", "prediction", "blocks"} < set(results)
    assert {name: results["reconciliation"][0][name] for name in ("rows_in", "used", "quarantined")} == {
        "rows_in": 2387,
        "used": 2380,
        "quarantined": 7,
    }
    wanted = [
        "id",
        "estimator",
        "state",
        "code",
        "value",
        "se",
        "se_kind",
        "df",
        "low",
        "high",
        "level",
        "n",
        "n_clusters",
        "unit",
        "effect_size",
        "coefficients",
    ]
    assert set(wanted) <= set(results["estimates"][0])
    assert results["estimates"][0]["id"] == "belonging"
    assert results["estimates"][0]["value"] == 0.214
    assert results["estimates"][0]["coefficients"] == [{"term": "arm", "value": 0.214, "se": 0.061}]
    assert results["decision"] | decision_core() == results["decision"]
    assert results["prediction"]["hit"] is True
    assert [one["name"] for one in results["checks"]] == [one.name for one in findings()]
    assert len(results["blocks"]) == len(run.folder.blocks)
    assert not any("svg" in name for block in results["blocks"] for name in block)


def decision_core():
    return {"call": "adopt", "step": 4, "probability": 0.96, "sealed": "sealed_before_data"}


def test_results_are_strict_json(run):
    odd = pd.DataFrame({"term": ["a", "b"], "value": [np.nan, np.float64(1.5)], "df": [np.inf, np.int64(3)]})
    show(estimate(coefficients=odd, se=float("nan"), df=float("inf")), alt="Effect.")
    report(run)
    text = (run.folder.path / "results.json").read_text()
    assert "NaN" not in text
    assert "Infinity" not in text
    assert results_of(run)["estimates"][0]["coefficients"] == [
        {"term": "a", "value": None, "df": None},
        {"term": "b", "value": 1.5, "df": 3},
    ]
    assert results_of(run)["estimates"][0]["se"] is None


def test_results_and_report_tell_no_time_place_or_run(run):
    show_everything(run)
    written = report(run).read_text() + (run.folder.path / "results.json").read_text()
    assert str(run.folder.path) not in written
    assert str(run.workspace.root) not in written


def test_a_headline_that_could_not_be_estimated_is_said_so(run):
    show(
        estimate(state="not_estimable", code="CY302", reason="No comparison arm.", value=None, low=None, high=None),
        alt="Effect.",
    )
    html = report(run).read_text()
    assert '<span class="big">No estimate</span><span class="small">Belonging: CY302</span>' in html


def test_the_report_finishes_the_run(run):
    report(run)
    manifest = json.loads((run.folder.path / "manifest.json").read_text())
    assert manifest["cycle"] == "greetings-2026-fall"


def test_a_one_group_design_says_that_it_shows_change_over_time(tmp_path):
    design = {"kind": "one_group_pre_post", "contrast": {"change": "all"}}
    run = open_sample_run(tmp_path, cycle=plan(design=design))
    show(estimate(), alt="Change.")
    html = report(run).read_text()
    assert "Nobody is compared with" in html
    assert " minus " not in html


def test_an_evaluation_uses_the_same_page(tmp_path):
    run = open_sample_run(tmp_path, cycle=plan(kind="evaluation"))
    show(estimate(), alt="Effect.")
    show(
        {"headline": estimate(), "raw": estimate(id="raw", estimator="difference_in_means")},
        section="sensitivity",
        alt="Methods.",
    )
    html = report(run).read_text()
    assert "Evaluation · Grade 9 advisory team" in html
    assert "Does another method say the same?" in headings(html)


@pytest.mark.parametrize(
    ("apart", "told"),
    [(0.0, "the same to eight digits"), (1e-12, "the same to eight digits"), (0.01, "do not rely on either")],
)
def test_the_second_route_to_the_estimate_is_told(tmp_path, apart, told):
    run = open_sample_run(tmp_path)
    show(estimate(second_route=estimate().value + apart), alt="Effect.")
    assert told in report(run).read_text()


def test_a_year_is_told_side_by_side(tmp_path):
    year = AnnualImpact(
        kind="annual_impact", cycle="year", title="Our year", team={"name": "Office"}, year="2026-27", cycles=("a", "b")
    )
    run = open_sample_run(tmp_path, cycle=year)
    row = {
        "measure": "belonging",
        "effect": 1.0,
        "low": 0.5,
        "high": 1.5,
        "effect_size": 0.3,
        "effect_size_low": 0.1,
        "effect_size_high": 0.5,
    }
    effects = pd.DataFrame(
        [
            {**row, "cycle": "a", "title": "a", "n": 900},
            {**row, "cycle": "b", "title": "b", "n": 7, "effect_size": 0.87654},
        ]
    )
    decisions = pd.DataFrame(
        {
            "cycle": ["a", "b"],
            "decision": ["adopt", "abandon"],
            "sealed": ["sealed_before_data", "unsealed"],
            "n": [900, 70],
        }
    )
    told = Year(title="Our year", effects=effects, decisions=decisions, same_students=False)
    show(told, alt="Effects.")
    show(told.decisions, section="decisions", alt="Decisions.")
    html = report(run).read_text()
    assert headings(html) == ["What we cannot say", "The year", "What was decided", "Where every number comes from"]
    assert '<span class="big">2 cycles</span><span class="small">1 adopt and 1 abandon</span>' in html
    assert "0.88" not in json.dumps(run.folder.blocks)
    assert results_of(run)["cycle"] == {"name": "year", "kind": "annual_impact", "title": "Our year"}


def test_a_section_of_ones_own_stands_before_the_contracts():
    order = [
        one["heading"] for one in arrange([{"section": name} for name in ("contracts", "reach_by_school", "effect")])
    ]
    assert order == ["How big was the effect?", "Reach by school", "How the data were held to their contracts"]


@pytest.mark.parametrize("name", list(SECTIONS))
def test_every_section_has_a_heading(name):
    assert heading(name) == SECTIONS[name]


def test_the_plan_is_found_through_the_ledger(run):
    show(chart(), alt="Attendance.")
    show(prediction())
    show(estimate(), alt="Effect.")
    assert "check ins minus not yet" in run.folder.blocks[-1]["text"]


def test_what_stands_between_backticks_is_code_and_still_escaped():
    rows = [["Say `standards.sites`, not `<b>`."]]
    block = {"id": "b1", "section": "plan", "kind": "list", "title": "", "text": "", "rows": rows, "columns": [""]}
    shown = blocks_as_html([block])
    assert "Say <code>standards.sites</code>, not <code>&lt;b&gt;</code>." in shown
