"""Ledgers of other versions: an earlier one is brought up to date after a copy, a newer one is left alone."""

import sqlite3
import stat
import threading
from contextlib import closing

import pytest
from tests.conftest import ROOT

from cycles.core.errors import CyclesError
from cycles.core.ledger import Ledger
from cycles.core.schema import VERSION, tables

FIRST = (ROOT / "tests/golden/ledger/version-1.sql").read_text()


@pytest.fixture
def old(tmp_path):
    """A ledger of version 1."""
    path = tmp_path / ".cycles" / "ledger.sqlite"
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(FIRST)
    return path


def shape(path):
    """Tables with their columns, and what must be unique in them."""
    with closing(sqlite3.connect(path)) as connection:
        names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {
            name: (
                connection.execute(f"PRAGMA table_info({name})").fetchall(),
                {
                    (row[2], tuple(one[2] for one in connection.execute(f"PRAGMA index_info({row[1]})")))
                    for row in connection.execute(f"PRAGMA index_list({name})")
                },
            )
            for name in names
        }


def test_an_earlier_ledger_is_brought_up_to_date_and_keeps_what_it_knows(old):
    with Ledger(old) as ledger:
        assert ledger.seal_of("check-ins").sealed == {"size": 0.2}
        assert [run["state"] for run in ledger.runs("check-ins")] == ["done"]
        assert [one.version for one in ledger.deliveries.receipts("check-ins")] == [2]
        assert ledger.deliveries.revisions("check-ins")[0].number == 1
        assert ledger.spreads.of("school_belonging.belonging", cluster="classroom_id")[0].icc == 0.1
        assert ledger.occurrences.claim("check-ins", "2026-10-12T10:00:00Z")


def test_brought_up_to_date_it_has_the_shape_of_a_new_one(old, tmp_path):
    Ledger(old).close()
    Ledger(tmp_path / "new" / "ledger.sqlite").close()
    assert shape(old) == shape(tmp_path / "new" / "ledger.sqlite")


def test_a_ledger_that_did_not_count_attempts_does_so_from_now_on(place, opened):
    from cycles.core.database import Database

    opened().occurrences.claim("check-ins", "2026-10-05T10:00:00Z")
    database = Database(place)
    with database.begin() as connection:
        for name in ("attempts", "n_missed", "missed_since"):
            connection.exec_driver_sql(f"ALTER TABLE occurrences DROP COLUMN {name}")
        connection.exec_driver_sql("UPDATE schema_version SET version = 2")
    database.close()
    [one] = opened().occurrences.list()
    assert (one.attempts, one.n_missed, one.missed_since) == (1, 0, None)
    assert opened().occurrences.claim("check-ins", "2026-10-12T10:00:00Z", n_missed=2)


def test_the_copy_is_what_the_ledger_was_and_private(old):
    Ledger(old).close()
    copy = old.with_name("ledger.version-1.sqlite")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(copy)) as connection:
        assert "\n".join(connection.iterdump()) == "\n".join(FIRST.splitlines()[1:])


def test_who_opens_an_earlier_ledger_at_the_same_time_waits_and_finds_it_done(old):
    found = []
    threads = [threading.Thread(target=lambda: found.append(Ledger(old))) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert [len(one.runs()) for one in found] == [1, 1, 1, 1]
    for one in found:
        one.close()


def test_a_failed_step_leaves_the_ledger_as_it_was(old, monkeypatch):
    from cycles.core import schema

    monkeypatch.setattr(schema, "_second", lambda connection: 1 / 0)
    before = shape(old)
    with pytest.raises(ZeroDivisionError):
        Ledger(old)
    assert shape(old) == before


def test_a_newer_ledger_is_refused_and_not_touched(place, opened):
    from cycles.core.database import Database

    opened().close()
    database = Database(place)
    with database.begin() as connection:
        connection.execute(tables()["schema_version"].insert().values(version=VERSION + 1, since="tomorrow"))
    database.close()
    with pytest.raises(CyclesError) as refused:
        opened()
    assert (refused.value.code, f"version {VERSION + 1}" in refused.value.what) == ("CY509", True)


def test_a_damaged_ledger_is_said_to_be_one(tmp_path):
    (tmp_path / "ledger.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(CyclesError) as refused:
        Ledger(tmp_path / "ledger.sqlite")
    assert refused.value.code == "CY509"
