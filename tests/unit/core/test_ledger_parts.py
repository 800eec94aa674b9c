"""What the parts of the ledger promise, in a file and on a server: once, by one, and not lost."""

import threading
import time
from collections import Counter

import pytest

from cycles.core import database, leases
from cycles.core.database import Database, Lost, insist
from cycles.core.errors import LedgerError, ParameterError
from cycles.core.ledger import Ledger
from cycles.core.occurrences import claimer
from cycles.core.processes import this_process
from cycles.core.releases import Release
from cycles.core.steps import key_of
from cycles.core.workspace import Workspace

DEAD = {"pid": 2**22 + 1, "run_id": "old"}
ELSEWHERE = {"pid": 7, "host": "another-machine", "machine": "x y"}
DUE, NEXT = "2026-11-01T05:30:00Z", "2026-11-02T05:30:00Z"


def all_at_once(opened, work, n=8):
    """The answers of many who ask at the same time, each with a connection of their own."""
    answers, ledgers, gate = [], [opened() for _ in range(n)], threading.Barrier(n)

    def ask(ledger):
        gate.wait()
        answers.append(work(ledger))

    threads = [threading.Thread(target=ask, args=(ledger,)) for ledger in ledgers]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return answers


# -- occurrences ---------------------------------------------------------------------------------------------------------


def test_an_occurrence_is_taken_up_by_exactly_one_of_many(opened):
    answers = all_at_once(opened, lambda ledger: ledger.occurrences.claim("c", DUE))
    assert Counter(answers) == {True: 1, False: 7}


def test_who_asks_again_by_the_same_name_is_told_again_that_it_is_theirs(ledger):
    assert ledger.occurrences.claim("c", DUE, by="cron on lab")
    assert ledger.occurrences.claim("c", DUE, by="cron on lab")
    assert not ledger.occurrences.claim("c", DUE, by="cron on desk")


def test_occurrences_are_listed_by_when_they_were_due_with_what_came_of_them(ledger):
    ledger.occurrences.claim("c", DUE)
    ledger.occurrences.claim("other", DUE)
    ledger.occurrences.claim("c", NEXT)
    ledger.occurrences.finish("c", DUE, state="failed", run_id="1")
    assert [(one.due_at[:10], one.state, one.run_id) for one in ledger.occurrences.list("c")] == [
        ("2026-11-01", "failed", "1"),
        ("2026-11-02", "claimed", None),
    ]
    assert len(ledger.occurrences.list()) == 3
    assert {name: one.due_at for name, one in ledger.occurrences.latest().items()} == {"c": NEXT, "other": DUE}


def test_once_a_later_occurrence_was_taken_up_nobody_is_given_an_earlier_one(ledger):
    assert ledger.occurrences.claim("c", NEXT, n_missed=1, missed_since=DUE)
    assert not ledger.occurrences.claim("c", DUE)
    [one] = ledger.occurrences.list("c")
    assert (one.due_at, one.n_missed, one.missed_since, one.attempts) == (NEXT, 1, DUE, 1)


def test_clocks_that_differ_never_both_take_up_what_one_stands_for(opened):
    moments = iter([DUE, NEXT] * 4)
    all_at_once(opened, lambda ledger: ledger.occurrences.claim("c", next(moments)))
    found = [one.due_at for one in opened().occurrences.list("c")]
    assert found in ([NEXT], [DUE, NEXT])


def test_what_failed_is_taken_up_again_by_exactly_one_of_many(opened):
    first = opened()
    assert first.occurrences.claim("c", DUE, by="first")
    first.occurrences.finish("c", DUE, state="failed", by="first")
    [seen] = first.occurrences.list("c")
    names = iter("abcdefgh")
    answers = all_at_once(opened, lambda ledger: ledger.occurrences.retake(seen, by=next(names)))
    assert Counter(answers) == {True: 1, False: 7}
    [again] = first.occurrences.list("c")
    assert (again.state, again.attempts, again.finished_at) == ("claimed", 2, None)


def test_who_lost_an_occurrence_to_another_does_not_enter_what_came_of_it(ledger):
    ledger.occurrences.claim("c", DUE, by="lost")
    ledger.occurrences.retake(ledger.occurrences.list("c")[0], by="other")
    ledger.occurrences.finish("c", DUE, state="failed", by="lost")
    assert [one.state for one in ledger.occurrences.list("c")] == ["claimed"]


