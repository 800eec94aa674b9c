"""Many runs at once: each ends in its own way, the fleet goes on, and what is done is not done again."""

import json
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from pathlib import Path

import pytest
from tests.unit.runs.conftest import LEAVES_RESULTS

from cycles.core.errors import ContractError, ParameterError, RunError, WriteError
from cycles.core.ledger import Ledger
from cycles.core.workspace import Workspace
from cycles.runs.commandline import run_one
from cycles.runs.executing import Stopped
from cycles.runs.fleet import running
from cycles.runs.fleet.outcome import Outcome, of_problem
from cycles.runs.fleet.planning import plan_fleet
from cycles.runs.fleet.running import FleetResult, Settings, run_fleet

NOT_THE_SECOND = "assert '--s2' not in cycle_file"


def states(file: Path) -> dict[str, str]:
    """The state of every run that the ledger has, by cycle; of several the latest."""
    with Ledger.of(Workspace(file.parent.parent)) as ledger:
        return {run["cycle"].rpartition("--")[2]: run["state"] for run in reversed(ledger.runs())}


def test_a_fleet_goes_on_past_a_failure_and_a_second_run_does_only_what_is_left(schools, capfd):
    file = schools(NOT_THE_SECOND, LEAVES_RESULTS)
    asked = ["run", str(file), "--only", "S1", "--only", "S2", "--jobs", "2", "--json"]
    assert run_one(asked) == 3
    said = capfd.readouterr()
    found = json.loads(said.out)
    assert found["counts"] == {"done": 1, "cached": 0, "failed": 1, "crashed": 0, "interrupted": 0}
    assert [(run["unit"], run["state"], run["code"]) for run in found["runs"]] == [
        ("S1", "done", None),
        ("S2", "failed", "CY501"),
    ]
    assert "1  failed [CY501] Notebook failed" in said.err
    assert "Traceback" not in said.err
    assert states(file) == {"s1": "done", "s2": "failed"}
    assert run_one(asked) == 3
    again = json.loads(capfd.readouterr().out)
    assert [run["state"] for run in again["runs"]] == ["cached", "failed"]
    assert again["runs"][0]["run"] == found["runs"][0]["run"]


def test_a_fleet_that_is_stopped_leaves_no_run_done_and_no_process(schools):
    file = schools("import time, pathlib; pathlib.Path(output_dir, 'begun').touch(); time.sleep(60)", LEAVES_RESULTS)
    root = file.parent.parent
    words = [sys.executable, "-m", "cycles", "run", str(file), "--jobs", "2"]
    fleet = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, start_new_session=True)
    until = time.monotonic() + 60
    while len(list(root.rglob("begun"))) < 2 and time.monotonic() < until:
        time.sleep(0.1)
    fleet.send_signal(signal.SIGINT)
    _, words_said = fleet.communicate(timeout=60)
    assert fleet.returncode == 130, words_said
    assert "3  interrupted [CY506]" in words_said
    assert states(file) == {"s1": "interrupted", "s2": "interrupted"}
    assert not [pid for pid in _processes() if str(root) in pid]
    assert not list((root / ".cycles" / "fleets").iterdir())


