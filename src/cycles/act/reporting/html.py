"""HTML from blocks: one template, one style sheet, everything escaped, nothing live, nothing fetched."""

import base64
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from cycles.act.reporting.making import Block
from cycles.act.reporting.sections import SECTIONS, arrange
from cycles.act.reporting.wording import printable

if TYPE_CHECKING:
    from jinja2 import Environment

_ON_FIRST_SCREEN = ("decision", "cannot_say")
_NUMBER = re.compile(r"[+\u2212-]?[\d,]+(\.\d+)?( ?%)?( of [\d,]+)?")
_CODE = re.compile("`([^`\n]+)`")
ALWAYS_UNSAID = "What would happen in other schools, or in another year, does not follow from these numbers alone."


def render(blocks: list[Block], facts: dict[str, Any]) -> str:
    """The report, from recorded blocks alone.

    Parameters
    ----------
    blocks : list of dict
        In the order they were recorded.
    facts : dict
        What is not in a block, as :func:`cycles.act.reporting.facts.facts_of` makes it: `kind, title, eyebrow, lede, aim, glance,
        decision_rows, cannot_say, more` (blocks), `footer`. All but `kind` and `title` may be absent.

    Returns
    -------
    str
        One HTML page; the same blocks and facts give the same text.

    Examples
    --------
    >>> "<script" in render([], {"title": "<script>", "kind": "PDSA cycle"})
    False
    """
    shown = [*blocks, *(facts.get("more") or [])]
    return fill(
        "report.html.j2",
        facts={**facts, "footer": facts.get("footer") or []},
        headings=SECTIONS,
        decision=[block for block in shown if block["section"] == "decision" and block["kind"] == "decision"],
        cannot_say=_cannot_say(blocks, facts),
        sections=arrange([block for block in shown if block["section"] not in _ON_FIRST_SCREEN]),
    )


def fill(template: str, **values: Any) -> str:
    """A page from a template of the folder, with the one style sheet."""
    return _environment().get_template(template).render(style=_style(), **values)


def blocks_as_html(blocks: list[Block]) -> str:
    """Blocks for a notebook's cell: the same markup, without the page around it."""
    template = _environment().from_string(
        "{% import 'blocks.html.j2' as looks with context %}{% for block in blocks %}{{ looks.show(block) }}{% endfor %}"
    )
    return template.render(blocks=blocks)


def _cannot_say(blocks: list[Block], facts: dict[str, Any]) -> list[str]:
    listed = [row[0] for block in blocks if block["section"] == "cannot_say" for row in block["rows"]]
    written = [block["text"] for block in blocks if block["section"] == "cannot_say" and block["text"]]
    return list(dict.fromkeys([*listed, *written, *(facts.get("cannot_say") or [])])) or [ALWAYS_UNSAID]


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader

    loader = PackageLoader("cycles.act.reporting", "templates")
    environment = Environment(loader=loader, autoescape=True, finalize=_printable, trim_blocks=True, lstrip_blocks=True)
    environment.globals.update(image=_image, numeric=_numeric)
    environment.filters["with_code"] = _with_code
    return environment


@cache
def _style() -> Any:
    from markupsafe import Markup

    text = (files("cycles.act.reporting") / "templates" / "style.css").read_text("utf-8")
    return Markup(text)  # noqa: S704 - our own style sheet, no input of anybody's


def _printable(value: Any) -> Any:
    return printable(value) if type(value) is str else value


def _with_code(text: str) -> Any:
    """The text, escaped, with `what stands between backticks` set as code."""
    from markupsafe import Markup, escape

    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(printable(text)))))  # noqa: S704 - escaped in the same line


def _image(svg: str) -> str:
    """An SVG as an image that cannot run anything."""
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _numeric(block: Block, place: int) -> bool:
    """Whether a column holds numbers, which stand to the right."""
    cells = [row[place] for row in block["rows"] if place < len(row) and row[place] not in ("s", "–", "")]
    return bool(cells) and all(_NUMBER.fullmatch(cell) for cell in cells)