def test_a_claimer_is_seen_as_long_as_it_is_there(opened):
    with claimer(opened().leases) as name:
        assert name in opened().leases.held()
    assert name not in opened().leases.held()


# -- seals, receipts, steps, releases ------------------------------------------------------------------------------------


def test_many_who_seal_at_once_get_the_same_seal(opened):
    sizes = iter(range(8))
    seals = all_at_once(opened, lambda ledger: ledger.seal("c", {"size": next(sizes)}, []))
    assert len({one.sha256 for one in seals}) == 1


def test_versions_are_counted_without_gaps_however_many_deliver_at_once(opened):
    from cycles.core.deliveries import DeliveryReceipt

    files = iter("abcdefgh")

    def deliver(ledger):
        return ledger.deliveries.receive(DeliveryReceipt(cycle="c", source="s", sha256=next(files), basis={})).version

    assert sorted(all_at_once(opened, deliver)) == list(range(1, 9))


def test_a_step_is_found_by_what_it_was_computed_from(ledger):
    parts = {"the seed": "1", "the notebook": "a"}
    ledger.steps.complete("1", "computed", parts=parts, artefacts={"report.html": "aa"})
    ledger.steps.complete("1", "computed", parts=parts, artefacts={"report.html": "aa"})
    ledger.steps.complete("2", "computed", parts=parts, artefacts={"report.html": "bb"})
    ledger.steps.complete("3", "computed", parts=None, artefacts={"report.html": "cc"})
    found = ledger.steps.completed(key_of(parts), "computed")
    assert [(one.run_id, one.artefacts) for one in found] == [
        ("2", {"report.html": "bb"}),
        ("1", {"report.html": "aa"}),
    ]
    assert ledger.steps.completed(key_of({"the seed": "2"}), "computed") == []
    assert ledger.steps.parts(key_of(parts)) == parts
    assert [one.key for one in ledger.steps.of_run("3")] == [""]


def test_what_was_published_is_entered_once(ledger):
    release = Release(cycle="c", run_id="1", name="report.html", sha256="aa", policy="slds_tb3")
    ledger.releases.enter(release)
    ledger.releases.enter(release)
    [found] = ledger.releases.of("c")
    assert (found.sha256, found.policy, len(found.released_at)) == ("aa", "slds_tb3", 20)


# -- leases --------------------------------------------------------------------------------------------------------------


def test_a_cycle_is_leased_to_one_of_many(opened):
    numbers = iter(range(8))
    answers = all_at_once(opened, lambda ledger: ledger.leases.take("c", str(next(numbers)), this_process()))
    assert sorted(answer is None for answer in answers) == [False] * 7 + [True]


def test_a_lease_of_a_dead_process_of_this_machine_is_free_at_once(ledger):
    assert ledger.leases.take("c", "old", {**this_process(), **DEAD}) is None
    assert ledger.leases.held() == set()
    assert ledger.leases.take("c", "new", this_process()) is None
    assert ledger.leases.held() == {"new"}


def test_a_process_with_the_same_number_is_not_taken_for_the_holder(ledger):
    ledger.leases.take("c", "old", {**this_process(), "started": "long ago"})
    assert ledger.leases.take("c", "new", this_process()) is None


def test_after_the_machine_was_started_again_no_earlier_process_holds(ledger):
    here = this_process()
    view = here["machine"].partition(" ")[2]
    ledger.leases.take("c", "old", {**here, "machine": f"earlier {view}"})
    assert ledger.leases.take("c", "new", here) is None


def test_a_holder_elsewhere_is_believed_until_its_lease_ends(ledger, monkeypatch):
    if not ledger.is_shared:
        pytest.skip("a ledger in a file has no holders elsewhere")
    assert ledger.leases.take("c", "far", ELSEWHERE) is None
    assert ledger.leases.take("c", "near", this_process()) == ELSEWHERE
    assert ledger.leases.held() == {"far"}
    monkeypatch.setattr(leases, "LEASE", -1.0)
    assert ledger.leases.renew("c", "far")
    assert ledger.leases.take("c", "near", this_process()) is None
    assert not ledger.leases.renew("c", "far")


