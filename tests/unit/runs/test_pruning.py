"""What no run needs any more goes, at any moment and however often it is killed; whatever stays is whole."""

import json
import os
import random
import shutil
import threading
import time
from collections import Counter
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from tests.unit.core.conftest import own_schema

from cycles.core import wanted
from cycles.core.errors import BusyError, ParameterError
from cycles.core.holding import Hold, at_rest
from cycles.core.ledger import Ledger
from cycles.core.objects import Objects
from cycles.core.processes import this_process
from cycles.core.releases import Release
from cycles.core.run_folder import RunFolder
from cycles.core.workspace import Workspace
from cycles.do.intake.part import parts_of
from cycles.do.partition import partition
from cycles.plan.cycle_file import Source
from cycles.runs import pruning, reuse
from cycles.runs.commandline import run_one
from cycles.runs.pruning import prune
from cycles.runs.running import run_cycle

DEAD = {"pid": 2**22 + 1, "host": this_process()["host"]}
ELSEWHERE = {"pid": 7, "host": "another-machine", "machine": "x y"}
DAY = 24 * 3_600


class Site:
    """A workspace with its ledger, and runs as they leave it."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        (root / "cycles.toml").touch()
        self.workspace = Workspace(root)
        self.ledger = Ledger.of(self.workspace)
        self.objects = Objects(self.workspace.objects)
        self._numbers = count(1)

    def run(self, cycle="c", *, state="done", call="monitoring", holder=None, computed=True, **more) -> str:
        """A run whose folder has a report of its own, a page that all runs share, and what else is named (`files`)."""
        number = next(self._numbers)
        run_id = f"20270125T060000Z-{number:04x}"
        folder = self.open(cycle, run_id)
        files = {"report.html": f"<p>{number}</p>", "contracts/page.html": "the same", **more.get("files", {})}
        for name, text in files.items():
            folder.write_text(name, text)
        folder.write_json("run.json", {"run_id": run_id, "revision": more.get("revision")})
        place = more.get("cycle_file", Path("params/c.yml"))
        told = {"kind": "pdsa_cycle", "folder": folder.path, "cycle_file": place, "holder": holder or DEAD}
        self.ledger.start_run(run_id=run_id, cycle=cycle, **told)
        if computed:
            reuse.keep(folder, run_id=run_id, parts=more.get("parts", {"the data": str(number)}))
        if state != "running":
            results = {"decision": {"call": call}} if state == "done" else None
            self.ledger.finish_run(run_id, state=state, exit_status=0, results=results)
        folder.ledger.close()
        return run_id

    def open(self, cycle: str, run_id: str) -> RunFolder:
        return RunFolder(self.folder(run_id, cycle), workspace=self.workspace, cycle_name=cycle)

    def folder(self, run_id: str, cycle: str = "c") -> Path:
        return self.workspace.runs / cycle / run_id

    def folders(self, cycle: str = "c") -> set[str]:
        return {path.name for path in (self.workspace.runs / cycle).iterdir() if path.is_dir()}

    def age(self, seconds: float = 2 * DAY) -> None:
        """Let everything below `.cycles` have stood there for a while."""
        then = time.time() - seconds
        for path in (self.workspace.root / ".cycles").rglob("*"):
            if path.is_file():
                os.utime(path, (then, then))

    def holds_all_of(self, run_id: str) -> bool:
        [step] = self.ledger.steps.of_run(run_id)
        return all(self.objects.holds(digest) for digest in step.artefacts.values())

    def files_of_the_store(self) -> set[Path]:
        return {path for path in self.workspace.objects.rglob("*") if path.is_file()}

    def require_whole(self) -> None:
        """Each run whose folder is there can be restored, whichever of its files is changed or lost."""
        for cycle in self.ledger.cycles():
            for run in self.ledger.runs(cycle):
                folder = reuse.place_of(self.workspace, run)
                for step in self.ledger.steps.of_run(run["run_id"]) if folder.is_dir() else []:
                    (folder / "report.html").write_text("changed by hand")
                    shutil.rmtree(folder / "contracts", ignore_errors=True)
                    assert reuse.restored(step, run, self.workspace) == folder
                    assert (folder / "contracts/page.html").read_text() == "the same"


@pytest.fixture(params=["file", "server"])
def site(request, tmp_path, monkeypatch) -> Site:
    """With its ledger in a file, and on a server."""
    if request.param == "server":
        monkeypatch.setenv("CYCLES_LEDGER", own_schema(request.getfixturevalue("postgres_server")))
    made = Site(tmp_path / "site")
    monkeypatch.chdir(tmp_path / "site")
    yield made
    made.ledger.close()


@pytest.fixture
def local(tmp_path, monkeypatch) -> Site:
    made = Site(tmp_path / "site")
    monkeypatch.chdir(tmp_path / "site")
    yield made
    made.ledger.close()


# -- the store -----------------------------------------------------------------------------------------------------------


def test_what_a_deleted_folder_left_in_the_store_goes_and_what_others_share_stays(site):
    gone, stays = site.run(), site.run()
    shutil.rmtree(site.folder(gone))
    pruned = prune(site.workspace)
    assert (pruned.n, pruned.runs, pruned.problems) == ({"kept_files": 1}, [], [])
    assert pruned.n_bytes["kept_files"] == len("<p>1</p>")
    assert not site.holds_all_of(gone)
    assert site.holds_all_of(stays)
    assert {run["run_id"] for run in site.ledger.runs()} == {gone, stays}
    assert site.folders() == {stays}
    site.require_whole()
    assert not prune(site.workspace).n


def test_a_run_that_was_killed_when_all_was_computed_can_be_finished_also_without_its_folder(site):
    site.run()
    killed = site.run(state="running")
    shutil.rmtree(site.folder(killed))
    assert not prune(site.workspace, keep=1).n
    [step] = site.ledger.steps.of_run(killed)
    assert reuse.restored(step, site.ledger.run(killed), site.workspace) == site.folder(killed)
    shutil.rmtree(site.folder(killed))
    site.run()
    assert prune(site.workspace).n == {"kept_files": 1}  # one that came after it is done


def test_what_killed_processes_left_unfinished_goes(local):
    stays = local.run()
    folder = next(local.workspace.objects.iterdir())
    (folder / f".{'0' * 64}.x1y2").write_bytes(b"half")
    assert prune(local.workspace, dry_run=True).n == {"leftovers": 1}
    assert prune(local.workspace).n == {"leftovers": 1}
    assert local.holds_all_of(stays)


def test_while_a_run_goes_on_nothing_goes_that_it_may_have_put(site):
    gone = site.run()
    shutil.rmtree(site.folder(gone))
    site.run("other", state="running", holder=this_process(), computed=False)
    before = site.files_of_the_store()
    pruned = prune(site.workspace)
    assert (pruned.n, pruned.n_recent) == ({}, 2)
    assert site.files_of_the_store() == before
    site.age()
    assert prune(site.workspace).n == {"kept_files": 2}


def test_folders_of_runs_that_the_ledger_does_not_know_keep_their_copies(local, monkeypatch, postgres):
    known_elsewhere = local.run()
    monkeypatch.setenv("CYCLES_LEDGER", own_schema(postgres.address))
    assert not prune(local.workspace, keep=1).n
    assert local.holds_all_of(known_elsewhere)


def test_where_nothing_was_run_there_is_nothing_to_prune(tmp_path, capfd, monkeypatch):
    (tmp_path / "cycles.toml").touch()
    monkeypatch.chdir(tmp_path)
    assert run_one(["prune"]) == 0
    assert capfd.readouterr().err == "Nothing to remove.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["cycles.toml"]


# -- run folders ---------------------------------------------------------------------------------------------------------


def test_the_newest_done_runs_and_the_latest_stay_and_a_dry_run_says_the_same_and_removes_nothing(site):
    first, second, third = (site.run() for _ in range(3))
    failed = site.run(state="failed", computed=False)
    latest = site.run(state="failed", computed=False)
    would = prune(site.workspace, keep=2, dry_run=True)
    assert site.folders() == {first, second, third, failed, latest}
    pruned = prune(site.workspace, keep=2)
    assert site.folders() == {second, third, latest}
    assert (would.n, would.n_bytes, would.runs) == (pruned.n, pruned.n_bytes, pruned.runs)
    assert pruned.n == {"run_folders": 2, "kept_files": 1}
    assert len(site.ledger.runs()) == 5
    site.require_whole()


@pytest.mark.parametrize(
    "told",
    [
        {"call": "adopt"},
        {"call": "keep testing"},
        {"state": "running", "holder": DEAD, "computed": False},
        {"revision": 2},
        {"parts": {"the revision": "2"}},
    ],
    ids=str,
)
def test_runs_that_decided_that_run_or_that_made_a_revision_again_stay(local, told):
    asked = local.run(**told)
    plain = local.run()
    newest = local.run()
    prune(local.workspace, keep=1)
    assert local.folders() == {asked, newest}
    assert plain not in local.folders()


def test_of_runs_that_decided_alike_the_first_stays_and_each_that_decided_otherwise(local):
    calls = ["monitoring", "keep testing", "keep testing", "adopt", "adopt", "keep testing", "adopt", "adopt"]
    runs = [local.run(call=call) for call in calls]
    prune(local.workspace, keep=1)
    assert local.folders() == {runs[place] for place in (1, 3, 5, 6, 7)}


def test_of_a_revision_that_was_made_again_twice_the_newer_stays(local):
    _, newer, newest = local.run(revision=2), local.run(revision=2), local.run()
    prune(local.workspace, keep=1)
    assert local.folders() == {newer, newest}


def test_a_run_of_which_more_was_published_than_its_own_report_stays(local):
    plain, again, newest = local.run(), local.run(), local.run()
    for run_id, sha256 in ((plain, "a"), (again, "a"), (again, "b")):
        release = Release(cycle="c", run_id=run_id, name="report.html", sha256=sha256, policy="ct_edsight")
        local.ledger.releases.enter(release)
    prune(local.workspace, keep=1)
    assert local.folders() == {again, newest}
    assert len(local.ledger.releases.of("c")) == 3


@pytest.mark.parametrize("how", ["a lock here", "a lease elsewhere"])
def test_a_cycle_that_a_run_holds_is_left_alone_and_named(site, how, capfd):
    kept = {site.run() for _ in range(3)}
    lost = site.run("d")
    shutil.rmtree(site.folder(lost, "d"))
    site.age()
    if how == "a lease elsewhere":
        if not site.ledger.is_shared:
            pytest.skip("a ledger in a file has no holders elsewhere")
        site.ledger.leases.take("c", "far", ELSEWHERE)
        site.ledger.leases.take("d", "far too", ELSEWHERE)
    else:
        holder = {"run_id": "ours", **this_process()}
        for cycle in "cd":
            Hold.take(cycle, place=site.workspace.runs / cycle, ledger=site.ledger, holder=holder)
    assert run_one(["prune", "--keep", "1"]) == 0
    assert capfd.readouterr().err == "Nothing to remove.\nLeft alone, because a run holds them: c, d.\n"
    assert site.folders() == kept
    assert site.holds_all_of(lost)


def test_a_lock_whose_lease_is_not_there_yet_is_respected_too(local):
    kept = {local.run() for _ in range(3)}
    with at_rest(local.workspace.runs / "c") as is_free:
        assert is_free
        assert prune(local.workspace, keep=1).held == {"c"}
    assert local.folders() == kept


def test_who_wants_to_run_a_cycle_of_which_folders_are_being_taken_away_waits_and_is_not_refused(local):
    place = local.folder(local.run()).parent
    taken = []

    def take() -> None:
        holder = {"run_id": "ours", **this_process()}
        with Ledger.of(local.workspace) as ledger:
            hold = Hold.take("c", place=place, ledger=ledger, holder=holder)
            taken.append(hold.run_id)
            hold.release()

    with at_rest(place):
        runner = threading.Thread(target=take)
        runner.start()
        time.sleep(0.2)
        assert not taken
    runner.join()
    assert taken == ["ours"]


# -- killed, refused, at the same time -----------------------------------------------------------------------------------


@pytest.mark.parametrize("at", [1, 3, 4, 7, 10])
def test_killed_on_the_way_it_leaves_whole_what_stays_and_done_again_it_finishes(local, at, monkeypatch):
    for _ in range(2):
        shutil.rmtree(local.folder(local.run()))
    runs = [local.run() for _ in range(3)]
    left = [at]

    def dies(work):
        def call(*given, **named):
            left[0] -= 1
            if left[0] == 0:
                raise KeyboardInterrupt
            return work(*given, **named)

        return call

    with monkeypatch.context() as patched:
        for where, name in ((os, "rename"), (os, "unlink"), (os, "rmdir")):
            patched.setattr(where, name, dies(getattr(where, name)))
        with pytest.raises(KeyboardInterrupt):
            prune(local.workspace, keep=1)
    local.require_whole()
    prune(local.workspace, keep=1)
    assert local.folders() == {runs[-1]}
    [step] = local.ledger.steps.of_run(runs[-1])
    assert {path.name for path in local.files_of_the_store()} == set(step.artefacts.values())
    local.require_whole()


def test_what_was_being_taken_away_when_it_was_killed_has_its_name_back(local):
    stays = local.run()
    for path in local.files_of_the_store():
        path.rename(path.with_name(f"{wanted.AWAY}{path.name}"))
    assert not local.holds_all_of(stays)
    assert not prune(local.workspace).n
    assert local.holds_all_of(stays)


def test_what_cannot_be_removed_is_told_and_the_rest_goes(local, monkeypatch, capfd):
    for _ in range(3):
        shutil.rmtree(local.folder(local.run()))
    local.run(files={"contracts/page.html": "another"})
    stuck = sorted(local.files_of_the_store())[0]
    rename = os.rename

    def refuses(path, to):
        if Path(path) == stuck:
            raise PermissionError(13, "Permission denied")
        rename(path, to)

    monkeypatch.setattr(os, "rename", refuses)
    kept = set(local.ledger.steps.left_by([local.ledger.latest("c")["run_id"]]))
    if stuck.name in kept:
        pytest.fail("the file is needed")
    assert run_one(["prune", "--json"]) == 74
    said = capfd.readouterr()
    told = json.loads(said.out)
    assert (told["schema"], told["removed"]["kept_files"]["n"]) == ("cycles.prune/1", 3)
    assert [(one["code"], one["exit"], one["where"]) for one in told["problems"]] == [("CY504", 74, str(stuck))]
    assert "[CY504] could not remove" in said.err
    assert {path.name for path in local.files_of_the_store()} == {*kept, stuck.name}


def test_while_runs_are_made_none_loses_what_it_left(site):
    """Every run leaves what the one before it left, whose folder is gone by then: the same is taken away and put at the same time."""
    whole, gone, problems, over = Counter(), Counter(), [], threading.Event()

    def make(name: str) -> None:
        try:
            with Ledger.of(site.workspace) as ledger:
                for number in range(15):
                    folder = site.open(name, f"20270125T07{number:02d}00Z-{name}")
                    folder.write_text("report.html", f"one of two of {name}: {number % 2}")
                    told = {"kind": "k", "folder": folder.path, "cycle_file": Path("x"), "holder": this_process()}
                    ledger.start_run(run_id=folder.path.name, cycle=name, **told)
                    artefacts = reuse.keep(folder, run_id=folder.path.name, parts=None).artefacts
                    ledger.finish_run(folder.path.name, state="done", exit_status=0, results={})
                    folder.ledger.close()
                    whole[all(site.objects.holds(digest) for digest in artefacts.values())] += 1
                    shutil.rmtree(folder.path)
                    for digest in artefacts.values():
                        with suppress(FileNotFoundError):  # pruned already
                            os.utime(site.objects._place(digest), (0, 0))
        except Exception as problem:
            problems.append(problem)

    def go_on() -> None:
        while not over.is_set():
            pruned = prune(site.workspace)
            gone.update(pruned.n)
            problems.extend(pruned.problems)

    makers = [threading.Thread(target=make, args=(name,)) for name in ("aaaa", "bbbb")]
    pruner = threading.Thread(target=go_on)
    for one in (pruner, *makers):
        one.start()
    for one in makers:
        one.join()
    over.set()
    pruner.join()
    assert not problems
    assert whole == {True: 30}
    assert gone["kept_files"] > 0


def test_what_is_put_while_it_is_being_taken_away_stays(local, monkeypatch):
    """The narrowest place: the file has another name already when a run finds that its content is there."""
    digest = local.objects.put(b"needed again")
    path = local.workspace.objects / digest[:2] / digest
    moment = time.time_ns() + 1
    rename = os.rename

    def put_first(old, new):
        monkeypatch.setattr(os, "rename", rename)
        time.sleep(0.02)
        local.objects.put(b"needed again")
        rename(old, new)

    monkeypatch.setattr(os, "rename", put_first)
    time.sleep(0.02)
    assert not wanted.take_away(path, before=moment)
    assert local.objects.holds(digest)


def test_a_second_pruning_is_refused_while_one_is_at_work(local):
    local.run()
    with pruning._alone(local.workspace), pytest.raises(BusyError, match="another pruning") as refused:
        prune(local.workspace)
    assert (refused.value.code, refused.value.exit_status) == ("CY503", 75)


@pytest.mark.parametrize("seed", range(2))
def test_after_any_pruning_each_run_that_stays_can_be_restored(local, seed):
    luck = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(16):
        state = luck.choices(["done", "failed", "interrupted", "running"], [6, 1, 1, 1])[0]
        call = luck.choice(["monitoring", "monitoring", "no decision", "adapt"])
        text = f"one of three: {luck.randrange(3)}"
        run_id = local.run(luck.choice("cd"), state=state, call=call, files={"report.html": text})
        if luck.random() < 0.3:
            cycle = local.ledger.run(run_id)["cycle"]
            shutil.rmtree(local.folder(run_id, cycle))
        if luck.random() < 0.3:
            prune(local.workspace, keep=luck.choice([None, 1, 2, 3]))
            local.require_whole()
    prune(local.workspace, keep=1)
    local.require_whole()


# -- runs that begin meanwhile -------------------------------------------------------------------------------------------


@pytest.fixture
def played(toy, monkeypatch) -> Path:
    """A cycle whose notebook is played, and counts how often."""
    from tests.unit.runs.conftest import DONE

    from cycles.runs import kernels

    file = toy()

    def play(_notebook, output, *, parameters, cwd, progress=None):
        folder = Path(parameters["output_dir"])
        (folder / "results.json").write_text(json.dumps(DONE))
        (folder / "report.html").write_text(f"<p>seed {parameters['seed']}</p>")
        output.write_text("{}")

    monkeypatch.setattr(kernels, "execute", play)
    return file


def test_an_unchanged_cycle_whose_answer_is_pruned_in_that_moment_is_computed_again(played, monkeypatch):
    first = run_cycle(played, seed=1)
    shutil.rmtree(first.folder)
    workspace, find = Workspace(played.parent.parent), reuse.find

    def pruned_at_once(*given):
        found = find(*given)
        monkeypatch.setattr(reuse, "find", find)
        assert found is not None
        assert prune(workspace).n["kept_files"] == 3
        return found

    monkeypatch.setattr(reuse, "find", pruned_at_once)
    again = run_cycle(played, seed=1)
    assert (again.cached, again.report.read_text()) == (False, "<p>seed 1</p>")
    assert not first.folder.exists()


def test_an_earlier_answer_that_goes_before_it_is_published_is_computed_again(played, monkeypatch):
    run_cycle(played, seed=1)
    run_cycle(played, seed=2)
    objects, publish = Workspace(played.parent.parent).objects, reuse.publish

    def gone(*given):
        shutil.rmtree(objects)
        monkeypatch.setattr(reuse, "publish", publish)
        return publish(*given)

    monkeypatch.setattr(reuse, "publish", gone)
    again = run_cycle(played, seed=1)
    assert (again.cached, again.report.read_text()) == (False, "<p>seed 1</p>")


# -- packs ---------------------------------------------------------------------------------------------------------------


def split(site: Site, rows: int) -> str:
    """Split a district's source of so many students by school; returns its pack."""
    folder = site.workspace.root / "data"
    folder.mkdir(exist_ok=True)
    text = "".join(f"{one:04d},S{one % 2},09,A,,,North\n" for one in range(rows))
    header = "student_id,school_id,grade,classroom_id,entered_on,left_on,school_name\n"
    (folder / "students.csv").write_text(header + text)
    sources = {"students": Source(name="students", adapter="csv", path="data/students.csv", contract="students")}
    return partition(sources, of="students", by="school_id", workspace=site.workspace).splits["students"].pack


