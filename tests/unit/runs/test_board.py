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


@pytest.fixture
def district(ledger):
    """The file asks for one run for each school."""
    file = Path("params") / f"{NAME}.yml"
    each = "for_each: {unit: school, by: school_id, of: roster}\n"
    file.write_text(file.read_text().replace("schedule:", f"{each}schedule:"))
    return ledger


def test_a_district_before_its_first_run_is_due_like_any_cycle(district):
    one = seen(FIRST)[NAME]
    assert (one.schools, one.standing, one.state) == (0, "due", "not run yet")


def test_a_district_is_one_row_that_counts_its_schools_and_what_they_decided(district, capfd):
    for school, (call, state) in {"s1": ("adapt", "done"), "s2": ("adapt", "done"), "s3": (None, "failed")}.items():
        run(district, cycle=f"{NAME}--{school}", call=call, state=state)
    one = seen("2027-02-01T00:00:00Z")[NAME]
    assert (one.schools, one.state, one.decision) == (3, "2 done, 1 failed", "2 adapt")
    assert (one.standing, one.why) == ("late", "1 of 3 schools")
    assert run_one(["status", "--now", "2027-02-01T00:00:00Z"]) == 0
    told = capfd.readouterr()
    assert len(told.out.splitlines()) == 2
    assert "3 schools of districts are counted here" in told.err
    assert run_one(["status", "--schools"]) == 0
    assert len(capfd.readouterr().out.splitlines()) == 5


def test_schools_that_stand_alike_make_their_district_stand_so(district):
    run(district, cycle=f"{NAME}--s1", call="adapt")
    one = seen("2027-02-01T00:00:00Z")[NAME]
    assert (one.stage, one.standing) == ("act", "decided")


def test_the_board_has_schools_and_not_the_district_that_counts_them(district):
    run(district, cycle=f"{NAME}--s1", call="adapt")
    assert run_one(["board", "out"]) == 0
    assert "1 cycle." in Path("out/index.html").read_text()


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
