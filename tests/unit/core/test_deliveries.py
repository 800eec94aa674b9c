"""Receipts and revisions: versions count up, what is known stays as it is, old ledgers go on."""

import sqlite3

import pytest

from cycles.core.deliveries import DeliveryReceipt
from cycles.core.errors import RunError
from cycles.core.ledger import Ledger


def receipt(sha256="a" * 64, *, source="attendance", basis="one", **more) -> DeliveryReceipt:
    return DeliveryReceipt(cycle="c", source=source, sha256=sha256, basis={"contract": basis}, **more)


def inputs(**versions: int) -> dict:
    return {name: {"version": n, "sha256": str(n), "basis": {"contract": "one"}} for name, n in versions.items()}


def test_the_same_file_read_in_the_same_way_keeps_its_first_receipt(ledger):
    first = ledger.deliveries.receive(receipt(used=7))
    assert ledger.deliveries.receive(receipt(used=9)) == first
    assert [one.version for one in ledger.deliveries.receipts("c")] == [1]


def test_other_content_or_another_contract_is_the_next_version_of_its_source(ledger):
    ledger.deliveries.receive(receipt("a"))
    assert ledger.deliveries.receive(receipt("b")).version == 2
    assert ledger.deliveries.receive(receipt("b", basis="two")).version == 3
    assert ledger.deliveries.receive(receipt("b", source="roster")).version == 1


def test_a_receipt_comes_back_as_it_was_entered(ledger):
    made = receipt(excluded={"preview": 2}, header=("id", "on"), types={"on": "date"}, profile={"n": 3}, kept="f" * 64)
    entered = ledger.deliveries.receive(made)
    assert ledger.deliveries.receipts() == [entered]
    assert entered.seen_at.endswith("Z")


def test_a_receipt_tells_its_rows_in_a_sentence_and_a_row():
    one = receipt(version=2, rows_read=1204, used=1190, set_aside=4, excluded={"preview": 10}, cells=3)
    assert one.text == (
        "attendance: version 2, 1,204 rows read, 1,190 used, 10 left out, 4 set aside, 3 cells set aside."
    )
    assert one.table.loc[0, ["version", "left_out", "cells"]].tolist() == [2, 10, 3]
    assert not {"path", "seen_at", "profile"} & set(one.facts)


def test_the_fingerprint_of_the_columns_knows_order_and_type():
    plain = receipt(header=("a", "b"), types={"a": "string"})
    others = [receipt(header=("b", "a"), types={"a": "string"}), receipt(header=("a", "b"), types={"a": "integer"})]
    assert plain.schema == receipt("z", header=("a", "b"), types={"a": "string"}).schema
    assert plain.schema not in {one.schema for one in others}


def test_files_that_an_older_ledger_knows_count_as_versions(ledger):
    ledger.record_delivery("c", "attendance", "old", {})
    assert ledger.deliveries.receive(receipt("new")).version == 2


def test_a_ledger_made_before_receipts_gains_them_and_keeps_what_it_has(tmp_path):
    path = tmp_path / ".cycles" / "ledger.sqlite"
    made = Ledger(path)
    made.seal("c", {"size": 1}, [])
    made.record_delivery("c", "attendance", "old", {"in_set": 3})
    made.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE receipts")
        connection.execute("DROP TABLE revisions")
        connection.execute("DROP TABLE schema_version")
    connection.close()
    again = Ledger(path)
    assert again.deliveries.receipts("c") == []
    assert again.deliveries.receive(receipt("new")).version == 2
    assert again.seal_of("c") is not None
    assert again.previous_delivery("c", "attendance", "new") == {"in_set": 3}
    again.close()


def test_the_same_inputs_are_the_same_revision(ledger):
    first = ledger.deliveries.revision_for("c", inputs(attendance=1, roster=1))
    assert (first.number, first.text) == (1, "Revision 1.")
    ledger.deliveries.enter(first)
    ledger.deliveries.enter(first)
    assert ledger.deliveries.revision_for("c", inputs(roster=1, attendance=1)).number == 1
    assert len(ledger.deliveries.revisions("c")) == 1


def test_until_a_run_has_finished_other_inputs_are_no_new_revision(ledger):
    ledger.deliveries.revision_for("c", inputs(attendance=1))
    assert ledger.deliveries.revision_for("c", inputs(attendance=2)).number == 1


def test_a_file_delivered_again_opens_the_next_revision_and_says_why(ledger):
    ledger.deliveries.enter(ledger.deliveries.revision_for("c", inputs(attendance=1, arms=1)))
    second = ledger.deliveries.revision_for("c", inputs(attendance=2, roster=1))
    assert second.text == (
        "Revision 2: attendance was delivered again (version 2), roster was added and arms is no longer used."
    )
    assert second.facts["inputs"] == {"attendance": 2, "roster": 1}


def test_another_contract_is_told_as_what_it_is(ledger):
    ledger.deliveries.enter(ledger.deliveries.revision_for("c", inputs(attendance=1)))
    other = {"attendance": {"version": 2, "sha256": "1", "basis": {"contract": "two"}}}
    said = ledger.deliveries.revision_for("c", other).because
    assert said == "attendance is read by another mapping, contract or instrument (version 2)"


def test_a_revision_that_is_not_there_is_named(ledger):
    with pytest.raises(RunError) as refused:
        ledger.deliveries.revision("c", 3)
    assert (refused.value.code, refused.value.what) == ("CY505", "c has no revision 3; no run of it has finished yet")