def test_packs_go_that_neither_the_newest_split_nor_a_run_names(local):
    by_nobody, by_a_run, newest = split(local, 2), split(local, 4), split(local, 6)
    unit = local.workspace.root / ".cycles" / "units" / "abc" / "c--s1.yml"
    unit.parent.mkdir(parents=True)
    unit.write_text(f'# Written by cycles.\n{{"sources": {{"students": {{"pack": "{by_a_run}"}}}}}}\n')
    local.run(cycle_file=Path("/another/machine/.cycles/units/abc/c--s1.yml"))
    (parts_of(local.workspace) / ".pack.x1").touch()
    assert prune(local.workspace).n_recent == 2  # whoever made them has perhaps not yet named them
    local.age()
    assert split(local, 6) == newest
    assert prune(local.workspace).n == {"packs": 1, "leftovers": 2}
    packs = {path.stem for path in parts_of(local.workspace).glob("*.parquet")}
    assert packs == {by_a_run, newest}
    assert len(list((parts_of(local.workspace) / "index").iterdir())) == 2
    assert split(local, 2) == by_nobody


def test_what_is_remembered_of_a_split_and_torn_is_made_anew(local):
    pack = split(local, 2)
    [index] = (parts_of(local.workspace) / "index").iterdir()
    index.write_text("")
    assert not prune(local.workspace).n
    assert split(local, 2) == pack


