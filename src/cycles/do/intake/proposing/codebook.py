"""The codebook of a file that was looked at: one entry per column, counts and shared categories only."""

import csv
import html
import io

from cycles.do.intake.proposing import Proposal
from cycles.do.intake.proposing.drafts import Plan, told

FIELDS = (
    "column",
    "name",
    "question",
    "kind",
    "present",
    "missing",
    "distinct",
    "categories",
    "labels",
    "maybe_missing",
    "note",
)


def codebook_rows(proposal: Proposal, plan: Plan) -> list[dict[str, str]]:
    """One row per column of the file, in its order; the fields are :data:`FIELDS`."""
    names = {line.column.name: line.name for line in plan.lines}
    rows = [
        {
            "column": column.name,
            "name": names.get(column.name, ""),
            "question": column.question,
            "kind": column.kind,
            "present": str(column.n_present),
            "missing": str(column.n_missing),
            "distinct": str(column.n_distinct),
            "categories": "; ".join(column.categories),
            "labels": "; ".join(column.labels),
            "maybe_missing": " ".join(column.maybe_missing),
            "note": told(column),
        }
        for column in proposal.columns
    ]
    blank = dict.fromkeys(FIELDS, "")
    return rows + [
        {**blank, "column": name, "kind": "identifying", "note": "identifies people; not read"}
        for name in proposal.dropped
    ]


def codebook_csv(proposal: Proposal, plan: Plan) -> str:
    """The codebook as CSV; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _inert(text) for name, text in row.items()} for row in codebook_rows(proposal, plan))
    return stream.getvalue()


def codebook_md(proposal: Proposal, plan: Plan) -> str:
    """The codebook as a Markdown table, for reading."""
    shown = ("column", "name", "question", "note", "categories")
    rows = codebook_rows(proposal, plan)
    lines = [
        f"# Codebook of {_cell(proposal.source)}",
        "",
        f"{proposal.n_rows:,} rows. Drafted by looking at the file; categories stand here only where at least ten rows hold each of them.",
        "",
        f"| {' | '.join(shown)} |",
        f"|{' --- |' * len(shown)}",
        *(f"| {' | '.join(_cell(row[name]) for name in shown)} |" for row in rows),
    ]
    return "\n".join(lines) + "\n"


def _inert(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _cell(text: str) -> str:
    plain = " ".join(html.escape(text, quote=False).split())
    return "".join(f"\\{one}" if one in "|\\`*_[]" else one for one in plain)
