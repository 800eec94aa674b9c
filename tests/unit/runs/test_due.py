"""What is due: each occurrence is run once, whoever asks, how often, and whatever the clock does meanwhile."""

import json
from datetime import date

import pytest
from tests.unit.core.conftest import own_schema

from cycles.core.ledger import Ledger
from cycles.core.occurrences import Occurrence
from cycles.core.workspace import find_workspace
from cycles.plan.cycle_file import Schedule
from cycles.runs.commandline import run_one
from cycles.runs.fleet.running import FleetResult
from cycles.runs.schedule import due as due_module
from cycles.runs.schedule.due import TRIES, due_of
from cycles.runs.schedule.times import moment

WEEKLY = Schedule(cron="0 6 * * MON", timezone="America/New_York")
STARTED = date(2026, 10, 5)
FIRST, SECOND = "2026-10-05T10:00:00Z", "2026-10-12T10:00:00Z"


def last(**told):
    return Occurrence(
        **{"cycle": "c", "due_at": FIRST, "claimed_at": FIRST, "claimed_by": "x", "state": "done", **told}
    )


def due(now, **told):
    known = {"last": None, "held": (), **told}
    return due_of("c", WEEKLY, started_on=STARTED, now=moment(now), **known)


# -- the rule ------------------------------------------------------------------------------------------------------------


def test_nothing_is_due_before_the_cycle_starts():
    assert due("2026-10-05T09:59:59Z") is None


def test_it_is_due_from_its_moment_on():
    assert (due(FIRST).due_at, due(FIRST).n_missed, due(FIRST).attempt) == (FIRST, 0, 1)


def test_what_was_missed_is_caught_up_by_one_run():
    found = due("2027-10-05T10:00:00Z", last=last())
    assert (found.due_at, found.n_missed, found.missed_since) == ("2027-10-04T10:00:00Z", 51, SECOND)


@pytest.mark.parametrize("now", [FIRST, "2026-10-05T09:00:00Z", "2025-10-05T09:00:00Z", "2026-10-12T09:59:00Z"])
def test_what_was_taken_up_is_not_due_again_also_when_the_clock_goes_back(now):
    assert due(now, last=last()) is None


@pytest.mark.parametrize("state", ["failed", "interrupted", "claimed"])
def test_what_came_to_nothing_is_taken_up_once_more_until_it_was_tried_often_enough(state):
    attempts = [due(FIRST, last=last(state=state, attempts=n)) for n in range(1, TRIES + 1)]
    assert [one and one.attempt for one in attempts] == [*range(2, TRIES + 1), None]


def test_what_somebody_is_at_is_left_to_them():
    assert due("2027-01-01T00:00:00Z", last=last(state="claimed", claimed_by="alive"), held={"alive"}) is None


def test_a_new_occurrence_goes_before_one_that_failed():
    found = due(SECOND, last=last(state="failed"))
    assert (found.due_at, found.n_missed, found.attempt) == (SECOND, 0, 1)


# -- the command ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def played(monkeypatch):
    """Fleets are not run but noted; each ends as it is told to."""
    from cycles.runs.fleet.outcome import Outcome

    ran, ends = [], []

    def play(plan, settings, *, workspace, told):
        outcomes = tuple(Outcome(cycle=job.cycle, state=ends.pop(0) if ends else "done", run="r") for job in plan.jobs)
        ran.extend(job.cycle for job in plan.jobs)
        for one in outcomes:
            told(one)
        return FleetResult(outcomes=outcomes)

    monkeypatch.setattr(due_module, "run_fleet", play)
    return ran, ends


def call(now, *words):
    return run_one(["run", "params", "--due", "--now", now, *words])


def taken(root="."):
    with Ledger.of(find_workspace(root)) as ledger:
        return [(one.cycle, one.due_at, one.state, one.attempts) for one in ledger.occurrences.list()]


def test_what_is_due_runs_once_however_often_it_is_asked_for(toy, played, capfd):
    toy()
    ran, _ = played
    assert [call(FIRST), call(FIRST), call("2026-10-06T10:00:00Z")] == [0, 0, 0]
    assert ran == ["check-ins-2026-fall"]
    assert taken() == [("check-ins-2026-fall", FIRST, "done", 1)]
    assert "Nothing is due. Next: Mon 2026-10-12 06:00 EDT (America/New_York)" in capfd.readouterr().err


def test_a_call_that_comes_second_in_that_moment_says_that_another_took_it_up(toy, played, capfd, monkeypatch):
    toy()
    ran, _ = played
    monkeypatch.setattr(due_module, "_claimed", lambda *_: False)
    assert call(FIRST) == 0
    assert ran == []
    assert "check-ins-2026-fall: taken up by another call meanwhile" in capfd.readouterr().err


