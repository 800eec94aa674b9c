"""The reports in a real browser: readable by everybody, on a desk and on a phone, and asking for nothing."""

import pytest

from browser.axe import examine, missing
from contract_samples import RECORDS
from cycles.act.reporting.contract_report import contract_page
from report_samples import write_sample_report

WIDTHS = {"desk": 1200, "phone": 360}


PAGES = ("report", "contracts")


def write_page(name, folder):
    if name == "report":
        return write_sample_report(folder)
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