def _processes() -> list[str]:
    """The command lines of all processes of this machine; on others than Linux none can be told."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(place.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace"))
        except OSError:
            continue
    return found


class AtOnce:
    """An executor that answers before it is asked twice, in the order of asking."""

    def __init__(self, answers: dict[str, dict]) -> None:
        self.answers, self.asked = answers, []

    def submit(self, _work, task: dict) -> Future:
        cycle = Path(task["cycle_file"]).stem
        self.asked.append(cycle)
        future: Future = Future()
        answer = self.answers.get(cycle, {"state": "done"})
        if isinstance(answer, Exception):
            future.set_exception(answer)
        else:
            future.set_result(answer)
        return future

    def __enter__(self):
        return self

    def __exit__(self, *_problem) -> None:
        pass


@pytest.fixture
def at_once(monkeypatch):
    """Fleets whose jobs end at once, as they are told to."""

    def make(**answers) -> AtOnce:
        executor = AtOnce({f"check-ins-2026-fall--{name}": answer for name, answer in answers.items()})
        monkeypatch.setattr(running, "executor_of", lambda *_, **__: executor)
        return executor

    return make


def run(file: Path, **settings) -> FleetResult:
    return run_fleet(plan_fleet([file]), Settings(seed=1, **settings), workspace=Workspace(file.parent.parent))


def test_a_worker_that_a_cluster_gives_up_on_has_crashed_and_the_others_are_done(schools, at_once):
    at_once(s2=RuntimeError("killed"))
    result = run(schools())
    assert [(one.state, one.code) for one in result.outcomes] == [("done", None), ("crashed", "CY515"), ("done", None)]
    assert result.exit_status == 3


def test_a_fleet_that_is_to_stop_at_the_first_failure_interrupts_the_rest(schools, at_once):
    executor = at_once(s1={"state": "failed", "code": "CY212", "exit": 1})
    file = schools()
    result = run(file, keep_going=False)
    assert result.outcomes[0].state == "failed"
    assert result.exit_status == 1
    assert executor.asked[0].endswith("--s1")


def test_a_cycle_waits_for_the_one_it_builds_on(schools, at_once):
    file = schools()
    text = file.read_text()
    (file.parent / "spring.yml").write_text(
        text.replace("cycle: check-ins-2026-fall ", "cycle: check-ins-2026-spring ").replace(
            "previous: check-ins-2026-spring", "previous: check-ins-2026-winter"
        )
    )
    executor = at_once()
    result = run(file.parent)
    assert result.exit_status == 0
    for school in ("s1", "s2", "s3"):
        assert executor.asked.index(f"check-ins-2026-spring--{school}") < executor.asked.index(
            f"check-ins-2026-fall--{school}"
        )


def test_cycles_that_wait_for_each_other_are_run_all_the_same(schools, at_once):
    file = schools()
    file.write_text(file.read_text().replace("previous: check-ins-2026-spring", "previous: check-ins-2026-fall"))
    executor = at_once()
    assert run(file).exit_status == 0
    assert len(executor.asked) == 3


def test_the_bar_says_how_many_ended_and_how_many_run_now(monkeypatch):
    from cycles.runs.commandline import _fleet

    monkeypatch.setattr(_fleet._words, "is_terminal", lambda: True)
    with _fleet._showing(3) as told:
        assert told.text == "starting"
        told.busy(2)
        told(Outcome(cycle="a", state="done"))
        assert told.text == "1 done, 2 running now"


@pytest.mark.parametrize(
    ("problems", "status"),
    [
        ([], 0),
        ([ContractError("broken", code="CY212")], 1),
        ([ContractError("broken", code="CY212"), RunError("failed", code="CY501")], 3),
        ([RunError("failed", code="CY501"), WriteError("full", code="CY504")], 74),
        ([ParameterError("misspelt", code="CY102"), Stopped("stopped", code="CY506")], 2),
    ],
)
def test_the_exit_status_of_a_fleet_is_that_of_the_gravest_failure(problems, status):
    outcomes = (Outcome(cycle="well", state="done"), *(Outcome(cycle="x", **of_problem(one)) for one in problems))
    assert FleetResult(outcomes=outcomes).exit_status == status
    assert FleetResult(outcomes=outcomes, was_stopped=True).exit_status == 130


def test_a_stopped_run_is_interrupted_and_not_failed():
    said = of_problem(Stopped("stopped", code="CY506"))
    assert (said["state"], said["exit"]) == ("interrupted", 130)


def test_a_fleet_on_a_cluster_needs_its_address(schools, capfd):
    assert run_one(["run", str(schools()), "--executor", "dask"]) == 2
    assert "[CY105] no address of a cluster" in capfd.readouterr().err
