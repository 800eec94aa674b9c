"""A block: one figure, table, sentence or decision, already protected; the only thing a report is made of."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cycles.act.reporting.figures import Drawing
from cycles.act.reporting.protecting import Policy
from cycles.act.reporting.wording import sentence_case, words
from cycles.core.errors import DisclosureError
from cycles.plan.cycle_file import Cycle

Block = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the caller of `show` asked for, the policy in force, and the plan where it is known."""

    policy: Policy
    alt: str | None = None
    caption: str | None = None
    section: str | None = None
    title: str | None = None
    plan: Cycle | None = None

    def required_alt(self, what: str) -> str:
        """The alternative text. Raises CY402 when there is none."""
        if self.alt is None or not self.alt.strip():
            raise DisclosureError(
                f"{what} has no alternative text",
                code="CY402",
                fix='Give `alt="…"`: one or two sentences that say what it shows to somebody who cannot see it.',
            )
        return self.alt.strip()

    def measure_title(self, measure: str) -> str:
        """What the plan calls a measure, or its name in words."""
        spec = self.plan.measures.all.get(measure) if self.plan else None
        return sentence_case((spec.title if spec else None) or words(measure.removesuffix("_share")))


def make_block(
    kind: str,
    request: Request,
    *,
    section: str,
    title: str = "",
    text: str = "",
    alt: str = "",
    caption: str = "",
    note: str = "",
    columns: Sequence[str] = (),
    rows: Sequence[Sequence[str]] = (),
    drawing: Drawing | None = None,
    suppressed: int = 0,
) -> Block:
    """One block from parts that are already protected. What the caller asked for goes before what the record says.

    Parameters
    ----------
    kind : str
        `decision`, `list`, `facts`, `findings`, `figure`, `table`, `text` or `note`; the template has one look for each.
    columns, rows : sequences
        The table, or the numbers behind the figure; every cell is text.
    drawing : Drawing or None
        The figure, drawn from protected numbers.
    suppressed : int
        How many rows or points are held back.

    Returns
    -------
    dict
        The same inputs give the same `id`, so that a cell that runs again replaces what it showed before.
    """
    block: Block = {
        "kind": kind,
        "section": request.section or section,
        "title": request.title or title,
        "alt": alt,
        "caption": request.caption or caption,
        "note": note,
        "columns": [str(column) for column in columns],
        "rows": [[str(cell) for cell in row] for row in rows],
        "svg": drawing.wide if drawing else "",
        "svg_narrow": drawing.narrow if drawing else "",
        "text": text,
        "suppressed": suppressed,
        "policy": request.policy.name,
    }
    return {"id": _identity(block), **block}


def _identity(block: Block) -> str:
    marks = (
        block["section"],
        block["kind"],
        block["title"],
        block["alt"] or block["text"] if block["kind"] in ("text", "note") else "",
    )
    said = "|".join(str(mark) for mark in (*marks, block["alt"] if block["kind"] in ("figure", "table") else ""))
    slug = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in block["section"].lower())
    return f"{slug}-{block['kind']}-{hashlib.sha256(said.encode()).hexdigest()[:8]}"
