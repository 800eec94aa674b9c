"""What a report says of the standards of evidence reviews, and how a methods section would tell what was done."""

import json
from dataclasses import replace

import pytest
from tests.factories import make_panel
from tests.report_samples import open_sample_run, plan

import cycles as cy
from cycles.act.reporting import report, show
from cycles.act.reporting.references import references_of, short
from cycles.core import run_folder
from cycles.study.checks.baseline_equivalence import baseline_equivalence
from cycles.study.checks.cluster_count import cluster_count
from cycles.study.estimators import ESTIMATORS

ANSWERS = {
    "confounds": "none",
    "outcome_overaligned": "no",
    "measured_alike": "yes",
    "negative_evidence_elsewhere": "no",
}


@pytest.fixture
def run(tmp_path):
    yield open_sample_run(tmp_path, cycle=plan(standards=ANSWERS))
    run_folder.close()


def studied(panel=None, *, estimator="ancova"):
    panel = panel or make_panel(n_clusters=40, effect=0.5)
    found = cy.estimate(panel, estimator=estimator)
    return found, panel, [baseline_equivalence(found, panel), cluster_count(found, panel)]


def shown(run, found, panel, findings, **options):
    show(found, alt="The effect.")
    standing = cy.rate(found, panel, findings, plan=run.cycle, seal_state=run.seal_state, **options)
    show(standing)
    return standing


def results_of(run):
    return json.loads((run.folder.path / "results.json").read_text())


def test_the_report_tells_the_rating_the_tier_and_the_cheapest_step(run):
    standing = shown(run, *studied(), reliability=0.8)
    page = report(run).read_text()
    assert standing.wwc.rating == "meets with reservations"
    for told in (
        "By the standards of evidence reviews",
        "Meets with reservations",
        standing.wwc.next_step,
        "Cheapest next step",
    ):
        assert told in page, told
    assert "not a review by a certified reviewer" in page


def test_each_principle_has_a_paragraph_and_not_done_is_printed(run):
    shown(run, *studied(), reliability=0.8)
    page = report(run).read_text()
    assert "Analyse the costs" in page
    assert page.count("Not done.") >= 5
    assert sum(block["section"] == "seer" for block in run.folder.blocks) == 9


def test_results_carry_it_for_machines(run):
    shown(run, *studied(), reliability=0.8)
    report(run)
    standards = results_of(run)["standards"]
    assert standards["wwc"]["rating"] == "meets with reservations"
    assert {one["met"] for one in standards["wwc"]["conditions"]} <= {True, False, None}
    assert set(standards["essa"]["conditions"]) == {"1", "2", "3", "4"}
    assert len(standards["seer"]) == 9
    assert standards["effect_size_wwc"] == results_of(run)["estimates"][0]["effect_size_wwc"]


def test_a_team_reads_the_tier_in_one_sentence(run):
    found, panel, findings = studied()
    show(found, alt="The effect.")
    show(cy.rate(found, panel, findings, plan=run.cycle, reliability=0.8).essa)
    page = report(run).read_text()
    assert "this study could" in page
    assert results_of(run)["standards"]["essa"]["tier"] in (3, None)


def test_of_too_few_students_no_number_is_told(run):
    small = make_panel(n_clusters=8, per_cluster=2, effect=0.5)
    found, panel, findings = studied(small)
    assert min(found.n_by_arm.values()) < 20
    few = replace(found, n=9, n_by_arm={"not_yet": 5, "check_ins": 4})
    shown(run, few, panel, findings, reliability=0.8)
    show(cy.rate(few, panel, findings, plan=run.cycle).essa)
    show(cy.methods_paragraph(run, few, findings))
    report(run)
    results = results_of(run)
    assert results["estimates"][0]["effect_size_wwc"] is None
    assert results["standards"]["effect_size_wwc"] is None
    assert all(one["seen"].startswith("Held back") for one in results["standards"]["wwc"]["conditions"])
    assert "The analysis includes" not in results["methods"]["text"]
    told = json.dumps([block for block in run.folder.blocks if block["section"] in ("evidence", "provenance")])
    assert f"{found.effect_size_wwc:.2f}" not in told


def test_the_methods_paragraph_names_what_was_done_with_its_sources(run):
    found, _, findings = studied()
    methods = cy.methods_paragraph(run, found, findings)
    for told in (
        "comparison of classrooms with check ins",
        "by ANCOVA (Van Breukelen, 2006)",
        "CR2 by classroom",
        "baseline equivalence (What Works Clearinghouse, 2022)",
        "were sealed before the outcomes were collected",
        "Computed with cycles",
    ):
        assert told in methods.text, told
    assert any("doi:10.1016/j.jclinepi.2006.02.007" in one for one in methods.references)
    assert len(set(methods.references)) == len(methods.references)
    assert "_" not in methods.text
    assert "Further sources of what was done: " in methods.text
    for reference in methods.references[1:]:  # the first is the instrument's
        assert short(reference) in methods.text, reference


def test_nothing_is_claimed_that_was_not_done(run):
    panel = make_panel()
    constant = replace(panel, table=panel.table.assign(outcome=1.0))
    found, _, findings = studied(constant)
    methods = cy.methods_paragraph(run, found, findings)
    assert "No effect could be estimated" in methods.text
    for claim in ("ANCOVA", "standard error", "Hedges", "interval", "The analysis includes"):
        assert claim not in methods.text, claim
    assert not any("ANCOVA" in one or "Hedges" in one for one in methods.references)


def test_an_effect_described_only_claims_no_interval(run):
    found, _, findings = studied(make_panel(n_clusters=6))
    methods = cy.methods_paragraph(run, found, findings)
    assert found.state == "degraded"
    assert "without an interval" in methods.text
    assert "Intervals have level" not in methods.text


def test_a_check_that_could_not_judge_is_not_cited(run):
    panel = make_panel()
    blind = replace(panel, table=panel.table.assign(baseline=float("nan")))
    found = cy.estimate(blind, estimator="difference_in_means")
    methods = cy.methods_paragraph(run, found, [baseline_equivalence(found, blind)])
    assert "not to be judged here: baseline equivalence." in methods.text
    assert not any("chapter IV" in one for one in methods.references)


def test_few_missing_students_are_not_counted_out(run):
    panel = make_panel(n_clusters=40)
    table = panel.table.assign(outcome=panel.table.outcome.where(panel.table.index >= 3))
    found, _, findings = studied(replace(panel, table=table))
    assert "Fewer than 10 of those assigned" in cy.methods_paragraph(run, found, findings).text


@pytest.mark.parametrize("name", ESTIMATORS.names())
def test_every_estimator_brings_a_source_with_a_doi(name):
    assert any("doi:" in one for one in references_of([f"cycles.study.estimators.{name}"]))
