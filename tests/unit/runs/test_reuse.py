"""What need not be computed twice: unchanged cycles are answered, killed runs are taken to their end, and nothing else is."""

import json
import shutil
from datetime import date
from pathlib import Path

import pytest
from tests.unit.core.conftest import own_schema
from tests.unit.runs.conftest import DONE

from cycles.core.errors import BusyError
from cycles.core.ledger import Ledger
from cycles.core.processes import this_process
from cycles.core.workspace import Workspace
from cycles.runs import kernels, keys
from cycles.runs.running import run_cycle

CYCLE = "check-ins-2026-fall"
DEAD = {"pid": 2**22 + 1, "host": this_process()["host"]}


@pytest.fixture
def cycle_file(toy, monkeypatch) -> Path:
    """A workspace whose notebook is played: it leaves results and a report, and counts how often it ran."""
    file = toy()
    package = file.parent.parent / "package"
    package.mkdir()
    (package / "ancova.py").write_text("two sides")
    monkeypatch.setattr(keys, "PACKAGE", package)
    monkeypatch.setattr(keys, "_FRESH", -1.0)

    def played(notebook, output, *, parameters, cwd, progress=None):
        with (file.parent.parent / "played").open("a") as count:
            count.write("x")
        folder = Path(parameters["output_dir"])
        (folder / "results.json").write_text(json.dumps(DONE))
        (folder / "report.html").write_text(f"<p>seed {parameters['seed']}</p>")
        output.write_text("{}")

    monkeypatch.setattr(kernels, "execute", played)
    return file


def times_played(cycle_file) -> int:
    return len((cycle_file.parent.parent / "played").read_text())


def ledger_of(cycle_file) -> Ledger:
    return Ledger.of(Workspace(cycle_file.parent.parent))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


