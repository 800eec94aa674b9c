"""The report in a real browser: readable by everybody, on a desk and on a phone, and asking for nothing."""

import pytest

from browser.axe import examine, missing
from report_samples import write_sample_report

WIDTHS = {"desk": 1200, "phone": 360}


@pytest.fixture(scope="module", params=list(WIDTHS))
def seen(request, tmp_path_factory):
    if absent := missing():
        pytest.skip(f"cannot look at the report: {absent}")
    return examine(write_sample_report(tmp_path_factory.mktemp("report")), width=WIDTHS[request.param])


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