def test_a_pack_that_was_looked_for_again_is_in_use(local):
    local.run()
    older, _ = split(local, 2), split(local, 4)
    local.age()
    assert split(local, 2) == older
    prune(local.workspace)
    assert (parts_of(local.workspace) / f"{older}.parquet").is_file()


# -- the command ---------------------------------------------------------------------------------------------------------


def test_the_command_says_how_many_and_how_much(local, capfd):
    for _ in range(3):
        local.run(files={"notebook.ipynb": " " * 1_000_000})
    assert run_one(["prune", "--keep", "1", "--dry-run"]) == 0
    assert run_one(["prune", "--keep", "1", "--json"]) == 0
    said = capfd.readouterr()
    lines = said.err.splitlines()
    assert lines[:2] == ["Would remove 2 run folders, 2.0 MB.", "Would remove 2 kept files that no run needs, 0.0 MB."]
    assert lines[2:] == ["Removed 2 run folders, 2.0 MB.", "Removed 2 kept files that no run needs, 0.0 MB."]
    told = json.loads(said.out)
    assert (told["keep"], told["dry_run"], len(told["runs"])) == (1, False, 2)
    assert told["left_alone"] == {"cycles": [], "recent_files": 0}


@pytest.mark.parametrize("keep", ["0", "-1"])
def test_less_than_one_run_cannot_be_kept(local, keep, capfd):
    local.run()
    assert run_one(["prune", "--keep", keep]) == 2
    assert "[CY105]" in capfd.readouterr().err
    with pytest.raises(ParameterError):
        prune(local.workspace, keep=int(keep))
