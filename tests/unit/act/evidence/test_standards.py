"""Where a study stands: rated from its panel, its checks and its file."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.factories import make_panel
from tests.report_samples import plan

import cycles as cy
from cycles.core.vocabulary import Finding
from cycles.plan.standards import Standards

ANSWERED = {
    "confounds": "none",
    "outcome_overaligned": "no",
    "measured_alike": "yes",
    "reliability": {"kind": "internal_consistency", "value": 0.8},
    "sites": 2,
    "same_population_and_setting": "yes",
    "negative_evidence_elsewhere": "no",
    "logic_model": "Roe (2001). Belonging.",
}


def answers(**changes):
    return Standards.parse({**ANSWERED, **changes}, where="x.yml")


def rated(panel, *, estimator="ancova", variance="CR2", standards=None, **options):
    found = cy.estimate(panel, estimator=estimator, variance=variance)
    return cy.rate(found, panel, findings(found, panel), standards=standards or answers(), **options)


def findings(estimate, panel):
    """What the two checks that a rating hangs on say."""
    from cycles.study.checks.baseline_equivalence import baseline_equivalence
    from cycles.study.checks.one_cluster_per_arm import one_cluster_per_arm

    return [baseline_equivalence(estimate, panel), one_cluster_per_arm(estimate, panel)]


def alike(**options):
    """A panel whose arms are exactly alike before the change."""
    panel = make_panel(n_clusters=40, effect=0.5, **options)
    table = panel.table
    means = table.groupby("arm")["baseline"].transform("mean")
    return replace(panel, table=table.assign(baseline=table.baseline - means))


def test_a_fair_comparison_meets_with_reservations_and_says_what_a_lot_would_add():
    standing = rated(alike())
    assert standing.wwc.rating == "meets with reservations"
    assert [one.name for one in standing.wwc.failing] == ["random_assignment"]
    assert standing.wwc.next_step == "Next time, draw by lot who gets the change first."
    assert standing.essa.tier == 2
    assert "tier 1 also needs" in standing.essa.text


def test_a_trial_without_losses_meets_without_reservations():
    trial = replace(alike(), design="cluster_randomised")
    standing = rated(trial, standards=answers(compromised_assignment="no", joiners="no"))
    assert standing.wwc.rating == "meets without reservations"
    assert standing.wwc.next_step == ""
    assert standing.essa.tier == 1
    assert standing.essa.text.endswith("tier 1 (strong evidence).")


def test_what_is_not_answered_is_asked_for_by_its_key():
    standing = rated(alike(), standards=Standards())
    assert standing.wwc.rating == "cannot be rated"
    assert "`standards.confounds: none`" in standing.wwc.text
    assert {one.name for one in standing.wwc.unanswered} == {
        "reliability",
        "outcome_overaligned",
        "measured_alike",
        "confounds",
    }
    assert standing.essa.tier is None
    assert standing.essa.undecided


def test_groups_unlike_before_the_change_do_not_meet_and_the_step_fits_how_unlike_they_are():
    panel = alike()
    changed = panel.table.arm == "check_ins"
    far = replace(panel, table=panel.table.assign(baseline=panel.table.baseline + 2 * changed))
    near = replace(panel, table=panel.table.assign(baseline=panel.table.baseline + 0.15 * changed))
    assert rated(far).wwc.rating == "does not meet"
    assert "match or weight" in rated(far).wwc.failing[-1].step
    assert rated(near).wwc.rating == "meets with reservations"
    assert rated(near, estimator="difference_in_means").wwc.rating == "does not meet"
    assert rated(near, estimator="difference_in_means").wwc.next_step.startswith("Adjust for the baseline")


def test_a_standard_error_that_ignores_clusters_is_corrected_before_it_counts_as_significant():
    panel = make_panel(n_clusters=8, per_cluster=60, effect=0.25, icc=0.3, seed=8)
    blind = cy.estimate(panel, estimator="difference_in_means", variance="HC2")
    standing = cy.rate(blind, panel, findings(blind, panel), standards=answers())
    significant = next(one for one in standing.essa.conditions[2] if one.name == "significant")
    assert "corrected for clusters by WWC 4.1 Appendix F" in significant.seen


def test_one_group_is_never_above_tier_four():
    panel = alike()
    alone = replace(panel, table=panel.table.query("arm == 'check_ins'"), design="one_group_pre_post", comparison=None)
    standing = rated(alone, estimator="difference_in_means")
    assert standing.wwc.rating == "does not meet"
    assert standing.essa.tier == 4
    assert rated(alone, estimator="difference_in_means", standards=answers(logic_model=None)).essa.tier is None


def test_one_classroom_in_an_arm_is_a_confound_whatever_the_file_says():
    panel = make_panel(n_clusters=2, per_cluster=30)
    standing = rated(panel)
    assert standing.wwc.rating == "cannot be rated"  # nothing was estimated
    confound = next(one for one in standing.wwc.conditions if one.name == "confounds")
    assert confound.met is False
    assert standing.wwc.next_step == "Put right what the estimate names as its reason, and run again."


def test_an_effect_described_only_is_not_significant():
    standing = rated(make_panel(n_clusters=6, effect=2.0))
    assert standing.essa.tier in (None, 4)


def test_a_fall_is_favourable_where_less_is_better():
    panel = replace(alike(), higher_is="worse")
    down = replace(panel, table=panel.table.assign(outcome=-panel.table.outcome))
    assert rated(down).essa.tier == 2
    against = rated(panel)
    assert against.essa.tier == 4
    assert "points the other way" in next(one.step for one in against.essa.failing if one.name == "significant")


def test_records_of_the_school_need_no_reliability():
    cycle = plan(measures={"outcome": {"belonging": {"indicator": "attendance_share"}}}, decide={"on": "2027-01-25"})
    standing = rated(alike(), standards=answers(reliability=None), plan=cycle)
    assert next(one for one in standing.wwc.conditions if one.name == "reliability").met is True


def test_the_alpha_of_the_run_counts_as_reliability():
    low = rated(alike(), standards=answers(reliability=None), reliability=0.45)
    assert low.wwc.rating == "does not meet"
    assert rated(alike(), standards=answers(reliability=None), reliability=0.55).wwc.rating == "meets with reservations"


def test_what_nobody_did_for_a_principle_is_printed():
    standing = rated(alike(), plan=plan(), seal_state="sealed_before_data")
    assert len(standing.seer) == 9
    done = {one.name: one for one in standing.seer}
    assert done["costs"].text == "Not done."
    assert done["registration"].done == "in part"
    assert "check ins per week" in done["implementation"].said
    told = rated(alike(), plan=plan(), standards=answers(seer={"costs": "Two minutes a day."}))
    assert next(one for one in told.seer if one.name == "costs").text == "Done. The team says: Two minutes a day."


def test_the_table_holds_every_condition_and_no_number_is_missing_by_nan():
    table = rated(alike()).table
    assert list(table.columns) == ["standard", "condition", "met", "seen", "step", "source"]
    assert not table.seen.str.contains("nan|None|inf").any()
    assert (table.source != "").all()


@pytest.mark.parametrize("outcome", [np.nan, 1.0])
def test_what_cannot_be_estimated_cannot_be_rated(outcome):
    panel = make_panel()
    standing = rated(replace(panel, table=panel.table.assign(outcome=outcome)))
    assert standing.wwc.rating == "cannot be rated"
    assert standing.effect_size_wwc is None


def test_without_a_check_of_the_baseline_nothing_is_taken_for_granted():
    panel = alike()
    found = cy.estimate(panel, estimator="ancova")
    assert cy.rate(found, panel, [], standards=answers()).wwc.rating == "does not meet"
    other = Finding(name="something_else", answer="pass")
    assert cy.rate(found, panel, [other], standards=answers()).wwc.rating == "does not meet"


def test_groups_of_ten_count_towards_a_large_sample():
    standing = rated(make_panel(n_clusters=60, per_cluster=5))
    large = next(one for one in standing.essa.conditions[2] if one.name == "large_sample")
    assert large.met is False
    assert large.seen == "300 students are in the result, in 0 groups of 10 or more."


def test_the_panel_is_not_changed():
    panel = alike()
    before = panel.table.copy()
    rated(panel)
    pd.testing.assert_frame_equal(panel.table, before)
