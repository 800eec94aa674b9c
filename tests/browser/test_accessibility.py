"""The reports in a real browser: readable by everybody, on a desk and on a phone, and asking for nothing."""

import pytest

from browser.axe import examine, missing, use_board
from contract_samples import RECORDS
from cycles.act.reporting.board import board_page
from cycles.act.reporting.contract_report import contract_page
from cycles.runs.board import entry_of
from cycles.runs.status import CycleStatus
from report_samples import write_sample_report

WIDTHS = {"desk": 1200, "phone": 360}


PAGES = ("report", "contracts", "board")
ON_THE_BOARD = [
    CycleStatus(cycle="a", title="Check-ins: North", school="North", stage="act", standing="decided", decision="adapt"),
    CycleStatus(cycle="b", title="Check-ins: South", school="South", stage="do", standing="late", why="tried 3 times"),
    CycleStatus(cycle="c", title="Texts home", stage="plan", next_at="2026-10-05T10:00:00Z", timezone="Europe/Berlin"),
]


def write_page(name, folder):
    if name == "report":
        return write_sample_report(folder)
    if name == "board":
        page = folder / "index.html"
        page.write_text(board_page([entry_of(one) for one in ON_THE_BOARD], title="All cycles", lede="Three cycles."))
        return page
    page = folder / "contracts.html"
    page.write_text(contract_page(RECORDS, title="How the data were held to their contracts"))
    return page


@pytest.fixture(scope="module", params=[(page, width) for page in PAGES for width in WIDTHS], ids="-".join)
def seen(request, tmp_path_factory):
    if absent := missing():
        pytest.skip(f"cannot look at the report: {absent}")
    page, width = request.param
    return examine(write_page(page, tmp_path_factory.mktemp(page)), width=WIDTHS[width])


def test_axe_finds_no_violation_of_wcag_22_aa(seen):
    assert seen["violations"] == []
    assert seen["passes"] > 20


def test_the_page_asks_for_nothing_outside_itself(seen):
    assert seen["requests"] == []


def test_the_page_never_scrolls_sideways(seen):
    assert seen["sideways"] == 0


def test_axe_would_see_a_violation(tmp_path):
    if absent := missing():
        pytest.skip(f"cannot look at a page: {absent}")
    page = tmp_path / "bad.html"
    page.write_text("<!DOCTYPE html><html><body><img src='data:image/gif;base64,R0lGODlhAQABAAAAACw='></body></html>")
    assert {"image-alt", "html-has-lang"} <= {one["id"] for one in examine(page)["violations"]}


@pytest.mark.parametrize("width", WIDTHS.values())
def test_the_board_is_filtered_by_the_keyboard_and_its_policy_lets_nothing_else_run(tmp_path, width):
    if absent := missing():
        pytest.skip(f"cannot look at the board: {absent}")
    seen = use_board(write_page("board", tmp_path), width=width)
    assert (len(seen["before"]["shown"]), seen["before"]["status"]) == (3, "3 of 3 shown")
    assert seen["order"] == ["skip", "by-school", "by-stage", "by-decision"]
    assert (seen["filtered"]["shown"], seen["filtered"]["status"]) == (["Check-ins: North"], "1 of 3 shown")
    assert seen["evil"] == 0
    assert [one for one in seen["said"] if "Content Security Policy" not in one] == []
