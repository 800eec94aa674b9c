"""What the board and `cycles status` say of cycles: due, running, late, decided, from evidence alone."""

import json
import re
import stat
from pathlib import Path

import pytest

from cycles.core.ledger import Ledger
from cycles.core.processes import this_process
from cycles.core.workspace import find_workspace
from cycles.runs.commandline import run_one
from cycles.runs.schedule.times import moment
from cycles.runs.status import status

NAME = "check-ins-2026-fall"
FIRST = "2026-10-05T10:00:00Z"


def seen(now):
    return {one.cycle: one for one in status(find_workspace(), now=moment(now))}


def run(ledger, cycle=NAME, call=None, state="done", file="params/x.yml"):
    ledger.start_run(
        run_id=f"{cycle}-1",
        cycle=cycle,
        kind="pdsa_cycle",
        folder=Path("runs/x"),
        cycle_file=Path(file),
        holder=this_process(),
    )
    if state != "running":
        results = {"decision": {"call": call, "because": "the effect is probably too small."}} if call else {}
        ledger.finish_run(f"{cycle}-1", state=state, exit_status=0, results=results)


@pytest.fixture
def ledger(toy):
    toy()
    with Ledger.of(find_workspace()) as opened:
        yield opened


@pytest.mark.parametrize(
    ("now", "stage", "standing"),
    [
        ("2026-10-01T00:00:00Z", "plan", "not begun"),
        (FIRST, "do", "due"),
        ("2026-10-05T11:00:01Z", "do", "late"),
        ("2027-02-01T00:00:00Z", "study", "late"),
    ],
)
def test_what_waits_is_due_and_after_an_hour_late(ledger, now, stage, standing):
    one = seen(now)[NAME]
    assert (one.stage, one.standing) == (stage, standing)


def test_what_was_taken_up_and_done_is_under_way(ledger):
    ledger.occurrences.claim(NAME, FIRST)
    ledger.occurrences.finish(NAME, FIRST)
    one = seen("2026-10-06T00:00:00Z")[NAME]
    assert (one.standing, one.next_at, one.timezone) == ("under way", "2026-10-12T10:00:00Z", "America/New_York")


def test_what_was_given_up_is_late_and_says_so(ledger):
    ledger.occurrences.claim(NAME, FIRST)
    for _ in range(2):
        ledger.occurrences.retake(ledger.occurrences.list(NAME)[0], by="x")
    ledger.occurrences.finish(NAME, FIRST, state="failed")
    one = seen(FIRST)[NAME]
    assert one.standing == "late"
    assert "tried 3 times, and not again" in one.why


def test_who_runs_is_seen_to_run_and_who_is_gone_is_not(ledger):
    from cycles.core.occurrences import claimer

    with claimer(ledger.leases) as name:
        ledger.occurrences.claim(NAME, FIRST, by=name)
        assert seen(FIRST)[NAME].standing == "running"
    assert seen(FIRST)[NAME].standing == "due"
    run(ledger, state="running")
    assert seen(FIRST)[NAME].standing == "running"


@pytest.mark.parametrize(("call", "standing"), [("adapt", "decided"), ("monitoring", "late"), ("no decision", "late")])
def test_a_call_that_decides_nothing_is_no_decision(ledger, call, standing):
    run(ledger, call=call)
    assert seen("2027-02-01T00:00:00Z")[NAME].standing == standing


def test_status_tells_it_on_the_command_line(ledger, capfd):
    assert run_one(["status", "--now", FIRST]) == 0
    told = capfd.readouterr()
    assert "due" in told.out
    assert f"{NAME}: due; due Mon 2026-10-05 06:00 EDT" in told.err
    assert run_one(["status", "--json", "--now", FIRST]) == 0
    [one] = json.loads(capfd.readouterr().out)["cycles"]
    assert (one["standing"], one["run_due_at"]) == ("due", FIRST)


def test_the_board_shows_every_school_under_its_name_and_nothing_live_from_it(ledger, tmp_path, capfd):
    unit = tmp_path / "unit.yml"
    unit.write_text(
        "# written\n" + json.dumps({"title": "Check-ins: <b>North</b>", "of_unit": {"name": "<b>North</b>"}})
    )
    run(ledger, cycle=f"{NAME}--s1", call="adapt", file=str(unit))
    assert run_one(["board", "out", "--now", "2026-10-06T00:00:00Z"]) == 0
    assert capfd.readouterr().out.strip() == "out/index.html"
    page = Path("out/index.html").read_text()
    assert "&lt;b&gt;North&lt;/b&gt;" in page
    assert "Adapt: the effect is probably too small." in page
    assert "<b>" not in page
    assert re.findall(r"(?:src|href)=\"([^#\"][^\"]*)", page) == []
    assert stat.S_IMODE(Path("out/index.html").stat().st_mode) == 0o600
    assert run_one(["board", "out", "--now", "2026-10-06T00:00:00Z"]) == 0
    assert Path("out/index.html").read_text() == page


def test_a_page_of_somebody_else_is_not_written_over(ledger, capfd):
    Path("out").mkdir()
    Path("out/index.html").write_text("mine")
    assert run_one(["board", "out"]) == 2
    assert Path("out/index.html").read_text() == "mine"
