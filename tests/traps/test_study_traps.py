"""Traps of studies: many results, a stepwise boundary, a scale that broke, the same students twice, and looking until it shows."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, ttest_1samp
from tests.panels import small_frame, small_panel

from cycles.core.errors import DesignError
from cycles.core.vocabulary import SeriesBreak
from cycles.plan.method import EstimateSpec, Missing
from cycles.study.checks import run_checks
from cycles.study.estimators import estimate, estimate_by_subgroup
from cycles.study.inference.alpha_spending import false_alarm, spending_bounds
from cycles.study.inference.attrition import attrition_boundary
from cycles.study.inference.background import Background
from cycles.study.inference.multiplicity import any_by_chance, holm

CELLS = 81


def test_eighty_one_cells_are_a_family_and_a_striking_one_is_told_as_chance():
    """Uncorrected, a report of 81 cells without any effect has one below .05 in 98 of 100 cases."""
    result = estimate(small_panel(), estimator="ancova")
    p = [0.012, *np.linspace(0.04, 0.99, CELLS - 2)]
    cells = {f"cell {at}": replace(result, id=f"cell {at}", p=float(one)) for at, one in enumerate(p)}
    background = Background(subgroups=cells)
    found = {one.name: one for one in run_checks(result, small_panel(), background=background)}["multiplicity"]
    assert any_by_chance(CELLS) == pytest.approx(0.98, abs=0.005)
    assert found.answer == "concern"
    assert "81 effects looked at" in found.text
    assert "98%" in found.text
    assert found.table.p_holm.min() > 0.05


def test_counted_together_cells_without_an_effect_raise_no_false_alarms():
    draw, replicates = np.random.default_rng(81), 2000
    p = draw.random((replicates, CELLS))
    alone = int((p.min(axis=1) < 0.05).sum())
    together = sum(holm(row).min() < 0.05 for row in p)
    assert alone > 0.97 * replicates
    assert together <= binom.ppf(0.9995, replicates, 0.05)


def test_groups_looked_at_together_come_with_a_sentence_that_counts_them_all():
    draw = np.random.default_rng(2)
    frame = small_frame(effect=0.0).assign(**{f"trait_{at}": draw.choice(["no", "yes"], size=96) for at in range(6)})
    panel = small_panel(frame, subgroups=tuple(f"trait_{at}" for at in range(6)))
    found = estimate_by_subgroup(panel, estimator=EstimateSpec(estimator="ancova"))
    assert len(found.compared) == 6
    assert found.text.startswith("6 differences between groups were tested together (Holm)")
    assert (found.compared["p_holm"] >= found.compared["p"]).all()


def test_a_drawn_outcome_is_never_counted_as_observed_nor_taken_for_certain():
    """Answers carried forward and counted as observed shrank a standard error from .079 to .055."""
    frame = small_frame(n_clusters=20, size=12)
    gone = np.random.default_rng(3).random(len(frame)) < 0.3
    panel = small_panel(frame.assign(after=frame["after"].mask(gone)))
    drawn = estimate(panel, estimator="ancova", missing=Missing(method="multiple_imputation", imputations=20))
    carried = small_panel(frame.assign(after=frame["after"].mask(gone, frame["before"])))
    assert (drawn.n, drawn.n_missing) == (int((~gone).sum()), int(gone.sum()))
    assert drawn.se > estimate(small_panel(frame), estimator="ancova").se
    assert estimate(carried, estimator="ancova").n == len(frame)
    assert drawn.facts["missing_information"] > 0.1


def test_the_attrition_boundary_is_the_table_and_not_four_steps():
    shares = np.arange(0, 0.66, 0.01)
    cautious = [attrition_boundary(float(share))[0] for share in shares]
    told = [one for one in cautious if one is not None]
    assert len(set(told)) > 20
    assert not set(np.round(told, 3)) <= {0.05, 0.03, 0.01, 0.0}
    assert attrition_boundary(0.10) == pytest.approx((0.063, 0.109), abs=5e-4)


def test_a_difference_across_a_scale_break_is_described_and_not_tested():
    """483 schools, -.130 from one year to the next because the questionnaire changed: a paired t of -57 is no finding."""
    draw = np.random.default_rng(57)
    before = draw.normal(0.8, 0.08, 483)
    frame = pd.DataFrame({"before": before, "after": before - 0.130 + draw.normal(0, 0.05, 483), "group": "change"})
    assert ttest_1samp(frame.after - frame.before, 0).statistic == pytest.approx(-57, abs=4)
    broke = SeriesBreak(measure="score", at="2015-16", because="the questions changed", origin="declared")
    one_group = {"comparison": None, "design": "one_group_pre_post", "unit": None, "cluster": None}
    panel = small_panel(frame, breaks=(broke,), **one_group)
    found = estimate(panel, estimator="difference_in_means")
    assert (found.state, found.code, found.p, found.low) == ("degraded", "CY221", None, None)
    assert {one.code for one in run_checks(found, panel) if one.blocking} == {"CY221"}


def test_the_same_students_of_four_grades_are_not_taken_for_four_times_as_many():
    grades = pd.concat([small_frame().assign(grade=grade) for grade in range(4)], ignore_index=True)
    with pytest.raises(DesignError, match="appears more than once"):
        small_panel(grades)
    renamed = grades.assign(
        student=grades.student + grades.grade.astype(str), classroom=grades.classroom + grades.grade.astype(str)
    )
    one, four = (estimate(small_panel(frame), estimator="ancova").se for frame in (small_frame(), renamed))
    assert four < 0.6 * one
    by_room = small_panel(renamed.assign(classroom=grades.classroom))
    assert estimate(by_room, estimator="ancova").se == pytest.approx(one, rel=0.05)


def test_ten_looks_are_a_fifth_of_false_alarms_and_the_bounds_bring_them_back():
    looks = (np.arange(1, 11) / 10).tolist()
    assert false_alarm(looks, [1.959964] * 10) == pytest.approx(0.193, abs=6e-4)
    assert false_alarm(looks, spending_bounds(looks)) == pytest.approx(0.05, abs=1e-6)
