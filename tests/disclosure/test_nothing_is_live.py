"""Whatever a school or a student writes stays text: no script, no handler, no address outside the page."""

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pandas as pd
import pytest

from cycles.act.reporting import report, show
from report_samples import (
    PLAN,
    answers,
    chart,
    decision,
    estimate,
    findings,
    open_sample_run,
    plan,
    prediction,
    write_sample_report,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "--></style><script>alert(1)</script><!--",
    "{{ 7 * 7 }}{% raw %}",
    "$\\frac{1}{0$ \x0b\u202e \U0001f600",
    "]]></svg><script>alert(1)</script>",
]
LIVE_TAGS = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "input",
    "button",
    "base",
    "link",
    "video",
    "audio",
    "svg",
    "math",
}
PAGES = {"report.html", "contracts.html"}
DRAWN_TAGS = {"svg", "g", "path", "text", "tspan", "use", "defs", "style", "clipPath", "rect", "pattern", "metadata"}


class Page(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.said = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.said += data


def images(page):
    addresses = [attrs.get("src") or attrs.get("srcset") for tag, attrs in page.elements if tag in ("img", "source")]
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses)
    return [base64.b64decode(address.partition(",")[2]).decode() for address in addresses]


def assert_inert(html):
    page = Page(html)
    assert not LIVE_TAGS & {tag for tag, _ in page.elements}
    assert not [name for _, attrs in page.elements for name in attrs if name.startswith("on")]
    links = [attrs["href"] for _, attrs in page.elements if "href" in attrs]
    assert all(link.startswith("#") or link in PAGES for link in links)
    for svg in images(page):
        assert_drawing(svg)
    assert not re.search(r"https?://", html)


def assert_drawing(svg):
    for element in ElementTree.fromstring(svg).iter():  # noqa: S314 - our own drawing
        assert element.tag.rpartition("}")[2] in DRAWN_TAGS
        for name, value in element.attrib.items():
            assert not name.lower().startswith("on")
            if name.rpartition("}")[2] == "href":
                assert value.startswith("#")
    assert not re.search(r"<!--|<!DOCTYPE|<\?xml|@import", svg)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_only_text_wherever_it_stands(text, tmp_path):
    team = {"name": text, "co_designers": [text]}
    measures = {**PLAN["measures"], "outcome": {"belonging": {"scale": "school_belonging.belonging", "title": text}}}
    run = open_sample_run(
        tmp_path, cycle=plan(title=text, change=text, aim=text, driver=text, team=team, measures=measures)
    )
    show(run.cycle, title=text)
    show(run)
    show(replace(chart(), text=text, measure="belonging"), alt=text, caption=text, title=text)
    show(answers().assign(text=text, label=lambda table: table["label"] + text), alt=text)
    show({text: estimate(), f"{text}: x": estimate(unit=text)}, alt=text, section=text)
    show([replace(findings()[0], name=text, text=text)])
    show(replace(decision(), because=text, next_step=text, cannot_say=(text,)))
    show(replace(prediction(), text=text))
    show(pd.DataFrame({text: [text, "b"], "n": [50, 60]}), alt=text, caption=text, section=text)
    show(text)
    html = report(run).read_text()
    assert_inert(html)
    assert re.sub("[\x0b\u202e]", "", text) in Page(html).said


def test_the_sample_report_is_inert_and_guarded(tmp_path):
    html = write_sample_report(tmp_path).read_text()
    assert_inert(html)
    policy = next(
        attrs["content"] for tag, attrs in Page(html).elements if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'unsafe-inline'")


def test_the_notebook_shows_the_same_inert_markup(tmp_path):
    from cycles.act.reporting.html import blocks_as_html

    run = open_sample_run(tmp_path)
    for text in HOSTILE:
        show(text)
        show(estimate(), alt=text, title=text)
    assert_inert(blocks_as_html(run.folder.blocks))
