"""What earlier cycles have shown about the spread of a measure: kept once a cycle, never what was withheld, averaged by groups."""

from dataclasses import replace

import pytest
from tests.conftest import ROOT

from cycles.core.ledger import Ledger
from cycles.core.spreads import Spread
from cycles.plan.cycle_file import MeasureSpec, read_cycle_file
from cycles.plan.power.history import history, measured_as, spreads_of

SPREAD = Spread(cycle="a", measure="m", cluster="classroom_id", icc=0.10, sd=0.8, n=300, n_clusters=16)


@pytest.fixture
def ledger(tmp_path):
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def test_a_later_run_of_a_cycle_takes_the_place_of_the_earlier_one(ledger):
    ledger.spreads.keep(SPREAD)
    ledger.spreads.keep(replace(SPREAD, icc=0.12))
    [kept] = ledger.spreads.of("m", cluster="classroom_id")
    assert (kept.icc, kept.n, kept.n_clusters) == (0.12, 300, 16)
    assert kept.kept_at
    assert kept.text == "a: 12.0% between groups (300 students in 16)."


def test_a_cycle_is_not_planned_from_its_own_outcome(ledger):
    ledger.spreads.keep(SPREAD)
    assert ledger.spreads.of("m", cluster="classroom_id", besides="a") == []
    assert ledger.spreads.of("m", cluster="school_id") == []
    assert ledger.spreads.of("other", cluster="classroom_id") == []


def test_cycles_count_by_their_groups_less_one():
    found = history([SPREAD, replace(SPREAD, cycle="b", icc=0.04, n=600, n_clusters=31)])
    assert found.icc == pytest.approx((0.10 * 15 + 0.04 * 30) / 45)
    assert found.sd == pytest.approx(0.8)
    assert found.text == "2 earlier cycles of this site (900 students in 47 groups)"


def test_two_files_on_the_same_data_are_one_cycle():
    assert history([SPREAD, replace(SPREAD, cycle="b")]).n_cycles == 1


@pytest.mark.parametrize("spreads", [[], [replace(SPREAD, n_clusters=1)]])
def test_nothing_is_known_from_nothing(spreads):
    assert history(spreads) is None


def test_a_measure_is_its_definition_not_its_name():
    one, other = (MeasureSpec(indicator="sessions_per_week", service=service) for service in ("check_in", "tutoring"))
    assert measured_as(one) != measured_as(other)
    assert measured_as(MeasureSpec(scale="a.b")) == "a.b"


def test_the_results_of_a_run_tell_the_spread_of_each_measure_but_what_was_withheld():
    cycle = read_cycle_file(ROOT / "params" / "check-ins-2026-fall.yml")
    told = {"id": "belonging", "icc": 0.09, "sd": 0.7, "n": 900, "n_clusters": 56}
    results = {
        "estimates": [
            told,
            {**told, "icc": 0.5},
            {"id": "lessons_missed_share", "icc": None, "sd": None, "n": 9, "n_clusters": None},
        ]
    }
    [kept] = spreads_of(cycle, results)
    assert (kept.measure, kept.cluster, kept.icc, kept.n) == ("school_belonging.belonging", "classroom_id", 0.09, 900)
    assert spreads_of(cycle, {"estimates": []}) == []
