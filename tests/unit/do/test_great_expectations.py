"""Great Expectations counts the same, says no value, and calls nobody."""

import socket

import pytest

from cycles.do.contracts import hold
from cycles.do.contracts.cast import cast_table
from cycles.do.contracts.engine import evaluate
from cycles.do.contracts.great_expectations import COUNTS_ONLY, second_count
from cycles.do.contracts.rules import Allowed, Column, Contract, Rule

EVERY = Contract(
    name="every",
    version="1",
    columns=(
        Column(name="id", type="string"),
        Column(name="wave", type="string"),
        Column(name="code", type="integer"),
        Column(name="on", type="date"),
        Column(name="in_hours", type="boolean"),
    ),
    rules=(
        Rule(kind="column_exists", columns=("id",)),
        Rule(kind="column_exists", columns=("absent",)),
        Rule(kind="castable", columns=("code",)),
        Rule(kind="required", columns=("id",)),
        Rule(kind="required", columns=("in_hours",)),
        Rule(kind="unique", columns=("id",)),
        Rule(kind="unique", columns=("id", "wave")),
        Rule(kind="between", columns=("code",), minimum=1, maximum=5),
        Rule(kind="in_set", columns=("code",), values=(1, 2, 3)),
        Rule(kind="matches", columns=("id",), pattern="^[a-z]$"),
        Rule(kind="length", columns=("id",), minimum=1, maximum=1),
        Rule(kind="missing_values", columns=("on",), allowed=Allowed(high=0.1, unit="share")),
        Rule(kind="row_count", allowed=Allowed(low=100)),
    ),
)
TEXT = {
    "id": ["a", "a", "", "bb", "B", "c"],
    "wave": ["1", "1", "1", "", "2", "2"],
    "code": ["1", "6", "x", "", "3", "-1"],
    "on": ["2026-10-05", "", "", "2026-13-01", "2026-10-06", "2026-10-07"],
    "in_hours": ["yes", "", "no", "perhaps", "TRUE", "0"],
}


@pytest.fixture
def both(delivery_of):
    contract = EVERY
    cast = cast_table(delivery_of(TEXT).table, contract)
    return second_count(cast, evaluate(cast, contract))


def test_the_two_engines_count_alike_for_every_kind_of_rule(both):
    counted = {result.rule.id: (result.n_failed, result.gx_n_failed) for result in both if result.expressible}
    assert all(ours == theirs for ours, theirs in counted.values())
    assert counted["unique:id+wave"] == (2, 2)
    assert counted["between:code"] == (2, 2)
    assert counted["missing_values:on"] == (3, 3)


def test_what_great_expectations_cannot_say_is_marked(both):
    assert [result.rule.id for result in both if not result.expressible] == ["castable:code"]


def test_counts_that_differ_are_a_fault_and_no_verdict(delivery_of, monkeypatch):
    from cycles.do.contracts import great_expectations

    contract = EVERY
    cast = cast_table(delivery_of(TEXT).table, contract)
    results = evaluate(cast, contract)
    monkeypatch.setattr(great_expectations, "_run", lambda table, expectations: dict.fromkeys(expectations))
    assert {one.outcome for one in second_count(cast, results) if one.expressible} == {"could_not_run"}


def test_an_expectation_that_raises_is_not_a_failure_in_either_shape_of_its_exception():
    from types import SimpleNamespace

    from cycles.do.contracts.great_expectations import _count

    flat = SimpleNamespace(exception_info={"raised_exception": True}, result={}, success=False)
    nested = SimpleNamespace(exception_info={"metric": {"raised_exception": True}}, result={}, success=False)
    assert (_count(flat), _count(nested)) == (None, None)


def test_results_are_asked_for_without_values():
    assert COUNTS_ONLY == {"result_format": "BASIC", "partial_unexpected_count": 0}


def test_no_socket_is_opened_and_nothing_is_printed(workspace, delivery_of, monkeypatch, capfd):
    def refuse(*args, **kwargs):
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    columns = {"unit_id": ["1", "2"], "unit_kind": ["student", "student"], "arm": ["a", "b"]}
    report = hold(delivery_of(columns), contract="arms", workspace=workspace)
    assert report.outcome == "pass"
    judged = report.rules[report.rules["expressible"]]
    assert (judged["n_failed"] == judged["gx_n_failed"]).all()
    assert capfd.readouterr() == ("", "")
