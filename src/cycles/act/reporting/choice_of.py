"""The choice of a design as a block: every design, whether the data warrant it, and why, or what it would need."""

from collections.abc import Mapping
from typing import Any

from cycles.act.reporting.making import Block, Request, make_block
from cycles.act.reporting.wording import sentence_case, slugs_as_words
from cycles.core.vocabulary import DesignChoice

TITLE = "Which design do the data warrant?"


def choice_blocks(choice: DesignChoice, request: Request) -> list[Block]:
    """The designs from the strongest down; none of it tells a number of students."""
    rows = [
        (sentence_case(str(row["title"])), "Yes" if row["warranted"] else "Not as it is", _because(row))
        for row in choice.table.to_dict("records")
    ]
    return [
        make_block(
            "records",
            request,
            section="evidence",
            title=TITLE,
            text=slugs_as_words(choice.text),
            alt=request.alt
            or "Every design from the strongest down, whether the data warrant it, and what it would need",
            columns=("Design", "Warranted", "Why, or what it would need"),
            rows=rows,
        )
    ]


def _because(row: Mapping[Any, Any]) -> str:
    said = sentence_case(slugs_as_words(str(row["because"])))
    return f"{said}." if row["warranted"] else f"Needs: {said[:1].lower()}{said[1:]}."
