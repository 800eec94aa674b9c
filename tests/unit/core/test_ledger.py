"""The ledger: first seals stay, deliveries are remembered by content, runs end as they ended."""

import sqlite3
import stat

import pytest

from cycles.core.ledger import Ledger


def file(sha256, rows):
    return {"source": "survey", "path": "s.csv", "sha256": sha256, "outcome_rows": rows}


@pytest.mark.parametrize(
    ("outcome_files", "state"),
    [
        ([file(None, None)], "sealed_before_data"),
        ([file("abc", 0)], "sealed_before_data"),
        ([file("abc", 12)], "sealed_after_data"),
        ([file("abc", None)], "sealed_after_data"),
    ],
)
def test_a_seal_is_before_the_data_only_if_no_outcome_row_was_there(ledger, outcome_files, state):
    assert ledger.seal("c", {"size": 1}, outcome_files).state == state


def test_the_first_seal_stays(ledger):
    first = ledger.seal("c", {"size": 1}, [])
    assert ledger.seal("c", {"size": 2}, []) == first
    assert ledger.seal_of("other") is None


def test_the_previous_delivery_is_the_same_on_every_rerun(ledger):
    ledger.record_delivery("c", "s", "one", {"in_set": 3})
    ledger.record_delivery("c", "s", "two", {"in_set": 0})
    ledger.record_delivery("c", "s", "two", {"in_set": 9})
    assert ledger.previous_delivery("c", "s", "one") is None
    assert ledger.previous_delivery("c", "s", "two") == {"in_set": 3}
    assert ledger.previous_delivery("c", "s", "unseen") == {"in_set": 0}


def test_runs_are_listed_newest_first_with_how_they_ended(ledger, tmp_path):
    for number in ("1", "2"):
        ledger.start_run(
            run_id=number, cycle="c", kind="pdsa_cycle", folder=tmp_path, cycle_file=tmp_path, holder={"pid": 1}
        )
    ledger.finish_run("1", state="done", exit_status=0, results={"decision": {"call": "adopt"}})
    newest, oldest = ledger.runs("c")
    assert (newest["state"], newest["results"]) == ("running", None)
    assert (oldest["state"], oldest["results"]["decision"]["call"]) == ("done", "adopt")
    assert ledger.runs("other") == []


def test_a_ledger_in_a_file_is_private_and_keeps_a_write_ahead_log(tmp_path):
    ledger = Ledger(tmp_path / ".cycles" / "ledger.sqlite")
    assert stat.S_IMODE(ledger.place.stat().st_mode) == 0o600
    with sqlite3.connect(ledger.place) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    ledger.close()