def test_a_lease_is_given_back_only_by_its_holder(ledger):
    ledger.leases.take("c", "1", this_process())
    ledger.leases.give_back("c", "2")
    assert ledger.leases.take("c", "2", this_process()) is not None
    ledger.leases.give_back("c", "1")
    assert ledger.leases.take("c", "2", this_process()) is None


# -- a server that goes away -----------------------------------------------------------------------------------------------


def test_a_server_that_is_started_again_is_waited_for_and_nothing_is_lost(postgres, tmp_path):
    from tests.unit.core.conftest import own_schema

    with Ledger(own_schema(postgres.address)) as ledger:
        ledger.occurrences.claim("c", DUE)
        postgres.stop()
        try:
            answers = []
            asking = threading.Thread(target=lambda: answers.append(ledger.occurrences.claim("d", DUE)))
            asking.start()
            time.sleep(0.5)
            assert asking.is_alive()
        finally:
            postgres.start()
        asking.join(timeout=30)
        assert answers == [True]
        assert [one.cycle for one in ledger.occurrences.list()] == ["c", "d"]


def test_a_server_that_stays_away_is_told_with_exit_69(tmp_path, monkeypatch):
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    with pytest.raises(LedgerError) as told:
        Ledger(f"postgresql+psycopg://ana@/site?host={tmp_path}")
    assert (told.value.code, told.value.exit_status) == ("CY508", 69)
    assert told.value.where == f"postgresql://{tmp_path}/site"


def test_what_was_heard_but_not_acknowledged_is_done_again_and_counts_once(ledger, monkeypatch):
    begin, losses = Database.begin, [1, 1]

    def losing(self):
        from contextlib import contextmanager

        @contextmanager
        def transaction():
            with begin(self) as connection:
                yield connection
            if losses:
                losses.pop()
                raise Lost("gone after the commit")

        return transaction()

    monkeypatch.setattr(Database, "begin", losing)
    ledger._begin = ledger._database.begin
    assert ledger.occurrences.claim("c", DUE)
    assert len(ledger.occurrences.list()) == 1


def test_a_wrong_password_is_not_tried_again(postgres_server, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "wrong")
    with pytest.raises(LedgerError, match="refuses") as told:
        Ledger(postgres_server.replace("postgres@", "guarded@"))
    assert "PGPASSWORD" in told.value.fix


def test_the_password_comes_from_the_environment(postgres_server, monkeypatch):
    from tests.postgres import PASSWORD

    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    guarded = Database(postgres_server.replace("postgres@", "guarded@"))
    with guarded.look() as connection:
        assert connection.exec_driver_sql("SELECT current_user").scalar() == "guarded"
    guarded.close()


def test_work_that_is_lost_is_done_again(monkeypatch):
    tries = []

    def work():
        tries.append(1)
        if len(tries) < 3:
            raise Lost("here")
        return "done"

    assert (insist(work), len(tries)) == ("done", 3)


# -- where the ledger is ---------------------------------------------------------------------------------------------------


def test_the_environment_goes_before_the_settings_of_the_workspace(tmp_path, monkeypatch):
    workspace = Workspace(tmp_path)
    assert workspace.ledger_address is None
    (tmp_path / "cycles.toml").write_text('ledger = "postgresql+psycopg://lab/site"\n')
    assert workspace.ledger_address == "postgresql+psycopg://lab/site"
    monkeypatch.setenv("CYCLES_LEDGER", "postgresql+psycopg://desk/site")
    assert workspace.ledger_address == "postgresql+psycopg://desk/site"


@pytest.mark.parametrize(
    "address", ["postgresql+psycopg://ana:secret@lab/site", "postgresql://lab/site?password=secret"]
)
def test_an_address_with_a_password_is_refused_without_showing_it(tmp_path, address):
    (tmp_path / "cycles.toml").write_text(f'ledger = "{address}"\n')
    with pytest.raises(ParameterError) as refused:
        Ledger.of(Workspace(tmp_path))
    assert refused.value.code == "CY105"
    assert "secret" not in str(refused.value)


def test_another_kind_of_database_is_refused():
    with pytest.raises(ParameterError) as refused:
        Ledger("mysql://lab/site")
    assert refused.value.code == "CY105"
