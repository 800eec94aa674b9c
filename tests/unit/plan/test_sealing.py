"""Sealing: what is fixed, and how a later change is told."""

from tests.conftest import ROOT

from cycles.core.ledger import Ledger
from cycles.plan import sealing
from cycles.plan.cycle_file import read_cycle_file


def test_a_later_change_is_told_key_by_key(tmp_path):
    cycle = read_cycle_file(ROOT / "params" / "check-ins-2026-fall.yml")
    ledger = Ledger(tmp_path / "l" / "ledger.sqlite")
    seal = sealing.seal(cycle, ledger, outcome_files=[])
    assert sealing.deviations(cycle, seal) == ()
    bent = cycle.model_copy(update={"decide": cycle.decide.model_copy(update={"adopt": 0.6})})
    assert sealing.deviations(bent, seal) == ("decide.adopt was 0.8 and is now 0.6",)
    ledger.close()


def test_what_does_not_bear_on_the_result_is_not_sealed():
    cycle = read_cycle_file(ROOT / "params" / "check-ins-2026-fall.yml")
    renamed = cycle.model_copy(update={"title": "Another title", "schedule": None})
    assert sealing.sealed_part(renamed) == sealing.sealed_part(cycle)
