"""Effect sizes of the What Works Clearinghouse: when there is one, and when there is none."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.factories import make_panel

import cycles as cy
from cycles.core.errors import DesignError
from cycles.core.vocabulary import Panel
from cycles.study.inference.wwc import wwc_effect


def test_with_units_assigned_it_is_the_usual_effect_size():
    panel = replace(make_panel(), design="student_comparison", cluster_name=None)
    found = cy.estimate(panel, estimator="difference_in_means")
    assert found.effect_size_wwc == pytest.approx(found.effect_size, rel=1e-12)


def test_clusters_assigned_together_make_it_smaller_than_the_usual_one():
    found = cy.estimate(make_panel(icc=0.3, effect=0.8), estimator="difference_in_means")
    assert 0 < found.effect_size_wwc < found.effect_size
    assert any(said.startswith("WWC effect size (WWC Handbook 5.0") for said in found.conventions)


def test_a_standard_error_blind_to_clusters_is_inflated_by_their_design_effect():
    panel = make_panel(icc=0.3)
    blind, knowing = (cy.estimate(panel, estimator="difference_in_means", variance=kind) for kind in ("HC2", "CR2"))
    assert blind.se < knowing.se
    assert blind.effect_size_wwc_se > 1.5 * blind.effect_size_se


def test_too_few_clusters_leave_a_value_without_a_standard_error():
    found = cy.estimate(make_panel(n_clusters=4), estimator="difference_in_means")
    assert found.state == "degraded"
    assert found.effect_size_wwc is not None
    assert found.effect_size_wwc_se is None


def test_one_group_has_none():
    panel = make_panel()
    alone = panel.table.query("arm == 'check_ins'")
    before_after = replace(panel, table=alone, design="one_group_pre_post", comparison=None)
    found = cy.estimate(before_after, estimator="difference_in_means")
    assert found.effect_size is not None
    assert found.effect_size_wwc is None


def test_what_cannot_be_estimated_has_none():
    panel = make_panel()
    constant = replace(panel, table=panel.table.assign(outcome=1.0))
    assert cy.estimate(constant, estimator="difference_in_means").effect_size_wwc is None


def yes_or_no(*, n_change: int, n_comparison: int, yes_change: int, yes_comparison: int, design: str) -> Panel:
    def arm(name: str, n: int, yes: int) -> pd.DataFrame:
        return pd.DataFrame(
            {"arm": name, "absent": np.arange(n) < yes, "room": [f"{name}{place % 8}" for place in range(n)]}
        )

    frame = pd.concat([arm("yes", n_change, yes_change), arm("no", n_comparison, yes_comparison)], ignore_index=True)
    return cy.as_panel(
        frame.assign(absent=frame.absent.astype(float)),
        measure="absent",
        outcome="absent",
        arm="arm",
        change="yes",
        comparison="no",
        cluster="room",
        design=design,
    )


def test_a_yes_or_no_outcome_gets_the_cox_index():
    panel = yes_or_no(n_change=100, n_comparison=100, yes_change=80, yes_comparison=60, design="student_comparison")
    found = cy.estimate(panel, estimator="difference_in_means")
    expected = cy.cox_index(0.8, 0.6, n_change=100, n_comparison=100)
    assert found.effect_size_wwc == pytest.approx(expected.index, rel=1e-12)
    assert found.effect_size_wwc_se == pytest.approx(expected.se, rel=1e-12)
    assert any("Cox index" in said for said in found.conventions)


def test_a_share_of_none_or_all_has_no_cox_index():
    panel = yes_or_no(n_change=50, n_comparison=50, yes_change=10, yes_comparison=0, design="student_comparison")
    found = cy.estimate(panel, estimator="difference_in_means")
    assert found.value == pytest.approx(0.2)
    assert found.effect_size_wwc is None
    assert not any("Cox index" in said for said in found.conventions)


@pytest.mark.parametrize(
    ("shares", "ns", "code"),
    [((1.0, 0.5), (10, 10), "CY304"), ((0.5, 1.2), (10, 10), "CY309"), ((0.5, 0.4), (1, 10), "CY306")],
)
def test_the_cox_index_says_why_there_is_none(shares, ns, code):
    with pytest.raises(DesignError) as refused:
        cy.cox_index(*shares, n_change=ns[0], n_comparison=ns[1])
    assert refused.value.code == code


@pytest.mark.parametrize(("n_clusters", "icc", "code"), [(2, 0.1, "CY303"), (10, 1.5, "CY309")])
def test_the_correction_says_why_there_is_none(n_clusters, icc, code):
    with pytest.raises(DesignError) as refused:
        cy.clustering_correction(0.3, n_change=20, n_comparison=20, n_clusters=n_clusters, icc=icc)
    assert refused.value.code == code


def test_two_clusters_that_share_nothing_leave_nothing_to_compute():
    assert wwc_effect(0.3, sd=1, se=0.1, n_change=20, n_comparison=20, n_clusters=2, icc=1.0) is None


def test_each_sentence_tells_its_numbers():
    assert "1.349" not in cy.clustering_correction(0.3, n_change=200, n_comparison=200, n_clusters=20, icc=0.2).text
    assert "1.35" in cy.clustering_correction(0.3, n_change=200, n_comparison=200, n_clusters=20, icc=0.2).text
    assert "+0.592" in cy.cox_index(0.8, 0.6, n_change=100, n_comparison=100).text
