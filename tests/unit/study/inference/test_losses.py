"""Who was lost, at the level that was assigned and below it."""

from dataclasses import replace

import numpy as np
import pytest
from tests.factories import make_panel

from cycles.study.inference.losses import Loss, losses


def panel_with(missing):
    """Twelve classrooms of twenty; `missing` marks the students without an outcome."""
    panel = make_panel()
    table = panel.table
    return replace(panel, table=table.assign(outcome=np.where(missing(table), np.nan, table.outcome)))


def test_students_of_a_lost_classroom_are_not_counted_again():
    lost = make_panel().table.query("arm == 'check_ins'").cluster.iloc[0]
    panel = panel_with(lambda table: table.cluster == lost)
    clusters, students = losses(panel, needed=(), by_cluster=True)
    assert (clusters.level, clusters.overall, clusters.differential) == (
        "classroom_id",
        pytest.approx(1 / 12),
        pytest.approx(1 / 6),
    )
    assert (students.level, students.overall, students.differential) == ("student", 0.0, 0.0)


def test_where_students_were_assigned_only_they_are_counted():
    lost = make_panel().table.query("arm == 'check_ins'").cluster.iloc[0]
    panel = panel_with(lambda table: table.cluster == lost)
    (students,) = losses(panel, needed=(), by_cluster=False)
    assert students.overall == pytest.approx(20 / 240)


def test_who_lacks_what_the_estimate_needs_is_lost_too():
    panel = make_panel()
    few = replace(panel, table=panel.table.assign(baseline=panel.table.baseline.where(panel.table.index % 10 != 0)))
    (students,) = losses(few, needed=("baseline",), by_cluster=False)
    assert students.overall == pytest.approx(0.1)


def test_an_arm_without_anyone_cannot_be_counted():
    panel = make_panel()
    alone = replace(panel, table=panel.table.query("arm == 'check_ins'"))
    assert losses(alone, needed=(), by_cluster=True) is None


@pytest.mark.parametrize(
    ("differential", "cautious", "low"),
    [(0.063, True, True), (0.0631, True, False), (0.109, False, True), (0.11, False, False)],
)
def test_a_loss_is_held_against_the_table(differential, cautious, low):
    assert Loss(level="student", overall=0.10, differential=differential).is_low(cautious=cautious) is low


def test_beyond_the_table_nothing_is_low():
    assert not Loss(level="student", overall=0.9, differential=0.0).is_low(cautious=False)
