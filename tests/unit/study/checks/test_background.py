"""What stands around a cycle's estimate is gathered from its file, its tables and its ledger."""

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
from tests.conftest import ROOT

from cycles.do.collection import Tables
from cycles.plan.cycle_file import read_cycle_file
from cycles.plan.instruments import read_instrument
from cycles.study.checks import background

CYCLE = read_cycle_file(ROOT / "params" / "check-ins-2026-fall.yml")
WAVES = ("2026-spring", "2026-fall", "2027-winter")


def tables(n: int = 40) -> Tables:
    draw, items = np.random.default_rng(6), read_instrument("school_belonging").scales["belonging"].items
    rows = []
    for wave in WAVES:
        level = draw.integers(2, 5, n)
        answers = {item: np.clip(level + draw.integers(-1, 2, n), 1, 5) for item in items}
        rows.append(pd.DataFrame({"respondent_id": [f"s{at:03}" for at in range(n)], "wave": wave, **answers}))
    return Tables(by_source={}, by_table={"responses:school_belonging": pd.concat(rows, ignore_index=True)})


def a_run(*, calls: tuple[str, ...] = (), number: int | None = 1, cycle=CYCLE):
    """A run on revision `number`, after finished runs with these calls, one revision each, a week apart."""
    results = [{"revision": {"number": at}, "decision": {"call": call}} for at, call in enumerate(calls, start=1)]
    revisions = [SimpleNamespace(number=at, opened_at=f"2026-11-{7 * at:02}T08:00:00Z") for at in range(1, 4)]
    ledger = SimpleNamespace(
        runs=lambda name: [{"results": one} for one in [*results, None]],
        deliveries=SimpleNamespace(revisions=lambda name: revisions),
    )
    records = [] if number is None else [{"number": number}]
    folder = SimpleNamespace(records=lambda kind: records, ledger=ledger)
    return SimpleNamespace(cycle=cycle, folder=folder, seal_state="sealed_before_data")


def test_the_file_tells_the_method_the_dates_and_what_is_worth_having():
    found = background(a_run(), tables())
    assert (found.spec, found.worth_having, found.direction) == (CYCLE.estimate, 0.10, "increase")
    assert (found.started_on, found.decide_on, found.sealed_before_data) == (date(2026, 10, 5), date(2027, 1, 25), True)
    assert (found.outcomes, found.subgroups, found.alternatives, found.placebos) == (None, None, None, {})


def test_a_look_is_an_earlier_state_of_the_data_that_was_monitored():
    calls = ("monitoring", "monitoring", "adopt")
    assert background(a_run(calls=calls, number=3), tables()).looks == (date(2026, 11, 7), date(2026, 11, 14))
    assert background(a_run(calls=calls, number=2), tables()).looks == (date(2026, 11, 7),)


def test_running_again_on_the_same_files_is_no_further_look():
    assert background(a_run(calls=("monitoring", "monitoring"), number=1), tables()).looks == ()
    assert background(a_run(calls=("adopt",), number=2), tables()).looks == ()
    assert background(a_run(calls=("monitoring",), number=None), tables()).looks == ()


def test_everybody_and_earlier_waves_come_from_the_answers():
    found = background(a_run(), tables())
    assert found.everyone is not None
    assert found.everyone.n == 40
    assert list(found.earlier) == ["2026-spring"]
    assert len(found.earlier["2026-spring"]) == 40
    assert 0 < found.reliability < 1


def test_of_few_nobody_is_told_and_an_indicator_has_neither_reliability_nor_waves():
    assert background(a_run(), tables(n=6)).everyone is None
    prediction = CYCLE.prediction.model_copy(update={"measure": "lessons_missed_share"})
    days = pd.DataFrame({"student_id": "a", "on": pd.to_datetime(["2026-09-07", "2026-11-02"]), "status": "present"})
    sessions = pd.DataFrame({"student_id": ["a"], "on": ["2026-11-02"], "minutes": [2.0], "in_school_hours": [True]})
    other = Tables(by_source={}, by_table={"attendance_days": days, "sessions": sessions})
    found = background(a_run(cycle=CYCLE.model_copy(update={"prediction": prediction})), other)
    assert (found.reliability, found.earlier, found.everyone) == (None, None, None)