CHANGES = {
    "the data of attendance": lambda root: (root / "data/attendance.csv").write_text("a\n2\n"),
    "how survey is read": lambda root: edit(root / "params/mappings/pulse.yml", "table:", "# more\ntable:"),
    "how arms is read": lambda root: (root / "data_contracts/arms.odcs.yaml").write_text("id: other\n"),
    "cycles itself": lambda root: (root / "package/ancova.py").write_text("one side"),
    "the notebook": lambda root: edit(root / "notebooks/pdsa_cycle.ipynb", "## Plan", "## The plan"),
    "the parameter file": lambda root: edit(root / f"params/{CYCLE}.yml", "schema_version", "# more\nschema_version"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_what_changed_is_computed_again_and_named(cycle_file, what):
    run_cycle(cycle_file, seed=1)
    CHANGES[what](cycle_file.parent.parent)
    again = run_cycle(cycle_file, seed=1)
    assert (again.cached, again.because) == (False, what)
    assert run_cycle(cycle_file, seed=1).cached


def test_another_seed_is_another_question(cycle_file):
    run_cycle(cycle_file, seed=1)
    assert run_cycle(cycle_file, seed=2).because == "the seed"


def test_the_day_of_the_decision_is_another_question(cycle_file, monkeypatch):
    class After(date):
        @classmethod
        def today(cls):
            return cls(2099, 1, 1)

    run_cycle(cycle_file, seed=1)
    monkeypatch.setattr(keys, "date", After)
    assert run_cycle(cycle_file, seed=1).because == "the day of the decision"


def test_what_stands_beside_a_file_belongs_to_it(cycle_file):
    run_cycle(cycle_file, seed=1)
    (cycle_file.parent.parent / "data/attendance.csv.sha256").write_text("0" * 64)
    assert run_cycle(cycle_file, seed=1).because == "the data of attendance"


def test_an_earlier_cycle_that_ran_again_is_told_of_anew(cycle_file):
    run_cycle(cycle_file, seed=1)
    with ledger_of(cycle_file) as ledger:
        told = {"kind": "pdsa_cycle", "folder": Path("x"), "cycle_file": Path("x"), "holder": DEAD}
        ledger.start_run(run_id="earlier", cycle="check-ins-2026-spring", **told)
        ledger.finish_run("earlier", state="done", exit_status=0, results=DONE)
    assert run_cycle(cycle_file, seed=1).because == "earlier cycles"


def test_a_source_that_is_known_only_when_it_is_read_is_read_each_time(cycle_file, monkeypatch):
    monkeypatch.setenv("WAREHOUSE", "postgresql+psycopg://lab/site")
    edit(cycle_file, "path: data/attendance.csv", "path: env:WAREHOUSE")
    assert [run_cycle(cycle_file, seed=1).cached for _ in range(2)] == [False, False]


def test_data_that_change_while_the_notebook_runs_are_not_taken_for_what_it_read(cycle_file, monkeypatch):
    play = kernels.execute

    def late(*given, **named):
        play(*given, **named)
        (cycle_file.parent.parent / "data/attendance.csv").write_text("a\nlate\n")

    monkeypatch.setattr(kernels, "execute", late)
    run_cycle(cycle_file, seed=1)
    monkeypatch.setattr(kernels, "execute", play)
    assert not run_cycle(cycle_file, seed=1).cached


def test_a_folder_that_was_lost_or_changed_is_published_again(cycle_file):
    first = run_cycle(cycle_file, seed=1)
    first.report.write_text("changed by hand")
    (first.folder / "results.json").unlink()
    again = run_cycle(cycle_file, seed=1)
    assert (again.cached, again.report.read_text()) == (True, "<p>seed 1</p>")
    shutil.rmtree(first.folder)
    assert run_cycle(cycle_file, seed=1).report.read_text() == "<p>seed 1</p>"
    assert times_played(cycle_file) == 1


def test_what_is_torn_in_both_places_is_computed_again(cycle_file):
    first = run_cycle(cycle_file, seed=1)
    first.report.write_text("torn")
    for one in (cycle_file.parent.parent / ".cycles" / "objects").rglob("*"):
        if one.is_file():
            one.write_bytes(one.read_bytes()[:-1])
    again = run_cycle(cycle_file, seed=1)
    assert (again.cached, again.report.read_text()) == (False, "<p>seed 1</p>")


def test_an_earlier_answer_becomes_the_latest_run_without_being_computed(cycle_file):
    first = run_cycle(cycle_file, seed=1)
    run_cycle(cycle_file, seed=2)
    again = run_cycle(cycle_file, seed=1)
    assert again.cached
    assert again.run_id != first.run_id
    assert again.report.read_text() == "<p>seed 1</p>"
    assert times_played(cycle_file) == 2
    with ledger_of(cycle_file) as ledger:
        assert ledger.latest(CYCLE)["run_id"] == again.run_id
    assert run_cycle(cycle_file, seed=1).run_id == again.run_id


def killed_after_the_notebook(cycle_file, run_id) -> None:
    """As a run leaves it that is killed when all is computed and in the store, and not yet entered as done."""
    with ledger_of(cycle_file) as ledger, ledger._begin() as connection:
        table = ledger._tables["runs"]
        told = {
            "state": "running",
            "finished_at": None,
            "exit_status": None,
            "results": None,
            "holder": json.dumps(DEAD),
        }
        connection.execute(table.update().where(table.c.run_id == run_id).values(**told))


def test_a_run_that_was_killed_after_its_notebook_is_taken_to_its_end(cycle_file):
    first = run_cycle(cycle_file, seed=1)
    killed_after_the_notebook(cycle_file, first.run_id)
    (first.folder / "report.html").unlink()
    resumed = run_cycle(cycle_file, seed=1)
    assert (resumed.run_id, resumed.cached, resumed.results) == (first.run_id, False, first.results)
    assert resumed.report.read_text() == "<p>seed 1</p>"
    assert times_played(cycle_file) == 1
    assert [one.name for one in first.folder.parent.iterdir() if one.is_dir()] == [first.run_id]
    with ledger_of(cycle_file) as ledger:
        assert [run["state"] for run in ledger.runs()] == ["done"]


def test_a_killed_run_that_others_came_after_is_entered_again_as_the_latest(cycle_file):
    first = run_cycle(cycle_file, seed=1)
    killed_after_the_notebook(cycle_file, first.run_id)
    second = run_cycle(cycle_file, seed=2)
    third = run_cycle(cycle_file, seed=1)
    assert times_played(cycle_file) == 2
    with ledger_of(cycle_file) as ledger:
        ends = [(run["run_id"], run["state"]) for run in ledger.runs()]
    assert ends == [(third.run_id, "done"), (second.run_id, "done"), (first.run_id, "interrupted")]


# -- with the ledger on a server -------------------------------------------------------------------------------------------


@pytest.fixture
def on_server(cycle_file, postgres, monkeypatch) -> Path:
    monkeypatch.setenv("CYCLES_LEDGER", own_schema(postgres.address))
    return cycle_file


def test_a_ledger_on_a_server_answers_and_resumes_as_a_file_does(on_server):
    first = run_cycle(on_server, seed=1)
    assert run_cycle(on_server, seed=1).cached
    killed_after_the_notebook(on_server, first.run_id)
    assert run_cycle(on_server, seed=1).run_id == first.run_id
    assert times_played(on_server) == 1
    assert not (on_server.parent.parent / ".cycles" / "ledger.sqlite").exists()


def test_a_run_on_another_machine_holds_the_cycle_here_too(on_server):
    with ledger_of(on_server) as ledger:
        ledger.leases.take(CYCLE, "far", {"pid": 7, "host": "another-machine", "machine": "x y"})
    with pytest.raises(BusyError) as refused:
        run_cycle(on_server, seed=1)
    assert (refused.value.code, refused.value.exit_status) == ("CY503", 75)
    assert "process 7 on another-machine" in str(refused.value)


def test_a_run_whose_lease_was_taken_over_does_not_enter_its_results(on_server, monkeypatch):
    play = kernels.execute

    def overtaken(*given, **named):
        play(*given, **named)
        with ledger_of(on_server) as ledger, ledger._begin() as connection:
            connection.execute(ledger._tables["leases"].update().values(run_id="other"))

    monkeypatch.setattr(kernels, "execute", overtaken)
    with pytest.raises(BusyError, match="taken over"):
        run_cycle(on_server, seed=1)
    with ledger_of(on_server) as ledger:
        assert [(run["state"], run["code"]) for run in ledger.runs()] == [("failed", "CY503")]


def test_a_run_outlives_a_server_that_is_stopped_and_started_again(on_server, postgres, monkeypatch):
    import threading

    play = kernels.execute

    def meanwhile(*given, **named):
        postgres.stop()
        threading.Timer(0.5, postgres.start).start()
        play(*given, **named)

    monkeypatch.setattr(kernels, "execute", meanwhile)
    ran = run_cycle(on_server, seed=1)
    with ledger_of(on_server) as ledger:
        assert [(run["run_id"], run["state"]) for run in ledger.runs()] == [(ran.run_id, "done")]