def test_a_clock_that_goes_back_an_hour_or_ahead_a_year_runs_nothing_twice_and_catches_up_once(toy, played, capfd):
    toy()
    ran, _ = played
    for now in (FIRST, "2026-10-05T09:00:00Z", FIRST, "2027-10-05T10:00:00Z", "2027-10-05T09:00:00Z", SECOND):
        assert call(now) == 0
    assert len(ran) == 2
    said = capfd.readouterr().err
    assert said.count("one run for this and 51 missed before it") == 1
    assert "a clock was ahead" in said


def test_a_ledger_on_a_server_tells_the_same(toy, played, monkeypatch, request):
    monkeypatch.setenv("CYCLES_LEDGER", own_schema(request.getfixturevalue("postgres_server")))
    toy()
    ran, ends = played
    ends += ["failed", "done"]
    for now in (FIRST, FIRST, FIRST, "2026-10-05T09:00:00Z"):
        call(now)
    assert len(ran) == 2
    assert taken() == [("check-ins-2026-fall", FIRST, "done", 2)]


def test_what_fails_is_tried_by_the_next_calls_and_then_no_more(toy, played):
    toy()
    ran, ends = played
    ends += ["failed", "crashed", "interrupted", "done"]
    for _ in range(5):
        call(FIRST)
    assert len(ran) == TRIES
    assert taken() == [("check-ins-2026-fall", FIRST, "interrupted", TRIES)]


def test_whoever_is_killed_while_it_runs_leaves_it_to_the_next_call(toy, played, monkeypatch):
    toy()
    play = due_module.run_fleet

    def killed(*_given, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr(due_module, "run_fleet", killed)
    assert call(FIRST) == 130
    monkeypatch.setattr(due_module, "run_fleet", play)
    assert call(FIRST) == 0
    assert taken() == [("check-ins-2026-fall", FIRST, "done", 2)]


def test_every_school_of_a_district_has_its_own_occurrence(schools, played, monkeypatch):
    schools()
    ran, ends = played
    ends += ["done", "failed", "done"]
    call(FIRST)
    call(FIRST)
    call(FIRST)
    assert sorted(ran) == [f"check-ins-2026-fall--{one}" for one in ("s1", "s2", "s2", "s3")]
    monkeypatch.setattr(due_module, "plan_fleet", None)  # the district's files are not even read when nothing is due
    assert call(FIRST) == 0
    assert call("2026-10-12T09:00:00Z") == 0


def test_a_dry_run_says_what_is_due_and_claims_nothing(toy, capfd):
    toy()
    assert call(SECOND, "--dry-run", "--json") == 0
    [told] = json.loads(capfd.readouterr().out)["due"]
    assert told == {
        "cycle": "check-ins-2026-fall", "due_at": SECOND, "timezone": "America/New_York", "n_missed": 1,
        "missed_since": FIRST, "attempt": 1,
    }  # fmt: skip
    assert not find_workspace(".").ledger_path.exists()


def test_json_tells_what_was_due_beside_how_it_ended(toy, played, capfd):
    toy()
    assert call(FIRST, "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["schema"], [one["due_at"] for one in told["due"]], told["counts"]["done"]) == (
        "cycles.fleet/1",
        [FIRST],
        1,
    )


def test_a_file_that_cannot_be_used_is_said_at_each_call(toy, played, capfd):
    file = toy()
    (file.parent / "broken.yml").write_text("kind: pdsa_cycle\ncycle: x\n")
    assert [call(FIRST, "--dry-run"), call(FIRST), call(FIRST, "--dry-run")] == [2, 0, 2]
    assert played[0] == ["check-ins-2026-fall"]
    assert capfd.readouterr().err.count("broken.yml:\n[CY105]") == 2


@pytest.mark.parametrize("now", ["2026-10-05T10:00:00", "Monday"])
def test_a_moment_that_could_mean_several_is_refused(toy, now, capfd):
    toy()
    assert run_one(["run", "params", "--due", "--now", now]) == 2
    assert "CY105" in capfd.readouterr().err


def test_now_without_due_is_a_usage_error(toy):
    toy()
    assert run_one(["run", "params", "--now", FIRST]) == 2


@pytest.mark.slow
def test_a_real_run_is_made_once_and_a_lost_claim_is_answered_from_the_ledger(toy, capfd):
    toy()
    assert call(FIRST, "--json") == 0
    first = json.loads(capfd.readouterr().out)["runs"][0]
    with Ledger.of(find_workspace(".")) as ledger:
        ledger.occurrences.finish("check-ins-2026-fall", FIRST, state="claimed")  # as if it had been killed just before
    assert call(FIRST, "--json") == 0
    again = json.loads(capfd.readouterr().out)["runs"][0]
    assert (first["state"], again["state"], again["run"]) == ("done", "cached", first["run"])
    assert taken() == [("check-ins-2026-fall", FIRST, "done", 2)]
